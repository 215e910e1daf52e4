"""What pt.Experiment saves is read, without topics that nobody judged and without pickles."""

from pathlib import Path

import pandas as pd
import pytest

from maw.errors import InputError
from maw.runs import file_formats, find
from maw.runs.formats import pyterrier

SAMPLES = Path(__file__).parent / "samples/pyterrier"


@pytest.mark.parametrize("name", ["perquery.csv", "perquery_of_pandas.csv", "perquery.parquet"])
def test_a_perquery_table_is_scores_without_topics_that_have_no_value(name: str) -> None:
    content = file_formats.read(SAMPLES / name)
    assert content.kind == "scores"
    assert content.frame["system"].unique().tolist() == ["bm25", "upside_down"]
    values = content.frame.set_index(["system", "query_id", "measure"])["value"]
    assert values["bm25", "q1", "ndcg_cut_10"] == pytest.approx(0.66967181649423, abs=1e-16)
    assert len(values) == 2 * 3 * 2
    (notice,) = content.notices
    assert (notice.code, notice.count) == ("topics-without-value", 1)
    assert notice.text.startswith("left out 1 topic without a value ('q4')")
    assert len(content.sha256) == 64


@pytest.mark.parametrize("name", ["bm25.res.gz", "bm25.custom"])
def test_a_saved_ranking_is_read_in_both_forms(name: str) -> None:
    frame = file_formats.read(SAMPLES / name).frame
    assert frame["doc_id"].tolist() == ["d1", "d2", "d3", "d3", "d1", "d2"]
    assert frame["score"].tolist() == [2.5, 1.25, -0.5, 0.75, 0.5, 0.00001]
    assert find.name_of(SAMPLES / name) == "bm25"


def test_a_value_that_one_system_lacks_is_an_error_and_no_topic_without_judgements(
    tmp_path: Path,
) -> None:
    path = tmp_path / "perquery.csv"
    path.write_text("name,qid,measure,value\na,q0,map,\na,q1,map,\nb,q1,map,0.5\n")
    with pytest.raises(InputError, match=r"perquery\.csv:3: value '' is not a finite number"):
        file_formats.read(path)


def test_a_table_without_a_value_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "perquery.csv"
    path.write_text("name,qid,measure,value\na,q0,map,\n")
    with pytest.raises(InputError, match=r"perquery\.csv: holds no row"):
        file_formats.read(path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("aggregated.csv", "aggregated.csv: holds means over topics; give perquery.csv, which"),
        ("bm25.mod", "bm25.mod: is a pickle, which can run any code when it is read; leave"),
    ],
)
def test_means_and_pickles_are_refused(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        file_formats.read(SAMPLES / name)


def test_other_tables_are_not_pyterriers(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"system": ["a"], "query_id": ["1"]}).to_parquet(path)
    assert not pyterrier.matches(path, path.read_bytes())
    path.write_bytes(b"PAR1 broken")  # the format parquet says what is broken
    assert not pyterrier.matches(path, path.read_bytes())
    assert not pyterrier.matches(Path("a.csv"), b"topic,bm25,splade\n1,0.5,1\n")
    assert not pyterrier.matches(Path("a.run"), b"1 Q0 d1 1 2.0 a\n")
    assert not pyterrier.matches(Path("a.eval"), b'PK\x03\x04\x14\r\x00\r"\n')
