"""Columns belong together by their labels, or by their place where tables are equally wide."""

import numpy as np
import pytest

from maw.significance.seed_labels import common_columns, label_columns, seed_labels


def test_without_labels_equally_many_columns_are_the_same_seeds() -> None:
    tables = {"a": np.ones((5, 3)), "fixed": np.ones((5, 1)), "b": np.ones((5, 3))}
    found = seed_labels(tables | {"c": np.ones((5, 2))})
    assert found["a"] == found["b"]
    assert not set(found["a"]) & {*found["c"], *found["fixed"]}
    assert not set(found["c"]) & set(found["fixed"])


def test_labels_are_numbered_from_the_smallest() -> None:
    a, b = label_columns({"a": (42, 44, 43), "b": (50, 43)})
    assert (a.tolist(), b.tolist()) == ([0, 2, 1], [3, 1])
    of_a, of_b = common_columns(a, b)
    assert (of_a.tolist(), of_b.tolist()) == ([2], [1])
    assert common_columns(a, b + 4)[0].size == 0


@pytest.mark.parametrize("labels", [(1, 2), (1, 1, 2)])
def test_each_column_needs_a_label_of_its_own(labels: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"a has 3 columns and the seed labels .*of its own"):
        seed_labels({"a": np.ones((5, 3))}, {"a": labels})
