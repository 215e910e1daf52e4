"""What is said of routers: whether they routed at all, and whether they had anything to learn."""

import pandas as pd
import pytest

from maw.reporting.routing import diagnoses, router_use, routing, targets


def test_a_router_that_sends_everything_one_way_is_told_on_the_first_screen() -> None:
    depths = pd.DataFrame(
        {
            "dataset": "toy",
            "system": "new",
            "seed": [1, 1, 2, 2],
            "depth": [0, 0, 0, 1],
        }
    )
    sentence = routing(depths, "new", dataset="toy")
    assert "took 75% of the texts" in sentence
    assert "in 1 of 2 seeds it took all, so that nothing was routed" in sentence
    assert routing(depths, "old", dataset="toy") == ""


def test_routers_of_two_datasets_are_counted_apart() -> None:
    depths = pd.DataFrame(
        {
            "dataset": ["one", "one", "two", "two"],
            "system": "maw",
            "seed": 42,
            "side": "query",
            "depth": [0, 0, 1, 1],
            "probability": 1.0,
        }
    )
    rows = router_use(depths)
    assert rows["Dataset"].tolist() == ["one", "two"]
    assert rows["Depths in use"].tolist() == [1, 1]
    assert rows["Most chosen"].tolist() == ["depth 0, 100%", "depth 1, 100%"]
    assert rows["Collapsed"].tolist() == ["yes", "yes"]


def test_a_router_that_uses_several_depths_has_not_collapsed() -> None:
    depths = pd.DataFrame(
        {"dataset": "toy", "system": "maw", "seed": 42, "side": "document", "depth": [3, 3, 5, 3],
         "probability": [0.5, 0.75, 0.5, 0.25]}
    )  # fmt: skip
    (row,) = router_use(depths).to_dict("records")
    assert row == {
        "Dataset": "toy", "System": "maw", "Seed": 42, "Side": "document", "Depths in use": 2,
        "Most chosen": "depth 3, 75%", "Mean probability": "0.500", "Collapsed": "no",
    }  # fmt: skip


def test_the_main_quantities_of_each_dataset_have_a_row_for_each_seed_and_side() -> None:
    rows = [
        ("one", "maw", 42, "query", "effective_depths", 1.25),
        ("one", "maw", 42, "query", "mutual_information_length", 0.5),
        ("one", "maw", 42, "query", "mutual_information_length_by_chance", 0.125),
        ("one", "maw", 42, "query", "regret_best_fixed", -0.0625),
        ("one", "maw", 42, "weights", "depth_cosine", 0.9),
        ("one", "maw", 42, "training", "tied_share", 0.8),
        ("one", "maw", 42, "document", "effective_depths", 2.0),
        ("two", "maw", 43, "pair", "effective_depths", 4.0),
    ]
    columns = ["dataset", "system", "seed", "side", "quantity", "value"]
    tables = diagnoses(pd.DataFrame(rows, columns=columns))
    assert {dataset: table.to_dict("records") for dataset, table in tables.items()} == {
        "one": [
            {
                "System": "maw", "Seed": "42", "Side": "query",
                "Depths in the mean policy": "1.250", "Bits on length": "0.500 (0.125)",
                "Regret: best depth": "−0.062",
            },
            {
                "System": "maw", "Seed": "42", "Side": "document",
                "Depths in the mean policy": "2.000", "Bits on length": "–",
                "Regret: best depth": "–",
            },
        ],
        "two": [
            {"System": "maw", "Seed": "43", "Side": "pair", "Depths in the mean policy": "4.000"}
        ],
    }  # fmt: skip


CURVES = pd.DataFrame(
    {"dataset": "toy", "system": "new", "quantity": "target_entropy", "value": [0.5] * 2}
)


@pytest.mark.parametrize(("entropy", "end"), [(0.0, "nothing to learn."), (0.5, "at most 2.08.")])
def test_targets_that_are_always_the_same_are_told(entropy: float, end: str) -> None:
    (sentence,) = targets(
        CURVES.assign(value=entropy), systems={"new": {"attention": {"depths": 8}}}
    )
    assert f"entropy of {entropy:.2f} nats" in sentence
    assert sentence.endswith(end)


@pytest.mark.parametrize("attention", [{"kind": "mine", "n_scales": 4}, None])
def test_an_attention_without_the_option_depths_has_no_bound(attention: object) -> None:
    assert targets(CURVES, systems={"new": {"attention": attention}}) == [
        "The rule's targets for new on toy have an entropy of 0.50 nats."
    ]
