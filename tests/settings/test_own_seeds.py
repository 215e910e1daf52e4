"""The seeds of runs that were made elsewhere are independent, unless the plan says otherwise."""

from pathlib import Path
from typing import Any

import pytest

from maw.errors import InputError
from tests.given_suite import given_suite, write_run

TRAINED: dict[str, Any] = {"kind": "bi_encoder", "objective": {"kind": "ranking"}}
CONTRAST = {"system": "mine", "baseline": "base"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a run for each of two seeds."""
    for seed in (42, 43):
        write_run(tmp_path / f"mine/seed{seed}.run", ["d1", f"d{seed}"])
    return tmp_path / "mine"


def form(path: Path, **contrast: str) -> str:
    """Return the form of the seeds of `mine`, at this path, against a system that is trained."""
    analysis = {"contrasts": [{**CONTRAST, **contrast}]}
    return given_suite(path, baseline=TRAINED, analysis=analysis).analysis.contrasts[0].seeds


def test_what_the_plan_leaves_out_is_independent_and_what_it_says_stays(folder: Path) -> None:
    assert form(folder) == "independent"
    assert form(folder, seeds="shared") == "shared"
    assert form(folder, seeds="independent") == "independent"
    assert form(folder / "seed42.run") == "shared"  # one run, for which it makes no difference


def test_systems_that_maw_trains_share_their_seeds(folder: Path) -> None:
    systems = {"mine": TRAINED, "base": TRAINED}
    assert given_suite(folder, systems=systems).analysis.contrasts[0].seeds == "shared"


def test_the_verdicts_take_a_folder_of_seeds_as_a_system_that_is_trained(folder: Path) -> None:
    suite, single = given_suite(folder), given_suite(folder / "seed42.run")
    assert [suite.depends_on_seed(name) for name in ("mine", "base")] == [True, False]
    assert not single.depends_on_seed("mine")
    analysis = {"contrasts": [CONTRAST], "trained": ["mine"]}
    assert given_suite(folder / "seed42.run", analysis=analysis).depends_on_seed("mine")
    analysis["trained"] = ["mien"]
    with pytest.raises(InputError, match=r"analysis\.trained: unknown system 'mien'; did you mean"):
        given_suite(folder, analysis=analysis)


def test_a_known_pair_of_unknown_draws_is_planned_too(folder: Path) -> None:
    systems = {"mine": {"kind": "run", "path": str(folder)}, "base": {"kind": "bm25"}, "t": TRAINED}
    controls = {"positive": {"system": "t", "baseline": "mine"}}
    analysis: dict[str, Any] = {"contrasts": [CONTRAST], "controls": controls}
    message = "nothing says whether the seeds of 't' and 'mine' are shared; add their contrast with"
    with pytest.raises(InputError, match=message):
        given_suite(folder, systems=systems, analysis=analysis)
    analysis["contrasts"] = [CONTRAST, {"system": "t", "baseline": "mine", "role": "reference"}]
    suite = given_suite(folder, systems=systems, analysis=analysis)
    assert suite.analysis.contrasts[1].seeds == "independent"
