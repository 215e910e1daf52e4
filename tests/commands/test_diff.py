"""`maw diff` shows two comparisons side by side, and tells a pipeline whether they differ."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from maw.errors import InputError
from tests.given_suite import write_run

Maw = Callable[..., Result]
TOPICS = tuple(f"q{q}" for q in range(1, 13))
QRELS = "".join(f"{topic} 0 d1 1\n" for topic in TOPICS)


def write_new(*, rank: int) -> None:
    """Write the run of `new`: d1 is at `rank`, in the first two topics at rank 2, as in `old`."""
    documents = [f"d{rank + d}" for d in range(2, rank + 1)] + ["d1"]
    few = write_run(Path("few.run"), ["d2", "d1"], queries=TOPICS[:2]).read_text()
    rest = write_run(Path("rest.run"), documents, queries=TOPICS[2:]).read_text()
    Path("new.run").write_text(few + rest)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory, maw: Maw) -> Path:
    """Return a folder with two of `maw compare --out`: in `b`, the system `new` has another run."""
    folder = tmp_path_factory.mktemp("compared")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("qrels.txt").write_text(QRELS)
        write_run(Path("old.run"), ["d2", "d1"], queries=TOPICS)
        for out, rank in (("a", 1), ("b", 3)):
            write_new(rank=rank)
            maw("compare", "old.run", "new.run", "--qrels", "qrels.txt", "--out", out, "-m", "RR")
    return folder


@pytest.fixture
def folders(compared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Return copies of the two folders, in the current folder of the test."""
    shutil.copytree(compared, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return Path("a"), Path("b")


def test_verdicts_and_means_stand_side_by_side(folders: tuple[Path, Path], maw: Maw) -> None:
    result = maw("diff", *folders)
    assert result.exit_code == 0
    assert "Settings: no difference" in result.output
    assert "Verdicts: 1 of 1 differ in their word" in result.output
    (means,) = [line for line in result.output.splitlines() if " 2 of 12" in line]
    # ten topics go from rank 1 to rank 3: (2 · 1/2 + 10) / 12 and (2 · 1/2 + 10 · 1/3) / 12
    assert means.split()[1:5] == ["new", "0.9167", "(1)", "0.3611"]
    assert "no test of one suite against the other" in result.output


def test_the_json_has_the_same_rows(folders: tuple[Path, Path], maw: Maw) -> None:
    content = json.loads(maw("diff", *folders, "--json", "-").output)
    assert content["measure"] == "RR"
    assert content["same"] is False
    by_system = {row["system"]: row for row in content["scores"]}
    assert by_system["old"]["n_equal"] == by_system["old"]["n_scores"] == 12
    assert by_system["new"]["difference"] == pytest.approx(-10 / 12 * 2 / 3)
    assert content["verdicts"][0]["word_a"] == "better"
    assert maw("diff", *folders, "--json", "diff.json").exit_code == 0
    assert json.loads(Path("diff.json").read_text()) == content


def test_a_pipeline_learns_whether_anything_differs(folders: tuple[Path, Path], maw: Maw) -> None:
    assert maw("diff", *folders, "--exit-code").exit_code == 1
    assert maw("diff", "a", "a", "--exit-code").exit_code == 0


def test_a_wrong_folder_leaves_the_file_as_it_was(folders: tuple[Path, Path], maw: Maw) -> None:
    Path("kept.json").write_text("mine")
    with pytest.raises(InputError, match="holds no comparisons.parquet"):
        maw("diff", "a", "nowhere", "--json", "kept.json")
    assert Path("kept.json").read_text() == "mine"
