"""What one redrawn experiment is looked at for: every test and every interval of the page.

A block of experiments in, a tally out. Each contrast has a stream of its own, each family one for
max-T, so that a rate does not depend on what else is counted.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Array
from maw.significance.family_tests import CORRECTIONS, max_t_pvalues
from maw.significance.layouts import unit_sums
from maw.significance.many_sizes import Sizes, variances_cover
from maw.significance.many_tests import Experiments, mcnemar_pvalues, mean_interval
from maw.significance.randomisation import contrast_generator
from maw.significance.score_model import Redrawn, ScoreModel, SeedLevel
from maw.significance.tally import (
    ANY_CLAIM,
    COVERS,
    COVERS_CHECKPOINTS,
    COVERS_VARIANCE,
    Key,
    Planned,
    Settings,
    Tally,
)


class Counting:
    """The plan, and what of it does not change from block to block. tables: by name, in order."""

    def __init__(
        self,
        model: ScoreModel,
        contrasts: Sequence[Planned],
        *,
        tables: Mapping[str, Array],
        settings: Settings,
    ) -> None:
        self._model, self._contrasts, self._settings = model, contrasts, settings
        self._names = list(tables)
        self._sizes = {
            planned.name: Sizes(
                model,
                *self._sides(planned),
                generator=contrast_generator(settings.seed, contrast=f"{planned.name}, sizes"),
            )
            for planned in contrasts
        }
        self._discordant = {
            planned.name: _discordant(tables[planned.a], tables[planned.b])
            for planned in contrasts
            if model.cluster_effects is None
        }

    def add(self, tally: Tally, drawn: Redrawn, *, level: SeedLevel, block: int) -> None:
        """Adds one block of experiments to the tally."""
        for x, name in enumerate(self._names):
            self._add_system(tally, drawn, x, name=name, level=level, block=block)
        decided: dict[tuple[str, float], dict[str, list[Array]]] = {}
        simultaneous: dict[str, list[npt.NDArray[np.bool_]]] = {}
        for planned in self._contrasts:
            experiments = self._experiments(drawn, planned, level=level, block=block)
            self._add_intervals(tally, drawn, planned, experiments, level=level, block=block)
            inside = experiments.e2_interval(1 - self._settings.alpha / planned.tests).cover(0.0)
            key = Key(planned.name, "E2, simultaneous", COVERS, 0.0, level)
            tally.add(key, inside)
            simultaneous.setdefault(planned.family, []).append(inside)
            for (test, multiple), p in self._pvalues(planned, experiments):
                key = Key(planned.name, test, _quantity(test), multiple, level)
                tally.add(key, p < self._settings.alpha)
                if test in ("E2", "TOST") and planned.claims:
                    claims = decided.setdefault((test, multiple), {})
                    for claim in planned.claims:
                        claims.setdefault(claim, []).append(p)
        for family, held in simultaneous.items():
            if family:
                key = Key(family, "E2, simultaneous", COVERS, 0.0, level)
                tally.add(key, np.all(held, axis=0))
                self._add_max_t(tally, drawn, family, level=level, block=block)
        for (test, multiple), claims in decided.items():
            self._add_claims(tally, claims, test=test, multiple=multiple, level=level)

    def _sides(self, planned: Planned) -> tuple[int, int]:
        return self._names.index(planned.a), self._names.index(planned.b)

    def _generator(self, name: str, *, level: SeedLevel, block: int) -> np.random.Generator:
        stream = f"{name}, seeds {level}, block {block}"
        return contrast_generator(self._settings.seed, contrast=stream)

    def _experiments(
        self, drawn: Redrawn, planned: Planned, *, level: SeedLevel, block: int
    ) -> Experiments:
        a, b = self._sides(planned)
        return Experiments(
            drawn.tables[a],
            drawn.tables[b],
            codes=self._model.codes,
            linked=self._model.linked,
            generator=self._generator(planned.name, level=level, block=block),
            resamples=self._settings.resamples,
        )

    def _add_system(
        self, tally: Tally, drawn: Redrawn, x: int, *, name: str, level: SeedLevel, block: int
    ) -> None:
        """Intervals of a system's own mean and of its variances."""
        wanted = 1 - self._settings.alpha
        ends = mean_interval(
            drawn.tables[x],
            codes=self._model.codes,
            generator=self._generator(name, level=level, block=block),
            level=wanted,
            resamples=self._settings.resamples,
        )
        key = Key(name, "BCa", COVERS_CHECKPOINTS, 0.0, level)
        tally.add(key, ends.cover(drawn.seed_means[:, x]))
        found = variances_cover(self._model, x, drawn.tables[x], level=wanted, seeds=level)
        for test, held in found:
            tally.add(Key(name, test, COVERS_VARIANCE, 0.0, level), held)

    def _add_intervals(
        self,
        tally: Tally,
        drawn: Redrawn,
        planned: Planned,
        experiments: Experiments,
        *,
        level: SeedLevel,
        block: int,
    ) -> None:
        """Of the difference and of its standardised sizes."""
        a, b = self._sides(planned)
        wanted = 1 - self._settings.alpha
        checkpoints = drawn.seed_means[:, a] - drawn.seed_means[:, b]
        for test, ends in experiments.intervals(level=wanted):
            for truth, quantity in ((np.zeros(1), COVERS), (checkpoints, COVERS_CHECKPOINTS)):
                key = Key(planned.name, test, quantity, 0.0, level)
                tally.add(key, ends.cover(truth))
        stream = self._generator(f"{planned.name}, sizes", level=level, block=block)
        found = self._sizes[planned.name].covers(
            experiments.differences,
            checkpoints,
            level=wanted,
            seed=int(stream.integers(2**32)),
            resamples=self._settings.resamples,
        )
        for test, inside in found:
            key = Key(planned.name, test, COVERS_CHECKPOINTS, 0.0, level)
            tally.add(key, inside)

    def _pvalues(
        self, planned: Planned, experiments: Experiments
    ) -> Iterator[tuple[tuple[str, float], Array]]:
        """Test and multiple of SESOI -> p [n]."""
        sesoi = self._settings.sesoi
        discordant = self._discordant.get(planned.name)
        for multiple, effect in self._settings.effects.items():
            for test, p in experiments.pvalues(effect, sesoi=sesoi):
                yield (test, multiple), p
            if discordant is not None:
                yield ("McNemar", multiple), mcnemar_pvalues(experiments, discordant, effect)

    def _add_max_t(
        self, tally: Tally, drawn: Redrawn, family: str, *, level: SeedLevel, block: int
    ) -> None:
        """Query-blocked max-T over the contrasts of a family, and whether it grants any."""
        members = sorted((p for p in self._contrasts if p.family == family), key=lambda p: p.name)
        sides = [self._sides(planned) for planned in members]
        d = np.stack([drawn.tables[a].mean(-1) - drawn.tables[b].mean(-1) for a, b in sides])
        for multiple, effect in self._settings.effects.items():
            p = max_t_pvalues(
                unit_sums(d + effect, self._model.codes),
                generator=self._generator(f"{family}, max-T", level=level, block=block),
                resamples=self._settings.resamples,
            )
            passed = p < self._settings.alpha  # [K, n]
            for planned, row in zip(members, passed, strict=True):
                tally.add(Key(planned.name, "max-T", "rejects", multiple, level), row)
            key = Key(family, "max-T", "rejects", multiple, level)
            tally.add(key, np.asarray(passed.any(axis=0)))

    def _add_claims(
        self,
        tally: Tally,
        claims: Mapping[str, list[Array]],
        *,
        test: str,
        multiple: float,
        level: SeedLevel,
    ) -> None:
        """Which claims each correction grants, and whether any: a claim's largest p counts.

        nan, not estimable, grants nothing. Only Holm is said of TOST.
        """
        largest = np.stack([np.max(p, axis=0) for p in claims.values()], axis=1)  # [n, m]
        for name, correct in CORRECTIONS.items():
            if test == "TOST" and name != "Holm":
                continue
            passed = correct(largest) < self._settings.alpha
            for claim, column in zip(claims, passed.T, strict=True):
                key = Key(claim, f"{test}, {name}", _quantity(test), multiple, level)
                tally.add(key, column)
            key = Key(ANY_CLAIM, f"{test}, {name}", _quantity(test), multiple, level)
            tally.add(key, np.asarray(passed.any(axis=1)))


def _quantity(test: str) -> str:
    return "equivalent" if test == "TOST" else "rejects"


def _discordant(a: Array, b: Array) -> float | None:
    """Share of queries on which only one of two single runs has a hit; None for other scores."""
    both = np.concatenate([a, b], axis=1)
    if both.shape[1] != 2 or not np.isin(both, (0.0, 1.0)).all():
        return None
    return float(np.mean(a != b))
