"""The stage `record`: enters the suite's plan with its scores into the plan's record.

The record, plan.json, shows whether the plan came before the scores. It is no output of a rule,
because Snakemake deletes an output before it is made again, and the record must only grow.
"""

from dataclasses import asdict
from pathlib import Path

from maw.jobs.job import Job, Output, run
from maw.jobs.pending import PendingFile
from maw.stages.finished import plan_record


def record(job: Job, *, scores: Path, history: Output) -> str:
    """Enter the plan's hash and the scores' hash into the record, and write `history` as JSON.

    scores: the summary's scores.parquet; the record lies in the folder above the summary. history:
    a copy of the record's entries, and a sentence on whether the plan came before the scores.
    """
    results, plan = scores.parent.parent, job.spec["plan"]
    job.note_read(scores)
    before = plan_record.read(results)
    after = plan_record.entered(before, plan=plan, scores=plan_record.digest_of([scores]))
    if after != before:
        PendingFile(results / plan_record.FILE).write(plan_record.to_bytes(after))
    sentence = plan_record.history(after, plan=plan)
    job.write_json(
        history,
        {
            "plan": plan,
            "told": sentence,
            "changed_late": plan_record.changed_late(after, plan=plan),
            "seen": [asdict(entry) for entry in after],
        },
    )
    return sentence


if __name__ == "__main__":
    run(record)
