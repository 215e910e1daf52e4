"""Code that a result names is run only where the user's configuration names it, unchanged."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from maw.errors import InputError
from maw.jobs import own_code, provenance, run_specs
from maw.jobs.job_key import JobKey
from tests.read_code import forget_code
from tests.smoke_suite import smoke_suite

KIND = '''"""A kind."""
from pydantic import BaseModel

from maw.errors import InputError


class Config(BaseModel, extra="forbid", frozen=True):
    """Options."""

    depths: int = 1


def build(config, weights, *, n_heads):
    """Built."""
    raise InputError("not built in this test")


open("ran", "a").close()
'''
CONFIGURATION = """
suite: mine
datasets: {{own: {{loader: {{kind: beir_dir, path: texts}}}}}}
systems:
  old: {{kind: bi_encoder, objective: {{kind: ranking}}}}
  new: {{kind: bi_encoder, attention: {{kind: {kind}}}, objective: {{kind: ranking}}}}
analysis: {{contrasts: [{{system: new, baseline: old}}]}}
"""
FILE = "gate.py"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder that the test runs in, with a kind's file and its configuration."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / FILE).write_text(KIND)
    (tmp_path / "mine.yaml").write_text(CONFIGURATION.format(kind=FILE))
    (tmp_path / "other.yaml").write_text(CONFIGURATION.format(kind="standard"))
    forget_code()
    yield tmp_path
    forget_code()


def system(kind: str = FILE) -> dict[str, object]:
    return {"kind": "bi_encoder", "attention": {"kind": kind}}


def require(
    content: dict[str, object], *, configuration: str | None, hashes: object = None
) -> None:
    if hashes is None:
        hashes = own_code.recorded(content)[own_code.KEY]
    own_code.require_named(
        content,
        hashes,
        place=Path("run.json"),
        configuration=None if configuration is None else Path(configuration),
    )


def test_code_that_the_configuration_names_may_run() -> None:
    require(system(), configuration="mine.yaml")
    assert Path("ran").exists()  # reading a configuration runs its code


@pytest.mark.parametrize("kind", [FILE, "module:gate", "./gate.py", "elsewhere/gate.py"])
@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        (None, "runs only if a configuration of yours names it; give the suite's with --config"),
        ("other.yaml", "other.yaml does not name; give the configuration that the run was made"),
    ],
)
def test_other_code_is_refused_in_one_line_and_not_run(
    kind: str, configuration: str | None, message: str
) -> None:
    with pytest.raises(InputError, match=message) as error:
        require(system(kind), configuration=configuration, hashes={kind: "0" * 16})
    assert str(error.value).startswith(f"run.json: asks for the code in {kind!r}, which")
    assert "\n" not in str(error.value)
    assert not Path("ran").exists()


@pytest.mark.parametrize("hashes", [{}, {FILE: "0" * 16}, ["0" * 16], "0" * 16])
def test_changed_or_unrecorded_code_is_refused(hashes: object) -> None:
    with pytest.raises(InputError, match="made with other code than 'gate.py' has now; restore"):
        require(system(), configuration="mine.yaml", hashes=hashes)


def test_kinds_of_maw_need_no_configuration() -> None:
    assert own_code.recorded(system("maw")) == {}
    require(system("maw"), configuration=None, hashes={})


def test_the_hash_is_of_the_file_without_comments_and_without_maw(here: Path) -> None:
    before = own_code.hash_of(FILE)
    assert own_code.hash_of(FILE) == before
    for old, new, is_same in (
        ('"""Built."""', '"""Other."""  # why', True),
        ("from maw.errors import", "from maw.settings.registry import", False),
        ("depths: int = 1", "depths: int = 2", False),
    ):
        (here / FILE).write_text(KIND.replace(old, new))
        forget_code()
        assert (own_code.hash_of(FILE) == before) is is_same
    modules = provenance.closure(FILE)
    assert any(module.startswith("maw.") for module in modules)


def test_only_runs_with_own_code_record_its_hash() -> None:
    entry = {"kind": "bi_encoder", "attention": {"kind": FILE}, "objective": {"kind": "ranking"}}
    systems = {"new": entry, "zero": {"kind": "bi_encoder", "attention": {"kind": FILE}}}
    systems |= {"old": {"kind": "bi_encoder", "objective": {"kind": "ranking"}}}
    plan = {"contrasts": [{"system": "new", "baseline": "old"}]}
    suite = smoke_suite(systems=systems, analysis=plan)
    for stage, name, has in (("train", "new", 1), ("train", "old", 0), ("describe", "zero", 1)):
        job = JobKey(dataset="tiny", system=name, seed=42)
        spec = run_specs.specification(stage, suite, job=job)
        assert spec.get(own_code.KEY) == ({FILE: own_code.hash_of(FILE)} if has else None)
