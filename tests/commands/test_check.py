"""`maw check` counts the runs of a configuration, or names its mistake."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from maw.errors import InputError

CONFIGURATION = """
suite: tiny
datasets: {{own: {{loader: {{kind: beir_dir, path: texts}}}}}}
systems: {{bm25: {{kind: bm25}}, trained: {{kind: bi_encoder, objective: {{kind: ranking}}}}}}
{seeds}: [42, 43]
analysis: {{contrasts: [{{system: trained, baseline: bm25}}]}}
"""


def test_the_runs_are_counted_and_the_command_is_named(
    tmp_path: Path, maw: Callable[..., Result]
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(CONFIGURATION.format(seeds="seeds"))
    assert maw("check", path).output.splitlines() == [
        f"{path}: suite 'tiny', 3 runs, results in results/suites/tiny/",
        f"run it: snakemake --cores all --configfile {path}",
    ]


def test_a_mistake_is_one_line_that_names_the_key(
    tmp_path: Path, maw: Callable[..., Result]
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(CONFIGURATION.format(seeds="seds"))
    with pytest.raises(InputError, match="seds: unknown key; did you mean 'seeds'") as error:
        maw("check", path)
    assert "\n" not in str(error.value)
