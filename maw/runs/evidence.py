"""One long table of scores from rankings or score tables, with notices on all oddities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from maw.errors import InputError, nearest
from maw.measures.ordering import order_run
from maw.measures.scoring import grades_of, parse_measures, score_ordered
from maw.runs import observe
from maw.runs.content import SCORE_KEY, SCORES, Input, Run
from maw.runs.notices import Notice


@dataclass(frozen=True, slots=True, eq=False)
class Judgements:
    """Relevance judgements.

    frame: columns query_id, doc_id, relevance. origin: the file or argument that messages name.
    """

    frame: pd.DataFrame
    origin: str


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """All scores of a comparison and what was odd about its input.

    scores: columns SCORES; every system and seed has every topic by every measure.
    """

    scores: pd.DataFrame
    measures: tuple[str, ...]
    notices: tuple[Notice, ...]
    inputs: tuple[Input, ...] = ()


def from_rankings(
    runs: Sequence[Run], qrels: Judgements, *, measures: Sequence[str], dataset: str
) -> Evidence:
    """Score every run on all judged topics. InputError: a run has none of the judged topics."""
    parsed = parse_measures(measures)
    grades = grades_of(qrels.frame)
    notices: list[Notice] = []
    topics_of: dict[str, set[str]] = {}
    depth_of: dict[str, int] = {}
    fingerprints: dict[str, str] = {}
    scored = []
    names = [(run.system, run.seed) for run in runs]
    for run in runs:
        ordered = order_run(run.frame)
        topics = set(ordered["query_id"])
        _require_judged(topics, grades, run=run, qrels=qrels)
        notices += observe.ranks_against_scores(run)
        notices += observe.ties(ordered, origin=run.origin)
        topics_of[run.origin], depth_of[run.origin] = topics, int(ordered["rank"].max())
        fingerprints[_label(run.system, run.seed, names)] = observe.fingerprint(ordered, grades)
        frame = score_ordered(ordered, grades=grades, measures=parsed).frame
        scored.append(frame.assign(dataset=dataset, system=run.system, seed=run.seed))
    cutoffs = {name: m.params["cutoff"] for name, m in parsed.items() if "cutoff" in m.params}
    notices += observe.topics_answered(topics_of, grades, qrels=qrels.origin)
    notices += observe.topics_without_relevant(grades, qrels=qrels.origin)
    notices += observe.depths(depth_of, cutoffs)
    same = "the same documents in the same order on every judged topic"
    notices += observe.identical(fingerprints, text=same)
    scores = _sorted(pd.concat(scored, ignore_index=True))
    return Evidence(scores, tuple(measures), (*notices, *observe.score_oddities(scores)))


def from_scores(
    tables: Sequence[tuple[str, pd.DataFrame]],
    *,
    measures: Sequence[str] | None,
    unnamed: str,
    dataset: str,
) -> Evidence:
    """Join score tables. InputError: a missing score, or the same score in two tables.

    tables: pairs of an origin and a table SCORES. unnamed: the name of the measure where a table
    does not name it.
    """
    origin = tables[0][0]
    scores = pd.concat([frame for _, frame in tables], ignore_index=True)
    scores["dataset"] = scores["dataset"].replace("", dataset)
    scores["measure"] = scores["measure"].replace("", unnamed)
    available = scores["measure"].unique().tolist()
    for name in measures or ():
        if name not in available:
            raise InputError(f"{origin}: holds no {name!r}{nearest(name, available)}")
    compared = tuple(measures or available)
    scores = _sorted(scores[scores["measure"].isin(compared)])
    for row in scores[scores.duplicated(list(SCORE_KEY))].itertuples():
        raise InputError(
            f"{origin}: {row.system!r}, seed {row.seed} is in more than one table; keep one"
        )
    _refuse_holes(scores, origin=origin)
    groups = scores.groupby(["system", "seed"], sort=True)
    names = [(str(system), int(seed)) for (system, seed), _ in groups]
    fingerprints = {
        _label(*name, names): observe.fingerprint_of_scores(rows)
        for name, (_, rows) in zip(names, groups, strict=True)
    }
    notices = observe.identical(fingerprints, text="the same scores on every topic")
    return Evidence(scores, compared, (*notices, *observe.score_oddities(scores)))


def _require_judged(
    topics: set[str], grades: Mapping[str, object], *, run: Run, qrels: Judgements
) -> None:
    """Raise an InputError where no topic of the run is judged."""
    if topics.isdisjoint(grades):
        raise InputError(
            f"{run.origin}: none of its {len(topics)} topics (first: {min(topics)!r}) is in "
            f"{qrels.origin} (first: {min(grades)!r}); check that both use the same ids"
        )


def _label(system: str, seed: int, names: Sequence[tuple[str, int]]) -> str:
    """Return a system's name, with the seed where the system has several."""
    has_one_seed = sum(other == system for other, _ in names) == 1
    return system if has_one_seed else f"{system}, seed {seed}"


def _sorted(scores: pd.DataFrame) -> pd.DataFrame:
    """Sort the rows by name, so that the order of lines and files changes nothing after this."""
    return scores[list(SCORES)].sort_values(list(SCORE_KEY), kind="stable", ignore_index=True)


def _refuse_holes(scores: pd.DataFrame, *, origin: str) -> None:
    """Raise an InputError for the first topic and measure that a seed of a system lacks."""
    for _, rows in scores.groupby("dataset", sort=True):
        wide = rows.pivot(index=["query_id", "measure"], columns=["system", "seed"], values="value")
        for (system, seed), column in wide.items():
            for topic, measure in column.index[column.isna()][:1]:
                raise InputError(
                    f"{origin}: {system!r}, seed {seed} has no {measure} of topic {topic!r}; every "
                    "system needs every topic, 0 where it finds nothing"
                )
