"""Counts how often tests reject, and intervals cover the truth, in redrawn experiments.

The tests and intervals are those of the report. Experiments are redrawn from a `ScoreModel` in
blocks. Each contrast and each system has a random stream of its own, and each family (contrasts
that share max-T) has one for max-T. The rates of a contrast's own tests and intervals therefore do
not depend on the other contrasts that are counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Array
from maw.significance.family_tests import CORRECTIONS, max_t_pvalues
from maw.significance.layouts import unit_sums
from maw.significance.many_sizes import TrueSizes, variances_covered
from maw.significance.many_tests import Experiments, mcnemar_pvalues, mean_interval
from maw.significance.randomisation import contrast_generator
from maw.significance.score_model import RedrawnScores, ScoreModel, SeedLevel
from maw.significance.tally import (
    ANY_CLAIM,
    COVERS,
    COVERS_CHECKPOINTS,
    COVERS_VARIANCE,
    EQUIVALENT,
    REJECTS,
    CalibratedContrast,
    CalibrationSettings,
    Outcome,
    OutcomeCounts,
)

SIMULTANEOUS = "E2, simultaneous"

# claim -> p [n] of each contrast that it needs
ClaimPValues = dict[str, list[Array]]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One block of redrawn experiments.

    seed_level: whether the seed variance is its estimate or its upper limit. number: the block's
    index; the names of its random streams contain it.
    """

    scores: RedrawnScores
    seed_level: SeedLevel
    number: int

    def outcome(self, subject: str, test: str, quantity: str, multiple: float = 0.0) -> Outcome:
        """Return the `Outcome` with the given fields and the block's level of the seed variance."""
        return Outcome(subject, test, quantity, multiple, self.seed_level)

    def stream(self, name: str) -> str:
        """Return the name of the random stream of one contrast, system or family in this block."""
        return f"{name}, seeds {self.seed_level}, block {self.number}"


