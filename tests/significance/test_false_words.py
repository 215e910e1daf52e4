"""The chance of any false word, over all claims of a plan, is at most α."""

from collections.abc import Callable, Sequence
from math import sqrt

import numpy as np
import pytest

from tests.significance.false_words import (
    ALPHA,
    SESOI,
    Claim,
    Draws,
    Setting,
    any_false_word,
    random_setting,
    random_tables,
    t_draws,
    table_draws,
)

Draw = Callable[[np.random.Generator, int], Draws]
Case = tuple[Setting, Draw]


def rate(case: Case, *, seed: Sequence[int], n: int, block: int) -> float:
    """Return the share of n draws with a false word; each block has a generator of its own."""
    setting, draw = case
    n_false = 0
    for start in range(0, n, block):
        draws = draw(np.random.default_rng([*seed, start]), min(block, n - start))
        n_false += int(any_false_word(setting, draws).sum())
    return n_false / n


def highest_rates(
    cases: Sequence[Case], *, keep: int, n: tuple[int, int], block: int
) -> list[float]:
    """Return the rates of the `keep` worst cases, in new draws.

    n: numbers of draws with which each case is tried, and with which a worst one is measured.
    """
    tried = [rate(case, seed=[3, i], n=n[0], block=block) for i, case in enumerate(cases)]
    worst = np.argsort(tried)[::-1][:keep].tolist()
    return sorted(rate(cases[i], seed=[4, i], n=n[1], block=block) for i in worst)


def bound(n: int) -> float:
    """Return α and three Monte-Carlo standard errors of a rate of α in n draws."""
    return ALPHA + 3 * sqrt(ALPHA * (1 - ALPHA) / n)


def case_of(setting: Setting) -> Case:
    return setting, lambda generator, n: t_draws(setting, generator, n)


def random_cases(n: int) -> list[Case]:
    return [case_of(random_setting(np.random.default_rng([1, seed]))) for seed in range(n)]


def table_case(seed: int) -> Case:
    generator = np.random.default_rng([2, seed])
    setting = random_setting(generator)
    while len(setting.leads) > 4:  # each contrast is a table
        setting = random_setting(generator)
    tables = random_tables(generator)
    return setting, lambda generator, n: table_draws(setting, tables, generator, n)


def simple_setting(*leads: float, error: float = 0.1, includes: tuple[int, ...] = ()) -> Setting:
    """Return one claim against controls with these true leads, and one against the first of them.

    includes: the claims that the first includes.
    """
    N = len(leads)
    everything, first = tuple(range(N)), (0,)
    claims = (Claim(everything, ALPHA / 2, includes), Claim(first, ALPHA / 2))
    return Setting(claims, np.array(leads), np.full(N, error), np.full(N, 49.0), np.zeros(N))


@pytest.mark.slow
def test_no_random_setting_gives_more_false_words_than_alpha() -> None:
    rates = highest_rates(random_cases(3000), keep=20, n=(3000, 200_000), block=20_000)
    assert max(rates) <= bound(200_000), rates
    assert min(rates) > 0.9 * ALPHA, rates  # the settings do strain the rules


@pytest.mark.slow
def test_no_setting_with_nested_claims_gives_more_false_words_than_alpha() -> None:
    cases = [
        (setting, draw)
        for setting, draw in random_cases(3000)
        if any(claim.includes for claim in setting.claims)
    ]
    rates = highest_rates(cases, keep=20, n=(3000, 200_000), block=20_000)
    assert max(rates) <= bound(200_000), rates


@pytest.mark.slow
def test_no_setting_of_full_tables_gives_more_false_words_than_alpha() -> None:
    cases = [table_case(seed) for seed in range(60)]
    rates = highest_rates(cases, keep=5, n=(1000, 40_000), block=1000)
    assert max(rates) <= bound(40_000), rates


@pytest.mark.parametrize(
    "setting",
    [
        simple_setting(0.0, 0.0),
        simple_setting(SESOI, SESOI, includes=(1,)),
        simple_setting(8 * SESOI, -SESOI, 0.0, includes=(1,)),
        simple_setting(-SESOI, SESOI, error=1.0, includes=(1,)),
    ],
    ids=["no effect", "SESOI", "one loss", "both"],
)
def test_a_simple_setting_gives_no_more_false_words_than_alpha(setting: Setting) -> None:
    assert rate(case_of(setting), seed=[5], n=40_000, block=20_000) <= bound(40_000)


def test_levels_that_are_not_divided_among_the_claims_are_seen() -> None:
    setting, draw = case_of(simple_setting(SESOI, 0.0))
    draws = draw(np.random.default_rng(6), 40_000)
    assert any_false_word(setting, draws).mean() <= bound(40_000)
    assert any_false_word(setting, draws, inflation=2).mean() > bound(40_000)


@pytest.mark.parametrize(
    ("leads", "estimates", "is_false"),
    [
        ([0.5, 8.0], [2.0, 8.0], True),  # better, by at least SESOI
        ([1.0, 8.0], [2.0, 8.0], False),
        ([0.0, 8.0], [0.5, 8.0], True),  # better, but by less than SESOI
        ([1.0, 8.0], [0.5, 8.0], True),
        ([0.5, 8.0], [0.5, 8.0], False),
        ([8.0, 0.5], [0.5, 8.0], True),  # the same, and a wrong control is named
        ([0.0, 8.0], [1.0, 8.0], True),  # better
        ([0.5, 8.0], [1.0, 8.0], False),
        ([0.5, 8.0], [-0.5, 8.0], True),  # refuted, by less than SESOI
        ([-1.0, 8.0], [-0.5, 8.0], True),
        ([-0.5, 8.0], [-0.5, 8.0], False),
        ([-0.5, 8.0], [-0.5, -0.5], True),  # the same, and a wrong control is said to win
        ([-0.5, 8.0], [-2.0, 8.0], True),  # refuted, by at least SESOI
        ([-1.0, 8.0], [-2.0, 8.0], False),
        ([0.5, 1.0], [0.0, 0.5], True),  # equivalent
        ([0.5, 0.9], [0.0, 0.5], False),
        ([-1.0, 0.9], [0.0, 0.5], True),
        ([1.0, 8.0], [0.0, 8.0], True),  # no relevant gain
        ([0.5, 8.0], [0.0, 8.0], False),
        ([8.0, 0.5], [0.0, 8.0], True),  # the same, and a wrong control is named
        ([8.0, -8.0], [1.0, 1.0], True),  # better
        ([8.0, -8.0], [0.5, 1.0], True),
    ],
)
def test_false_words_and_names_are_counted(
    leads: list[float], estimates: list[float], is_false: bool
) -> None:
    claims = (Claim((0, 1), ALPHA),)
    errors, df = np.full(2, 0.05), np.full(2, 549.0)
    setting = Setting(claims, np.array(leads), errors, df, np.zeros(2))
    widths = t_draws(setting, np.random.default_rng(0), 1).half_widths
    assert any_false_word(setting, Draws(np.array([estimates]), widths)).tolist() == [is_false]
