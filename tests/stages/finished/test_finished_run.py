"""A folder that is no finished run, or whose files do not belong together, is a one-line error."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from maw.errors import InputError
from maw.models.encoders.text_encoder import build
from maw.stages.finished.finished_run import encoder_of, open_run, tensors_of

Change = Callable[[Path], object]


@pytest.fixture
def copied(suite: Path, tmp_path: Path) -> Path:
    """Return the folder of a run in a copy of the suite."""
    shutil.copytree(suite, tmp_path / "results")
    return tmp_path / "results/runs/own/maw_grpo/seed42"


def edit_json(path: Path, **changes: object) -> None:
    """Change a JSON file's stamp or content."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def other_model(run: Path) -> None:
    shutil.copy(run.parents[1] / "non_maw/seed42/model.safetensors", run / "model.safetensors")


def other_texts(run: Path) -> None:
    shutil.copy(run / "depths.parquet", run.parents[3] / "data/own/documents.parquet")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (shutil.rmtree, "no such folder; give a finished run, results/runs/<dataset>"),
        (lambda run: (run / "run.json").unlink(), "no run.json in it; give a finished run"),
        (lambda run: (run / "run.json").write_text("{"), "broken JSON"),
        (lambda run: edit_json(run / "run.json", stamp=None), "carries no stamp of maw"),
        (
            lambda run: edit_json(run / "run.json", stamp={"spec": {}}),
            "its stamp names no run of maw",
        ),
        (lambda run: (run / "model.safetensors").unlink(), "missing, the training did not end"),
        (other_model, "made by another training than run.json; run snakemake again"),
        (other_texts, "trunk.safetensors: not made from .*documents.parquet"),
        (lambda run: shutil.rmtree(run.parents[3] / "data"), "keep a run inside its results"),
    ],
)
def test_what_is_missing_or_foreign_is_named(copied: Path, change: Change, message: str) -> None:
    change(copied)
    with pytest.raises(InputError, match=message) as error:
        open_run(copied)
    assert "\n" not in str(error.value)


def test_an_unknown_kind_was_made_by_other_code(copied: Path) -> None:
    stamp = json.loads((copied / "run.json").read_text())["stamp"]
    stamp["spec"]["system"]["router"]["kind"] = "gone"
    edit_json(copied / "run.json", stamp=stamp)
    with pytest.raises(InputError, match="made by other code: .*unknown kind 'gone'"):
        open_run(copied)


def test_the_folder_above_the_seeds_names_a_seed(copied: Path) -> None:
    with pytest.raises(InputError, match="1 runs, one per seed; give one: .*seed42"):
        open_run(copied.parent)


def test_tensors_that_do_not_fit_the_code_are_one_line(copied: Path) -> None:
    run = open_run(copied)
    other_model(copied)
    with pytest.raises(InputError, match="model.safetensors: does not fit this code") as error:
        encoder_of(run)
    assert "\n" not in str(error.value)


def test_another_backbone_than_the_runs_is_refused(copied: Path, tmp_path: Path) -> None:
    run = open_run(copied)
    top = {name: 2 * tensor for name, tensor in tensors_of(run.trunk_path, prefix="top.").items()}
    with pytest.raises(InputError, match="its weights are not those that the run was made from"):
        build(run.system, backbone=run.backbone, top=top)


def test_a_run_is_found_from_within_its_results(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for here in (copied, copied.parent, copied.parents[3], copied.parents[4]):
        monkeypatch.chdir(here)
        run = open_run(Path(os.path.relpath(copied)))
        assert (run.dataset, run.name, run.seed) == ("own", "maw_grpo", 42)
        assert (run.data_folder / "documents.parquet").is_file()
    assert str(run.folder) == "results/runs/own/maw_grpo/seed42"
