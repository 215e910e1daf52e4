"""`maw compare` against ranx, and against ir_measures with scipy by hand, on 6, 60 and 600 runs.

    python benchmarks/compare.py [--runs 6 60 600] [--repeats 3] [--topics 50] [--documents 100]

Every contestant is a process of its own: it reads the same TREC run files and judgements, computes
the same five measures, and tests each system against the first by nDCG@10. The processes are
interleaved (maw, by hand, ranx, maw, ...). A row of results/benchmarks/compare.csv has the medians
of processor seconds and of peak memory, both with the start of Python, and the largest difference
of a mean and of a p-value from those by hand.

What they do differs. By hand and ranx run a paired t-test for each system, one run each. maw runs
further tests beside it (Wilcoxon, sign flips, bootstrap intervals, Holm over all claims), checks
runs for oddities, prints its tables, and would take several seeds of a system, which the others
cannot. ranx orders equal scores in its own way, so the runs here have none. `ranx.compare` tests
all pairs of runs; here ranx tests only the pairs that the others test. ranx compiles its measures
when they are first used after its installation, and keeps what it compiled: the medians leave these
seconds out. `--ranx-python` names an interpreter that has ranx, if this one has not.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

MEASURES = ("nDCG@10", "RR@10", "Success@10", "AP", "R@1000")
OF_RANX = {"nDCG@10": "ndcg@10", "RR@10": "mrr@10", "Success@10": "hit_rate@10", "AP": "map",
           "R@1000": "recall@1000"}  # fmt: skip
PRIMARY = MEASURES[0]
TABLE = Path(__file__).parents[1] / "results/benchmarks/compare.csv"
BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class Numbers:
    """means: system -> measure -> mean. p: system -> p-value against the first system."""

    means: dict[str, dict[str, float]]
    p: dict[str, float]


@dataclass(frozen=True, slots=True)
class Ended:
    """What a contestant computed, and what its process took."""

    numbers: Numbers
    seconds: float  # of the processor, user and system
    megabytes: float  # peak resident memory


def write_runs(folder: Path, *, n_runs: int, n_topics: int, n_documents: int) -> None:
    """Write judgements and runs that differ a little in quality; no two scores of a topic tie."""
    draw = np.random.default_rng(0)
    pool = 3 * n_documents
    grades = draw.integers(1, 4, (n_topics, pool)) * (draw.random((n_topics, pool)) < 0.1)
    judged = draw.random((n_topics, pool)) < 0.3
    judged[:, 0] = grades[:, 0] = 1  # every topic has a relevant document
    with (folder / "qrels.txt").open("w") as file:
        for t, d in np.argwhere(judged):
            file.write(f"{t + 1} 0 D{d:06} {grades[t, d]}\n")
    for run in range(n_runs):
        quality = 0.5 + draw.random()
        scores = draw.normal(size=(n_topics, pool)) + quality * (grades * judged)
        with (folder / f"run{run:03}.run").open("w") as file:
            for t, row in enumerate(scores):
                for rank, d in enumerate(np.argsort(-row)[:n_documents], start=1):
                    file.write(f"{t + 1} Q0 D{d:06} {rank} {n_documents - rank} run{run:03}\n")


def by_maw(folder: Path) -> Numbers:
    """`maw compare RUNS --qrels QRELS`, whose output is printed too."""
    from maw.api import compare
    from maw.reporting.terminal import show

    comparison = compare(sorted(folder.glob("*.run")), folder / "qrels.txt", measures=MEASURES)
    show(comparison.verdict_frames, plan=comparison.plan, notices=comparison.warnings)
    means = comparison.leaderboard.pivot(index="system", columns="measure", values="mean")
    rows = comparison.comparisons
    rows = rows[rows["measure"] == PRIMARY].set_index("system")
    return Numbers(means.T.to_dict(), rows["p_t"].to_dict())


def by_hand(folder: Path) -> Numbers:
    """The script that many write: ir_measures, then scipy's paired t-test."""
    import ir_measures
    from scipy import stats

    measures = [ir_measures.parse_measure(name) for name in MEASURES]
    read_run: Callable[[str], Any] = ir_measures.read_trec_run
    read_qrels: Callable[[str], Any] = ir_measures.read_trec_qrels
    qrels = list(read_qrels(str(folder / "qrels.txt")))
    evaluator = ir_measures.evaluator(measures, qrels)
    values: dict[str, dict[str, dict[str, float]]] = {}  # system -> measure -> topic -> value
    for path in sorted(folder.glob("*.run")):
        of_run: dict[str, dict[str, float]] = {name: {} for name in MEASURES}
        for metric in evaluator.iter_calc(read_run(str(path))):
            of_run[str(metric.measure)][metric.query_id] = metric.value
        values[path.stem] = of_run
    first = next(iter(values.values()))[PRIMARY]
    topics = sorted(first)
    baseline = [first[topic] for topic in topics]
    p = {
        system: float(stats.ttest_rel([of_run[PRIMARY][t] for t in topics], baseline).pvalue)
        for system, of_run in list(values.items())[1:]
    }
    means = {
        system: {name: float(np.mean(list(scores.values()))) for name, scores in of_run.items()}
        for system, of_run in values.items()
    }
    return Numbers(means, p)


