"""Export of a suite's rankings for other tools: TREC runs, judgements, clusters and the plan.

A suite with one dataset is exported to one folder, and `maw compare` on it gives the suite's own
verdicts. With several datasets, each has a folder and a command of its own, so that Holm's
correction sees the claims of one dataset only.
"""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from maw.errors import InputError
from maw.jobs import files
from maw.jobs.progress import progress
from maw.jobs.whole_folder import as_input_error, replaced, write_new
from maw.settings.plan import Analysis
from maw.stages.finished.compared_scores import ComparedScores, open_compared_scores
from maw.stages.finished.ir_metadata import ir_metadata
from maw.stages.finished.training_facts import with_training_facts
from maw.stages.finished.trec_files import trec_qrels, trec_run
from maw.verdicts.score_table import cluster_labels

QRELS, CLUSTERS, PLAN = "qrels.txt", "clusters.csv", "plan.yaml"
YAML_LINE_LENGTH = 100


@dataclass(frozen=True, slots=True)
class ExportedRun:
    """One run of an export.

    source: its folder among the suite's results. target: its TREC file in the export, which lies
    at <dataset's folder>/<system>/seed<seed>.run.gz.
    """

    dataset: str
    system: str
    seed: int
    source: Path
    target: Path

    @property
    def dataset_folder(self) -> Path:
        """Folder of the run's dataset in the export."""
        return self.target.parent.parent

    @property
    def sidecar(self) -> Path:
        """Path of the run's ir_metadata file in the export."""
        return self.target.with_suffix(".yml")


def export_runs(results: Path, folder: Path) -> list[str]:
    """Write all runs; return lines for the terminal: the contents and the commands to compare them.

    InputError: not a finished suite, files that do not belong together, a folder with other runs or
    one that cannot be written. Then nothing is written.
    """
    compared = open_compared_scores(results)
    if not compared.is_suite:
        raise InputError(f"{results}: holds scores but no rankings; give a suite's results folder")
    runs = _runs(compared, folder)
    _refuse_other_runs(runs)
    _require_compared_rankings(compared, runs)
    folders = {run.dataset: run.dataset_folder for run in runs}
    # of an earlier export of this suite, when its queries had clusters
    stale = [str((path / CLUSTERS).relative_to(folder)) for path in folders.values()]
    with replaced(folder, stale=stale) as new, as_input_error(folder):
        with progress("export", len(runs), unit="runs") as advance:
            for run in _runs(compared, new):
                _write_run(run, compared)
                advance(1)
        write_new(new / PLAN, plan_of(compared))
        has_clusters = {
            name: _write_queries(compared, name, new / path.relative_to(folder))
            for name, path in folders.items()
        }
    plural = "s" * (len(folders) != 1)
    lines = [f"{len(runs)} runs of {len(folders)} dataset{plural} in {folder}"]
    if len(folders) > 1:
        lines.append(
            "The suite's Holm correction covers all datasets, each command below only one:"
        )
    for dataset, has in has_clusters.items():
        mine = [run for run in runs if run.dataset == dataset]
        lines.append(_compare_command(mine, plan=folder / PLAN, clusters=has))
    return lines


def plan_of(compared: ComparedScores) -> bytes:
    """Return the plan as YAML, for `maw compare` on the exported runs.

    A run file does not show that a system with one seed was trained, so the plan lists it under
    `trained`. Where no system has to be added there, the hash is that of the suite's plan.
    """
    n_seeds = compared.scores.groupby("system")["seed"].nunique()
    single_seed = [name for name, n in n_seeds.items() if n == 1 and compared.trained[name]]
    declared = tuple(dict.fromkeys((*compared.plan.trained, *single_seed)))
    plan: Analysis = compared.plan.model_copy(update={"trained": declared})
    content = plan.model_dump(mode="json", exclude_defaults=True)
    content = {"primary": plan.primary, "alpha": plan.alpha, **content}
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True).encode()


def _runs(compared: ComparedScores, folder: Path) -> list[ExportedRun]:
    keys = compared.scores[["dataset", "system", "seed"]].drop_duplicates()
    several_datasets = keys["dataset"].nunique() > 1
    runs = []
    for dataset, system, seed in sorted(keys.itertuples(index=False, name=None)):
        source = compared.folder / "runs" / dataset / system / f"seed{seed}"
        target = (folder / dataset if several_datasets else folder) / system / f"seed{seed}.run.gz"
        runs.append(ExportedRun(dataset, system, int(seed), source, target))
    return runs


