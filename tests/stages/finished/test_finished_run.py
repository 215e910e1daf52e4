"""A folder that is no finished run, or whose files do not belong together, is a one-line error."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import maw
from maw.cli import app
from maw.errors import InputError
from maw.jobs import own_code
from maw.jobs.files import json_bytes, read_json
from maw.models.encoders.text_encoder import build
from maw.stages.finished.finished_run import encoder_of, open_run, tensors_of

Change = Callable[[Path], object]


@pytest.fixture
def copied(suite: Path, tmp_path: Path) -> Path:
    """Return the folder of a run in a copy of the suite."""
    shutil.copytree(suite, tmp_path / "results")
    return tmp_path / "results/runs/own/maw_grpo/seed42"


def edit_json(path: Path, **changes: object) -> None:
    """Change a JSON file's stamp or content, as if maw had written it so."""
    path.write_bytes(json_bytes({**read_json(path), **changes}))


def other_model(run: Path) -> None:
    shutil.copy(run.parents[1] / "non_maw/seed42/model.safetensors", run / "model.safetensors")


def other_texts(run: Path) -> None:
    shutil.copy(run / "depths.parquet", run.parents[3] / "data/own/documents.parquet")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (shutil.rmtree, "no such folder; give a finished run, results/runs/<dataset>"),
        (lambda run: (run / "run.json").unlink(), "no run.json in it; give a finished run"),
        (lambda run: (run / "run.json").write_text("{"), "damaged, half written"),
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
    stamp = read_json(copied / "run.json")["stamp"]
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
    with pytest.raises(InputError, match="its weights or its pooling are not those that the run"):
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


KIND = """
from pydantic import BaseModel

from maw.models.attention import standard


class Config(BaseModel, extra="forbid", frozen=True):
    depths: int = 1


def build(config, weights, *, n_heads):
    return standard.build(standard.Config(), weights, n_heads=n_heads)


open("ran", "a").close()
"""
CONFIGURATION = """
suite: mine
datasets: {own: {loader: {kind: beir_dir, path: texts}}}
systems:
  mine: {kind: bi_encoder, attention: {kind: gate.py}, objective: {kind: ranking}}
  bm25: {kind: bm25}
analysis: {contrasts: [{system: mine, baseline: bm25}]}
"""


def asking_for(kind: str, run: Path) -> Path:
    """Write into a copy's run.json that the attention is the code of `kind`; return the folder."""
    record = read_json(run / "run.json")
    stamp = record.pop("stamp")
    stamp["spec"]["system"]["attention"] = {"kind": kind}
    if Path(kind).is_file():
        stamp["spec"]["own_code"] = {kind: own_code.hash_of(kind)}
    (run / "run.json").write_bytes(json_bytes(record, stamp))
    return run


@pytest.fixture
def mine(copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a run whose run.json names gate.py, in the folder that the test runs in.

    The file leaves the file `ran` when it is run.
    """
    monkeypatch.chdir(tmp_path)
    Path("gate.py").write_text(KIND)
    Path("mine.yaml").write_text(CONFIGURATION)
    return asking_for("gate.py", copied.parents[1] / "non_maw/seed42")


DOORS = {
    "search": ("search", "sort an array", "--run"),
    "inspect": ("inspect", "sort an array", "--run"),
    "export": ("export", "exported", "--run"),
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
@pytest.mark.parametrize("kind", ["gate.py", "{here}/gate.py", "module:gate", "module:antigravity"])
def test_no_command_runs_code_because_a_result_names_it(
    kind: str, door: tuple[str, ...], mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path.cwd()))  # so that `module:gate` could be imported
    kind = kind.format(here=Path.cwd())
    asking_for(kind, mine)
    with pytest.raises(
        InputError, match=r"run.json: asks for the code in .* give .* --config FILE"
    ):
        CliRunner().invoke(app, [*door, str(mine)], catch_exceptions=False)
    assert not Path("ran").exists()
    assert not {"gate", "antigravity"} & sys.modules.keys()


def test_beside_the_configuration_that_names_its_code_a_run_is_used_and_exported(
    mine: Path, tmp_path: Path
) -> None:
    for door in DOORS.values():
        arguments = [*door, str(mine), "--config", "mine.yaml"]
        done = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert done.exit_code == 0
    assert "maw.load('exported', config='mine.yaml')" in done.output
    with pytest.raises(InputError, match=r"exported/maw.json: asks for the code in 'gate.py'"):
        maw.load("exported")
    vectors = maw.load("exported", config="mine.yaml").encode(["sort"])
    assert vectors == pytest.approx(encoder_of(open_run(mine, Path("mine.yaml"))).encode(["sort"]))
    card = Path("exported/README.md").read_text()
    assert "It needs the code in `gate.py`, which is not in this folder" in card


def test_code_that_changed_since_the_run_is_refused(mine: Path) -> None:
    record = read_json(mine / "run.json")
    record["stamp"]["spec"]["own_code"] = {"gate.py": "0" * 16}
    (mine / "run.json").write_bytes(json_bytes(record, record.pop("stamp")))
    with pytest.raises(InputError, match=r"run.json: was made with other code than 'gate.py'"):
        open_run(mine, Path("mine.yaml"))
