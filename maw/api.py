"""The function `maw.compare`: verdicts on runs of any origin. It prints and writes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
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
from maw.runs.find import collection_name, name_of
from maw.runs.gather import NamedContent, gather_runs
from maw.runs.notices import Notice
from maw.settings.plan import Analysis, read_plan
from maw.verdicts.conclude import default_plan

PRIMARY = "nDCG@10"
MEASURES = (PRIMARY, "RR@10", "Success@10", "AP", "R@1000")
UNNAMED_MEASURE = "score"  # name of the measure of a matrix, if neither measures nor plan name it


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
    """Compare every system with the baseline, or as the plan says, on the same topics.

    runs: {system: run} or {system: [run of seed 42, run of seed 43]}, where a run is a path, a dict
    query -> document -> score, a DataFrame, a list of ir_measures.ScoredDoc or a ranx.Run; or a
    list of paths; or scores per topic, without qrels: the result of PyTerrier's
    Experiment(perquery=True), a table of scores of maw, or a DataFrame with a row for each topic
    and a column for each system. Several runs of one system are its training seeds.
    qrels: a path, a dict query -> document -> relevance, a DataFrame, a list of ir_measures.Qrel or
    a ranx.Qrels. baseline: the system that all others are compared with; None: the first one.
    measures: names as in ir_measures; the first is the primary measure, unless a plan names
    another. plan: an analysis plan, as an object, a dict or a YAML file; it excludes baseline,
    alpha and sesoi. alpha: significance level of all claims together; None: 0.05. sesoi: smallest
    effect size of interest, in the primary measure's unit; without it nothing is called equivalent.
    clusters: topic -> cluster, or its file, where topics are not independent. seed_pattern: pattern
    of file names, such as `{system}-s{seed}`. dataset: name of the collection in the report.
    InputError for a mistake in an argument or a file: one line with the place and the remedy.
    """
    given_plan = _checked_plan(plan, baseline=baseline, alpha=alpha, sesoi=sesoi)
    measure_names = _measure_names(measures)
    contents, folder_notices = gather_runs(runs, seed_pattern=seed_pattern)
    evidence, first_system = _evidence(
        contents,
        qrels,
        measures=measure_names,
        plan=given_plan,
        dataset=dataset or collection_name(qrels),
    )
    evidence = replace(evidence, notices=(*folder_notices, *evidence.notices))
    systems = evidence.scores["system"].unique().tolist()
    used_plan = given_plan or default_plan(
        systems,
        baseline=_baseline(baseline, systems=systems) if baseline else first_system,
        primary=evidence.measures[0],
        alpha=alpha,
        sesoi=sesoi,
    )
    datasets = evidence.scores["dataset"].unique().tolist()
    clusters_of = None if clusters is None else dict.fromkeys(datasets, read_clusters(clusters))
    return conclude(evidence, plan=used_plan, clusters=clusters_of)


def _checked_plan(plan: Any, *, baseline: str | None, **options: float | None) -> Analysis | None:
    """Return the plan as an `Analysis`; None where no plan is given.

    options: alpha and sesoi. InputError where the baseline or one of the options is given beside a
    plan, and for a plan that is wrong.
    """
    if plan is None:
        return None
    for name, value in {"baseline": baseline, **options}.items():
        if value is not None:
            raise InputError(f"{name}: given beside a plan, which states it; leave the option out")
    if isinstance(plan, Analysis):
        return plan
    if isinstance(plan, str | PathLike):
        return read_plan(Path(plan))
    return Analysis.checked(plan, source="plan")


def _measure_names(measures: Sequence[object] | str | None) -> list[str] | None:
    """Return the names of the given measures; None where no measure is given."""
    if isinstance(measures, str):
        return [measures]
    return [str(measure) for measure in measures or ()] or None


def _baseline(name: str, *, systems: Sequence[str]) -> str:
    """Return the system that the argument `baseline` names, by itself or by its run file's path."""
    return name if name in systems else name_of(name)


def _evidence(
    contents: Iterator[NamedContent],
    qrels: object,
    *,
    measures: Sequence[str] | None,
    plan: Analysis | None,
    dataset: str,
) -> tuple[Evidence, str]:
    """Return the scores of all systems per topic, computed or given, and the first system.

    contents: the rankings, each of which is scored before the next is read, or the tables of
    scores. The first system is that of the first ranking, or of the first row of the first table.
    InputError where contents are of both kinds, and where qrels are missing for rankings or given
    for scores.
    """
    first = next(contents)
    kind = first.content.kind
    first_system = first.system or str(first.content.frame["system"].iloc[0])
    notices: list[Notice] = []
    inputs: list[Input] = []

    def noted(content: NamedContent) -> NamedContent:
        if content.content.kind != kind:
            raise InputError(
                "runs and score tables cannot be compared with each other; give only runs or only "
                "score tables"
            )
        notices.extend(content.content.notices)
        inputs.append(Input(content.origin, content.content.sha256))
        return content

    # a used-up iterator lets go of its list: a large run is freed when it has been scored
    all_contents = map(noted, chain(iter([first]), contents))
    del first
    if kind == "scores":
        if qrels is not None:
            raise InputError(
                "qrels: given beside tables of scores, which need no judgements; leave qrels out"
            )
        tables = [(content.origin, content.content.frame) for content in all_contents]
        evidence = _scores_evidence(tables, measures=measures, plan=plan, dataset=dataset)
    else:
        if qrels is None:
            raise InputError(
                "qrels are missing: runs cannot be scored without judgements; give --qrels FILE"
            )
        judgements, source, qrels_notices = objects.judgements(qrels)
        names = _ranking_measures(measures, plan=plan)
        runs = map(_run, all_contents)
        evidence = from_rankings(runs, judgements, measures=names, dataset=dataset)
        notices += qrels_notices
        inputs.append(source)
    all_notices = (*notices, *evidence.notices)
    return replace(evidence, notices=all_notices, inputs=tuple(inputs)), first_system


def _run(content: NamedContent) -> Run:
    return Run(content.system, content.seed, content.origin, content.content.frame)


def _ranking_measures(measures: Sequence[str] | None, *, plan: Analysis | None) -> tuple[str, ...]:
    """Return the measures that rankings are scored by.

    They are the given ones; else the defaults `MEASURES`, with the plan's primary measure first
    where it is not among them.
    """
    if measures:
        return tuple(measures)
    if plan and plan.primary not in MEASURES:
        return (plan.primary, *MEASURES)
    return MEASURES


def _scores_evidence(
    tables: Sequence[tuple[str, pd.DataFrame]],
    *,
    measures: Sequence[str] | None,
    plan: Analysis | None,
    dataset: str,
) -> Evidence:
    """Return the scores of all tables, joined.

    tables: each with its origin. Scores of a measure without a name are taken for the first of
    `measures`, else for the plan's primary measure, else for a measure called `score`. Without
    measures and plan, nDCG@10 comes first and so is the primary measure, where the tables have it.
    """
    unnamed = measures[0] if measures else plan.primary if plan else UNNAMED_MEASURE
    evidence = from_scores(tables, measures=measures, unnamed=unnamed, dataset=dataset)
    if measures or plan or PRIMARY not in evidence.measures:
        return evidence
    others = tuple(name for name in evidence.measures if name != PRIMARY)
    return replace(evidence, measures=(PRIMARY, *others))
