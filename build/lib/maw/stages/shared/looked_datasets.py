"""The texts of the datasets that the stage `look` shows single decisions on."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import pandas as pd

from maw.datasets.development import relevant_pairs
from maw.datasets.rows_of_ids import rows_of
from maw.jobs.job import Job
from maw.models.encoders.trunk import Trunk
from maw.stages.shared.ranked_queries import ranked_queries


class LookedDatasets:
    """Reads the files of prepared datasets; the large ones of the last dataset are kept.

    data: the folder of all prepared datasets, each in a folder of its name.
    """

    def __init__(self, job: Job, data: Path) -> None:
        self.job, self.data = job, data
        self.trunk = lru_cache(maxsize=1)(self._trunk)
        self.relevant = lru_cache(maxsize=1)(self._relevant)

    def queries(self, dataset: str) -> pd.DataFrame:
        """Return query_id, text and row (in the trunk) of the test queries, by a hash of their ids.

        InputError where no query is in the test split.
        """
        folder = self.data / dataset
        tests = ranked_queries(self.job, folder / "queries.parquet", folder / "split.parquet")
        return tests.sort_values("query_id", key=lambda ids: ids.map(_hash))

    def documents(self, dataset: str) -> pd.Series:
        """Return the ids of all documents."""
        path = self.data / dataset / "documents.parquet"
        return self.job.read_parquet(path, ("doc_id",), only=True)["doc_id"]

    def text(self, dataset: str, doc_id: str) -> str:
        """Return the text of one document of the dataset."""
        row = rows_of(self.documents(dataset), pd.Series([doc_id]))
        path = self.data / dataset / "documents.parquet"
        return str(self.job.read_rows(path, "text", row)[0])

    def pairs(self, dataset: str) -> pd.DataFrame:
        """Return query_id, doc_id and row (in the trunk) of the test pairs, in BM25's order."""
        path = self.data / dataset / "pairs.parquet"
        table = self.job.read_parquet(path, ("query_id", "doc_id", "split"))
        table["row"] = range(len(table))
        return table[table["split"] == "test"]

    def _trunk(self, dataset: str, name: str) -> Trunk:
        """Return the outputs of the frozen layers in the file `name` of a dataset."""
        return Trunk.from_tensors(self.job.read_tensors(self.data / dataset / name))

    def _relevant(self, dataset: str, least_grade: int) -> pd.DataFrame:
        """Return the judgements of at least this grade whose document is in the collection."""
        path = self.data / dataset / "qrels.parquet"
        judged = self.job.read_parquet(path, ("query_id", "doc_id", "relevance"))
        pairs = relevant_pairs(judged, self.documents(dataset))
        return pairs[pairs["relevance"] >= least_grade]


def _hash(query_id: str) -> str:
    return sha256(f"look {query_id}".encode()).hexdigest()
