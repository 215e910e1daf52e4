"""Groups of systems that are not shown to differ, with a letter for each: no false ranking.

Tests of all pairs of systems rarely put them into one order: A may differ from C although neither
is shown to differ from B. The groups are the largest sets in which no pair is shown to differ. A
system that lies in two of them has two letters. So two systems share a letter exactly where they
are not shown to differ. Source: Piepho, Journal of Computational and Graphical Statistics 13 (2004)
456-466, insertion and absorption.
"""

from collections.abc import Sequence
from string import ascii_lowercase

import numpy as np
import numpy.typing as npt


def alike_groups(differs: npt.NDArray[np.bool_]) -> list[tuple[int, ...]]:
    """Return the groups of systems that are not shown to differ, as places 0 to X − 1.

    differs [X, X], symmetric: True where a pair is shown to differ. Each group is in ascending
    order, and the groups are sorted by their places. ValueError for a matrix that is not
    symmetric, or in which a system differs from itself.
    """
    if differs.ndim != 2 or not np.array_equal(differs, differs.T) or differs.diagonal().any():
        raise ValueError(f"differs {list(differs.shape)} is not symmetric with a False diagonal")
    groups = {frozenset(range(len(differs)))}
    for i, j in np.argwhere(np.triu(differs)).tolist():
        both = {group for group in groups if i in group and j in group}
        parts = {group - {place} for group in both for place in (i, j)}
        groups = groups - both
        # a part that lies in another group says nothing that this one does not say
        groups |= {part for part in parts if not any(part < other for other in groups | parts)}
    return sorted(tuple(sorted(group)) for group in groups)


def letters(groups: Sequence[Sequence[int]], *, n_systems: int) -> tuple[str, ...]:
    """Return the letters of each system, [X], such as `ab`: those of the groups that it is in.

    groups: places of systems, the first group is `a`. Beyond 26 groups, a number follows the
    letter: `a2`.
    """
    names = [
        ascii_lowercase[n % 26] + (str(n // 26 + 1) if n >= 26 else "") for n in range(len(groups))
    ]
    return tuple(
        "".join(name for name, group in zip(names, groups, strict=True) if place in group)
        for place in range(n_systems)
    )
