"""What is odd about rankings, judgements and scores that are readable? Counted, never mended.

Each function looks at one thing and returns notices. Ordered frames are `order_run`'s.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

import numpy as np
import pandas as pd

from maw.runs.content import Run
from maw.runs.notices import Notice, counted, examples

FEW_TOPICS = 10  # a t-test on so few stands or falls with one topic


def ranks_against_scores(run: Run) -> list[Notice]:
    """Neighbours by rank whose scores rise: trec_eval's rule is that scores decide."""
    if "rank" not in run.frame:
        return []
    topics, _ = pd.factorize(run.frame["query_id"])
    rank, score = (run.frame[name].to_numpy(np.float64) for name in ("rank", "score"))
    order = np.lexsort((rank, topics))
    same = np.diff(topics[order]) == 0
    wrong = same & (np.diff(rank[order]) > 0) & (np.diff(score[order]) > 0)
    if not wrong.any():
        return []
    n_topics = len(np.unique(topics[order][1:][wrong]))
    told = (
        f"ranks contradict scores at {counted(int(wrong.sum()), 'place')} of "
        f"{counted(n_topics, 'topic')}; scores decide, as in trec_eval"
    )
    return [Notice("ranks-contradict-scores", run.place, int(wrong.sum()), told)]


def ties(ordered: pd.DataFrame, *, place: str) -> list[Notice]:
    """Neighbours with one score, and those that only float32 takes for equal."""
    topics, _ = pd.factorize(ordered["query_id"])
    score = ordered["score"].to_numpy(np.float64)
    with np.errstate(over="ignore"):
        single = score.astype(np.float32)
    same = np.diff(topics) == 0
    tied = same & (score[1:] == score[:-1])
    blurred = same & ~tied & (single[1:] == single[:-1])
    found = []
    if tied.any():
        told = (
            f"{counted(int(tied.sum()), 'document')} of "
            f"{counted(len(np.unique(topics[1:][tied])), 'topic')} tie with the one before; "
            "the larger document id goes first, as in trec_eval"
        )
        found.append(Notice("tied-scores", place, int(tied.sum()), told))
    if blurred.any():
        told = (
            f"{counted(int(blurred.sum()), 'score')} equal the one before in float32 only; "
            "we compare in float64, pytrec_eval would take them for ties"
        )
        found.append(Notice("float32-ties", place, int(blurred.sum()), told))
    return found


def topics_answered(
    answered: Mapping[str, set[str]], judged: Iterable[str], *, qrels: str
) -> list[Notice]:
    """Who answers what. answered: place of a run -> its topics."""
    judged = set(judged)
    anybody = set().union(*answered.values())
    everybody = set.intersection(*answered.values())
    found = []
    if nobody := judged - anybody:
        judged_topics = counted(len(nobody), "judged topic")
        told = f"no run answers {judged_topics}: score 0 ({examples([*nobody])})"
        found.append(Notice("topics-nobody-answers", qrels, len(nobody), told))
    if left_out := everybody - judged:
        told = (
            f"{counted(len(left_out), 'topic')} of every run not judged: left out "
            f"({examples([*left_out])})"
        )
        found.append(Notice("unjudged-topics", qrels, len(left_out), told))
    for place, topics in answered.items():
        if missing := (judged & anybody) - topics:
            told = (
                f"does not answer {counted(len(missing), 'judged topic')} that others do: "
                f"score 0 ({examples([*missing])})"
            )
            found.append(Notice("topics-missing", place, len(missing), told))
        if foreign := topics - everybody - judged:
            told = (
                f"answers {counted(len(foreign), 'topic')} outside the qrels that not every run "
                f"answers: left out ({examples([*foreign])})"
            )
            found.append(Notice("topics-not-in-qrels", place, len(foreign), told))
    return found


