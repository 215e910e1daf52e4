"""One set of versions, told three times: constraints.txt, pyproject.toml, environment.yml."""

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from maw.errors import DISTRIBUTION, EXTRAS, Extra

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OWN = re.compile(rf"{DISTRIBUTION}\[([\w,]+)\]")  # what an extra has from other extras


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def packages_of(extra: str) -> set[str]:
    """The packages that an extra lists, without those that it has from other extras."""
    listed = PROJECT["optional-dependencies"][extra]
    return {canonical(name.partition("==")[0]) for name in listed if not OWN.fullmatch(name)}


def extras_of(extra: str) -> set[str]:
    """The extras that an extra brings, itself and those of these too."""
    listed = map(OWN.fullmatch, PROJECT["optional-dependencies"][extra])
    others = {name for match in listed if match for name in match[1].split(",")}
    return {extra}.union(*map(extras_of, others))


def pinned(lines: list[str]) -> dict[str, str]:
    pins = (re.fullmatch(r"([\w.-]+)==(\S+)", line.strip()) for line in lines)
    return {canonical(pin[1]): pin[2] for pin in pins if pin}


def test_the_conda_environment_has_the_versions_of_the_constraints() -> None:
    constraints = pinned((ROOT / "constraints.txt").read_text().splitlines())
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    through_pip = environment["dependencies"][-1]["pip"]
    extras = map(packages_of, extras_of("train") | {"dev"})
    wanted = {canonical(name) for name in PROJECT["dependencies"]}.union(*extras)
    assert set(pinned(through_pip)) == wanted
    assert pinned(through_pip).items() <= constraints.items()
    assert f"python={PROJECT['requires-python'].removeprefix('>=')}" in environment["dependencies"]


def test_the_package_is_called_as_the_messages_call_it() -> None:
    assert PROJECT["name"] == DISTRIBUTION


@pytest.mark.parametrize("extra", EXTRAS, ids=lambda extra: extra.name)
def test_the_modules_of_an_extra_are_those_that_a_message_asks_to_install(extra: Extra) -> None:
    names = packages_of(extra.name)
    modules = {
        module
        for module, distributions in packages_distributions().items()
        if names & {canonical(name) for name in distributions}
    }
    assert modules >= extra.modules
    # what a package brings beside its own module, such as torch's torchgen
    assert {canonical(d) for m in extra.modules for d in packages_distributions()[m]} == names


def test_the_light_package_has_no_package_of_an_extra() -> None:
    light = {canonical(name) for name in PROJECT["dependencies"]}
    extras = PROJECT["optional-dependencies"]
    assert [name for name in extras if light & packages_of(name)] == []


def test_the_extra_all_has_what_users_need_and_train_has_parquet_and_figures() -> None:
    assert extras_of("train") == {"train", "parquet", "figures"}
    of_developers = {"dev", "docs", "browser", "bench", "mutants"}
    assert extras_of("all") == set(PROJECT["optional-dependencies"]) - of_developers


def test_no_committed_list_of_versions_holds_an_address() -> None:
    for name in ("constraints.txt", "environment.yml"):
        assert "://" not in (ROOT / name).read_text()
    # apart from `project.urls`, which are addresses of pages and install nothing
    pages = re.compile(r"^\[project\.urls\]\n(?:[^\[\n]+\n)+", re.MULTILINE)
    text, n_tables = pages.subn("", (ROOT / "pyproject.toml").read_text())
    assert n_tables == 1
    assert "://" not in text


def test_the_page_on_installing_names_the_extras_of_users_and_adds_up() -> None:
    text = (ROOT / "docs/install.md").read_text(encoding="utf-8")
    named = {
        name for match in re.findall(r'install "\.\[([\w,]+)\]"', text) for name in match.split(",")
    }
    assert named == extras_of("all")
    rows = re.findall(r"^\| ([^|]+) \| \**(\d+)\** \|$", text, re.MULTILINE)
    sizes = {name: int(size) for name, size in rows if "adds" not in name}
    total = sizes.pop("**the light package**")
    assert sum(sizes.values()) == total <= 400
