"""Two suites' settings, scores and verdicts are set side by side."""

import numpy as np
import pandas as pd
from pandas.testing import assert_frame_equal

from maw.verdicts.claims import CLAIMS
from maw.verdicts.suite_changes import (
    SCORES,
    VERDICTS,
    score_changes,
    setting_changes,
    verdict_changes,
)


def test_settings_that_differ_are_named_from_the_outside_in() -> None:
    a = {"training": {"steps": 32, "rate": 0.001}, "seeds": [1, 2], "name": "a", "options": {}}
    b = {"training": {"steps": 24, "rate": 0.001}, "seeds": [1, 2], "options": {"kind": "x"}}
    expected = [
        ["name", '"a"', None],
        ["options", "{}", None],
        ["options.kind", None, '"x"'],
        ["training.steps", "32", "24"],
    ]
    found = setting_changes(a, b)
    assert found.to_numpy().tolist() == expected
    assert list(found.columns) == ["setting", "a", "b"]
    assert setting_changes(a, a).empty


def scores(values: dict[tuple[str, int], list[float]]) -> pd.DataFrame:
    """Return scores by nDCG@10, and by another measure, of (system, seed) -> a score per query."""
    rows = [
        ("toy", system, seed, f"q{query}", measure, value)
        for (system, seed), of_run in values.items()
        for query, value in enumerate(of_run)
        for measure in ("nDCG@10", "AP")
    ]
    columns = ["dataset", "system", "seed", "query_id", "measure", "value"]
    frame = pd.DataFrame(rows, columns=columns)
    frame.loc[frame["measure"] == "AP", "value"] = 0.0
    return frame


def test_means_and_single_scores_are_compared_by_one_measure() -> None:
    a = scores({("new", 1): [0.2, 0.4], ("new", 2): [0.6, 0.8], ("gone", 0): [0.5, 0.5]})
    b = scores({("new", 1): [0.2, 0.5], ("new", 3): [0.9, 0.9], ("added", 0): [0.1, 0.3]})
    found = score_changes(a, b, measure="nDCG@10").set_index("system")
    assert (
        list(found.reset_index()[["dataset", "system"]].columns)
        + list(found.columns.drop("dataset"))
        == SCORES
    )
    new = found.loc["new"]
    # by hand: (.2 + .4 + .6 + .8) / 4 and (.2 + .5 + .9 + .9) / 4; seed 1 alone is in both
    np.testing.assert_allclose([new.mean_a, new.mean_b, new.difference], [0.5, 0.625, 0.125])
    assert (new.n_seeds_a, new.n_seeds_b, new.n_scores, new.n_equal) == (2, 2, 2, 1)
    np.testing.assert_allclose(new.largest, 0.1)
    assert np.isnan(found.loc["gone"].mean_b)
    assert (found.loc["added"].n_seeds_a, found.loc["added"].n_scores) == (0, 0)


def test_equal_suites_have_equal_scores_to_the_last_bit() -> None:
    a = scores({("new", 1): [0.1 + 0.2, 0.4]})
    found = score_changes(a, a, measure="nDCG@10").iloc[0]
    assert (found.n_equal, found.n_scores, found.largest, found.difference) == (2, 2, 0, 0)
    nearly = scores({("new", 1): [0.3, 0.4]})
    assert score_changes(a, nearly, measure="nDCG@10").iloc[0].n_equal == 1


def test_verdicts_are_matched_by_dataset_system_and_claim() -> None:
    claim = dict.fromkeys(CLAIMS) | {
        "dataset": "toy", "system": "new", "claim": "new", "word": "better", "estimate": 0.1,
        "lower": 0.05, "upper": 0.15, "decided_by": "old",
    }  # fmt: skip
    a = pd.DataFrame([claim, claim | {"system": "gone", "claim": "gone"}])
    b = pd.DataFrame([claim | {"word": "equivalent", "estimate": 0.0}])
    found = verdict_changes(a, b)
    assert list(found.columns) == VERDICTS
    rows = found.set_index("system")
    assert rows.loc["new", "word_a"] == "better"
    assert rows.loc["new", "word_b"] == "equivalent"
    assert not rows["same_word"].any()
    assert verdict_changes(a, a)["same_word"].all()
    assert_frame_equal(verdict_changes(b, b)[["word_a"]], found.iloc[[1]][["word_b"]].rename(
        columns={"word_b": "word_a"}).reset_index(drop=True))  # fmt: skip
