"""Did the suite's plan exist before its scores? Enters both, and says what the record shows.

The record itself is no output of a rule: Snakemake deletes an output before it is made again, and
this file is only ever added to.
"""

from dataclasses import asdict
from pathlib import Path

from maw.jobs import files
from maw.jobs.job import Job, Output, run
from maw.stages.finished import plan_record


def record(job: Job, *, scores: Path, history: Output) -> str:
    """The plan's hash and all scores, entered in `plan.json` beside the summary's folder."""
    folder, plan = scores.parent.parent, job.spec["plan"]
    job.note_read(scores)
    before = plan_record.read(folder)
    after = plan_record.entered(before, plan=plan, scores=plan_record.digest_of([scores]))
    if after != before:
        files.Claim(folder / plan_record.FILE).write(plan_record.to_bytes(after))
    told = plan_record.history(after, plan=plan)
    job.write_json(
        history,
        {
            "plan": plan,
            "told": told,
            "changed_late": plan_record.changed_late(after, plan=plan),
            "seen": [asdict(entry) for entry in after],
        },
    )
    return told


if __name__ == "__main__":
    run(record)
