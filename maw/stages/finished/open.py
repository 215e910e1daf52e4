"""Is this folder a finished run of maw, and what belongs to it? Read by commands, never written.

A run lies at <results>/runs/<dataset>/<system>/seed<seed>; the texts that it ranked and the frozen
layers' outputs lie at <results>/data/<dataset>. Stamps say whether these belong together.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from pydantic import BaseModel

from maw.errors import InputError
from maw.jobs.files import read_json, read_parquet, read_stamp
from maw.settings import registry
from maw.settings.sections import Backbone

if TYPE_CHECKING:
    from torch import Tensor

    from maw.models.encoders.text_encoder import TextEncoder

PLACE = "results/runs/<dataset>/<system>/seed<seed>"


@dataclass(frozen=True)
class FinishedRun:
    """One system, one seed, trained where it is a trained one, and where its files are."""

    folder: Path
    name: str
    seed: int
    system: BaseModel
    about: dict[str, Any]

    @property
    def kind(self) -> str:
        """`bi_encoder`, `bm25`, ...: what the system was configured as."""
        return registry.kind_of(self.system)

    @property
    def trained(self) -> bool:
        """Systems without an objective rank as they come."""
        return bool(self.about["trained"])

    @property
    def neural(self) -> bool:
        """Reads the backbone's hidden states."""
        return bool(registry.module_of(self.system).NEURAL)

    @property
    def dataset(self) -> str:
        """The collection's name in the suite."""
        return self.folder.parts[-3]

    @property
    def results(self) -> Path:
        """The suite's folder."""
        return self.folder.parents[3]

    @property
    def data(self) -> Path:
        """The folder of the collection."""
        return self.results / "data" / self.dataset

    @property
    def model(self) -> Path:
        """The trained tensors."""
        return self.folder / "model.safetensors"

    @property
    def trunk(self) -> Path:
        """What the frozen layers made of every text, and the tensors that training starts from."""
        return self.data / "trunk.safetensors"

    @property
    def backbone(self) -> Backbone:
        """The encoder that the trunk was computed with."""
        return Backbone.model_validate(read_stamp(self.trunk)["spec"]["backbone"])

    def documents(self) -> pd.DataFrame:
        """doc_id, text, row: the whole collection."""
        frame = read_parquet(self.data / "documents.parquet", ("doc_id", "text"))
        return frame.assign(row=range(len(frame)))


def open_run(folder: Path) -> FinishedRun:
    """The run in a folder. InputError where a file is missing, foreign or not of this run."""
    folder = placed(folder) if folder.is_dir() else _refuse(folder)
    about = read_json(folder / "run.json") if (folder / "run.json").exists() else _refuse(folder)
    spec = read_stamp(folder / "run.json").get("spec")
    if not isinstance(spec, dict) or not {"system", "name", "seed"} <= spec.keys():
        raise InputError(f"{folder / 'run.json'}: not made by maw's training; give {PLACE}")
    try:
        system = registry.parse("systems", spec["system"])
    except InputError as error:
        raise InputError(f"{folder / 'run.json'}: made by other code: {error}") from None
    run = FinishedRun(folder, spec["name"], spec["seed"], system, about)
    if run.neural:
        _refuse_foreign(run)
    return run


def placed(folder: Path) -> Path:
    """With the folders above it, from here where it is below: `seed42` -> `results/…/seed42`."""
    whole, here = folder.resolve(), Path.cwd()
    below = whole.relative_to(here) if whole.is_relative_to(here) else whole
    return below if len(below.parts) > 3 else whole


def _refuse(folder: Path) -> Any:
    """The folder above the seeds is the likely slip: name a seed."""
    seeds = sorted(path.parent for path in folder.glob("seed*/run.json"))
    if seeds:
        raise InputError(f"{folder}: {len(seeds)} runs, one a seed; name one: {seeds[0]}")
    what = "no run.json in it" if folder.is_dir() else "no such folder"
    raise InputError(f"{folder}: {what}; give a finished run, {PLACE}")


def _refuse_foreign(run: FinishedRun) -> None:
    """InputError unless model, hidden states and texts stem from each other."""
    for path in (run.data / "documents.parquet", run.trunk):
        if not path.exists():
            raise InputError(
                f"{path}: missing, and the run in {run.folder} was made from it; "
                "leave a run inside its results folder, or run snakemake again"
            )
    if run.trained and not run.model.exists():
        raise InputError(f"{run.model}: missing: not trained to its end; run snakemake again")
    chain = [run.data / "documents.parquet", run.trunk, *([run.model] if run.trained else [])]
    for source, made in pairwise(chain):
        if read_stamp(source)["digest"] not in read_stamp(made)["reads"]:
            raise InputError(f"{made}: not made from {source}; run snakemake again")
    if run.trained and read_stamp(run.model)["digest"] != run.about["stamp"]["digest"]:
        raise InputError(f"{run.model}: of another training than run.json; run snakemake again")


def tensors_of(path: Path, *, prefix: str = "") -> "dict[str, Tensor]":
    """Tensors of a safetensors file whose names begin with `prefix`, which is cut off."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118
            return {name.removeprefix(prefix): file.get_tensor(name) for name in names}
    except SafetensorError as error:
        raise InputError(f"{path}: broken safetensors ({error}); run snakemake again") from None


def encoder_of(run: FinishedRun) -> "TextEncoder":
    """The run's model on texts that nobody has encoded yet. InputError for other systems."""
    if run.kind != "bi_encoder":
        raise InputError(f"{run.folder}: {run.kind!r} makes no vectors; give a bi_encoder's run")
    from maw.jobs import device
    from maw.models.encoders.text_encoder import build

    device.prepare(run.seed)
    try:
        return build(
            run.system,
            backbone=run.backbone,
            top=tensors_of(run.trunk, prefix="top."),
            state=tensors_of(run.model) if run.trained else None,
            seed=run.seed,
        )
    except RuntimeError as error:  # torch: names or shapes differ
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{run.model}: does not fit this code ({reason}); run snakemake again"
        ) from None
