"""The stage `record`: enters the suite's plan with its scores into the plan's record.

The record, plan.json, shows whether the plan came before the scores, and with which seeds the
scores were seen. It is no output of a rule, because Snakemake deletes an output before it is made
again, and the record must only grow.
"""

from dataclasses import asdict
from pathlib import Path

from maw.jobs.job import Job, Output, run
from maw.jobs.pending import PendingFile
from maw.stages.finished import plan_record
from maw.stages.finished.looks import looked, told, undeclared


def record(job: Job, *, scores: Path, history: Output) -> str:
    """Enter the plan's hash, the scores' hash and the seeds into the record; write `history`.

    scores: the summary's scores.parquet; the record lies in the folder above the summary. history:
    JSON of the record's entries and looks, a sentence on whether the plan came before the scores,
    and `undeclared_looks`, the number of sets of seeds that the plan does not declare.
    """
    results, plan, seeds = scores.parent.parent, job.spec["plan"], job.spec["seeds"]
    job.note_read(scores)
    before = plan_record.read(results)
    after = plan_record.entered(before, plan=plan, scores=plan_record.digest_of([scores]))
    before_looks = plan_record.read_looks(results)
    looks = looked(before_looks, seeds=seeds, plan=plan)
    if (after, looks) != (before, before_looks):
        PendingFile(results / plan_record.FILE).write(plan_record.to_bytes(after, looks))
    n_undeclared = undeclared(looks, seeds=seeds, declared=job.spec["looks"])
    sentence = plan_record.history(after, plan=plan) + told(n_undeclared)
    job.write_json(
        history,
        {
            "plan": plan,
            "told": sentence,
            "changed_late": plan_record.changed_late(after, plan=plan),
            "seen": [asdict(entry) for entry in after],
            "looks": [asdict(look) for look in looks],
            "undeclared_looks": n_undeclared,
        },
    )
    return sentence


if __name__ == "__main__":
    run(record)
