"""No answer of a held-out query is trained on, whatever the links; a planted leak is named."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maw.datasets import leaks
from maw.datasets.collection import Collection
from maw.datasets.splits import assign, groups_of
from maw.errors import InputError
from maw.settings.split_kinds import Split

PAIR = ["query_id", "doc_id"]
Pair = tuple[str, str]


def collection_of(
    texts: dict[str, str],
    *,
    links: list[Pair],
    twins: list[Pair] = (),  # type: ignore[assignment]
    owned: bool = True,
) -> Collection:
    """A collection whose own documents have the ids of their queries; links have grade 1."""
    judged = [(name, name, 2) for name in texts if owned]
    judged += [(*pair, 1) for pair in dict.fromkeys(links)]
    return Collection(
        documents=pd.DataFrame({"doc_id": list(texts), "text": list(texts.values())}),
        queries=pd.DataFrame({"query_id": list(texts), "text": list(texts.values())}),
        qrels=pd.DataFrame(judged, columns=[*PAIR, "relevance"]),
        groups=groups_of(texts, linked=twins),
        licence="",
        source="",
        own={name: name for name in texts} if owned else {},
        twins=pd.DataFrame(twins, columns=PAIR, dtype="object"),
    )


def known_of(collection: Collection) -> set[str]:
    """Ids of the collection's documents."""
    (documents,) = collection.blocks()
    return set(documents["doc_id"])


def checked_of(
    collection: Collection, splits: dict[str, str], **pairs: pd.DataFrame
) -> dict[str, int]:
    return leaks.check(collection, splits, known=known_of(collection), **pairs)


def pairs_of(frame: pd.DataFrame) -> set[Pair]:
    return set(frame[PAIR].itertuples(index=False, name=None))


def rows(*pairs: Pair, **more: int) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=PAIR, dtype="object").assign(**more)


TEXTS = st.lists(
    st.sampled_from(["lift", "Lift 2", "drag", "heat", "flow", "wing", "shock", "jet"]),
    min_size=2,
    max_size=10,
)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Collection, dict[str, str], pd.DataFrame]:
    """A symmetric See-Also graph with twins, each query's split, and a pool of all documents."""
    texts = {f"q{n}": text for n, text in enumerate(draw(TEXTS))}
    name = st.sampled_from(list(texts))
    edges = draw(st.lists(st.tuples(name, name).filter(lambda ab: ab[0] != ab[1]), max_size=12))
    links = [pair for a, b in edges for pair in ((a, b), (b, a))]
    drawn = draw(st.lists(st.tuples(name, name).filter(lambda ab: ab[0] != ab[1]), max_size=2))
    twins = list(dict.fromkeys(pair for a, b in drawn for pair in ((a, b), (b, a))))
    collection = collection_of(texts, links=links, twins=twins)
    split = Split(train=0.5, dev=0.2, test=0.3, salt=draw(st.sampled_from("abcdefgh")))
    splits = dict(assign(collection.groups, split).itertuples(index=False, name=None))
    order = draw(st.permutations(list(texts)))
    return collection, splits, rows(*((query, doc) for query in texts for doc in order))


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_no_answer_is_given_away_whatever_the_links(
    drawn: tuple[Collection, dict[str, str], pd.DataFrame],
) -> None:
    collection, splits, pool = drawn
    training = leaks.training_pairs(collection, splits, known=known_of(collection))
    negatives = leaks.mined_negatives(collection, splits, pool, depth=3)
    held_out = {query for query, split in splits.items() if split != "train"}
    for pairs in (training, negatives):
        assert held_out.isdisjoint(pairs["query_id"])
        assert held_out.isdisjoint(pairs["doc_id"])  # documents bear the names of their queries
    relevant = pairs_of(collection.qrels)
    assert pairs_of(training) <= relevant
    assert pairs_of(negatives).isdisjoint(relevant | pairs_of(collection.twins))
    # and nothing is thrown away that might stay
    train = set(splits) - held_out
    assert pairs_of(training) == {(q, d) for q, d in relevant if {q, d} <= train}
    allowed = {(q, d) for q in train for d in train} - relevant - pairs_of(collection.twins)
    for query, found in negatives.groupby("query_id"):
        assert len(found) == min(3, sum(q == query for q, _ in allowed))
        assert list(found["rank"]) == list(range(1, len(found) + 1))
    checked = checked_of(collection, splits, training=training, negatives=negatives)
    assert checked == {
        "held_out_own_documents": len(held_out),
        "training_pairs": len(training),
        "training_pairs_removed": sum(q in train for q, _ in relevant) - len(training),
        "negatives": len(negatives),
        "groups": len(set(collection.groups.values())),
        "leaks": 0,
    }


# a, b and c are trained on; d and e are held out; a links d, the reverse of what d is asked for
SMALL = collection_of(
    {"a": "lift", "b": "drag", "c": "heat", "d": "flow", "e": "wing"},
    links=[("a", "b"), ("b", "a"), ("a", "d"), ("d", "a")],
    twins=[("b", "c"), ("c", "b")],
)
SPLITS = {"a": "train", "b": "train", "c": "train", "d": "test", "e": "dev"}


