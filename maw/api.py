"""`maw.compare`: the verdict on anybody's runs, from Python. Prints nothing and writes no file."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from maw.comparison import Comparison, conclude
from maw.errors import InputError
from maw.runs import objects
from maw.runs.clusters import read_clusters
from maw.runs.content import Input, Run
from maw.runs.evidence import Evidence, from_rankings, from_scores
from maw.runs.find import name_of
from maw.runs.gather import Given, gather
from maw.settings.plan import Analysis, read_plan
from maw.verdicts.conclude import default_plan

PRIMARY = "nDCG@10"
MEASURES = (PRIMARY, "RR@10", "Success@10", "AP", "R@1000")
UNNAMED = "score"  # what a matrix measures, if nobody says
GENERIC = {"qrels", "qrel", "test", "dev", "train", "scores"}  # says nothing of a collection


def compare(
    runs: object,
    qrels: object = None,
    *,
    baseline: str | None = None,
    measures: Sequence[object] | str | None = None,
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
    chosen = _plan(plan, baseline=baseline, alpha=alpha, sesoi=sesoi)
    found, notices = gather(runs, seed_pattern=seed_pattern)
    name = dataset or _dataset(qrels)
    wanted = [measures] if isinstance(measures, str) else list(map(str, measures or ())) or None
    evidence = _evidence(found, qrels, measures=wanted, plan=chosen, dataset=name)
    evidence = replace(evidence, notices=(*notices, *evidence.notices))
    systems, datasets = (evidence.scores[c].unique().tolist() for c in ("system", "dataset"))
    if chosen is None:
        first, primary = _baseline(baseline, found, systems=systems), evidence.measures[0]
        chosen = default_plan(systems, baseline=first, primary=primary, alpha=alpha, sesoi=sesoi)
    labels = None if clusters is None else dict.fromkeys(datasets, read_clusters(clusters))
    return conclude(evidence, plan=chosen, clusters=labels)


def _baseline(given: str | None, found: Sequence[Given], *, systems: Sequence[str]) -> str:
    """By its name or its file; else the first run, or the first system of a table."""
    if given is not None:
        return given if given in systems else name_of(given)
    return found[0].system or str(found[0].content.frame["system"].iloc[0])


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


def _evidence(
    found: Sequence[Given],
    qrels: object,
    *,
    measures: Sequence[str] | None,
    plan: Analysis | None,
    dataset: str,
) -> Evidence:
    kinds = {given.content.kind for given in found}
    noticed = tuple(notice for given in found for notice in given.content.notices)
    inputs = tuple(Input(given.place, given.content.sha256) for given in found)
    if len(kinds) > 1:
        raise InputError("runs and score tables cannot be compared; give one kind or the other")
    if kinds == {"scores"}:
        if qrels is not None:
            raise InputError("qrels: these are scores already, nothing to judge; leave qrels out")
        tables = [(given.place, given.content.frame) for given in found]
        unnamed = measures[0] if measures else plan.primary if plan else UNNAMED
        evidence = from_scores(tables, measures=measures, unnamed=unnamed, dataset=dataset)
        evidence = _primary_first(evidence, measures=measures, plan=plan)
        return replace(evidence, notices=(*noticed, *evidence.notices), inputs=inputs)
    if qrels is None:
        raise InputError("qrels are missing: runs cannot be scored without; give --qrels FILE")
    judged, source, odd = objects.judgements(qrels)
    runs = [Run(one.system, one.seed, one.place, one.content.frame) for one in found]
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


def _dataset(qrels: object) -> str:
    """The collection's name: the qrels file's, or the nearest folder's that says something."""
    if not isinstance(qrels, str | PathLike):
        return "topics"
    place = Path(qrels).resolve()
    names = [place.name.split(".")[0], *(parent.name for parent in place.parents)]
    return next((name for name in names if name and name.lower() not in GENERIC), "topics")
