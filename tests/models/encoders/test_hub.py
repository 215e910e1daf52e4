"""A model of the hub: read from what its client has fetched, or one line that says what to do."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from maw.errors import InputError
from maw.models.encoders import hub
from maw.models.encoders.backbone_files import folder_of
from maw.models.encoders.frozen import compute_trunk
from maw.models.encoders.sentence_folder import reading_of
from maw.settings.sections import Backbone

SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub's client, and no network."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path


def test_a_fetched_model_is_read_without_network_and_told_by_its_commit(
    cache: Path, tiny_folder: Path
) -> None:
    stored = cache / "models--owner--tiny"
    shutil.copytree(tiny_folder, stored / "snapshots" / SHA)
    (stored / "refs").mkdir()
    (stored / "refs" / "main").write_text(SHA)
    lacking = stored / ".no_exist" / SHA / "modules.json"  # what the hub has answered
    lacking.parent.mkdir(parents=True)
    lacking.touch()
    for name in ("hf:owner/tiny", f"hf:owner/tiny@{SHA}"):
        assert folder_of(name) == stored / "snapshots" / SHA
    settings = Backbone(name="hf:owner/tiny")
    trunk = compute_trunk(["sort"], ["sort"], backbone=settings, advance=lambda n: None)
    assert trunk.commit == SHA
    assert hub.commit_of(tiny_folder) is None


def test_a_model_of_which_another_program_fetched_a_part_is_refused(
    cache: Path, tiny_folder: Path
) -> None:
    stored = cache / "models--owner--tiny"
    folder = stored / "snapshots" / SHA
    shutil.copytree(tiny_folder, folder)
    name = f"hf:owner/tiny@{SHA}"
    message = "the cache has no modules.json, .* run `hf download owner/tiny`$"
    with pytest.raises(InputError, match=rf"^backbone '{name}': {message}"):
        reading_of(folder_of(name), Backbone(name=name))
    (folder / ".gitattributes").touch()  # all files of the repository were fetched
    assert reading_of(folder, Backbone(name=name)).pooling == "mean"
    assert reading_of(tiny_folder, Backbone(name=str(tiny_folder))).pooling == "mean"


def test_the_hub_is_asked_once_whether_there_are_modules(
    cache: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    folder = cache / "models--a--b" / "snapshots" / SHA
    shutil.copytree(tiny_folder, folder)
    asked: list[Any] = []

    def answer(repository: str, file: str, *, revision: str) -> str:
        asked.append((repository, file, revision))
        marker = folder.parents[1] / ".no_exist" / SHA / file  # as the client leaves it
        marker.parent.mkdir(parents=True)
        marker.touch()
        raise huggingface_hub.errors.EntryNotFoundError("404")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *_, **__: str(folder))
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", answer)
    for _ in range(2):
        assert hub.fetch("hf:a/b") == folder
    assert asked == [("a/b", "modules.json", SHA)]
    hub.require_known(folder, name="hf:a/b")


def test_without_network_a_model_that_was_not_fetched_is_one_line(cache: Path) -> None:
    message = (
        "backbone 'hf:owner/other': not fetched yet and the hub cannot be reached; fetch it where "
        "there is a network (hf download owner/other), or give a model's folder"
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        folder_of("hf:owner/other")


def test_a_name_that_none_can_bear_is_one_line(cache: Path) -> None:
    with pytest.raises(InputError, match=r"^backbone 'hf:a/b/c': not the name of a model; write"):
        folder_of("hf:a/b/c")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("RepositoryNotFoundError", "the hub has no such model, or it is private; check the name"),
        ("GatedRepoError", "its owner asks for consent; accept on its page, log in"),
        ("RevisionNotFoundError", "no such revision; name a branch, a tag or a commit"),
        ("HfHubHTTPError", "broken; try again, or give a model's folder"),
    ],
)
def test_what_the_hub_refuses_is_one_line(
    error: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    kind = getattr(huggingface_hub.errors, error)
    refused = kind.__new__(kind, "broken\nmore")  # its own constructor wants a response
    refused.args = ("broken\nmore",)
    refused.server_message = None

    def refuse(*_: Any, **__: Any) -> str:
        raise refused

    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse)
    with pytest.raises(InputError, match=rf"^backbone 'hf:a/b': {reason}[^\n]*$"):
        hub.fetch("hf:a/b")


def test_only_tensors_and_descriptions_are_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    asked: list[Any] = []

    def fetch(repository: str, **options: Any) -> str:
        asked.append((repository, options))
        return "/somewhere"

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    assert hub.fetch("hf:a/b@v1") == Path("/somewhere")
    ((repository, options),) = asked
    assert (repository, options["revision"]) == ("a/b", "v1")
    patterns = options["allow_patterns"]
    assert not any(name.endswith((".py", ".bin", ".pt", "*")) for name in patterns)