class OutcomeCounter:
    """Counts the outcomes of a plan's contrasts over blocks of redrawn experiments.

    An outcome is, for example, that an interval covers the true value or that a test of a contrast
    rejects. tables: system -> scores [Q, S], in the order of the score model's systems.
    """

    def __init__(
        self,
        model: ScoreModel,
        contrasts: Sequence[CalibratedContrast],
        *,
        tables: Mapping[str, Array],
        settings: CalibrationSettings,
    ) -> None:
        self._model, self._contrasts, self._settings = model, contrasts, settings
        self._systems = list(tables)
        self._true_sizes = {
            contrast.name: TrueSizes(
                model,
                *self._columns(contrast),
                generator=contrast_generator(settings.seed, contrast=f"{contrast.name}, sizes"),
            )
            for contrast in contrasts
        }
        self._discordant_shares = {
            contrast.name: _discordant_share(tables[contrast.system], tables[contrast.baseline])
            for contrast in contrasts
            if model.cluster_effects is None
        }

    def count(self, counts: OutcomeCounts, block: Block) -> None:
        """Add the outcomes of one block of redrawn experiments to `counts`."""
        for column in range(len(self._systems)):
            self._count_system(counts, block, column=column)
        pvalues: dict[tuple[str, float], ClaimPValues] = {}  # of (test, multiple of SESOI)
        simultaneous: dict[str, list[npt.NDArray[np.bool_]]] = {}  # of each family
        for contrast in self._contrasts:
            experiments = self._experiments(contrast, block)
            self._count_intervals(counts, block, contrast, experiments)
            interval = experiments.e2_interval(1 - self._settings.alpha / contrast.n_tests)
            covers = interval.contain(0.0)
            counts.add(block.outcome(contrast.name, SIMULTANEOUS, COVERS), covers)
            simultaneous.setdefault(contrast.family, []).append(covers)
            for (test, multiple), p in self._pvalues(contrast, experiments):
                outcome = block.outcome(contrast.name, test, _quantity(test), multiple)
                counts.add(outcome, p < self._settings.alpha)
                if test in ("E2", "TOST") and contrast.claims:
                    of_claims = pvalues.setdefault((test, multiple), {})
                    for claim in contrast.claims:
                        of_claims.setdefault(claim, []).append(p)
        for family, covered in simultaneous.items():
            if family:
                all_covered = np.all(covered, axis=0)
                counts.add(block.outcome(family, SIMULTANEOUS, COVERS), all_covered)
                self._count_max_t(counts, block, family)
        for (test, multiple), of_claims in pvalues.items():
            self._count_claims(counts, block, of_claims, test=test, multiple=multiple)

    def _columns(self, contrast: CalibratedContrast) -> tuple[int, int]:
        """Return the positions of the contrast's system and baseline among the model's systems."""
        return self._systems.index(contrast.system), self._systems.index(contrast.baseline)

    def _generator(self, stream: str) -> np.random.Generator:
        return contrast_generator(self._settings.seed, contrast=stream)

    def _experiments(self, contrast: CalibratedContrast, block: Block) -> Experiments:
        a, b = self._columns(contrast)
        return Experiments(
            block.scores.tables[a],
            block.scores.tables[b],
            codes=self._model.codes,
            linked=self._model.linked,
            generator=self._generator(block.stream(contrast.name)),
            resamples=self._settings.resamples,
        )

    def _count_system(self, counts: OutcomeCounts, block: Block, *, column: int) -> None:
        """Count how often the intervals of one system's mean and variances cover the truth.

        column: the system's position among the model's systems.
        """
        name, level = self._systems[column], 1 - self._settings.alpha
        table = block.scores.tables[column]
        interval = mean_interval(
            table,
            codes=self._model.codes,
            generator=self._generator(block.stream(name)),
            level=level,
            resamples=self._settings.resamples,
        )
        covers = interval.contain(block.scores.seed_means[:, column])
        counts.add(block.outcome(name, "BCa", COVERS_CHECKPOINTS), covers)
        variances = variances_covered(
            self._model, column, table, level=level, seed_level=block.seed_level
        )
        for component, covers in variances:
            counts.add(block.outcome(name, component, COVERS_VARIANCE), covers)

    def _count_intervals(
        self,
        counts: OutcomeCounts,
        block: Block,
        contrast: CalibratedContrast,
        experiments: Experiments,
    ) -> None:
        """Count how often the intervals of the difference and its effect sizes cover the truth."""
        a, b = self._columns(contrast)
        level = 1 - self._settings.alpha
        checkpoints = block.scores.seed_means[:, a] - block.scores.seed_means[:, b]
        for test, interval in experiments.intervals(level=level):
            for truth, quantity in ((np.zeros(1), COVERS), (checkpoints, COVERS_CHECKPOINTS)):
                outcome = block.outcome(contrast.name, test, quantity)
                counts.add(outcome, interval.contain(truth))
        generator = self._generator(block.stream(f"{contrast.name}, sizes"))
        effect_sizes = self._true_sizes[contrast.name].covered(
            experiments.differences,
            checkpoints,
            level=level,
            seed=int(generator.integers(2**32)),
            resamples=self._settings.resamples,
        )
        for test, covers in effect_sizes:
            counts.add(block.outcome(contrast.name, test, COVERS_CHECKPOINTS), covers)

    def _pvalues(
        self, contrast: CalibratedContrast, experiments: Experiments
    ) -> Iterator[tuple[tuple[str, float], Array]]:
        """Yield each test with the multiple of SESOI that is added, and its p in each experiment.

        p is [n]; it is shorter for the exact signed-rank test, which takes long.
        """
        discordant_share = self._discordant_shares.get(contrast.name)
        for multiple, effect in self._settings.effects.items():
            for test, p in experiments.pvalues(effect, sesoi=self._settings.sesoi):
                yield (test, multiple), p
            if discordant_share is not None:
                p = mcnemar_pvalues(experiments, discordant_share, effect)
                yield ("McNemar", multiple), p

    def _count_max_t(self, counts: OutcomeCounts, block: Block, family: str) -> None:
        """Count how often max-T rejects each contrast of a family, and how often at least one."""
        members = [contrast for contrast in self._contrasts if contrast.family == family]
        members.sort(key=lambda contrast: contrast.name)
        columns = [self._columns(contrast) for contrast in members]
        tables = block.scores.tables
        d = np.stack([tables[a].mean(-1) - tables[b].mean(-1) for a, b in columns])  # [K, n, Q]
        for multiple, effect in self._settings.effects.items():
            p = max_t_pvalues(
                unit_sums(d + effect, self._model.codes),
                generator=self._generator(block.stream(f"{family}, max-T")),
                resamples=self._settings.resamples,
            )
            rejects = p < self._settings.alpha  # [K, n]
            for contrast, row in zip(members, rejects, strict=True):
                counts.add(block.outcome(contrast.name, "max-T", REJECTS, multiple), row)
            any_rejects = np.asarray(rejects.any(axis=0))
            counts.add(block.outcome(family, "max-T", REJECTS, multiple), any_rejects)

    def _count_claims(
        self,
        counts: OutcomeCounts,
        block: Block,
        pvalues: ClaimPValues,
        *,
        test: str,
        multiple: float,
    ) -> None:
        """Count how often each correction grants each claim, and how often at least one claim.

        pvalues: claim -> p [n] of each contrast that it needs; the largest p counts, and nan (not
        estimable) grants nothing. TOST is corrected by Holm's method only, as in the report.
        """
        largest = np.stack([np.max(p, axis=0) for p in pvalues.values()], axis=1)  # [n, m]
        for name, correct in CORRECTIONS.items():
            if test == "TOST" and name != "Holm":
                continue
            granted = correct(largest) < self._settings.alpha
            corrected = f"{test}, {name}"
            for claim, column in zip(pvalues, granted.T, strict=True):
                counts.add(block.outcome(claim, corrected, _quantity(test), multiple), column)
            any_granted = np.asarray(granted.any(axis=1))
            counts.add(block.outcome(ANY_CLAIM, corrected, _quantity(test), multiple), any_granted)


def _quantity(test: str) -> str:
    return EQUIVALENT if test == "TOST" else REJECTS


def _discordant_share(a: Array, b: Array) -> float | None:
    """Return the share of queries on which only one of two single runs has a hit.

    a, b [Q, S]. None where a system has several seeds, or the scores are not all 0 or 1.
    """
    both = np.concatenate([a, b], axis=1)
    if both.shape[1] != 2 or not np.isin(both, (0.0, 1.0)).all():
        return None
    return float(np.mean(a != b))
