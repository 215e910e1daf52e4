"""Every kind of maw obeys its contract, and what a user's module lacks is one line."""

from pathlib import Path
from types import ModuleType

import pytest

from maw.errors import InputError
from maw.runs import file_formats
from maw.settings import contracts, registry
from maw.settings.contract_checks import require, supply_defaults
from maw.settings.contracts import CONTRACTS, PAGE

KINDS = [(group, kind) for group in registry.PACKAGES for kind in registry.kinds(group)]
CONFIG = "from pydantic import BaseModel\n\nclass Config(BaseModel):\n    pass\n\n"
ROUTER = "LEARNS = True\nMIXES = False\n\ndef build(config, *, n_features, n_depths):\n    pass\n\n"
PROJECTION = "def initialise(c, w, b, *, n_depths, noise, blended): ...\n"
PROJECTION += "def share(l, x): ...\ndef at_depth(l, s, d): ...\ndef by_text(l, s, d): ...\n"


def load(group: str, text: str, folder: Path) -> ModuleType:
    path = folder / "mine.py"
    path.write_text(CONFIG + text)
    return registry.load(group, str(path))


@pytest.mark.parametrize(("group", "kind"), KINDS)
def test_every_kind_of_maw_obeys_its_contract(group: str, kind: str) -> None:
    require(registry.load(group, kind), CONTRACTS[group], place=kind)


@pytest.mark.parametrize("name", file_formats.format_names())
def test_every_format_obeys_its_contract(name: str) -> None:
    module = file_formats.format_called(name.rpartition(".")[2])
    assert isinstance(module, ModuleType)
    require(module, file_formats.Format, place=name)


@pytest.mark.parametrize(
    ("group", "text", "message"),
    [
        ("attention", "", r"has no function `build`; add `def build\(config, weights, \*, n_heads"),
        ("attention", "build = 3", r"`build` is no function; write `def build\(config, weights"),
        (
            "attention",
            "def build(config, weights): ...",
            r"`build` cannot be called as build\(config, weights, n_heads=…\): got an unexpected "
            r"keyword argument 'n_heads'; write `def build\(config, weights, \*, n_heads\)`",
        ),
        ("routers", "", r"has no `LEARNS`; add `LEARNS = …`"),
        ("routers", "LEARNS = 1\n", r"`LEARNS` is 1; write True or False"),
        ("routers", ROUTER, r"does not say what it reads; write `READS = \"hidden\"`, or define"),
        (
            "routers",
            f"{ROUTER}def read(attention, x, mask): ...\n",
            r"has `read` and no function `n_features`; add `def n_features\(attention\)`",
        ),
        ("objectives", "", r"has no function `begin`; add `def begin\(config, model\)`"),
        ("objectives", "def begin(config): ...", r"`begin` cannot be called as begin\(config, mod"),
        ("projections", PROJECTION, r"has no function `standard`; add `def standard\(learned, sh"),
        ("loaders", "def sources(config): ...", r"has no function `load`; add `def load\(config\)"),
        ("systems", "def rank(config, inputs): ...", r"has no `NEURAL`; add `NEURAL = …`"),
    ],
)
def test_what_a_module_lacks_is_one_line(
    group: str, text: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=rf"^{group}: .*mine\.py: {message}") as error:
        load(group, text, tmp_path)
    assert "\n" not in str(error.value)


def test_the_line_names_the_page_and_the_page_is_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=PAGE):
        load("attention", "", tmp_path)
    assert (Path(__file__).parents[2] / PAGE).is_file()


def test_what_is_left_out_has_the_contracts_default(tmp_path: Path) -> None:
    module = load("routers", f"{ROUTER}READS = 'nothing'\nDRAWS = True\n", tmp_path)
    assert (module.READS, module.DRAWS, module.DIAGNOSTIC) == ("nothing", True, False)
    assert not hasattr(module, "read")


def test_a_default_never_replaces_what_a_module_says() -> None:
    module = ModuleType("mine")
    module.TRAINS = ("mixing",)  # type: ignore[attr-defined]
    supply_defaults(module, contracts.Objective)
    assert module.TRAINS == ("mixing",)
    assert module.NEEDS_ROUTER is False
