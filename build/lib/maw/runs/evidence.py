"""Brings all scores of a comparison into one long table, with notices on oddities of the input.

Rankings are scored here; scores per topic that the user gives are checked and joined. A measure may
be spelled in any usual way (`maw.runs.measure_names`). It is called as the user or the plan called
it, else as ir_measures does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from maw.errors import InputError, nearest
from maw.measures.ordering import rank_checked
from maw.measures.scorer import Scorer
from maw.measures.scoring import grades_of, parse_measures
from maw.runs import observe
from maw.runs.columns import release_unused
from maw.runs.content import SCORE_KEY, SCORES, Input, Run
from maw.runs.measure_names import measure_name
from maw.runs.notices import Notice
from maw.runs.system_scores import refuse_two_spellings
from maw.runs.ties import Ties, tie_notices, ties_of

PRIMARY = "nDCG@10"  # what verdicts are about where nobody names a measure


@dataclass(frozen=True, slots=True, eq=False)
class Judgements:
    """Relevance judgements (qrels).

    frame: columns query_id, doc_id, relevance. origin: the file or argument that messages name.
    """

    frame: pd.DataFrame
    origin: str


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """All scores of a comparison, and notices on the oddities of its input.

    scores: columns dataset, system, seed, query_id, measure, value; on a dataset, all systems and
    seeds have scores on the same topics by the same measures.
    """

    scores: pd.DataFrame
    measures: tuple[str, ...]
    notices: tuple[Notice, ...]
    inputs: tuple[Input, ...] = ()


def from_rankings(
    runs: Iterable[Run], qrels: Judgements, *, measures: Sequence[str], dataset: str
) -> Evidence:
    """Return the scores of every run on all judged topics, and notices on oddities.

    runs: checked tables, no two with the same system and seed. They are taken one by one, when the
    one before is scored, so that one run stands in memory at a time. measures: any usual spellings;
    a measure that is there under two is computed once, under the first. dataset: the name that the
    scores get. InputError names an unknown measure, or a run that has none of the judged topics.
    """
    called = called_by_meaning(measures)
    parsed = {called[name]: measure for name, measure in parse_measures([*called]).items()}
    grades = grades_of(qrels.frame)
    scorer = Scorer(grades, parsed)
    score = partial(_scored, scorer=scorer, grades=grades, qrels=qrels)
    scored = list(map(score, runs))  # a variable would keep a run while the next is read
    notices = [notice for run in scored for notice in run.notices]
    topics_of = {run.origin: run.topics for run in scored}
    depth_of = {run.origin: run.depth for run in scored}
    names = [(run.system, run.seed) for run in scored]
    fingerprints = {
        _label(*name, names): run.fingerprint for name, run in zip(names, scored, strict=True)
    }
    cutoffs = {name: m.params["cutoff"] for name, m in parsed.items() if "cutoff" in m.params}
    notices += tie_notices({run.origin: run.ties for run in scored})
    notices += observe.topics_answered(topics_of, grades, qrels=qrels.origin)
    notices += observe.topics_without_relevant(grades, qrels=qrels.origin)
    notices += observe.depths(depth_of, cutoffs)
    same = "the same documents in the same order on every judged topic"
    notices += observe.identical(fingerprints, text=same)
    frames = [run.scores.assign(system=run.system, seed=run.seed) for run in scored]
    scores = _sorted(pd.concat(frames, ignore_index=True).assign(dataset=dataset))
    return Evidence(scores, tuple(parsed), (*notices, *observe.score_oddities(scores)))


def called_by_meaning(spellings: Sequence[str]) -> dict[str, str]:
    """Return name of ir_measures -> the first of the spellings that means this measure."""
    called: dict[str, str] = {}
    for spelling in spellings:
        called.setdefault(measure_name(spelling), spelling)
    return called


@dataclass(frozen=True, slots=True, eq=False)
class _ScoredRun:
    """The scores of one run, and the facts about it that a comparison keeps.

    scores: columns query_id, measure, value. topics: all topics that the run answers. depth: the
    most documents that it returns for one.
    """

    system: str
    seed: int
    origin: str
    scores: pd.DataFrame
    topics: set[str]
    depth: int
    fingerprint: str
    ties: Ties
    notices: list[Notice]


def _scored(
    run: Run, *, scorer: Scorer, grades: Mapping[str, object], qrels: Judgements
) -> _ScoredRun:
    """Return the scores of one run and what is observed about it.

    grades: the judged topics. InputError where the run has none of them.
    """
    rank_notices = observe.ranks_against_scores(run)
    ranking = rank_checked(run.frame)
    release_unused()
    topics = set(ranking.topics)
    _require_judged(topics, grades, run=run, qrels=qrels)
    return _ScoredRun(
        system=run.system,
        seed=run.seed,
        origin=run.origin,
        scores=scorer.score(ranking),
        topics=topics,
        depth=int(ranking.n_documents.max()),
        fingerprint=observe.fingerprint(ranking, grades),
        ties=ties_of(ranking),
        notices=rank_notices,
    )


def from_scores(
    tables: Sequence[tuple[str, pd.DataFrame]],
    *,
    measures: Sequence[str] | None,
    unnamed: str,
    dataset: str,
) -> Evidence:
    """Return the scores of all tables, and notices on oddities.

    tables: pairs of an origin (the file or argument that messages name) and a table with the
    columns dataset, system, seed, query_id, measure, value. measures: the measures that are kept,
    in any usual spelling; None for all, nDCG@10 first. unnamed, dataset: names for a measure and a
    dataset that a table calls ""; unnamed is the primary measure, where the tables have it.
    InputError names a measure that no table has or one has twice, a missing score, or a score in
    two tables. A notice says which measure is the primary one where nobody chose it.
    """
    origin = tables[0][0]
    called = called_by_meaning((*(measures or ()), unnamed))
    scores = _joined(tables, called=called, unnamed=unnamed)
    scores["dataset"] = scores["dataset"].replace("", dataset)
    available = scores["measure"].unique().tolist()
    available.sort(key=lambda name: name != PRIMARY)  # the others stay in the tables' order
    wanted = tuple(dict.fromkeys(called[measure_name(name)] for name in measures or ()))
    _refuse_unknown(wanted, available, origin=origin)
    compared = wanted or tuple(available)
    is_chosen = bool(measures) or unnamed in available
    scores = _sorted(scores[scores["measure"].isin(compared)])
    _refuse_doubles(scores, origin=origin)
    _refuse_holes(scores, origin=origin)
    groups = scores.groupby(["system", "seed"], sort=True)
    names = [(str(system), int(seed)) for (system, seed), _ in groups]
    fingerprints = {
        _label(*name, names): observe.fingerprint_of_scores(rows)
        for name, (_, rows) in zip(names, groups, strict=True)
    }
    notices = [] if is_chosen else observe.primary_choice(compared, preferred=PRIMARY)
    notices += observe.identical(fingerprints, text="the same scores on every topic")
    return Evidence(scores, compared, (*notices, *observe.score_oddities(scores)))


def _joined(
    tables: Sequence[tuple[str, pd.DataFrame]], *, called: Mapping[str, str], unnamed: str
) -> pd.DataFrame:
    """Return the rows of all tables, with one name for each measure, whatever its spelling.

    called: name of ir_measures -> the name to use instead. unnamed: name for a measure that a table
    calls "". InputError for a table with a measure under two names.
    """
    frames = []
    for origin, frame in tables:
        spellings = frame["measure"].unique().tolist()
        refuse_two_spellings(spellings, origin=origin)
        meant = {spelling: measure_name(spelling or unnamed) for spelling in spellings}
        names = {spelling: called.get(name, name) for spelling, name in meant.items()}
        frames.append(frame.assign(measure=frame["measure"].map(names).astype(str)))
    return pd.concat(frames, ignore_index=True)


def _refuse_unknown(wanted: Sequence[str], available: Sequence[str], *, origin: str) -> None:
    """Raise an InputError for the first wanted measure that no table has."""
    for name in wanted:
        if name not in available:
            raise InputError(f"{origin}: has no measure {name!r}{nearest(name, available)}")


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
    """Return the scores sorted by dataset, system, seed, query_id and measure.

    So the order of lines and files has no effect.
    """
    return scores[list(SCORES)].sort_values(list(SCORE_KEY), kind="stable", ignore_index=True)


def _refuse_doubles(scores: pd.DataFrame, *, origin: str) -> None:
    """Raise an InputError for the first score that two tables have."""
    for row in scores[scores.duplicated(list(SCORE_KEY))].itertuples():
        raise InputError(
            f"{origin}: the scores of {row.system!r}, seed {row.seed} are in more than one table; "
            "keep one of these tables"
        )


def _refuse_holes(scores: pd.DataFrame, *, origin: str) -> None:
    """Raise an InputError for the first score that is missing on a dataset.

    It is one that another system and seed has, or that the same system has by another measure.
    """
    for _, rows in scores.groupby("dataset", sort=True):
        wide = rows.pivot(index=["query_id", "measure"], columns=["system", "seed"], values="value")
        for (system, seed), column in wide.items():
            for topic, measure in column.index[column.isna()][:1]:
                raise InputError(
                    f"{origin}: {system!r}, seed {seed} has no {measure} on topic {topic!r}; give "
                    "every system a score on every topic, 0 where it finds nothing"
                )
        of_measures = wide.iloc[:, 0].unstack("measure")  # [topics, measures], of any one system
        for measure, column in of_measures.items():
            for topic in column.index[column.isna()][:1]:
                raise InputError(
                    f"{origin}: no system has {measure} on topic {topic!r}, which has other "
                    "scores; choose measures that all topics have, with -m"
                )
