"""A program of the user runs as its command line says; each way to fail is one line."""

import sys
from pathlib import Path

import pytest

from maw.errors import InputError
from maw.jobs import programs, provenance
from tests.read_code import forget_code

KNOWN = ("seed", "data", "model")


def test_a_command_line_is_split_as_a_shell_splits_it_and_its_places_are_filled() -> None:
    line = "tool 'two words' --seed={seed} {data}/corpus.jsonl '*.txt' '{\"a\": 1}'"
    arguments = programs.filled(line, {"seed": 42, "data": "/tmp/a b"})
    assert arguments == [
        *("tool", "two words", "--seed=42", "/tmp/a b/corpus.jsonl", "*.txt", '{"a": 1}')
    ]
    assert programs.places_of(line) == ["seed", "data"]


def test_python_is_the_python_that_runs_maw() -> None:
    assert programs.filled("python x.py python", {}) == [sys.executable, "x.py", "python"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("tool {data} {sed}", r"unknown place \{sed\}; did you mean 'seed'\?"),
        ("tool {seed}", r"has no \{data\}; add it where the program expects it"),
        ("  ", "is empty; give a program and its arguments"),
        ("tool 'x", r"cannot be split into arguments \(No closing quotation\); mend the quotes"),
    ],
)
def test_a_wrong_command_line_is_one_line(line: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        programs.require_places(line, needed=("data",), known=KNOWN)


def script(folder: Path, text: str, name: str = "program.py") -> list[str]:
    """Write a Python program; return its command line's arguments."""
    path = folder / name
    path.write_text(text)
    return [sys.executable, "-I", "-S", str(path)]


def test_a_program_prints_where_maw_prints_and_its_seconds_are_counted(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    busy = "import os, sys\nprint('out', os.environ['OMP_NUM_THREADS'])\n"
    busy += "print('err', file=sys.stderr)\nwhile sum(os.times()[:2]) < 0.15: pass\n"
    seconds = programs.run_program(script(tmp_path, busy), place="train")
    assert seconds is not None
    assert 0.1 < seconds < 5
    out, err = capfd.readouterr()
    assert out == "out 1\n"
    assert err == "err\n"


@pytest.mark.parametrize("log", [None, "results/logs/train.log"])
def test_a_program_that_fails_is_one_line_with_its_last_line_of_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: str | None
) -> None:
    monkeypatch.delenv(programs.LOG, raising=False)
    if log:
        monkeypatch.setenv(programs.LOG, log)
    where = "in results/logs/train.log" if log else "above"
    with pytest.raises(InputError) as raised:
        programs.run_program(script(tmp_path, "raise ValueError('no data')"), place="train `x`")
    assert str(raised.value) == (
        f"train `x`: the program ended with exit code 1: ValueError: no data; its output is {where}"
    )


def test_a_program_that_is_killed_or_says_nothing_is_one_line(tmp_path: Path) -> None:
    killed = script(tmp_path, "import os\nos.kill(os.getpid(), 9)\n")
    with pytest.raises(InputError, match="was ended by signal 9: it wrote no error; its output"):
        programs.run_program(killed, place="rank")


def test_a_program_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^rank: cannot start '.*/none' \(No such file or dir"):
        programs.run_program([str(tmp_path / "none")], place="rank")


def test_the_own_files_of_a_command_line_are_found_and_hashed_without_comments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def hash_of(text: str, name: str = "a.py") -> str:
        Path(name).write_text(text)
        forget_code()
        return programs.hashes_of([name])[name]

    assert hash_of("x = 1\n") == hash_of("x = 1  # why\n") != hash_of("x = 2\n")
    assert hash_of("a\n", "words.txt") != hash_of("b\n", "words.txt")
    assert len(hash_of("print 'of another Python'\n", "old.py")) == provenance.DIGITS
    line = f"python a.py {{data}} words.txt none.txt {sys.executable} a.py"
    assert programs.files_in([line]) == ["a.py", "words.txt"]
    with pytest.raises(InputError, match=r"^files: none\.txt: no such file in .*; mend the name$"):
        programs.hashes_of(["none.txt"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("no-such-program x", "no-such-program: no such program; install it, or mend the command"),
        ("python none.py {data}", r"none\.py: no such file in .*; mend the command line"),
    ],
)
def test_what_a_command_line_names_has_to_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    programs.require_installed(["python -c 'pass' {model}.py"])
    with pytest.raises(InputError, match=f"^{message}"):
        programs.require_installed([line])
