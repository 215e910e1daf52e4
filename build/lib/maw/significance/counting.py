"""Counts how often tests reject, intervals cover the truth and words are false, in experiments.

The tests and intervals are those of the report. Experiments are redrawn from a `ScoreModel` in
blocks. The words of the claims, and the deciding tests that they need, are counted at every level
of the variance of seeds, all else only where it is as estimated. Each contrast and each system has
a random stream of its own, and each family (contrasts that share max-T) has one for max-T. The
rates of a contrast's own tests and intervals therefore do not depend on the other contrasts that
are counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from maw.significance.clean import Array
from maw.significance.crossed_many import Contrasts, crossed_many
from maw.significance.family_tests import max_t_pvalues
from maw.significance.layouts import unit_sums
from maw.significance.many_sizes import TrueSizes, variances_covered
from maw.significance.many_tests import Experiments, mcnemar_pvalues, mean_interval
from maw.significance.randomisation import contrast_generator
from maw.significance.score_model import RedrawnScores, ScoreModel, SeedLevel
from maw.significance.seed_labels import common_columns
from maw.significance.tally import (
    ANY_CLAIM,
    ANY_FALSE,
    COVERS,
    COVERS_CHECKPOINTS,
    COVERS_VARIANCE,
    REJECTS,
    CalibratedClaim,
    CalibratedContrast,
    CalibrationSettings,
    Outcome,
    OutcomeCounts,
)
from maw.significance.truths import pvalues_below
from maw.significance.words import WORDS, Truths
from maw.significance.words_said import ClaimOutcome, PlannedWords

DECIDING, WORD, FALSE_WORD, NON_INFERIORITY = "E2", "word", "false word", "non-inferiority"


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One block of redrawn experiments.

    seed_level: the variance of seeds in them, one of SEED_LEVELS. number: the block's index; the
    names of its random streams contain it. start: number of experiments before the block.
    """

    scores: RedrawnScores
    seed_level: SeedLevel
    number: int
    start: int

    def outcome(self, subject: str, test: str, quantity: str, multiple: float = 0.0) -> Outcome:
        """Return the `Outcome` with the given fields and the block's level of the seed variance."""
        return Outcome(subject, test, quantity, multiple, self.seed_level)

    def stream(self, name: str) -> str:
        """Return the name of the random stream of one contrast, system or family in this block."""
        return f"{name}, seeds {self.seed_level}, block {self.number}"


