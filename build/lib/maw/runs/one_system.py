"""Are the runs of one system really of one system? The files' own words on it are compared.

A user, or the names of files, put runs together as the seeds or repeats of one system. Some files
know better: they name another model, or other prompts. Such runs are refused as one system. And two
systems whose files name one model cause a notice, because one of them may have been written over.
"""

from maw.errors import InputError
from maw.runs.gather import NamedContent
from maw.runs.notices import Notice


class OneSystem:
    """Collects what each file says of its making, and compares the files of each system."""

    def __init__(self) -> None:
        # system and its datasets -> what its first file says, and that file
        self._first: dict[tuple[str, ...], tuple[str, str]] = {}
        self._files_of: dict[str, dict[str, str]] = {}  # model -> system -> its first file

    def add(self, run: NamedContent) -> None:
        """Note what the file of a run says; InputError where another file of the system differs.

        A table of several systems names them itself, so that its file says nothing of one.
        """
        content = run.content
        systems = [run.system] if run.system else content.frame["system"].unique().tolist()
        if len(systems) != 1:
            return
        (system,) = systems
        if content.only_one:
            datasets = content.frame["dataset"].unique() if content.kind == "scores" else ()
            key = (system, *datasets)
            said, origin = self._first.setdefault(key, (content.only_one, run.origin))
            if said != content.only_one:
                raise InputError(
                    f"{run.origin}: has {content.only_one}, but {origin} has {said}: they are two "
                    f"systems, and no runs of the one system {system!r}; rename the files after "
                    "their systems, or leave each log beside its results file"
                )
        if content.model:
            self._files_of.setdefault(content.model, {}).setdefault(system, run.origin)

    def notices(self) -> list[Notice]:
        """Return a notice for each model that the files of several systems name."""
        return [
            Notice(
                "one-model",
                ", ".join(files.values()),
                len(files),
                f"{len(files)} systems whose files name one model, {model!r}: a model that "
                "writes into another's folder keeps its name, so look whose rankings these are",
            )
            for model, files in self._files_of.items()
            if len(files) > 1
        ]
