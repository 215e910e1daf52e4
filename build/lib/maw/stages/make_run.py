"""The stage `make_run`: trains one system with one seed, ranks with it and scores the ranking.

The stages `train`, `rank` and `evaluate` do the work, one after the other in one process, because
starting three takes longer than scoring does. Their files carry the stamps of these stages. A stage
whose files are all there, whole and made by the same code from the same files, is left out: so one
lost ranking is made again without training.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maw.errors import InputError
from maw.jobs.files import read_json, read_stamp
from maw.jobs.job import Job, Output, run
from maw.stages.evaluate import evaluate
from maw.stages.rank import RankingFiles, RankSources, rank
from maw.stages.shared.training_files import TrainingFiles
from maw.stages.train import TrainedFiles, train


@dataclass(frozen=True)
class Step:
    """One stage of a run: what it reads and writes, and how to call it.

    job: the stage's own job. reads, writes: paths. call: runs the stage and returns its last line.
    is_current: False where its files have to be made again although their stamps are right.
    """

    job: Job
    reads: Sequence[Path]
    writes: Sequence[Output]
    call: Callable[[Job], str]
    is_current: Callable[[], bool] = lambda: True

    def is_done(self) -> bool:
        """Return True where every file is there and whole, and has the stamp it would get now."""
        as_planned = Job(self.job.stage, self.job.spec, self.job.code)
        for path in self.reads:
            as_planned.note_read(path)
        try:
            stamps = [read_stamp(path) for path in self.writes]
        except InputError:  # missing or damaged: the stage makes it again
            return False
        return all(stamp == as_planned.stamp() for stamp in stamps) and self.is_current()


def make_run(
    job: Job,
    *,
    files: TrainingFiles,
    selection: Path,
    trained: TrainedFiles,
    ranked: RankingFiles,
    scores: Output,
) -> str:
    """Make those files of a run that are missing, damaged or out of date.

    selection: the system's selection.json. scores: one row per judged test query and measure. The
    returned line has the development score, and how many test queries were scored.
    """
    steps = [
        _training(job, files, selection=selection, outputs=trained),
        _ranking(job, files, trained=trained, outputs=ranked),
        _scoring(job, files, ranking=ranked.ranking, scores=scores),
    ]
    lines: list[str] = []
    is_kept = True
    for step in steps:
        is_kept = is_kept and step.is_done()  # what follows a file that is made anew is made anew
        if is_kept:
            lines.append(f"{', '.join(path.name for path in step.writes)} kept")
        else:
            step.job.outputs |= {path: job.outputs[path] for path in step.writes}
            lines.append(step.call(step.job))
        if len(lines) < len(steps):  # the last one is printed with the job's seconds
            print(lines[-1], flush=True)
    return f"{lines[0]}; {lines[-1].rpartition(': ')[2]}"


def _inner(job: Job, stage: str) -> Job:
    """Return the job of one of the stages, which has its own specification and code."""
    entry: dict[str, Any] = job.spec["stages"][stage]
    return Job(stage, entry["spec"], entry["code"])


def _training(job: Job, files: TrainingFiles, *, selection: Path, outputs: TrainedFiles) -> Step:
    """Return the step that trains.

    A wider grid of learning rates changes what was selected but not the stamp of selection.json, so
    the learning rate and the options themselves are compared, too.
    """

    def is_current() -> bool:
        selected, used = read_json(selection), read_json(outputs.run)
        return all(used.get(name) == selected[name] for name in ("learning_rate", "options"))

    return Step(
        _inner(job, "train"),
        reads=[*files.paths, selection],
        writes=[outputs.run, outputs.model, outputs.training_cost, outputs.versions],
        call=lambda inner: train(inner, files=files, selection=selection, outputs=outputs),
        is_current=is_current,
    )


def _ranking(
    job: Job, files: TrainingFiles, *, trained: TrainedFiles, outputs: RankingFiles
) -> Step:
    sources = RankSources(
        documents=files.documents,
        queries=files.queries,
        split=files.split,
        run=trained.run,
        trunk=files.trunk,
        model=trained.model,
        pairs=files.pairs,
    )
    return Step(
        _inner(job, "rank"),
        reads=[path for path in vars(sources).values() if path is not None],
        writes=[outputs.ranking, outputs.cost, outputs.depths, outputs.by_depth],
        call=lambda inner: rank(inner, sources=sources, outputs=outputs),
    )


def _scoring(job: Job, files: TrainingFiles, *, ranking: Path, scores: Output) -> Step:
    return Step(
        _inner(job, "evaluate"),
        reads=[ranking, files.qrels, files.split],
        writes=[scores],
        call=lambda inner: evaluate(
            inner, ranking=ranking, qrels=files.qrels, split=files.split, scores=scores
        ),
    )


if __name__ == "__main__":
    run(make_run)
