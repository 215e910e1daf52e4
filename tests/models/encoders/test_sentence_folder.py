"""A folder of sentence-transformers is read as the library reads it, or refused in one line."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maw.errors import InputError
from maw.models.encoders.sentence_folder import Reading, reading_of
from maw.models.encoders.text_encoder import build
from maw.settings import registry
from maw.settings.sections import Backbone
from tests.sentence_folders import DOCUMENTS, QUERIES, write_folder, write_json

INSTEAD = "use `kind: sentence_transformer`, which runs the folder as it is"
ASYMMETRIC = {"query": "query: ", "document": "passage: "}
# name -> options of `write_folder` that a bi-encoder follows
FOLLOWED: dict[str, dict[str, Any]] = {
    "mean": {},
    "cls": {"pooling": "cls_token"},
    "max": {"pooling": "max_tokens"},
    "prompts": {"prompts": ASYMMETRIC, "modules": ()},
    "lower case": {"texts": {"do_lower_case": True}},
    "eight tokens": {"texts": {"max_seq_length": 8}, "prompts": ASYMMETRIC},
    "dot": {"similarity_fn_name": "dot"},
    "mpnet": {"architecture": "MPNet", "pooling": "cls_token"},
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Name -> folder."""
    base = tmp_path_factory.mktemp("folders")
    return {name: write_folder(base / name, **made) for name, made in FOLLOWED.items()}


def scores_of(folder: Path, **options: Any) -> Any:
    """Cosines [Q, N] of our own bi-encoder, untrained."""
    backbone = Backbone(name=str(folder), **options)
    encoder = build(registry.parse("systems", {"kind": "bi_encoder"}), backbone=backbone)
    queries, documents = encoder.encode(QUERIES, side="query"), encoder.encode(DOCUMENTS)
    return queries @ documents.T


@pytest.mark.parametrize("name", FOLLOWED)
def test_scores_are_those_of_the_library(name: str, folders: dict[str, Path]) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folders[name]), device="cpu", local_files_only=True)
    queries, documents = model.encode_query(QUERIES), model.encode_document(DOCUMENTS)
    expected = model.similarity(queries, documents).numpy()
    assert scores_of(folders[name]) == pytest.approx(expected, abs=1e-6)


def test_no_two_ways_of_reading_a_text_give_the_same_scores(folders: dict[str, Path]) -> None:
    different = ("mean", "cls", "max", "prompts", "lower case", "eight tokens")
    scores = [scores_of(folders[name]) for name in different]
    for n, one in enumerate(scores):
        for other in scores[:n]:
            assert np.abs(one - other).max() > 1e-3


def test_the_configurations_prompts_stand_in_place_of_the_folders(
    folders: dict[str, Path],
) -> None:
    given = {"query_prompt": "query: ", "document_prompt": "passage: "}
    with_own = scores_of(folders["prompts"])
    assert scores_of(folders["mean"], **given) == pytest.approx(with_own, abs=1e-6)
    none = {"query_prompt": "", "document_prompt": ""}
    without = scores_of(folders["mean"])
    assert scores_of(folders["prompts"], **none) == pytest.approx(without, abs=1e-6)


def test_a_folder_without_modules_is_read_as_its_section_says(tmp_path: Path) -> None:
    backbone = Backbone(name=str(tmp_path), max_query_tokens=9, query_prompt="query: ")
    limits = {"query": 9, "document": 128}
    expected = Reading("mean", {"query": "query: ", "document": ""}, limits)
    assert reading_of(tmp_path, backbone) == expected


@pytest.fixture
def changed(folders: dict[str, Path], tmp_path: Path) -> Callable[[str, Any], Path]:
    """(file, content) -> a folder with this file in place of the one that `mean` has."""

    def change(name: str, content: Any) -> Path:
        for file in ("modules.json", "1_Pooling/config.json"):
            (tmp_path / file).parent.mkdir(exist_ok=True)
            (tmp_path / file).write_text((folders["mean"] / file).read_text())
        write_json(tmp_path / name, content)
        return tmp_path

    return change


MODULES, POOLING = "modules.json", "1_Pooling/config.json"
TEXTS, PROMPTS = "sentence_bert_config.json", "config_sentence_transformers.json"


def modules(*kinds: str) -> list[dict[str, Any]]:
    return [{"type": kind, "path": f"{n}" if n else ""} for n, kind in enumerate(kinds)]


