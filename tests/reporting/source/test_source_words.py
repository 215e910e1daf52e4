"""The rule for the words on the source's claims."""

from math import inf, nan, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maw.reporting.source.source_words import (
    Base,
    Relative,
    SourceWord,
    percent,
    times,
    word_of_gain,
    word_of_number,
)

CERTAIN = Base(0.5, 0.0)


@pytest.mark.parametrize(
    ("fair", "untrained", "word", "reason"),
    [
        ((0.02, 0.12), None, SourceWord.SUPPORTED, "above 0, reaches +10 %"),
        ((-0.02, 0.09), None, SourceWord.CONTRADICTED, "below +10 %"),
        (
            (-0.02, 0.09),
            (0.05, 0.20),
            SourceWord.CONTRADICTED,
            "below +10 %; the gain is training's",
        ),
        ((-0.02, 0.12), None, SourceWord.NOT_SUPPORTED, "0 fits"),
        (None, (0.01, 0.05), SourceWord.CONTRADICTED, "below +10 % even over no training"),
        (None, (0.01, 0.20), SourceWord.NOT_SUPPORTED, "no fair control"),
        (None, None, SourceWord.NOT_TESTABLE, "no interval"),
    ],
)
def test_the_word_of_a_gain_of_a_tenth(
    fair: tuple[float, float] | None,
    untrained: tuple[float, float] | None,
    word: SourceWord,
    reason: str,
) -> None:
    over_control, over_untrained = (
        None if limits is None else Relative(sum(limits) / 2, *limits)
        for limits in (fair, untrained)
    )
    assert word_of_gain(low=0.10, fair=over_control, untrained=over_untrained) == (word, reason)


@given(low=st.floats(-0.9, 1.0), width=st.floats(0, 1), claimed=st.floats(0.001, 1.0))
def test_a_word_never_contradicts_its_interval(low: float, width: float, claimed: float) -> None:
    relative = Relative(low + width / 2, low, low + width)
    word, _ = word_of_gain(low=claimed, fair=relative, untrained=None)
    if word == SourceWord.SUPPORTED:
        assert relative.low > 0
        assert relative.high >= claimed
    elif word == SourceWord.CONTRADICTED:
        assert relative.high < claimed
    else:
        assert word == SourceWord.NOT_SUPPORTED
        assert relative.low <= 0 <= claimed <= relative.high


@pytest.mark.parametrize(
    ("counted", "word", "reason"),
    [
        (2.2, SourceWord.SUPPORTED, "within 10 %"),
        (4.5, SourceWord.CONTRADICTED, "more than claimed"),
        (1.0, SourceWord.CONTRADICTED, "less than claimed"),
        (nan, SourceWord.NOT_TESTABLE, "not counted"),
    ],
)
def test_the_word_of_a_counted_multiple(counted: float, word: SourceWord, reason: str) -> None:
    assert word_of_number(claimed=2.1, counted=counted) == (word, reason)


def test_a_relative_difference_divides_by_the_limit_that_makes_it_wider() -> None:
    # difference .05 [−.02, .12] over a baseline of .5 ± .1: .05/.5, −.02/.4, .12/.4
    wide = Relative.of(0.05, low=-0.02, high=0.12, base=Base(0.5, 0.1))
    assert wide is not None
    assert (wide.value, wide.low, wide.high) == pytest.approx((0.1, -0.05, 0.3))
    # a gain's lower and a loss's upper limit are nearer to 0: .02/.6, −.02/.6
    gain = Relative.of(0.05, low=0.02, high=0.12, base=Base(0.5, 0.1))
    loss = Relative.of(-0.05, low=-0.12, high=-0.02, base=Base(0.5, 0.1))
    assert gain is not None
    assert loss is not None
    assert (gain.low, loss.high) == pytest.approx((0.02 / 0.6, -0.02 / 0.6))
    assert wide.text() == "+10 [−5, +30] %"


def test_a_relative_difference_ends_at_a_loss_of_everything() -> None:
    loss = Relative.of(-0.3, low=-0.6, high=0.0, base=Base(0.5, 0.1))
    assert loss is not None
    assert loss.low == -1.0


@pytest.mark.parametrize(
    ("limits", "base"),
    [((-inf, inf), CERTAIN), ((nan, nan), CERTAIN), ((-0.1, 0.1), Base(0.1, 0.1))],
)
def test_there_is_no_relative_difference_without_an_interval_or_over_nothing(
    limits: tuple[float, float], base: Base
) -> None:
    assert Relative.of(0.0, low=limits[0], high=limits[1], base=base) is None


def test_a_mean_has_the_spread_of_queries_and_of_seeds() -> None:
    row = {"mean": 0.5, "ci_low": 0.47, "ci_high": 0.54, "n_seeds": 5, "sd_seed": 0.01}
    # scipy-independent: t with 4 degrees of freedom at .975 is 2.776 (any table of t)
    assert Base.of(row).half_width == pytest.approx(
        sqrt(0.04**2 + (2.776 * 0.01 / sqrt(5)) ** 2), abs=5e-6
    )
    assert Base.of({**row, "n_seeds": 1, "sd_seed": nan}).half_width == pytest.approx(0.04)


def test_shares_and_multiples_as_text() -> None:
    assert [percent(x) for x in (0.042, 0.05, -0.1234, -0.0001)] == ["+4.2", "+5", "−12.3", "0"]
    assert times(2.1) == "2.10×"
