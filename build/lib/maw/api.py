"""The function `maw.compare`: verdicts on runs of any origin. It prints and writes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from os import PathLike
from typing import Any

import pandas as pd

from maw.comparison import Comparison, conclude
from maw.errors import InputError
from maw.runs import objects
from maw.runs.clusters import read_clusters
from maw.runs.content import Input, Run
from maw.runs.evidence import PRIMARY, Evidence, from_rankings, from_scores
from maw.runs.find import collection_name
from maw.runs.gather import NamedContent, Reading, gather_runs
from maw.runs.judge import judge_notices
from maw.runs.measure_names import measure_name
from maw.runs.notices import Notice
from maw.runs.one_system import OneSystem
from maw.runs.replicates import Replicates, averaged, numbered, replicates_of
from maw.runs.topic_texts import require_known, topic_texts
from maw.settings.plan import Analysis
from maw.verdicts.plan_options import PlanOptions, given_plan, plan_from

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
    max_loss: float | None = None,
    clusters: Mapping[str, object] | pd.Series | str | PathLike[str] | None = None,
    seed_pattern: str | None = None,
    file_format: str | None = None,
    replicates: str | None = None,
    judge: str | None = None,
    dataset: str | None = None,
    topics: Mapping[object, object] | pd.Series | str | PathLike[str] | None = None,
) -> Comparison:
    """Compare every system with the baseline, or as the plan says, on the same topics.

    runs: {system: run} or {system: [run of seed 42, run of seed 43]}, where a run is a path, a dict
    query -> document -> score, a DataFrame, a list of ir_measures.ScoredDoc or a ranx.Run; or a
    list of paths; or scores per topic, without qrels: the result of PyTerrier's
    Experiment(perquery=True), a table of scores of maw, or a DataFrame with a row for each topic
    and a column for each system. Several runs of one system are its training seeds, unless
    `replicates` says otherwise.
    qrels: a path, a dict query -> document -> relevance, a DataFrame, a list of ir_measures.Qrel or
    a ranx.Qrels. baseline: the system that all others are compared with; None: the first one.
    measures: names as in ir_measures; the first is the primary measure, unless a plan names
    another. plan: an analysis plan, as an object, a dict or a YAML file; it excludes baseline,
    alpha, sesoi and max_loss. alpha: significance level of all claims together; None: 0.05. sesoi:
    smallest effect size of interest, in the primary measure's unit; without it nothing is called
    equivalent. max_loss: the largest loss that still counts as not worse, in the same unit; with it
    the question is whether a system is worse by less than that, and not whether it is better.
    clusters: topic -> cluster, or its file, where topics are not independent. seed_pattern: pattern
    of file names, such as `{system}-s{seed}`. file_format: name of the format of all files; None:
    their content tells it. replicates: what several runs of one system are: `seeds`, or `repeats`
    of one trained system, which are averaged on each topic. judge: `llm` where a language model
    made the judgements. dataset: name of the collection in the report. topics: topic -> its text,
    or the file of TREC topics, JSON lines or tab-separated lines that has them, for the report.
    InputError for a mistake in an argument or a file: one line with the place and the remedy.
    """
    options = PlanOptions(baseline=baseline, alpha=alpha, sesoi=sesoi, max_loss=max_loss)
    own_plan = given_plan(plan, beside=options)
    several = replicates_of(replicates)
    judged_by = judge_notices(judge, subject="scores" if qrels is None else "qrels")
    reading = Reading(seed_pattern=seed_pattern, file_format=file_format, replicates=several)
    contents, folder_notices = gather_runs(runs, reading)
    wanted = _Wanted(
        measures=_measure_names(measures),
        plan=own_plan,
        replicates=several,
        dataset=dataset or collection_name(qrels),
    )
    evidence, first_system = _evidence(contents, qrels, wanted=wanted)
    if several == "repeats":
        evidence = averaged(evidence)
    evidence = replace(evidence, notices=(*judged_by, *folder_notices, *evidence.notices))
    used_plan = own_plan or plan_from(
        options,
        systems=evidence.scores["system"].unique().tolist(),
        first=first_system,
        primary=evidence.measures[0],
    )
    datasets = evidence.scores["dataset"].unique().tolist()
    clusters_of = None if clusters is None else dict.fromkeys(datasets, read_clusters(clusters))
    texts, source = ({}, ()) if topics is None else topic_texts(topics)
    compared = evidence.scores["query_id"].unique().tolist()
    require_known(texts, compared, origin=source[0].origin if source else "topics")
    return conclude(
        replace(evidence, inputs=(*evidence.inputs, *source)),
        plan=used_plan,
        clusters=clusters_of,
        texts=texts,
        is_planned=own_plan is not None,
    )


def _measure_names(measures: Sequence[object] | str | None) -> list[str] | None:
    """Return the given measures by their names in ir_measures; None where no measure is given."""
    given = [measures] if isinstance(measures, str) else measures or ()
    return [measure_name(str(measure)) for measure in given] or None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What the user says about the scores; the fields are arguments of `compare`."""

    measures: list[str] | None
    plan: Analysis | None
    replicates: Replicates | None
    dataset: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """The notices and the inputs of all contents that were read, which are of one kind."""

    kind: str
    notices: list[Notice] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    one_system: OneSystem = field(default_factory=OneSystem)

    def noted(self, content: NamedContent) -> NamedContent:
        """Return the content once it is noted.

        InputError where it is of the other kind, or of another system than its name says.
        """
        if content.content.kind != self.kind:
            raise InputError(
                "runs and score tables cannot be compared with each other; give only runs or only "
                "score tables"
            )
        self.one_system.add(content)
        self.notices.extend(content.content.notices)
        self.inputs.append(Input(content.origin, content.content.sha256))
        return content


