"""How often are words false? Random settings of claims with known truths, and draws from them.

SESOI is 1. A setting has N contrasts of systems with controls; every claim names some of them. What
makes a word, a suffix or a name false is written here again, from the protocol, and not taken from
the package. Letters: N contrasts, K controls of a claim, n draws.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import special

from maw.significance import crossed_many
from maw.significance.words import (
    SUFFIXES,
    WORDS,
    HalfWidths,
    Suffix,
    Word,
    claim_limits,
    control_bars,
    findings,
    nested_limits,
    suffix_codes,
    winning_controls,
    word_codes,
)

Array = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

ALPHA, SESOI = 0.05, 1.0
LEADS = (-SESOI, 0.0, SESOI, 8 * SESOI, -8 * SESOI)  # what a true lead may be
DEGREES = (2.0, 4.0, 9.0, 49.0, 186.0, 549.0)


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim at one level; controls: the places of its contrasts, includes: those of claims."""

    controls: tuple[int, ...]
    level: float
    includes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """Claims about contrasts with true leads [N], and how precisely each is measured, [N].

    loadings: the part of each contrast's error that one common cause has in it, −1 to 1.
    """

    claims: tuple[Claim, ...]
    leads: Array
    errors: Array
    df: Array
    loadings: Array


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Estimates [n, N] of the leads, and tail -> their half-widths [n, N]."""

    estimates: Array
    half_widths: HalfWidths


def random_claims(generator: np.random.Generator) -> tuple[tuple[Claim, ...], int]:
    """Return 1 to 8 claims, partly nested, and the number of contrasts that they name."""
    m = int(generator.integers(1, 9))
    weights = np.ones(m) if generator.random() < 0.7 else generator.dirichlet(np.full(m, 3.0)) * m
    claims: list[Claim] = []
    n_contrasts = 0
    while len(claims) < m:
        K = int(generator.integers(1, 8))
        widest = tuple(range(n_contrasts, n_contrasts + K))
        n_contrasts += K
        chain = [widest]
        while len(chain[-1]) > 1 and len(claims) + len(chain) < m and generator.random() < 0.4:
            size = int(generator.integers(1, len(chain[-1])))
            chain.append(tuple(sorted(generator.permutation(chain[-1])[:size].tolist())))
        first = len(claims)
        for i, controls in enumerate(chain):
            level = ALPHA / m * float(weights[first + i])
            included = tuple(range(first + i + 1, first + len(chain)))
            claims.append(Claim(controls, level, included))
    return tuple(claims), n_contrasts


def random_setting(generator: np.random.Generator) -> Setting:
    """Return random claims with random leads, standard errors in ratios up to 50, and mixed df."""
    claims, N = random_claims(generator)
    smallest = np.exp(generator.uniform(np.log(0.02), np.log(2)))
    ratio = generator.choice([1.0, 3.0, 10.0, 50.0])
    correlation = generator.choice([0.0, 0.5, 0.9, 0.99])
    signs = generator.choice([-1, 1], N) if generator.random() < 0.5 else np.ones(N)
    shares = generator.dirichlet(np.full(len(LEADS), 0.5))  # settings differ in their mixtures
    return Setting(
        claims=claims,
        leads=generator.choice(LEADS, N, p=shares),
        errors=smallest * ratio ** generator.uniform(0, 1, N),
        df=generator.choice(DEGREES, N),
        loadings=signs * np.sqrt(correlation),
    )


def t_draws(setting: Setting, generator: np.random.Generator, n: int) -> Draws:
    """Return n draws of normal estimates with standard errors estimated on df degrees."""
    N = len(setting.leads)
    common, own = generator.standard_normal((n, 1)), generator.standard_normal((n, N))
    noise = setting.loadings * common + np.sqrt(1 - setting.loadings**2) * own
    scales = setting.errors * np.sqrt(generator.chisquare(setting.df, (n, N)) / setting.df)

    @cache
    def half_widths(tail: float) -> Array:
        return np.asarray(-special.stdtrit(setting.df, tail) * scales)

    return Draws(setting.leads + setting.errors * noise, half_widths)


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Sizes of full score tables: deviations of query, seed and error in the contrasts, and shape.

    common: the share of the variance of each part that all contrasts have in common.
    """

    Q: int
    S: int
    seed: float
    error: float
    common: float


def random_tables(generator: np.random.Generator) -> Tables:
    """Return random sizes; the deviation of a query's effect is 1."""
    return Tables(
        Q=int(generator.choice([20, 43, 80])),
        S=int(generator.choice([3, 4, 5])),
        seed=float(generator.choice([0.0, 0.1, 0.3, 1.0])),
        error=float(generator.choice([0.3, 1.0])),
        common=float(generator.choice([0.0, 0.5, 0.9])),
    )