def by_ranx(folder: Path) -> Numbers:
    """ranx's own reader, measures and paired t-test."""
    from ranx import Qrels, Run, evaluate
    from ranx.statistical_tests import paired_student_t_test

    qrels = Qrels.from_file(str(folder / "qrels.txt"), kind="trec")
    means: dict[str, dict[str, float]] = {}
    p: dict[str, float] = {}
    baseline = None
    for path in sorted(folder.glob("*.run")):
        run = Run.from_file(str(path), kind="trec")
        values = evaluate(qrels, run, list(OF_RANX.values()), return_mean=False)
        means[path.stem] = {name: float(np.mean(values[OF_RANX[name]])) for name in MEASURES}
        primary = values[OF_RANX[PRIMARY]]
        if baseline is None:
            baseline = primary
            continue
        p[path.stem] = float(paired_student_t_test(baseline, primary, 0.05)[0])
    return Numbers(means, p)


CONTESTANTS: dict[str, Callable[[Path], Numbers]] = {
    "maw": by_maw,
    BY_HAND: by_hand,
    "ranx": by_ranx,
}


def run_in_process(name: str, folder: Path, *, python: str = sys.executable) -> Ended:
    """Run a contestant in a process of its own. CalledProcessError where it fails."""
    answer = folder / "answer.json"
    command = [python, __file__, "--contestant", name, "--folder", str(folder)]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    numbers = Numbers(**json.loads(answer.read_text()))
    return Ended(numbers, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3)


def apart(numbers: Numbers, reference: Numbers) -> tuple[float, float]:
    """Return the largest absolute difference of a mean and of a p-value."""
    means = [
        abs(numbers.means[system][name] - mean)
        for system, of_system in reference.means.items()
        for name, mean in of_system.items()
    ]
    return max(means), max(abs(numbers.p[system] - p) for system, p in reference.p.items())


def row_of(name: str, ended: Sequence[Ended], *, n_runs: int, hand: Numbers) -> dict[str, object]:
    """Return a contestant's row of the table."""
    mean_apart, p_apart = apart(ended[0].numbers, hand)
    return {
        "runs": n_runs,
        "contestant": name,
        "processor_seconds": round(median(one.seconds for one in ended), 2),
        "peak_megabytes": round(median(one.megabytes for one in ended)),
        "largest_difference_of_a_mean": mean_apart,
        "largest_difference_of_a_p": p_apart,
    }


def contest(options: argparse.Namespace, *, n_runs: int) -> list[dict[str, object]]:
    """Return the rows of one number of runs."""
    ended: dict[str, list[Ended]] = {name: [] for name in CONTESTANTS}
    with tempfile.TemporaryDirectory() as folder:
        sizes = {"n_topics": options.topics, "n_documents": options.documents}
        write_runs(Path(folder), n_runs=n_runs, **sizes)
        for _ in range(options.repeats):
            for name, done in ended.items():
                python = options.ranx_python if name == "ranx" else sys.executable
                done.append(run_in_process(name, Path(folder), python=python))
    hand = ended[BY_HAND][0].numbers
    return [row_of(name, done, n_runs=n_runs, hand=hand) for name, done in ended.items()]


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, nargs="+", default=[6, 60, 600])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--topics", type=int, default=50)
    parser.add_argument("--documents", type=int, default=100, help="of each topic in each run")
    parser.add_argument("--ranx-python", default=sys.executable)
    parser.add_argument("--contestant", choices=CONTESTANTS, help="run it on --folder, in here")
    parser.add_argument("--folder", type=Path)
    return parser.parse_args(arguments)


def main() -> None:
    options = parsed()
    if options.contestant:
        numbers = CONTESTANTS[options.contestant](options.folder)
        answer = {"means": numbers.means, "p": numbers.p}
        (options.folder / "answer.json").write_text(json.dumps(answer))
        return
    import pandas as pd

    rows: list[dict[str, object]] = []
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    for n_runs in options.runs:
        rows += contest(options, n_runs=n_runs)
        print(pd.DataFrame(rows).to_string(index=False), flush=True)
        pd.DataFrame(rows).to_csv(TABLE, index=False, float_format="%.3g")


if __name__ == "__main__":
    main()