def _evidence(
    contents: Iterator[NamedContent], qrels: object, *, wanted: _Wanted
) -> tuple[Evidence, str]:
    """Return the scores of all systems per topic, computed or given, and the first system.

    contents: the rankings, each of which is scored before the next is read, or the tables of
    scores. The first system is that of the first ranking, or of the first row of the first table.
    InputError where contents are of both kinds, and where qrels are missing for rankings or given
    for scores.
    """
    first = next(contents)
    first_system = first.system or str(first.content.frame["system"].iloc[0])
    seen = _Seen(first.content.kind)
    # a used-up iterator lets go of its list: a large run is freed when it has been scored
    all_contents = map(seen.noted, chain(iter([first]), contents))
    del first
    if seen.kind == "scores":
        if qrels is not None:
            raise InputError(
                "qrels: given beside tables of scores, which need no judgements; leave qrels out"
            )
        evidence = _scores_evidence(all_contents, wanted=wanted)
    else:
        if qrels is None:
            raise InputError(
                "qrels are missing: runs cannot be scored without judgements; give --qrels FILE"
            )
        evidence = _runs_evidence(all_contents, qrels, wanted=wanted)
    notices = (*seen.notices, *seen.one_system.notices(), *evidence.notices)
    inputs = (*seen.inputs, *evidence.inputs)
    return replace(evidence, notices=notices, inputs=inputs), first_system


def _runs_evidence(contents: Iterator[NamedContent], qrels: object, *, wanted: _Wanted) -> Evidence:
    """Return the scores of all runs, with the notices and the file of the judgements."""
    judgements, source, notices = objects.judgements(qrels)
    names = _ranking_measures(wanted.measures, plan=wanted.plan)
    runs = map(_run, contents)
    evidence = from_rankings(runs, judgements, measures=names, dataset=wanted.dataset)
    return replace(evidence, notices=(*notices, *evidence.notices), inputs=(source,))


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


def _scores_evidence(contents: Iterator[NamedContent], *, wanted: _Wanted) -> Evidence:
    """Return the scores of all tables, joined.

    Scores of a measure without a name are taken for the first of the wanted measures, else for the
    plan's primary measure, else for a measure called `score`.
    """
    tables = [(content.origin, content.content.frame) for content in contents]
    told = numbered(tables, replicates=wanted.replicates)
    measures, plan = wanted.measures, wanted.plan
    unnamed = measures[0] if measures else plan.primary if plan else UNNAMED_MEASURE
    return from_scores(told, measures=measures, unnamed=unnamed, dataset=wanted.dataset)
