"""The stage `routing`: the table of what each router does, for each dataset, system, seed and side.

A file of other code or another specification is refused, as `collect` refuses it. No verdict
depends on the table.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.datasets.development import relevant_pairs
from maw.jobs.job import Job, Output, run
from maw.stages.shared.run_folders import RunFolders, folders_of, refuse_foreign
from maw.verdicts.regret import control_headroom, halves, router_regrets
from maw.verdicts.routing import ROUTING, KnownTexts, choice_quantities

TRAINING = "training"  # the side of a quantity of a training's steps
OF_STEPS = ("tied_share", "router_gradient")  # of the curves, beside all that have this start:
ADVANTAGE_MASS = "advantage_mass_"

Row = tuple[str, str, int, str, str, float]


@dataclass(frozen=True)
class RoutingFolders:
    """Folders of the results. runs: all reported runs. data: all prepared datasets."""

    runs: Path
    data: Path


def routing(
    job: Job, *, folders: RoutingFolders, curves: Path, routing: Output, routing_csv: Output
) -> str:
    """Write a row for each quantity of each routed system, on each dataset or fold, seed and side.

    curves: the learning curves of all runs. Columns: `maw.verdicts.routing.ROUTING`; for a fold,
    the dataset is the fold's name. A side is query, document or pair; `weights` for a quantity of
    the depths' weights, `training` for the mean of a training's logged steps. InputError for a file
    that other code or another specification made.
    """
    logged = job.read_parquet(curves)
    rows: list[Row] = []
    of_system = _Systems(job, folders)
    for entry in job.spec["systems"]:
        found = [*of_system.policies(entry), *of_system.choices(entry), *of_system.regrets(entry)]
        found += _training(logged, entry)
        rows += sorted(found, key=lambda row: row[2:4])  # by seed and side
    table = pd.DataFrame(rows, columns=ROUTING).astype({"seed": "int64", "value": "float64"})
    job.write_parquet(routing, table)
    job.write_bytes(routing_csv, table.to_csv(index=False).encode())
    return f"{len(table)} quantities of {len(job.spec['systems'])} routed systems"


class _Systems:
    """Reads the files of one routed system after the other; those of a dataset are read once."""

    def __init__(self, job: Job, folders: RoutingFolders) -> None:
        self.job, self.folders = job, folders
        self.known = cache(self._known)
        self.chosen = cache(self._chosen)

    def policies(self, entry: dict[str, Any]) -> list[Row]:
        """Return the rows that the stage `diagnose` computed."""
        path = self._diagnosed(entry, "policy.parquet")
        table = self.job.read_parquet(path, ("seed", "side", "quantity", "value"))
        return [
            (entry["dataset"], entry["system"], seed, side, quantity, value)
            for seed, side, quantity, value in table.itertuples(index=False)
        ]

    def choices(self, entry: dict[str, Any]) -> list[Row]:
        """Return the rows of what the chosen depths say of the texts."""
        if entry["mixes"]:
            return []
        known = self.known(entry["dataset"], documents=entry["documents"])
        rows: list[Row] = []
        for one_run in self._runs(entry["runs"]):
            for side, choices in self.chosen(one_run.folder).groupby("side", sort=False):
                if side == "document" and not entry["documents"]:
                    continue
                key = (*self._key(entry, one_run), str(side))
                seed = one_run.entry["seed"]
                quantities = choice_quantities(choices, known, side=str(side), seed=seed)
                rows += [(*key, name, value) for name, value in quantities.items()]
        return rows

    def regrets(self, entry: dict[str, Any]) -> list[Row]:
        """Return the rows of what the router misses, and of what its control would miss so."""
        path = self._diagnosed(entry, "by_depth.parquet")
        by_depth = self.job.read_parquet(path, ("seed", "query_id", "depth", "value"))
        if by_depth.empty:
            return []
        table = by_depth.pivot(index="query_id", columns=["seed", "depth"], values="value")
        runs = self._runs(entry["runs"])
        scores = np.stack([table[one_run.entry["seed"]].to_numpy() for one_run in runs])
        clusters = self.known(entry["dataset"], documents=entry["documents"]).queries["cluster"]
        of_router = router_regrets(
            scores,
            np.stack([self._query_depths(one_run, table.index) for one_run in runs]),
            halves(clusters.loc[table.index]),
        )
        of_control = self._control(entry, table.index, n_depths=scores.shape[-1])
        return [
            (*self._key(entry, one_run), "query", name, value)
            for one_run, quantities in zip(runs, of_router, strict=True)
            for name, value in {**quantities, **of_control}.items()
        ]

    def _control(
        self, entry: dict[str, Any], queries: pd.Index, *, n_depths: int
    ) -> dict[str, float]:
        """Return the headroom of the system's control; {} where it has none."""
        runs = [folders_of(self.folders.runs, run) for run in entry["control"]]
        if not runs:
            return {}
        paths = [one_run.folder / "scores.parquet" for one_run in runs]
        refuse_foreign(paths, [one_run.entry["stamps"]["evaluate"] for one_run in runs])
        values = []
        for path in paths:
            table = self.job.read_parquet(path, ("query_id", "measure", "value"))
            table = table[table["measure"] == self.job.spec["primary"]]
            values.append(table.set_index("query_id")["value"].loc[queries].to_numpy())
        return control_headroom(np.stack(values), n_depths)

    def _query_depths(self, one_run: RunFolders, queries: pd.Index) -> npt.NDArray[np.int64]:
        """Return the depth [Q] that the router of a run chose for each of these queries."""
        choices = self.chosen(one_run.folder)
        of_queries = choices[choices["side"] == "query"].set_index("query_id")["depth"]
        depths: npt.NDArray[np.int64] = of_queries.loc[queries].to_numpy(np.int64)
        return depths

    def _runs(self, entries: list[dict[str, Any]]) -> list[RunFolders]:
        """Return the runs of a routed system; a ranking of other code or settings is refused."""
        runs = [folders_of(self.folders.runs, entry) for entry in entries]
        paths = [one_run.folder / "depths.parquet" for one_run in runs]
        refuse_foreign(paths, [one_run.entry["stamps"]["rank"] for one_run in runs])
        return runs

    def _diagnosed(self, entry: dict[str, Any], name: str) -> Path:
        """Return the path of a file of `diagnose`; one of other code or settings is refused."""
        path = self.folders.runs.joinpath(entry["dataset"], entry["system"], name)
        refuse_foreign([path], [entry["stamp"]])
        return path

    @staticmethod
    def _key(entry: dict[str, Any], one_run: RunFolders) -> tuple[str, str, int]:
        return entry["dataset"], entry["system"], one_run.entry["seed"]

    def _chosen(self, folder: Path) -> pd.DataFrame:
        return self.job.read_parquet(folder / "depths.parquet")

    def _known(self, unit: str, *, documents: bool) -> KnownTexts:
        """Return what is known of the texts of a dataset or fold."""
        folder = self.folders.data / unit
        columns = ("doc_id", "text") if documents else ("doc_id",)
        texts = self.job.read_parquet(folder / "documents.parquet", columns, only=True)
        qrels = self.job.read_parquet(folder / "qrels.parquet", ("query_id", "doc_id", "relevance"))
        queries = self.job.read_parquet(folder / "queries.parquet").set_index("query_id")
        counts = relevant_pairs(qrels, texts["doc_id"])["query_id"].value_counts()
        queries["length"] = _words(queries["text"])
        queries["n_relevant"] = counts.reindex(queries.index).fillna(0).astype("int64")
        lengths = _words(texts.set_index("doc_id")["text"]) if documents else None
        return KnownTexts(queries, lengths)


def _words(texts: pd.Series) -> pd.Series:
    """Return the number of words of each text."""
    return texts.map(lambda text: len(text.split()))


def _training(curves: pd.DataFrame, entry: dict[str, Any]) -> list[Row]:
    """Return the means over logged steps of what the learning curves say of the router.

    A transferred model has none: its curve is that of the dataset that it was trained on.
    """
    dataset, system = entry["dataset"], entry["system"]
    rows = curves[(curves["dataset"] == dataset) & (curves["system"] == system)]
    is_wanted = rows["quantity"].isin(OF_STEPS) | rows["quantity"].str.startswith(ADVANTAGE_MASS)
    means = rows[is_wanted].groupby(["seed", "quantity"])["value"].mean()
    return [
        (dataset, system, int(seed), TRAINING, str(quantity), float(value))
        for (seed, quantity), value in means.items()
    ]


if __name__ == "__main__":
    run(routing)
