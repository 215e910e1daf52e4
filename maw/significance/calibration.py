"""Calibration: do the planned tests keep their error rates on scores like the user's?

Experiments are redrawn from the user's own score tables (`score_model`), and all planned tests are
run on each: without any effect and, where a SESOI (the smallest effect size of interest) is given,
with 1× and 2× SESOI added to every contrast. The seed variance is first its estimate, and then its
upper 80 % limit. `counting` counts how often each test rejects, how often TOST says equivalent, and
how often each interval contains the true value; each share has a Monte-Carlo standard error.
Without an effect the rejections are type I errors of a test of the training procedure (E2). E1's
tests do not promise a low rate of these errors, because they judge the checkpoints alone. Coverage
is counted only without an effect. The sign test and Wilcoxon's test are about medians: skewed
differences of mean 0 have a median that is not 0, and rejecting that median is no error. Source:
Carpenter, Goldstein & Rasbash (2003), see `score_model`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Array, Labels, cluster_codes, score_table
from maw.significance.copies import copies_never_differ, split_half_rejection_rate
from maw.significance.counting import Block, OutcomeCounter
from maw.significance.randomisation import contrast_generator
from maw.significance.reasons import Flag, one_system_flags
from maw.significance.score_model import (
    SEED_LEVELS,
    ScoreModel,
    SeedLevel,
    redraw,
    require_same_queries,
    score_model,
)
from maw.significance.tally import (
    REJECTS,
    CalibratedContrast,
    CalibrationSettings,
    Outcome,
    OutcomeCounts,
    OutcomeRate,
)

BLOCK_SIZE = 100  # experiments in memory at once; each block has a random generator of its own

Advance = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Calibration:
    """The result of a calibration: the rate of every outcome, and the A/A checks.

    A/A checks compare a system with itself. copies_never_differ: True if the function of this name
    is True for every system. split_half_rates: for each system with 8 seeds or more, the share of
    splits of its seeds into two halves whose scores differ with p < α by the deciding test. flags:
    cautions about systems with too few seeds.
    """

    rates: tuple[OutcomeRate, ...]
    copies_never_differ: bool
    split_half_rates: dict[str, float]
    settings: CalibrationSettings
    flags: tuple[Flag, ...]

    def rate(
        self,
        subject: str,
        test: str,
        quantity: str = REJECTS,
        *,
        multiple: float = 0.0,
        seed_level: SeedLevel = "estimate",
    ) -> OutcomeRate:
        """Return the rate of the `Outcome` with these fields. KeyError if it was not counted."""
        outcome = Outcome(subject, test, quantity, multiple, seed_level)
        return {rate.outcome: rate for rate in self.rates}[outcome]


def calibrate(
    tables: Mapping[str, npt.ArrayLike],
    contrasts: Sequence[CalibratedContrast],
    clusters: Labels | None = None,
    *,
    settings: CalibrationSettings,
    trained: Mapping[str, bool] | None = None,
    linked: bool = False,
    advance: Advance | None = None,
) -> Calibration:
    """Return how often tests reject and intervals cover in redrawn experiments, and the A/A checks.

    tables: system -> scores [Q, S] by one measure; clusters [Q]: labels. linked: seed s of one
    system was built from seed s of another. trained: system -> True where it would score
    differently if trained again (None: the systems with several seeds would). A trained system with
    one seed is redrawn as fixed, because nothing is known about its seed variance, and a flag says
    so. advance: called after each block of experiments with their number; the numbers add up to
    `settings.draws` for each of the two levels of the seed variance. The same seed gives the same
    rates, whatever the order of the contrasts. ValueError for a system of a contrast without a
    table, a table of another shape or with a score that is not finite, tables with different Q,
    fewer than two queries or clusters, or linked systems with different numbers of seeds above one.
    """
    systems = {name for c in contrasts for name in (c.system, c.baseline)}
    missing = sorted(systems - set(tables))
    if missing:
        raise ValueError(
            f"tables has no scores of {missing}, only of {sorted(tables)}; add the missing systems"
        )
    scores, codes = canonical(tables, clusters, linked=linked)
    model = score_model(list(scores.values()), codes, linked=linked)
    counter = OutcomeCounter(model, contrasts, tables=scores, settings=settings)
    counts = _count(model, counter, settings=settings, advance=advance)
    n_seeds = {name: table.shape[1] for name, table in scores.items()}
    is_trained = trained or {name: n > 1 for name, n in n_seeds.items()}
    return Calibration(
        rates=counts.rates(),
        copies_never_differ=all(copies_never_differ(table, codes) for table in scores.values()),
        split_half_rates=_split_half_rates(scores, codes, settings=settings),
        settings=settings,
        flags=tuple(
            flag
            for name, n in n_seeds.items()
            for flag in one_system_flags(n, trained=is_trained[name], name=name)
        ),
    )


def _count(
    model: ScoreModel,
    counter: OutcomeCounter,
    *,
    settings: CalibrationSettings,
    advance: Advance | None,
) -> OutcomeCounts:
    """Return the counts of all outcomes, in experiments that are redrawn block by block."""
    counts = OutcomeCounts()
    for seed_level in SEED_LEVELS:
        for number, size in enumerate(block_sizes(settings.draws)):
            stream = f"seeds {seed_level}, block {number}"
            generator = contrast_generator(settings.seed, contrast=stream)
            scores = redraw(model, size, generator=generator, seed_level=seed_level)
            counter.count(counts, Block(scores, seed_level, number))
            if advance is not None:
                advance(size)
    return counts


def _split_half_rates(
    scores: Mapping[str, Array], codes: npt.NDArray[np.intp], *, settings: CalibrationSettings
) -> dict[str, float]:
    rates = {
        name: split_half_rejection_rate(table, codes, alpha=settings.alpha, seed=settings.seed)
        for name, table in scores.items()
    }
    return {name: rate for name, rate in rates.items() if rate is not None}


def canonical(
    tables: Mapping[str, npt.ArrayLike], clusters: Labels | None, *, linked: bool
) -> tuple[dict[str, Array], npt.NDArray[np.intp]]:
    """Return the tables and the cluster codes [Q] in an order that only their values decide.

    Systems are sorted by name, queries and seeds by their mean scores, and clusters by their first
    query, so that the rates of a calibration depend on no order of the input. Linked seeds keep
    their partners: all systems with equally many seeds get the same order of seeds.
    """
    scores = {name: score_table(tables[name], name=name) for name in sorted(tables)}
    require_same_queries(list(scores.values()))
    queries = np.lexsort([table.mean(axis=1) for table in scores.values()])
    codes = cluster_codes(clusters, n_queries=len(queries))[queries]
    _, first, codes = np.unique(codes, return_index=True, return_inverse=True)
    seed_means = {name: table.mean(axis=0) for name, table in scores.items()}
    if linked:
        sums = {
            n: sum(means for means in seed_means.values() if len(means) == n)
            for n in map(len, seed_means.values())
        }
        seed_means = {name: sums[len(means)] for name, means in seed_means.items()}
    ordered = {
        name: table[queries][:, np.argsort(seed_means[name], kind="stable")]
        for name, table in scores.items()
    }
    return ordered, np.argsort(np.argsort(first))[codes]


def block_sizes(draws: int) -> Iterator[int]:
    """Yield the number of experiments in each block: at most BLOCK_SIZE, and `draws` in all."""
    for start in range(0, draws, BLOCK_SIZE):
        yield min(BLOCK_SIZE, draws - start)
