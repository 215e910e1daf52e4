"""Whether runs share their draws: the rule's threshold, and what it does without an answer."""

from math import isnan

import numpy as np
import numpy.typing as npt
import pytest

from maw.significance import seeds_form

Scores = npt.NDArray[np.float64]


def two_systems(correlation: float, *, Q: int = 150, S: int = 4) -> tuple[Scores, Scores]:
    """Return scores [Q, S] of two systems whose errors have this correlation."""
    generator = np.random.default_rng(8)
    common, own_a, own_b = (generator.normal(0, 0.1, (Q, S)) for _ in range(3))
    rest = np.sqrt(1 - correlation)
    queries, seeds = generator.normal(0, 0.3, (Q, 1)), generator.normal(0, 0.1, (1, S))
    a, b = (queries + np.sqrt(correlation) * common + rest * own for own in (own_a, own_b))
    return np.asarray(a + seeds), np.asarray(b)


def test_errors_that_correlate_mean_shared_draws() -> None:
    form = seeds_form(*two_systems(0.9))
    assert form.form == "shared"
    assert form.correlation == pytest.approx(0.9, abs=0.03)
    assert form.threshold == pytest.approx(3 / np.sqrt(149 * 3), rel=1e-12)
    assert seeds_form(*two_systems(0.0)).form == "independent"


def test_the_correlation_is_that_of_what_queries_and_seeds_leave() -> None:
    # numpy.corrcoef of the residuals of a two-way layout by least squares
    a, b = two_systems(0.5, Q=20)
    query, seed = np.repeat(np.eye(20), 4, axis=0), np.tile(np.eye(4), (20, 1))
    design = np.hstack([query, seed])
    residuals = [y.ravel() - design @ np.linalg.pinv(design) @ y.ravel() for y in (a, b)]
    expected = np.corrcoef(residuals[0], residuals[1])[0, 1]
    assert seeds_form(a, b).correlation == pytest.approx(expected, rel=1e-9)


def test_clusters_raise_the_threshold() -> None:
    a, b = two_systems(0.3)
    assert seeds_form(a, b).form == "shared"
    clustered = seeds_form(a, b, np.arange(150) // 15)
    assert clustered.form == "independent"
    assert clustered.threshold == pytest.approx(3 / np.sqrt(9 * 3), rel=1e-12)


def test_what_has_no_correlation_is_independent() -> None:
    a, b = two_systems(0.9)
    for other in (b[:, :3], b[:, :1]):
        form = seeds_form(a, other)
        assert form.form == "independent"
        assert isnan(form.correlation)
    constant = np.broadcast_to(b.mean(axis=1, keepdims=True), b.shape)
    assert seeds_form(a, constant).form == "independent"
    assert isnan(seeds_form(a, constant).correlation)
    with pytest.raises(ValueError, match="a has 150 queries and b has 149"):
        seeds_form(a, b[:149])


def test_a_copy_shares_everything() -> None:
    a, _ = two_systems(0.0)
    assert seeds_form(a, a.copy()).correlation == pytest.approx(1, rel=1e-12)
