"""What must a reader know of the input to believe the verdict? Kept as data, said below it."""

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = 3  # examples in a text; all would fill the screen


@dataclass(frozen=True, slots=True)
class Notice:
    """One oddity. code: its kind, for programs; place: file, run or measure; count: of what."""

    code: str
    place: str
    count: int
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


def examples(names: Sequence[str]) -> str:
    """`'a', 'b', 'c' …`: the first few in order."""
    shown = ", ".join(repr(str(name)) for name in sorted(names)[:SHOWN])
    return shown + (" …" if len(names) > SHOWN else "")


def counted(n: int, thing: str) -> str:
    """`1 topic`, `2 topics`."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"
