"""Names of files become systems and seeds."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from maw.errors import InputError
from maw.runs.find import collection_name, find_runs, name_of
from maw.runs.replicates import KINDS, Replicates

Write = Callable[[str, str | bytes], Path]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("bm25.run.gz", "bm25"),
        ("x/bm25.trec", "bm25"),
        ("x/bm25.csv", "bm25"),
        ("bm25.tsv.gz", "bm25"),
        ("bm25.v2.txt.gz", "bm25.v2"),
        ("bm25", "bm25"),
        ("input.bm25", "input.bm25"),
        (".run", ".run"),
    ],
)
def test_a_system_is_called_as_its_file(file: str, name: str) -> None:
    assert name_of(file) == name


@pytest.mark.parametrize(
    ("qrels", "name"),
    [
        ("dl-hard/qrels.txt", "dl-hard"),
        ("dl-hard/qrels/test.tsv", "dl-hard"),
        ("dl-hard.qrels.txt", "dl-hard"),
        (Path("robust04/qrels.txt"), "robust04"),
        ({"1": {"d1": 1}}, "topics"),
        (None, "topics"),
    ],
)
def test_a_collection_is_called_as_its_qrels_or_their_folder(qrels: object, name: str) -> None:
    assert collection_name(qrels) == name


def keys(
    paths: Sequence[Path],
    seed_pattern: str | None = None,
    *,
    replicates: Replicates | None = None,
) -> list[tuple[str, int, str]]:
    """Return system, seed and file name of each run."""
    files, _ = find_runs(paths, seed_pattern=seed_pattern, replicates=replicates)
    return [(file.system, file.seed, file.path.name) for file in files]


def test_a_folder_is_a_system_and_its_files_are_seeds(write: Write) -> None:
    folder = write("splade/seed43.run", "x").parent
    write("splade/seed42.run.gz", "x")
    write("splade/.hidden", "x")
    single = write("bm25.run", "x")
    assert keys([single, folder]) == [
        ("bm25", 0, "bm25.run"),
        ("splade", 42, "seed42.run.gz"),
        ("splade", 43, "seed43.run"),
    ]


def test_a_pattern_finds_seeds_in_names_and_leaves_others_alone(write: Write) -> None:
    paths = [write(name, "x") for name in ("a-s1.run", "a-s2.run.gz", "bm25.run")]
    assert keys(paths, "{system}-s{seed}") == [
        ("a", 1, "a-s1.run"),
        ("a", 2, "a-s2.run.gz"),
        ("bm25", 0, "bm25.run"),
    ]
    folder = write("b/run_7.trec", "x").parent
    assert keys([folder], "run_{seed}") == [("b", 7, "run_7.trec")]


def test_files_of_a_folder_that_are_left_out_are_told(write: Write) -> None:
    folder = write("a/seed1.run", "x").parent
    write("a/notes.md", "x")
    _, (notice,) = find_runs([folder], seed_pattern=None)
    assert (notice.code, notice.count) == ("files-left-out", 1)
    assert "notes.md" in notice.text


def test_several_runs_of_a_system_are_asked_about(write: Write) -> None:
    paths = [write("x/bm25.run", "x"), write("y/bm25.run.gz", "x")]
    message = r"y/bm25\.run\.gz: 'bm25' is also the run in .*x/bm25\.run; rename .* --replicates"
    with pytest.raises(InputError, match=message):
        find_runs(paths, seed_pattern=None)


@pytest.mark.parametrize("kind", KINDS)
def test_runs_without_a_seed_are_numbered_as_they_are_given_once_they_are_told(
    write: Write, kind: Replicates
) -> None:
    paths = [write("y/a.run", "x"), write("x/a.run", "x"), write("x/b.run", "x")]
    files, _ = find_runs(paths, seed_pattern=None, replicates=kind)
    found = [(file.system, file.seed, file.path.parent.name) for file in files]
    assert found == [("a", 0, "y"), ("a", 1, "x"), ("b", 0, "x")]
    folder = write("gpt/second.run", "x").parent
    write("gpt/first.run", "x")
    write("gpt/first.yml", "x")
    assert keys([folder], replicates=kind) == [("gpt", 0, "first.run"), ("gpt", 1, "second.run")]


def test_names_that_have_a_seed_keep_it_whatever_is_told(write: Write) -> None:
    folder = write("a/seed42.run", "x").parent
    write("a/seed43.run", "x")
    known = [("a", 42, "seed42.run"), ("a", 43, "seed43.run")]
    assert [keys([folder], replicates=kind) for kind in KINDS] == [known, known]


def test_names_that_cannot_be_told_apart_are_refused(write: Write) -> None:
    paths = [write("x/a-s1.run", "x"), write("y/a-s1.run", "x")]
    with pytest.raises(InputError, match=r"'a', seed 1 is also the run in .*x/a-s1\.run; rename"):
        find_runs(paths, seed_pattern="{system}-s{seed}")
    seeded = write("a/seed42.run", "x")
    alone = write("a.run", "x")
    message = r"a\.run: has no seed in its name, but .*seed42\.run is seed 42 of 'a' as well"
    with pytest.raises(InputError, match=message):
        find_runs([alone, seeded.parent], seed_pattern=None, replicates="seeds")
    with pytest.raises(InputError, match=r"a\.run: is given twice; give each run once"):
        find_runs([alone, alone], seed_pattern=None, replicates="seeds")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{system}", "write {seed} once"),
        ("{seed}{seed}", "write {seed} once"),
        ("{system}_{seed}", "matches no file .first: 'a-s1'."),
    ],
)
def test_a_pattern_that_cannot_work_is_refused(write: Write, pattern: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_runs([write("a-s1.run", "x")], seed_pattern=pattern)


def test_a_folder_without_seeds_says_what_it_holds(write: Write) -> None:
    folder = write("runs/bm25.run", "x").parent
    message = r"no file is called seed\{seed\}\.run; the folder holds 'bm25\.run'"
    with pytest.raises(InputError, match=message):
        find_runs([folder], seed_pattern=None)


def test_a_runs_sidecar_is_not_left_out_but_another_file_is(write: Write) -> None:
    folder = write("splade/seed42.run.gz", "x").parent
    write("splade/seed42.run.yml", "x")
    assert find_runs([folder], seed_pattern=None)[1] == ()
    write("splade/notes.yml", "x")
    (notice,) = find_runs([folder], seed_pattern=None)[1]
    assert notice.count == 1
    assert "'notes.yml'" in notice.text


def test_judgements_from_a_pipe_name_no_collection(pipe: Callable[[bytes], Path]) -> None:
    assert collection_name(pipe(b"1 0 d1 1\n")) == "topics"


def test_a_seed_that_no_table_can_hold_is_refused(write: Write) -> None:
    folder = write("a/seed9223372036854775808.run", "1 Q0 d1 1 2.0 a\n").parent
    message = r"seed9223372036854775808\.run: seed 9223372036854775808 is beyond 9,007,.*; rename"
    with pytest.raises(InputError, match=message):
        find_runs([folder], seed_pattern=None)
