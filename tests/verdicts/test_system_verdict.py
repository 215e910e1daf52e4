"""A verdict reads as one line and cannot be changed."""

import dataclasses

import pytest

from maw.verdicts.system_verdict import SystemVerdict

VERDICT = SystemVerdict(
    dataset="toy",
    system="new",
    baseline="old",
    measure="nDCG@10",
    role="confirmatory",
    estimand="E2",
    mean=0.52,
    mean_baseline=0.5,
    difference=0.02,
    ci_low=0.012,
    ci_high=0.028,
    p=0.001,
    detectable=0.01,
    verdict="better",
    note="",
)


def test_a_verdict_reads_as_one_line() -> None:
    assert str(VERDICT) == (
        "new against old on toy: better (nDCG@10 +0.0200, 95 % interval +0.0120 to +0.0280)"
    )


def test_a_verdict_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        VERDICT.p = 0.5  # type: ignore[misc]
