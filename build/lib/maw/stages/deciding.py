"""The stage `deciding`: names the systems of all claims, and the controls that decided them.

The control of the training budget trains these systems again. Which they are is known only when
the claims are judged, so that the workflow reads it from a file.
"""

from pathlib import Path

from maw.jobs.job import Job, Output, run
from maw.verdicts.budget import PAIR, decided


def deciding(job: Job, *, claims: Path, deciding: Output) -> str:
    """Write `pairs`: dataset, system and `decided_by` of each claim, each combination once.

    claims: the claims' table. A claim that no control decided is left out, because no control has a
    number there.
    """
    pairs = decided(job.read_parquet(claims, PAIR))[PAIR].drop_duplicates()
    job.write_json(deciding, {"pairs": pairs.to_dict("records")})
    names = (f"{row.system} and {row.decided_by} on {row.dataset}" for row in pairs.itertuples())
    return "; ".join(names) or "no claim was decided"


if __name__ == "__main__":
    run(deciding)
