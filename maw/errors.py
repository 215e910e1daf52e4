"""Errors that a user can mend: one line with the place, what is there, and the mend."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches


class InputError(Exception):
    """A mistake in a file, a configuration or an environment: printed as one line, exit code 2."""


def nearest(name: str, names: Iterable[str]) -> str:
    """Return `"; did you mean 'grpo'?"` with the nearest of the names, or list all of them."""
    candidates = sorted(names)
    close = get_close_matches(name, candidates, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(candidates)}"


def require(name: str, names: Collection[str], *, problem: str) -> None:
    """Raise ValueError `problem 'name'; did you mean …?` if the name is not one of the names."""
    if name not in names:
        raise ValueError(f"{problem} {name!r}{nearest(name, names)}")