class OutcomeCounter:
    """Counts the outcomes of a plan's contrasts and claims over blocks of redrawn experiments.

    An outcome is, for example, that an interval covers the true value, that a test of a contrast
    rejects, or that the word on a claim is false. tables: system -> scores [Q, S], in the order of
    the score model's systems.
    """

    def __init__(
        self,
        model: ScoreModel,
        contrasts: Sequence[CalibratedContrast],
        claims: Sequence[CalibratedClaim],
        *,
        tables: Mapping[str, Array],
        settings: CalibrationSettings,
    ) -> None:
        self._model, self._contrasts, self._settings = model, contrasts, settings
        self._words = PlannedWords(claims, settings=settings) if claims else None
        self._of_claims = {
            (claim.system, control) for claim in claims for control in claim.controls
        }
        self._true_sizes = {
            contrast.name: TrueSizes(
                model,
                *self._positions(contrast),
                generator=contrast_generator(settings.seed, contrast=f"{contrast.name}, sizes"),
            )
            for contrast in contrasts
        }
        self._discordant_shares = {
            contrast.name: _discordant_share(tables[contrast.system], tables[contrast.baseline])
            for contrast in contrasts
            if model.cluster_effects is None
        }

    def count(self, counts: OutcomeCounts, block: Block) -> dict[float, Truths]:
        """Add the outcomes of one block of redrawn experiments to `counts`.

        Returns multiple of SESOI -> whether any word of the claims is false, [n]; empty without
        claims.
        """
        tests = {}
        for contrast in self._contrasts:
            pair = (contrast.system, contrast.baseline)
            decides = contrast.level is not None or pair in self._of_claims
            if decides or block.seed_level == "estimate":
                of_contrast = deciding_tests(
                    self._model,
                    block.scores,
                    contrast,
                    measure_range=self._settings.measure_range,
                )
                tests[pair] = of_contrast
                self._count_deciding(counts, block, contrast, of_contrast)
        if block.seed_level == "estimate" and block.start < self._settings.beside_draws:
            for column in range(len(self._model.systems)):
                self._count_system(counts, block, column=column)
            for contrast in self._contrasts:
                self._count_checkpoint_tests(counts, block, contrast)
            for family in dict.fromkeys(contrast.family for contrast in self._contrasts):
                if family:
                    self._count_max_t(counts, block, family)
        if self._words is None:
            return {}
        return {
            multiple: self._count_words(counts, block, outcomes, multiple=multiple)
            for multiple, outcomes in self._words.outcomes(tests)
        }

    def _positions(self, contrast: CalibratedContrast) -> tuple[int, int]:
        """Return the positions of the contrast's system and baseline among the model's systems."""
        systems = self._model.systems
        return systems.index(contrast.system), systems.index(contrast.baseline)

    def _generator(self, stream: str) -> np.random.Generator:
        return contrast_generator(self._settings.seed, contrast=stream)

    def _count_deciding(
        self, counts: OutcomeCounts, block: Block, contrast: CalibratedContrast, tests: Contrasts
    ) -> None:
        """Count how often the deciding test rejects at α, and how often non-inferiority is shown.

        Its interval covers the truth where it does not reject.
        """
        alpha = self._settings.alpha

        def rejects(distance: Array, level: float) -> Truths:
            p = pvalues_below(tests.spread, np.abs(distance), limit=level)
            return np.asarray((p < level) & tests.estimable)

        for multiple, effect in self._settings.effects.items():
            if multiple and block.seed_level != "estimate":
                continue
            rejected = rejects(tests.mean + effect, alpha)
            counts.add(block.outcome(contrast.name, DECIDING, REJECTS, multiple), rejected)
            if not multiple:
                counts.add(block.outcome(contrast.name, DECIDING, COVERS), ~rejected)
        if contrast.margin is not None and contrast.level is not None:
            above = tests.mean + contrast.margin
            shown = rejects(above, contrast.level) & (above > 0)
            counts.add(block.outcome(contrast.name, NON_INFERIORITY, REJECTS), shown)

    def _count_words(
        self, counts: OutcomeCounts, block: Block, outcomes: list[ClaimOutcome], *, multiple: float
    ) -> Truths:
        """Count the words of all claims with one true effect; return where any is false, [n]."""
        for outcome in outcomes:
            name = outcome.claim.name
            for code, word in enumerate(WORDS):
                is_said = outcome.words == code
                for test, occurred in ((WORD, is_said), (FALSE_WORD, is_said & outcome.false)):
                    counts.add(block.outcome(name, test, word.value, multiple), occurred)
            counts.add(block.outcome(name, WORD, ANY_FALSE, multiple), outcome.false)
            counts.add(block.outcome(name, WORD, COVERS, multiple), outcome.covers)
        any_false: Truths = np.any([outcome.false for outcome in outcomes], axis=0)
        counts.add(block.outcome(ANY_CLAIM, WORD, ANY_FALSE, multiple), any_false)
        return any_false

    def _count_system(self, counts: OutcomeCounts, block: Block, *, column: int) -> None:
        """Count how often the intervals of one system's mean and variances cover the truth.

        column: the system's position among the model's systems.
        """
        name, level = self._model.systems[column], 1 - self._settings.alpha
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

    def _count_checkpoint_tests(
        self, counts: OutcomeCounts, block: Block, contrast: CalibratedContrast
    ) -> None:
        """Count the tests, intervals and effect sizes of E1, which ask about these checkpoints."""
        a, b = self._positions(contrast)
        d = block.scores.tables[a].mean(axis=-1) - block.scores.tables[b].mean(axis=-1)
        generator = self._generator(block.stream(contrast.name))
        experiments = Experiments(
            d, codes=self._model.codes, generator=generator, resamples=self._settings.resamples
        )
        level = 1 - self._settings.alpha
        checkpoints = block.scores.seed_means[:, a] - block.scores.seed_means[:, b]
        for test, interval in experiments.intervals(level=level):
            for truth, quantity in ((np.zeros(1), COVERS), (checkpoints, COVERS_CHECKPOINTS)):
                outcome = block.outcome(contrast.name, test, quantity)
                counts.add(outcome, interval.contain(truth))
        pvalues = dict(experiments.pvalues())
        discordant_share = self._discordant_shares.get(contrast.name)
        if discordant_share is not None:
            n, Q = d.shape
            pvalues["McNemar"] = mcnemar_pvalues(discordant_share, n=n, Q=Q, generator=generator)
        for test, p in pvalues.items():  # shorter for the exact signed-rank test
            counts.add(block.outcome(contrast.name, test, REJECTS), p < self._settings.alpha)
        effect_sizes = self._true_sizes[contrast.name].covered(
            d,
            checkpoints,
            level=level,
            seed=int(self._generator(block.stream(f"{contrast.name}, sizes")).integers(2**32)),
            resamples=self._settings.resamples,
        )
        for test, covers in effect_sizes:
            counts.add(block.outcome(contrast.name, test, COVERS_CHECKPOINTS), covers)

    def _count_max_t(self, counts: OutcomeCounts, block: Block, family: str) -> None:
        """Count how often max-T rejects each contrast of a family, and how often at least one."""
        members = [contrast for contrast in self._contrasts if contrast.family == family]
        members.sort(key=lambda contrast: contrast.name)
        columns = [self._positions(contrast) for contrast in members]
        tables = block.scores.tables
        d = np.stack([tables[a].mean(-1) - tables[b].mean(-1) for a, b in columns])  # [K, n, Q]
        p = max_t_pvalues(
            unit_sums(d, self._model.codes),
            generator=self._generator(block.stream(f"{family}, max-T")),
            resamples=self._settings.resamples,
        )
        rejects = p < self._settings.alpha  # [K, n]
        for contrast, row in zip(members, rejects, strict=True):
            counts.add(block.outcome(contrast.name, "max-T", REJECTS), row)
        counts.add(block.outcome(family, "max-T", REJECTS), np.asarray(rejects.any(axis=0)))