def table_draws(setting: Setting, tables: Tables, generator: np.random.Generator, n: int) -> Draws:
    """Return n draws through the deciding test of tables [Q, S] with shared seeds.

    The errors of the setting are reached by scaling each contrast's table.
    """
    N, Q, S = len(setting.leads), tables.Q, tables.S
    spread = np.sqrt(1 / Q + tables.seed**2 / S + tables.error**2 / (Q * S))

    def part(*shape: int) -> Array:
        own, common = (
            generator.standard_normal((N, n, *shape)),
            generator.standard_normal((n, *shape)),
        )
        return np.asarray(np.sqrt(tables.common) * common + np.sqrt(1 - tables.common) * own)

    noise = part(Q, 1) + tables.seed * part(1, S) + tables.error * part(Q, S)
    scales = (setting.errors / spread)[:, None, None, None]
    system = setting.leads[:, None, None, None] + scales * noise
    # the range bounds only the differences of tied scores, of which there are none
    tests = crossed_many(system, np.zeros_like(system), np.arange(Q), seeds="shared")

    @cache
    def half_widths(tail: float) -> Array:
        return np.asarray(tests.half_width(tail).T)

    return Draws(tests.mean.T, half_widths)


def any_false_word(setting: Setting, draws: Draws, *, inflation: float = 1.0) -> Truths:
    """Return which draws hold a false word, suffix or name in any claim, [n].

    inflation: a factor of all levels, with which a test of this function breaks the rules.
    """
    claims = setting.claims
    means = [draws.estimates[:, claim.controls] for claim in claims]
    levels = [claim.level * inflation for claim in claims]
    widths = [_only(draws.half_widths, claim.controls) for claim in claims]
    columns = list(zip(means, widths, levels, strict=True))
    own = [claim_limits(mean, width, level=level) for mean, width, level in columns]
    wins = [winning_controls(mean, width, level=level) for mean, width, level in columns]
    nested = nested_limits(own, [claim.includes for claim in claims], sesoi=SESOI)
    n_false = np.zeros(len(draws.estimates), dtype=np.intp)
    for i, claim in enumerate(claims):
        shown = findings(nested[i], sesoi=SESOI)
        words = word_codes(shown)
        _, high = control_bars(means[i], widths[i], level=levels[i])
        beats = wins[i].copy()
        for j in claim.includes:
            beats[:, np.isin(claim.controls, claims[j].controls)] |= wins[j]
        leads = setting.leads[list(claim.controls)]
        n_false += _false_word(words, leads)
        n_false += _false_size(words, suffix_codes(shown, words), high, leads)
        n_false += _false_name(words, means[i], high, leads)
        n_false += _is(words, Word.REFUTED) & (beats & (leads >= 0)).any(axis=1)
    return n_false > 0


def _only(half_widths: HalfWidths, controls: tuple[int, ...]) -> Callable[[float], Array]:
    return lambda tail: half_widths(tail)[:, controls]


def _is(codes: npt.NDArray[np.intp], *words: Word) -> Truths:
    return np.isin(codes, [WORDS.index(word) for word in words])


def _false_word(words: npt.NDArray[np.intp], leads: Array) -> Truths:
    """Return where the word itself is false, [n]. leads [K]: the true ones."""
    smallest = leads.min()
    false = {
        Word.BETTER_BY_SESOI: smallest < SESOI,
        Word.SLIGHTLY_BETTER: smallest <= 0 or smallest >= SESOI,
        Word.BETTER: smallest <= 0,
        Word.REFUTED: smallest > 0,
        Word.EQUIVALENT: bool((np.abs(leads) >= SESOI).any()),
        Word.NO_RELEVANT_GAIN: smallest >= SESOI,
    }
    return _is(words, *(word for word, is_false in false.items() if is_false))


def _false_size(
    words: npt.NDArray[np.intp], suffixes: npt.NDArray[np.intp], high: Array, leads: Array
) -> Truths:
    """Return where the size of a loss is false, [n]: the suffix, or a bar wholly beyond −SESOI."""
    less, at_least = (suffixes == SUFFIXES.index(s) for s in (Suffix.LESS, Suffix.AT_LEAST))
    beyond = ((high < -SESOI) & (leads > -SESOI)).any(axis=1)
    false = (less & (leads.min() <= -SESOI)) | (at_least & (leads.min() > -SESOI)) | beyond
    return np.asarray(_is(words, Word.REFUTED) & false)


def _false_name(words: npt.NDArray[np.intp], means: Array, high: Array, leads: Array) -> Truths:
    """Return where a control is named that the system leads by SESOI or more, [n]."""
    slight = _is(words, Word.SLIGHTLY_BETTER, Word.NO_RELEVANT_GAIN)
    closest = means.argmin(axis=1)
    named = np.take_along_axis(high, closest[:, None], axis=1)[:, 0] < SESOI
    if means.shape[1] == 1:
        named = np.ones_like(named)
    return np.asarray(slight & named & (leads[closest] >= SESOI))
