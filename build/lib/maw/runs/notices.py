"""Notices on oddities of the input and gaps of the plan, to be known before believing a verdict.

A notice is data; the terminal and the report print all notices below the verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass

N_EXAMPLES = 3  # in one text, so that a notice stays one line


@dataclass(frozen=True, slots=True)
class Notice:
    """One oddity of the input, or one gap of the analysis plan.

    code: its kind, for programs. subject: the file, run, dataset or measures concerned, `plan` or
    "". count: number of cases. text: the description, which is printed after the subject.
    """

    code: str
    subject: str
    count: int
    text: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.text}" if self.subject else self.text


def examples(names: Sequence[str]) -> str:
    """Return the first three names in alphabetical order, as in `'a', 'b', 'c' …`."""
    shown = ", ".join(repr(str(name)) for name in sorted(names)[:N_EXAMPLES])
    return shown + (" …" if len(names) > N_EXAMPLES else "")


def counted(n: int, thing: str) -> str:
    """Return a count with its noun, as in `1 topic` or `2 topics`."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"