def _refuse_other_runs(runs: list[ExportedRun]) -> None:
    """Raise InputError for a file in a system's folder that is not one of this export's files.

    An earlier export may have left it, and `maw compare` would read it as a further run.
    """
    exported = {run.target for run in runs} | {run.sidecar for run in runs}
    for system_folder in dict.fromkeys(run.target.parent for run in runs):
        for path in sorted(system_folder.iterdir()) if system_folder.is_dir() else ():
            if path not in exported and not path.name.startswith("."):
                raise InputError(f"{path}: not of this export; move it, or give an empty folder")


def _require_compared_rankings(compared: ComparedScores, runs: list[ExportedRun]) -> None:
    """Raise InputError for a ranking that is not the one whose scores were compared."""
    compared_digests = set(files.read_stamp(compared.summary / "scores.parquet")["reads"])
    for run in runs:
        scores = files.read_stamp(run.source / "scores.parquet")
        ranking = run.source / "ranking.parquet"
        if not ranking.is_file():
            raise InputError(f"{ranking}: no such file; run snakemake to make it")
        if (
            scores["digest"] not in compared_digests
            or files.read_stamp(ranking)["digest"] not in scores["reads"]
        ):
            raise InputError(
                f"{ranking}: is not the ranking that was compared; run snakemake again"
            )


def _write_run(run: ExportedRun, compared: ComparedScores) -> None:
    ranking_path = run.source / "ranking.parquet"
    ranking = files.read_parquet(ranking_path, ("query_id", "doc_id", "score"))
    metadata = ir_metadata(
        record=with_training_facts(files.read_json(run.source / "run.json"), run.source),
        cost=files.read_json(run.source / "cost.json"),
        dataset=files.read_json(compared.folder / "data" / run.dataset / "dataset.json"),
        plan=compared.plan,
        measures=compared.scores["measure"].unique().tolist(),
        command=_suite_command(compared.folder),
    )
    tag = f"{run.system}.seed{run.seed}"
    write_new(run.target, trec_run(ranking, tag=tag, source=str(ranking_path)))
    text = yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True, width=YAML_LINE_LENGTH)
    write_new(run.sidecar, text.encode())


def _write_queries(compared: ComparedScores, dataset: str, folder: Path) -> bool:
    """Write the judgements of the compared queries, and the queries' clusters where there are any.

    Returns whether there are clusters.
    """
    qrels_path = compared.folder / "data" / dataset / "qrels.parquet"
    query_ids = compared.scores.loc[compared.scores["dataset"] == dataset, "query_id"]
    queries = tuple(sorted(query_ids.unique()))
    qrels = files.read_parquet(qrels_path, ("query_id", "doc_id", "relevance"))
    qrels = qrels[qrels["query_id"].isin(queries)]
    write_new(folder / QRELS, trec_qrels(qrels, source=str(qrels_path)))
    labels = cluster_labels(compared.clusters, dataset=dataset, queries=queries)
    if labels is None:
        return False
    frame = pd.DataFrame({"query_id": queries, "cluster": labels})
    write_new(folder / CLUSTERS, frame.to_csv(index=False).encode())
    return True


def _suite_command(results: Path) -> str:
    """Return the command that runs the suite again, as the specification of its report records it.

    Without that specification the command is "snakemake".
    """
    path = results / "specifications" / "report.json"
    if not path.is_file():
        return "snakemake"
    spec: dict[str, Any] = files.read_json(path).get("spec", {})
    return str(spec.get("command", "snakemake"))


def _compare_command(runs: list[ExportedRun], *, plan: Path, clusters: bool) -> str:
    """Return the `maw compare` command for the exported runs of one dataset.

    clusters: True where the dataset has a file of clusters.
    """
    folder = runs[0].dataset_folder
    systems = dict.fromkeys(str(run.target.parent) for run in runs)
    words = ["maw", "compare", *systems, "--qrels", str(folder / QRELS)]
    words += ["--clusters", str(folder / CLUSTERS)] if clusters else []
    return shlex.join([*words, "--plan", str(plan), "--dataset", runs[0].dataset])
