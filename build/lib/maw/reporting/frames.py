"""Classes that hold the frames for tables, figures and pages: one field for each summary file.

`VerdictFrames` tell which system is better. `ComparisonFrames` add further statistics; `maw
compare` and a suite both have them. `SuiteFrames` add the records of training, which only a
finished suite has. Nothing here reads or writes a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class VerdictFrames:
    """The contrasts (a system against a baseline), the claims on systems, and the mean scores."""

    comparisons: pd.DataFrame
    """A row per contrast, dataset and measure; columns as in `maw.verdicts.decide.COLUMNS`."""
    claims: pd.DataFrame
    """A row per claim and dataset; columns as in `maw.verdicts.claims.CLAIMS`."""
    leaderboard: pd.DataFrame
    """A row per dataset, system and measure: mean, ci_low, ci_high, n_seeds, sd_seed."""
    flips: pd.DataFrame | None = None
    """A row per contrast, dataset and query that turns from a hit into a miss, or back; columns as
    in `maw.verdicts.flips.FLIPS`. None in a suite."""
    hits: pd.DataFrame | None = None
    """A row per contrast and dataset: the hits of both systems, and the test of their shares;
    columns as in `maw.verdicts.flips.HITS`. None in a suite."""
    tiers: pd.DataFrame | None = None
    """A row per dataset and system with the letters of its tiers; columns as in
    `maw.verdicts.tiers.TIERS`. None in a suite, and where a user's plan says what is compared."""

    @property
    def has_named_claims(self) -> bool:
        """True where the claims have more than one name, so that a verdict must name its claim."""
        return bool(self.claims["claim"].nunique() > 1)


# name of a file, without its ending -> the frame of `ComparisonFrames` that it holds
FILES: Mapping[str, str] = MappingProxyType({
    "comparisons": "comparisons", "claims": "claims", "leaderboard": "leaderboard",
    "components": "components", "prospects": "prospects", "datasets": "across", "seeds": "seeds",
    "differences": "differences", "calibration": "calibration", "flips": "flips", "hits": "hits",
    "tiers": "tiers",
})  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ComparisonFrames(VerdictFrames):
    """The frames of the verdicts, and statistics by the primary measure that accompany them."""

    components: pd.DataFrame
    """A row per dataset and system: the variances of query, seed and error with their intervals."""
    prospects: pd.DataFrame
    """A row per control of a claim as it is, with more seeds or queries: the detectable effect."""
    across: pd.DataFrame
    """A row per contrast: its mean difference over datasets. The file's name is `datasets`."""
    seeds: pd.DataFrame
    """A row per contrast and pair of runs: dataset, system, baseline, difference, p."""
    calibration: pd.DataFrame | None = None
    """Error rates of the tests on these scores; None where they were not counted.

    Columns `maw.verdicts.calibration_rows.COLUMNS`.
    """
    differences: pd.DataFrame | None = None
    """A row per claim, dataset and query: the system's mean score minus that of the deciding
    control. Columns `maw.verdicts.moved.DIFFERENCES`; None where they were not computed."""

    def by_file_name(self) -> dict[str, pd.DataFrame]:
        """Return file name without ending -> frame; frames that are None are left out."""
        frames = {file: getattr(self, name) for file, name in FILES.items()}
        return {file: frame for file, frame in frames.items() if frame is not None}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SuiteFrames(ComparisonFrames):
    """All tables that the page of a finished suite shows; a frame may have no rows."""

    runs: pd.DataFrame
    """A row per run: dataset, system, seed, size of the training, costs, and device."""
    curves: pd.DataFrame
    """A row per trained run, step and quantity: dataset, system, seed, step, quantity, value."""
    depths: pd.DataFrame
    """A row per run and routed text or pair: dataset, system, seed, ids, side, depth, probability.

    side: query, document or pair. depth: the router's choice, or the depth of the largest weight
    where it mixes depths. probability: that of this depth under the router.
    """
    search: pd.DataFrame
    """A row per trial of a search: dataset, system, trial, parameters, dev, chosen, at_edge.

    parameters: JSON of the learning rate and the searched option. dev: the development score, nan
    where nothing was searched. at_edge: one of these hyper-parameters has the smallest or the
    largest value tried, of three or more.
    """
    selection: pd.DataFrame
    """A row per search, what it chose: dataset, system, parameters, dev, at_edge, n_dev, dev_se.

    n_dev: number of development queries that scored it. dev_se: standard error of the lead of the
    best trial over the second-best.
    """
    controls: pd.DataFrame | None = None
    """A row per dataset and control of the study; columns `maw.verdicts.study_controls.CONTROLS`.

    None in a suite that was made before there were controls.
    """
    budget: pd.DataFrame | None = None
    """A row per training of the budget control, and per reported training that it is compared with;
    columns as in `maw.verdicts.budget.RUNS`. None without this control."""
    cells: pd.DataFrame | None = None
    """A row per dataset, learning rate and system of the sensitivity analysis; None without one."""
    routing: pd.DataFrame | None = None
    """A row per quantity of a router: dataset, system, seed, side, quantity, value.

    Columns `maw.verdicts.routing.ROUTING`; a fold stands under its own name. None in a suite
    without routers.
    """
    ablations: pd.DataFrame | None = None
    """A row per dataset, factor and setting; columns as in `maw.verdicts.ablations.COLUMNS`."""
    sweeps: pd.DataFrame | None = None
    """A row per swept value and learning rate; columns as in `maw.verdicts.ablations.SWEPT`."""
    moved: pd.DataFrame | None = None
    """A row per claim, dataset and query that moves most, with texts, ranks and chosen depths.

    Columns `maw.verdicts.moved.MOVED`. None in a suite that was made before there was this table.
    """
    attention: pd.DataFrame | None = None
    """A row per shown query, depth and token: what the trained layers attend to; None without."""
    n_depths: Mapping[str, int] | None = None
    """System -> number of depths of its attention, as its configuration states it; no file.

    A system whose attention has no such option is not in it. None where nobody stated them.
    """
