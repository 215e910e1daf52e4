"""The learning-rate cells on the page: disagreements in words, a mark on what the search chose."""

import pandas as pd

from maw.reporting.rate_sensitivity import disagreements, table

CELLS = pd.DataFrame(
    {
        "dataset": "toy",
        "learning_rate": [0.0003, 0.001, 0.003],
        "system": "new",
        "baseline": "old",
        "mean": 0.7,
        "mean_baseline": [0.6, 0.69, 0.71],
        "difference": [0.1, 0.01, -0.01],
        "bar_low": [0.05, -0.02, -0.03],
        "bar_high": [0.15, 0.04, 0.01],
        "p": [0.0001, 0.4, 0.5],
        "word": ["better", "inconclusive", "inconclusive"],
        "suffix": ["", "", ""],
        "n_seeds": 4,
        "n_seeds_baseline": 4,
        "selected": [False, True, False],
        "selected_baseline": False,
    }
)


def claim(word: str, *, n_controls: int = 1) -> pd.DataFrame:
    """Return a claim about `new` that the cells' baseline decided."""
    row = {"dataset": "toy", "system": "new", "decided_by": "old", "word": word}
    return pd.DataFrame([{**row, "n_controls": n_controls}])


def test_a_rate_with_another_word_is_told_once_for_its_system() -> None:
    assert disagreements(CELLS, claim("inconclusive")) == [
        "The learning rate matters: new against old on toy would read “better” at 0.0003 "
        "(+0.1000), each rate on its own with 4 seeds and nothing adjusted; the verdict is "
        "“inconclusive”."
    ]
    (sentence,) = disagreements(CELLS, claim("better"))
    assert "“inconclusive” at 0.001 (+0.0100), “inconclusive” at 0.003 (−0.0100)" in sentence


def test_agreement_and_contrasts_without_a_verdict_say_nothing() -> None:
    assert disagreements(CELLS.iloc[1:], claim("inconclusive")) == []
    assert disagreements(CELLS.iloc[:1], claim("better, but by less than SESOI")) == []
    assert disagreements(CELLS.iloc[1:], claim("better").iloc[:0]) == []


def test_a_claim_on_several_controls_is_no_verdict_of_one_of_them() -> None:
    (sentence,) = disagreements(CELLS, claim("refuted", n_controls=2))
    assert sentence == (
        "The learning rate matters: new against old on toy would read “better” at 0.0003 "
        "(+0.1000), “inconclusive” at 0.001 (+0.0100), “inconclusive” at 0.003 (−0.0100), each "
        "rate on its own with 4 seeds and nothing adjusted."
    )
    assert disagreements(CELLS.iloc[1:], claim("refuted", n_controls=2)) == []


def test_too_few_seeds_for_a_verdict_disagree_with_none() -> None:
    for word in ("not controlled", "not estimable"):
        assert disagreements(CELLS.assign(word=word), claim("better")) == []
        assert disagreements(CELLS.iloc[1:], claim(word)) == []


def test_the_table_marks_selected_rates_and_shows_limits_and_word() -> None:
    shown = table(CELLS)
    assert shown["System"].tolist() == ["new", "new *", "new"]
    assert shown["Learning rate"].tolist() == ["0.0003", "0.001", "0.003"]
    assert shown["Limits"].tolist()[0] == "[+0.0500, +0.1500]"
    assert shown["Would read"].tolist() == ["better", "inconclusive", "inconclusive"]
    lost = table(CELLS.assign(word="refuted", suffix="by less than SESOI"))
    assert lost["Would read"].tolist() == ["refuted, by less than SESOI"] * 3
    assert shown["Seeds"].tolist() == ["4 / 4"] * 3
