"""A CSV file is a matrix of topics by systems or a long table, and a broken one names the line."""

from pathlib import Path

import pytest

from maw.errors import InputError
from maw.runs.content import Content
from maw.runs.formats import table

MATRIX = "topic,bm25,splade\n301,0.25,0.5\n302,0,1\n"


def read(folder: Path, content: str) -> Content:
    path = folder / "m.csv"
    path.write_text(content)
    return table.read(path)


@pytest.mark.parametrize(
    ("name", "is_table"),
    [("m.csv", True), ("m.tsv", True), ("m.csv.gz", True), ("m.run", False), ("csv", False)],
)
def test_a_table_is_known_by_its_ending(name: str, is_table: bool) -> None:
    assert table.matches(Path(name), b"") is is_table


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_matrix_is_topics_by_systems(tmp_path: Path, delimiter: str) -> None:
    content = read(tmp_path, MATRIX.replace(",", delimiter))
    assert content.kind == "scores"
    wide = content.frame.pivot(index="query_id", columns="system", values="value")
    assert wide.to_dict() == {"bm25": {"301": 0.25, "302": 0.0}, "splade": {"301": 0.5, "302": 1.0}}
    assert set(content.frame["measure"]) == {""}


@pytest.mark.parametrize("name", ["topic", "Query ID", "qid", "query-id", ""])
def test_the_first_column_of_a_matrix_is_called_after_topics_or_has_no_name(
    tmp_path: Path, name: str
) -> None:
    content = read(tmp_path, MATRIX.replace("topic", name))
    assert content.frame["query_id"].tolist() == ["301", "302"] * 2
    assert content.frame["system"].unique().tolist() == ["bm25", "splade"]


def test_a_long_table_is_scores_or_a_ranking(tmp_path: Path) -> None:
    scores = read(tmp_path, "name,qid,measure,value\na,1,AP,0.5\nb,1,AP,1\n")
    assert scores.kind == "scores"
    assert tuple(scores.frame.iloc[0]) == ("", "a", 0, "1", "AP", 0.5)
    ranking = read(tmp_path, "qid,docno,score\n1,d1,2.5\n")
    assert ranking.kind == "ranking"
    assert ranking.frame.to_dict("records") == [{"query_id": "1", "doc_id": "d1", "score": 2.5}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            MATRIX + "303,0.5\n",
            "m.csv:4: 2 columns, but the header has 3; give every line",
        ),
        (MATRIX + "301,0,0\n", "m.csv:4: topic '301' has a second line"),
        (MATRIX + "303,0,high\n", "m.csv:4: 'high' of 'splade' is not a finite number"),
        (MATRIX + "303,0,\n", "m.csv:4: '' of 'splade' is not a finite number"),
        ("topic,a,a\n1,0,0\n", "m.csv:1: the header has column 'a' twice"),
        ("topic,a\n", "m.csv: has a header and no row"),
        ("topic\n1\n", "m.csv:1: one column; expected a topic"),
        (
            ",topic,bm25,splade\n0,301,0.25,0.5\n",
            r"m.csv:1: a column without a name stands before 'topic'; .*to_csv\(index=False\)",
        ),
        ("Unnamed: 0,qid,bm25,splade\n0,301,0.25,0.5\n", "m.csv:1: a column without a name"),
        (
            "bm25,splade,dense\n0.25,0.5,0.5\n",
            "m.csv:1: the first column is 'bm25', and no column of topics; call",
        ),
        ("topic,query-id,bm25\n0,301,0.5\n", "m.csv:1: column 'query-id' stands among the systems"),
        ("topic,bm25,\n301,0.5,1\n", "m.csv:1: a column among the systems has no name; name"),
        ("topic,seed,bm25\n301,42,1\n", "m.csv:1: column 'seed' is no system: a matrix has"),
        ("system,query_id,measure,value\na,1,AP,x\n", "m.csv:2: value 'x' is not a finite"),
        ("system,query_id,measure,value\na,1,AP,1\na,1,AP,1\n", "m.csv:3: scores topic '1' of 'a'"),
        ("system,query_id,measure,value,seed\na,1,AP,1,.5\n", "m.csv:2: seed 0.5 is not a whole"),
    ],
)
def test_a_broken_table_is_one_line_with_place_and_mend(
    tmp_path: Path, content: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, content)
