"""The files that a program gets are BEIR's, and what it gives back is checked."""

import json
from pathlib import Path

import pandas as pd
import pytest

from maw.datasets.loaders import beir_dir
from maw.errors import InputError
from maw.jobs import program_data

DOCUMENTS = pd.DataFrame({"doc_id": ["d1", "d2"], "text": ["a wing", 'ein "Flügel"\n2']})
QUERIES = pd.DataFrame({"query_id": ["q1"], "text": ["wings?"]})
PAIRS = pd.DataFrame({"query_id": ["q1"], "doc_id": ["d1"], "relevance": [2], "rank": [1]})


def test_a_training_side_is_a_collection_in_beirs_form(tmp_path: Path) -> None:
    program_data.write_training_side(
        tmp_path / "data",
        documents=DOCUMENTS,
        queries=QUERIES,
        positives=PAIRS,
        negatives=PAIRS.assign(doc_id="d2"),
        forbidden=PAIRS,
    )
    collection = beir_dir.load(beir_dir.Config(path=tmp_path / "data"))
    blocks = pd.concat(collection.blocks())
    assert blocks["text"].tolist() == DOCUMENTS["text"].tolist()
    assert collection.queries["text"].tolist() == ["wings?"]
    assert collection.qrels.to_numpy().tolist() == [["q1", "d1", 2]]
    lines = (tmp_path / "data/negatives.tsv").read_text().splitlines()
    assert lines == ["query-id\tcorpus-id\trank", "q1\td2\t1"]
    lines = (tmp_path / "data/forbidden.tsv").read_text().splitlines()
    assert lines == ["query-id\tcorpus-id", "q1\td1"]


def test_an_id_that_a_trec_run_cannot_hold_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="^id 'q 1' holds a blank, with which a program could not"):
        program_data.write_queries(tmp_path / "x", QUERIES.assign(query_id="q 1"))


def test_the_folder_of_a_program_is_removed(tmp_path: Path) -> None:
    with program_data.program_folder() as folder:
        (program_data.made(folder / "model") / "x").write_text("x")
        assert folder.is_dir()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"train: wrote no \{model\}/draws\.json; write a list with a digest of each"),
        ("[", r"train: \{model\}/draws\.json is no JSON \(Expecting value: .*\); write a list"),
        ("[]", r"train: \{model\}/draws\.json holds no list of texts; write a list"),
        ("[1]", r"train: \{model\}/draws\.json holds no list of texts; write a list"),
    ],
)
def test_draws_that_are_no_digests_are_one_line(
    tmp_path: Path, content: str | None, message: str
) -> None:
    path = tmp_path / "draws.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=f"^{message}"):
        program_data.read_draws(path, place="train")


def test_draws_are_the_digests_of_the_steps(tmp_path: Path) -> None:
    path = tmp_path / "draws.json"
    path.write_text(json.dumps(["a1", "b2"]))
    assert program_data.read_draws(path, place="train") == ["a1", "b2"]
