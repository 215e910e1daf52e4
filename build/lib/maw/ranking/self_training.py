"""The inputs and the result of a kind of system that trains itself, outside of maw's loop.

The module of such a kind, in `maw.ranking.systems` or a file of the user, obeys `SelfTraining`. The
stages search its learning rate, train it with each seed, rank and score as for all other systems
(`maw.stages.shared.own_training`). It reads no trunk (`NEURAL = False`); whether it imports torch
is its own business.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import pandas as pd

from maw.ranking.inputs import Ranked, RankInputs
from maw.settings.sections import Training


@dataclass(frozen=True)
class TrainInputs:
    """The training side of a dataset, and how to train: no held-out query is in it.

    name: the system's name, for messages. documents: doc_id, text of all documents. queries:
    query_id, text of the train queries with a positive. positives: query_id, doc_id, relevance.
    negatives: query_id, doc_id, rank: the documents that BM25 mined, the hardest first. forbidden:
    query_id, doc_id of pairs that are never negatives. These tables are those that maw's own
    systems train on. training: the section `training`, with the steps of this training.
    learning_rate: None where the system has none. device: "cpu" or "cuda".
    """

    name: str
    documents: pd.DataFrame
    queries: pd.DataFrame
    positives: pd.DataFrame
    negatives: pd.DataFrame
    forbidden: pd.DataFrame
    training: Training
    learning_rate: float | None
    seed: int
    device: str = "cpu"


@dataclass(frozen=True)
class TrainedModel:
    """The result of a training: its tensors, and facts about it. None: not known.

    tensors: name -> torch tensor, all that ranking needs; they are `RankInputs.model`. steps:
    number of training steps. curve: points of the learning curve, each with `step`; the stage adds
    the development score after the last step. draws: a rolling digest for each step
    (`maw.training.draws`), which proves that two systems shared a seed's batches. parameters:
    number of trained parameters. deterministic: whether the same seed gives the same model. cost:
    `train_cpu_seconds`, `train_gpu_seconds_alone`, `train_peak_bytes`, as far as they were
    measured.
    """

    tensors: Mapping[str, Any]
    steps: int | None = None
    curve: list[dict[str, float]] = field(default_factory=list)
    draws: list[str] | None = None
    parameters: int | None = None
    deterministic: bool | None = None
    cost: dict[str, float] = field(default_factory=dict)


class SelfTraining(Protocol):
    """The module of a kind of system that trains itself.

    Its `Config` may have the properties `trains` (False: this system of the kind is not trained),
    `has_learning_rate`, `has_steps` and `records_draws`, each True where it is left out
    (`maw.settings.traits`). The constant `RANKS_ALL = True` makes the development queries rank all
    documents in place of the development pool; `USES_DEVICE = True` prepares the suite's device
    before `rank`. A function `fingerprint(config)` returns name -> hash of files that the
    configuration names.
    """

    NEURAL: bool
    """False: it reads no outputs of the frozen layers."""
    TRAINS_ITSELF: bool
    """True: the function `train` trains it."""

    def train(self, config: Any, inputs: TrainInputs) -> TrainedModel:
        """Train with one seed at one learning rate. InputError for what the user can mend."""

    def rank(self, config: Any, inputs: RankInputs) -> Ranked:
        """Rank `inputs.documents` for `inputs.queries` with the tensors `inputs.model`.

        It is called for the development queries after each training, and for the test queries.
        """
