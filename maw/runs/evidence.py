"""From rankings or score tables to one long table of scores, with all that was noticed."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from maw.errors import InputError, nearest
from maw.measures.ordering import order_run
from maw.measures.scoring import grades_of, parse_measures, score_ordered
from maw.runs import observe
from maw.runs.content import SCORES, Input, Run
from maw.runs.notices import Notice


@dataclass(frozen=True, slots=True, eq=False)
class Judgements:
    """frame: query_id, doc_id, relevance. place: what a message calls them."""

    frame: pd.DataFrame
    place: str


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """scores: SCORES, whole: every system × seed has every topic by every measure."""

    scores: pd.DataFrame
    measures: tuple[str, ...]
    notices: tuple[Notice, ...]
    inputs: tuple[Input, ...] = ()


def from_rankings(
    runs: Sequence[Run], qrels: Judgements, *, measures: Sequence[str], dataset: str
) -> Evidence:
    """Score every run on all judged topics. InputError: a run that shares none of them."""
    parsed = parse_measures(measures)
    grades = grades_of(qrels.frame)
    notices: list[Notice] = []
    answered: dict[str, set[str]] = {}
    deepest: dict[str, int] = {}
    marks: dict[str, str] = {}
    scored = []
    names = [(run.system, run.seed) for run in runs]
    for run in runs:
        ordered = order_run(run.frame)
        topics = set(ordered["query_id"])
        if topics.isdisjoint(grades):
            raise InputError(
                f"{run.place}: none of its {len(topics)} topics (first: {min(topics)!r}) is in "
                f"{qrels.place} (first: {min(grades)!r}); check that both use the same ids"
            )
        notices += observe.ranks_against_scores(run) + observe.ties(ordered, place=run.place)
        answered[run.place], deepest[run.place] = topics, int(ordered["rank"].max())
        marks[_label(run.system, run.seed, names)] = observe.fingerprint(ordered, grades)
        frame = score_ordered(ordered, grades=grades, measures=parsed).frame
        scored.append(frame.assign(dataset=dataset, system=run.system, seed=run.seed))
    cutoffs = {name: m.params["cutoff"] for name, m in parsed.items() if "cutoff" in m.params}
    notices += observe.topics_answered(answered, grades, qrels=qrels.place)
    notices += observe.topics_without_relevant(grades, qrels=qrels.place)
    notices += observe.depths(deepest, cutoffs)
    same = "the same documents in the same order on every judged topic"
    notices += observe.identical(marks, thing=same)
    scores = _in_order(pd.concat(scored, ignore_index=True))
    return Evidence(scores, tuple(measures), (*notices, *observe.of_scores(scores)))


def from_scores(
    tables: Sequence[tuple[str, pd.DataFrame]],
    *,
    measures: Sequence[str] | None,
    unnamed: str,
    dataset: str,
) -> Evidence:
    """Put score tables, (place, SCORES) each, together. InputError: a hole, or a name given twice.

    unnamed: what a matrix, which does not say so, measures.
    """
    place = tables[0][0]
    scores = pd.concat([frame for _, frame in tables], ignore_index=True)
    scores["dataset"] = scores["dataset"].replace("", dataset)
    scores["measure"] = scores["measure"].replace("", unnamed)
    known = scores["measure"].unique().tolist()
    for name in measures or ():
        if name not in known:
            raise InputError(f"{place}: holds no {name!r}{nearest(name, known)}")
    chosen = tuple(measures or known)
    scores = _in_order(scores[scores["measure"].isin(chosen)])
    for row in scores[scores.duplicated(list(SCORES[:5]))].itertuples():
        raise InputError(
            f"{place}: {row.system!r}, seed {row.seed} is in more than one table; keep one"
        )
    _refuse_holes(scores, place=place)
    pairs = scores.groupby(["system", "seed"], sort=True)
    names = [(str(system), int(seed)) for (system, seed), _ in pairs]
    marks = {
        _label(*name, names): observe.fingerprint_of_scores(rows)
        for name, (_, rows) in zip(names, pairs, strict=True)
    }
    notices = observe.identical(marks, thing="the same scores on every topic")
    return Evidence(scores, chosen, (*notices, *observe.of_scores(scores)))


def _label(system: str, seed: int, names: Sequence[tuple[str, int]]) -> str:
    """A system's name, with the seed where it has several."""
    alone = sum(other == system for other, _ in names) == 1
    return system if alone else f"{system}, seed {seed}"


def _in_order(scores: pd.DataFrame) -> pd.DataFrame:
    """Rows by name: nothing after this depends on the order of lines or files."""
    key = list(SCORES[:5])
    return scores[list(SCORES)].sort_values(key, kind="stable", ignore_index=True)


def _refuse_holes(scores: pd.DataFrame, *, place: str) -> None:
    """InputError names the first topic × measure that a system or one of its seeds lacks."""
    for _, rows in scores.groupby("dataset", sort=True):
        wide = rows.pivot(index=["query_id", "measure"], columns=["system", "seed"], values="value")
        for (system, seed), column in wide.items():
            for topic, measure in column.index[column.isna()][:1]:
                raise InputError(
                    f"{place}: {system!r}, seed {seed} has no {measure} of topic {topic!r}; every "
                    "system needs every topic, 0 where it finds nothing"
                )
