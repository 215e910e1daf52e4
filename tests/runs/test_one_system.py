"""Files that know better than their names: two models, or two numbers of shots, are two systems."""

import json
from pathlib import Path
from shutil import copytree

import pandas as pd
import pytest

import maw
from maw.errors import InputError
from maw.runs.content import Content
from maw.runs.gather import NamedContent
from maw.runs.one_system import OneSystem

LM_EVAL = Path(__file__).parent / "formats/samples/lm_eval/small"
NAME = "Fruit_predictions.json"
QRELS = {"q1": {"d1": 1}, "q2": {"d3": 1}}


def predictions(path: Path, *, model: str, score: float) -> Path:
    """Write a file as MTEB does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    topics = {"q1": {"d1": score, "d2": 0.5}, "q2": {"d3": 1 - score, "d2": 0.5}}
    content = {"mteb_model_meta": {"model_name": model}, "default": {"test": topics}}
    path.write_text(json.dumps(content))
    return path


def shots(folder: Path, *, n: int, named: bool = True) -> Path:
    """Copy the log of lm_eval, as of a run with n examples in each prompt; return the log.

    named: whether its results file lies beside it.
    """
    copytree(LM_EVAL, folder)
    (results,) = folder.glob("results_*.json")
    (log,) = folder.glob("samples_sums_*.jsonl")
    content = json.loads(results.read_text())
    results.write_text(json.dumps({**content, "n-shot": {"sums": n, "colours": 0}}))
    if not named:
        results.unlink()
        log.write_text(log.read_text().replace('"prompt_hash": "', f'"prompt_hash": "{n}'))
    return log


def test_two_models_of_mteb_are_no_seeds_of_the_task_that_their_files_are_called_after(
    tmp_path: Path,
) -> None:
    paths = [
        predictions(tmp_path / name / NAME, model=f"lab/{name}", score=0.75)
        for name in ("first", "second")
    ]
    with pytest.raises(InputError, match="is also the run in .*; rename one of the files, or say"):
        maw.compare(paths, QRELS)
    with pytest.raises(InputError, match="has the model 'lab/second', but .* 'lab/first': they ar"):
        maw.compare(paths, QRELS, replicates="seeds")


def test_seeds_that_the_user_numbered_may_name_their_own_folders(tmp_path: Path) -> None:
    base = predictions(tmp_path / "base.json", model="base", score=0.25)
    for seed in (1, 2, 3):
        predictions(tmp_path / f"minilm/seed{seed}.json", model=f"out/{seed}", score=0.6)
    comparison = maw.compare([base, tmp_path / "minilm"], QRELS)
    assert comparison.trained == {"base": False, "minilm": True}
    assert "one-model" not in {notice.code for notice in comparison.warnings}


def test_two_systems_that_name_one_model_are_told(tmp_path: Path) -> None:
    # the second model wrote into the folder of the first, and both files were then renamed
    paths = [
        predictions(tmp_path / f"{name}.json", model="lab/first", score=score)
        for name, score in (("minilm", 0.75), ("e5", 0.25))
    ]
    (notice,) = (n for n in maw.compare(paths, QRELS).warnings if n.code == "one-model")
    assert str(notice).startswith(f"{paths[0]}, {paths[1]}: 2 systems whose files name one model, ")


def test_another_number_of_shots_is_another_system(tmp_path: Path) -> None:
    logs = [shots(tmp_path / str(n), n=n) for n in (0, 5)]
    comparison = maw.compare(logs, replicates="seeds")
    assert set(comparison.scores["system"]) == {
        "small (dtype=float32)", "small (dtype=float32, shots=5)",
    }  # fmt: skip
    assert not any(comparison.trained.values())


def test_other_prompts_without_a_results_file_are_no_replicates(tmp_path: Path) -> None:
    logs = [shots(tmp_path / str(n) / "org__model", n=n, named=False) for n in (0, 5)]
    with pytest.raises(InputError, match="has prompts with the hash .* they are two systems, and"):
        maw.compare(logs, replicates="repeats")
    same = shots(tmp_path / "again" / "org__model", n=5, named=False)
    other = shots(tmp_path / "large", n=5)
    comparison = maw.compare([*logs[1:], same, other], replicates="repeats")
    assert set(comparison.scores["system"]) == {"org__model", "small (dtype=float32, shots=5)"}


def test_a_table_of_several_systems_names_them_itself() -> None:
    frame = pd.DataFrame({"dataset": "d", "system": ["a", "b"]})
    table = Content("scores", frame, only_one="one", model="m")
    seen = OneSystem()
    seen.add(NamedContent("", 0, "first.csv", table))
    seen.add(NamedContent("", 0, "second.csv", Content("scores", frame, only_one="two")))
    assert seen.notices() == []
