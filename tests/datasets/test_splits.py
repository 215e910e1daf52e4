"""A query's split depends on its group alone: shares as configured, near-duplicates together."""

import random
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maw.datasets.splits import assign, groups_of, halves, normal, split_of_group
from maw.errors import InputError
from maw.settings.split_kinds import Fold, KFold, Official, Split, Transfer

N = 10_000
GROUPS = {f"q{n}": f"group {random.Random(n).random()}" for n in range(N)}
WORDS = st.sampled_from(["lift", "Lift!", "lift 2", "drag", "DRAG", "1984", "1985", "?", "été"])
TEXTS = st.dictionaries(st.text("abc12", min_size=1, max_size=3), WORDS, min_size=1, max_size=12)


def splits_of(groups: dict[str, str], split: Split | Fold) -> dict[str, str]:
    return dict(assign(groups, split).itertuples(index=False, name=None))


@pytest.mark.parametrize("split", [Split(), Split(train=0.2, dev=0.2, test=0.6, salt="other")])
def test_shares_of_many_groups_are_as_asked_within_sampling_error(split: Split) -> None:
    found = assign(GROUPS, split)["split"].value_counts() / N
    for name in ("train", "dev", "test"):
        share = getattr(split, name)
        # four standard errors of a binomial share
        assert found[name] == pytest.approx(share, abs=4 * sqrt(share * (1 - share) / N))


def test_a_share_of_nothing_gets_nothing() -> None:
    found = set(assign(GROUPS, Split(train=0, dev=0, test=1))["split"])
    assert found == {"test"}


def test_every_query_gets_its_split_in_the_order_given() -> None:
    frame = assign(GROUPS, Split())
    assert list(frame.columns) == ["query_id", "split"]
    assert list(frame["query_id"]) == list(GROUPS)


def test_no_query_changes_its_split_when_the_collection_grows() -> None:
    before = dict(list(GROUPS.items())[::3])
    grown = splits_of(GROUPS, Split())
    assert {query: grown[query] for query in before} == splits_of(before, Split())


def test_splits_do_not_depend_on_the_order() -> None:
    turned = dict(reversed(GROUPS.items()))
    assert splits_of(turned, Split()) == splits_of(GROUPS, Split())


def test_another_salt_gives_another_split() -> None:
    assert splits_of(GROUPS, Split()) != splits_of(GROUPS, Split(salt="pepper"))


def test_the_split_is_the_salted_hash_as_a_number_between_0_and_1() -> None:
    # printf 'maw:lift' | sha256sum  ->  47f03f983352e156...
    #   python -c 'print(0x47f03f983352e156 / 2**64)'  ->  0.28100964990455735
    assert split_of_group("lift", Split(train=0.28102, dev=0, test=0.71898)) == "train"
    assert split_of_group("lift", Split(train=0.28100, dev=0.00002, test=0.71898)) == "dev"
    assert split_of_group("lift", Split(train=0.28100, dev=0, test=0.71900)) == "test"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What is LIFT?", "what is lift"),
        ("  what\tis\nlift ", "what is lift"),
        ("what_is-lift (2nd ed., 1958)", "what is lift nd ed"),
        ("Straße", "strasse"),  # case is folded, not lowered
        ("Ünïcode Λ", "ünïcode λ"),
        ("1984", "1984"),  # nothing else is there: it stays whole
        (" 3 + 4 ", "3 + 4"),
        ("...", "..."),
        ("", ""),
    ],
)
def test_case_digits_and_punctuation_do_not_count(text: str, expected: str) -> None:
    assert normal(text) == expected


def test_numbers_are_near_duplicates_of_equal_numbers_only() -> None:
    groups = groups_of({"a": "1984", "b": "1985", "c": " 1984 ", "d": "in 1984", "e": "in 1985"})
    assert groups["a"] == groups["c"] != groups["b"]
    assert groups["d"] == groups["e"] != groups["a"]


def test_linked_queries_share_a_group_and_so_do_their_near_duplicates() -> None:
    texts = {"a": "lift", "b": "drag", "c": "Lift 2", "d": "heat", "e": "Drag?"}
    groups = groups_of(texts, linked=[("a", "b")])
    assert len({groups[query] for query in "abce"}) == 1
    assert groups["d"] != groups["a"]


@settings(max_examples=60, deadline=None)
@given(texts=TEXTS, data=st.data())
def test_near_duplicates_and_twins_are_in_one_split_in_any_order(
    texts: dict[str, str], data: st.DataObject
) -> None:
    names = st.sampled_from(sorted(texts))
    twins = data.draw(st.lists(st.tuples(names, names), max_size=6))
    salt = data.draw(st.sampled_from("abcdef"))
    groups = groups_of(texts, linked=twins)
    splits = splits_of(groups, Split(train=0.4, dev=0.2, test=0.4, salt=salt))
    for a in texts:
        for b in texts:
            if normal(texts[a]) == normal(texts[b]) or (a, b) in twins:
                assert groups[a] == groups[b]
                assert splits[a] == splits[b]
    order = data.draw(st.permutations(sorted(texts)))
    shuffled = {name: texts[name] for name in order}
    turned = [(b, a) for a, b in reversed(twins)]
    assert groups_of(shuffled, linked=turned) == groups


