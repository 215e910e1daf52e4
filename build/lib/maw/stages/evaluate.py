"""The stage `evaluate`: computes the score of each test query by every measure of the suite.

Judged@10, the share of judged documents among the first ten, is always one of the measures.
"""

from pathlib import Path

from maw.jobs.job import Job, Output, run
from maw.measures.judged import with_judged
from maw.measures.scoring import score_run


def evaluate(job: Job, *, ranking: Path, qrels: Path, split: Path, scores: Output) -> str:
    """Score one ranking; write one row per judged test query and measure, unrounded.

    The returned line tells no score: nobody looks at test scores before there is a verdict.
    """
    splits = job.read_parquet(split, ("query_id", "split"))
    scored = score_run(
        job.read_parquet(ranking, ("query_id", "doc_id", "score")),
        job.read_parquet(qrels, ("query_id", "doc_id", "relevance")),
        measures=with_judged(job.spec["measures"]),
        queries=splits.loc[splits["split"] == "test", "query_id"].tolist(),
        relevant_from=job.spec.get("relevant_from", 1),
    )
    job.write_parquet(scores, scored.frame)
    n_queries = scored.frame["query_id"].nunique()
    counts = f"{scored.n_unjudged} unjudged left out, {scored.n_missing} without an answer"
    run_name = f"{ranking.parent.parent.name} {ranking.parent.name}"
    return f"{run_name}: {n_queries} queries scored ({counts})"


if __name__ == "__main__":
    run(evaluate)
