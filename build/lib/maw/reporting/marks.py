"""Marks the terms of the glossary in sentences that Python writes, so that a page explains them.

Templates mark their own terms by the macro `term`. A sentence that is put together from numbers and
names is marked when it is whole, by the macro `marked`. A section marks each term once.
"""

import re
from collections.abc import Iterator

from maw.reporting.glossary import TERMS, term_of_column

# Terms whose names are everyday words, too: in a sentence they often mean something else.
EVERYDAY = {"better", "bound", "difference", "head", "level", "measure", "run", "system", "weights"}
# Other spellings of terms than their names.
SPELLINGS = {
    "SESOI": "sesoi",
    "SESOIs": "sesoi",
    "95 % limits": "interval",
    "bar": "limits",
    "bars": "limits",
    "development queries": "dev",
    "dev queries": "dev",
    "per seed": "seed",
    "learning rates": "learning_rate",
}
MEASURE = r"(?:nDCG|RR|Success|AP|P|R|Bpref)(?:@\d+)?"


def _plural(name: str) -> str:
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def _spellings() -> dict[str, str]:
    """Return each spelling that is marked, in small letters unless it is a proper name -> term."""
    spellings: dict[str, str] = {}
    for key, term in TERMS.items():
        if key not in EVERYDAY and re.fullmatch(r"[\w’' -]{3,}", term.name):
            spellings |= {term.name: key, _plural(term.name): key}
    return spellings | SPELLINGS


KEYS = _spellings()
PATTERN = re.compile(
    r"(?<![\w@./_-])(?:"
    + "|".join(re.escape(name) for name in sorted(KEYS, key=len, reverse=True))
    + rf"|{MEASURE})(?![\w@/_-])"
)


class Marks:
    """The terms that a section of a page has marked so far."""

    def __init__(self) -> None:
        self._marked: set[str] = set()

    def restart(self) -> str:
        """Begin a section, in which every term is marked again; return nothing to print."""
        self._marked.clear()
        return ""

    def note(self, key: str) -> str:
        """Note that the section marks a term; return nothing to print."""
        self._marked.add(key)
        return ""

    def pieces(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield the text in pieces with the term that each one names; "" for what is not marked."""
        start = 0
        for match in PATTERN.finditer(text):
            key = KEYS.get(match[0]) or term_of_column(match[0])
            if key and key not in self._marked:
                self.note(key)
                yield text[start : match.start()], ""
                yield match[0], key
                start = match.end()
        yield text[start:], ""
