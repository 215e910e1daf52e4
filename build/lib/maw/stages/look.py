"""The stage `look`: what three test queries are attended to under each depth of each router.

It is a view of single decisions, for the report's reader: no verdict depends on it. Of each routed
system it opens the model of the first reported seed, and of a dataset in folds that of the first
fold alone. The queries are chosen by a hash of their ids, never by their results, among those that
have a relevant document.

- A bi-encoder's router chooses for the query. The rank of its best relevant document under each
  depth is that of the stage `rank`, which has forced each depth on the query.
- A cross-encoder's router chooses for a pair: the query with its document of the highest grade, of
  several the one that BM25 ranks first. The rank is that among all pairs of the query, with the
  same depth for all of them.
- An attention from outside the package may have no function `maps`. Then the file says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import torch

from maw.errors import InputError
from maw.jobs import device
from maw.jobs.job import Job, Output, run
from maw.measures.ordering import ranking_of_table
from maw.models.encoders.backbone_files import folder_of, open_tokeniser, tokenise
from maw.models.encoders.embedding import embed
from maw.models.encoders.pairs import tokenise_pairs
from maw.models.encoders.ragged import Ragged
from maw.models.encoders.sentence_folder import reading_of
from maw.ranking.inputs import BY_DEPTH
from maw.ranking.inspection import Token, tokens_of, under_every_depth
from maw.settings import registry
from maw.settings.sections import Backbone
from maw.stages.shared.looked_datasets import LookedDatasets
from maw.stages.shared.run_folders import RunFolders, folders_of, refuse_foreign

if TYPE_CHECKING:
    from maw.models.encoders.routed_layers import RoutedLayers
    from maw.models.encoders.trunk import Trunk

COLUMNS = {  # of attention.parquet -> type
    "dataset": "string", "system": "string", "seed": "int64", "query_id": "string",
    "doc_id": "string", "text": "string", "depth": "int64", "chosen": "bool",
    "probability": "float64", "position": "int64", "token": "string", "special": "bool",
    "weight": "float64", "best_relevant_rank": "float64", "n_ranked": "float64", "note": "string",
}  # fmt: skip
NO_MAPS = "The attention of this system is not the package's own and gives no attention matrices."

Row = dict[str, Any]


@dataclass(frozen=True)
class LookFolders:
    """Folders of the results. runs: all reported runs. data: all prepared datasets."""

    runs: Path
    data: Path


@dataclass(frozen=True, eq=False)
class _Shown:
    """What a router decided on: a query, or a pair of a query and a document.

    row: that in the trunk. tokens: as the tokeniser writes them. ranks: depth -> rank of the best
    relevant document, nan where it is not among the n_ranked documents that were ranked.
    """

    query_id: str
    doc_id: str | None
    text: str
    row: int
    tokens: list[Token]
    chosen: int
    ranks: Mapping[int, float]
    n_ranked: float


def look(job: Job, *, folders: LookFolders, attention: Output) -> str:
    """Write a row for each shown query, depth and token of each routed system.

    Columns: `COLUMNS`. chosen: True for the depth with which the text was ranked; no depth is where
    the router mixes all. probability: that of the depth under the router, or its weight. weight:
    the share of the attention that the token gets as a key in the first trained layer, a mean over
    heads and over all tokens that attend; over the tokens the shares sum to 1. text: that of the
    query. doc_id: the document of a cross-encoder's pair, missing for a query alone.
    best_relevant_rank: 1 for the best; nan where no relevant document is among the n_ranked best,
    or nothing was ranked under single depths (n_ranked is nan). note: empty, or why there is no
    attention; then depth and position are -1.
    InputError for a file that other code or another specification made.
    """
    device.prepare(0, "cpu")  # a few texts: not worth waiting for a GPU
    datasets = LookedDatasets(job, folders.data)
    rows: list[Row] = []
    for entry in job.spec["systems"]:
        one_run = folders_of(folders.runs, entry["run"])
        rows += _System(job, entry, one_run, datasets).rows()
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
    job.write_parquet(attention, table)
    return f"{len(job.spec['systems'])} routed systems, {table['query_id'].nunique()} queries"


class _System:
    """The rows of one routed system with one seed."""

    def __init__(
        self, job: Job, entry: dict[str, Any], one_run: RunFolders, datasets: LookedDatasets
    ) -> None:
        self.job, self.entry, self.run, self.datasets = job, entry, one_run, datasets
        self.dataset: str = entry["run"]["dataset"]
        self.relevant = datasets.relevant(self.dataset, entry["relevant_from"])
        stamps = entry["run"]["stamps"]
        self._refuse_foreign([self._path("depths.parquet")], stamps["rank"])
        self.choices = job.read_parquet(self._path("depths.parquet"))
        self.backbone = Backbone.model_validate(entry["backbone"])
        self.folder = folder_of(self.backbone.name)

    def rows(self) -> list[Row]:
        """Return the rows of all shown queries; one row alone where there is no attention."""
        config: Any = registry.parse("systems", self.entry["system"])
        pairwise = self.entry["pairwise"]
        trunk = self.datasets.trunk(
            self.dataset, "pairs.safetensors" if pairwise else "trunk.safetensors"
        )
        model = self._model(config, trunk)
        if not hasattr(model.first, "maps"):
            return [self._without_attention(NO_MAPS)]
        if pairwise:
            texts = trunk.texts("pair")
            shown = self._pairs(model, texts)
        else:
            texts = trunk.level(getattr(config, "trained_layers", None)).texts("query")
            shown = self._queries()
        return [row for one in shown for row in self._rows(model, texts, one)]

    def _model(self, config: Any, trunk: "Trunk") -> "RoutedLayers":
        state = None
        if self.entry["trained"]:
            path = self.run.model_folder / "model.safetensors"
            self._refuse_foreign([path], self.entry["run"]["stamps"]["run"])
            state = self.job.read_tensors(path)
        seed = self.entry["run"]["seed"]
        module: Any = registry.module_of(config)
        model: RoutedLayers = module.encoder(config, trunk=trunk, state=state, seed=seed)
        return model

    def _queries(self) -> Iterator[_Shown]:
        """Yield the shown queries of a bi-encoder."""
        path = self._path("rankings_by_depth.parquet")
        self._refuse_foreign([path], self.entry["run"]["stamps"]["rank"])
        rankings = self.job.read_parquet(path, BY_DEPTH)
        queries = self.datasets.queries(self.dataset)
        queries = queries[queries["query_id"].isin(self.relevant["query_id"])]
        chosen = self.choices[self.choices["side"] == "query"].set_index("query_id")["depth"]
        reading = reading_of(self.folder, self.backbone)
        prompt, limit = reading.prompts["query"], reading.limits["query"]
        for query in queries.head(self.entry["n_queries"]).itertuples():
            (ids,) = tokenise([prompt + query.text], folder=self.folder, max_tokens=limit)
            of_query = rankings[rankings["query_id"] == query.query_id]
            ranks, n_ranked = self._ranks(query.query_id, of_query)
            yield _Shown(
                query_id=query.query_id, doc_id=None, text=query.text, row=query.row,
                tokens=tokens_of(ids, tokenizer=open_tokeniser(self.folder)),
                chosen=int(chosen[query.query_id]), ranks=ranks, n_ranked=n_ranked,
            )  # fmt: skip

    def _pairs(self, model: "RoutedLayers", texts: Ragged) -> Iterator[_Shown]:
        """Yield the shown pairs of a cross-encoder: each of a query and its best document."""
        pairs = self.datasets.pairs(self.dataset)
        graded = pairs.merge(self.relevant, on=["query_id", "doc_id"])
        best = graded.sort_values("relevance", ascending=False, kind="stable")
        best = best.drop_duplicates("query_id").set_index("query_id")
        queries = self.datasets.queries(self.dataset)
        queries = queries[queries["query_id"].isin(best.index)]
        chosen = self.choices.set_index(["query_id", "doc_id"])["depth"]
        for query in queries.head(self.entry["n_queries"]).itertuples():
            doc_id, row = (
                str(best.at[query.query_id, "doc_id"]),
                int(best.at[query.query_id, "row"]),
            )
            document = self.datasets.text(self.dataset, doc_id)
            ids, _ = tokenise_pairs(
                [query.text], [document], folder=self.folder, backbone=self.backbone
            )
            ranking = _forced(model, texts, pairs[pairs["query_id"] == query.query_id])
            ranks, n_ranked = self._ranks(query.query_id, ranking)
            yield _Shown(
                query_id=query.query_id, doc_id=doc_id, text=query.text, row=row,
                tokens=tokens_of(ids[0], tokenizer=open_tokeniser(self.folder)),
                chosen=int(chosen[query.query_id, doc_id]), ranks=ranks, n_ranked=n_ranked,
            )  # fmt: skip

    def _ranks(self, query_id: str, ranking: pd.DataFrame) -> tuple[dict[int, float], float]:
        """Return depth -> rank of a query's best relevant document, and how many were ranked.

        ranking: depth, doc_id, best first within a depth. ({}, nan) where nothing was ranked.
        """
        if ranking.empty:
            return {}, float("nan")
        ranked = ranking.assign(rank=ranking.groupby("depth").cumcount() + 1)
        relevant = self.relevant.loc[self.relevant["query_id"] == query_id, "doc_id"]
        best = ranked[ranked["doc_id"].isin(relevant)].groupby("depth")["rank"].min()
        return {int(d): float(r) for d, r in best.items()}, float(ranked["rank"].max())

    def _rows(self, model: "RoutedLayers", texts: Ragged, shown: _Shown) -> Iterator[Row]:
        """Yield a row for each depth and token of a query or pair."""
        every = under_every_depth(model, texts, shown.row)
        received, policy = every.received, every.policy
        if received.shape[1] != len(shown.tokens):
            raise InputError(
                f"{self.datasets.data / self.dataset}: query {shown.query_id!r} has "
                f"{received.shape[1]} tokens in the trunk and {len(shown.tokens)} by the tokeniser "
                f"of {self.backbone.name!r}; put the backbone's files back, or run snakemake again"
            )
        for depth in range(len(received)):
            for position, token in enumerate(shown.tokens):
                yield {
                    **self._key(),
                    "query_id": shown.query_id, "doc_id": shown.doc_id, "text": shown.text,
                    "depth": depth, "chosen": depth == shown.chosen and not model.mixes,
                    "probability": float(policy[depth]), "position": position,
                    "token": token.text, "special": token.special,
                    "weight": float(received[depth, position]),
                    "best_relevant_rank": shown.ranks.get(depth, float("nan")),
                    "n_ranked": shown.n_ranked, "note": "",
                }  # fmt: skip

    def _without_attention(self, note: str) -> Row:
        """Return the one row of a system of which no attention can be shown."""
        empty = dict.fromkeys(("query_id", "doc_id", "text", "token"))
        return {
            **self._key(), **empty, "depth": -1, "chosen": False, "position": -1, "special": False,
            "note": note,
        }  # fmt: skip

    def _key(self) -> Row:
        return {key: self.entry["run"][key] for key in ("dataset", "system", "seed")}

    def _path(self, name: str) -> Path:
        return self.run.folder / name

    @staticmethod
    def _refuse_foreign(paths: list[Path], digest: str) -> None:
        refuse_foreign(paths, [digest] * len(paths))


def _forced(model: "RoutedLayers", texts: Ragged, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return depth, doc_id of one query's pairs, best first, with one depth for all of them.

    pairs: query_id, doc_id, row. The rows are those of depth 0 first.
    """
    rows = torch.from_numpy(pairs["row"].to_numpy(copy=True))
    frames = []
    for depth in range(model.n_depths):
        scores, _, _ = embed(model, texts, rows, torch.full((len(rows),), depth))
        ranking = ranking_of_table(
            scores[None].numpy(),
            query_ids=pairs["query_id"].unique().tolist(),
            doc_ids=pairs["doc_id"].tolist(),
            depth=len(pairs),
        )
        frames.append(ranking.assign(depth=depth))
    return pd.concat(frames, ignore_index=True)


if __name__ == "__main__":
    run(look)