def deciding_tests(
    model: ScoreModel,
    scores: RedrawnScores,
    contrast: CalibratedContrast,
    *,
    measure_range: float = 1.0,
) -> Contrasts:
    """Return the deciding test of a contrast in each redrawn experiment, [n].

    With shared seeds it takes the seed labels that both systems have; ValueError where they have
    fewer than two in common.
    """
    a, b = (model.systems.index(name) for name in (contrast.system, contrast.baseline))
    table_a, table_b = scores.tables[a], scores.tables[b]
    if contrast.seeds == "shared" and min(table_a.shape[-1], table_b.shape[-1]) > 1:
        of_a, of_b = common_columns(model.columns[a], model.columns[b])
        if len(of_a) < 2:
            raise ValueError(
                f"{contrast.name}: shared seeds, but the systems have {len(of_a)} seed labels in "
                "common; two are needed"
            )
        table_a, table_b = table_a[..., of_a], table_b[..., of_b]
    return crossed_many(
        table_a, table_b, model.codes, seeds=contrast.seeds, measure_range=measure_range
    )


def _discordant_share(a: Array, b: Array) -> float | None:
    """Return the share of queries on which only one of two single runs has a hit.

    a, b [Q, S]. None where a system has several seeds, or the scores are not all 0 or 1.
    """
    both = np.concatenate([a, b], axis=1)
    if both.shape[1] != 2 or not np.isin(both, (0.0, 1.0)).all():
        return None
    return float(np.mean(a != b))
