"""Scores of run files on every judged topic, for a user who wants no comparison."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from maw.errors import InputError
from maw.runs import objects
from maw.runs.content import Input, Run
from maw.runs.evidence import Evidence, from_rankings
from maw.runs.find import collection_name
from maw.runs.gather import NamedContent, Reading, gather_runs
from maw.runs.notices import Notice


def score_files(
    paths: Sequence[Path], qrels: Path, *, measures: Sequence[str], reading: Reading
) -> Evidence:
    """Return the scores of each run on every judged topic, and notices on oddities of the files.

    paths: run files, and folders with a run for each seed. measures: names of ir_measures.
    InputError for a file that cannot be read, that holds scores already, or that has none of the
    judged topics.
    """
    contents, folder_notices = gather_runs(list(paths), reading)
    judgements, source, qrels_notices = objects.judgements(qrels)
    inputs: list[Input] = []
    notices: list[Notice] = [*folder_notices, *qrels_notices]

    def run_of(named: NamedContent) -> Run:
        if named.content.kind != "ranking":
            raise InputError(
                f"{named.origin}: holds scores of topics already; `maw score` needs the rankings"
            )
        notices.extend(named.content.notices)
        inputs.append(Input(named.origin, named.content.sha256))
        return Run(named.system, named.seed, named.origin, named.content.frame)

    runs = map(run_of, contents)
    dataset = collection_name(qrels)
    evidence = from_rankings(runs, judgements, measures=measures, dataset=dataset)
    return replace(evidence, notices=(*notices, *evidence.notices), inputs=(*inputs, source))
