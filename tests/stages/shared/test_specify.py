"""A specification file changes, and becomes newer, only where specification or code change."""

from pathlib import Path

from maw.jobs.files import read_json
from maw.stages.shared.specify import specify


def test_the_file_holds_specification_and_code(tmp_path: Path) -> None:
    specify(tmp_path / "new/compare.json", spec={"alpha": 0.05}, code="c0")
    content = read_json(tmp_path / "new/compare.json")
    assert content == {"spec": {"alpha": 0.05}, "code": "c0"}


def test_the_same_content_leaves_the_file_as_old_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "compare.json"
    specify(path, spec={"b": 1, "a": 2}, code="c0")
    before = path.stat().st_mtime_ns
    specify(path, spec={"a": 2, "b": 1}, code="c0")
    assert path.stat().st_mtime_ns == before


def test_another_specification_or_other_code_is_written(tmp_path: Path) -> None:
    path = tmp_path / "compare.json"
    specify(path, spec={"a": 2}, code="c0")
    contents = [path.read_bytes()]
    for spec, code in (({"a": 3}, "c0"), ({"a": 3}, "c1")):
        specify(path, spec=spec, code=code)
        contents.append(path.read_bytes())
    assert len(set(contents)) == 3
