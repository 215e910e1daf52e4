"""`maw score` prints what ir_measures computes, and its table is one that `maw compare` reads."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import ir_measures
import pandas as pd
import pytest
from typer.testing import Result

from maw.errors import InputError
from tests.given_suite import write_run

Maw = Callable[..., Result]
QRELS = "q1 0 d1 1\nq1 0 d3 2\nq2 0 d2 1\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder, with a run, a system of two seeds, and judgements."""
    monkeypatch.chdir(tmp_path)
    Path("qrels.txt").write_text(QRELS)
    write_run(Path("bm25.run"), ["d1", "d2", "d3"])
    write_run(Path("mine/seed42.run"), ["d3", "d1", "d2"])
    write_run(Path("mine/seed43.run"), ["d3", "d2", "d1"])
    return tmp_path


def rows_of(output: str) -> list[list[str]]:
    """Return the cells of the lines of the printed table."""
    lines = output.partition("Noticed")[0].splitlines()
    return [line.split() for line in lines if line.split()[:1] in (["bm25"], ["mine"])]


def test_the_means_are_those_of_ir_measures(folder: Path, maw: Maw) -> None:
    output = maw(
        "score", "bm25.run", "mine", "--qrels", "qrels.txt", "-m", "AP", "-m", "ndcg"
    ).output
    qrels = list(ir_measures.read_trec_qrels(QRELS))  # type: ignore[no-untyped-call]
    expected = []
    for name, *seed in (("bm25.run",), ("mine/seed42.run", "42"), ("mine/seed43.run", "43")):
        text = Path(name).read_text()
        run = list(ir_measures.read_trec_run(text))  # type: ignore[no-untyped-call]
        means = ir_measures.calc_aggregate([ir_measures.AP, ir_measures.nDCG], qrels, run)
        cells = [f"{means[measure]:.4f}" for measure in (ir_measures.AP, ir_measures.nDCG)]
        expected.append([name.partition("/")[0].removesuffix(".run"), *seed, *cells])
    assert rows_of(output) == expected
    assert "2 topics" in output.splitlines()[0]


def test_each_topic_has_a_row_where_asked_and_a_mean_below(folder: Path, maw: Maw) -> None:
    output = maw("score", "bm25.run", "--qrels", "qrels.txt", "-m", "RR", "-q").output
    assert rows_of(output) == [
        ["bm25", "q1", "1.0000"], ["bm25", "q2", "0.5000"], ["bm25", "mean", "0.7500"],
    ]  # fmt: skip


def test_the_table_is_unrounded_and_goes_to_a_file_or_stands_alone(folder: Path, maw: Maw) -> None:
    command = ("score", "bm25.run", "mine", "--qrels", "qrels.txt", "-m", "AP", "--out")
    maw(*command, "scores.csv")
    written = pd.read_csv("scores.csv")
    assert len(written) == 3 * 2
    of_bm25 = written[written["system"] == "bm25"].set_index("query_id")["value"]
    assert of_bm25.to_dict() == pytest.approx({"q1": 5 / 6, "q2": 1 / 2}, abs=1e-12)
    alone = pd.read_csv(StringIO(maw(*command, "-").output))
    pd.testing.assert_frame_equal(alone, written)
    compared = maw("compare", "scores.csv", "-m", "AP").output
    assert "bm25 (baseline)" in compared


def test_what_is_odd_is_noticed(folder: Path, maw: Maw) -> None:
    write_run(folder / "short.run", ["d1"], queries=("q1",))
    output = maw("score", "short.run", "--qrels", "qrels.txt").output
    assert "no run answers 1 judged topic: score 0 ('q2')" in output


def test_mistakes_are_one_line_and_leave_the_file_as_it_was(folder: Path, maw: Maw) -> None:
    Path("scores.csv").write_text("topic,bm25\nq1,0.5\nq2,0.5\n")
    with pytest.raises(
        InputError, match=r"scores\.csv: holds scores of topics already; `maw score`"
    ):
        maw("score", "scores.csv", "--qrels", "qrels.txt", "--out", "scores.csv")
    assert Path("scores.csv").read_text().startswith("topic,bm25")
    with pytest.raises(InputError, match=r"--out mine: is a folder; give a file"):
        maw("score", "bm25.run", "--qrels", "qrels.txt", "--out", "mine")
