"""Names of files become systems and seeds."""

import pytest

from maw.errors import InputError
from maw.runs.clusters import read_clusters
from maw.runs.find import find, name_of


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("bm25.run.gz", "bm25"),
        ("x/bm25.trec", "bm25"),
        ("bm25.v2.txt.gz", "bm25.v2"),
        ("bm25", "bm25"),
        ("input.bm25", "input.bm25"),
        (".run", ".run"),
    ],
)
def test_a_system_is_called_as_its_file(file: str, name: str) -> None:
    assert name_of(file) == name


def found(paths, seed_pattern=None) -> list[tuple[str, int, str]]:
    sources, _ = find(paths, seed_pattern=seed_pattern)
    return [(source.system, source.seed, source.path.name) for source in sources]


def test_a_folder_is_a_system_and_its_files_are_seeds(write) -> None:
    folder = write("splade/seed43.run", "x").parent
    write("splade/seed42.run.gz", "x")
    write("splade/.hidden", "x")
    single = write("bm25.run", "x")
    assert found([single, folder]) == [
        ("bm25", 0, "bm25.run"),
        ("splade", 42, "seed42.run.gz"),
        ("splade", 43, "seed43.run"),
    ]


def test_a_pattern_finds_seeds_in_names_and_leaves_others_alone(write) -> None:
    paths = [write(name, "x") for name in ("a-s1.run", "a-s2.run.gz", "bm25.run")]
    assert found(paths, "{system}-s{seed}") == [
        ("a", 1, "a-s1.run"),
        ("a", 2, "a-s2.run.gz"),
        ("bm25", 0, "bm25.run"),
    ]
    folder = write("b/run_7.trec", "x").parent
    assert found([folder], "run_{seed}") == [("b", 7, "run_7.trec")]


def test_files_of_a_folder_that_are_left_out_are_told(write) -> None:
    folder = write("a/seed1.run", "x").parent
    write("a/notes.md", "x")
    _, (notice,) = find([folder], seed_pattern=None)
    assert (notice.code, notice.count) == ("files-left-out", 1)
    assert "notes.md" in notice.text


def test_names_that_cannot_be_told_apart_are_refused(write) -> None:
    paths = [write("x/bm25.run", "x"), write("y/bm25.run.gz", "x")]
    with pytest.raises(InputError, match=r"'bm25', seed 0 is also .*x/bm25\.run; rename one"):
        find(paths, seed_pattern=None)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{system}", "needs {seed} once"),
        ("{seed}{seed}", "needs {seed} once"),
        ("{system}_{seed}", "matches no file .first: 'a-s1'."),
    ],
)
def test_a_pattern_that_cannot_work_is_refused(write, pattern: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        find([write("a-s1.run", "x")], seed_pattern=pattern)


def test_a_folder_without_seeds_says_what_it_holds(write) -> None:
    folder = write("runs/bm25.run", "x").parent
    with pytest.raises(InputError, match=r"no file is called seed\{seed\}\.run; holds 'bm25\.run'"):
        find([folder], seed_pattern=None)


def test_a_runs_sidecar_is_not_left_out_but_another_file_is(write) -> None:
    folder = write("splade/seed42.run.gz", "x").parent
    write("splade/seed42.run.yml", "x")
    assert find([folder], seed_pattern=None)[1] == ()
    write("splade/notes.yml", "x")
    ((notice),) = find([folder], seed_pattern=None)[1]
    assert notice.count == 1
    assert "'notes.yml'" in notice.text


def test_a_cluster_may_hold_a_comma(write) -> None:
    path = write("c.csv", 'query_id,cluster\n1,"x, y"\n2,z\n')
    assert read_clusters(path).to_dict() == {"1": "x, y", "2": "z"}


@pytest.mark.parametrize("content", ["1,x\n2,x\n3,y\n", "query_id cluster\n1 x\n2 x\n3 y\n"])
def test_clusters_are_read_from_a_table(write, content: str) -> None:
    assert read_clusters(write("c.csv", content)).to_dict() == {"1": "x", "2": "x", "3": "y"}


@pytest.mark.parametrize(
    ("content", "message"),
    [("1,x\n1,y\n", "topic '1' is there twice"), ("1,x,y\n", "c.csv:1: 3 columns")],
)
def test_clusters_that_cannot_be_meant_are_refused(write, content: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_clusters(write("c.csv", content))
