"""`maw.compare`: the verdict on anybody's runs, from Python. Prints nothing and writes no file."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from maw.comparison import Comparison, conclude, default_plan
from maw.errors import InputError
from maw.plan import Analysis, read_plan
from maw.runs import objects
from maw.runs.clusters import read_clusters
from maw.runs.content import Content, Input, Run
from maw.runs.evidence import Evidence, from_rankings, from_scores
from maw.runs.find import find, name_of
from maw.runs.formats.table import melted
from maw.runs.notices import Notice

PRIMARY = "nDCG@10"
MEASURES = (PRIMARY, "RR@10", "Success@10", "AP", "R@1000")
UNNAMED = "score"  # what a matrix measures, if nobody says
GENERIC = {"qrels", "qrel", "test", "dev", "train", "scores"}  # says nothing of a collection

Named = list[tuple[str, int, str, Content]]  # system, seed, place, what it holds


def compare(
    runs: object,
    qrels: object = None,
    *,
    baseline: str | None = None,
    measures: Sequence[str] | None = None,
    plan: Analysis | Mapping[str, Any] | str | PathLike[str] | None = None,
    alpha: float | None = None,
    sesoi: float | None = None,
    clusters: Mapping[str, object] | pd.Series | str | PathLike[str] | None = None,
    seed_pattern: str | None = None,
    dataset: str | None = None,
) -> Comparison:
    """Every system against the baseline, or what the plan says, on the same topics.

    runs: {system: run} or {system: [run of seed 42, run of seed 43]}, a run being a path, a nested
    dict, a DataFrame, a list of ir_measures.ScoredDoc or a ranx.Run; or a list of paths; or, then
    without qrels, per-topic scores: PyTerrier's Experiment(perquery=True), ours, or a DataFrame of
    topics × systems. qrels: in the same forms. baseline: the first system unless named. measures:
    names of ir_measures, the first is the primary one unless a plan says otherwise.
    sesoi: smallest effect size of interest, in the primary measure's unit. clusters: topic ->
    cluster, where topics are not independent. Several runs of one system are its seeds.
    InputError: one line that names the place, what is there, and the mend.
    """
    found, notices = _gathered(runs, seed_pattern=seed_pattern)
    chosen = _plan(plan, baseline=baseline, alpha=alpha, sesoi=sesoi)
    name = dataset or _dataset(qrels if isinstance(qrels, str | PathLike) else None)
    evidence = _evidence(found, qrels, measures=measures, plan=chosen, dataset=name)
    evidence = replace(evidence, notices=(*notices, *evidence.notices))
    if chosen is None:
        chosen = default_plan(
            systems := evidence.scores["system"].unique().tolist(),
            baseline=_baseline(baseline, found, systems=systems),
            primary=evidence.measures[0],
            alpha=alpha,
            sesoi=sesoi,
        )
    datasets = evidence.scores["dataset"].unique().tolist()
    labels = None if clusters is None else dict.fromkeys(datasets, read_clusters(clusters))
    return conclude(evidence, plan=chosen, clusters=labels)


def _baseline(given: str | None, found: Named, *, systems: Sequence[str]) -> str:
    """By its name or its file; else the first run, or the first system of a table."""
    if given is not None:
        return given if given in systems else name_of(given)
    first, _, _, content = found[0]
    return first or str(content.frame["system"].iloc[0])


def _plan(given: Any, *, baseline: str | None, **options: float | None) -> Analysis | None:
    """The plan as given. InputError where an option says again what a plan has to say."""
    if given is None:
        return None
    for name, value in {"baseline": baseline, **options}.items():
        if value is not None:
            raise InputError(f"{name}: the plan states it; leave the option out")
    if isinstance(given, Analysis):
        return given
    if isinstance(given, str | PathLike):
        return read_plan(Path(given))
    return Analysis.checked(given, source="plan")


def _gathered(runs: Any, *, seed_pattern: str | None) -> tuple[Named, tuple[Notice, ...]]:
    """Everything that was given, under a system's name each. Scores have names of their own: ""."""
    if isinstance(runs, str | PathLike):
        runs = [runs]
    if isinstance(runs, pd.DataFrame):
        return [("", 0, "runs", _scores_frame(runs))], ()
    if isinstance(runs, Mapping):
        return _from_mapping(runs), ()
    if not isinstance(runs, Sequence) or not all(isinstance(r, str | PathLike) for r in runs):
        raise InputError(
            f"runs: is a {type(runs).__name__}; expected {{system: run}}, a list of paths, or a "
            "DataFrame of scores per topic"
        )
    if not runs:
        raise InputError("no runs given; name at least two files")
    sources, notices = find([Path(run) for run in runs], seed_pattern=seed_pattern)
    found = [
        (source.system, source.seed, str(source.path), objects.run_content(source.path, place=""))
        for source in sources
    ]
    first = name_of(runs[0])
    # the first argument is the baseline: its system goes first, whatever its seed
    owner = next((s.system for s in sources if _belongs(s.path, Path(runs[0]))), first)
    found.sort(key=lambda item: item[0] != owner)
    return found, notices


