"""Which columns of the score tables of several systems have the same seed."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Array

SeedLabels = Mapping[str, Sequence[int]]  # system -> seed label of each column


def seed_labels(
    tables: Mapping[str, Array], labels: SeedLabels | None = None
) -> dict[str, tuple[int, ...]]:
    """Return system -> seed label of each column of its table [Q, S].

    Without `labels` the columns of all tables with equally many columns get the same labels, and
    tables with different numbers of columns have none in common. ValueError for labels that are not
    one for each column, or there twice.
    """
    sizes = {name: table.shape[1] for name, table in tables.items()}
    if labels is None:
        starts = {S: sum(s for s in set(sizes.values()) if s < S) for S in sizes.values()}
        return {name: tuple(range(starts[S], starts[S] + S)) for name, S in sizes.items()}
    of_systems = {name: tuple(labels[name]) for name in tables}
    for name, given in of_systems.items():
        if len(given) != sizes[name] or len(set(given)) != len(given):
            raise ValueError(
                f"{name} has {sizes[name]} columns and the seed labels {list(given)}; give each "
                "column a label of its own"
            )
    return of_systems


def label_columns(labels: Mapping[str, Sequence[int]]) -> tuple[npt.NDArray[np.intp], ...]:
    """Return each column's label as an index of the sorted labels of all systems."""
    index = {
        label: i for i, label in enumerate(sorted({s for own in labels.values() for s in own}))
    }
    return tuple(
        np.array([index[label] for label in own], dtype=np.intp) for own in labels.values()
    )


def common_columns(
    x: npt.NDArray[np.intp], y: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the positions, in x [S_X] and in y [S_Y], of the labels that are in both, [n] each."""
    _, of_x, of_y = np.intersect1d(x, y, assume_unique=True, return_indices=True)
    return of_x, of_y
