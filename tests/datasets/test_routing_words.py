"""The words of the made collection are all different, for people and for BM25."""

import bm25s
import Stemmer

from maw.datasets.routing_words import ANCHOR, FILLERS, MODE_WORDS, OFFSETS, WORDS

ALL = [*WORDS, *MODE_WORDS, ANCHOR, *FILLERS]


def test_no_word_is_there_twice_and_each_mode_has_one() -> None:
    assert len(WORDS) == 40
    assert len(set(ALL)) == len(ALL) == 40 + 4 + 1 + 4
    assert len(MODE_WORDS) == len(OFFSETS) == len(set(OFFSETS))


def test_bm25_sees_different_terms_and_drops_none() -> None:
    stemmed = bm25s.tokenize(
        ALL, stopwords="en", stemmer=Stemmer.Stemmer("english"), show_progress=False
    )
    assert len(stemmed.vocab) - ("" in stemmed.vocab) == len(ALL)
