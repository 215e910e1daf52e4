"""Figures of others are read once, and say where they come from."""

import pytest

from maw.settings.packaged import packaged


def test_a_file_is_read_once() -> None:
    assert packaged("rates") is packaged("rates")


def test_every_published_set_of_queries_has_a_positive_size_and_a_known_corpus() -> None:
    published = packaged("published")
    assert all(n_queries > 0 for n_queries in published["queries"].values())
    for corpus in published["corpora"].values():
        assert corpus["documents"] > 0
        assert corpus["download_gb"] > 0
    for name in published["queries"]:
        assert any(f"{name}/".startswith(f"{corpus}/") for corpus in published["corpora"])


def test_bm25_is_published_for_known_sets_with_the_page_that_says_so() -> None:
    published = packaged("published")
    assert set(published["bm25"]) <= set(published["queries"])
    assert all(0 < entry["nDCG@10"] < 1 and entry["page"] for entry in published["bm25"].values())


def test_every_claim_of_the_source_has_a_score_and_a_table_its_place() -> None:
    claims = packaged("source_claims")
    assert claims["place"]
    assert all(table for table in claims["tables"].values())


def test_a_file_that_maw_has_not_is_an_error() -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.yaml"):
        packaged("nothing")


def test_the_sources_tables_are_its_own_figures() -> None:
    # the description of the source: D = 1/2/4/8/16 and gating uniform/random/stat/argmax
    tables = packaged("source_claims")["tables"]
    depths = tables["depths"].values()
    assert [entry["score"] for entry in depths] == [0.385, 0.391, 0.395, 0.401, 0.398]
    assert [entry["compute"] for entry in depths] == [1.0, 1.2, 1.5, 2.1, 3.8]
    gating = tables["gating"].values()
    assert [entry["score"] for entry in gating] == [0.388, 0.386, 0.401, 0.395]
