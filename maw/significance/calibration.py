"""Do the tests do what they promise on *these* scores? The whole plan, run again a thousand times.

Experiments are redrawn from the user's own tables (`score_model`) without any effect, and with 1×
and 2× SESOI added to every contrast, with seeds as variable as estimated and as at the upper 80 %
limit of that. Counted: how often each test rejects (at no effect: its type I error as a test of the
procedure, which E1's tests do not promise to keep), how often TOST says equivalent, how often each
interval holds the truth. Every share stands beside its Monte-Carlo standard error.
An interval shifts with the effect, so that its coverage is counted once, at no effect; there d_z's
interval holds 0 exactly where the t-test does not reject. Sign test and Wilcoxon ask about medians:
without a mean difference, skewed queries still have one of those, and rejecting it is no error.
Carpenter, Goldstein & Rasbash (2003), see `score_model`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Array, Labels, cluster_codes, score_table
from maw.significance.copies import copies_never_differ, halves
from maw.significance.corrections import holm_rows
from maw.significance.many_tests import Experiments, mean_interval
from maw.significance.randomisation import contrast_generator
from maw.significance.reasons import Flag, seed_flags
from maw.significance.score_model import (
    LEVELS,
    Redrawn,
    ScoreModel,
    SeedLevel,
    redraw,
    require_same_queries,
    score_model,
)

BLOCK = 100  # experiments in memory at once, each block from a generator of its own
MULTIPLES = (0.0, 1.0, 2.0)  # of SESOI
COVERS = "covers the procedure's difference"
COVERS_CHECKPOINTS = "covers the checkpoints' difference"
ANY_CLAIM = "any claim"


@dataclass(frozen=True, slots=True)
class Planned:
    """A contrast of the plan; contrasts that carry one claim must all be won."""

    a: str
    b: str
    claims: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As it stands in the rates."""
        return f"{self.a} - {self.b}"


@dataclass(frozen=True, slots=True)
class Settings:
    """What is counted, and how long. resamples: of sign-flip and of BCa, in each experiment."""

    alpha: float = 0.05
    sesoi: float | None = None
    draws: int = 2_000
    resamples: int = 1_999
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha is {self.alpha}; expected a number between 0 and 1")
        if self.sesoi is not None and not self.sesoi > 0:
            raise ValueError(f"sesoi is {self.sesoi}; the margin must be above 0")
        if min(self.draws, self.resamples) < 1:
            raise ValueError("draws and resamples must be at least 1")

    @property
    def effects(self) -> dict[float, float]:
        """Multiple of SESOI -> true difference, in the measure's own unit."""
        return {m: m * (self.sesoi or 0.0) for m in (MULTIPLES if self.sesoi else (0.0,))}


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a share is of. quantity: "rejects", "equivalent", COVERS or COVERS_CHECKPOINTS."""

    contrast: str  # or a claim; "any claim": of the whole family
    test: str
    quantity: str
    multiple: float
    seeds: SeedLevel


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of redrawn experiments."""

    key: Key
    rate: float
    draws: int

    @property
    def error(self) -> float:
        """Monte-Carlo standard error; not 0 where none or all were counted."""
        near = (self.rate * self.draws + 0.5) / (self.draws + 1)
        return sqrt(near * (1 - near) / self.draws)


@dataclass(frozen=True, slots=True)
class Calibration:
    """halves: of each system with 8 seeds or more, the share of splits into halves with p < α."""

    rates: tuple[Rate, ...]
    copies_never_differ: bool
    halves: dict[str, float]
    settings: Settings
    flags: tuple[Flag, ...]

    def rate(
        self,
        contrast: str,
        test: str,
        quantity: str = "rejects",
        *,
        multiple: float = 0.0,
        seeds: SeedLevel = "estimate",
    ) -> Rate:
        """One of them. KeyError if it was not counted."""
        key = Key(contrast, test, quantity, multiple, seeds)
        found = {rate.key: rate for rate in self.rates}
        return found[key]


def calibrate(
    tables: Mapping[str, npt.ArrayLike],
    contrasts: Sequence[Planned],
    clusters: Labels | None = None,
    *,
    settings: Settings,
    trained: Mapping[str, bool] | None = None,
    linked: bool = False,
    advance: Callable[[int], object] | None = None,
) -> Calibration:
    """tables: system -> scores [Q, S] by one measure; clusters [Q].

    advance: told of each block how many experiments it had, `draws` for each level of the seeds.

    trained: which systems would score otherwise if retrained; of one with a single seed nothing
    is known about that, it is redrawn as fixed, and a flag says so. The same seed gives the same
    rates, whatever the order of the contrasts. ValueError as `crossed`; a system without table.
    """
    missing = sorted({side for c in contrasts for side in (c.a, c.b)} - set(tables))
    if missing:
        raise ValueError(f"no table of {missing}; tables are of {sorted(tables)}")
    scores, codes = _canonical(tables, clusters, linked=linked)
    model = score_model(list(scores.values()), codes, linked=linked)
    hits = _redraw(model, contrasts, names=list(scores), settings=settings, advance=advance)
    n_seeds = {name: table.shape[1] for name, table in scores.items()}
    is_trained = trained or {name: n > 1 for name, n in n_seeds.items()}
    return Calibration(
        rates=tuple(Rate(key, hits[key] / settings.draws, settings.draws) for key in sorted(hits)),
        copies_never_differ=all(copies_never_differ(t, codes) for t in scores.values()),
        halves={
            name: share
            for name, table in scores.items()
            if (share := halves(table, codes, alpha=settings.alpha, seed=settings.seed)) is not None
        },
        settings=settings,
        flags=_flags(n_seeds, is_trained),
    )


