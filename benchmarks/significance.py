"""Speed of the resampling tests, against scipy.stats.bootstrap, permutation_test and ranx.

    python benchmarks/significance.py [--runs 3] [--resamples 9999] [--clock cpu]

The data: 1,000 queries × 5 seeds × 15 measures × 6 contrasts. Runs are interleaved in one process
(ours, theirs, ours, ...), so that both meet the same load; a ratio compares two neighbouring runs.
Both draw the same number of resamples from the same differences. scipy is measured twice: with a
call for each column, as in its documentation, and with all columns in one call, its fastest way.
`--clock cpu` counts processor seconds in place of seconds on the wall, for a machine that others
use, with OPENBLAS_NUM_THREADS=1. For BCa against scipy's single call the ratio cannot exceed about
19 on one core: half of our remaining time is one float64 matrix product, and most of the rest is
the random numbers and their counts. A line at the end counts flips and BCa together. Memory is the
peak of numpy's allocations, in a run of its own. ranx is measured where it can be imported: it
needs numba, and maw does not depend on it.
"""

import argparse
import importlib
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from maw.significance import bootstrap_mean, crossed, max_t, query_differences, sign_flip

QUERIES, SEEDS, MEASURES, CONTRASTS = 1_000, 5, 15, 6
BATCH = 100  # resamples that scipy draws at a time; all at once would take gigabytes
RANX_COLUMNS = 6  # ranx takes one comparison at a time; both test this many

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Contest:
    """The same work, done by maw and by another library."""

    name: str
    ours: Work
    theirs: Work


def differences(tables: np.ndarray) -> np.ndarray:
    """Return differences [Q, contrasts × measures] from scores [systems, measures, Q, S].

    The last system is the baseline.
    """
    pairs = [(a, b) for system in tables[:-1] for a, b in zip(system, tables[-1], strict=True)]
    return np.column_stack([query_differences(a, b) for a, b in pairs])


def bootstraps(d: np.ndarray, *, resamples: int) -> list[Contest]:
    def theirs(x: np.ndarray, batch: int | None = None) -> object:
        return stats.bootstrap(
            (x,), np.mean, n_resamples=resamples, batch=batch, method="BCa", rng=0
        )

    def ours() -> object:
        return bootstrap_mean(d, seed=0, resamples=resamples)

    return [
        Contest("BCa, scipy call by call", ours, lambda: [theirs(column) for column in d.T]),
        Contest("BCa, scipy all at once", ours, lambda: theirs(d, BATCH)),
    ]


def sign_flips(d: np.ndarray, *, resamples: int) -> list[Contest]:
    def theirs(x: np.ndarray, batch: int | None = None) -> object:
        return stats.permutation_test(
            (x,),
            np.mean,
            permutation_type="samples",
            n_resamples=resamples,
            batch=batch,
            vectorized=True,
            rng=0,
        )

    def ours() -> object:  # the measures of a contrast share its random numbers
        return [
            max_t(d[:, start : start + MEASURES], seed=0, resamples=resamples)
            for start in range(0, d.shape[1], MEASURES)
        ]

    return [
        Contest("flips, scipy call by call", ours, lambda: [theirs(column) for column in d.T]),
        Contest("flips, scipy all at once", ours, lambda: theirs(d, BATCH)),
    ]


def against_ranx(d: np.ndarray, *, resamples: int) -> list[Contest]:
    test = ranx_test()
    if test is None:
        return []
    columns = [np.ascontiguousarray(column) for column in d.T[:RANX_COLUMNS]]
    zeros = np.zeros(len(d))
    return [
        Contest(
            f"flips, ranx, {RANX_COLUMNS} columns",
            lambda: [sign_flip(c, seed=0, resamples=resamples) for c in columns],
            lambda: [test(zeros, c, n_permutations=resamples) for c in columns],
        )
    ]


def ranx_test() -> Callable[..., object] | None:
    """Return ranx's randomisation test; None where ranx cannot be imported."""
    try:
        return importlib.import_module("ranx.statistical_tests").fisher_randomization_test
    except ImportError:
        return None


def seconds(work: Work, clock: Callable[[], float] = time.perf_counter) -> float:
    start = clock()
    work()
    return clock() - start


def peak_megabytes(work: Work) -> float:
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description="Resampling: maw against scipy and ranx")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--resamples", type=int, default=9_999)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    options = parser.parse_args()
    clock = time.process_time if options.clock == "cpu" else time.perf_counter
    generator = np.random.default_rng(0)
    tables = generator.beta(2, 3, (CONTRASTS + 1, MEASURES, QUERIES, SEEDS))
    d = differences(tables)
    print(
        f"{QUERIES:,} queries x {SEEDS} seeds x {MEASURES} measures x {CONTRASTS} contrasts, "
        f"{options.resamples:,} resamples, {options.runs} interleaved runs after one to warm up"
    )
    print(
        f"{'work':27} {'ours s':>8} {'theirs s':>9} {'ratio min':>10} {'median':>7} {'peak MB':>12}"
    )
    with_ranx = against_ranx(d, resamples=options.resamples)
    items = [
        *bootstraps(d, resamples=options.resamples),
        *sign_flips(d, resamples=options.resamples),
        *with_ranx,
    ]
    totals: dict[str, list[float]] = {}  # way of calling scipy -> seconds of ours and of theirs
    for item in items:
        seconds(item.ours), seconds(item.theirs)
        runs = [
            (seconds(item.ours, clock), seconds(item.theirs, clock)) for _ in range(options.runs)
        ]
        ratios = [theirs / ours for ours, theirs in runs]
        ours, theirs = np.median(runs, axis=0)
        total = totals.setdefault(item.name.partition(", ")[2], [0.0, 0.0])
        total[:] = total[0] + ours, total[1] + theirs
        peaks = f"{peak_megabytes(item.ours):.0f} / {peak_megabytes(item.theirs):.0f}"
        print(
            f"{item.name:27} {ours:8.2f} {theirs:9.2f} {min(ratios):9.1f}x "
            f"{np.median(ratios):6.1f}x {peaks:>12}"
        )
    for way, (ours, theirs) in totals.items():
        if way.startswith("scipy"):
            name = f"both, {way}"
            print(f"{name:27} {ours:8.2f} {theirs:9.2f} {'':10} {theirs / ours:6.1f}x")
    if not with_ranx:
        print("ranx: cannot be imported here, skipped (pip install ranx into a copy of the venv)")
    for resamples in (options.resamples, 4 * options.resamples):
        peak = peak_megabytes(lambda n=resamples: max_t(d, seed=0, resamples=n))
        print(f"chunks: {resamples:,} sign flips of {d.shape[1]} columns peak at {peak:.0f} MB")
    pairs = [(a, b) for system in tables[:-1] for a, b in zip(system, tables[-1], strict=True)]
    print(f"crossed on all {len(pairs)}: {seconds(lambda: [crossed(*p) for p in pairs]):.2f} s")
    full = seconds(lambda: sign_flip(d[:, 0], seed=0))
    print(f"one contrast by one measure, 99,999 sign flips: {full:.2f} s")


if __name__ == "__main__":
    main()
