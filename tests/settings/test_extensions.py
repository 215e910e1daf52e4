"""Kinds outside of maw are found by file, module or entry point; their code is in the code hash."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from maw.errors import InputError
from maw.jobs import provenance
from maw.jobs.files import json_bytes
from maw.models.encoders.loaded import MANIFEST, load
from maw.settings import extensions, registry
from tests.read_code import forget_code

KIND = '''"""A kind."""
from pydantic import BaseModel


class Config(BaseModel, extra="forbid", frozen=True):
    """Options."""

    depths: int = 1


def build(config, weights, *, n_heads):
    """Built."""
    return config.depths
'''


@pytest.fixture(autouse=True)
def _clear_caches() -> Iterator[None]:
    yield
    forget_code()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The path of a kind's file, relative to the folder that the test runs in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/gate.py").write_text(KIND)
    return "mine/gate.py"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installed package with an entry point, as pip would install it."""
    name = f"lab_{abs(hash(tmp_path))}"
    lab = tmp_path / "site" / name
    lab.mkdir(parents=True)
    (lab / "__init__.py").write_text("")
    (lab / "sums.py").write_text("N = 1\n")
    (lab / "attention.py").write_text(KIND.replace("from pyd", "from .sums import N\nfrom pyd"))
    metadata = tmp_path / "site" / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[maw.attention]\ngated = {name}.attention\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return lab


def code_hash(kind: str) -> str:
    """The hash of the code of a training job with this attention, read anew."""
    forget_code()
    return provenance.code_of("train", {"system": {"kind": "bm25", "attention": {"kind": kind}}})


def test_a_file_is_a_kind_and_keeps_the_name_that_it_was_given(file: str) -> None:
    entry = registry.parse("attention", {"kind": file, "depths": 2})
    assert registry.module_of(entry).build(entry, {}, n_heads=1) == 2
    assert registry.dump(entry) == {"kind": file, "depths": 2}
    assert registry.parse("attention", registry.dump(entry)) == entry


def test_a_wrong_option_of_a_file_is_told_as_of_any_kind(file: str) -> None:
    with pytest.raises(InputError, match=r"attention/mine/gate.py.dept: unknown key; did you mean"):
        registry.parse("attention", {"kind": file, "dept": 2})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"mine/gate.py: no such file in .*; mend `kind`"),
        ("x = (\n", r"mine/gate.py:1: '\(' was never closed"),
        ("\nimport nowhere\n", r"mine/gate.py:2: ModuleNotFoundError: No module named 'nowhere'"),
        ("x = 1\n", r"mine/gate.py: defines no pydantic model `Config`"),
        ("import sys\nsys.exit()\n", r"mine/gate.py:2: SystemExit: ; .* must not end the program"),
        ("raise SystemExit(0)\n", r"mine/gate.py:1: SystemExit: 0; .* must not end the program"),
        ("raise KeyboardInterrupt\n", r"mine/gate.py:1: KeyboardInterrupt: ; .* take this out"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_line(
    file: str, content: str | None, message: str
) -> None:
    Path(file).unlink()
    if content is not None:
        Path(file).write_text(content)
    with pytest.raises(InputError, match=f"attention: .*{message}"):
        registry.parse("attention", {"kind": file})


def test_an_entry_point_and_a_module_are_kinds_and_maws_own_come_first(package: Path) -> None:
    for kind in ("gated", f"module:{package.name}.attention"):
        assert registry.load("attention", kind).__name__ == f"{package.name}.attention"
    points = next(package.parent.glob("*.dist-info")) / "entry_points.txt"
    points.write_text(f"[maw.attention]\nmaw = {package.name}.attention\n")
    assert registry.load("attention", "maw").__name__ == "maw.models.attention.maw"
    with pytest.raises(InputError, match="routers: unknown kind 'gated'"):
        registry.load("routers", "gated")
    with pytest.raises(InputError, match="module:nowhere: ModuleNotFoundError|nowhere: Module"):
        registry.load("attention", "module:nowhere")


def test_the_code_of_a_file_counts_its_comments_do_not(file: str) -> None:
    before = code_hash(file)
    Path(file).write_text(KIND.replace('"""Built."""', '"""Other."""  # why'))
    assert code_hash(file) == before
    Path(file).write_text(KIND.replace("return config", "return 2 * config"))
    assert code_hash(file) != before


def test_of_a_package_all_that_the_kind_imports_counts(package: Path) -> None:
    before = code_hash("gated")
    (package / "unused.py").write_text("M = 1\n")
    assert code_hash("gated") == before == code_hash("gated")
    (package / "sums.py").write_text("N = 2\n")
    assert code_hash("gated") != before
    closure = provenance.closure(f"{package.name}.attention")
    assert closure == {f"{package.name}.attention", f"{package.name}.sums"}


def test_no_code_of_a_models_folder_is_run(file: str, tmp_path: Path) -> None:
    Path(file).write_text(f"{KIND}\nopen('ran', 'w').close()\n")
    system = {"kind": "bi_encoder", "attention": {"kind": file}}
    manifest = {"format": 1, "system": system, "backbone": {"name": "."}}
    (tmp_path / MANIFEST).write_bytes(json_bytes(manifest))
    with pytest.raises(InputError, match="maw.json: asks for the code in 'mine/gate.py', which"):
        load(tmp_path)
    assert not (tmp_path / "ran").exists()


def test_every_place_in_a_specification_is_found() -> None:
    inner = {"kind": "maw", "projection": {"kind": "module:lab.projection"}}
    content = {"system": {"kind": "a/b.py", "attention": inner, "list": [{"kind": "x.py"}]}}
    assert extensions.places(content) == ["a/b.py", "module:lab.projection", "x.py"]


def test_a_kind_says_itself_where_it_is_or_is_looked_up(package: Path) -> None:
    assert [extensions.is_place(kind) for kind in ("a/b.py", "module:a.b", "maw")] == [1, 1, 0]
    assert extensions.installed("attention")["gated"] == f"{package.name}.attention"
    assert extensions.source("attention", "a/b.py") == "a/b.py"
    assert extensions.source("attention", "module:a.b") == "a.b"
    assert extensions.source("attention", "gated") == f"{package.name}.attention"
    assert extensions.source("attention", "nowhere") is None
    assert extensions.load("attention", "nowhere") is None
