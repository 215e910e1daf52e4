"""Which words about a claim are false, and the few numbers from which simulated words are read.

In a simulation the true leads of a system over its controls are known multiples of SESOI, the
smallest effect size of interest. A word is false if it says of a lead, or of a control that it
names, what is not so. The words depend only on whether limits lie above or below −SESOI, 0 and
SESOI, so that p-values at these points replace the search for half-widths.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from maw.significance.clean import Array
from maw.significance.distributions import t_sf
from maw.significance.generalised import SeedPart, Spread
from maw.significance.words import SUFFIXES, WORDS, Codes, Suffix, Truths, Word


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What is said about one claim with K controls in n experiments.

    words, suffixes [n]: codes. slight [n, K]: controls that a sentence on a lead below SESOI names.
    winners [n, K]: controls that "refuted" names as beating the system.
    """

    words: Codes
    suffixes: Codes
    slight: Truths
    winners: Truths


def false_words(said: Said, leads: Sequence[float]) -> Truths:
    """Return in which experiments the word, its suffix or a name in it is false, [n].

    leads [K]: the true lead of the system over each control, in multiples of SESOI.
    """
    true = np.asarray(leads, dtype=np.float64)
    smallest = true.min()
    names_large: Truths = np.any(said.slight & (true >= 1), axis=-1)
    names_beaten: Truths = np.any(said.winners & (true >= 0), axis=-1)
    less = said.suffixes == SUFFIXES.index(Suffix.LESS)
    at_least = said.suffixes == SUFFIXES.index(Suffix.AT_LEAST)
    wrong_size = (less & (smallest <= -1)) | (at_least & (smallest > -1))
    is_false: dict[Word, Truths | bool] = {
        Word.BETTER_BY_SESOI: bool(smallest < 1),
        Word.SLIGHTLY_BETTER: names_large | bool(smallest <= 0 or smallest >= 1),
        Word.BETTER: bool(smallest <= 0),
        Word.REFUTED: names_beaten | wrong_size | bool(smallest >= 0),
        Word.EQUIVALENT: bool((np.abs(true) >= 1).any()),
        Word.NO_RELEVANT_GAIN: names_large | bool(smallest >= 1),
    }
    wrong = np.zeros(said.words.shape, dtype=np.bool_)
    for word, false in is_false.items():
        wrong |= (said.words == WORDS.index(word)) & false
    return wrong


def pvalues_below(spread: Spread, distance: Array, *, limit: float) -> Array:
    """Return the generalised p at distances [n], exact below `limit`, else a bound that is not.

    spread: with fields [n]. A number of at least `limit` is a lower bound of p: the p of a t-test
    without seeds, which only add to the variance. Most distances need no more, and the quadrature
    over two systems' seeds is slow.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(distance == 0, 0.0, distance / np.sqrt(spread.query_variance))
    p = 2 * t_sf(ratios, spread.query_df)
    rows = p < limit
    parts = tuple(
        SeedPart(part.between[rows], part.error[rows], part.n_seeds) for part in spread.seed_parts
    )
    small = Spread(
        spread.query_variance[rows],
        spread.query_df,
        parts,
        tied_units=spread.tied_units[rows],
        measure_range=spread.measure_range,
    )
    p[rows] = small.pvalue(distance[rows])
    return p


@dataclass(frozen=True, slots=True, eq=False)
class GridWidths:
    """Half-widths that are exact enough to tell on which side of some points each limit lies.

    distances [n, J]: of the estimate from J points; pvalues [n, J]: of these points as true means.
    """

    distances: Array
    pvalues: Array

    def __call__(self, tail: float) -> Array:
        """Return numbers between the farthest point within h(tail) and the nearest beyond, [n].

        Without a point beyond, it is 1 more than the distance of the farthest.
        """
        within = self.pvalues >= 2 * tail
        low = np.max(self.distances, axis=-1, where=within, initial=0.0)
        high = np.min(self.distances, axis=-1, where=~within, initial=np.inf)
        result: Array = np.where(np.isinf(high), low + 1, (low + high) / 2)
        return result
