"""A finished run of maw, opened from its folder and checked. Commands read it and change nothing.

A run lies at <results>/runs/<dataset>/<system>/seed<seed>. The dataset's texts and the file of the
frozen layers' outputs for them (the trunk) lie at <results>/data/<dataset>. The stamps of the files
say whether these belong together.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pandas as pd
from pydantic import BaseModel

from maw.errors import InputError
from maw.jobs import own_code
from maw.jobs.files import read_json, read_parquet, read_stamp
from maw.settings import registry
from maw.settings.sections import Backbone, TrainedLayers

if TYPE_CHECKING:
    from torch import Tensor

    from maw.models.encoders.text_encoder import TextEncoder

LAYOUT = "results/runs/<dataset>/<system>/seed<seed>"


@dataclass(frozen=True)
class FinishedRun:
    """One system with one seed: its configuration, its run.json and the places of its files.

    folder: the run's folder below the results. record: the content of run.json. configuration: the
    user's configuration beside which the run was opened; None where there is none.
    """

    folder: Path
    name: str
    seed: int
    system: BaseModel
    record: dict[str, Any]
    configuration: Path | None = None

    @property
    def kind(self) -> str:
        """Kind of the system in the configuration: `bi_encoder`, `bm25`, ..."""
        return registry.kind_of(self.system)

    @property
    def trained(self) -> bool:
        """True where the system has an objective and was trained."""
        return bool(self.record["trained"])

    @property
    def neural(self) -> bool:
        """True where the system reads the backbone's hidden states."""
        return bool(registry.module_of(self.system).NEURAL)

    @property
    def dataset(self) -> str:
        """Name of the run's dataset in the suite."""
        return self.folder.parts[-3]

    @property
    def results(self) -> Path:
        """Folder of the suite's results."""
        return self.folder.parents[3]

    @property
    def data_folder(self) -> Path:
        """Folder of the prepared dataset: its texts, judgements, splits and trunk."""
        return self.results / "data" / self.dataset

    @property
    def model_path(self) -> Path:
        """Path of the file of trained tensors, which an untrained run does not have."""
        return self.folder / "model.safetensors"

    @property
    def trunk_path(self) -> Path:
        """Path of the trunk: the frozen layers' outputs for all single texts of the dataset.

        The file also has the pretrained tensors that training starts from.
        """
        return self.data_folder / "trunk.safetensors"

    @property
    def backbone(self) -> Backbone:
        """Configuration of the backbone, with the number of layers that this system trains."""
        backbone = Backbone.model_validate(read_stamp(self.trunk_path)["spec"]["backbone"])
        if self.trained_layers is None:
            return backbone
        return backbone.model_copy(update={"trained_layers": self.trained_layers})

    @property
    def trained_layers(self) -> TrainedLayers | None:
        """Number of layers that the system trains; None: as many as the backbone's section says."""
        return getattr(self.system, "trained_layers", None)

    def documents(self) -> pd.DataFrame:
        """Return all documents of the dataset: columns doc_id, text, row."""
        frame = read_parquet(self.data_folder / "documents.parquet", ("doc_id", "text"))
        return frame.assign(row=range(len(frame)))


def open_run(folder: Path, configuration: Path | None = None) -> FinishedRun:
    """Return the run in a folder, checked.

    configuration: the YAML file of the run's suite. Only a run whose system is partly code in a
    file or module of the user needs it: that code runs only where the configuration names it.
    InputError where a file is missing or broken, run.json describes no run of a system that this
    code knows, or it names code that the configuration does not. For a neural system, also where
    documents, trunk, model and run.json were not made from one another.
    """
    if not folder.is_dir():
        _refuse(folder)
    folder = with_parents(folder)
    if not (folder / "run.json").exists():
        _refuse(folder)
    record = read_json(folder / "run.json")
    spec = read_stamp(folder / "run.json").get("spec")
    if not isinstance(spec, dict) or not {"system", "name", "seed"} <= spec.keys():
        raise InputError(f"{folder / 'run.json'}: its stamp names no run of maw; give {LAYOUT}")
    own_code.require_named(
        spec["system"],
        spec.get(own_code.KEY, {}),
        place=folder / "run.json",
        configuration=configuration,
    )
    try:
        system = registry.parse("systems", spec["system"])
    except InputError as error:
        raise InputError(
            f"{folder / 'run.json'}: made by other code: this code does not know the run's "
            f"system ({error}); make the run again"
        ) from None
    run = FinishedRun(folder, spec["name"], spec["seed"], system, record, configuration)
    if run.neural:
        _refuse_foreign(run)
    return run


