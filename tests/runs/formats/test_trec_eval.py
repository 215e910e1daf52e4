"""Lines of trec_eval and ir_measures are scores of a system, without their means."""

import gzip
from pathlib import Path

import pytest

from maw.errors import InputError
from maw.runs import file_formats
from maw.runs.content import Content
from maw.runs.formats import trec_eval

SAMPLES = Path(__file__).parent / "samples/trec_eval"


def codes(content: Content) -> list[str]:
    return [notice.code for notice in content.notices]


def values_of(name: str) -> dict[tuple[str, str], float]:
    frame = file_formats.read(SAMPLES / name).frame
    keys = zip(frame["query_id"], frame["measure"], strict=True)
    return dict(zip(keys, frame["value"], strict=True))


def test_trec_eval_prints_the_measure_first() -> None:
    content = file_formats.read(SAMPLES / "chosen.txt")
    assert content.frame["system"].unique().tolist() == ["chosen"]
    assert values_of("chosen.txt") == {
        ("q1", "map"): 0.5833, ("q1", "P_5"): 0.4, ("q1", "ndcg_cut_5"): 0.6697,
        ("q1", "ndcg_cut_10"): 0.6697,
        ("q2", "map"): 0.5, ("q2", "P_5"): 0.2, ("q2", "ndcg_cut_5"): 0.6309,
        ("q2", "ndcg_cut_10"): 0.6309,
        ("q3", "map"): 1.0, ("q3", "P_5"): 0.2, ("q3", "ndcg_cut_5"): 1.0,
        ("q3", "ndcg_cut_10"): 1.0,
    }  # fmt: skip
    assert codes(content) == ["rounded-scores"]


def test_the_official_measures_are_read_without_counts_run_id_and_means() -> None:
    content = file_formats.read(SAMPLES / "official.txt")
    assert set(content.frame["query_id"]) == {"q1", "q2", "q3"}
    assert set(content.frame["measure"]) >= {"map", "Rprec", "bpref", "recip_rank", "P_1000"}
    assert not set(content.frame["measure"]) & {"num_ret", "num_q", "runid"}
    assert codes(content) == ["counts", "rounded-scores"]


def test_ir_measures_prints_the_topic_first() -> None:
    rounded, full = values_of("ir_measures.tsv"), values_of("ir_measures.jsonl")
    assert set(rounded) == set(full)
    assert full["q2", "nDCG@10"] == pytest.approx(0.6309297535714575, abs=1e-16)
    assert rounded == {key: pytest.approx(value, abs=5e-5) for key, value in full.items()}
    assert codes(file_formats.read(SAMPLES / "ir_measures.tsv")) == ["rounded-scores"]
    assert codes(file_formats.read(SAMPLES / "ir_measures.jsonl")) == []


def test_gzipped_lines_are_known_by_their_content(tmp_path: Path) -> None:
    path = tmp_path / "bm25.txt.gz"
    path.write_bytes(gzip.compress((SAMPLES / "official.txt").read_bytes()))
    assert trec_eval.matches(path, path.read_bytes())
    assert file_formats.read(path).frame["system"].unique().tolist() == ["bm25"]


def test_a_run_is_not_taken_for_scores() -> None:
    assert not trec_eval.matches(Path("a"), b"1 Q0 map 1 2.0 a\n")
    assert not trec_eval.matches(Path("a.tsv"), b"q1\td1\t0.5\n")
    assert not trec_eval.matches(Path("a.jsonl"), b'{"query_id": "1", "measure": "AP"}\n')


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ((SAMPLES / "means.txt").read_text(), r"a\.txt: holds only means \(`all`\); run .* -q"),
        ("map\tq1\t0.5\nmap\tq2\n", r"a\.txt:2: 2 columns; a line has 3: measure, topic and value"),
        ("map\tq1\t0.5\nmap\tq2\tx\n", r"a\.txt:2: value 'x' is not a finite number"),
        ("map\tq1\t0.5\nmap\tq1\t0.5\n", r"a\.txt:2: scores topic 'q1' of 'a', seed 0, by map"),
        ("map\tq1\t0.5\nAP\tq1\t0.5\n", r"a\.txt: has the measure AP twice, as 'map' and 'AP'"),
        ('{"query_id": "1", "measure": "AP", "value": 1}\n{}\n', r"a\.txt:2: expected an object"),
    ],
)
def test_a_broken_file_is_one_line_with_place_and_mend(
    tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        file_formats.read(path)
