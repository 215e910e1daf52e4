"""Two systems share a letter exactly where they are not shown to differ."""

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from maw.significance.letters import alike_groups, letters


def matrix(names: str, *pairs: str) -> npt.NDArray[np.bool_]:
    """Return [X, X] from the pairs, such as `ab`, that differ."""
    differs = np.zeros((len(names), len(names)), dtype=np.bool_)
    for pair in pairs:
        first, second = (names.index(name) for name in pair)
        differs[first, second] = differs[second, first] = True
    return differs


def shown(differs: npt.NDArray[np.bool_]) -> list[str]:
    return list(letters(alike_groups(differs), n_systems=len(differs)))


def test_the_example_of_multcomp_view() -> None:
    # R: dif4 <- c(.01, .02, .03, 1); names(dif4) <- c("a-b", "a-c", "b-d", "a-d")
    #    multcompView::multcompLetters(dif4): a "a", b "b", c "bc", d "ac"
    assert shown(matrix("abcd", "ab", "ac", "bd")) == ["a", "b", "bc", "ac"]
    # R: dif3 <- c(FALSE, FALSE, TRUE); names(dif3) <- c("A-B", "A-C", "B-C"): A "ab", B "a", C "b"
    assert shown(matrix("ABC", "BC")) == ["ab", "a", "b"]


def test_the_feeds_of_chicks() -> None:
    # R: cld::make_cld(pairwise.wilcox.test(chickwts$weight, chickwts$feed, exact = FALSE))
    #    casein a, horsebean b, linseed bc, meatmeal ac, soybean c, sunflower a
    pairs = ("ch", "cl", "cs", "hm", "hs", "hu", "lu", "su")
    assert shown(matrix("chlmsu", *pairs)) == ["a", "b", "bc", "ac", "c", "a"]


def test_none_or_all_differ() -> None:
    assert shown(matrix("abc")) == ["a", "a", "a"]
    assert shown(~np.eye(3, dtype=np.bool_)) == ["a", "b", "c"]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_letter_is_shared_exactly_where_no_difference_is_shown(share: float) -> None:
    generator = np.random.default_rng(3)
    for n in range(2, 9):
        upper = np.triu(generator.random((n, n)) < share, 1)
        differs = upper | upper.T
        groups = alike_groups(differs)
        for i, j in combinations(range(n), 2):
            assert any(i in group and j in group for group in groups) == (not differs[i, j])
        for group in groups:  # no system outside could be added
            outside = set(range(n)) - set(group)
            assert all(differs[other, list(group)].any() for other in outside)
        assert len(set(groups)) == len(groups)


def test_more_groups_than_letters() -> None:
    found = shown(~np.eye(28, dtype=np.bool_))
    assert (found[25], found[26], found[27]) == ("z", "a2", "b2")


def test_a_wrong_matrix_is_an_error() -> None:
    for differs in (np.eye(2, dtype=np.bool_), np.array([[False, True], [False, False]])):
        with pytest.raises(ValueError, match="not symmetric with a False diagonal"):
            alike_groups(differs)
