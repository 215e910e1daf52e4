"""Which topics turn from a hit into a miss between two systems, and which turn back?

A hit is a score above a threshold that the measure decides: for a measure of rankings 0, so that
some relevant document counts; for any other measure one half, where all scores lie between 0 and 1.
With several seeds, a system has a hit on a topic where more than half of its seeds have one, and a
miss where fewer than half do; a topic on which exactly half of them do cannot turn. Nothing here
decides a verdict. Where both systems have one run with scores of 0 and 1, on topics that are
independent, the turned topics are the discordant pairs of McNemar's test, and the difference of the
shares of hits has Newcombe's interval.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd

from maw.runs.measure_names import is_measure, measure_name
from maw.settings.plan import Analysis, PlannedContrast
from maw.significance.clean import Array
from maw.significance.proportions import paired_proportions
from maw.verdicts.moved import compared_seeds
from maw.verdicts.score_table import Clusters, ScoreTables, cluster_labels

PAIR = ["dataset", "system", "baseline"]
FLIPS = [
    *PAIR, "query_id", "text", "turned", "score", "score_baseline", "difference", "share_of_hits",
    "share_of_hits_baseline",
]  # fmt: skip
HITS = [
    *PAIR, "measure", "hit", "n_queries", "n_hits", "n_hits_baseline", "n_gained", "n_lost",
    "hits_difference", "newcombe_low", "newcombe_high", "p_exact",
]  # fmt: skip
GAINED, LOST = "gained", "lost"
# measures that are above 0 exactly where a relevant document is among the first k
OF_THE_FIRST = re.compile(
    r"(?:nDCG|AP|RR|P|R|F1|Success)(?:\(rel=(?P<grade>\d+)\))?@(?P<cutoff>\d+)"
)


@dataclass(frozen=True, slots=True)
class HitRule:
    """When a score is a hit: above a threshold. meaning: what such a score has, as a phrase."""

    threshold: float
    meaning: str


@dataclass(frozen=True, slots=True, eq=False)
class Flips:
    """The topics that turn, and the hits of both systems.

    turned: a row for each contrast, dataset and topic that turns, with the columns FLIPS; the
    largest differences first. hits: a row for each contrast and dataset, with the columns HITS.
    """

    turned: pd.DataFrame
    hits: pd.DataFrame


def hit_rule(measure: str, scores: Array) -> HitRule | None:
    """Return what a hit is by a measure; None where its scores do not tell.

    scores: all of them. A measure of rankings needs scores from 0 on, any other scores from 0 to 1.
    """
    if scores.min(initial=0.0) < 0:
        return None
    if is_measure(measure):
        match = OF_THE_FIRST.fullmatch(measure_name(measure))
        if match is None:
            return HitRule(0.0, "a score above 0")
        grade = f" of grade {match['grade']} or higher" if match["grade"] else ""
        return HitRule(0.0, f"a relevant document{grade} in the first {match['cutoff']}")
    return HitRule(0.5, "a score above one half") if scores.max(initial=0.0) <= 1 else None


def flips(
    scores: pd.DataFrame, *, plan: Analysis, clusters: Clusters | None, texts: Mapping[str, str]
) -> Flips:
    """Return which topics turn, for each contrast of the plan by the primary measure.

    scores: a row for each dataset, system, seed, query_id and measure, with its value. texts: topic
    -> its text, where it is known. InputErrors as in `compared_seeds`.
    """
    of_primary = scores[scores["measure"] == plan.primary]
    rule = hit_rule(plan.primary, of_primary["value"].to_numpy(np.float64))
    if rule is None:
        return Flips(pd.DataFrame(columns=FLIPS), pd.DataFrame(columns=HITS))
    tables = ScoreTables(of_primary)
    pairs = [
        _Pair(tables, contrast, dataset=dataset, plan=plan, rule=rule)
        for dataset in tables.datasets
        for contrast in plan.contrasts
    ]
    turned = [frame for pair in pairs if len(frame := pair.turned(texts))]
    return Flips(
        pd.concat(turned, ignore_index=True) if turned else pd.DataFrame(columns=FLIPS),
        pd.DataFrame([pair.hits(clusters) for pair in pairs], columns=HITS),
    )


class _Pair:
    """The hits of a contrast's systems on one dataset."""

    def __init__(
        self,
        tables: ScoreTables,
        contrast: PlannedContrast,
        *,
        dataset: str,
        plan: Analysis,
        rule: HitRule,
    ) -> None:
        self.pair = compared_seeds(tables, contrast, dataset=dataset, measure=plan.primary)
        self.names = dict(zip(PAIR, (dataset, contrast.system, contrast.baseline), strict=True))
        self.measure, self.rule = plan.primary, rule
        self.queries = self.pair.a.table.queries
        sides = (self.pair.a.table.values, self.pair.b.table.values)
        self.scores = [values.mean(axis=1) for values in sides]  # [Q] each
        self.shares = [(values > rule.threshold).mean(axis=1) for values in sides]  # [Q] each

    def turned(self, texts: Mapping[str, str]) -> pd.DataFrame:
        """Return the rows of FLIPS, the largest differences first."""
        a, b = self.shares
        frame = pd.DataFrame(
            {
                **self.names,
                "query_id": pd.Series(self.queries, dtype="str"),
                "text": pd.Series([texts.get(query, "") for query in self.queries], dtype="str"),
                "turned": np.where(a > b, GAINED, LOST),
                "score": self.scores[0],
                "score_baseline": self.scores[1],
                "difference": self.scores[0] - self.scores[1],
                "share_of_hits": a,
                "share_of_hits_baseline": b,
            },
            columns=FLIPS,
        )
        frame = frame[(a - 0.5) * (b - 0.5) < 0]  # one of them has a hit, and the other a miss
        order = np.lexsort((frame["query_id"], -frame["difference"].abs()))
        return frame.iloc[order]

    def hits(self, clusters: Clusters | None) -> dict[str, object]:
        """Return the row of HITS; without single runs of hits and misses, nan for a test."""
        a, b = self.shares
        row = {
            **self.names,
            "measure": self.measure,
            "hit": self.rule.meaning,
            "n_queries": len(a),
            "n_hits": int(np.sum(a > 0.5)),
            "n_hits_baseline": int(np.sum(b > 0.5)),
            "n_gained": int(np.sum((a > 0.5) & (b < 0.5))),
            "n_lost": int(np.sum((a < 0.5) & (b > 0.5))),
        }
        tests = ("hits_difference", "newcombe_low", "newcombe_high", "p_exact")
        dataset = self.names["dataset"]
        labels = cluster_labels(clusters, dataset=dataset, queries=self.queries)
        is_single = max(self.pair.a.n_seeds, self.pair.b.n_seeds) == 1
        if labels or not is_single or not all(np.isin(side, (0, 1)).all() for side in self.scores):
            return {**row, **dict.fromkeys(tests, nan)}
        found = paired_proportions(*self.scores)
        low, high = found.confidence_interval()
        return {**row, **dict(zip(tests, (found.difference, low, high, found.pvalue), strict=True))}
