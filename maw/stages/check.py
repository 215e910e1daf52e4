"""Does this run reproduce the committed scores?

`results/expected/{suite}.csv` holds the mean of each measure for each run. Another processor rounds
differently and training amplifies it, hence a tolerance on each system's mean over its seeds.
"""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from maw.errors import InputError
from maw.jobs.job import Job, Output, run

RUN = ["dataset", "system", "seed", "measure"]


def check(
    job: Job, *, scores: Path, reference: Path | None, expected: Output, fresh: Output
) -> str:
    """Writes this run's means (`fresh`: what to commit) and how far they are from the reference."""
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
    """The committed means. InputError when the file is not what `check` writes."""
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
                f"{path}:{row + 2}: {column} {frame[column][row]!r} is not a number; "
                "restore it from git"
            )
        frame[column] = numbers
    for row in np.flatnonzero(frame.duplicated(RUN))[:1]:
        raise InputError(
            f"{path}:{row + 2}: this run's measure is there twice; restore it from git"
        )
    return frame


def differ(fresh: pd.DataFrame, reference: pd.DataFrame, tolerance: float) -> dict[str, object]:
    """How far each system's mean over seeds is from the reference; lines for what is too far."""
    key = ["dataset", "system", "measure"]
    sides = [frame.groupby(key)["value"].agg(["mean", "count"]) for frame in (fresh, reference)]
    both = pd.concat(sides, axis=1, keys=["fresh", "committed"])
    both.columns = ["_".join(names) for names in both.columns]
    difference = (both["fresh_mean"] - both["committed_mean"]).abs()
    same_seeds = both["fresh_count"] == both["committed_count"]  # NaN where one side has no row
    wrong = both[~(same_seeds & (difference <= tolerance))]
    return {
        "agrees": wrong.empty,
        "largest": float(difference.fillna(0).max()),
        "rows": len(both),
        "lines": [
            f"{'/'.join(name)}: {_told(row.fresh_mean, row.fresh_count)}, "
            f"committed {_told(row.committed_mean, row.committed_count)}"
            for name, row in zip(wrong.index, wrong.itertuples(), strict=True)
        ],
    }


def _told(mean: float, count: float) -> str:
    """`0.6543 (seeds: 5)`, or that there is nothing."""
    return f"{mean:.4f} (seeds: {count:.0f})" if count > 0 else "absent"


if __name__ == "__main__":
    run(check)
