"""The frames that tables, figures and pages show, typed: one field for each summary file.

`VerdictFrames` are enough to tell who is better. `ComparisonFrames` add the statistics that stand
beside a verdict; `maw compare` and a suite both have them. `SuiteFrames` add what training left
behind, which only a finished suite has. Nothing here reads or writes a file.
"""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class VerdictFrames:
    """The contrasts, the claims that rest on them, and the mean of every system."""

    comparisons: pd.DataFrame
    """A row per contrast, dataset and measure; columns as in `maw.verdicts.decide.COLUMNS`."""
    claims: pd.DataFrame
    """A row per claim and dataset; columns as in `maw.verdicts.families.CLAIMS`."""
    leaderboard: pd.DataFrame
    """A row per dataset, system and measure: mean, ci_low, ci_high, n_seeds, sd_seed."""

    @property
    def has_named_claims(self) -> bool:
        """Whether the plan gives names to several claims, so that a verdict must say its claim."""
        return bool(self.claims["claim"].nunique() > 1)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ComparisonFrames(VerdictFrames):
    """The statistics that stand beside the verdicts, all by the primary measure."""

    components: pd.DataFrame
    """A row per dataset and system: the variances of query, seed and error with their intervals."""
    prospects: pd.DataFrame
    """A row per contrast and plan (as it is, more seeds, more queries): what it could detect."""
    across: pd.DataFrame
    """A row per contrast: its mean difference over datasets. The file is called `datasets`."""
    seeds: pd.DataFrame
    """A row per contrast and pair of checkpoints: dataset, system, baseline, difference, p."""
    calibration: pd.DataFrame | None = None
    """Error rates of the tests on these scores; columns `maw.verdicts.calibration_rows.COLUMNS`."""

    def by_file_name(self) -> dict[str, pd.DataFrame]:
        """Return file name without its ending -> frame; calibration only where there is one."""
        frames = {
            "comparisons": self.comparisons,
            "claims": self.claims,
            "leaderboard": self.leaderboard,
            "components": self.components,
            "prospects": self.prospects,
            "datasets": self.across,
            "seeds": self.seeds,
        }
        calibration = {} if self.calibration is None else {"calibration": self.calibration}
        return {**frames, **calibration}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SuiteFrames(ComparisonFrames):
    """All tables that the page of a finished suite shows; a frame may have no rows."""

    runs: pd.DataFrame
    """A row per run: dataset, system, seed, what was trained, what it cost, where it ran."""
    curves: pd.DataFrame
    """A row per trained run, step and quantity: dataset, system, seed, step, quantity, value."""
    depths: pd.DataFrame
    """A row per run and routed text: dataset, system, seed, ids, side, depth, probability."""
    selection: pd.DataFrame
    """A row per learning rate tried: dataset, system, learning_rate, value, chosen, on_edge."""
    cells: pd.DataFrame | None = None
    """A row per cell of the learning-rate sensitivity analysis; None where none was planned."""
    ablations: pd.DataFrame | None = None
    """A row per dataset, factor and setting; columns as in `maw.verdicts.ablations.COLUMNS`."""
    sweeps: pd.DataFrame | None = None
    """A row per swept value and learning rate; columns as in `maw.verdicts.ablations.SWEPT`."""
