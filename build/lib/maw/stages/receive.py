"""The stage `receive`: checks a run that was made elsewhere, and writes its rankings and run.json.

The run then takes part in the suite as that of any other system does. Nothing is trained and
nothing is ranked here, so that no cost is recorded.
"""

from pathlib import Path

from maw.errors import InputError
from maw.jobs.job import Job, Output
from maw.jobs.job import run as run_stage
from maw.runs.received import of_test_queries, read_run, refuse_foreign_documents
from maw.stages.shared.ranked_queries import ranked_queries

ELSEWHERE = "elsewhere"  # where the run was made, in run.json and in the table of runs


def receive(
    job: Job,
    *,
    file: Path,
    documents: Path,
    queries: Path,
    split: Path,
    run: Output,
    received: Output,
) -> str:
    """Read the run in a file, check it against the dataset, and write its rankings.

    run: run.json, which names the file, its hash, the number of test queries without an answer, and
    what is odd about it. received: query_id, doc_id and score of the test queries' documents, best
    first. InputError for a file that is no ranking or has changed since the workflow began, for a
    document that the collection does not have, and where no test query is answered.
    """
    name, seed, dataset = (job.spec[key] for key in ("name", "seed", "dataset"))
    content = read_run(file, job.spec["system"]["format"])
    if content.sha256 != job.spec["sha256"]:
        raise InputError(f"{file}: changed since the workflow began; run snakemake again")
    test = ranked_queries(job, queries, split)["query_id"]
    known = job.read_parquet(queries, ("query_id",), only=True)["query_id"]
    checked = of_test_queries(content, path=file, test=set(test), known=set(known), dataset=dataset)
    doc_ids = job.read_parquet(documents, ("doc_id",), only=True)["doc_id"]
    refuse_foreign_documents(checked.frame, doc_ids, path=file, dataset=dataset)
    job.write_parquet(received, checked.frame)
    record = {
        "trained": False,
        "system": name,
        "seed": seed,
        "curve": [],
        "made": ELSEWHERE,
        "file": str(file),
        "file_sha256": content.sha256,
        "n_missing": checked.n_missing,
        "oddities": "; ".join(checked.oddities),
    }
    job.write_json(run, record)
    told = "".join(f"; {oddity}" for oddity in checked.oddities)
    n_answered = len(test) - checked.n_missing
    return f"{name} seed {seed}: {n_answered} of {len(test)} test queries from {file}{told}"


if __name__ == "__main__":
    run_stage(receive)
