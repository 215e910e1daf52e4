"""The source's claims on depths, gating, operations and theory, from other suites and checks."""

from typing import Any

import pandas as pd
import pytest

from maw.reporting.source.source_elsewhere import ablation_rows, complexity_rows, theory_rows
from maw.reporting.source.source_numbers import source_numbers
from maw.reporting.source.source_words import SourceRow, SourceWord
from tests.reporting.source_pages import THEORY, ablations, page

NUMBERS = source_numbers()
ONE = {"setting": "1", "system": "plain", "mean": 0.5, "source_score": 0.385}
ONE |= {"source_compute": 1.0, "flops_per_step": 1e9, "ci_low_mean": 0.5, "ci_high_mean": 0.5}
EIGHT = {"setting": "8", "mean": 0.5, "difference": 0.0, "p_bh": 0.9, "source_score": 0.401}
EIGHT |= {"source_compute": 2.1, "flops_per_step": 2e9}


def ablated(*rows: dict[str, Any]) -> list[SourceRow]:
    """The rows of the claims on the settings that these rows of the suite `ablations` show."""
    return list(ablation_rows(page([], elsewhere={"ablations": ablations(rows)}), NUMBERS))


def test_without_the_suite_the_row_says_how_to_run_it() -> None:
    (row,) = ablation_rows(page([]), NUMBERS)
    assert row.says == "D = 8: +4.2 %"
    assert row.word == SourceWord.NOT_TESTABLE
    assert row.reason == "not run: `snakemake --configfile workflow/config/ablations.yaml`"


@pytest.mark.parametrize(
    ("limits", "word"),
    [
        ((None, None), SourceWord.NOT_SUPPORTED),
        ((0.01, 0.03), SourceWord.SUPPORTED),  # +2 % to +6 %; +4.2 % is claimed
        ((0.005, 0.015), SourceWord.CONTRADICTED),
        ((-0.03, -0.01), SourceWord.CONTRADICTED),
    ],
)
def test_depths_are_read_by_the_interval_of_selected_contrasts(
    limits: tuple[float | None, float | None], word: SourceWord
) -> None:
    score, _ = ablated(ONE, {**EIGHT, "fcr_low": limits[0], "fcr_high": limits[1]})
    assert (score.claim, score.group, score.word) == ("D = 8", "Depths", word)
    assert score.says == ".401 (+4.2 %)"
    if word == SourceWord.NOT_SUPPORTED:
        assert (score.fair, score.reason) == ("0 %", "no difference from plain shown: BH p 0.900")


def test_the_compute_of_depths_is_a_multiple_of_one_depths() -> None:
    _, within = ablated(ONE, EIGHT)
    assert (within.says, within.fair, within.word) == (
        "2.10×", "2.00× FLOPs a step", SourceWord.SUPPORTED,
    )  # fmt: skip
    _, more = ablated(ONE, {**EIGHT, "flops_per_step": 9e9})
    assert (more.word, more.reason) == (SourceWord.CONTRADICTED, "more than claimed")
    _, unknown = ablated({**ONE, "flops_per_step": None}, EIGHT)
    assert (unknown.word, unknown.fair) == (SourceWord.NOT_TESTABLE, "")


def test_gating_is_held_against_one_depth_and_needs_a_contrast() -> None:
    stat = {"factor": "Gating", "setting": "stat", "mean": 0.5, "source_score": 0.401}
    (row,) = ablated(stat)
    assert (row.claim, row.says) == ("gating stat", ".401 (+4.2 %)")
    assert (row.word, row.reason) == (SourceWord.NOT_TESTABLE, "no contrast in ablations")
    (row,) = ablated({**stat, "difference": 0.02, "fcr_low": 0.01, "fcr_high": 0.04})
    assert (row.word, row.fair) == (SourceWord.SUPPORTED, "+4.2 [+2.1, +8.3] %")


def test_a_setting_without_a_figure_of_the_source_has_no_row() -> None:
    assert ablated({"setting": "full", "factor": "Projections", "mean": 0.5}) == []


def test_operations_are_counted_at_the_sources_length_and_timed_where_measured() -> None:
    naive, optimised, own = complexity_rows(page([], theory=THEORY), NUMBERS)
    assert (naive.says, naive.fair, naive.reason) == ("2.10×", "4.55× FLOPs", "more than claimed")
    assert (optimised.word, optimised.reason) == (SourceWord.CONTRADICTED, "less than claimed")
    assert (own.fair, own.word) == ("2.00×", SourceWord.SUPPORTED)
    setting = {"L": 512, "D": 8, "mode": "inference", "form": "lazy"}
    timed = pd.DataFrame(
        [
            {**setting, "hidden": 768, "ratio_of_minima": 1.2},
            {**setting, "hidden": 384, "ratio_of_minima": 1.04},
            {**setting, "hidden": 128, "ratio_of_minima": 1.5, "L": 128},
        ]
    )
    elsewhere = {"attention_benchmark": timed}
    naive, optimised, _ = complexity_rows(page([], theory=THEORY, elsewhere=elsewhere), NUMBERS)
    assert optimised.fair == "1.00× FLOPs, 1.04× time"
    assert naive.fair == "4.55× FLOPs"


def test_operations_that_were_not_counted_are_not_testable() -> None:
    naive, *_ = complexity_rows(page([]), NUMBERS)
    assert (naive.word, naive.reason, naive.fair) == (SourceWord.NOT_TESTABLE, "not counted", "")


def test_a_theorem_has_the_word_of_its_check() -> None:
    first, second, convergence, router = theory_rows(page([], theory=THEORY), NUMBERS)
    assert first.word == SourceWord.CONTRADICTED
    assert first.reason == "one head: .76 > 0; 10 of 10 random heads violate it"
    assert first.says == "a bound; .054 against .234"
    assert (second.word, second.why) == (SourceWord.SUPPORTED, "one depth")
    assert convergence.word == router.word == SourceWord.NOT_TESTABLE
    assert convergence.reason == "no rate is given; shown instead: curves"
