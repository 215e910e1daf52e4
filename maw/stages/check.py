"""The stage `check`: compares this run's scores with the scores that are committed.

`results/expected/{suite}.csv` holds the committed scores: the mean over the queries of each measure
for each run. Another processor rounds differently and training amplifies the difference; hence the
mean of each system over its seeds may differ by a tolerance.
"""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from maw.errors import InputError
from maw.jobs.job import Job, Output, run

RUN = ["dataset", "system", "seed", "measure"]
SYSTEM = ["dataset", "system", "measure"]


def check(
    job: Job, *, scores: Path, reference: Path | None, expected: Output, fresh: Output
) -> str:
    """Compare the mean scores of this suite with the committed means, and write the result.

    scores: one row per run, query and measure. reference: the committed means; None where the suite
    has none. fresh: CSV with this suite's mean of each run and measure, in the form that is
    committed. expected: JSON with whether the means agree, the largest difference, and a line for
    each mean of a system that disagrees. The stage does not fail where means disagree.
    """
    means = job.read_parquet(scores).groupby(RUN, sort=True)["value"].mean().reset_index()
    job.write_bytes(fresh, means.to_csv(index=False, float_format="%.6f").encode())
    tolerance = float(job.spec["tolerance"])
    if reference is None:
        outcome = {"checked": False, "agrees": True, "largest": 0.0, "rows": 0, "lines": []}
    else:
        outcome = {"checked": True, **differ(means, read_reference(reference), tolerance)}
    job.write_json(expected, {**outcome, "tolerance": tolerance})
    if not outcome["checked"]:
        return "no committed scores for this suite; nothing to check against"
    verdict = "reproduces" if outcome["agrees"] else "DOES NOT reproduce"
    return f"{verdict} the committed scores: largest difference {outcome['largest']:.6f}"


def read_reference(path: Path) -> pd.DataFrame:
    """Return the committed means, one row for each run and measure.

    InputError where the file is no CSV with the columns dataset, system, seed, measure and value,
    where a seed or a value is not a number, or where a run has two means of a measure.
    """
    try:
        frame = pd.read_csv(BytesIO(path.read_bytes()), dtype=str, keep_default_na=False)
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a readable CSV ({error}); restore it from git") from None
    if list(frame.columns) != [*RUN, "value"]:
        raise InputError(
            f"{path}:1: expected {[*RUN, 'value']}, got {list(frame.columns)}; restore it from git"
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
    """Return how each system's mean over its seeds compares with the committed mean.

    fresh, reference: columns dataset, system, seed, measure, value. Two means disagree where they
    differ by more than the tolerance, have other numbers of seeds, or one is missing. Keys:
    `agrees`, True where no two disagree; `largest`, the largest difference; `rows`, the number of
    means on either side; `lines`, a line of text for each disagreement.
    """
    means = [frame.groupby(SYSTEM)["value"].agg(["mean", "count"]) for frame in (fresh, reference)]
    joined = pd.concat(means, axis=1, keys=["fresh", "committed"])
    joined.columns = ["_".join(names) for names in joined.columns]
    difference = (joined["fresh_mean"] - joined["committed_mean"]).abs()
    same_seeds = joined["fresh_count"] == joined["committed_count"]  # False where one lacks it
    wrong = joined[~(same_seeds & (difference <= tolerance))]
    return {
        "agrees": wrong.empty,
        "largest": float(difference.fillna(0).max()),
        "rows": len(joined),
        "lines": [
            f"{'/'.join(name)}: {_mean_text(row.fresh_mean, row.fresh_count)}, "
            f"committed {_mean_text(row.committed_mean, row.committed_count)}"
            for name, row in zip(wrong.index, wrong.itertuples(), strict=True)
        ],
    }


def _mean_text(mean: float, n_seeds: float) -> str:
    """Return a mean with its number of seeds, `0.6543 (seeds: 5)`, or `absent` without a run."""
    return f"{mean:.4f} (seeds: {n_seeds:.0f})" if n_seeds > 0 else "absent"


if __name__ == "__main__":
    run(check)
