"""The made collection: a query's relevant document follows from its mode word and its anchor."""

import hashlib
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from maw.datasets.collection import Collection
from maw.datasets.loaders import routing_control
from maw.datasets.loaders.routing_control import Config, load
from maw.datasets.routing_words import ANCHOR, FILLERS, MODE_WORDS, OFFSETS, WORDS
from maw.errors import InputError
from maw.settings import registry

SMALL = Config(bags=30, queries_per_bag=8)


@pytest.fixture(scope="module")
def made() -> Collection:
    return load(Config())


@pytest.fixture(scope="module")
def small() -> Collection:
    return load(SMALL)


def documents_of(collection: Collection) -> pd.DataFrame:
    (documents,) = collection.blocks()
    return documents


def test_the_committed_collection_is_one_draw(made: Collection) -> None:
    """Another collection under the same seed would make the committed scores somebody else's."""
    texts = "\n".join([*documents_of(made)["text"], *made.queries["text"], *made.qrels["doc_id"]])
    assert hashlib.sha256(texts.encode()).hexdigest()[:16] == "c11c8b64f9bf0bd8"
    assert len(documents_of(made)) == 800
    assert len(made.queries) == len(made.qrels) == 2400
    assert made.queries["mode"].dtype == np.int64
    assert made.queries["cluster"].value_counts().to_dict() == {f"bag{b}": 12 for b in range(200)}


def test_a_document_has_its_own_word_thrice_and_the_others_of_its_bag_once(
    small: Collection,
) -> None:
    counts = [Counter(text.split()) for text in documents_of(small)["text"]]
    assert all(sorted(count.values()) == [1, 1, 1, 3] for count in counts)
    bags = [frozenset(count) for count in counts]
    assert set(Counter(bags).values()) == {4}
    assert len({(bag, count.most_common(1)[0][0]) for bag, count in zip(bags, counts, strict=True)})
    assert set().union(*bags) <= set(WORDS)


def test_the_mode_word_says_which_neighbour_of_the_anchor_is_the_documents_own(
    small: Collection,
) -> None:
    own = {
        row.doc_id: Counter(row.text.split()).most_common(1)[0][0]
        for row in documents_of(small).itertuples()
    }
    relevant = small.qrels.set_index("query_id")["doc_id"]
    places = Counter[str]()
    for query in small.queries.itertuples():
        words = query.text.split()
        mode_word = MODE_WORDS[query.mode]
        assert words.count(mode_word) == 2
        assert (words[:2] == [mode_word] * 2) or (words[-2:] == [mode_word] * 2)
        places["start" if words[0] == mode_word else "end"] += 1
        counted = words[words.index(ANCHOR) + OFFSETS[query.mode]]
        assert own[relevant[query.query_id]] == counted
        assert 7 <= len(words) <= 13
        assert sum(word in FILLERS for word in words) <= 6
    assert min(places.values()) > 80  # of 240, with even odds
    assert set(small.queries["mode"]) == {0, 1, 2, 3}


def test_with_shuffled_mode_words_only_the_mode_words_differ(small: Collection) -> None:
    shuffled = load(SMALL.model_copy(update={"shuffled": True}))
    pd.testing.assert_frame_equal(documents_of(shuffled), documents_of(small))
    pd.testing.assert_frame_equal(shuffled.qrels, small.qrels)
    assert shuffled.queries["mode"].equals(small.queries["mode"])
    told = [
        next(MODE_WORDS.index(word) for word in text.split() if word in MODE_WORDS)
        for text in shuffled.queries["text"]
    ]
    assert sorted(told) == sorted(small.queries["mode"])
    # by chance one in four agrees; five standard errors of 240 draws
    agree = float(np.mean(np.array(told) == shuffled.queries["mode"]))
    assert agree == pytest.approx(0.25, abs=5 * (0.25 * 0.75 / 240) ** 0.5)
    for before, after in zip(small.queries["text"], shuffled.queries["text"], strict=True):
        kept = [
            [word for word in text.split() if word not in MODE_WORDS] for text in (before, after)
        ]
        assert kept[0] == kept[1]
    assert shuffled.groups != small.groups


def test_another_seed_is_another_collection_and_the_same_one_is_the_same(small: Collection) -> None:
    pd.testing.assert_frame_equal(load(SMALL).queries, small.queries)
    other = load(SMALL.model_copy(update={"seed": 1}))
    assert not other.queries["text"].equals(small.queries["text"])
    assert other.source.endswith("seed 1")


def test_it_reads_no_file_and_depends_on_numpy() -> None:
    assert routing_control.sources(SMALL) == []
    assert routing_control.fingerprint(SMALL) == {"numpy": np.__version__}


def test_more_bags_than_there_are_is_an_error() -> None:
    # 5 words over 4: 5 bags
    entry = {"kind": "routing_control", "words": 5, "bags": 6}
    with pytest.raises(
        InputError, match="5 words have 5 bags of 4, fewer than bags: 6; give fewer"
    ):
        registry.parse("loaders", entry)
    assert len(load(Config(words=5, bags=5)).queries) == 60
