"""Do the tests do what they promise on *these* scores? The whole plan, run again a thousand times.

Experiments are redrawn from the user's own tables (`score_model`) without any effect, and with 1×
and 2× SESOI added to every contrast, with seeds as variable as estimated and as at the upper 80 %
limit of that. What is counted is in `counting`: how often each test rejects (at no effect: its type
I error as a test of the procedure, which E1's tests do not promise to keep), how often TOST says
equivalent, how often each interval holds the truth. Every share has its Monte-Carlo standard error.
Coverage is counted once, at no effect. Sign test and Wilcoxon ask about medians:
without a mean difference, skewed queries still have one of those, and rejecting it is no error.
Carpenter, Goldstein & Rasbash (2003), see `score_model`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Array, Labels, cluster_codes, score_table
from maw.significance.copies import copies_never_differ, halves
from maw.significance.counting import Counting
from maw.significance.randomisation import contrast_generator
from maw.significance.reasons import Flag, seed_flags
from maw.significance.score_model import (
    LEVELS,
    ScoreModel,
    SeedLevel,
    redraw,
    require_same_queries,
    score_model,
)
from maw.significance.tally import Key, Planned, Rate, Settings, Tally

BLOCK = 100  # experiments in memory at once, each block from a generator of its own


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
    scores, codes = canonical(tables, clusters, linked=linked)
    model = score_model(list(scores.values()), codes, linked=linked)
    counting = Counting(model, contrasts, tables=scores, settings=settings)
    tally = _redraw(model, counting, settings=settings, advance=advance)
    n_seeds = {name: table.shape[1] for name, table in scores.items()}
    is_trained = trained or {name: n > 1 for name, n in n_seeds.items()}
    return Calibration(
        rates=tally.rates(),
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
    counting: Counting,
    *,
    settings: Settings,
    advance: Callable[[int], object] | None,
) -> Tally:
    """How often each thing came out, over all experiments."""
    tally = Tally()
    for level in LEVELS:
        for block, size in enumerate(block_sizes(settings.draws)):
            generator = contrast_generator(settings.seed, contrast=f"seeds {level}, block {block}")
            drawn = redraw(model, size, generator=generator, seeds=level)
            counting.add(tally, drawn, level=level, block=block)
            if advance is not None:
                advance(size)
    return tally


def canonical(
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


def block_sizes(draws: int) -> Iterator[int]:
    """Of blocks of experiments that are in memory at once, each with a generator of its own."""
    for start in range(0, draws, BLOCK):
        yield min(BLOCK, draws - start)


def _flags(n_seeds: Mapping[str, int], trained: Mapping[str, bool]) -> tuple[Flag, ...]:
    """What too few seeds leave unknown, once for each system."""
    flags: list[Flag] = []
    for name, n in n_seeds.items():
        flags += seed_flags((n, 2 * n + 8), trained=(trained[name], False), names=(name, ""))
    return tuple(flags)
