"""Notices on oddities of rankings, judgements and scores that could be read; nothing is corrected.

Functions that look for an oddity return [] if there is none. An `origin` is the file or argument
that runs or judgements come from.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from hashlib import sha256

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.measures.ordering import Ranking
from maw.runs.content import Run
from maw.runs.notices import Notice, counted, examples
from maw.significance.clean import Array

FEW_TOPICS = 10  # with fewer, one topic can decide a t-test


def ranks_against_scores(run: Run) -> list[Notice]:
    """Return a notice with the number of places where a run's ranks contradict its scores.

    There, of two neighbours by rank, the later document has the higher score. Scores decide the
    order, as in trec_eval. A run without ranks has no such places.
    """
    if "rank" not in run.frame:
        return []
    topics, _ = pd.factorize(run.frame["query_id"])
    rank, score = (run.frame[name].to_numpy(np.float64) for name in ("rank", "score"))
    order = np.lexsort((rank, topics))
    topics = topics[order]
    contradicts = _rises(rank[order]) & _rises(score[order]) & (topics[1:] == topics[:-1])
    if not contradicts.any():
        return []
    n_topics = len(np.unique(topics[1:][contradicts]))
    n_places = int(contradicts.sum())
    text = (
        f"ranks contradict scores at {counted(n_places, 'place')} of "
        f"{counted(n_topics, 'topic')}; scores decide, as in trec_eval"
    )
    return [Notice("ranks-contradict-scores", run.origin, n_places, text)]


def _rises(values: Array) -> npt.NDArray[np.bool_]:
    """Return for each value [R] but the first whether it is above the one before it, [R - 1]."""
    rises: npt.NDArray[np.bool_] = values[1:] > values[:-1]
    return rises


def topics_answered(
    topics_of: Mapping[str, set[str]], judged: Iterable[str], *, qrels: str
) -> list[Notice]:
    """Return notices on judged topics that runs do not answer, and on topics without judgements.

    topics_of: origin of a run -> its topics. judged: all judged topics. qrels: origin of the
    judgements.
    """
    judged = set(judged)
    of_any_run = set().union(*topics_of.values())
    of_every_run = set.intersection(*topics_of.values())
    notices = []
    if unanswered := judged - of_any_run:
        n_topics = counted(len(unanswered), "judged topic")
        text = f"no run answers {n_topics}: score 0 ({examples([*unanswered])})"
        notices.append(Notice("topics-nobody-answers", qrels, len(unanswered), text))
    if unjudged := of_every_run - judged:
        text = (
            f"{counted(len(unjudged), 'topic')} in every run but not judged: left out "
            f"({examples([*unjudged])})"
        )
        notices.append(Notice("unjudged-topics", qrels, len(unjudged), text))
    for origin, topics in topics_of.items():
        if missing := (judged & of_any_run) - topics:
            text = (
                f"does not answer {counted(len(missing), 'judged topic')} that other runs do: "
                f"score 0 ({examples([*missing])})"
            )
            notices.append(Notice("topics-missing", origin, len(missing), text))
        if foreign := topics - of_every_run - judged:
            text = (
                f"answers {counted(len(foreign), 'topic')} outside the qrels that not every run "
                f"answers: left out ({examples([*foreign])})"
            )
            notices.append(Notice("topics-not-in-qrels", origin, len(foreign), text))
    return notices


def topics_without_relevant(grades: Mapping[str, Mapping[str, int]], *, qrels: str) -> list[Notice]:
    """Return a notice on judged topics without a relevant document, on which every run scores 0.

    grades: topic -> document -> grade. qrels: origin of the judgements.
    """
    topics = [topic for topic, of_topic in grades.items() if max(of_topic.values()) <= 0]
    if not topics:
        return []
    text = (
        f"{counted(len(topics), 'topic')} without a relevant document: score 0 ({examples(topics)})"
    )
    return [Notice("topics-without-relevant", qrels, len(topics), text)]


def depths(depth_of: Mapping[str, int], cutoffs: Mapping[str, int]) -> list[Notice]:
    """Return notices on cutoffs that no run reaches, and on runs of unequal depth.

    depth_of: origin of a run -> the most documents that it returns for a topic. cutoffs: measure ->
    k.
    """
    deepest = max(depth_of.values())
    notices = []
    if beyond := [measure for measure, cutoff in cutoffs.items() if cutoff > deepest]:
        text = f"no run has more than {deepest:,} documents a topic, fewer than the cutoff"
        notices.append(Notice("deeper-than-every-run", ", ".join(beyond), len(beyond), text))
    if min(depth_of.values()) < deepest:
        shallow = min(depth_of, key=lambda origin: (depth_of[origin], origin))
        text = (
            f"at most {depth_of[shallow]:,} documents a topic, other runs up to {deepest:,}: "
            "measures with a deep cutoff favour the deeper run"
        )
        notices.append(Notice("unequal-depth", shallow, depth_of[shallow], text))
    return notices


def fingerprint(ranking: Ranking, judged: Container[str]) -> str:
    """Return a hash that is equal for runs with equal rankings of documents on all judged topics.

    A ranking is the order of the documents, without their scores. judged: all judged topics.
    """
    digest = sha256()
    for t, topic in enumerate(ranking.topics):
        if topic in judged:
            digest.update("\n".join([topic, *ranking.documents(t), "\n"]).encode())
    return digest.hexdigest()


def fingerprint_of_scores(scores: pd.DataFrame) -> str:
    """Return a hash that is equal for systems with equal scores on every topic.

    scores: rows of one system and seed, sorted by dataset, topic and measure.
    """
    columns = scores[["dataset", "query_id", "measure", "value"]]
    return sha256(columns.to_csv(index=False, header=False).encode()).hexdigest()


def identical(fingerprints: Mapping[str, str], *, text: str) -> list[Notice]:
    """Return a notice for each fingerprint that several runs have, or several tables of scores.

    fingerprints: name -> hash. text: the words for the result that a group shares.
    """
    groups: dict[str, list[str]] = {}
    for name, mark in fingerprints.items():
        groups.setdefault(mark, []).append(name)
    return [
        Notice("identical-runs", names[0], len(names), f"{text}: {', '.join(sorted(names))}")
        for names in groups.values()
        if len(names) > 1
    ]


def primary_choice(measures: Sequence[str], *, preferred: str) -> list[Notice]:
    """Return a notice on a primary measure that nobody chose: the first of several.

    measures: in the order of the input, `preferred` first where the input has it.
    """
    if len(measures) == 1 or measures[0] == preferred:
        return []
    text = (
        f"the primary measure is {measures[0]}, the first of {len(measures)}, because nobody names "
        f"one and {preferred} is not among them; name it with -m, before you see scores"
    )
    return [Notice("primary-measure", "", len(measures), text)]


def score_oddities(scores: pd.DataFrame) -> list[Notice]:
    """Return notices on systems that always score 0, on few topics, and on non-numeric topic ids.

    A system always scores 0 if some measure is 0 on every topic of a dataset. scores: columns
    dataset, system, seed, query_id, measure, value; each dataset has its own notices.
    """
    notices = []
    for dataset, rows in scores.groupby("dataset", sort=True):
        notices += _zeros(rows, dataset=str(dataset))
        notices += _topic_oddities(rows["query_id"].unique().tolist(), dataset=str(dataset))
    return notices


def _zeros(scores: pd.DataFrame, *, dataset: str) -> list[Notice]:
    """Return notices on measures by which systems score 0 on every topic.

    Measures by which the same systems do so share one notice.
    """
    largest = scores["value"].abs().groupby([scores["measure"], scores["system"]]).max().unstack()
    measures_of: dict[tuple[str, ...], list[str]] = {}
    for measure, row in largest.iterrows():
        if systems := tuple(row.index[row == 0]):
            measures_of.setdefault(systems, []).append(str(measure))
    return [
        Notice(
            "all-zero",
            dataset,
            len(measures),
            f"{', '.join(measures)}: 0 on every topic for "
            + ("every system" if len(systems) == len(largest.columns) else ", ".join(systems)),
        )
        for systems, measures in measures_of.items()
    ]


def _topic_oddities(topics: Sequence[str], *, dataset: str) -> list[Notice]:
    notices = []
    if len(topics) < FEW_TOPICS:
        text = f"{counted(len(topics), 'topic')}: too few to trust any test"
        notices.append(Notice("few-topics", dataset, len(topics), text))
    words = [topic for topic in topics if not topic.isdecimal()]
    if words:
        text = f"{counted(len(words), 'topic id')} not numeric ({examples(words)}): taken as text"
        notices.append(Notice("topic-ids", dataset, len(words), text))
    return notices
