"""What a user did wrong, in one line that names the place, what is there, and the mend."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches


class InputError(Exception):
    """A mistake in a file, a configuration or an environment: printed as one line, exit code 2."""


def nearest(name: str, known: Iterable[str]) -> str:
    """`"; did you mean 'grpo'?"`, or the known names when none is near."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(names)}"


def require(name: str, known: Collection[str], *, problem: str) -> None:
    """Raise ValueError `problem 'name'; did you mean …?` if the name is not among the known."""
    if name not in known:
        raise ValueError(f"{problem} {name!r}{nearest(name, known)}")
