"""docs/command_line.md is what the commands' own help says, and its examples are accepted."""

import shlex
from collections.abc import Callable
from typing import Any

import pytest
import typer

from docs import command_line
from maw.cli import COMMANDS, app
from tests.docs.test_links import ROOT

PAGE = ROOT / "docs/command_line.md"
ESTIMATE = "estimate"  # the one example that no other page has; it is run below
PAGES_THAT_ARE_RUN = ("README.md", "docs/use.md", "docs/other_tools.md", "docs/own_runs.md")


def test_the_committed_page_is_what_is_generated() -> None:
    command = "python -m docs.command_line > docs/command_line.md"
    assert PAGE.read_text(encoding="utf-8") == command_line.page(), f"run: {command}"


def test_every_command_has_a_section_with_all_of_its_options() -> None:
    sections = command_line.page().split("\n## maw ")[1:]
    assert [section.split("\n")[0] for section in sections] == [c.__name__ for c in COMMANDS]
    assert [*command_line.NOTES] == [command.__name__ for command in COMMANDS]
    group: Any = typer.main.get_command(app)
    for section, command in zip(sections, group.commands.values(), strict=True):
        options = [p.opts[0] for p in command.params if p.param_type_name == "option"]
        assert [name for name in options if name not in section] == []


def test_the_page_does_not_depend_on_the_width_of_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    narrow = command_line.page()
    monkeypatch.setenv("COLUMNS", "200")
    assert command_line.page() == narrow


@pytest.mark.parametrize("name", [name for name in command_line.NOTES if name != ESTIMATE])
def test_an_example_is_one_that_the_test_of_another_page_runs(name: str) -> None:
    texts = [(ROOT / page).read_text(encoding="utf-8") for page in PAGES_THAT_ARE_RUN]
    example = command_line.NOTES[name].example
    assert any(example in text for text in texts), f"{example}: on none of {PAGES_THAT_ARE_RUN}"


def test_the_example_of_estimate_runs(
    monkeypatch: pytest.MonkeyPatch, maw: Callable[..., Any]
) -> None:
    monkeypatch.chdir(ROOT)
    program, *words = shlex.split(command_line.NOTES[ESTIMATE].example)
    assert program == "maw"
    printed = maw(*words)
    assert printed.exit_code == 0
    assert "GPU-hours" in printed.output
