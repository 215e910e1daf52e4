"""A column of topics is told from a system by its name, and both are told from other columns."""

import pytest

from maw.runs.matrix import fault_of_header, fault_of_systems, is_topic, is_unnamed


@pytest.mark.parametrize("name", ["topic", "Topic", "topic_id", "QID", "query-id", "Query ID"])
def test_names_of_topics(name: str) -> None:
    assert is_topic(name)


@pytest.mark.parametrize("name", ["bm25", "topic_model", "query_expansion", ""])
def test_names_of_systems(name: str) -> None:
    assert not is_topic(name)


@pytest.mark.parametrize("name", ["", " ", "Unnamed: 0"])
def test_pandas_index_has_no_name(name: str) -> None:
    assert is_unnamed(name)


@pytest.mark.parametrize(
    "header", [["topic", "a"], ["", "a"], ["Unnamed: 0", "a"], ["qid", "0", "1"]]
)
def test_a_matrix_that_is_right_has_no_fault(header: list[str]) -> None:
    assert fault_of_header(header) == ""


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (["a", "topic"], "column 'topic' stands among the systems"),
        (["a", ""], "a column among the systems has no name"),
        (["docno", "a"], "column 'docno' is no system"),
    ],
)
def test_what_is_no_system_is_named(names: list[str], fault: str) -> None:
    assert fault_of_systems(names).startswith(fault)
