"""Which queries move: each claim's differences query by query, and the best and the worst of them.

A difference d̄_q is the mean score of query q over the seeds of the system, minus that over the
seeds of the claim's deciding control. The mean of all d̄_q is the estimate of the claim. Nothing
here is tested: the queries are looked at after the verdict.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from maw.measures.ordering import order_run
from maw.settings.plan import Analysis, PlannedContrast
from maw.significance import query_differences
from maw.verdicts.score_table import (
    Clusters,
    ScoredSystem,
    ScoreTables,
    cluster_labels,
    same_queries,
)
from maw.verdicts.seed_forms import PairedSystems, pair_seeds

KEY = ["dataset", "system", "claim", "baseline"]
DIFFERENCES = [
    *KEY, "query_id", "cluster", "score", "score_baseline", "difference", "n_seeds",
    "n_seeds_baseline",
]  # fmt: skip
MOVED = [
    *KEY, "side", "place", "query_id", "text", "score", "score_baseline", "difference",
    "n_relevant", "relevant", "seeds", "seeds_baseline", "ranks", "ranks_baseline", "depths",
    "depths_baseline",
]  # fmt: skip
BEST, WORST = "best", "worst"
LARGE = 0.1  # a difference beyond which a query counts as gaining or losing much
N_SHOWN = 10  # queries on each side
MARK = "…"  # where a text was cut


@dataclass(frozen=True, slots=True, eq=False)
class ClaimDifferences:
    """The differences of a claim on a dataset.

    baseline: the deciding control. seeds, seeds_baseline: the seeds over which scores are averaged.
    table: a row for each test query with query_id, cluster, score, score_baseline and difference,
    the largest difference first.
    """

    dataset: str
    system: str
    claim: str
    baseline: str
    seeds: tuple[int, ...]
    seeds_baseline: tuple[int, ...]
    table: pd.DataFrame

    @property
    def key(self) -> dict[str, str]:
        """Dataset, system, claim and deciding control, as columns of a table."""
        return dict(zip(KEY, (self.dataset, self.system, self.claim, self.baseline), strict=True))


def claim_differences(
    scores: pd.DataFrame, claims: pd.DataFrame, *, plan: Analysis, clusters: Clusters | None
) -> list[ClaimDifferences]:
    """Return the differences of each claim on each dataset, in the order of `claims`.

    scores: a row for each dataset, system, seed, query_id and measure, with its value. claims:
    columns `maw.verdicts.claims.CLAIMS`. Where no control decided a claim, the control over which
    the lead is smallest stands in its place. InputErrors as in `ScoreTables.get`.
    """
    tables = ScoreTables(scores[scores["measure"] == plan.primary])
    contrasts = {(pair.system, pair.baseline): pair for pair in plan.contrasts}
    found = []
    for row in claims.to_dict("records"):
        dataset, system, claim = str(row["dataset"]), str(row["system"]), str(row["claim"])
        controls = [row["decided_by"]] if row["decided_by"] else plan.controls_of[system, claim]
        of_controls = [
            _differences(
                tables,
                contrasts[system, control],
                dataset=dataset,
                claim=claim,
                primary=plan.primary,
                clusters=clusters,
            )
            for control in controls
        ]
        found.append(min(of_controls, key=lambda one: float(one.table["difference"].mean())))
    return found


def differences_frame(measured: Sequence[ClaimDifferences]) -> pd.DataFrame:
    """Return the differences of all claims in one table with the columns DIFFERENCES."""
    frames = [
        one.table.assign(
            **one.key, n_seeds=len(one.seeds), n_seeds_baseline=len(one.seeds_baseline)
        )
        for one in measured
    ]
    if not frames:
        return pd.DataFrame(columns=DIFFERENCES).astype({"difference": "float64"})
    return pd.concat(frames, ignore_index=True)[DIFFERENCES]


@dataclass(frozen=True, slots=True)
class Moves:
    """How many queries of a claim move, and how many move by more than LARGE.

    n: all queries. up, tied, down: those that rank better with the system, equally well, and worse.
    gain, lose: those that gain and that lose more than LARGE.
    """

    n: int
    up: int
    tied: int
    down: int
    gain: int
    lose: int


def moves(differences: pd.Series) -> Moves:
    """Return how many of the differences are above 0, at 0, below 0, and beyond ±LARGE."""
    d = differences
    conditions = (d > 0, d == 0, d < 0, d > LARGE, d < -LARGE)
    return Moves(len(d), *(int(condition.sum()) for condition in conditions))


def movers(table: pd.DataFrame, n: int = N_SHOWN) -> pd.DataFrame:
    """Return the n queries that gain most and the n that lose most, with their side and place.

    table: as in `ClaimDifferences`. side: `best` or `worst`. place: from 1, for the largest gain or
    the largest loss. A query whose score does not move is on neither side, so that a side may have
    fewer than n rows. Of equal differences, the query with the smaller id comes first.
    """
    sides = []
    for side, gains in ((BEST, table["difference"]), (WORST, -table["difference"])):
        moved = table[gains > 0].assign(gain=gains[gains > 0])
        ordered = moved.sort_values(["gain", "query_id"], ascending=[False, True])[:n]
        places = np.arange(1, len(ordered) + 1)
        sides.append(ordered.drop(columns="gain").assign(side=side, place=places))
    return pd.concat(sides, ignore_index=True)


def best_documents(relevant: pd.DataFrame) -> pd.DataFrame:
    """Return each query's judgements with its highest grade.

    relevant: query_id, doc_id and relevance, all above 0.
    """
    highest = relevant.groupby("query_id")["relevance"].transform("max")
    return relevant[relevant["relevance"] == highest]


def best_ranks(ranking: pd.DataFrame, relevant: pd.DataFrame) -> dict[str, int]:
    """Return query -> the rank, from 1, of its best relevant document in the ranking of a run.

    That is the document with the highest grade, and of several the one that is ranked first. A
    query is left out where the run returns none of them. ranking: query_id, doc_id, score; ties are
    ordered as the measures order them. relevant: as in `best_documents`.
    """
    wanted = best_documents(relevant)[["query_id", "doc_id"]]
    ranks = order_run(ranking).merge(wanted, on=["query_id", "doc_id"])
    first = ranks.groupby("query_id")["rank"].min()
    return {str(query): int(rank) for query, rank in first.items()}


def query_depths(depths: pd.DataFrame) -> dict[tuple[str, int, str], int]:
    """Return system, seed and query -> the depth that the router chose for the query.

    depths: the rows of one dataset with system, seed, query_id, side and depth. A cross-encoder
    routes pairs of a query and a document: its depth is the one that most pairs of the query got,
    and of several the smallest. Queries that no router reads have none.
    """
    routed = depths[depths["side"].isin(["query", "pair"])]
    counts = routed.groupby(["system", "seed", "query_id", "depth"]).size().rename("n")
    ordered = counts.reset_index().sort_values(["n", "depth"], ascending=[False, True])
    first = ordered.drop_duplicates(["system", "seed", "query_id"])
    return {
        (str(system), int(seed), str(query)): int(depth)
        for system, seed, query, depth in first[["system", "seed", "query_id", "depth"]].itertuples(
            index=False
        )
    }


def shortened(text: str, length: int) -> str:
    """Return the start of a text on one line, cut behind a word, with `…` in place of the rest.

    length: the most characters that are kept, `…` among them. A first word that is longer is cut
    itself. Characters that are not printed, such as those that turn the direction of a line, are
    left out.
    """
    # the start is enough: a document may have megabytes
    start = (character for character in text[: 20 * length] if _is_shown(character))
    line = " ".join("".join(start).split())
    if len(line) <= length:
        return line
    cut = textwrap.shorten(line, length, placeholder=f" {MARK}", break_on_hyphens=False)
    return f"{line[: length - 1]}{MARK}" if cut.strip() == MARK else cut


def _is_shown(character: str) -> bool:
    return character.isprintable() or character.isspace()


def compared_seeds(
    tables: ScoreTables, contrast: PlannedContrast, *, dataset: str, measure: str
) -> PairedSystems:
    """Return the scores of a contrast's two systems, with the seeds that are compared.

    InputErrors as in `ScoreTables.get` and `same_queries`.
    """
    names = (contrast.system, contrast.baseline)
    # whether they are trained matters for tests alone
    system, baseline = (
        ScoredSystem(name, trained=False, table=tables.get(dataset, system=name, measure=measure))
        for name in names
    )
    same_queries(system.table, baseline.table, names=names, dataset=dataset)
    # with `auto`, either form of the seeds compares all of them, and has the same means
    form = "independent" if contrast.seeds == "auto" else contrast.seeds
    return pair_seeds(contrast.model_copy(update={"seeds": form}), system, baseline, labels=None)


def _differences(
    tables: ScoreTables,
    contrast: PlannedContrast,
    *,
    dataset: str,
    claim: str,
    primary: str,
    clusters: Clusters | None,
) -> ClaimDifferences:
    """Return the differences of one contrast on one dataset, by the seeds that are compared."""
    names = (contrast.system, contrast.baseline)
    pair = compared_seeds(tables, contrast, dataset=dataset, measure=primary)
    a, b = pair.a.table, pair.b.table
    table = pd.DataFrame(
        {
            "query_id": pd.Series(a.queries, dtype="str"),
            "cluster": pd.Series(
                cluster_labels(clusters, dataset=dataset, queries=a.queries) or a.queries,
                dtype="str",
            ),
            "score": a.values.mean(axis=1),
            "score_baseline": b.values.mean(axis=1),
            "difference": query_differences(a.values, b.values),
        }
    ).sort_values(["difference", "query_id"], ascending=[False, True], ignore_index=True)
    return ClaimDifferences(dataset, names[0], claim, names[1], a.seeds, b.seeds, table)
