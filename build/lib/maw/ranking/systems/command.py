"""`{kind: command}`: any program, which is trained and ranks by command lines of the configuration.

maw lays out the training side in a folder, without any held-out query, and runs `train`, which
writes a model into another folder. `rank` gets that model and a file of queries, and writes a TREC
run, which is checked. The files of the model are kept in `model.safetensors`.
docs/own_model.md has the places of the command lines, and examples.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, model_validator

from maw.errors import InputError
from maw.jobs import packed_folder, program_data, programs
from maw.measures.ordering import first_documents
from maw.ranking.inputs import Ranked, RankInputs
from maw.ranking.self_training import TrainedModel, TrainInputs
from maw.runs.formats import trec

NEURAL = False
TRAINS_ITSELF = True
RANKS_ALL = True  # the program may keep an index of all documents in its model
USES_DEVICE = True

IN_TRAIN = ("seed", "learning_rate", "steps", "data", "model")
IN_RANK = ("seed", "data", "model", "queries", "out")
UNTRAINED = ("data", "queries", "out")  # in `rank` where nothing is trained


class Config(BaseModel, extra="forbid", frozen=True):
    """A program. `{seed}`, `{data}`, `{model}` and so on in its command lines are filled in."""

    train: str | None = None
    """Command line that trains: `{data}` is the folder of the training side, `{model}` the folder
    to write the model into; `{seed}` makes each seed another training. `{learning_rate}` and
    `{steps}` may be there. none: nothing is trained, and the system has one run."""
    rank: str
    """Command line that ranks: `{model}` is the model, `{queries}` the file of queries, `{out}` the
    TREC run to write. `{data}` may be there, a folder with `corpus.jsonl` alone."""
    files: tuple[str, ...] | None = None
    """Files whose change makes the system train again. none: all arguments of the command lines
    that are files below the folder in which the workflow is started."""
    draws: bool = False
    """Whether the program writes `draws.json` into the model's folder, a digest of what each
    training step drew, which shows that seeds are shared with another system."""

    @model_validator(mode="after")
    def _check_places(self) -> Self:
        of_model = () if self.train is None else ("model",)
        needed: dict[str, tuple[str, ...]] = {
            "train": ("data", "model", "seed"),
            "rank": (*of_model, "queries", "out"),
        }
        for name, line, known in (
            ("train", self.train, IN_TRAIN),
            ("rank", self.rank, IN_RANK if self.train is not None else UNTRAINED),
        ):
            if line is None:
                continue
            try:
                programs.require_places(line, needed=needed[name], known=known)
            except ValueError as error:
                raise ValueError(f"{name}: `{line}` {error}") from None
        if self.draws and self.train is None:
            raise ValueError("draws is true, but nothing is trained; give `train` or drop `draws`")
        return self

    @property
    def trains(self) -> bool:
        """True where the program is trained, with each seed."""
        return self.train is not None

    @property
    def has_learning_rate(self) -> bool:
        """True where the program is told a learning rate, and so has a search."""
        return self._is_told("learning_rate")

    @property
    def has_steps(self) -> bool:
        """True where the program is told for how many steps to train."""
        return self._is_told("steps")

    @property
    def records_draws(self) -> bool:
        """True where the program writes down what its training draws."""
        return self.draws

    def _is_told(self, place: str) -> bool:
        return self.train is not None and place in programs.places_of(self.train)


def fingerprint(config: Config) -> Mapping[str, str]:
    """Return the name of each file of the program -> its hash.

    InputError for a file that is missing, and for a program that is not installed.
    """
    lines = [line for line in (config.train, config.rank) if line is not None]
    programs.require_installed(lines)
    names = programs.files_in(lines) if config.files is None else config.files
    return programs.hashes_of(names)


def train(config: Config, inputs: TrainInputs) -> TrainedModel:
    """Run the program that trains, and return the files of its model as tensors.

    InputError, in one line, for a program that fails, and for one that writes no file or writes
    what cannot be kept.
    """
    import torch

    if config.train is None:
        raise ValueError("the program has no command line `train`; it is not trained")
    place = f"{inputs.name}: train `{config.train}`"
    with program_data.program_folder() as folder:
        data, model = folder / "data", program_data.made(folder / "model")
        program_data.write_training_side(
            data,
            documents=inputs.documents,
            queries=inputs.queries,
            positives=inputs.positives,
            negatives=inputs.negatives,
            forbidden=inputs.forbidden,
        )
        places = {
            "seed": inputs.seed,
            "learning_rate": inputs.learning_rate,
            "steps": inputs.training.steps,
            "data": data,
            "model": model,
        }
        seconds = programs.run_program(programs.filled(config.train, places), place=place)
        draws = None
        if config.draws:
            draws = program_data.read_draws(model / program_data.DRAWS, place=place)
        try:
            files = packed_folder.packed(model)
        except InputError as error:
            raise InputError(f"{place}: wrote {{model}}/{error}") from None
    files.pop(program_data.DRAWS, None)
    if not files:
        raise InputError(f"{place}: wrote no file into {{model}}; write there what `rank` needs")
    return TrainedModel(
        {name: torch.from_numpy(content.copy()) for name, content in files.items()},
        steps=inputs.training.steps if config.has_steps else None,
        draws=draws,
        cost={} if seconds is None else {"train_cpu_seconds": seconds},
    )


def rank(config: Config, inputs: RankInputs) -> Ranked:
    """Run the program that ranks; return the checked run, at most `inputs.depth` documents a query.

    A query that the program leaves out scores 0, and their number is printed. InputError, in one
    line, for a program that fails or writes no run, an unknown document or query, and a score that
    is no finite number.
    """
    place = f"rank `{config.rank}`"
    with program_data.program_folder() as folder:
        data, model, out = folder / "data", folder / "model", folder / "out.run"
        queries = folder / "queries.jsonl"
        program_data.write_queries(queries, inputs.queries)
        if "data" in programs.places_of(config.rank):
            program_data.write_documents(program_data.made(data) / "corpus.jsonl", inputs.documents)
        if inputs.model is not None:
            packed_folder.unpack(_arrays(inputs.model), model)
        places = {"seed": inputs.seed, "data": data, "model": model, "queries": queries, "out": out}
        seconds = programs.run_program(programs.filled(config.rank, places), place=place)
        run = _checked_run(out, inputs, place=place)
    missing = len(inputs.queries) - run["query_id"].nunique()
    if missing:
        print(f"{missing} of {len(inputs.queries)} queries have no ranking and score 0")
    cost: dict[str, float | str] = {}
    if seconds:
        cost = {"rank_cpu_seconds": seconds, "queries_per_second": len(inputs.queries) / seconds}
    return Ranked(first_documents(run, inputs.depth), cost=cost)


def _arrays(model: Mapping[str, Any]) -> dict[str, packed_folder.Bytes]:
    """Return the bytes of each file of a model. model: name -> torch tensor [N] of bytes."""
    return {name: np.asarray(tensor.numpy(), dtype=np.uint8) for name, tensor in model.items()}


def _checked_run(out: Path, inputs: RankInputs, *, place: str) -> pd.DataFrame:
    """Return query_id, doc_id and score of the run that the program wrote, or raise InputError."""
    if not program_data.is_written(out):
        raise InputError(f"{place}: wrote no run to {{out}}; write a TREC run there")
    try:
        run = trec.read(out).frame
    except InputError as error:
        raise InputError(f"{place}: {str(error).replace(str(out), '{out}')}") from None
    for column, known, thing in (
        ("query_id", inputs.queries["query_id"], "query"),
        ("doc_id", inputs.documents["doc_id"], "document"),
    ):
        foreign = run.loc[~run[column].isin(known), column]
        if len(foreign):
            source = "{queries}" if thing == "query" else "the collection"
            raise InputError(
                f"{place}: {{out}} has the {thing} {foreign.iloc[0]!r}, which is not in {source} "
                f"(so have {len(foreign):,} of {len(run):,} rows); write the ids as they are given"
            )
    return run
