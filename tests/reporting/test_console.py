"""Text and tables for a terminal: data is never markup, and a file gets plain lines."""

import io

from rich.console import Console
from rich.text import Text

from maw.reporting.console import NARROW_WIDTH, PLAIN_WIDTH, console, say, table, wrapped


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


def test_a_long_line_is_wrapped_with_its_indent_and_no_interval_is_broken() -> None:
    text = "  maw_grpo: " + "word " * 11 + "−.006 [−.014, +.003] and the rest of the words"
    first, second = wrapped(text).splitlines()
    assert len(first) <= NARROW_WIDTH
    assert first.startswith("  maw_grpo: word")
    assert second.startswith("    [−.014, +.003] and")
    assert wrapped("short") == "short"
    path = "Report: /" + "folder/" * 20
    assert wrapped(path).splitlines() == ["Report:", "  " + path.removeprefix("Report: ")]
