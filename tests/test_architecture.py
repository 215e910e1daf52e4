"""Only the rooms that are listed here touch the disk; the root package holds nothing but its doors.

Which room may import which is checked by import-linter (`[tool.importlinter]` in pyproject.toml).
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "maw"
ROOMS = {
    "settings", "jobs", "datasets", "models", "training", "ranking", "measures", "runs",
    "significance", "verdicts", "reporting", "stages", "theory", "commands",
}  # fmt: skip
DOORS = {"__init__", "api", "cli", "comparison", "errors", "source"}

# A folder or file below `maw/` -> why its modules may read or write files.
MAY_TOUCH_DISK = {
    "stages": "stages read and write the suite's files",
    "runs": "reads the run files, score tables and judgements of users",
    "datasets/loaders": "loaders read collections",
    "jobs": "files, stamps, locks of devices and results",
    "settings": "reads configurations, packaged YAML and the sources of kinds",
    "models/routing_control.py": "makes the tiny encoder of a made collection, once, in the cache",
    "models/encoders/backbone_files.py": "reads the folder of a pretrained encoder",
    "models/encoders/cutting.py": "opens a pretrained encoder",
    "models/encoders/hub.py": "fetches a pretrained encoder into the hub's cache",
    "models/encoders/library_files.py": "finds the folder of a model of sentence-transformers",
    "models/encoders/loaded.py": "opens the folder of an exported model",
    "models/encoders/sentence_folder.py": "reads how a pretrained encoder wants its texts read",
    "models/encoders/cross_encoder_with_maw.py": "saves to and opens from a model folder",
    "reporting/templates.py": "reads the templates and the style sheet of the pages",
}

# Calls that reach the file system, by the name that is called.
FUNCTIONS = {"open", "read_csv", "read_parquet", "read_json", "read_table", "read_schema",
             "read_metadata", "load_file", "save_file", "safe_open", "memmap", "ParquetFile",
             "ParquetWriter", "NamedTemporaryFile", "TemporaryDirectory", "mkdtemp", "mkstemp",
             "write_table", "snapshot_download", "hf_hub_download", "from_pretrained",
             "save_pretrained", "from_file"}  # fmt: skip
METHODS = {"read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "rmdir", "unlink",
           "touch", "exists", "is_file", "is_dir", "is_symlink", "iterdir", "glob", "rglob",
           "stat", "lstat", "symlink_to", "hardlink_to", "chmod", "resolve", "to_parquet",
           "to_pickle", "to_feather", "samefile"}  # fmt: skip
OS_FUNCTIONS = {"replace", "rename", "remove", "unlink", "makedirs", "mkdir", "rmdir", "listdir",
                "scandir", "stat", "open", "link", "symlink", "fsync", "walk"}  # fmt: skip
MODULES = {"shutil", "tempfile", "os.path", "fcntl"}


def modules() -> list[Path]:
    return sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


def called_name(call: ast.Call) -> str:
    """`read_text` for `path.read_text()` and for `read_text()`."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def disk_accesses(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and name of each call or import that reaches the file system."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, a.name) for a in node.names if a.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            yield node.lineno, str(node.module)
        elif isinstance(node, ast.Call):
            name = called_name(node)
            writes_csv = name == "to_csv" and any(
                not isinstance(a, ast.Constant) for a in node.args
            )
            is_method = isinstance(node.func, ast.Attribute) and name in METHODS
            if name in FUNCTIONS or is_method or writes_csv or is_of_os(node.func):
                yield node.lineno, name


def is_of_os(function: ast.expr) -> bool:
    """True for `os.replace` and its like."""
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "os"
        and function.attr in OS_FUNCTIONS
    )


def may_touch_disk(module: Path) -> bool:
    return any(module.is_relative_to(place) for place in MAY_TOUCH_DISK)


@pytest.mark.parametrize("module", modules(), ids=str)
def test_only_the_listed_rooms_touch_the_disk(module: Path) -> None:
    found = list(disk_accesses(ast.parse((PACKAGE / module).read_text(encoding="utf-8"))))
    assert may_touch_disk(module) or not found, f"maw/{module} touches the disk: {found}"


@pytest.mark.parametrize("place", MAY_TOUCH_DISK)
def test_a_listed_room_does_touch_the_disk(place: str) -> None:
    sources = [PACKAGE / module for module in modules() if module.is_relative_to(place)]
    accesses = (disk_accesses(ast.parse(path.read_text(encoding="utf-8"))) for path in sources)
    assert any(list(found) for found in accesses), f"{place} needs no place in the list"


def test_the_root_holds_the_doors_and_the_rooms_and_nothing_else() -> None:
    beside = {path.stem for path in PACKAGE.glob("*.py")}
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert beside == DOORS
    assert folders == ROOMS
    assert (PACKAGE / "py.typed").is_file()


@pytest.mark.parametrize(
    "module",
    [
        module
        for module in modules()
        if module.name == "__init__.py" and module.parts[0] != "significance"
    ],
    ids=str,
)
def test_a_package_imports_nothing_before_it_is_asked(module: Path) -> None:
    """An `__init__` is empty or lazy: the code stamp of a job follows what it imports."""
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    ours = [
        node
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] == "maw"
    ]
    # the version, and the architectures, whose change is a change of the code that made a trunk
    listed = {"__init__.py", "models/encoders/backbones/__init__.py"}
    assert not ours or module.as_posix() in listed
