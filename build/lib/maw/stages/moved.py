"""The stage `moved`: the difference of each test query, and the queries that gain and lose most.

It reads the texts and the rankings of a few queries for each claim: those that gain and those that
lose most over the claim's deciding control. No verdict depends on what it writes.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from maw.jobs.job import Job, Output, run
from maw.settings.plan import Analysis
from maw.stages.shared.clusters import clusters_of
from maw.stages.shared.run_folders import folders_of, refuse_foreign
from maw.verdicts.moved import (
    MOVED,
    ClaimDifferences,
    best_ranks,
    claim_differences,
    differences_frame,
    movers,
    query_depths,
    shortened,
)

N_DOCUMENTS = 5  # relevant documents of a query that are shown
QUERY_LENGTH, DOCUMENT_LENGTH = 300, 100  # characters of a text that are kept

Row = dict[str, Any]
Seeds = tuple[int, ...]
Shown = tuple[ClaimDifferences, pd.DataFrame]  # a claim, and its queries as `movers` returns them


@dataclass(frozen=True)
class MovedFolders:
    """Folders of the results. runs: all reported runs. data: all prepared datasets."""

    runs: Path
    data: Path


@dataclass(frozen=True)
class MovedTables:
    """Tables of all runs. depths: the chosen depths. queries: queries.parquet of each dataset."""

    scores: Path
    claims: Path
    depths: Path
    queries: list[Path]


def moved(
    job: Job,
    *,
    folders: MovedFolders,
    tables: MovedTables,
    differences: Output,
    moved: Output,
) -> str:
    """Write the difference of each test query, and the queries of each claim that move most.

    Columns: `maw.verdicts.moved.DIFFERENCES` and `MOVED`. In `moved`, the column `relevant` holds
    JSON: a list of at most N_DOCUMENTS objects with doc_id, grade and text, the highest grade
    first. The columns of seeds, ranks and depths are JSON lists with a value for each seed; null
    stands for a rank where the run returns no best relevant document, and for a depth where no
    router reads the query. InputError for a ranking that other code or another specification made.
    """
    plan = Analysis.model_validate(job.spec["analysis"])
    measured = claim_differences(
        job.read_parquet(tables.scores),
        job.read_parquet(tables.claims),
        plan=plan,
        clusters=clusters_of(job, tables.queries),
    )
    shown = [(claim, movers(claim.table)) for claim in measured]
    reader = _Reader(job, folders, tables, shown=shown)
    rows = [
        reader.row(claim, query) for claim, queries in shown for query in queries.to_dict("records")
    ]
    table = differences_frame(measured)
    job.write_parquet(differences, table)
    job.write_parquet(moved, pd.DataFrame(rows, columns=MOVED).astype({"difference": "float64"}))
    return f"{len(table)} differences and {len(rows)} queries of {len(measured)} claims"


class _Reader:
    """Reads what is shown of the queries that move: texts, judgements, ranks and depths."""

    def __init__(
        self, job: Job, folders: MovedFolders, tables: MovedTables, *, shown: list[Shown]
    ) -> None:
        self.job, self.folders, self.tables = job, folders, tables
        self.query_ids: dict[str, list[str]] = {}  # dataset -> all its queries that are shown
        for claim, queries in shown:
            known = self.query_ids.setdefault(claim.dataset, [])
            known += [query for query in queries["query_id"] if query not in known]
        self.relevant, self.texts = cache(self._relevant), cache(self._texts)
        self.ranks, self.depths = cache(self._ranks), cache(self._depths)

    def row(self, claim: ClaimDifferences, query: Row) -> Row:
        """Return one row of the columns MOVED. query: a row of `movers`."""
        dataset, query_id = claim.dataset, query["query_id"]
        relevant = self.relevant(dataset)
        of_query = relevant[relevant["query_id"] == query_id]
        query_texts, document_texts = self.texts(dataset)
        documents = [
            {"doc_id": doc_id, "grade": int(grade), "text": document_texts.get(doc_id, "")}
            for doc_id, grade in of_query[["doc_id", "relevance"]][:N_DOCUMENTS].to_numpy()
        ]
        return {
            **claim.key,
            **query,
            "text": query_texts.get(query_id, ""),
            "n_relevant": len(of_query),
            "relevant": json.dumps(documents, ensure_ascii=False),
            **self._of_seeds(dataset, claim.system, seeds=claim.seeds, query_id=query_id),
            **self._of_seeds(
                dataset,
                claim.baseline,
                seeds=claim.seeds_baseline,
                query_id=query_id,
                suffix="_baseline",
            ),
        }

    def _of_seeds(
        self, dataset: str, system: str, *, seeds: Seeds, query_id: str, suffix: str = ""
    ) -> dict[str, str]:
        """Return the columns with a value for each seed: seeds, ranks and depths, as JSON."""
        columns = {
            "seeds": seeds,
            "ranks": [self.ranks(dataset, system, seed).get(query_id) for seed in seeds],
            "depths": [self.depths(dataset).get((system, seed, query_id)) for seed in seeds],
        }
        return {name + suffix: json.dumps(values) for name, values in columns.items()}

    def _relevant(self, dataset: str) -> pd.DataFrame:
        """Return the relevant documents of the shown queries, the highest grade first."""
        path = self.folders.data / dataset / "qrels.parquet"
        qrels = self._rows(path, "query_id", self.query_ids[dataset])
        ordered = qrels.sort_values(["relevance", "doc_id"], ascending=[False, True])
        return ordered[ordered["relevance"] > 0]

    def _texts(self, dataset: str) -> tuple[dict[str, str], dict[str, str]]:
        """Return the starts of the texts of the shown queries, and of the shown documents."""
        folder, ids = self.folders.data / dataset, self.query_ids[dataset]
        queries = self._rows(folder / "queries.parquet", "query_id", ids)
        shown = self.relevant(dataset).groupby("query_id", sort=False).head(N_DOCUMENTS)
        wanted = shown["doc_id"].unique().tolist()
        documents = self._rows(folder / "documents.parquet", "doc_id", wanted)
        return (
            _starts(queries, "query_id", length=QUERY_LENGTH),
            _starts(documents, "doc_id", length=DOCUMENT_LENGTH),
        )

    def _ranks(self, dataset: str, system: str, seed: int) -> dict[str, int]:
        """Return query -> rank of its best relevant document in one run, whose folds are joined."""
        ranks: dict[str, int] = {}
        for one_run in (folders_of(self.folders.runs, entry) for entry in self.job.spec["runs"]):
            if one_run.key == {"dataset": dataset, "system": system, "seed": seed}:
                path = one_run.folder / "ranking.parquet"
                refuse_foreign([path], [one_run.entry["stamps"]["rank"]])
                ranking = self._rows(path, "query_id", self.query_ids[dataset])
                ranks |= best_ranks(ranking, self.relevant(dataset))
        return ranks

    def _depths(self, dataset: str) -> dict[tuple[str, int, str], int]:
        """Return system, seed and query -> the depth that was chosen for a shown query."""
        rows = self._rows(self.tables.depths, "query_id", self.query_ids[dataset])
        return query_depths(rows[rows["dataset"] == dataset])

    def _rows(self, path: Path, column: str, values: list[str]) -> pd.DataFrame:
        """Return the rows of a parquet file in which a column has one of the values.

        The other rows are left on the disk: rankings and collections are large.
        """
        self.job.note_read(path)  # which refuses a damaged file
        # pyarrow cannot look for a value of no type
        table = (
            pq.read_table(path, filters=[(column, "in", values)])
            if values
            else pq.read_schema(path).empty_table()
        )
        rows: pd.DataFrame = table.to_pandas()
        return rows


def _starts(table: pd.DataFrame, key: str, *, length: int) -> dict[str, str]:
    """Return id -> the start of its text. key: name of the column of ids."""
    texts = zip(table[key], table["text"], strict=True)
    return {str(name): shortened(text, length) for name, text in texts}


if __name__ == "__main__":
    run(moved)