@settings(max_examples=60, deadline=None)
@given(texts=TEXTS)
def test_without_links_a_group_is_a_text_and_growing_moves_nobody(texts: dict[str, str]) -> None:
    groups = groups_of(texts)
    assert groups == {query: normal(text) for query, text in texts.items()}
    kept = dict(list(texts.items())[::2])
    assert groups_of(kept) == {query: groups[query] for query in kept}


def test_every_query_is_tested_in_exactly_one_fold_and_its_group_with_it() -> None:
    folds = [Fold(collection="c", fold=n, folds=5) for n in range(1, 6)]
    splits = [dict(assign(GROUPS, fold).itertuples(index=False, name=None)) for fold in folds]
    tested = [{q for q, split in split_of.items() if split == "test"} for split_of in splits]
    assert sum(map(len, tested)) == N == len(set().union(*tested))
    for split_of, queries in zip(splits, tested, strict=True):
        assert len(queries) / N == pytest.approx(0.2, abs=4 * sqrt(0.2 * 0.8 / N))
        dev = sum(split == "dev" for split in split_of.values()) / (N - len(queries))
        assert dev == pytest.approx(0.1, abs=4 * sqrt(0.09 / (N * 0.8)))


@given(TEXTS)
@settings(max_examples=50)
def test_a_fold_never_parts_near_duplicates(texts: dict[str, str]) -> None:
    groups = groups_of(texts)
    for n in (1, 2, 3):
        split_of = splits_of(groups, Fold(collection="c", fold=n, folds=3))
        by_group: dict[str, set[str]] = {}
        for query, split in split_of.items():
            by_group.setdefault(groups[query], set()).add(split)
        assert all(len(splits) == 1 for splits in by_group.values())


def test_an_official_split_keeps_test_whole_and_leaves_out_what_would_leak() -> None:
    groups = {"a": "lift", "b": "lift", "c": "drag", "d": "drag", "e": "heat", "f": "flow"}
    published = {"a": "train", "b": "test", "c": "train", "d": "dev", "e": "train", "f": "test"}
    found = dict(assign(groups, Official(), published).itertuples(index=False, name=None))
    assert found == {"b": "test", "d": "dev", "e": "train", "f": "test"}


def test_an_official_dev_split_is_cut_from_train_by_group_where_there_is_none() -> None:
    published = {query: "test" if n % 2 else "train" for n, query in enumerate(GROUPS)}
    found = dict(assign(GROUPS, Official(dev=0.3), published).itertuples(index=False, name=None))
    assert {query for query, split in found.items() if split == "test"} == {
        query for query, split in published.items() if split == "test"
    }
    share = sum(split == "dev" for split in found.values()) / (N / 2)
    assert share == pytest.approx(0.3, abs=4 * sqrt(0.21 / (N / 2)))


def test_a_collection_without_splits_of_its_own_has_no_official_split() -> None:
    with pytest.raises(InputError, match="no splits of its own"):
        assign(GROUPS, Official(), {})


def test_transferred_and_joined_datasets_are_all_test() -> None:
    for split in (Transfer(source="other"), KFold()):
        assert set(assign(GROUPS, split)["split"]) == {"test"}


def test_the_halves_swap_train_and_dev_and_leave_test_alone() -> None:
    split_of = splits_of(GROUPS, Split())
    first, second = halves(GROUPS, split_of, salt="maw")
    swapped = {"train": "dev", "dev": "train", "test": "test"}
    assert second == {query: swapped[name] for query, name in first.items()}
    is_test = {query: name == "test" for query, name in split_of.items()}
    assert {query: name == "test" for query, name in first.items()} == is_test
    n_searched = sum(not test for test in is_test.values())
    n_first = sum(name == "train" for name in first.values())
    # four standard errors of a binomial share
    assert n_first / n_searched == pytest.approx(0.5, abs=4 * sqrt(0.25 / n_searched))
    # a half is no copy of the split: half of the train queries are in each
    in_both = sum(first[query] == name == "train" for query, name in split_of.items())
    n_train = sum(name == "train" for name in split_of.values())
    assert in_both / n_train == pytest.approx(0.5, abs=4 * sqrt(0.25 / n_train))


@given(texts=TEXTS, salt=st.sampled_from("abc"))
def test_near_duplicates_are_in_one_half(texts: dict[str, str], salt: str) -> None:
    groups = groups_of(texts)
    for half in halves(groups, dict.fromkeys(texts, "train"), salt=salt):
        for query, other in ((a, b) for a in texts for b in texts if groups[a] == groups[b]):
            assert half[query] == half[other]
