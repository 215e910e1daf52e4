"""The stage `check`: compares this run's scores with the scores that are committed.

`results/expected/{suite}.csv` holds the committed scores: the mean over the queries of each measure
for each run, and the path on which it was computed: device, library of matrix products, processor
and versions. On the same path every mean must be equal to the last bit. Another path rounds
differently and training amplifies the difference; there the mean of each system over its seeds may
differ by a tolerance.
"""

import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from maw.errors import InputError
from maw.jobs.job import Job, Output, run

RUN = ["dataset", "system", "seed", "measure"]
SYSTEM = ["dataset", "system", "measure"]
COLUMNS = [*RUN, "value", "path"]
SOFTWARE = ("torch", "numpy")  # whose versions decide the last bits


@dataclass(frozen=True)
class FreshRuns:
    """The tables of a suite's runs that are compared with the committed means.

    scores: one row per run, query and measure. runs, costs: one row per run, as `collect` writes
    them.
    """

    scores: Path
    runs: Path
    costs: Path


def check(
    job: Job, *, tables: FreshRuns, reference: Path | None, expected: Output, fresh: Output
) -> str:
    """Compare the mean scores of this suite with the committed means, and write the result.

    reference: the committed means; None where the suite has none. fresh: CSV with this suite's mean
    of each run and measure, in the form that is committed. expected: JSON with whether the means
    agree, the largest difference, and a line for each mean that disagrees. The stage does not fail
    where means disagree.
    """
    means = job.read_parquet(tables.scores).groupby(RUN, sort=True)["value"].mean().reset_index()
    path = path_of(job.read_parquet(tables.runs), job.read_parquet(tables.costs))
    means = means.assign(path=path)
    # 17 digits name a float64 exactly
    job.write_bytes(fresh, means.to_csv(index=False, float_format="%.17g").encode())
    tolerance = float(job.spec["tolerance"])
    if reference is None:
        outcome = {"checked": False, "agrees": True, "largest": 0.0, "rows": 0, "lines": []}
    else:
        outcome = {"checked": True, **differ(means, read_reference(reference), tolerance)}
    job.write_json(expected, {"tolerance": tolerance, "same_path": False, "path": path, **outcome})
    if not outcome["checked"]:
        return "no committed scores for this suite; nothing to check against"
    verdict = "reproduces" if outcome["agrees"] else "DOES NOT reproduce"
    return f"{verdict} the committed scores: largest difference {outcome['largest']:.6g}"


def path_of(runs: pd.DataFrame, costs: pd.DataFrame) -> str:
    """Return what the trained runs were computed with: device, library, processor and versions.

    An example is `cpu; onednn; AMD EPYC; torch 2.13.0; numpy 2.4.6`. Where runs differ, all their
    paths are joined; a suite without a trained run has the path "". runs, costs: one row per run.
    """
    paths = set()
    for run_row, text in zip(runs.to_dict("records"), costs["versions"], strict=True):
        if run_row["trained"]:
            versions = json.loads(text)
            software = (f"{name} {versions.get(name, '?')}" for name in SOFTWARE)
            hardware = versions.get("gpu") or versions.get("processor", "?")
            # a system that trains itself does not say which library multiplies its matrices
            library = [run_row["products"]] if isinstance(run_row.get("products"), str) else []
            paths.add("; ".join([run_row["device"], *library, hardware, *software]))
    return " | ".join(sorted(paths))


def read_reference(path: Path) -> pd.DataFrame:
    """Return the committed means, one row for each run and measure, with their path.

    InputError where the file is no CSV with the columns dataset, system, seed, measure, value and
    path, where a seed or a value is not a number, or where a run has two means of a measure.
    """
    try:
        frame = pd.read_csv(BytesIO(path.read_bytes()), dtype=str, keep_default_na=False)
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a readable CSV ({error}); restore it from git") from None
    if list(frame.columns) != COLUMNS:
        raise InputError(
            f"{path}:1: expected {COLUMNS}, got {list(frame.columns)}; restore it from git"
        )
    for column in ("seed", "value"):
        numbers = pd.to_numeric(frame[column], errors="coerce")
        for row in np.flatnonzero(~np.isfinite(numbers))[:1]:
            raise InputError(
                f"{path}:{_line(row)}: {column} {frame[column][row]!r} is not a number; "
                "restore it from git"
            )
        frame[column] = numbers
    for row in np.flatnonzero(frame.duplicated(RUN))[:1]:
        raise InputError(
            f"{path}:{_line(row)}: a second mean of the same run and measure; restore it from git"
        )
    return frame


def _line(row: int) -> int:
    """Return the line of a row in its CSV: lines count from 1, and the header is the first."""
    return int(row) + 2


def differ(fresh: pd.DataFrame, reference: pd.DataFrame, tolerance: float) -> dict[str, object]:
    """Return how the means compare with the committed ones.

    fresh, reference: columns dataset, system, seed, measure, value, path. On the same path the mean
    of each run must be equal; otherwise each system's mean over its seeds must not differ by more
    than the tolerance. Means also disagree where they have other numbers of seeds, or one is
    missing. Keys: `same_path`; `tolerance`, 0 on the same path; `agrees`, True where no two
    disagree; `largest`, the largest difference; `rows`, the number of means on either side;
    `lines`, a line of text for each disagreement.
    """
    paths = {*fresh["path"], *reference["path"]}
    same_path = len(paths) == 1 and paths != {""}
    key, tolerance = (RUN, 0.0) if same_path else (SYSTEM, tolerance)
    means = [frame.groupby(key)["value"].agg(["mean", "count"]) for frame in (fresh, reference)]
    joined = pd.concat(means, axis=1, keys=["fresh", "committed"])
    joined.columns = ["_".join(names) for names in joined.columns]
    difference = (joined["fresh_mean"] - joined["committed_mean"]).abs()
    same_seeds = joined["fresh_count"] == joined["committed_count"]  # False where one lacks it
    wrong = joined[~(same_seeds & (difference <= tolerance))]
    return {
        "same_path": same_path,
        "tolerance": tolerance,
        "agrees": wrong.empty,
        "largest": float(difference.fillna(0).max()),
        "rows": len(joined),
        "lines": [
            f"{'/'.join(map(str, name))}: {_mean_text(row.fresh_mean, row.fresh_count)}, "
            f"committed {_mean_text(row.committed_mean, row.committed_count)}"
            for name, row in zip(wrong.index, wrong.itertuples(), strict=True)
        ],
    }


def _mean_text(mean: float, n_seeds: float) -> str:
    """Return a mean with its number of seeds, `0.65432 (seeds: 5)`, or `absent` without a run."""
    return f"{mean:.12g} (seeds: {n_seeds:.0f})" if n_seeds > 0 else "absent"


if __name__ == "__main__":
    run(check)
