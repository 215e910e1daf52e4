"""A dataset's settings: its least relevant grade, and what its specification leaves out."""

from collections.abc import Callable

import pytest

from maw.errors import InputError
from maw.settings.suite import Suite
from tests.smoke_suite import smoke_content, smoke_suite

TINY = {"loader": {"kind": "pydocs", "documents": 120}}
MS_MARCO = {"kind": "irds", "id": "msmarco-passage/dev/small"}
TREC_DL = {"kind": "irds", "id": "msmarco-passage/trec-dl-2019/judged"}


def test_the_least_relevant_grade_is_the_configured_one_or_the_loaders(
    suite_with: Callable[..., Suite],
) -> None:
    suite = suite_with(
        datasets={
            "dl": {"loader": TREC_DL},
            "one": {"loader": TREC_DL, "relevant_from": 1},
            "ms": {"loader": MS_MARCO},
            "py": {**TINY, "relevant_from": 2},
        }
    )
    grades = {name: dataset.least_grade for name, dataset in suite.datasets.items()}
    assert grades == {"dl": 2, "one": 1, "ms": 1, "py": 2}


def test_options_that_came_later_are_written_only_where_they_are_used(
    suite_with: Callable[..., Suite],
) -> None:
    later = {**TINY, "relevant_from": 2, "retrieve": "corpus"}
    suite = suite_with(datasets={"a": TINY, "b": later})
    assert set(suite.datasets["a"].model_dump(mode="json")) == {"loader", "split", "pool"}
    written = suite.datasets["b"].model_dump(mode="json")
    assert (written["relevant_from"], written["retrieve"]) == (2, "corpus")


@pytest.mark.parametrize("name", ["with space", ".hidden", "a/b", ""])
def test_a_name_that_is_no_folder_is_one_line(name: str) -> None:
    with pytest.raises(InputError, match="a name may hold letters, digits, '.', '_' and '-' only"):
        smoke_suite(datasets={name: smoke_content()["datasets"]["tiny"]})
