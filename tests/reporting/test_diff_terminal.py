"""Two suites are shown side by side: what one lacks is said, and long lists are cut."""

from io import StringIO

import pandas as pd
from rich.console import Console

from maw.reporting.diff_terminal import MOST_SETTINGS, show
from maw.verdicts.suite_changes import SCORES, VERDICTS

SCORE = {
    "dataset": "toy", "system": "new", "n_seeds_a": 5, "n_seeds_b": 3, "mean_a": 0.5,
    "mean_b": 0.4375, "difference": -0.0625, "n_scores": 60, "n_equal": 20, "largest": 1.0,
}  # fmt: skip
VERDICT = {
    "dataset": "toy", "system": "new", "claim": "new",
    "word_a": "better", "estimate_a": 0.02, "lower_a": 0.01, "upper_a": 0.03,
    "decided_by_a": "old", "word_b": "equivalent", "estimate_b": 0.001, "lower_b": -0.004,
    "upper_b": 0.006, "decided_by_b": "random", "same_word": False,
}  # fmt: skip


def shown(settings: list[tuple[str, str | None, str | None]], *verdicts: dict[str, object]) -> str:
    """Return what is printed for these settings, one system, and its claims with these changes."""
    written = StringIO()
    show(
        pd.DataFrame(settings, columns=["setting", "a", "b"], dtype=object),
        pd.DataFrame([SCORE], columns=SCORES),
        pd.DataFrame([VERDICT | one for one in verdicts or ({},)], columns=VERDICTS),
        measure="nDCG@10",
        target=Console(file=written),
    )
    return written.getvalue()


def test_settings_verdicts_and_means_are_printed() -> None:
    text = shown([("training.steps", "32", "24"), ("loader.path", None, '"data"')])
    assert "Settings: 2 differ\n" in text
    assert "Verdicts: 1 of 1 differ in their word" in text
    assert "better: +0.0200 [+.010, +.030] against old" in text
    assert "equivalent: +0.0010 [−.004, +.006] against random" in text
    rows = [line.split() for line in text.splitlines()]
    assert ["training.steps", "32", "24"] in rows
    assert ["loader.path", "absent", '"data"'] in rows
    means = ["toy", "new", "0.5000", "(5)", "0.4375", "(3)", "−0.0625", "20", "of", "60", "1.0000"]
    assert means in rows


def test_what_one_suite_lacks_or_cannot_estimate_is_said() -> None:
    text = shown([], {"word_b": None}, {"word_a": "not estimable", "upper_a": float("inf")})
    assert "Settings: no difference" in text
    lines = [line.rstrip() for line in text.splitlines()]
    assert any("against old" in line and line.endswith(" absent") for line in lines)
    assert any("not estimable " in line and "inf" not in line for line in lines)
    assert "∞" not in text


def test_claims_are_named_where_there_are_several() -> None:
    assert "new (“MAW wins”)" in shown([], {"claim": "MAW wins"}, {"claim": "it ties"})
    assert "MAW wins" not in shown([], {"claim": "MAW wins"})


def test_many_settings_are_cut_and_counted() -> None:
    many: list[tuple[str, str | None, str | None]] = [
        (f"s{n:03}", "1", "2") for n in range(MOST_SETTINGS + 3)
    ]
    text = shown(many)
    assert f"Settings: {MOST_SETTINGS + 3} differ, the first {MOST_SETTINGS} of them here" in text
    assert f"s{MOST_SETTINGS - 1:03}" in text
    assert f"s{MOST_SETTINGS:03}" not in text
