"""Arrays in, frozen results out: the tests of the protocol, without pandas and without a disk.

`crossed` decides; all others stand beside it. Letters: Q queries, S seeds, C clusters.
"""

from maw.significance.bootstrap import Band, bootstrap_effect_size, bootstrap_mean
from maw.significance.clean import Interval
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
from maw.significance.effects import (
    EffectSize,
    RankBiserial,
    effect_size,
    hedges_j,
    rank_biserial,
    win_share,
)
from maw.significance.equivalence import Equivalence, tost
from maw.significance.paired import SignedRank, Signs, paired_t, sign_test, wilcoxon
from maw.significance.power import equivalence_power, minimum_detectable_effect, power
from maw.significance.verdicts import FEWEST_SEEDS, Verdict, verdict

__all__ = [
    "FEWEST_SEEDS",
    "Band",
    "Components",
    "Contrast",
    "EffectSize",
    "Equivalence",
    "Interval",
    "MeanSquares",
    "RankBiserial",
    "SignedRank",
    "Signs",
    "Variances",
    "Verdict",
    "bh",
    "bonferroni",
    "bootstrap_effect_size",
    "bootstrap_mean",
    "by",
    "crossed",
    "effect_size",
    "equivalence_power",
    "hedges_j",
    "holm",
    "mean_squares",
    "minimum_detectable_effect",
    "paired_t",
    "power",
    "query_differences",
    "rank_biserial",
    "sign_test",
    "tost",
    "verdict",
    "wilcoxon",
    "win_share",
]
