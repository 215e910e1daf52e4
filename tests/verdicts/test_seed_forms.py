"""Which seeds are compared, and whether they are shared, as planned or as the scores show."""

import numpy as np
import pytest

from maw.settings.plan import PlannedContrast
from maw.settings.planned import SeedsForm
from maw.significance import Reason, crossed, seeds_form
from maw.significance.clean import Array
from maw.verdicts.score_table import ScoredSystem, ScoreTable
from maw.verdicts.seed_forms import PairedSystems, pair_seeds

Q = 30
GENERATOR = np.random.default_rng(6)
A, B = (GENERATOR.uniform(size=(Q, 5)) for _ in "ab")
TOGETHER = A + GENERATOR.normal(0, 0.02, (Q, 5))  # its errors are those of A, nearly


def system(name: str, values: Array, *, first: int = 0, trained: bool = True) -> ScoredSystem:
    """Return a system on queries q0, q1, …; its seeds count from `first`."""
    seeds = tuple(range(first, first + values.shape[1]))
    queries = tuple(f"q{q}" for q in range(len(values)))
    return ScoredSystem(name, trained, ScoreTable(values, queries, seeds))


def paired(a: ScoredSystem, b: ScoredSystem, seeds: SeedsForm) -> PairedSystems:
    """Return the pair of a and b where the plan has this form of seeds."""
    contrast = PlannedContrast(system=a.name, baseline=b.name, seeds=seeds)
    return pair_seeds(contrast, a, b, labels=None)


@pytest.mark.parametrize("seeds", ["shared", "independent"])
def test_equal_labels_are_compared_as_planned(seeds: SeedsForm) -> None:
    a, b = system("a", A), system("b", B)
    pair = paired(a, b, seeds)
    assert (pair.form, pair.a, pair.b, pair.n_common) == (seeds, a, b, None)
    assert (pair.note, pair.flags, pair.lacks_seeds, pair.fewest_seeds) == ("", (), False, 5)


@pytest.mark.parametrize("seeds", ["shared", "independent", "auto"])
def test_a_system_with_one_run_shares_nothing(seeds: SeedsForm) -> None:
    pair = paired(system("a", A), system("b", B[:, :1], trained=False), seeds)
    assert (pair.form, pair.fewest_seeds, pair.lacks_seeds, pair.note) == (
        "independent", 5, False, "",
    )  # fmt: skip
    lone = paired(system("a", A), system("b", B[:, :1]), seeds)
    assert (lone.fewest_seeds, lone.lacks_seeds) == (1, True)
    a, b = (system(name, A[:, :1], trained=False) for name in "ab")
    fixed = paired(a, b, seeds)
    assert (fixed.fewest_seeds, fixed.lacks_seeds) == (None, False)


@pytest.mark.parametrize(("first", "n_common"), [(3, 2), (2, 3)])
def test_unequal_labels_leave_the_common_ones(first: int, n_common: int) -> None:
    pair = paired(system("a", A), system("b", B, first=first), "shared")
    assert pair.a.table.seeds == pair.b.table.seeds == tuple(range(first, 5))
    assert pair.a.table.values == pytest.approx(A[:, first:])
    assert pair.b.table.values == pytest.approx(B[:, :n_common])
    assert (pair.form, pair.n_common, pair.fewest_seeds) == ("shared", n_common, n_common)
    assert pair.note == f"a has 5 seeds and b 5: the {n_common} that both have are compared"
    assert [flag.reason for flag in pair.flags] == [Reason.FEW_SEEDS] * (n_common < 3)
    assert not pair.lacks_seeds


@pytest.mark.parametrize(("first", "n_common"), [(4, 1), (5, 0)])
def test_with_at_most_one_common_label_nothing_is_known_about_training(
    first: int, n_common: int
) -> None:
    a, b = system("a", A), system("b", B, first=first)
    pair = paired(a, b, "shared")
    assert (pair.a, pair.b) == (a, b)
    assert (pair.fewest_seeds, pair.lacks_seeds) == (n_common, True)
    (flag,) = pair.flags
    assert (str(flag), flag.blocks) == (f"a and b share {n_common} seed labels; 3 are needed", True)


def test_independent_seeds_may_have_any_labels() -> None:
    pair = paired(system("a", A), system("b", B[:, :4], first=50), "independent")
    assert (pair.form, pair.n_common, pair.fewest_seeds) == ("independent", None, 4)


@pytest.mark.parametrize(("values", "form", "other"), [
    (TOGETHER, "shared", "independent"), (B, "independent", "shared"),
])  # fmt: skip
def test_auto_lets_the_scores_decide_and_tells_what_the_other_form_gives(
    values: Array, form: str, other: SeedsForm
) -> None:
    pair = paired(system("a", A), system("b", values), "auto")
    found = seeds_form(A, values)
    assert pair.form == found.form == form
    test = crossed(A, values, seeds="shared" if other == "shared" else "independent")
    low, high = test.confidence_interval()
    assert f"seeds are taken as {form}: errors of one seed correlate {found.correlation:+.2f}" in (
        pair.note
    )
    assert f"above {found.threshold:.2f}; taken as {other}, p = {test.pvalue:.3g}" in pair.note
    assert pair.note.endswith(f"the 95 % interval is [{low:+.4f}, {high:+.4f}]")


def test_auto_takes_unequal_labels_and_scores_without_error_as_independent() -> None:
    pair = paired(system("a", A), system("b", TOGETHER, first=1), "auto")
    assert (pair.form, pair.n_common) == ("independent", None)
    assert "the systems have different seed labels" in pair.note
    rigid = np.linspace(0, 1, Q)[:, None] + np.linspace(0, 0.1, 5)  # seeds shift all queries alike
    still = paired(system("a", A), system("b", rigid), "auto")
    assert still.note == "seeds are taken as independent: the errors of one system do not vary"
