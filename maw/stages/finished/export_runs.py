"""The suite's rankings for everybody's tools: TREC runs, judgements, clusters, and the plan.

One folder, or one for each dataset, on which one `maw compare` gives the suite's own verdicts.
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
from maw.settings.plan import Analysis
from maw.stages.finished.ir_metadata import ir_metadata
from maw.stages.finished.judged import Judged, open_judged
from maw.stages.finished.trec_files import trec_qrels, trec_run
from maw.verdicts.score_table import cluster_labels

QRELS, CLUSTERS, PLAN = "qrels.txt", "clusters.csv", "plan.yaml"


@dataclass(frozen=True, slots=True)
class Exported:
    """One run: where it is among the results, and what it is called in the export."""

    dataset: str
    system: str
    seed: int
    source: Path
    target: Path


def export_runs(results: Path, folder: Path) -> list[str]:
    """Write everything. Returns what to tell: what is there, and the commands that compare it.

    InputError: not a finished suite, files that do not belong together, a folder with other runs.
    """
    judged = open_judged(results)
    if not judged.is_suite:
        raise InputError(f"{results}: holds scores, no rankings; give a suite's results folder")
    runs = _runs(judged, folder)
    _refuse_others(runs)
    _require_same_scores(judged, runs)
    try:
        with progress("export", len(runs), unit="runs") as advance:
            for run in runs:
                _write_run(run, judged)
                advance(1)
        _write(folder / PLAN, plan_of(judged))
        homes = {run.dataset: run.target.parent.parent for run in runs}
        clustered = {name: _write_topics(judged, name, home) for name, home in homes.items()}
    except OSError as error:
        raise InputError(
            f"{error.filename or folder}: {error.strerror}; give another folder"
        ) from None
    told = [f"{len(runs)} runs of {len(homes)} dataset{'s' * (len(homes) != 1)} in {folder}"]
    if len(homes) > 1:
        told.append("Holm goes over the claims of all datasets; each command sees those of one:")
    return told + [
        _command(runs, dataset=name, home=home, plan=folder / PLAN, clusters=clustered[name])
        for name, home in homes.items()
    ]


def plan_of(judged: Judged) -> bytes:
    """The plan as YAML; what `maw compare` cannot see in runs is declared: trained with one seed.

    Where there is no such system the plan's hash is that of the suite.
    """
    n_seeds = judged.scores.groupby("system")["seed"].nunique()
    once = [name for name, n in n_seeds.items() if n == 1 and judged.trained[name]]
    declared = tuple(dict.fromkeys((*judged.plan.trained, *once)))
    plan: Analysis = judged.plan.model_copy(update={"trained": declared})
    content = plan.model_dump(mode="json", exclude_defaults=True)
    content = {"primary": plan.primary, "alpha": plan.alpha, **content}
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True).encode()


def _runs(judged: Judged, folder: Path) -> list[Exported]:
    keys = judged.scores[["dataset", "system", "seed"]].drop_duplicates()
    several = keys["dataset"].nunique() > 1
    found = []
    for dataset, system, seed in sorted(keys.itertuples(index=False, name=None)):
        home = folder / dataset if several else folder
        source = judged.folder / "runs" / dataset / system / f"seed{seed}"
        target = home / system / f"seed{seed}.run.gz"
        found.append(Exported(dataset, system, int(seed), source, target))
    return found


def _refuse_others(runs: list[Exported]) -> None:
    """A seed that an earlier export left would take part in the comparison."""
    mine = {run.target for run in runs} | {_sidecar(run) for run in runs}
    for home in dict.fromkeys(run.target.parent for run in runs):
        for path in sorted(home.iterdir()) if home.is_dir() else ():
            if path not in mine and not path.name.startswith("."):
                raise InputError(f"{path}: is not of this suite; move it, or give an empty folder")


def _require_same_scores(judged: Judged, runs: list[Exported]) -> None:
    """InputError names a ranking that is not the one whose scores were compared."""
    compared = set(files.read_stamp(judged.summary / "scores.parquet")["reads"])
    for run in runs:
        scores = files.read_stamp(run.source / "scores.parquet")
        ranking = run.source / "ranking.parquet"
        if not ranking.is_file():
            raise InputError(f"{ranking}: no such file; run snakemake to make it")
        if (
            scores["digest"] not in compared
            or files.read_stamp(ranking)["digest"] not in scores["reads"]
        ):
            raise InputError(
                f"{ranking}: is not the ranking that was compared; run snakemake again"
            )


def _write_run(run: Exported, judged: Judged) -> None:
    place = run.source / "ranking.parquet"
    ranking = files.read_parquet(place, ("query_id", "doc_id", "score"))
    tag = f"{run.system}.seed{run.seed}"
    about = ir_metadata(
        about=files.read_json(run.source / "run.json"),
        cost=files.read_json(run.source / "cost.json"),
        dataset=files.read_json(judged.folder / "data" / run.dataset / "dataset.json"),
        plan=judged.plan,
        measures=judged.scores["measure"].unique().tolist(),
        command=_suite_command(judged.folder),
    )
    _write(run.target, trec_run(ranking, tag=tag, place=str(place)))
    written = yaml.safe_dump(about, sort_keys=False, allow_unicode=True, width=100)
    _write(_sidecar(run), written.encode())


def _write_topics(judged: Judged, dataset: str, home: Path) -> bool:
    """Judgements of the compared queries, and their clusters where they have any."""
    place = judged.folder / "data" / dataset / "qrels.parquet"
    there = judged.scores.loc[judged.scores["dataset"] == dataset, "query_id"]
    queries = tuple(sorted(there.unique()))
    qrels = files.read_parquet(place, ("query_id", "doc_id", "relevance"))
    qrels = qrels[qrels["query_id"].isin(queries)]
    _write(home / QRELS, trec_qrels(qrels, place=str(place)))
    labels = cluster_labels(judged.clusters, dataset=dataset, queries=queries)
    if labels is None:
        return False
    frame = pd.DataFrame({"query_id": queries, "cluster": labels})
    _write(home / CLUSTERS, frame.to_csv(index=False).encode())
    return True


def _suite_command(results: Path) -> str:
    """What re-makes the suite, as its report says; "snakemake" where that is not there."""
    path = results / "specifications" / "report.json"
    if not path.is_file():
        return "snakemake"
    spec: dict[str, Any] = files.read_json(path).get("spec", {})
    return str(spec.get("command", "snakemake"))


def _command(runs: list[Exported], *, dataset: str, home: Path, plan: Path, clusters: bool) -> str:
    """The one line that gives the suite's verdicts on this dataset."""
    systems = dict.fromkeys(str(run.target.parent) for run in runs if run.dataset == dataset)
    words = ["maw", "compare", *systems, "--qrels", str(home / QRELS)]
    words += ["--clusters", str(home / CLUSTERS)] if clusters else []
    return shlex.join([*words, "--plan", str(plan), "--dataset", dataset])


def _sidecar(run: Exported) -> Path:
    return run.target.with_suffix(".yml")


def _write(path: Path, content: bytes) -> None:
    claim = files.Claim(path)
    try:
        claim.write(content)
    finally:
        claim.release()
