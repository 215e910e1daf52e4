"""Text and tables for a console: coloured on a terminal, plain in a file or pipe.

Lines of text are never wrapped. In a file or pipe a table may be 200 columns wide.
"""

import re
import textwrap
from collections.abc import Collection, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

NARROW_WIDTH = 80  # of the terminal that everybody has
NO_BREAK = "\N{NO-BREAK SPACE}"
PLAIN_WIDTH = 200  # a pipe has no width of its own, and nothing may wrap there


def console(target: Console | None = None) -> Console:
    """Return the console `target`, or one for standard output if none is given.

    A target that is no terminal is replaced by a console without colour, 200 columns wide.
    """
    target = target or Console()
    if target.is_terminal:
        return target
    return Console(file=target.file, width=PLAIN_WIDTH, color_system=None)


def say(to: Console, line: str) -> None:
    """Print a line of text literally: brackets in it are no markup, and it is not wrapped."""
    to.print(Text(line), highlight=False, soft_wrap=True)


def wrapped(line: str) -> str:
    """Return a line in several, none longer than 80 characters unless one word is.

    The following ones are indented by two spaces more than the line itself. Intervals such as
    `[−.013, +.003]` are never broken.
    """
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    whole = re.sub(r"\[[^]]*\]", lambda match: match[0].replace(" ", NO_BREAK), line)
    lines = textwrap.wrap(
        whole,
        width=NARROW_WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines).replace(NO_BREAK, " ")


def table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str | Text]],
    *,
    numbers: Collection[str] = (),
    unwrapped: Collection[str] = (),
) -> Table:
    """Return a table with these column heads and rows, whose texts are never read as markup.

    numbers: heads of right-aligned columns. unwrapped: heads of left-aligned columns. The cells of
    all these columns stay on one line, and are cut where there is no room. All other columns are
    left-aligned, and their cells may take several lines.
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
