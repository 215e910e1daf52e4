"""Does a user's module obey the contract of its kind? What it lacks is one line.

Without this check it would be an AttributeError in the middle of a run.
"""

import inspect
from types import ModuleType
from typing import Any, Protocol

from maw.errors import InputError
from maw.settings.contracts import MARK, PAGE, Router


def require(module: ModuleType, contract: type, *, place: str) -> None:
    """Raise InputError, in one line, where a module does not obey a contract.

    It obeys where every member without a default is there, and where each function can be called
    with the arguments that the protocol names. place: group and file or module, for the message.
    """
    for name, default in _members(contract).items():
        if not hasattr(module, name):
            if default is inspect.Parameter.empty:
                what = f"function `{name}`" if _is_function(contract, name) else f"`{name}`"
                raise InputError(f"{place}: has no {what}; add {_shown(contract, name)} ({PAGE})")
        elif _is_function(contract, name):
            _require_call(getattr(module, name), contract, name, place=place)
        elif _annotation(contract, name) is bool:
            _require_truth(getattr(module, name), name, place=place)
    if contract is Router:
        _require_reader(module, place=place)


def _require_reader(module: ModuleType, *, place: str) -> None:
    """Raise InputError for a router that does not say what it reads."""
    if hasattr(module, "read") and not hasattr(module, "n_features"):
        raise InputError(
            f"{place}: has `read` and no function `n_features`; add "
            f"{_shown(Router, 'n_features')} ({PAGE})"
        )
    if not hasattr(module, "read") and not getattr(module, "READS", ""):
        raise InputError(
            f'{place}: does not say what it reads; write `READS = "hidden"`, or define `read` and '
            f"`n_features` ({PAGE})"
        )


def supply_defaults(module: ModuleType, contract: type) -> None:
    """Give a user's module each constant that it left out, with the contract's default."""
    for name, default in _members(contract).items():
        if default is not inspect.Parameter.empty and not _is_function(contract, name):
            vars(module).setdefault(name, default)


def _members(contract: type) -> dict[str, Any]:
    """Return the name of each member of a protocol -> its default, `empty` where it has none.

    An optional function has the default None.
    """
    members: dict[str, Any] = {}
    for base in reversed(contract.__mro__):
        if base in (object, Protocol) or not getattr(base, "_is_protocol", False):
            continue
        own = vars(base)
        for name in own.get("__annotations__", {}):
            members[name] = own.get(name, inspect.Parameter.empty)
        for name, value in own.items():
            if inspect.isfunction(value) and not name.startswith("_"):
                members[name] = None if hasattr(value, MARK) else inspect.Parameter.empty
    return members


def _is_function(contract: type, name: str) -> bool:
    return inspect.isfunction(getattr(contract, name, None))


def _annotation(contract: type, name: str) -> Any:
    annotations: dict[str, Any] = {}
    for base in reversed(contract.__mro__):
        annotations |= vars(base).get("__annotations__", {})
    return annotations.get(name)


def _require_call(function: Any, contract: type, name: str, *, place: str) -> None:
    """Raise InputError unless a function can be called as the protocol calls it."""
    if not callable(function):
        raise InputError(f"{place}: `{name}` is no function; write {_shown(contract, name)}")
    parameters = _parameters(contract, name)
    by_name = {p.name: None for p in parameters if p.kind is p.KEYWORD_ONLY}
    by_position = [None] * (len(parameters) - len(by_name))
    try:
        inspect.signature(function).bind(*by_position, **by_name)
    except TypeError as error:
        raise InputError(
            f"{place}: `{name}` cannot be called as {_call(contract, name)}: {error}; write "
            f"{_shown(contract, name)} ({PAGE})"
        ) from None


def _require_truth(value: Any, name: str, *, place: str) -> None:
    if not isinstance(value, bool):
        raise InputError(f"{place}: `{name}` is {value!r}; write True or False ({PAGE})")


def _parameters(contract: type, name: str) -> list[inspect.Parameter]:
    """Return the parameters of a protocol's function, without `self`."""
    return list(inspect.signature(getattr(contract, name)).parameters.values())[1:]


def _shown(contract: type, name: str) -> str:
    """Return a member as a user writes it: `LEARNS = …`, or the first line of a function."""
    if not _is_function(contract, name):
        return f"`{name} = …`"
    parts: list[str] = []
    for parameter in _parameters(contract, name):
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        parts.append(parameter.name)
    return f"`def {name}({', '.join(parts)})`"


def _call(contract: type, name: str) -> str:
    """Return a call of a protocol's function, with the names of keyword arguments."""
    parts = [
        f"{p.name}=…" if p.kind is p.KEYWORD_ONLY else p.name for p in _parameters(contract, name)
    ]
    return f"{name}({', '.join(parts)})"
