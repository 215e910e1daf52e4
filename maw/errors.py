"""Errors that a user can mend. A message is one line: the place, what was found, what to do."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches


class InputError(Exception):
    """A mistake that the user can mend in a file, a configuration, an argument or the environment.

    The command line prints it as one line and exits with code 2.
    """


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the end of an error message about an unknown `name`.

    It is `; did you mean 'grpo'?` with the most similar of `names`, or `; known: ` and all names
    where none is similar.
    """
    candidates = sorted(names)
    close = get_close_matches(name, candidates, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(candidates)}"


def require(name: str, names: Collection[str], *, problem: str) -> None:
    """Raise ValueError `problem 'name'; did you mean …?` if `name` is not one of `names`.

    problem: the start of the message, such as `cells: unknown system`.
    """
    if name not in names:
        raise ValueError(f"{problem} {name!r}{nearest(name, names)}")
