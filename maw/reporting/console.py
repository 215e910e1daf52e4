"""Text and tables for a terminal, with colour there and plain unwrapped text in a file or pipe."""

from collections.abc import Collection, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

PLAIN_WIDTH = 200  # a pipe has no width of its own, and nothing may wrap there


def console(target: Console | None = None) -> Console:
    """Return the target, standard output unless given; without colour where it is no terminal."""
    target = target or Console()
    if target.is_terminal:
        return target
    return Console(file=target.file, width=PLAIN_WIDTH, color_system=None)


def say(to: Console, line: str) -> None:
    """Print a line of data: never read as markup, never wrapped by us."""
    to.print(Text(line), highlight=False, soft_wrap=True)


def table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str | Text]],
    *,
    numbers: Collection[str] = (),
    unwrapped: Collection[str] = (),
) -> Table:
    """Return a table; heads and texts are data, never markup.

    numbers: heads of columns set to the right; they and the columns in `unwrapped` keep one line.
    """
    shown = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for head in heads:
        no_wrap = head in numbers or head in unwrapped
        shown.add_column(
            Text(head),
            justify="right" if head in numbers else "left",
            no_wrap=no_wrap,
            overflow="ellipsis" if no_wrap else "fold",  # a long name is never cut
        )
    for row in rows:
        shown.add_row(*(text if isinstance(text, Text) else Text(text) for text in row))
    return shown
