"""The looks at the scores: each set of seeds for which the scores were put together.

Who adds seeds until a test decides, errs more often than the level says. A plan may declare its
looks, and then they share the level; the record of the plan counts all of them, so that a look that
nobody declared is seen. The same seeds again, after a change of code or data, are the same look.
Trainings for a control of the study are none: their scores are compared with no baseline.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class SeenSeeds:
    """One look: the time (UTC, ISO 8601), the seeds in ascending order, and the plan's hash."""

    seen: str
    seeds: tuple[int, ...]
    plan: str


def looked(looks: Sequence[SeenSeeds], *, seeds: Iterable[int], plan: str) -> list[SeenSeeds]:
    """Return the looks with one at these seeds, added if there is none.

    seeds: those of the trained systems whose scores of the primary measure exist. plan: its hash.
    """
    ascending = tuple(sorted(set(seeds)))
    if any(look.seeds == ascending for look in looks):
        return list(looks)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return [*looks, SeenSeeds(now, ascending, plan)]


def undeclared(looks: Sequence[SeenSeeds], *, seeds: Iterable[int], declared: Sequence[int]) -> int:
    """Return how many looks the plan does not declare.

    seeds: those of the present look. declared: the number of seeds at each look of the plan; empty
    for a plan with one look, at whatever seeds are the present ones. A look with a declared number
    of seeds is declared if it is the first with this number that has all present seeds, or no
    other seeds than these: a look at quite other seeds is another study.
    """
    present = set(seeds)
    sizes = set(declared) or {len(present)}
    nested = [look for look in looks if present <= set(look.seeds) or set(look.seeds) <= present]
    first = {len(look.seeds): look for look in reversed(nested)}
    return len(looks) - len(sizes & first.keys())


def told(n_undeclared: int) -> str:
    """Return what is to be said of undeclared looks after a sentence, or ""."""
    if not n_undeclared:
        return ""
    sets = "another set" if n_undeclared == 1 else f"{n_undeclared} other sets"
    return f"; the scores were also seen with {sets} of seeds, which the plan does not declare"
