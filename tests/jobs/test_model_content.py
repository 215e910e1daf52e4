"""A model's folder has another hash where one of its files has other content."""

import re
from pathlib import Path

import pytest

from maw.errors import InputError
from maw.jobs import encoding_specs
from maw.jobs.job_key import JobKey
from maw.jobs.model_content import content_of
from maw.settings.sections import Backbone
from maw.settings.suite import Suite


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / ".git").mkdir()
    for name in ("config.json", "model.safetensors", "1_Pooling/config.json", ".git/a.json"):
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "1_Pooling/config.json"])
def test_a_file_that_is_read_counts(name: str, folder: Path) -> None:
    before = content_of(folder)
    (folder / name).write_text("changed")
    changed = content_of(folder)
    (folder / name).rename(folder / "other.json")
    assert len({before, changed, content_of(folder)}) == 3


@pytest.mark.parametrize("name", ["README.md", ".git/a.json"])
def test_a_file_that_is_not_read_does_not(name: str, folder: Path) -> None:
    before = content_of(folder)
    (folder / name).write_text("changed")
    assert content_of(folder) == before


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    line = f"{tmp_path / 'none'}: no such folder; give the folder of a model"
    with pytest.raises(InputError, match=f"^{re.escape(line)}$"):
        content_of(tmp_path / "none")


def test_a_changed_folder_is_encoded_again_and_a_packaged_model_needs_no_hash(
    folder: Path,
) -> None:
    content = {
        "suite": "small",
        "datasets": {"own": {"loader": {"kind": "pydocs", "packages": ["numpy"]}}},
        "systems": {"plain": {"kind": "bi_encoder"}},
        "analysis": {"primary": "nDCG@10", "sesoi": 0.02, "contrasts": []},
    }
    suite = Suite.model_validate(content)
    job = JobKey(dataset="own")
    assert encoding_specs.encode(suite, job).keys() == {"backbone", "further"}
    own = suite.model_copy(update={"backbone": Backbone(name=str(folder))})
    before = encoding_specs.encode(own, job)
    assert before["backbone_content"] == content_of(folder)
    (folder / "config.json").write_text("changed")
    assert encoding_specs.encode(own, job) != before
