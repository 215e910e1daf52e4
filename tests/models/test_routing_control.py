"""The tiny BERT of the made collection is made once, whole, and is what transformers would read."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from maw.datasets.routing_words import MODE_WORDS
from maw.errors import InputError
from maw.models import routing_control
from maw.models.encoders.backbone_files import folder_of, tokenise
from maw.models.encoders.frozen import Frozen
from maw.models.routing_control import hidden_states, weights
from maw.settings.sections import Backbone

FILES = {"config.json", "model.safetensors", "tokenizer.json"}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder `maw` of an empty cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "maw"


def test_the_folder_is_made_in_the_cache_and_then_read(cache: Path) -> None:
    folder = folder_of("routing_control")
    assert folder.parent == cache
    assert {path.name for path in folder.iterdir()} == FILES
    made_at = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert folder_of("routing_control") == folder
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == made_at
    assert [path.name for path in cache.iterdir()] == [folder.name]
    assert folder_of("routing_control:20261128") == folder  # the seed that is the default
    assert folder_of("routing_control:1") != folder


def test_without_a_cache_folder_of_its_own_the_home_folder_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert folder_of("routing_control").parent == tmp_path / "home" / ".cache" / "maw"


def test_many_at_once_make_one_folder(cache: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        folders = set(pool.map(folder_of, ["routing_control"] * 16))
    assert [path.name for path in cache.iterdir()] == [folder.name for folder in folders]


def test_what_was_begun_and_not_renamed_is_not_used(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path, content: bytes) -> None:
        path.write_bytes(content[:3])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(routing_control, "write_new", fail)
        with pytest.raises(InputError, match="No space left on device; make room or allow writing"):
            folder_of("routing_control")
    assert [*cache.iterdir()] == []
    assert {path.name for path in folder_of("routing_control").iterdir()} == FILES


def test_a_file_that_somebody_changed_is_named() -> None:
    folder = folder_of("routing_control")
    (folder / "config.json").write_text("{}")
    with pytest.raises(InputError, match=r"config\.json: not as maw made it; delete the folder"):
        folder_of("routing_control")


def test_a_seed_that_is_no_number_is_an_error() -> None:
    with pytest.raises(InputError, match="'x' is not a seed; write routing_control or"):
        folder_of("routing_control:x")


def test_the_weights_have_the_variances_that_are_said_and_follow_the_seed() -> None:
    tensors = weights(3)
    words = tensors["embeddings.word_embeddings.weight"]
    assert words.shape == (51, 64)  # 40 + 4 + 1 + 4 words, padding and unknown
    assert words.std() == pytest.approx(1, abs=0.05)
    assert tensors["embeddings.position_embeddings.weight"].shape == (32, 64)
    query = tensors["encoder.layer.0.attention.self.query.weight"]
    assert query.std() == pytest.approx(1 / 8, abs=0.01)
    assert tensors["encoder.layer.0.intermediate.dense.weight"].shape == (8, 64)
    narrow = tensors["encoder.layer.0.output.dense.weight"]
    assert narrow.std() == pytest.approx(1 / 8**0.5, abs=0.04)
    assert not tensors["embeddings.token_type_embeddings.weight"].any()
    assert all(np.array_equal(tensor, weights(3)[name]) for name, tensor in tensors.items())
    assert not np.array_equal(weights(4)["embeddings.word_embeddings.weight"], words)


def test_another_process_makes_the_same_files() -> None:
    folder = folder_of("routing_control")
    code = "from maw.models.routing_control import folder_of; print(folder_of('routing_control'))"
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder.parents[1] / "other")}
    printed = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()
    for name in FILES:
        assert (Path(printed) / name).read_bytes() == (folder / name).read_bytes()


def test_transformers_reads_the_hidden_states_that_are_known_below_the_layer() -> None:
    frozen = Frozen.opened(Backbone(name="routing_control:7", max_query_tokens=16))
    text = "hoh bakak jun qax qaz"
    words = tuple(text.split())
    actual = frozen.hidden([text], side="query").hidden.numpy()
    states = hidden_states("routing_control:7", words)
    assert states.shape == (5, 32, 64)
    expected = states[range(5), range(5)]
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-5)
    assert frozen.top["heads"] == 1
    assert json.loads((frozen.folder / "config.json").read_text())["num_hidden_layers"] == 1


def test_a_text_is_its_words_without_special_tokens() -> None:
    (tokens,) = tokenise(["qax qaw nobody"], folder=folder_of("routing_control"), max_tokens=16)
    assert tokens == [42, 45, 1]  # the first and the last mode word, and the unknown word's number


@pytest.mark.parametrize(
    ("backbone", "words", "message"),
    [
        ("minilm", MODE_WORDS, "backbone 'minilm': its words are not known; give routing_control"),
        ("routing_control", ("the",), "'the' is none of its words; its mode words are qax, qay"),
    ],
)
def test_words_that_are_not_known_are_an_error(
    backbone: str, words: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        hidden_states(backbone, words)