def topics_without_relevant(grades: Mapping[str, Mapping[str, int]], *, qrels: str) -> list[Notice]:
    """Kept, score 0: no run can do anything about them."""
    empty = [topic for topic, found in grades.items() if max(found.values()) <= 0]
    if not empty:
        return []
    told = (
        f"{counted(len(empty), 'topic')} without a relevant document: score 0 ({examples(empty)})"
    )
    return [Notice("topics-without-relevant", qrels, len(empty), told)]


def depths(deepest: Mapping[str, int], cutoffs: Mapping[str, int]) -> list[Notice]:
    """Cutoffs that no run reaches. deepest: place -> documents of its longest topic."""
    longest = max(deepest.values())
    found = []
    if beyond := [measure for measure, cutoff in cutoffs.items() if cutoff > longest]:
        told = f"no run is deeper than {longest:,}: beyond that there is nothing to measure"
        found.append(Notice("deeper-than-every-run", ", ".join(beyond), len(beyond), told))
    if min(deepest.values()) < longest:
        shallow = min(deepest, key=lambda place: (deepest[place], place))
        told = (
            f"{shallow} has at most {deepest[shallow]:,} documents a topic, others up to "
            f"{longest:,}: deep measures favour the deeper run"
        )
        found.append(Notice("unequal-depth", shallow, deepest[shallow], told))
    return found


def fingerprint(ordered: pd.DataFrame, judged: Iterable[str]) -> str:
    """Equal for runs that return the same documents in the same order on judged topics."""
    kept = ordered[ordered["query_id"].isin(list(judged))]
    lines = kept["query_id"].str.cat(kept["doc_id"], sep="\t")
    return sha256("\n".join(lines.tolist()).encode()).hexdigest()


def fingerprint_of_scores(scores: pd.DataFrame) -> str:
    """Equal for systems whose every score is the same. Rows in the order of their names."""
    cells = scores[["dataset", "query_id", "measure", "value"]]
    return sha256(cells.to_csv(index=False, header=False).encode()).hexdigest()


def identical(fingerprints: Mapping[str, str], *, thing: str) -> list[Notice]:
    """Groups of runs, or of systems' scores, that are one and the same. Names -> fingerprints."""
    groups: dict[str, list[str]] = {}
    for name, mark in fingerprints.items():
        groups.setdefault(mark, []).append(name)
    return [
        Notice("identical-runs", names[0], len(names), f"{thing}: {', '.join(sorted(names))}")
        for names in groups.values()
        if len(names) > 1
    ]


def of_scores(scores: pd.DataFrame) -> list[Notice]:
    """What the table of all scores shows: zeros, few topics, topics that are not numbers."""
    found = []
    for dataset, rows in scores.groupby("dataset", sort=True):
        found += _zeros(rows, dataset=str(dataset))
        found += _of_topics(rows["query_id"].unique().tolist(), dataset=str(dataset))
    return found


def _zeros(scores: pd.DataFrame, *, dataset: str) -> list[Notice]:
    """Measures that are 0 throughout, for some systems or for all; the same systems together."""
    largest = scores["value"].abs().groupby([scores["measure"], scores["system"]]).max().unstack()
    measures: dict[tuple[str, ...], list[str]] = {}
    for measure, row in largest.iterrows():
        if systems := tuple(row.index[row == 0]):
            measures.setdefault(systems, []).append(str(measure))
    return [
        Notice(
            "all-zero",
            dataset,
            len(names),
            f"{', '.join(names)}: 0 on every topic for "
            + ("every system" if len(systems) == len(largest.columns) else ", ".join(systems)),
        )
        for systems, names in measures.items()
    ]


def _of_topics(topics: Sequence[str], *, dataset: str) -> list[Notice]:
    found = []
    if len(topics) < FEW_TOPICS:
        told = f"{counted(len(topics), 'topic')}: too few to trust any test"
        found.append(Notice("few-topics", dataset, len(topics), told))
    words = [topic for topic in topics if not topic.isdecimal()]
    if words:
        told = f"{counted(len(words), 'topic id')} not numeric ({examples(words)}): taken as text"
        found.append(Notice("topic-ids", dataset, len(words), told))
    return found