def with_parents(folder: Path) -> Path:
    """Return the folder's path with the folders above it: `seed42` -> `results/…/seed42`.

    The path is relative to the working directory if at least four of its parts lie below that; else
    it is absolute.
    """
    absolute, here = folder.resolve(), Path.cwd()
    relative = absolute.relative_to(here) if absolute.is_relative_to(here) else absolute
    return relative if len(relative.parts) > 3 else absolute


def _refuse(folder: Path) -> NoReturn:
    """Raise InputError for a folder that is no run.

    Where the folder holds the runs of several seeds, the message names one of them.
    """
    seeds = sorted(path.parent for path in folder.glob("seed*/run.json"))
    if seeds:
        raise InputError(f"{folder}: holds {len(seeds)} runs, one per seed; give one: {seeds[0]}")
    problem = "no run.json in it" if folder.is_dir() else "no such folder"
    raise InputError(f"{folder}: {problem}; give a finished run, {LAYOUT}")


def _refuse_foreign(run: FinishedRun) -> None:
    """Raise InputError unless documents, trunk, model and run.json of the run belong together.

    run: a run of a neural system. An untrained run has no model to check.
    """
    documents, trunk, model = run.data_folder / "documents.parquet", run.trunk_path, run.model_path
    for path in (documents, trunk):
        if not path.exists():
            raise InputError(
                f"{path}: missing, and the run in {run.folder} was made from it; "
                "keep a run inside its results folder, or run snakemake again"
            )
    if run.trained and not model.exists():
        raise InputError(f"{model}: missing, the training did not end; run snakemake again")
    chain = [documents, trunk, *([model] if run.trained else [])]
    for source, product in pairwise(chain):
        if read_stamp(source)["digest"] not in read_stamp(product)["reads"]:
            raise InputError(f"{product}: not made from {source}; run snakemake again")
    if run.trained and read_stamp(model)["digest"] != run.record["stamp"]["digest"]:
        raise InputError(f"{model}: made by another training than run.json; run snakemake again")


def tensors_of(path: Path, *, prefix: str = "") -> "dict[str, Tensor]":
    """Return name -> tensor of a safetensors file, for the names that begin with `prefix`.

    The prefix is cut off the names. InputError where the file is broken.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118
            return {name.removeprefix(prefix): file.get_tensor(name) for name in names}
    except SafetensorError as error:
        raise InputError(f"{path}: broken safetensors ({error}); run snakemake again") from None


def encoder_of(run: FinishedRun) -> "TextEncoder":
    """Return the run's model as an encoder of any text, also of texts that the suite never saw.

    InputError for a system that is no bi-encoder, for tensors that do not fit this code, and where
    a file of the backbone's folder was changed.
    """
    if run.kind != "bi_encoder":
        raise InputError(f"{run.folder}: {run.kind!r} makes no vectors; give a bi_encoder's run")
    from maw.jobs import device
    from maw.jobs.model_content import content_of
    from maw.models.encoders.text_encoder import build
    from maw.models.encoders.trunk import TOP, prefix_of

    content = read_stamp(run.trunk_path)["spec"].get("backbone_content")
    if content is not None and content != content_of(Path(run.backbone.name)):
        raise InputError(
            f"backbone {run.backbone.name!r}: its folder has other files than those that the run "
            "was made from; put them back, or run snakemake again"
        )
    device.prepare(run.seed, "cpu")  # one text: not worth waiting for a GPU
    try:
        return build(
            run.system,
            backbone=run.backbone,
            top=tensors_of(run.trunk_path, prefix=f"{prefix_of(run.trained_layers)}{TOP}"),
            state=tensors_of(run.model_path) if run.trained else None,
            seed=run.seed,
        )
    except RuntimeError as error:  # torch raises it where names or shapes differ
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{run.model_path}: does not fit this code ({reason}); run snakemake again"
        ) from None
