"""The source's figures are read from one file and keep what they claim."""

import pytest

from maw.reporting.source.source_numbers import ClaimedGain, source_numbers


def test_the_gains_are_the_sources_ranges() -> None:
    # the description of the source: Hit@1 and MRR@1 +10 to 40 %, NDCG@1 +5 to 50 % (supervised),
    # +15 to 45 %, +15 to 45 %, +10 to 55 % (GRPO)
    gains = source_numbers().gains
    assert gains == (
        ClaimedGain("supervised", "Success@1", 0.10, 0.40),
        ClaimedGain("supervised", "RR@1", 0.10, 0.40),
        ClaimedGain("supervised", "nDCG@1", 0.05, 0.50),
        ClaimedGain("grpo", "Success@1", 0.15, 0.45),
        ClaimedGain("grpo", "RR@1", 0.15, 0.45),
        ClaimedGain("grpo", "nDCG@1", 0.10, 0.55),
    )


def test_the_results_table_is_the_sources() -> None:
    scores = {row.collection: row for row in source_numbers().scores}
    assert list(scores) == ["MS MARCO", "TREC DL19", "TREC DL20", "SciFact"]
    assert [row.p for row in scores.values()] == [0.003, 0.042, 0.089, 0.126]
    assert [row.effect for row in scores.values()] == [0.82, 0.51, 0.34, 0.28]
    assert [row.baseline for row in scores.values()] == [0.385, 0.712, 0.695, 0.689]
    assert [row.maw for row in scores.values()] == [0.401, 0.728, 0.706, 0.698]


def test_its_level_is_that_of_four_tests_and_one_result_is_ticked() -> None:
    numbers = source_numbers()
    assert numbers.n_tests == 4
    assert numbers.ticked == ("TREC DL19",)


def test_its_tables_agree_with_its_results_and_its_operations_do_not_with_its_ratio() -> None:
    numbers = source_numbers()
    marco = numbers.scores[0]
    assert (numbers.depth_scores["1"], numbers.depth_scores["8"]) == (marco.baseline, marco.maw)
    assert numbers.depth_compute["8"] == numbers.complexity.ratio == 2.1
    own = numbers.complexity.maw_operations / numbers.complexity.standard_operations
    assert own == pytest.approx(2.0)
    assert (numbers.distance, numbers.bound) == (0.054, 0.234)
