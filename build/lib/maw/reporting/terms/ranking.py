"""The terms of systems, queries, judgements and measures of ranking quality."""

from maw.reporting.terms.term import Term

RANKING: dict[str, Term] = {
    "system": Term(
        "system",
        "Whatever ranks documents for queries: BM25, an untrained model, or a training "
        "procedure with all of its seeds.",
        heads=("System",),
    ),
    "cross_encoder": Term(
        "cross-encoder",
        "A model that reads query and document together and gives the pair a score. Other "
        "encoders read each of them alone.",
    ),
    "run": Term(
        "run",
        "The rankings of one system for all queries. A system that is trained with five seeds "
        "has five runs.",
    ),
    "dataset": Term(
        "dataset",
        "Documents, queries, and the judgements which of the documents are relevant to which "
        "query.",
        heads=("Dataset",),
    ),
    "query": Term(
        "query",
        "A text for which a system ranks documents. Queries are the sample: a verdict is "
        "about further queries of the same kind.",
        heads=("Query", "Queries"),
    ),
    "topic": Term(
        "topic",
        "The word of the TREC conferences for a query with a description of what is relevant "
        "to it.",
        heads=("Topic", "Topics"),
    ),
    "hits": Term(
        "hits and misses",
        "A query is a hit of a system where its score is above a threshold, for a measure of "
        "rankings above 0; else it is a miss. Lost are hits of the baseline that are misses of the "
        "system, gained the reverse.",
        heads=("Hits", "Hits of the baseline", "Lost", "Gained"),
    ),
    "qrels": Term(
        "qrels",
        "The relevance judgements: which documents are relevant to which query, and how much.",
    ),
    "grade": Term(
        "grade",
        "How relevant a document was judged to be for a query. Grade 0 is not relevant.",
    ),
    "judged": Term(
        "judged documents",
        "Documents with a relevance judgement. A measure counts the others as not relevant, "
        "although some may be.",
        heads=("Judged@10",),
    ),
    "cluster": Term(
        "cluster",
        "A group of queries that are not independent, such as queries from one source text. "
        "The tests count clusters, not single queries.",
    ),
    "split": Term(
        "split",
        "The division of the queries into those for training, for development and for the "
        "test. No verdict uses a query that was trained on.",
    ),
    "dev": Term(
        "development queries",
        "Queries that are not trained on, by which settings such as the learning rate are "
        "chosen. They are not used in the test.",
        heads=("Dev", "Development score"),
    ),
    "test_score": Term(
        "test score",
        "The mean of the primary measure over the test queries, which neither training nor the "
        "choice of settings used.",
        heads=("Test score", "Mean"),
    ),
    "measure": Term(
        "measure",
        "A rule that turns a ranking and the relevance judgements into a number. More is better.",
        heads=("Measure",),
    ),
    "ndcg": Term(
        "nDCG@10",
        "A measure of the first ten documents: relevant ones count more the higher they "
        "stand. It runs from 0 to 1, the best possible order.",
        heads=("nDCG@10", "nDCG"),
    ),
    "rr": Term(
        "RR@10",
        "Reciprocal rank: 1 divided by the rank of the first relevant document, and 0 where "
        "none is among the first ten. Its mean is known as MRR.",
        heads=("RR@10", "RR"),
    ),
    "success": Term(
        "Success@10",
        "The share of queries with a relevant document among the first ten. It is also called "
        "Hit@10.",
        heads=("Success@10",),
    ),
    "ap": Term(
        "AP",
        "Average precision: at the rank of each relevant document, the share of relevant ones "
        "up to there, averaged. Its mean is known as MAP.",
        heads=("AP", "AP@10"),
    ),
    "precision": Term(
        "P@10",
        "Precision: the share of the first ten documents that are relevant.",
        heads=("P@10",),
    ),
    "recall": Term(
        "R@10",
        "Recall: the share of the relevant documents that are among the first ten.",
        heads=("R@10",),
    ),
    "condensed": Term(
        "condensed list",
        "The ranking without its unjudged documents. A measure of it does not count them as not "
        "relevant.",
        heads=("nDCG@10 (condensed)",),
    ),
    "bpref": Term(
        "Bpref",
        "A measure that reads judged documents only: how often relevant ones stand above those "
        "that are judged not relevant.",
        heads=("Bpref",),
    ),
    "best_rank": Term(
        "rank of the best relevant document",
        "The place in the ranking, counted from 1, of the document with the highest grade. Of "
        "several such documents the one ranked first counts.",
        heads=("Best relevant rank",),
    ),
    "bm25": Term(
        "BM25",
        "A classic ranking by the words that query and document share, without any training.",
    ),
    "zeroshot": Term(
        "zero-shot",
        "The model as it was downloaded, without any training on this dataset.",
    ),
}