TRANSFORMER = "sentence_transformers.base.modules.transformer.Transformer"
POOL = "sentence_transformers.models.Pooling"
DENSE = "sentence_transformers.models.Dense"


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (MODULES, modules(TRANSFORMER, POOL, DENSE), f"the module '{DENSE}' is not followed"),
        (MODULES, modules(TRANSFORMER, "mine.Pooling"), "the module 'mine.Pooling' is not"),
        (MODULES, modules(TRANSFORMER), "the modules Transformer are not followed in this order"),
        (POOLING, {"pooling_mode": "lasttoken"}, "the pooling 'lasttoken' is not followed, only"),
        (POOLING, {"pooling_mode": ["cls", "max"]}, "the pooling 'cls\\+max' is not followed"),
        (
            POOLING,
            {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True},
            "the pooling 'cls\\+mean' is not followed, only mean, cls, max",
        ),
        (TEXTS, {"query_length": 32}, "query_length 32 is not followed"),
        (TEXTS, {"config_args": {"rope": 2}}, "config_args {'rope': 2} is not followed"),
        (PROMPTS, {"similarity_fn_name": "euclidean"}, "similarity 'euclidean' is not followed"),
        (PROMPTS, {"truncate_dim": 12}, "truncate_dim is not followed"),
    ],
)
def test_what_is_not_followed_is_refused_with_the_way_out(
    file: str, content: Any, message: str, changed: Callable[[str, Any], Path]
) -> None:
    folder = changed(file, content)
    line = rf"^{re.escape(str(folder / file))}: {message}[^\n]*; {re.escape(INSTEAD)}$"
    with pytest.raises(InputError, match=line):
        reading_of(folder, Backbone(name=str(folder)))


def test_pooling_without_the_prompts_tokens_needs_no_prompt(
    changed: Callable[[str, Any], Path],
) -> None:
    folder = changed(POOLING, {"pooling_mode": "mean", "include_prompt": False})
    assert reading_of(folder, Backbone(name=str(folder))).pooling == "mean"
    with pytest.raises(InputError, match=r"pooling without the prompt's tokens is not followed"):
        reading_of(folder, Backbone(name=str(folder), query_prompt="query: "))


def test_prompts_that_no_side_is_called_by_have_to_be_chosen(
    changed: Callable[[str, Any], Path],
) -> None:
    # the library leaves out `passage` in silence: encode_document looks for `document` first
    folder = changed(PROMPTS, {"prompts": {"query": "q: ", "document": "", "passage": "p: "}})
    line = (
        f"{folder / PROMPTS}: has the prompts 'passage' and none called 'document'; write the text "
        'of one as `backbone.document_prompt`, or "" for no prompt'
    )
    with pytest.raises(InputError, match=f"^{re.escape(line)}$"):
        reading_of(folder, Backbone(name=str(folder)))
    for prompt in ("p: ", ""):
        chosen = reading_of(folder, Backbone(name=str(folder), document_prompt=prompt))
        assert chosen.prompts == {"query": "q: ", "document": prompt}


def test_a_broken_file_is_named(changed: Callable[[str, Any], Path]) -> None:
    folder = changed(PROMPTS, {})
    (folder / PROMPTS).write_text("{")
    with pytest.raises(InputError, match=rf"{PROMPTS}: not readable \(.*\); download the model"):
        reading_of(folder, Backbone(name=str(folder)))
    (folder / PROMPTS).write_text("[]")
    with pytest.raises(InputError, match=rf"{PROMPTS}: holds no mapping; download the model"):
        reading_of(folder, Backbone(name=str(folder)))


def test_a_dense_head_is_refused_and_a_cross_encoder_does_not_need_it(
    tmp_path: Path,
) -> None:
    from maw.models.encoders.frozen import Frozen

    folder = write_folder(tmp_path / "model", modules=("Dense", "Normalize"))
    with pytest.raises(InputError, match=r"models\.Dense' is not followed; use `kind: sentence_"):
        Frozen.opened(Backbone(name=str(folder)))
    frozen = Frozen.opened(Backbone(name=str(folder)), for_pairs=True)
    assert frozen.reading is None
    with pytest.raises(ValueError, match=r"^the layers were opened for pairs"):
        frozen.limit("query")


def test_a_backbone_without_prompts_is_dumped_as_before_there_were_any() -> None:
    assert set(Backbone().model_dump()) == {
        "name", "max_document_tokens", "max_query_tokens", "trained_layers"
    }  # fmt: skip
    given = Backbone(document_prompt="")
    assert json.loads(given.model_dump_json())["document_prompt"] == ""
    assert Backbone.model_validate(given.model_dump()) == given
