"""Tables for people: colour and width at a terminal, plain unwrapped text in a file or a pipe."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

PLAIN_WIDTH = 200  # a pipe has no width of its own: nothing may wrap there


def console() -> Console:
    """Standard output, without colour where nobody looks."""
    made = Console()
    if made.is_terminal:
        return made
    return Console(file=made.file, width=PLAIN_WIDTH, color_system=None)


def say(to: Console, line: str) -> None:
    """A line of data: never markup, never wrapped by us."""
    to.print(Text(line), highlight=False, soft_wrap=True)


def table(
    heads: Sequence[str], rows: Sequence[Sequence[str | Text]], *, numbers: Sequence[str] = ()
) -> Table:
    """Rows under heads; columns named in `numbers` are set to the right."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for head in heads:
        made.add_column(
            head, justify="right" if head in numbers else "left", no_wrap=head in numbers
        )
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    return made
