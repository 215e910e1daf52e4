"""Functions that read a suite's configuration, a YAML file, and check it before anything runs."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from maw.errors import InputError
from maw.settings import registry
from maw.settings.consistency import check
from maw.settings.suite import Suite


def parse_suite(content: Any, *, source: str) -> Suite:
    """Return the suite that the content of a YAML file describes.

    source: the file's name, for messages. InputError for a configuration that is wrong or
    contradicts itself; for an unknown key it names the nearest right key.
    """
    if not isinstance(content, dict):
        raise InputError(
            f"{source}: expected a mapping of keys, got {type(content).__name__}; write the keys "
            "of a suite, such as `suite:`"
        )
    try:
        suite = Suite.model_validate(content)
        check(suite)
    except ValidationError as error:
        raise InputError(registry.explain(error, model=Suite, within=source)) from None
    except (ValueError, InputError) as error:
        raise InputError(f"{source}: {error}") from None
    return suite


def read_suite(path: Path) -> Suite:
    """Return the suite that a YAML file describes.

    InputError when the file is missing, is not YAML, or describes no valid suite.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such configuration file; give the path of a suite's YAML file"
        ) from None
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder; give the YAML file of a suite") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: not readable as YAML: {reason}") from None
    return parse_suite(content, source=str(path))
