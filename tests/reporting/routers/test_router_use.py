"""The depths in use: by seed and side, with those that were never chosen."""

import pandas as pd

from maw.reporting.routers.router_use import is_of, router_uses
from tests.reporting.routed_suite import SYSTEMS, depths_of, quantities_of, routed_frames


def test_each_seed_has_its_own_shares_and_each_depth_a_column() -> None:
    depths = depths_of({1: [0, 0, 0, 0], 2: [2, 2, 2, 0]})
    (use,) = router_uses(routed_frames(depths=depths), SYSTEMS)
    # by hand: four depths by the configuration, one of them taken by all in the first seed
    assert use.shares.to_dict("index") == {
        1: {0: 1.0, 1: 0.0, 2: 0.0, 3: 0.0}, 2: {0: 0.25, 1: 0.0, 2: 0.75, 3: 0.0},
    }  # fmt: skip
    assert (use.n_depths, use.n_single_depth, use.n_texts) == (4, 1, 4)
    assert (use.texts, use.mixes) == ("queries", False)


def test_an_attention_without_a_number_of_depths_has_those_that_were_seen() -> None:
    depths = depths_of({1: [0, 2]}, side="pair")
    for entry in ({"attention": {"depths": "head_size"}}, {"attention": None}, {}):
        (use,) = router_uses(routed_frames(depths=depths), {"new": entry})
        assert use.n_depths == 3
    assert use.texts == "pairs"


def test_a_router_with_policies_and_no_choices_mixes() -> None:
    rows = quantities_of({"effective_depths": 4.0, "policy_entropy": 1.0})
    (use,) = router_uses(routed_frames(routing=rows), SYSTEMS)
    assert use.mixes
    chosen = pd.concat([rows, quantities_of({"effective_depths_used": 2.0})])
    (use,) = router_uses(routed_frames(routing=chosen), SYSTEMS)
    assert not use.mixes


def test_a_quantity_of_folds_is_their_mean_seed_by_seed() -> None:
    folds = [
        quantities_of({"regret_oracle": [0.1, 0.3]}, dataset="toy.fold1"),
        quantities_of({"regret_oracle": [0.3, 0.5]}, dataset="toy.fold2"),
        quantities_of({"regret_oracle": [9.0, 9.0]}, dataset="toy.foldable"),
        quantities_of({"regret_oracle": [9.0, 9.0]}, side="document"),
    ]
    (use,) = router_uses(routed_frames(routing=pd.concat(folds)), SYSTEMS)
    assert use.values("regret_oracle").round(9).to_dict() == {1: 0.2, 2: 0.4}
    assert use.values("unknown").empty


def test_a_fold_belongs_to_its_dataset_alone() -> None:
    assert is_of("a.fold12", "a")
    assert is_of("a", "a")
    assert not is_of("a.fold1.fold1", "a")
    assert not is_of("ab.fold1", "a.")
