"""Terms are those of the publisher, or not stated; citations come from the package's own file."""

from typing import Any

import pytest

from maw.datasets.loaders.irds_terms import NOT_STATED, citation, licence


class Documented:
    """A dataset of ir_datasets, of which only the works to cite are known."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys

    def documentation(self) -> dict[str, Any]:
        return {"bibtex_ids": list(self.keys)}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("beir/scifact/test", "claims CC-BY-4.0"),
        ("msmarco-passage-v2/trec-dl-2021", "data usage agreement"),
        ("beir/fiqa/test", NOT_STATED),
    ],
)
def test_terms_are_found_by_the_beginning_of_the_id(name: str, words: str) -> None:
    assert words in licence(name)


def test_a_work_is_cited_with_key_title_and_year() -> None:
    found = citation(Documented("Wadden2020Scifact", "nobody2099"))
    assert found.startswith("Wadden2020Scifact: Fact or Fiction")
    assert found.endswith(", 2020; nobody2099")


def test_a_set_without_works_to_cite_has_no_citation() -> None:
    assert citation(Documented()) == ""
    assert citation(object()) == ""
