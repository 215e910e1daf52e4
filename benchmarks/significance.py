"""How fast is the resampling? Against scipy.stats.bootstrap and permutation_test, and ranx.

    python benchmarks/significance.py [--runs 3] [--resamples 9999]

1,000 queries × 5 seeds × 15 measures × 6 contrasts. Runs are interleaved in one process (ours,
theirs, ours, ...), so that both meet the same machine; a ratio is of two neighbouring runs. Both
sides do the same number of resamples on the same differences. scipy runs twice: a call for each
column, as its documentation has it, and all columns in one call, the best that it can do.
Memory is the peak of what numpy asks for, from a run of its own. ranx is used where it can be
imported: it needs numba, and is no dependency of maw.
"""

import argparse
import importlib
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import stats

from maw.significance import bootstrap_mean, crossed, max_t, query_differences, sign_flip

QUERIES, SEEDS, MEASURES, CONTRASTS = 1_000, 5, 15, 6
BATCH = 100  # of scipy's resamples of all columns: all at once would be gigabytes
RANX_COLUMNS = 6  # ranx takes one comparison at a time; both sides do as many

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same work done twice."""

    name: str
    ours: Work
    theirs: Work


def differences(tables: np.ndarray) -> np.ndarray:
    """[Q, contrasts × measures] from scores [systems, measures, Q, S]; the last is the baseline."""
    pairs = [(a, b) for system in tables[:-1] for a, b in zip(system, tables[-1], strict=True)]
    return np.column_stack([query_differences(a, b) for a, b in pairs])


def bootstraps(d: np.ndarray, *, resamples: int) -> list[Comparison]:
    def theirs(x: np.ndarray, batch: int | None = None) -> object:
        return stats.bootstrap(
            (x,), np.mean, n_resamples=resamples, batch=batch, method="BCa", rng=0
        )

    def ours() -> object:
        return bootstrap_mean(d, seed=0, resamples=resamples)

    return [
        Comparison("BCa, scipy call by call", ours, lambda: [theirs(column) for column in d.T]),
        Comparison("BCa, scipy all at once", ours, lambda: theirs(d, BATCH)),
    ]


def sign_flips(d: np.ndarray, *, resamples: int) -> list[Comparison]:
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

    def ours() -> object:  # a stream for each contrast, which its measures share
        return [
            max_t(d[:, start : start + MEASURES], seed=0, resamples=resamples)
            for start in range(0, d.shape[1], MEASURES)
        ]

    return [
        Comparison("flips, scipy call by call", ours, lambda: [theirs(column) for column in d.T]),
        Comparison("flips, scipy all at once", ours, lambda: theirs(d, BATCH)),
    ]


def against_ranx(d: np.ndarray, *, resamples: int) -> list[Comparison]:
    test = ranx_test()
    if test is None:
        return []
    columns = [np.ascontiguousarray(column) for column in d.T[:RANX_COLUMNS]]
    zeros = np.zeros(len(d))
    return [
        Comparison(
            f"flips, ranx, {RANX_COLUMNS} columns",
            lambda: [sign_flip(c, seed=0, resamples=resamples) for c in columns],
            lambda: [test(zeros, c, n_permutations=resamples) for c in columns],
        )
    ]


def ranx_test() -> Callable[..., object] | None:
    """ranx's randomisation test, None where it cannot be imported."""
    # this file's own folder comes first, and this file has the name of a module that numba wants
    here = Path(__file__).resolve().parent
    sys.path[:] = [folder for folder in sys.path if Path(folder).resolve() != here]
    try:
        return importlib.import_module("ranx.statistical_tests").fisher_randomization_test
    except ImportError:
        return None


def seconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


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
    options = parser.parse_args()
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
    for item in items:
        seconds(item.ours), seconds(item.theirs)
        runs = [(seconds(item.ours), seconds(item.theirs)) for _ in range(options.runs)]
        ratios = [theirs / ours for ours, theirs in runs]
        ours, theirs = np.median(runs, axis=0)
        peaks = f"{peak_megabytes(item.ours):.0f} / {peak_megabytes(item.theirs):.0f}"
        print(
            f"{item.name:27} {ours:8.2f} {theirs:9.2f} {min(ratios):9.1f}x "
            f"{np.median(ratios):6.1f}x {peaks:>12}"
        )
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
