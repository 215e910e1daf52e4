"""What came out of comparing systems: verdicts first, every number behind them, and all warnings.

Nothing here reads or writes a file; a table, a chart or a page is made when it is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pandas as pd

from maw.across import across
from maw.analysis import decide
from maw.analysis import leaderboard as make_leaderboard
from maw.errors import InputError, nearest
from maw.per_seed import per_seed
from maw.plan import Analysis, Contrast
from maw.planning import components, outlook
from maw.runs.content import Input
from maw.runs.evidence import Evidence
from maw.runs.notices import Notice, counted, examples
from maw.score_table import Clusters

if TYPE_CHECKING:
    import altair as alt


@dataclass(frozen=True, slots=True)
class SystemVerdict:
    """One planned contrast by the primary measure. Empty cells are nan.

    difference, ci_low, ci_high, detectable: in the measure's unit, the interval 95 % and
    unadjusted. p: adjusted within its family, the one that decides.
    """

    dataset: str
    system: str
    baseline: str
    measure: str
    role: str
    estimand: str
    mean: float
    mean_baseline: float
    difference: float
    ci_low: float
    ci_high: float
    p: float
    detectable: float
    verdict: str
    note: str

    def __str__(self) -> str:
        return (
            f"{self.system} against {self.baseline} on {self.dataset}: {self.verdict} "
            f"({self.measure} {self.difference:+.4f}, 95 % interval {self.ci_low:+.4f} to "
            f"{self.ci_high:+.4f})"
        )


@dataclass(frozen=True, eq=False)
class Comparison:
    """Systems compared on the same topics.

    comparisons: columns of `maw.analysis.COLUMNS`, a row per contrast × dataset × measure.
    claims: columns of `maw.families.CLAIMS`, a row per claim of the plan × dataset.
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
    _refuse_lonely(scores)
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
        warnings=(*evidence.notices, *_about_plan(plan, trained=trained)),
        inputs=evidence.inputs,
    )


def default_plan(
    systems: Sequence[str],
    *,
    baseline: str,
    primary: str,
    alpha: float | None = None,
    sesoi: float | None = None,
) -> Analysis:
    """Every other system against the baseline, confirmatory. InputError names what is wrong."""
    if baseline not in systems:
        raise InputError(f"baseline: unknown system {baseline!r}{nearest(baseline, systems)}")
    others = [name for name in sorted(systems) if name != baseline]
    content: dict[str, Any] = {
        "primary": primary,
        "sesoi": sesoi,
        "contrasts": [Contrast(system=name, baseline=baseline) for name in others],
    }
    if alpha is not None:
        content["alpha"] = alpha
    return Analysis.checked(content, source="options")


def _refuse_lonely(scores: pd.DataFrame) -> None:
    """InputError where there is nothing to compare, or nothing to compare it on."""
    systems = scores["system"].unique()
    if len(systems) < 2:
        raise InputError(
            f"only one system ({systems[0]!r}): nothing to compare it with; give a second run"
        )
    for dataset, topics in scores.groupby("dataset")["query_id"].unique().items():
        if len(topics) < 2:
            raise InputError(f"{dataset}: only one topic ({topics[0]!r}); a test needs at least 2")


def _about_plan(plan: Analysis, *, trained: Mapping[str, bool]) -> list[Notice]:
    """What the plan, or the lack of one, leaves open."""
    found = []
    compared = {name for pair in plan.contrasts for name in (pair.system, pair.baseline)}
    if fixed := [name for name in trained if name in compared and not trained[name]]:
        told = (
            f"{counted(len(fixed), 'system')} with a single run, taken as fixed "
            f"({examples(fixed)}): nothing is known about training them again; a plan can declare "
            "`trained:`"
        )
        found.append(Notice("single-runs", "plan", len(fixed), told))
    if plan.sesoi is None:
        told = "no smallest effect size of interest: nothing can be called equivalent (--sesoi)"
        found.append(Notice("no-sesoi", "plan", 1, told))
    if left := sorted(set(trained) - compared):
        told = f"{counted(len(left), 'system')} in no contrast of the plan ({examples(left)})"
        found.append(Notice("not-planned", "plan", len(left), told))
    return found
