"""What came out of comparing systems: verdicts first, every number behind them, and all warnings.

Nothing here reads or writes a file; a table, a chart or a page is made when it is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

import pandas as pd

from maw.runs.content import Input
from maw.runs.evidence import Evidence
from maw.runs.notices import Notice
from maw.settings.plan import Analysis
from maw.verdicts.across_datasets import across
from maw.verdicts.conclude import notices_of_plan, refuse_lonely
from maw.verdicts.decide import decide
from maw.verdicts.decide import leaderboard as make_leaderboard
from maw.verdicts.per_seed import per_seed
from maw.verdicts.prospects import components, outlook
from maw.verdicts.score_table import Clusters
from maw.verdicts.system_verdict import SystemVerdict

if TYPE_CHECKING:
    import altair as alt


@dataclass(frozen=True, eq=False)
class Comparison:
    """Systems compared on the same topics.

    comparisons: columns of `maw.verdicts.decide.COLUMNS`, a row per contrast × dataset × measure.
    claims: columns of `maw.verdicts.families.CLAIMS`, a row per claim of the plan × dataset.
    leaderboard: a row per system × measure. scores: a row per system × seed × topic × measure.
    """

    comparisons: pd.DataFrame
    claims: pd.DataFrame
    leaderboard: pd.DataFrame
    scores: pd.DataFrame
    plan: Analysis
    measures: tuple[str, ...]
    trained: Mapping[str, bool]
    clusters: Clusters | None
    warnings: tuple[Notice, ...]
    inputs: tuple[Input, ...]

    @cached_property
    def verdicts(self) -> tuple[SystemVerdict, ...]:
        """One for each planned contrast, the claims first, the largest difference first."""
        rows = self.comparisons[self.comparisons["measure"] == self.plan.primary]
        rows = rows.sort_values(["dataset", "role", "difference"], ascending=[True, True, False])
        given = {"p": "p_holm", "detectable": "mde"}
        names = SystemVerdict.__dataclass_fields__
        return tuple(
            SystemVerdict(**{name: row[given.get(name, name)] for name in names})
            for row in rows.to_dict("records")
        )

    @cached_property
    def further(self) -> dict[str, pd.DataFrame]:
        """By the primary measure: components, prospects, datasets, seeds; a frame each."""
        scores, plan, clusters = self.scores, self.plan, self.clusters
        bought = outlook(
            scores, self.comparisons, plan=plan, trained=self.trained, clusters=clusters
        )
        return {
            "components": components(scores, measure=plan.primary, clusters=clusters),
            "prospects": bought,
            "datasets": across(self.comparisons, plan=plan),
            "seeds": per_seed(scores, plan=plan, clusters=clusters),
        }

    @property
    def scores_digest(self) -> str:
        """SHA-256 of all scores: the same scores, the same 64 hexadecimal digits."""
        return sha256(self.scores.to_csv(index=False).encode()).hexdigest()

    def to_frame(self) -> pd.DataFrame:
        """A copy of every row and number: all measures, all tests."""
        return self.comparisons.copy()

    def plot(self) -> "alt.Chart":
        """The differences by the primary measure with their intervals and the SESOI band."""
        from maw.reporting.figures import forest

        frames = {"comparisons": self.comparisons, "leaderboard": self.leaderboard}
        chart: alt.Chart = forest(frames, primary=self.plan.primary, sesoi=self.plan.sesoi)
        return chart

    def to_html(self) -> str:
        """The whole report: one page that needs no other file and no network."""
        from maw.reporting.comparison_page import build

        return build(self)

    def to_latex(self) -> str:
        """The verdicts as a booktabs table."""
        from maw.reporting.tables import latex, verdicts

        return latex(verdicts(self.comparisons, primary=self.plan.primary)).decode()

    def _repr_html_(self) -> str:
        from maw.reporting.comparison_page import fragment

        return fragment(self)

    def __repr__(self) -> str:
        told = "\n".join(f"  {verdict}" for verdict in self.verdicts)
        return f"Comparison by {self.plan.primary}:\n{told}"


def conclude(evidence: Evidence, *, plan: Analysis, clusters: Clusters | None = None) -> Comparison:
    """Judge scores by a plan. InputError: a name that the plan or the scores do not know."""
    scores = evidence.scores
    refuse_lonely(scores)
    n_seeds = scores.groupby("system")["seed"].nunique()
    declared = plan.trained
    trained = {str(name): bool(n > 1 or name in declared) for name, n in n_seeds.items()}
    measures = evidence.measures
    found = decide(scores, plan=plan, trained=trained, clusters=clusters, measures=measures)
    return Comparison(
        comparisons=found.rows,
        claims=found.claims,
        leaderboard=make_leaderboard(scores, clusters=clusters, measures=measures),
        scores=scores,
        plan=plan,
        measures=measures,
        trained=trained,
        clusters=clusters,
        warnings=(*evidence.notices, *notices_of_plan(plan, trained=trained)),
        inputs=evidence.inputs,
    )