def test_the_reverse_of_a_held_out_pair_is_not_trained_on() -> None:
    found = pairs_of(leaks.training_pairs(SMALL, SPLITS, known=known_of(SMALL)))
    assert found == {("a", "a"), ("b", "b"), ("c", "c"), ("a", "b"), ("b", "a")}
    assert leaks.held_out_documents(SMALL, SPLITS) == {"d", "e"}


def test_relevant_documents_and_those_of_twins_are_forbidden_as_negatives() -> None:
    assert list(leaks.forbidden(SMALL, SPLITS).itertuples(index=False, name=None)) == [
        ("a", "a"),
        ("a", "b"),
        ("a", "d"),
        ("b", "a"),
        ("b", "b"),
        ("b", "c"),
        ("c", "b"),
        ("c", "c"),
    ]


def test_negatives_are_the_best_of_the_pool_that_are_allowed_in_its_order() -> None:
    pool = rows(*(("a", doc) for doc in "edcba"), *(("c", doc) for doc in "bdae"), ("d", "b"))
    found = leaks.mined_negatives(SMALL, SPLITS, pool, depth=1)
    assert list(found.itertuples(index=False, name=None)) == [("a", "c", 1), ("c", "a", 1)]


def test_an_empty_pool_gives_no_negatives() -> None:
    found = leaks.mined_negatives(SMALL, SPLITS, pd.DataFrame(columns=[*PAIR, "score"]), depth=5)
    assert list(found.columns) == [*PAIR, "rank"]
    assert found.empty


def test_a_grade_of_0_and_a_document_that_is_not_there_are_no_positives() -> None:
    plain = collection_of({"a": "lift", "b": "drag"}, links=[("a", "a")], owned=False)
    qrels = pd.concat([plain.qrels, rows(("a", "b"), relevance=0), rows(("a", "x"), relevance=2)])
    collection = Collection(**{**vars(plain), "qrels": qrels})
    splits = {"a": "train", "b": "test"}
    training = leaks.training_pairs(collection, splits, known=known_of(collection))
    assert pairs_of(training) == {("a", "a")}
    pool = rows(("a", "b"), ("a", "a"))
    negatives = leaks.mined_negatives(collection, splits, pool, depth=5)
    assert pairs_of(negatives) == {("a", "b")}
    # nothing was held back for the leak rule: without own documents there is none
    checked = checked_of(collection, splits, training=training, negatives=negatives)
    assert (checked["held_out_own_documents"], checked["training_pairs_removed"]) == (0, 0)


NONE = rows()


@pytest.mark.parametrize(
    ("training", "negatives", "message"),
    [
        (
            rows(("a", "a"), ("a", "d")),
            NONE,
            "leak: 'd', a held-out query's own document, is a training positive of 'a'; report",
        ),
        (
            rows(("a", "a")),
            rows(("a", "c"), ("b", "e")),
            "leak: 'e', a held-out query's own document, is a training negative of 'b'; report",
        ),
        (rows(("d", "a")), NONE, "leak: held-out query 'd' is trained on, with 'a' as a positive"),
        (NONE, rows(("e", "c")), "leak: held-out query 'e' is trained on, with 'c' as a negative"),
    ],
)
def test_a_planted_leak_is_named(
    training: pd.DataFrame, negatives: pd.DataFrame, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        checked_of(SMALL, SPLITS, training=training, negatives=negatives)


def test_near_duplicates_in_two_splits_are_named() -> None:
    collection = collection_of({"a": "lift", "b": "Lift 2", "c": "drag"}, links=[])
    splits = {"a": "train", "b": "test", "c": "train"}
    message = (
        r"^leak: near-duplicates or twins 'a' \(train\) and 'b' \(test\) are in two splits; "
        "give both"
    )
    with pytest.raises(InputError, match=message):
        checked_of(collection, splits, training=NONE, negatives=NONE)


@pytest.mark.parametrize(
    "collection",
    [
        collection_of({"a": "lift", "b": "LIFT"}, links=[]),
        collection_of({"a": "lift", "b": "drag"}, links=[], twins=[("a", "b"), ("b", "a")]),
    ],
    ids=["near-duplicates", "twins"],
)
def test_wrong_groups_do_not_hide_a_pair_in_two_splits(collection: Collection) -> None:
    blind = Collection(**{**vars(collection), "groups": {"a": "one", "b": "another"}})
    with pytest.raises(InputError, match="'[ab]' .* and '[ab]' .* are in two splits"):
        checked_of(blind, {"a": "train", "b": "dev"}, training=NONE, negatives=NONE)
    assert checked_of(blind, {"a": "dev", "b": "dev"}, training=NONE, negatives=NONE)["leaks"] == 0


def test_linked_groups_in_two_splits_are_named_though_their_texts_differ() -> None:
    collection = collection_of({"a": "lift", "b": "drag"}, links=[], owned=False)
    grouped = Collection(**{**vars(collection), "groups": {"a": "one", "b": "one"}})
    with pytest.raises(InputError, match="'a' .* and 'b' .* are in two splits"):
        checked_of(grouped, {"a": "train", "b": "dev"}, training=NONE, negatives=NONE)
