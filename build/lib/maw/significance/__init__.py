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
from maw.significance.claims import (
    FEWEST_SEEDS,
    ClaimVerdict,
    claim_pvalue,
    judge_claim,
    judge_claims,
)
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
from maw.significance.crossed_many import Contrasts, Seeds, crossed_many
from maw.significance.effects import (
    EffectSize,
    RankBiserial,
    effect_size,
    hedges_j,
    rank_biserial,
    win_share,
)
from maw.significance.generalised import SeedPart, Spread
from maw.significance.mcnemar import McNemar, mcnemar
from maw.significance.paired import SignedRank, SignTest, paired_t, sign_test, wilcoxon
from maw.significance.planning import (
    ClaimOutlook,
    equivalence_power,
    minimum_detectable_effect,
    power,
    sesoi_flips_at,
    spreads_outlook,
)
from maw.significance.prospects import (
    Design,
    Prospect,
    SeedTerm,
    contrast_design,
    prospects,
)
from maw.significance.random_effects import RandomEffects, random_effects
from maw.significance.randomisation import MaxT, SignFlip, max_t, sign_flip
from maw.significance.reasons import Flag, Reason
from maw.significance.replicability import Replicability, one_sided_pvalue, replicability
from maw.significance.resplits import ResplitTest, resplit_test
from maw.significance.seeds_form import SeedsForm, seeds_form
from maw.significance.tally import (
    ANY_CLAIM,
    ANY_FALSE,
    COVERS,
    COVERS_CHECKPOINTS,
    COVERS_VARIANCE,
    REJECTS,
    CalibratedClaim,
    CalibratedContrast,
    CalibrationSettings,
    Outcome,
    OutcomeRate,
)
from maw.significance.words import Suffix, Word

__all__ = [
    "ANY_CLAIM",
    "ANY_FALSE",
    "COVERS",
    "COVERS_CHECKPOINTS",
    "COVERS_VARIANCE",
    "FEWEST_SEEDS",
    "REJECTS",
    "CalibratedClaim",
    "CalibratedContrast",
    "Calibration",
    "CalibrationSettings",
    "ClaimOutlook",
    "ClaimVerdict",
    "Component",
    "Components",
    "Contrast",
    "Contrasts",
    "Design",
    "EffectSize",
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
    "SeedPart",
    "SeedTerm",
    "Seeds",
    "SeedsForm",
    "SignFlip",
    "SignTest",
    "SignedRank",
    "Spread",
    "Suffix",
    "SystemComponents",
    "Variances",
    "Word",
    "bh",
    "bonferroni",
    "bootstrap_effect_size",
    "bootstrap_mean",
    "by",
    "calibrate",
    "claim_pvalue",
    "contrast_design",
    "copies_never_differ",
    "crossed",
    "crossed_many",
    "difference_interval",
    "effect_size",
    "equivalence_power",
    "hedges_j",
    "holm",
    "judge_claim",
    "judge_claims",
    "max_t",
    "mcnemar",
    "mean_squares",
    "minimum_detectable_effect",
    "one_sided_pvalue",
    "paired_t",
    "power",
    "prospects",
    "query_differences",
    "random_effects",
    "rank_biserial",
    "replicability",
    "resplit_test",
    "seeds_form",
    "sesoi_flips_at",
    "sign_flip",
    "sign_test",
    "split_half_rejection_rate",
    "spreads_outlook",
    "variance_components",
    "wilcoxon",
    "win_share",
]
