"""A sweep tries one value of an option as a search tries a system, and extends no grid."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from maw.jobs.files import read_json
from maw.stages.shared.training_files import TrainingFiles
from maw.stages.sweep import sweep
from maw.stages.trial import trial

Call = Callable[..., None]


def test_a_sweep_is_the_search_without_extensions(
    tmp_path: Path, call: Call, training_files: TrainingFiles, training_spec: dict[str, Any]
) -> None:
    swept, trials, files = tmp_path / "swept.json", tmp_path / "trials.json", vars(training_files)
    call(trial, training_spec, **files, trials=trials)
    training_spec["selection"]["max_extensions"] = 3
    call(sweep, training_spec, **files, swept=swept)
    facts = ("learning_rate", "options", "dev")
    both = [read_json(path)["trials"] for path in (swept, trials)]
    ours, theirs = ([{name: entry[name] for name in facts} for entry in each] for each in both)
    assert ours == theirs
