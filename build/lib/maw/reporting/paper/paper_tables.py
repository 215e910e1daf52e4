"""The tables of a paper: verdicts and mean scores, as LaTeX with booktabs and as Markdown.

A table fits a column of 3.3 inches or a page of 6.5 inches, whatever the names: its letters are 8
points high in every document, text wraps in columns of a computed width, and measures that do not
fit stand in a further tabular below. The libraries at hand (great_tables, pandas' Styler) leave all
of this to the author, and would save only the lines that join cells.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from maw.reporting.paper.tex import escaped

COLUMN, PAGE = 238.0, 469.0  # widths in points: 3.3 and 6.5 inches of 72.27 points
GAP = 6.0  # points between two columns
HIGHEST, HEAD = 44, 3  # rows of a page beside a long caption; rows that a tabular's head takes
NARROWEST = 52.0  # points of a column of text; words of BREAK letters fit
BREAK = 9  # letters of a name after which a line may break, where it has no separator
# widths of Computer Modern's letters at 8 points, rounded up; digits are those in bold
WIDTHS = {
    **dict.fromkeys("mw@%&−+±<>=", 7.2), **dict.fromkeys("MW", 9.0),
    **dict.fromkeys("ijlt.,;:'|!fI[]()_ ", 3.3), **dict.fromkeys("0123456789", 4.65),
}  # fmt: skip
CAPITAL, OTHER = 6.4, 4.75


class Cell(NamedTuple):
    """The text of a cell, whether it is bold, and a mark such as † behind it."""

    text: str
    is_bold: bool = False
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One tabular. heads: the columns' names, texts the places of the columns that may wrap.

    rows: cells of each row; a row with one cell is a heading of the rows below it.
    """

    heads: tuple[str, ...]
    texts: frozenset[int]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def widths(self) -> list[float]:
        """Width of each column without wrapping, in points."""
        whole = [row for row in self.rows if len(row) == len(self.heads)]
        return [
            max(points(head), *(points(row[place].text + row[place].mark) for row in whole))
            if whole
            else points(head)
            for place, head in enumerate(self.heads)
        ]


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table of a paper: its caption, the name of its label, and one or more tabulars."""

    name: str
    caption: str
    blocks: tuple[Block, ...]

    @property
    def width(self) -> float:
        """The width that it needs, in points: COLUMN where all fits there unwrapped, else PAGE."""
        needed = max(sum(block.widths) + GAP * (len(block.heads) - 1) for block in self.blocks)
        return COLUMN if needed <= COLUMN else PAGE


def latex(tables: Iterable[PaperTable]) -> str:
    """Return the tables as LaTeX; it needs the packages booktabs and array.

    A table that is too high for a page is continued in a further one.
    """
    return "\n".join(_latex(part) for table in tables for part in _pages(table))


def markdown(tables: Iterable[PaperTable]) -> str:
    """Return the tables as Markdown, each with its caption above it."""
    return "\n".join(
        "\n".join([f"**{table.name}** {table.caption}\n", *map(_markdown, table.blocks)])
        for table in tables
    )


def blocks_of(
    heads: Sequence[str], rows: Sequence[Sequence[Cell]], *, width: float = PAGE
) -> tuple[Block, ...]:
    """Return tabulars that fit a width, in points; each repeats the first column.

    The first column has the rows' names, the others have numbers.
    """
    whole = Block(tuple(heads), frozenset({0}), tuple(map(tuple, rows))).widths
    room = width - max(min(whole[0], width / 3), NARROWEST)
    groups = _packed([each + GAP for each in whole[1:]], room)
    return tuple(
        Block(
            (heads[0], *(heads[place + 1] for place in group)),
            frozenset({0}),
            tuple((row[0], *(row[place + 1] for place in group)) for row in rows),
        )
        for group in groups
    )


def _packed(widths: Sequence[float], room: float) -> list[Sequence[int]]:
    """Return the places 0, 1, … in as few groups as fit the room, as equal as they fit."""
    n = len(widths)
    for n_groups in range(1, n):
        size = -(-n // n_groups)
        groups = [range(start, min(start + size, n)) for start in range(0, n, size)]
        if all(sum(widths[place] for place in group) <= room for group in groups):
            return list(groups)
    return [[place] for place in range(n)]


def points(text: str) -> float:
    """Return the width of a text at 8 points, rounded up."""
    return sum(WIDTHS.get(sign, CAPITAL if sign.isupper() else OTHER) for sign in text)


def breakable(text: str) -> str:
    """Return a text as LaTeX in which a line may break after separators, and within long words."""
    piece = rf"[^\s_\-./@:,;]{{{BREAK}}}(?=[^\s_\-./@:,;]{{2}})"
    parts = re.sub(rf"([_\-./@:,;](?=\S)|{piece})", "\\1\0", text).split("\0")
    return r"\allowbreak{}".join(map(escaped, parts))


def _pages(table: PaperTable) -> Iterator[PaperTable]:
    """Yield the table in parts of at most HIGHEST rows; heads and rules count as HEAD rows."""
    pages: list[list[Block]] = [[]]
    for block in table.blocks:
        for piece in _pieces(block):
            height = sum(len(each.rows) + HEAD for each in (*pages[-1], piece))
            if pages[-1] and height > HIGHEST:
                pages.append([])
            pages[-1].append(piece)
    yield replace(table, blocks=tuple(pages[0]))
    for number, blocks in enumerate(pages[1:], start=2):
        caption = f"{table.name} (continued)."
        yield PaperTable(f"{table.name}-{number}", caption[0].upper() + caption[1:], tuple(blocks))


def _pieces(block: Block) -> Iterator[Block]:
    """Yield the block in parts of at most HIGHEST rows, each from a row with a name on."""
    rows = block.rows
    start = 0
    while len(rows) - start > HIGHEST - HEAD:
        end = start + HIGHEST - HEAD
        starts = [
            at for at in range(start + 1, end + 1) if rows[at][0].text and len(rows[at - 1]) > 1
        ]
        end = starts[-1] if starts else end
        yield replace(block, rows=rows[start:end])
        start = end
    yield replace(block, rows=rows[start:])


def _latex(table: PaperTable) -> str:
    is_column = table.width == COLUMN
    place = "column of 3.3" if is_column else "page of 6.5"
    environment = "table" if is_column else "table*"
    tabulars = "\n\n\\medskip\n".join(_tabular(block, table.width) for block in table.blocks)
    label = re.sub(r"[^A-Za-z0-9]+", "-", table.name).strip("-")
    return (
        f"% Fits a {place} inches. Needs \\usepackage{{booktabs,array}}.\n"
        f"\\begin{{{environment}}}[tb]\n\\centering\n\\caption{{{escaped(table.caption)}}}\n"
        f"\\label{{tab:{label}}}\n\\smallskip\n\\fontsize{{8}}{{9.6}}\\selectfont\n"
        f"\\setlength{{\\tabcolsep}}{{{GAP / 2:g}pt}}\n{tabulars}\n\\end{{{environment}}}\n"
    )


def _tabular(block: Block, width: float) -> str:
    n = len(block.heads)
    lines = ["\\toprule", _line(map(escaped, block.heads)), "\\midrule"]
    for number, row in enumerate(block.rows):
        if len(row) == 1 and n > 1:
            lines += ["\\addlinespace"] if number else []
            lines.append(
                f"\\multicolumn{{{n}}}{{@{{}}l}}{{\\textit{{{escaped(row[0].text)}}}}} \\\\"
            )
        else:
            if number and row[0].text and not block.rows[number - 1][0].text:
                lines.append("\\addlinespace")  # the rows above belong to another claim
            lines.append(_line(_cell(cell, place in block.texts) for place, cell in enumerate(row)))
    columns = "".join(_columns(block, width))
    body = "\n".join([*lines, "\\bottomrule"])
    return f"\\begin{{tabular}}{{@{{}}{columns}@{{}}}}\n{body}\n\\end{{tabular}}"


def _columns(block: Block, width: float) -> Iterator[str]:
    """Yield each column's kind; columns of text share what the columns of numbers leave."""
    needed = block.widths
    numbers = [w for place, w in enumerate(needed) if place not in block.texts]
    room = width - sum(numbers) - GAP * (len(needed) - 1)
    texts = sorted(needed[place] for place in block.texts)
    share = 0.0
    for left, text in zip(range(len(texts), 0, -1), texts, strict=True):  # narrow ones need less
        share = max(room / left, NARROWEST)
        if text > share:
            break
        room -= text
    for place, own in enumerate(needed):
        if place not in block.texts:
            yield "r"
        elif own <= share:
            yield "l"
        else:
            yield f">{{\\raggedright\\arraybackslash}}p{{{share:.0f}pt}}"


def _line(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(cell: Cell, may_break: bool) -> str:
    text = breakable(cell.text) if may_break else escaped(cell.text)
    bold = f"\\textbf{{{text}}}" if cell.is_bold else text
    return f"{bold}$^{{{escaped(cell.mark).strip('$')}}}$" if cell.mark else bold


def _markdown(block: Block) -> str:
    n = len(block.heads)
    rules = ["---" if place in block.texts else "---:" for place in range(n)]
    rows = [
        [f"*{_plain(row[0].text)}*", *[""] * (n - 1)] if len(row) == 1 else map(_marked, row)
        for row in block.rows
    ]
    lines = [map(_plain, block.heads), rules, *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _marked(cell: Cell) -> str:
    text = _plain(cell.text)
    return (f"**{text}**" if cell.is_bold else text) + cell.mark


def _plain(text: str) -> str:
    """Return a text in which Markdown finds no sign of its own."""
    edge = r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"  # within a word it is no sign of emphasis
    return re.sub(rf"[\\`*|<]|{edge}", r"\\\g<0>", " ".join(text.split()))
