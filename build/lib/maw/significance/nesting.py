"""Levels of several claims, and which claim includes which, by name or by place.

A claim includes another if it names all controls of the other, and more. Includes are followed to
the end: a claim includes what the claims that it includes include.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

Value = TypeVar("Value")


def one_level_each(
    levels: float | Mapping[Any, float] | Sequence[float], names: Sequence[Hashable]
) -> list[float]:
    """Return the level of each claim. names [n]: the claims; those of a sequence are 0 to n − 1."""
    if isinstance(levels, int | float):
        return [levels] * len(names)
    by_name = _by_name(levels, names, what="level")
    for name in names:
        if name not in by_name:
            raise ValueError(f"claim {name!r} has no level; give a level for each claim")
    return [by_name[name] for name in names]


def all_included(
    includes: Mapping[Any, Iterable[Any]] | Sequence[Iterable[int]] | None,
    names: Sequence[Hashable],
) -> list[list[int]]:
    """Return for each claim the places of all that it includes, directly or through others."""
    by_name = _by_name(includes or {}, names, what="list of included claims")
    place = {name: i for i, name in enumerate(names)}
    direct: list[set[int]] = [set() for _ in names]
    for name, included in by_name.items():
        for other in included:
            if other not in place:
                raise ValueError(f"claim {name!r} includes {other!r}, which is not a claim")
            direct[place[name]].add(place[other])
    reached = [set(included) for included in direct]
    for _ in names:  # each round follows the includes one step further
        reached = [first.union(*(direct[j] for j in first)) for first in reached]
    for i, included in enumerate(reached):
        if i in included:
            raise ValueError(f"claim {names[i]!r} includes itself; remove it from `includes`")
    return [sorted(included) for included in reached]


def _by_name(
    values: Mapping[Any, Value] | Sequence[Value], names: Sequence[Hashable], *, what: str
) -> dict[Any, Value]:
    """Return values by the name of their claim; a sequence has one for each claim, in order."""
    if not isinstance(values, Mapping):
        if len(values) != len(names):
            raise ValueError(
                f"{len(names)} claims, but {len(values)} times a {what}; give one each"
            )
        return dict(zip(names, values, strict=True))
    for name in values:
        if name not in names:
            raise ValueError(f"there is a {what} for {name!r}, which is not a claim")
    return dict(values)