def _belongs(path: Path, argument: Path) -> bool:
    return path == argument or path.parent == argument


def _scores_frame(frame: pd.DataFrame) -> Content:
    """Long, as PyTerrier and we have it, or topics × systems."""
    long = {"system", "name", "query_id", "qid", "measure", "value"} & set(frame.columns)
    numeric = frame.dtypes.map(pd.api.types.is_numeric_dtype).all()
    if long or not numeric or frame.empty:
        return objects.run_content(frame, place="runs")
    if not frame.notna().all(axis=None):
        raise InputError("runs: the matrix has empty cells; every system needs every topic")
    for names, thing in ((frame.index, "topic"), (frame.columns, "system")):
        if names.has_duplicates:
            raise InputError(f"runs: {thing} {names[names.duplicated()][0]!r} is there twice")
    return Content("scores", melted(frame))


def _from_mapping(runs: Mapping[Any, Any]) -> Named:
    found: Named = []
    for system, given in runs.items():
        single = objects.is_single(given)
        if not single and not given:
            raise InputError(f"runs[{system!r}]: is an empty list; give a run per seed")
        for seed, run in enumerate([given] if single else given):
            place = f"runs[{system!r}]" + ("" if single else f"[{seed}]")
            content = objects.run_content(run, place=place)
            shown = str(run) if isinstance(run, str | PathLike) else place
            found.append((str(system), seed, shown, content))
    if not found:
        raise InputError("runs: is empty; give at least two systems")
    return found


def _evidence(
    found: Named,
    qrels: object,
    *,
    measures: Sequence[str] | None,
    plan: Analysis | None,
    dataset: str,
) -> Evidence:
    kinds = {content.kind for *_, content in found}
    noticed = tuple(notice for *_, content in found for notice in content.notices)
    inputs = tuple(Input(place, content.sha256) for _, _, place, content in found)
    if len(kinds) > 1:
        raise InputError("runs and score tables cannot be compared; give one kind or the other")
    if kinds == {"scores"}:
        if qrels is not None:
            raise InputError("qrels: these are scores already, nothing to judge; leave qrels out")
        tables = [(place, content.frame) for _, _, place, content in found]
        unnamed = measures[0] if measures else plan.primary if plan else UNNAMED
        evidence = from_scores(tables, measures=measures, unnamed=unnamed, dataset=dataset)
        evidence = _primary_first(evidence, measures=measures, plan=plan)
        return replace(evidence, notices=(*noticed, *evidence.notices), inputs=inputs)
    if qrels is None:
        raise InputError("qrels are missing: runs cannot be scored without; give --qrels FILE")
    judged, source, odd = objects.judgements(qrels)
    runs = [Run(system, seed, place, content.frame) for system, seed, place, content in found]
    chosen = tuple(measures or MEASURES)
    if plan and plan.primary not in chosen and measures is None:
        chosen = (plan.primary, *chosen)
    evidence = from_rankings(runs, judged, measures=chosen, dataset=dataset)
    notices = (*noticed, *odd, *evidence.notices)
    return replace(evidence, notices=notices, inputs=(*inputs, source))


def _primary_first(
    evidence: Evidence, *, measures: Sequence[str] | None, plan: Analysis | None
) -> Evidence:
    """Without a choice nDCG@10 leads where the table has it."""
    if measures or plan or PRIMARY not in evidence.measures:
        return evidence
    others = tuple(name for name in evidence.measures if name != PRIMARY)
    return replace(evidence, measures=(PRIMARY, *others))


def _dataset(path: str | PathLike[str] | None) -> str:
    """The collection's name: the qrels file's, or the nearest folder's that says something."""
    if path is None:
        return "topics"
    place = Path(path).resolve()
    names = [place.name.split(".")[0], *(parent.name for parent in place.parents)]
    return next((name for name in names if name and name.lower() not in GENERIC), "topics")
