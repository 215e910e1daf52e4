"""Download of models of the Hugging Face hub, named `hf:<id>` or `hf:<id>@<revision>`.

A downloaded model stays in the cache of the hub's client, in a folder named by its commit, and is
read from there where there is no network. Weights are read from safetensors only; code of a
repository is never downloaded nor run.
"""

import re
from collections.abc import Sequence
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
        return Path(
            snapshot_download(repository, revision=revision or None, allow_patterns=list(files))
        )
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
