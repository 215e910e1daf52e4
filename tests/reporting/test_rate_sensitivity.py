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
        "ci_low": [0.05, -0.02, -0.03],
        "ci_high": [0.15, 0.04, 0.01],
        "p": [0.0001, 0.4, 0.5],
        "p_tost": [0.9, 0.2, 0.3],
        "word": ["better", "inconclusive", "inconclusive"],
        "n_seeds": 4,
        "n_seeds_baseline": 4,
        "selected": [False, True, False],
        "selected_baseline": False,
    }
)


def claim(verdict: str, *others: str) -> pd.DataFrame:
    """Return a claim about `new` whose controls are the cells' baseline and the others."""
    controls = ["old", *others]
    row = {"dataset": "toy", "system": "new", "controls": "; ".join(controls), "verdict": verdict}
    return pd.DataFrame([{**row, "n_controls": len(controls)}])


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
    (sentence,) = disagreements(CELLS, claim("worse", "older"))
    assert sentence == (
        "The learning rate matters: new against old on toy would read “better” at 0.0003 "
        "(+0.1000), “inconclusive” at 0.001 (+0.0100), “inconclusive” at 0.003 (−0.0100), each "
        "rate on its own with 4 seeds and nothing adjusted."
    )
    assert disagreements(CELLS.iloc[1:], claim("worse", "older")) == []


def test_too_few_seeds_for_a_verdict_disagree_with_none() -> None:
    for word in ("not controlled", "not estimable"):
        assert disagreements(CELLS.assign(word=word), claim("better")) == []


def test_the_table_marks_selected_rates_and_shows_p_as_elsewhere() -> None:
    shown = table(CELLS)
    assert shown["System"].tolist() == ["new", "new *", "new"]
    assert shown["Learning rate"].tolist() == ["0.0003", "0.001", "0.003"]
    assert shown["p (E2)"].tolist() == ["<0.001", "0.400", "0.500"]
    assert shown["Seeds"].tolist() == ["4 / 4"] * 3
