"""The JSON of pytrec_eval is scores, told from a ranking by its inner keys."""

from pathlib import Path

import pytest

from maw.errors import InputError
from maw.runs import file_formats

SAMPLE = Path(__file__).parent / "samples/pytrec_eval/results.json"
MIXED = '{"q1": {"map": 0.5, "d7": 2.0}, "q2": {"map": 1.0}}'


def test_the_results_of_pytrec_eval_are_scores_of_the_file() -> None:
    content = file_formats.read(SAMPLE)
    assert content.kind == "scores"
    assert content.frame["system"].unique().tolist() == ["results"]
    values = content.frame.set_index(["query_id", "measure"])["value"]
    assert values["q2", "ndcg_cut_10"] == pytest.approx(0.6309297535714575, abs=1e-16)
    assert values["q1", "recip_rank"] == pytest.approx(0.5, abs=1e-16)
    assert len(values) == 3 * 4  # num_ret is a count
    assert [(notice.code, notice.count) for notice in content.notices] == [("counts", 1)]


def test_keys_of_both_kinds_are_asked_for_and_told_by_the_format(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(MIXED)
    message = (
        r"a\.json: cannot tell a ranking from scores: inner keys are measures \('map'\) and others "
        r"\('d7'\); give the format: beir where they are documents, pytrec_eval where"
    )
    with pytest.raises(InputError, match=message):
        file_formats.read(path)
    assert file_formats.read(path, "beir").kind == "ranking"
    assert file_formats.read(path, "pytrec_eval").frame["measure"].tolist() == ["map", "d7", "map"]


def test_means_are_no_scores_of_topics(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"ndcg": {"NDCG@10": 0.5}, "recall": {"Recall@10": 0.4}}')
    with pytest.raises(InputError, match="means over topics cannot be compared"):
        file_formats.read(path)
