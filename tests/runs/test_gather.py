"""Every form of a comparison's runs becomes contents under a system and a seed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import ref

import numpy as np
import pandas as pd
import pytest

from maw.errors import InputError
from maw.runs.gather import Reading, gather_runs

Write = Callable[[str, str | bytes], Path]
LINE = "1 Q0 d1 1 3.0 a\n"
RUN = {"1": {"d1": 3.0}}


def keys(runs: Any, *, seed_pattern: str | None = None) -> list[tuple[str, int, str]]:
    """Return system, seed and origin of each content."""
    contents, _ = gather_runs(runs, Reading(seed_pattern=seed_pattern))
    return [(content.system, content.seed, content.origin) for content in contents]


def test_files_are_named_by_themselves_and_the_first_argument_comes_first(write: Write) -> None:
    paths = [write(name, LINE) for name in ("z.run", "a.run", "b/seed42.run", "b/seed43.run")]
    assert keys([paths[0], paths[1], paths[2].parent]) == [
        ("z", 0, str(paths[0])),
        ("a", 0, str(paths[1])),
        ("b", 42, str(paths[2])),
        ("b", 43, str(paths[3])),
    ]
    assert [system for system, *_ in keys([paths[2].parent, *paths[:2]])] == ["b", "b", "a", "z"]
    assert keys(str(paths[1])) == [("a", 0, str(paths[1]))]


def test_notices_on_folders_are_handed_on(write: Write) -> None:
    folder = write("b/seed42.run", LINE).parent
    write("b/notes.md", "x")
    _, (notice,) = gather_runs([folder])
    assert (notice.code, notice.subject) == ("files-left-out", str(folder))


def test_a_mapping_names_systems_and_numbers_their_seeds(write: Write) -> None:
    path = write("a.run", LINE)
    assert keys({"x": [RUN, RUN], "y": RUN, "z": path}) == [
        ("x", 0, "runs['x'][0]"),
        ("x", 1, "runs['x'][1]"),
        ("y", 0, "runs['y']"),
        ("z", 0, str(path)),
    ]


def test_the_format_that_the_user_names_is_the_one_of_all_files(write: Write) -> None:
    told = Reading(file_format="trec")
    path = write("a.csv", LINE)  # by its name it would be a table
    for runs in ([path], {"x": path}):
        (content,), _ = gather_runs(runs, told)
        assert content.content.frame["doc_id"].tolist() == ["d1"]
    with pytest.raises(InputError, match="file_format: given, but runs is a DataFrame"):
        gather_runs(pd.DataFrame({"a": [0.1], "b": [0.2]}), told)


def test_scores_of_one_system_are_named_as_their_file_or_folder_is(write: Write) -> None:
    seeded = write("colbert/seed42.json", '{"1": {"map": 0.5}, "2": {"map": 0.7}}')
    (content,), _ = gather_runs([seeded.parent])
    keys_of = content.content.frame[["system", "seed", "value"]].itertuples(index=False, name=None)
    assert list(keys_of) == [("colbert", 42, 0.5), ("colbert", 42, 0.7)]
    # the key of a dict names them too
    (content,), _ = gather_runs({"mine": seeded})
    assert content.content.frame["system"].tolist() == ["mine", "mine"]
    # a table that names its systems keeps their names
    table = "system,query_id,measure,value\na,1,AP,0.5\nb,2,AP,0.7\n"
    other = write("splade/seed42.csv", table)
    (content,), _ = gather_runs([other.parent])
    assert content.content.frame["system"].tolist() == ["a", "b"]
    assert content.content.frame["seed"].tolist() == [0, 0]


def test_what_several_runs_are_is_handed_on(write: Write) -> None:
    paths = [write("x/a.run", LINE), write("y/a.run", LINE)]
    with pytest.raises(InputError, match="--replicates"):
        gather_runs(paths)
    contents, _ = gather_runs(paths, Reading(replicates="repeats"))
    assert [(content.system, content.seed) for content in contents] == [("a", 0), ("a", 1)]


def test_a_table_of_scores_has_systems_of_its_own(write: Write) -> None:
    path = write("m.csv", "topic,a,b\n1,0.5,1\n")
    assert keys([path]) == [("", 0, str(path))]
    matrix = pd.DataFrame([[0.5, 1.0]], index=["1"], columns=["a", "b"])
    (content,), _ = gather_runs(matrix)
    assert (content.system, content.origin, content.content.kind) == ("", "runs", "scores")
    assert content.content.frame["system"].tolist() == ["a", "b"]
    long = pd.DataFrame({"name": ["a"], "qid": ["1"], "measure": ["AP"], "value": [0.5]})
    (content,), _ = gather_runs(long)
    assert content.content.frame["system"].tolist() == ["a"]


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ([], "no runs given; name at least two files"),
        ({}, "runs: is empty; give at least two systems"),
        (7, "runs: is a int; expected {system: run}, a list with only paths, or a DataFrame"),
        ([RUN], "runs: is a list; expected {system: run}"),
        ({"b": []}, r"runs\['b'\]: is an empty list; give a run for each seed"),
        ({"b": pd.DataFrame({"name": ["a"], "qid": ["1"], "measure": ["AP"], "value": [0.5]})},
         r"runs\['b'\]: is a table of scores; give it alone, not in a dict"),
        (pd.DataFrame({"a": [0.1, np.nan]}), "the matrix has values that are no finite number"),
        (pd.DataFrame([[0.1, 0.2]], columns=["a", "a"]),
         "runs: system 'a' is in the matrix twice"),
        (pd.DataFrame({"a": [0.1, 0.2]}, index=["1", "1"]),
         "runs: topic '1' is in the matrix twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_one_line_with_place_and_mend(runs: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(gather_runs(runs)[0])


def test_a_run_is_read_when_it_is_asked_for_and_not_kept(write: Write, tmp_path: Path) -> None:
    paths = [write("a.run", LINE), tmp_path / "missing.run"]
    for runs in (paths, {path.stem: path for path in paths}):
        contents, _ = gather_runs(runs)
        frame = ref(next(contents).content.frame)
        assert frame() is None
        with pytest.raises(InputError, match=r"missing\.run: no such file"):
            next(contents)


def test_a_pipe_is_a_run_called_after_its_number(
    write: Write, pipe: Callable[[bytes], Path]
) -> None:
    path = pipe(b"1 Q0 d1 1 3.0 a\n")
    runs, _ = gather_runs([path, write("b.run", "1 Q0 d2 1 3.0 b\n")])
    contents = {run.system: run.content.frame["doc_id"].tolist() for run in runs}
    assert contents == {path.name: ["d1"], "b": ["d2"]}
