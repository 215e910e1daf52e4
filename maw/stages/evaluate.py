"""The stage `evaluate`: computes the score of each test query by every measure of the suite.

Judged@10, the share of judged documents among the first ten, is always one of the measures.
"""

from pathlib import Path

from maw.jobs.job import Job, Output, run
from maw.measures.judged import with_judged
from maw.measures.scoring import score_run


def evaluate(job: Job, *, ranking: Path, qrels: Path, split: Path, scores: Output) -> str:
    """Score one ranking; write one row per judged test query and measure, unrounded."""
    splits = job.read_parquet(split, ("query_id", "split"))
    scored = score_run(
        job.read_parquet(ranking, ("query_id", "doc_id", "score")),
        job.read_parquet(qrels, ("query_id", "doc_id", "relevance")),
        measures=with_judged(job.spec["measures"]),
        queries=splits.loc[splits["split"] == "test", "query_id"].tolist(),
        relevant_from=job.spec.get("relevant_from", 1),
    )
    job.write_parquet(scores, scored.frame)
    primary = job.spec["primary"]
    mean = scored.frame.loc[scored.frame["measure"] == primary, "value"].mean()
    counts = f"{scored.n_unjudged} unjudged left out, {scored.n_missing} without an answer"
    return f"{ranking.parent.parent.name} {ranking.parent.name}: {primary} {mean:.4f} ({counts})"


if __name__ == "__main__":
    run(evaluate)
