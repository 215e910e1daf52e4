"""The statistical tests of a comparison: functions that take arrays and return immutable results.

The package uses neither pandas nor the disk. A contrast is the difference A − B of two systems. Its
tests answer three questions. E1: are these trained checkpoints better on new queries? E2: is the
training procedure better, for new queries and new seeds? E3: does the difference hold for new
datasets? `crossed` is the deciding test (E2); the report shows the other tests beside it, and
`calibrate` checks their error rates on the user's own scores.
Letters in shapes: Q queries, S seeds, C clusters of queries, X systems, K contrasts, N datasets,
n experiments, B resamples.
"""

from maw.significance.bootstrap import bootstrap_effect_size, bootstrap_mean
from maw.significance.calibration import Calibration, calibrate
from maw.significance.clean import Interval, Intervals
from maw.significance.components import (
    Component,
    MeanSquare,
    SystemComponents,
    difference_interval,
    variance_components,
)
from maw.significance.copies import copies_never_differ, split_half_rejection_rate
from maw.significance.corrections import bh, bonferroni, by, holm
from maw.significance.crossed import (
    Components,
    Contrast,
    MeanSquares,
    Variances,
    crossed,
    mean_squares,
    query_differences,
)
from maw.significance.crossed_many import Contrasts, crossed_many
from maw.significance.effects import (
    EffectSize,
    RankBiserial,
    effect_size,
    hedges_j,
    rank_biserial,
    win_share,
)
from maw.significance.equivalence import Equivalence, tost
from maw.significance.mcnemar import McNemar, mcnemar
from maw.significance.paired import SignedRank, SignTest, paired_t, sign_test, wilcoxon
from maw.significance.power import equivalence_power, minimum_detectable_effect, power
from maw.significance.prospects import (
    Design,
    Prospect,
    SeedTerm,
    contrast_design,
    planned_power,
    prospects,
)
from maw.significance.random_effects import RandomEffects, random_effects
from maw.significance.randomisation import MaxT, SignFlip, max_t, sign_flip
from maw.significance.reasons import Flag, Reason
from maw.significance.replicability import Replicability, one_sided_pvalue, replicability
from maw.significance.resplits import ResplitTest, resplit_test
from maw.significance.tally import (
    ANY_CLAIM,
    COVERS,
    COVERS_CHECKPOINTS,
    COVERS_VARIANCE,
    EQUIVALENT,
    REJECTS,
    CalibratedContrast,
    CalibrationSettings,
    Outcome,
    OutcomeRate,
)
from maw.significance.verdicts import FEWEST_SEEDS, Verdict, verdict

__all__ = [
    "ANY_CLAIM",
    "COVERS",
    "COVERS_CHECKPOINTS",
    "COVERS_VARIANCE",
    "EQUIVALENT",
    "FEWEST_SEEDS",
    "REJECTS",
    "CalibratedContrast",
    "Calibration",
    "CalibrationSettings",
    "Component",
    "Components",
    "Contrast",
    "Contrasts",
    "Design",
    "EffectSize",
    "Equivalence",
    "Flag",
    "Interval",
    "Intervals",
    "MaxT",
    "McNemar",
    "MeanSquare",
    "MeanSquares",
    "Outcome",
    "OutcomeRate",
    "Prospect",
    "RandomEffects",
    "RankBiserial",
    "Reason",
    "Replicability",
    "ResplitTest",
    "SeedTerm",
    "SignFlip",
    "SignTest",
    "SignedRank",
    "SystemComponents",
    "Variances",
    "Verdict",
    "bh",
    "bonferroni",
    "bootstrap_effect_size",
    "bootstrap_mean",
    "by",
    "calibrate",
    "contrast_design",
    "copies_never_differ",
    "crossed",
    "crossed_many",
    "difference_interval",
    "effect_size",
    "equivalence_power",
    "hedges_j",
    "holm",
    "max_t",
    "mcnemar",
    "mean_squares",
    "minimum_detectable_effect",
    "one_sided_pvalue",
    "paired_t",
    "planned_power",
    "power",
    "prospects",
    "query_differences",
    "random_effects",
    "rank_biserial",
    "replicability",
    "resplit_test",
    "sign_flip",
    "sign_test",
    "split_half_rejection_rate",
    "tost",
    "variance_components",
    "verdict",
    "wilcoxon",
    "win_share",
]
