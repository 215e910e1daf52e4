"""Text and tables for a terminal: data is never markup, and a file gets plain lines."""

import io

from rich.console import Console
from rich.text import Text

from maw.reporting.console import PLAIN_WIDTH, console, say, table


def test_a_file_gets_neither_colour_nor_wrapping() -> None:
    file = io.StringIO()
    to = console(Console(file=file, width=20))
    say(to, "[red]a[/red] " + "word " * 20)
    to.print(table(["[bold]name", "n"], [[Text("x", style="red"), "1"]], numbers=["n"]))
    first, *rest = file.getvalue().splitlines()
    assert to.width == PLAIN_WIDTH
    assert first.rstrip() == "[red]a[/red] " + " ".join(["word"] * 20)
    assert "[bold]name" in rest[0]
    assert "\x1b" not in file.getvalue()


def test_a_terminal_keeps_its_width_and_colours() -> None:
    target = Console(file=io.StringIO(), force_terminal=True, width=40)
    assert console(target) is target


def test_a_long_name_is_folded_and_never_cut() -> None:
    file = io.StringIO()
    to = Console(file=file, width=12)
    to.print(table(["name", "n"], [["a" * 20, "0.5"]], numbers=["n"]))
    assert file.getvalue().count("a") == 20 + 1  # and that of the head
    assert "0.5" in file.getvalue()
