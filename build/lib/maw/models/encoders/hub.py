"""Download of models of the Hugging Face hub, named `hf:<id>` or `hf:<id>@<revision>`.

A downloaded model stays in the cache of the hub's client, in a folder named by its commit, and is
read from there where there is no network. Weights are read from safetensors only; code of a
repository is never downloaded nor run.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from maw.errors import InputError

PREFIX = "hf:"
FILES = (
    "config.json",
    "model.safetensors",
    "model.safetensors.index.json",
    "model-*.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "modules.json",  # of sentence-transformers, with the files that say how texts are read
    "*_Pooling/config.json",
    "config_sentence_transformers.json",
    "sentence_bert_config.json",
    "README.md",
)
# all that sentence-transformers may read of a model
ALL_FILES = ("*.json", "*.jinja", "*.model", "*.safetensors", "*.txt", "README.md")
COMMIT = re.compile(r"[0-9a-f]{40}")
MODULES = "modules.json"
WHOLE = ".gitattributes"  # a file of every repository, which only the download of all files fetches


def fetch(name: str, *, files: Sequence[str] = FILES, key: str = "backbone") -> Path:
    """Return the folder of the model `hf:<id>`; files that the cache lacks are downloaded first.

    files: patterns of the files to download. key: the key of the configuration that names the
    model, for messages.
    With a network, the hub says which commit the revision is now; without one, the cache does.
    InputError where there is no such model or revision, or no access, and where the model is
    neither in the cache nor within reach.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    repository, _, revision = name.removeprefix(PREFIX).partition("@")
    try:
        folder = Path(
            snapshot_download(repository, revision=revision or None, allow_patterns=list(files))
        )
        _ask_for_modules(repository, folder)
        return folder
    except HFValidationError:
        reason = "not the name of a model; write hf:<owner>/<model>"
    except GatedRepoError:
        reason = "its owner asks for consent; accept on its page, log in, or give a model's folder"
    except RevisionNotFoundError:
        reason = "no such revision; name a branch, a tag or a commit"
    except LocalEntryNotFoundError:
        reason = (
            "not fetched yet and the hub cannot be reached; fetch it where there is a network "
            f"(hf download {repository}), or give a model's folder"
        )
    except RepositoryNotFoundError:
        reason = (
            "the hub has no such model, or it is private; check the name, or give a model's folder"
        )
    except (HfHubHTTPError, OSError) as error:
        reason = f"{str(error).splitlines()[0]}; try again, or give a model's folder"
    raise InputError(f"{key} {name!r}: {reason}")


def _ask_for_modules(repository: str, folder: Path) -> None:
    """Have the cache remember that a model has no `modules.json`, where it has none.

    The hub is asked once; without a network nothing is learned. `require_known` needs the answer.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    if (folder / MODULES).is_file() or _is_known_to_lack_modules(folder):
        return
    with suppress(EntryNotFoundError):  # also where the hub cannot be reached
        hf_hub_download(repository, MODULES, revision=commit_of(folder))


def _is_known_to_lack_modules(folder: Path) -> bool:
    """Return whether a model's folder without `modules.json` is known to be complete without it.

    That is so for a folder outside the hub's cache, for one in which all files were fetched, and
    where the hub has answered that there is no such file.
    """
    commit = commit_of(folder)
    if commit is None or (folder / WHOLE).is_file():
        return True
    return (folder.parent.parent / ".no_exist" / commit / MODULES).is_file()


def require_known(folder: Path, *, name: str) -> None:
    """Raise InputError where a model's folder has no `modules.json`, but its repository may have.

    A program that needs only weights fetches only these, and the model would be read with the mean
    over tokens and without prompts, in silence. name: of the backbone.
    """
    if not _is_known_to_lack_modules(folder):
        repository = name.removeprefix(PREFIX).partition("@")[0]
        raise InputError(
            f"backbone {name!r}: the cache has no {MODULES}, which says how texts are read, and "
            "another program may have left it out; where there is a network, run `hf download "
            f"{repository}`"
        )


def cached(name: str) -> Path | None:
    """Return the folder of the model `hf:<id>` in the hub's cache; None where it is not there.

    Nothing is downloaded.
    """
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    repository, _, revision = name.removeprefix(PREFIX).partition("@")
    try:
        path = try_to_load_from_cache(repository, "config.json", revision=revision or None)
    except HFValidationError:
        raise InputError(
            f"backbone {name!r}: not the name of a model; write hf:<owner>/<model>"
        ) from None
    return Path(path).parent if isinstance(path, str) else None


def commit_of(folder: Path) -> str | None:
    """Return the commit in the name of a downloaded model's folder; None for any other folder."""
    return folder.name if COMMIT.fullmatch(folder.name) else None
