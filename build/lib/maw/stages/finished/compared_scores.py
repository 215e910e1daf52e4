"""The scores and the plan of a finished comparison, made by a suite or by `maw compare`.

Commands on finished results read them with this module; the stages of the workflow do not use it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from maw.errors import PARQUET, InputError
from maw.jobs.files import read_parquet, read_stamp
from maw.jobs.manifest import read_listed
from maw.runs.content import SCORES
from maw.settings.plan import Analysis
from maw.verdicts.score_table import Clusters

MEND = "give a suite's results folder, or one that `maw compare --out` wrote"


@dataclass(frozen=True, eq=False)
class ComparedScores:
    """The scores of a finished comparison, with its plan and its clusters.

    summary: the folder of comparisons.parquet. tables: the folder of comparisons.csv. trained:
    system -> whether it was trained; of a `maw compare` folder, whether it has several seeds or the
    plan says so. repeats: datasets that are repeated splits of another dataset. reads: the digests
    in the stamps of the file of scores and, in a suite, of the files of queries.
    """

    folder: Path
    summary: Path
    tables: Path
    scores: pd.DataFrame
    plan: Analysis
    trained: Mapping[str, bool]
    clusters: Clusters
    reads: tuple[str, ...]
    repeats: tuple[str, ...] = ()

    @property
    def is_suite(self) -> bool:
        """True where the scores are a suite's, so that the folder has its rankings and models."""
        return self.summary != self.folder


def open_compared_scores(folder: Path) -> ComparedScores:
    """Return the comparison in a suite's results folder, or in one that `maw compare --out` wrote.

    InputError: neither kind of folder, an unfinished suite, or files that do not belong together.
    """
    if (folder / "summary" / "comparisons.parquet").is_file():
        return _of_suite(folder)
    if (folder / "comparisons.parquet").is_file():
        return _of_comparison(folder)
    if (folder / "runs").is_dir() or (folder / "data").is_dir():
        raise InputError(f"{folder}: the suite is not finished; run snakemake to the end")
    if (folder / "comparisons.csv").is_file():
        raise InputError(
            f"{folder}: its tables are CSV only, because pyarrow was not installed: "
            f"{PARQUET.pip_line}; then run `maw compare --out` again"
        )
    raise InputError(f"{folder}: holds no comparisons.parquet; {MEND}")


def _of_suite(folder: Path) -> ComparedScores:
    summary = folder / "summary"
    spec, compared_digests = _specification(summary / "comparisons.parquet")
    scores_digest = read_stamp(summary / "scores.parquet")["digest"]
    _require(scores_digest in compared_digests, summary)
    scores = read_parquet(summary / "scores.parquet", SCORES)
    clusters: dict[str, pd.Series] = {}
    reads = [scores_digest]
    for dataset in sorted(scores["dataset"].unique()):
        path = folder / "data" / str(dataset) / "queries.parquet"
        queries = read_parquet(path, ("query_id", "cluster"))
        reads.append(read_stamp(path)["digest"])
        _require(reads[-1] in compared_digests, path)
        clusters[str(dataset)] = queries.set_index("query_id")["cluster"]
    return ComparedScores(
        folder=folder,
        summary=summary,
        tables=folder / "tables",
        scores=scores,
        plan=Analysis.checked(spec["analysis"], source=f"{summary}/comparisons.parquet"),
        trained=spec["trained"],
        clusters=clusters,
        reads=tuple(reads),
        repeats=tuple(name for group in spec["resplits"] for name in group["datasets"][1:]),
    )


def _of_comparison(folder: Path) -> ComparedScores:
    spec, _ = _specification(folder / "comparisons.parquet")
    scores_digest = read_stamp(folder / "scores.parquet")["digest"]
    _require(scores_digest == read_stamp(folder / "comparisons.parquet")["digest"], folder)
    scores = read_parquet(folder / "scores.parquet", SCORES)
    plan = Analysis.checked(spec["analysis"], source=f"{folder}/comparisons.parquet")
    n_seeds = scores.groupby("system")["seed"].nunique()
    return ComparedScores(
        folder=folder,
        summary=folder,
        tables=folder,
        scores=scores,
        plan=plan,
        trained={str(name): bool(n > 1 or name in plan.trained) for name, n in n_seeds.items()},
        clusters=_clusters(folder / "scores.csv"),
        reads=(scores_digest,),
    )


def _clusters(path: Path) -> Clusters:
    """Return dataset -> query_id -> cluster, read from scores.csv, which check.R reads too.

    Without clusters, each query in that file is a cluster of its own. InputError where a column is
    missing.
    """
    rows = pd.read_csv(BytesIO(read_listed(path)), dtype="str", keep_default_na=False)
    if not {"dataset", "query_id", "cluster"} <= set(rows.columns):
        raise InputError(f"{path}: lacks column dataset, query_id or cluster; compare again")
    rows = rows.drop_duplicates(["dataset", "query_id"])
    return {
        str(name): group.set_index("query_id")["cluster"] for name, group in rows.groupby("dataset")
    }


def _specification(path: Path) -> tuple[dict[str, Any], set[str]]:
    """Return the specification in the file's stamp, and the digests of the files its job read.

    InputError where the stamp holds no plan.
    """
    stamp = read_stamp(path)
    spec = stamp.get("spec", {})
    if "analysis" not in spec:
        raise InputError(f"{path}: its stamp holds no plan; {MEND}")
    return spec, set(stamp.get("reads", ()))


def _require(belongs: bool, path: Path) -> None:
    if not belongs:
        raise InputError(
            f"{path}: the comparisons were made from other files than those beside them; "
            "run snakemake, or `maw compare --out`, again"
        )