def _redraw(
    model: ScoreModel,
    contrasts: Sequence[Planned],
    *,
    names: list[str],
    settings: Settings,
    advance: Callable[[int], object] | None,
) -> Counter[Key]:
    """How often each thing came out, over all experiments."""
    hits: Counter[Key] = Counter()
    for level in LEVELS:
        for block, size in enumerate(_block_sizes(settings.draws)):
            generator = contrast_generator(settings.seed, contrast=f"seeds {level}, block {block}")
            drawn = redraw(model, size, generator=generator, seeds=level)
            _count(
                hits,
                drawn,
                contrasts,
                model,
                names=names,
                level=level,
                block=block,
                settings=settings,
            )
            if advance is not None:
                advance(size)
    return hits


def _count(
    hits: Counter[Key],
    drawn: Redrawn,
    contrasts: Sequence[Planned],
    model: ScoreModel,
    *,
    names: list[str],
    level: SeedLevel,
    block: int,
    settings: Settings,
) -> None:
    """Adds one block of experiments to the hits."""
    for x, name in enumerate(names):
        alone = contrast_generator(settings.seed, contrast=f"{name}, seeds {level}, block {block}")
        ends = mean_interval(
            drawn.tables[x],
            codes=model.codes,
            generator=alone,
            level=1 - settings.alpha,
            resamples=settings.resamples,
        )
        key = Key(name, "BCa", COVERS_CHECKPOINTS, 0.0, level)
        hits[key] += int(ends.cover(drawn.seed_means[:, x]).sum())
    decided: dict[tuple[str, float], dict[str, list[Array]]] = {}
    for planned in contrasts:
        a, b = names.index(planned.a), names.index(planned.b)
        stream = f"{planned.name}, seeds {level}, block {block}"
        experiments = Experiments(
            drawn.tables[a],
            drawn.tables[b],
            codes=model.codes,
            linked=model.linked,
            generator=contrast_generator(settings.seed, contrast=stream),
            resamples=settings.resamples,
        )
        checkpoints = drawn.seed_means[:, a] - drawn.seed_means[:, b]
        for test, ends in experiments.intervals(level=1 - settings.alpha):
            for truth, quantity in ((np.zeros(1), COVERS), (checkpoints, COVERS_CHECKPOINTS)):
                key = Key(planned.name, test, quantity, 0.0, level)
                hits[key] += int(ends.cover(truth).sum())
        for multiple, effect in settings.effects.items():
            for test, p in experiments.pvalues(effect, sesoi=settings.sesoi):
                key = Key(planned.name, test, _quantity(test), multiple, level)
                hits[key] += int(np.sum(p < settings.alpha))
                if test in ("E2", "TOST") and planned.claims:
                    claims = decided.setdefault((test, multiple), {})
                    for claim in planned.claims:
                        claims.setdefault(claim, []).append(p)
    for (test, multiple), claims in decided.items():
        for name, n_passed in _passed(claims, alpha=settings.alpha):
            hits[Key(name, f"{test}, Holm", _quantity(test), multiple, level)] += n_passed


def _quantity(test: str) -> str:
    return "equivalent" if test == "TOST" else "rejects"


def _passed(claims: dict[str, list[Array]], *, alpha: float) -> Iterator[tuple[str, int]]:
    """How many experiments grant each claim, and any: its largest p, Holm over the claims.

    nan, not estimable, grants nothing.
    """
    largest = np.stack([np.max(p, axis=0) for p in claims.values()], axis=1)  # [n, m]
    passed = holm_rows(largest) < alpha
    for name, column in zip(claims, passed.T, strict=True):
        yield name, int(column.sum())
    yield ANY_CLAIM, int(passed.any(axis=1).sum())


def _canonical(
    tables: Mapping[str, npt.ArrayLike], clusters: Labels | None, *, linked: bool
) -> tuple[dict[str, Array], npt.NDArray[np.intp]]:
    """Systems by name, queries and seeds by their means, clusters as they come: rates then depend
    on no order.
    """
    scores = {name: score_table(tables[name], name=name) for name in sorted(tables)}
    require_same_queries(list(scores.values()))
    queries = np.lexsort([table.mean(axis=1) for table in scores.values()])
    codes = cluster_codes(clusters, n_queries=len(queries))[queries]
    _, first, codes = np.unique(codes, return_index=True, return_inverse=True)
    seeds = {name: table.mean(axis=0) for name, table in scores.items()}
    if linked:  # linked seeds are put in order together
        together = {
            n: sum(m for m in seeds.values() if len(m) == n) for n in map(len, seeds.values())
        }
        seeds = {name: together[len(means)] for name, means in seeds.items()}
    ordered = {
        name: table[queries][:, np.argsort(seeds[name], kind="stable")]
        for name, table in scores.items()
    }
    return ordered, np.argsort(np.argsort(first))[codes]


def _block_sizes(draws: int) -> Iterator[int]:
    for start in range(0, draws, BLOCK):
        yield min(BLOCK, draws - start)


def _flags(n_seeds: Mapping[str, int], trained: Mapping[str, bool]) -> tuple[Flag, ...]:
    """What too few seeds leave unknown, once for each system."""
    flags: list[Flag] = []
    for name, n in n_seeds.items():
        flags += seed_flags((n, 2 * n + 8), trained=(trained[name], False), names=(name, ""))
    return tuple(flags)
