"""A configuration is right, or one line says where it is wrong."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from maw.errors import InputError
from maw.settings.read import parse_suite, read_suite
from maw.settings.suite import Suite

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "workflow/config").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_configuration_is_valid_and_named_after_its_suite(path: Path) -> None:
    assert read_suite(path).suite == path.stem


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_top_level_key_of_a_shipped_configuration_is_explained_above_it(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    unexplained = [
        line
        for above, line in zip(["", *lines], lines, strict=False)
        if line[:1].isalpha() and not above.startswith("#")
    ]
    assert unexplained == []


def test_parsing_never_imports_torch() -> None:
    code = (
        "import sys; from pathlib import Path; from maw.jobs import suite_specs;"
        "from maw.settings.read import read_suite;"
        f"suite = read_suite(Path({str(ROOT / 'workflow/config/embedded.yaml')!r}));"
        "suite_specs.collect(suite); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_missing_key_is_named(content: dict[str, Any]) -> None:
    del content["analysis"]
    with pytest.raises(InputError, match=r"x\.yaml\.analysis: this key is missing"):
        parse_suite(content, source="x.yaml")


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown key": ({"sed": [1]}, r"x\.yaml\.sed: unknown key; did you mean 'seeds'\?"),
    "nested key": ({"training": {"stps": 3}}, r"training\.stps: unknown key; did you mean 'steps'"),
    "value": ({"training": {"steps": 0}}, r"training\.steps: .*greater than or equal to 1.* 0"),
    "system kind": (
        {"systems": {"a": {"kind": "bm52"}}},
        r"unknown kind 'bm52'; did you mean 'bm25'",
    ),
    "no kind": ({"systems": {"a": {}}}, r"expected a mapping with `kind:`"),
    "kind's key": (
        {"systems": {"a": {"kind": "bm25", "k2": 1}}},
        r"systems/bm25\.k2: unknown key; known: b, k1",
    ),
    "name": ({"suite": "a/b"}, r"suite: .*letters, digits"),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_value_is_one_line_that_names_file_key_and_mend(
    suite_with: Callable[..., Suite], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message) as raised:
        suite_with(**change)
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith("x.yaml")


def test_a_file_that_is_not_there_or_not_yaml_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml: no such configuration file"):
        read_suite(tmp_path / "none.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("suite: [")
    with pytest.raises(InputError, match=r"broken\.yaml: not readable as YAML: "):
        read_suite(broken)
    broken.write_text("- a list")
    with pytest.raises(InputError, match="expected a mapping of keys, got list"):
        read_suite(broken)


def test_a_key_that_stands_twice_is_refused_also_in_a_file_that_snakemake_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / "twice.yaml"
    smoke = (ROOT / "workflow/config/smoke.yaml").read_text(encoding="utf-8")
    path.write_text(f"{smoke}\nsuite: other\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"twice\.yaml:\d+: key 'suite' stands twice"):
        read_suite(path)
    as_snakemake_reads_it = yaml.safe_load(path.read_text(encoding="utf-8"))
    with pytest.raises(InputError, match=r"twice\.yaml:\d+: key 'suite' stands twice"):
        parse_suite(as_snakemake_reads_it, source="x.yaml", files=[str(path)])
    assert parse_suite(as_snakemake_reads_it, source="x.yaml").suite == "other"
