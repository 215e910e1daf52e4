"""Comments re-run nothing; code that a job uses re-runs it, and only it."""

from pathlib import Path

import pytest

from maw.jobs import provenance

SOURCES = {
    "__init__": '"""A package."""\n',
    "stages/train": "from maw import loop\nfrom maw.deep import thing\nfrom maw.lazy import y\n",
    "lazy/__init__": "y = 1\ndef __getattr__(name):\n    from maw.lazy.other import z\n",
    "lazy/other": "z = 1\n",
    "loop": '"""Doc."""\n# why\ndef go():\n    """Says."""\n    return 1\n',
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


def code(package: Path) -> str:
    for cached in (provenance.closure, provenance.imports, provenance.syntax):
        cached.cache_clear()
    return provenance.code_of("train", SPEC)


@pytest.fixture(autouse=True)
def _forget() -> object:
    yield
    for cached in (provenance.closure, provenance.imports, provenance.syntax):
        cached.cache_clear()


@pytest.mark.parametrize(
    ("name", "text", "changes"),
    [
        ("loop", '"""New."""\n\ndef go():\n    """Other."""\n    return 1  # because\n', False),
        ("loop", "def go():\n    return 2\n", True),
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
    before = code(package)
    (package / f"{name}.py").write_text(text)
    assert (code(package) != before) is changes


def test_each_registry_entry_of_a_specification_is_found_at_any_depth() -> None:
    assert set(provenance.named({"runs": [SPEC], "loader": {"kind": "pydocs"}})) == {
        ("systems", "bi"),
        ("objectives", "grpo"),
        ("loaders", "pydocs"),
    }


def test_a_stamp_depends_on_what_was_read_but_not_on_its_order() -> None:
    made = [
        provenance.stamp("rank", spec={"a": 1}, code="c", reads=reads)["digest"]
        for reads in (["x", "y"], ["y", "x", "x"], ["x"])
    ]
    assert made[0] == made[1] != made[2]
