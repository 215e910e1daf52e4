"""The count k̂: on how many datasets a system is shown to be better than its baseline.

The p-values are one-sided, for "better". k̂ is the largest u such that the hypothesis "better on
fewer than u datasets" is rejected for u and for all smaller numbers. The p-values are combined in
two ways: by Bonferroni's method, whose k̂ decides, and by Fisher's, which needs independent
datasets. Sources: Dror, Baumer, Bogomolov & Reichart, TACL 5 (2017) 471-486; for the partial
conjunction Benjamini & Heller, Biometrics 64 (2008) 1215-1222.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Array
from maw.significance.distributions import chi2_sf
from maw.significance.reasons import Flag, Reason


@dataclass(frozen=True, slots=True, eq=False)
class Replicability:
    """The count k̂ by two methods: k_bonferroni, which decides, and k_fisher beside it.

    p_bonferroni and p_fisher [N]: entry u − 1 is the partial-conjunction p of "better on at least u
    datasets".
    """

    k_bonferroni: int
    k_fisher: int
    p_bonferroni: Array
    p_fisher: Array
    n_datasets: int
    alpha: float
    flags: tuple[Flag, ...] = ()


def replicability(p: npt.ArrayLike, *, alpha: float = 0.05) -> Replicability:
    """Return k̂, the number of datasets on which A is shown to be better, by both methods.

    p [N]: one-sided p of "A is better" on each of N datasets, from `one_sided_pvalue`. ValueError
    for a number outside 0 to 1, no dataset, or alpha outside (0, 1).
    """
    values = np.sort(np.asarray(p, dtype=np.float64).ravel())
    if not len(values):
        raise ValueError("p is empty; give one p-value per dataset")
    if not np.all((values >= 0) & (values <= 1)):  # also where nan
        raise ValueError(
            f"p is {values.tolist()}; a p-value is between 0 and 1, leave out untested datasets"
        )
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}; expected a number between 0 and 1")
    N = len(values)
    n_largest = N - np.arange(N)  # N − u + 1 datasets from the u-th smallest p on
    bonferroni = np.minimum(1.0, n_largest * values)
    with np.errstate(divide="ignore"):
        chi2 = -2 * np.cumsum(np.log(values)[::-1])[::-1]
    fisher = chi2_sf(chi2, 2 * n_largest)
    return Replicability(
        k_bonferroni=_count(bonferroni, alpha=alpha),
        k_fisher=_count(fisher, alpha=alpha),
        p_bonferroni=np.maximum.accumulate(bonferroni),
        p_fisher=np.maximum.accumulate(fisher),
        n_datasets=N,
        alpha=alpha,
        flags=() if N > 1 else (Flag(Reason.FEW_DATASETS, _ONE_DATASET, blocks=False),),
    )


_ONE_DATASET = "one dataset: k̂ only repeats its test, nothing is shown about other datasets"


def one_sided_pvalue(pvalue: float, *, estimate: float) -> float:
    """Return the p of "the effect is above 0" from a symmetric two-sided p and the estimate."""
    return pvalue / 2 if estimate > 0 else 1 - pvalue / 2


def _count(p: Array, *, alpha: float) -> int:
    """Return the largest u for which the first u p-values are all at most alpha."""
    return int(np.sum(np.maximum.accumulate(p) <= alpha))
