"""The path of a run that was made elsewhere leads to one file, or one line says why not."""

from pathlib import Path

import pytest

from maw.errors import InputError
from maw.settings.run_paths import filled, found_file, with_seed_place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of two seeds, with what else may lie in it."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("seed42.run", "seed43.run.gz", "seed43.yml", ".hidden", "notes.txt"):
        (folder / name).touch()
    return folder


def test_a_folder_stands_for_a_run_of_each_seed(folder: Path) -> None:
    assert with_seed_place(str(folder)) == f"{folder}/seed{{seed}}"
    assert with_seed_place(f"{folder}/") == f"{folder}/seed{{seed}}"
    # the dataset's name is not known yet: one folder is enough to see that it is one
    of_datasets = str(folder.parent / "{dataset}")
    assert with_seed_place(of_datasets) == f"{of_datasets}/seed{{seed}}"


def test_a_file_a_path_with_seeds_and_one_to_nowhere_stay(folder: Path) -> None:
    for path in (folder / "seed42.run", folder / "{seed}", folder / "nowhere"):
        assert with_seed_place(str(path)) == str(path)


def test_an_unknown_place_is_named() -> None:
    with pytest.raises(ValueError, match=r"unknown place \{sed\}; did you mean 'seed'\?"):
        with_seed_place("mine/{sed}.run")


def test_places_are_filled() -> None:
    places = {"dataset": "tiny", "seed": "42", "fold": "1"}
    assert filled("{dataset}/fold{fold}/seed{seed}.run", places) == Path("tiny/fold1/seed42.run")


def test_a_file_is_found_without_its_endings(folder: Path) -> None:
    assert found_file(folder / "seed42.run") == folder / "seed42.run"
    assert found_file(folder / "seed43") == folder / "seed43.run.gz"


def test_a_missing_run_is_one_line_with_what_is_there(folder: Path) -> None:
    holds = r"holds notes\.txt, seed42\.run, seed43\.run\.gz; add the file, or mend the path$"
    with pytest.raises(InputError, match=rf"mine/seed4: no such run; .*{holds}"):
        found_file(folder / "seed4")  # and not seed42
    with pytest.raises(InputError, match=r"there is no folder .*/none; give the path of a run"):
        found_file(folder.parent / "none" / "seed42")


def test_two_files_of_one_name_and_a_folder_are_refused(folder: Path) -> None:
    (folder / "seed42.run.gz").touch()
    with pytest.raises(InputError, match=r"mine: holds both seed42\.run and seed42\.run\.gz; keep"):
        found_file(folder / "seed42")
    with pytest.raises(InputError, match=r"mine: is a folder; write `.*mine/seed\{seed\}` for its"):
        found_file(folder)
