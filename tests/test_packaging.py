"""One set of versions, told three times: constraints.txt, pyproject.toml, environment.yml."""

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import yaml

from maw.errors import TRAINING_MODULES

ROOT = Path(__file__).parents[1]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(lines: list[str]) -> dict[str, str]:
    pins = (re.fullmatch(r"([\w.-]+)==(\S+)", line.strip()) for line in lines)
    return {canonical(pin[1]): pin[2] for pin in pins if pin}


def test_the_conda_environment_has_the_versions_of_the_constraints() -> None:
    constraints = pinned((ROOT / "constraints.txt").read_text().splitlines())
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    through_pip = environment["dependencies"][-1]["pip"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = project["dependencies"] + extras["train"] + extras["dev"]
    assert set(pinned(through_pip)) == {canonical(name) for name in wanted}
    assert pinned(through_pip).items() <= constraints.items()
    assert f"python={project['requires-python'].removeprefix('>=')}" in environment["dependencies"]


def test_the_modules_of_the_extra_train_are_those_that_a_command_asks_to_install() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {canonical(name) for name in project["optional-dependencies"]["train"]}
    modules = {
        module
        for module, distributions in packages_distributions().items()
        if names & {canonical(name) for name in distributions}
    }
    assert modules >= TRAINING_MODULES
    # what a package brings beside its own module, such as torch's torchgen
    assert {canonical(d) for m in TRAINING_MODULES for d in packages_distributions()[m]} == names


def test_no_committed_list_of_versions_holds_an_address() -> None:
    for name in ("constraints.txt", "environment.yml"):
        assert "://" not in (ROOT / name).read_text()
    # apart from `project.urls`, which are addresses of pages and install nothing
    pages = re.compile(r"^\[project\.urls\]\n(?:[^\[\n]+\n)+", re.MULTILINE)
    text, n_tables = pages.subn("", (ROOT / "pyproject.toml").read_text())
    assert n_tables == 1
    assert "://" not in text
