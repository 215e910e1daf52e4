"""On how many datasets is the system better? Dror, Baumer, Bogomolov & Reichart's count k̂.

p-values are one-sided, for "better". k̂ is the largest u such that "better on fewer than u" is
rejected for it and for all before. Bonferroni decides; Fisher needs independent datasets.
TACL 5 (2017) 471-486; partial conjunction: Benjamini & Heller, Biometrics 64 (2008) 1215-1222.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from maw.significance.clean import Array
from maw.significance.reasons import Flag, Reason


@dataclass(frozen=True, slots=True, eq=False)
class Replicability:
    """k_bonferroni decides. p_*[u−1]: partial-conjunction p of "better on at least u", [N]."""

    k_bonferroni: int
    k_fisher: int
    p_bonferroni: Array
    p_fisher: Array
    n_datasets: int
    alpha: float
    flags: tuple[Flag, ...] = ()


def replicability(p: npt.ArrayLike, *, alpha: float = 0.05) -> Replicability:
    """p [N]: one-sided p of "A is better" on each of N datasets, as `one_sided` makes them.

    ValueError: something that is no p-value, no dataset, alpha outside (0, 1).
    """
    values = np.sort(np.asarray(p, dtype=np.float64).ravel())
    if not len(values):
        raise ValueError("p is empty; expected one p-value per dataset")
    if not np.all((values >= 0) & (values <= 1)):  # also where nan
        raise ValueError(
            f"p is {values.tolist()}; a p-value is between 0 and 1, leave out what was not tested"
        )
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}; expected a number between 0 and 1")
    N = len(values)
    left = N - np.arange(N)  # N − u + 1 datasets from the u-th smallest p on
    bonferroni = np.minimum(1.0, left * values)
    with np.errstate(divide="ignore"):
        fisher = -2 * np.cumsum(np.log(values)[::-1])[::-1]
    return Replicability(
        k_bonferroni=_count(bonferroni, alpha=alpha),
        k_fisher=_count(fisher_p := np.asarray(stats.chi2.sf(fisher, 2 * left)), alpha=alpha),
        p_bonferroni=np.maximum.accumulate(bonferroni),
        p_fisher=np.maximum.accumulate(fisher_p),
        n_datasets=N,
        alpha=alpha,
        flags=() if N > 1 else (Flag(Reason.FEW_DATASETS, _ONE_DATASET, blocks=False),),
    )


_ONE_DATASET = "one dataset: k̂ only repeats its test, nothing is shown about other datasets"


def one_sided(pvalue: float, *, estimate: float) -> float:
    """p for "above 0" from a symmetric two-sided p and the sign of its estimate."""
    return pvalue / 2 if estimate > 0 else 1 - pvalue / 2


def _count(p: Array, *, alpha: float) -> int:
    """The largest u whose p, and all before it, are at most alpha."""
    return int(np.sum(np.maximum.accumulate(p) <= alpha))
