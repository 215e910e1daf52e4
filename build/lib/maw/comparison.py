"""The result of a comparison of systems: verdicts, all numbers behind them, and all warnings.

This module reads and writes no file. Tables, charts and pages are made when a method is called.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pandas as pd

from maw.reporting.frames import ComparisonFrames, VerdictFrames
from maw.runs.content import Input
from maw.runs.evidence import Evidence
from maw.runs.notices import Notice
from maw.settings.plan import Analysis
from maw.verdicts.across_datasets import across
from maw.verdicts.conclude import plan_notices, require_comparable
from maw.verdicts.decide import decide
from maw.verdicts.flips import Flips, flips
from maw.verdicts.leaderboard import leaderboard as make_leaderboard
from maw.verdicts.moved import claim_differences, differences_frame
from maw.verdicts.per_seed import per_seed
from maw.verdicts.prospects import components, outlook
from maw.verdicts.score_table import Clusters
from maw.verdicts.system_verdict import (
    ContrastResult,
    SystemVerdict,
    contrast_result,
    verdict_of,
)
from maw.verdicts.tiers import tiers

if TYPE_CHECKING:
    import altair as alt

    from maw.reporting.answer import Answer


@dataclass(frozen=True, eq=False)
class Comparison:
    """The result of `maw.compare`: verdicts on systems that were compared on the same topics.

    comparisons: a row for each contrast (system and baseline), dataset and measure, columns
    `maw.verdicts.decide.COLUMNS`. claims: a row for each claim and dataset, columns
    `maw.verdicts.claims.CLAIMS`. leaderboard: a row for each dataset, system and measure, with
    the system's mean. scores: a row for each dataset, system, seed, topic and measure. plan: the
    analysis plan. trained: system -> True where its scores depend on a training seed. clusters:
    dataset -> topic -> cluster; None: topics are independent. warnings: facts that a reader must
    know before he believes a verdict. inputs: names and hashes of the files that were read. texts:
    topic -> its text, where it is known. is_planned: True where a user's plan names the contrasts,
    so that no other pairs of systems are tested.
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
    texts: Mapping[str, str] = field(default_factory=dict)
    is_planned: bool = True

    @cached_property
    def verdicts(self) -> tuple[SystemVerdict, ...]:
        """The verdict on each claim, dataset by dataset.

        On each dataset the claim with the largest estimate comes first.
        """
        rows = self.claims.sort_values(["dataset", "estimate"], ascending=[True, False])
        controls_of = self.plan.controls_of
        notes = {
            (row["dataset"], row["system"], row["baseline"]): row["note"]
            for row in self._contrasts_of_primary
        }
        verdicts = []
        for row in rows.to_dict("records"):
            controls = controls_of[row["system"], row["claim"]]
            control = row["decided_by"] or controls[0]
            note = notes[row["dataset"], row["system"], control]
            verdicts.append(verdict_of(row, controls=controls, note=note))
        return tuple(verdicts)

    @cached_property
    def other_contrasts(self) -> tuple[ContrastResult, ...]:
        """The planned contrasts that decide no claim, by the primary measure.

        They are sorted by dataset and role; the largest difference comes first.
        """
        return tuple(
            contrast_result(row)
            for row in self._contrasts_of_primary
            if row["role"] != "confirmatory"
        )

    @cached_property
    def _contrasts_of_primary(self) -> list[dict[str, Any]]:
        rows = self.comparisons[self.comparisons["measure"] == self.plan.primary]
        ordered = rows.sort_values(["dataset", "role", "difference"], ascending=[True, True, False])
        records: list[dict[str, Any]] = ordered.to_dict("records")
        return records

    @cached_property
    def flips(self) -> Flips:
        """The topics that turn from a hit into a miss between two systems, or back."""
        return flips(self.scores, plan=self.plan, clusters=self.clusters, texts=self.texts)

    @cached_property
    def tiers(self) -> pd.DataFrame | None:
        """The tiers of three or more systems that no plan names; None for any others.

        Columns `maw.verdicts.tiers.TIERS`. Systems that share a letter are not shown to differ.
        """
        if self.is_planned:
            return None
        table = tiers(self.scores, plan=self.plan, trained=self.trained, clusters=self.clusters)
        return None if table.empty else table

    @property
    def verdict_frames(self) -> VerdictFrames:
        """The tables that show which system is better, and what stands beside the verdicts.

        They are the contrasts, the claims and the means; the topics that turn, and tiers.
        """
        return VerdictFrames(
            comparisons=self.comparisons,
            claims=self.claims,
            leaderboard=self.leaderboard,
            flips=self.flips.turned,
            hits=self.flips.hits,
            tiers=self.tiers,
        )

    @cached_property
    def frames(self) -> ComparisonFrames:
        """The tables of the report: the verdicts, and the statistics that are shown beside them.

        These statistics are variance components, the differences that more seeds or queries could
        detect, summaries over datasets, tests of single checkpoints, and the differences query by
        query. The tables are computed when they are first read, and kept.
        """
        scores, plan, clusters = self.scores, self.plan, self.clusters
        return ComparisonFrames(
            comparisons=self.comparisons,
            claims=self.claims,
            leaderboard=self.leaderboard,
            flips=self.flips.turned,
            hits=self.flips.hits,
            tiers=self.tiers,
            components=components(scores, measure=plan.primary, clusters=clusters),
            prospects=outlook(
                scores, self.claims, plan=plan, trained=self.trained, clusters=clusters
            ),
            across=across(self.comparisons, plan=plan),
            seeds=per_seed(scores, plan=plan, clusters=clusters),
            differences=differences_frame(
                claim_differences(scores, self.claims, plan=plan, clusters=clusters)
            ),
        )

    @property
    def scores_digest(self) -> str:
        """SHA-256 of the table `scores` as CSV, in hexadecimal digits."""
        return sha256(self.scores.to_csv(index=False).encode()).hexdigest()

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the table `comparisons`.

        It has one row for each contrast, dataset and measure, with the results of all tests.
        """
        return self.comparisons.copy()

    def plot(self) -> "alt.Chart":
        """Return a chart of each contrast's difference by the primary measure.

        It shows the confidence intervals, and the smallest effect size of interest where the plan
        has one.
        """
        from maw.reporting.figures.registry import chart_of

        chart: alt.Chart = chart_of("forest", self.verdict_frames, plan=self.plan)
        return chart

    def to_html(self) -> str:
        """Return the report as the text of one HTML page, which needs no other file or network."""
        from maw.reporting.comparison_page import ComparisonRecord, build

        record = ComparisonRecord(
            inputs=self.inputs, scores_digest=self.scores_digest, texts=self.texts
        )
        return build(self.frames, plan=self.plan, notices=self.warnings, record=record)

    def to_latex(self) -> str:
        """Return the verdicts as a LaTeX table, which needs the packages booktabs and array."""
        from maw.reporting.paper.paper_content import verdict_table
        from maw.reporting.paper.paper_tables import latex

        return latex([verdict_table(self.verdict_frames, plan=self.plan, queries="topics")])

    def to_json(self) -> str:
        """Return the verdicts as JSON of the schema `maw.compare/1`.

        It has the plan, each claim and each contrast by the primary measure with its limits and its
        word, all warnings, and the inputs with their hashes.
        """
        from maw.reporting import comparison_json

        content = comparison_json.document(
            self.verdict_frames,
            plan=self.plan,
            answers=self._answers,
            notices=self.warnings,
            inputs=self.inputs,
        )
        return comparison_json.text(content)

    def to_markdown(self) -> str:
        """Return the verdicts as Markdown, such as the summary of a job on GitHub shows."""
        from maw.reporting.comparison_markdown import summary

        return summary(
            self.verdict_frames, plan=self.plan, answers=self._answers, notices=self.warnings
        )

    @cached_property
    def _answers(self) -> "tuple[Answer, ...]":
        """The answer on each dataset, as the terminal says it."""
        from maw.reporting.answer import answers
        from maw.reporting.comparison_answer import complete

        frames, plan = self.verdict_frames, self.plan
        on_claims = answers(frames, plan=plan, queries="topics")
        return complete(on_claims, frames, plan=plan, notices=self.warnings)

    def _repr_html_(self) -> str:
        from maw.reporting.comparison_page import fragment

        return fragment(self.verdict_frames, plan=self.plan, notices=self.warnings)

    def __repr__(self) -> str:
        lines = "\n".join(f"  {result}" for result in (*self.verdicts, *self.other_contrasts))
        return f"Comparison by {self.plan.primary}:\n{lines}"


def conclude(
    evidence: Evidence,
    *,
    plan: Analysis,
    clusters: Clusters | None = None,
    texts: Mapping[str, str] | None = None,
    is_planned: bool = True,
) -> Comparison:
    """Return the comparison of systems: the result of the plan's tests on their scores.

    evidence: the scores, measures, notices and inputs. clusters: dataset -> topic -> cluster.
    texts, is_planned: as in `Comparison`. A system counts as trained where it has several seeds or
    `plan.trained` names it. InputError for fewer than two systems, a dataset with fewer than two
    topics, an unknown system or measure in the plan, a missing score or cluster, or a number of
    seeds at which the plan has no look.
    """
    scores, measures = evidence.scores, evidence.measures
    require_comparable(scores)
    n_seeds = scores.groupby("system")["seed"].nunique()
    trained = {str(name): bool(n > 1 or name in plan.trained) for name, n in n_seeds.items()}
    judged = decide(scores, plan=plan, trained=trained, clusters=clusters, measures=measures)
    return Comparison(
        comparisons=judged.rows,
        claims=judged.claims,
        leaderboard=make_leaderboard(scores, clusters=clusters, measures=measures),
        scores=scores,
        plan=plan,
        measures=measures,
        trained=trained,
        clusters=clusters,
        warnings=(*evidence.notices, *plan_notices(plan, trained=trained)),
        inputs=evidence.inputs,
        texts=texts or {},
        is_planned=is_planned,
    )
