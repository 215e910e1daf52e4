"""Does this run reproduce the committed scores?

`results/expected/{suite}.csv` holds the mean of each measure for each run. Another processor rounds
differently and training amplifies it, hence a tolerance on each system's mean over its seeds.
"""

from io import BytesIO
from pathlib import Path

import pandas as pd

from maw.errors import InputError
from maw.job import Job, Output, run

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
        frame = pd.read_csv(BytesIO(path.read_bytes()))
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a readable CSV ({error}); restore it from git") from None
    if list(frame.columns) != [*RUN, "value"]:
        raise InputError(f"{path}:1: expected {[*RUN, 'value']}, got {list(frame.columns)}")
    return frame


def differ(fresh: pd.DataFrame, reference: pd.DataFrame, tolerance: float) -> dict[str, object]:
    """How far each system's mean over seeds is from the reference; lines for what is too far."""
    key = ["dataset", "system", "measure"]
    means = [frame.groupby(key)["value"].mean() for frame in (fresh, reference)]
    both = pd.concat(means, axis=1, keys=["fresh", "reference"])
    both["difference"] = (both["fresh"] - both["reference"]).abs()
    wrong = both[~(both["difference"] <= tolerance)]  # a row on one side only is NaN: wrong too
    lines = [
        f"{'/'.join(name)}: {row.fresh:.4f}, committed {row.reference:.4f}"
        for name, row in zip(wrong.index, wrong.itertuples(), strict=True)
    ]
    return {
        "agrees": wrong.empty,
        "largest": float(both["difference"].max()),
        "rows": len(both),
        "lines": lines,
    }


if __name__ == "__main__":
    run(check)
