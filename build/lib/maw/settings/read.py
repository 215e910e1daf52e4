"""Functions that read a suite's configuration, a YAML file, and check it before anything runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from maw.errors import InputError
from maw.settings import extensions, registry
from maw.settings.consistency import check
from maw.settings.own_seeds import with_own_seeds
from maw.settings.suite import Suite
from maw.settings.yaml_text import load_yaml


def parse_suite(content: Any, *, source: str, files: Sequence[str | Path] = ()) -> Suite:
    """Return the suite that the content of a YAML file describes.

    source: the file's name, for messages. files: the files that another program, Snakemake, has
    read the content from. InputError for a configuration that is wrong or contradicts itself; for
    an unknown key it names the nearest right key. InputError also for a key that one of the files
    has twice, because the content shows the last one only.
    """
    for file in files:
        _content(Path(file))
    if not isinstance(content, dict):
        raise InputError(
            f"{source}: expected a mapping of keys, got {type(content).__name__}; write the keys "
            "of a suite, such as `suite:`"
        )
    try:
        suite = Suite.model_validate(content)
        check(suite)
        suite = with_own_seeds(suite)
    except ValidationError as error:
        raise InputError(registry.explain(error, model=Suite, within=source)) from None
    except (ValueError, InputError) as error:
        raise InputError(f"{source}: {error}") from None
    except SystemExit as error:  # a validator of a kind of the user may call `sys.exit`
        raise InputError(f"{source}: {extensions.fault(error, source)}") from None
    return suite


def read_suite(path: Path) -> Suite:
    """Return the suite that a YAML file describes.

    InputError when the file is missing, is not YAML, has a key twice, or describes no valid suite.
    """
    return parse_suite(_content(path), source=str(path))


def _content(path: Path) -> Any:
    """Return the content of a YAML file.

    InputError when the file is missing, is not YAML, or has a key twice.
    """
    try:
        return load_yaml(path.read_text(encoding="utf-8"), source=str(path))
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such configuration file; give the path of a suite's YAML file"
        ) from None
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder; give the YAML file of a suite") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: not readable as YAML: {reason}") from None
