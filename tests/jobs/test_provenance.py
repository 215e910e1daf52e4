"""Comments and docstrings change no code hash; code changes those of the jobs that run it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from maw.jobs import provenance
from tests.read_code import forget_code

SOURCES = {
    "__init__": '"""A package."""\n',
    "stages/train": "from maw import loop, settings\nfrom maw.deep import thing\n"
    "from maw.lazy import y\n",
    "lazy/__init__": "y = 1\ndef __getattr__(name):\n    from maw.lazy.other import z\n",
    "lazy/other": "z = 1\n",
    "loop": '"""Doc."""\n# why\ndef go():\n    """Says."""\n    return 1\n',
    "settings": "class Plan:\n    steps = 3\n",
    "deep/__init__": "from maw.deep.thing import x\n",
    "deep/thing": "x = 1\n",
    "training/objectives/grpo": "class Config: pass\n",
    "training/objectives/ranking": "class Config: pass\n",
}
SPEC = {"system": {"kind": "bi", "objective": {"kind": "grpo", "weight": 1}}}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "maw"
    for name, text in {**SOURCES, "ranking/systems/bi": "y = 2\n"}.items():
        path = root / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(provenance, "PACKAGE", root)
    return root


def code_hash() -> str:
    """The hash of the code of a training job, read anew."""
    forget_code()
    return provenance.code_of("train", SPEC)


@pytest.fixture(autouse=True)
def _clear_caches() -> Iterator[None]:
    yield
    forget_code()


@pytest.mark.parametrize(
    ("name", "text", "changes"),
    [
        ("loop", '"""New."""\n\ndef go():\n    """Other."""\n    return 1  # because\n', False),
        ("loop", "def go():\n    return 2\n", True),
        ("settings", 'class Plan:\n    steps = 3\n    """How many steps."""\n', False),
        ("settings", '"""Doc."""\n"""More."""\nclass Plan:\n    steps = 3\n    "Few."\n', False),
        ("settings", 'class Plan:\n    steps = "3"\n', True),
        ("settings", "class Plan:\n    steps = 4\n", True),
        ("deep/thing", "x = 2\n", True),
        ("training/objectives/grpo", "class Config: clip = 1\n", True),
        ("training/objectives/ranking", "class Config: clip = 1\n", False),
        ("ranking/systems/bi", "y = 3\n", True),
        ("lazy/other", "z = 2\n", False),
        ("lazy/__init__", "y = 2\n", True),
    ],
)
def test_only_code_that_the_job_runs_changes_its_stamp(
    package: Path, name: str, text: str, changes: bool
) -> None:
    before = code_hash()
    (package / f"{name}.py").write_text(text)
    assert (code_hash() != before) is changes


@pytest.mark.parametrize("in_function", ["", "def go():\n    if True:\n        "])
def test_a_string_alone_counts_nowhere_but_a_value_does(package: Path, in_function: str) -> None:
    path = package / "loop.py"
    path.write_text(f"{in_function}x = 1\n")
    before = code_hash()
    indent = " " * (len(in_function) - len(in_function.rstrip(" ")))
    path.write_text(f'{in_function}x = 1\n{indent}"""A note."""\n')
    assert code_hash() == before
    path.write_text(f"{in_function}x = 1\n{indent}x\n")
    assert code_hash() != before


def test_each_registry_entry_of_a_specification_is_found_at_any_depth() -> None:
    assert set(provenance.named({"runs": [SPEC], "loader": {"kind": "pydocs"}})) == {
        ("systems", "bi"),
        ("objectives", "grpo"),
        ("loaders", "pydocs"),
    }


def test_a_stamp_depends_on_what_was_read_but_not_on_its_order() -> None:
    digests = [
        provenance.stamp("rank", spec={"a": 1}, code="c", reads=reads)["digest"]
        for reads in (["x", "y"], ["y", "x", "x"], ["x"])
    ]
    assert digests[0] == digests[1] != digests[2]


def test_a_module_that_is_not_there_is_named(package: Path) -> None:
    with pytest.raises(ValueError, match=r"maw\.nothing: no such module"):
        provenance.syntax("maw.nothing")
