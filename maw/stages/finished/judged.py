"""What was compared, and by which plan? A finished suite, or what `maw compare --out` left.

Read by commands on finished results; the workflow's own stages are handed their files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from maw.errors import InputError
from maw.jobs.files import read_parquet, read_stamp
from maw.runs.content import SCORES
from maw.runs.text import read_text
from maw.settings.plan import Analysis
from maw.verdicts.score_table import Clusters

MENDS = "give a suite's results folder, or one that `maw compare --out` wrote"


@dataclass(frozen=True, eq=False)
class Judged:
    """Scores as they were compared. summary: where comparisons.parquet is; tables: its CSV.

    repeats: datasets that are further splits of another. reads: digests of the stamps of all that
    is in here.
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
        """Rankings and models lie beside it."""
        return self.summary != self.folder


def open_judged(folder: Path) -> Judged:
    """InputError: neither kind of folder, unfinished, or files that do not belong together."""
    if (folder / "summary" / "comparisons.parquet").is_file():
        return _suite(folder)
    if (folder / "comparisons.parquet").is_file():
        return _comparison(folder)
    if (folder / "runs").is_dir() or (folder / "data").is_dir():
        raise InputError(f"{folder}: the suite is not finished; run snakemake to the end")
    raise InputError(f"{folder}: holds no comparisons.parquet; {MENDS}")


def _suite(folder: Path) -> Judged:
    summary = folder / "summary"
    spec, reads = _specification(summary / "comparisons.parquet")
    made = read_stamp(summary / "scores.parquet")["digest"]
    _require(made in reads, summary)
    scores = read_parquet(summary / "scores.parquet", SCORES)
    clusters: dict[str, pd.Series] = {}
    digests = [made]
    for dataset in sorted(scores["dataset"].unique()):
        path = folder / "data" / str(dataset) / "queries.parquet"
        queries = read_parquet(path, ("query_id", "cluster"))
        digests.append(read_stamp(path)["digest"])
        _require(digests[-1] in reads, path)
        clusters[str(dataset)] = queries.set_index("query_id")["cluster"]
    return Judged(
        folder=folder,
        summary=summary,
        tables=folder / "tables",
        scores=scores,
        plan=Analysis.checked(spec["analysis"], source=f"{summary}/comparisons.parquet"),
        trained=spec["trained"],
        clusters=clusters,
        reads=tuple(digests),
        repeats=tuple(name for one in spec["resplits"] for name in one["datasets"][1:]),
    )


def _comparison(folder: Path) -> Judged:
    spec, _ = _specification(folder / "comparisons.parquet")
    made = read_stamp(folder / "scores.parquet")["digest"]
    _require(made == read_stamp(folder / "comparisons.parquet")["digest"], folder)
    scores = read_parquet(folder / "scores.parquet", SCORES)
    plan = Analysis.checked(spec["analysis"], source=f"{folder}/comparisons.parquet")
    n_seeds = scores.groupby("system")["seed"].nunique()
    return Judged(
        folder=folder,
        summary=folder,
        tables=folder,
        scores=scores,
        plan=plan,
        trained={str(name): bool(n > 1 or name in plan.trained) for name, n in n_seeds.items()},
        clusters=_clusters(folder / "scores.csv"),
        reads=(made,),
    )


def _clusters(path: Path) -> Clusters:
    """Of the CSV that check.R reads: a topic without a cluster is there one of its own."""
    from io import StringIO

    text = "\n".join(read_text(path).lines)
    rows = pd.read_csv(StringIO(text), dtype="str", keep_default_na=False)
    if not {"dataset", "query_id", "cluster"} <= set(rows.columns):
        raise InputError(f"{path}: has no columns dataset, query_id, cluster; compare again")
    rows = rows.drop_duplicates(["dataset", "query_id"])
    return {
        str(name): group.set_index("query_id")["cluster"] for name, group in rows.groupby("dataset")
    }


def _specification(path: Path) -> tuple[dict[str, Any], set[str]]:
    stamp = read_stamp(path)
    spec = stamp.get("spec", {})
    if "analysis" not in spec:
        raise InputError(f"{path}: its stamp holds no plan; {MENDS}")
    return spec, set(stamp.get("reads", ()))


def _require(belongs: bool, place: Path) -> None:
    if not belongs:
        raise InputError(
            f"{place}: the comparisons were made from other files than those beside them; "
            "run snakemake, or `maw compare --out`, again"
        )
