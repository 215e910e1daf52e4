"""Predictions of InformationRetrievalEvaluator are rankings, a file for each score function."""

import shutil
from pathlib import Path

import pytest

from maw.errors import InputError
from maw.runs import file_formats

SAMPLES = Path(__file__).parent / "samples/sentence_transformers"
COSINE = SAMPLES / "Information-Retrieval_evaluation_fruit_predictions_cosine.jsonl"
LINE = '{"query_id": "1", "query": "apple", "results": [{"corpus_id": "d1", "score": 0.5}]}\n'


def test_the_predictions_are_a_ranking_of_the_topics_with_a_relevant_document() -> None:
    content = file_formats.read(COSINE)
    assert content.kind == "ranking"
    assert content.frame["query_id"].unique().tolist() == ["1", "2", "3"]
    assert content.frame["doc_id"].tolist()[:3] == ["d1", "d3", "d2"]
    assert content.frame["score"][0] == pytest.approx(0.9745832085609436, abs=1e-16)


def test_files_of_other_score_functions_beside_it_are_noticed(tmp_path: Path) -> None:
    (notice,) = file_formats.read(COSINE).notices
    assert notice.code == "score-functions"
    assert notice.text.startswith("is by the score function 'cosine'; 1 file beside it by others")
    alone = Path(shutil.copy(COSINE, tmp_path))
    assert file_formats.read(alone).notices == ()
    renamed = Path(shutil.copy(COSINE, tmp_path / "minilm.jsonl"))
    assert file_formats.read(renamed).notices == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (LINE + "{\n", r"a\.jsonl:2: not JSON \(Expecting property name"),
        (LINE + '{"query_id": "2"}\n', r"a\.jsonl:2: expected query_id, and results with corpus"),
        (LINE + LINE, r"a\.jsonl:2: returns document 'd1' for topic '1' a second time"),
        (LINE.replace("0.5", "null"), r"a\.jsonl:1: score None is not a finite number"),
        ('{"query_id": "1", "query": "a", "results": []}\n', r"a\.jsonl: holds no row"),
    ],
)
def test_a_broken_file_is_one_line_with_place_and_mend(
    tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        file_formats.read(path)
