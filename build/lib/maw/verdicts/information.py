"""The mutual information of a router's choices with what is known of a text, and that by chance.

The plug-in estimate of mutual information is above 0 even where a choice says nothing: the more so
the more values there are and the fewer texts. Its mean under shuffling says by how much.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import entropy

PERMUTATIONS = 200

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Information:
    """Mutual information in bits. by_chance: its mean when texts swap their attributes at random.

    value and by_chance are estimated alike, so that their difference is what the choice says.
    """

    value: float
    by_chance: float


def information(
    chosen: Codes,
    attributes: npt.ArrayLike,
    *,
    owner: Codes | None = None,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> Information:
    """Return the mutual information of the chosen depths [N] with an attribute of the texts.

    attributes [M]: the attribute of each text, any values. owner [N]: which text each choice
    belongs to, where a text has several, as a query has pairs; None: choice n belongs to text n.
    Attributes are shuffled over the texts, so that the choices of a text stay together.
    """
    if (chosen == chosen[0]).all():
        return Information(0.0, 0.0)
    rows = np.arange(len(chosen)) if owner is None else owner
    values = np.unique(np.asarray(attributes), return_inverse=True)[1]
    generator = np.random.default_rng(seed)
    shuffled = (generator.permutation(values)[rows] for _ in range(permutations))
    bits = mutual_information(chosen, [values[rows], *shuffled])
    return Information(float(bits[0]), float(bits[1:].mean()))


def mutual_information(first: Codes, others: Iterable[Codes]) -> npt.NDArray[np.float64]:
    """Return the plug-in mutual information of a coding [N] with each of M others [N], in bits.

    Codes are integers from 0, and all others have the same largest code. It is
    H(first) + H(other) - H(both) of the observed shares. Source: Cover & Thomas 2006, Elements of
    Information Theory, equation 2.45.
    """
    tables = np.stack([_crossed(first, other) for other in others])  # [M, codes, codes]
    shares = (tables.reshape(len(tables), -1), tables.sum(1), tables.sum(2))
    both, of_other, of_first = (entropy(one, base=2, axis=1) for one in shares)
    bits: npt.NDArray[np.float64] = np.maximum(0.0, of_first + of_other - both)
    return bits


def _crossed(first: Codes, second: Codes) -> Codes:
    """Return how often each code of the first coding meets each code of the second."""
    n_first, n_second = int(first.max()) + 1, int(second.max()) + 1
    counts = np.bincount(first * n_second + second, minlength=n_first * n_second)
    return counts.reshape(n_first, n_second)


def quarters(values: npt.ArrayLike) -> Codes:
    """Return for each number [N] the quarter of all numbers that it falls in: 0, 1, 2 or 3.

    Equal numbers are in the same quarter, so that quarters may be unequal or empty.
    """
    numbers = np.asarray(values, dtype=np.float64)
    limits = np.quantile(numbers, [0.25, 0.5, 0.75])
    return np.searchsorted(limits, numbers, side="left").astype(np.int64)
