"""Sections of a configuration, each a pydantic model, which single jobs read without the suite."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from maw.errors import InputError, nearest
from maw.settings import registry

RANKING_DEPTH = 1000  # documents that every system returns for a query
ROUNDING = 1e-9  # by which shares may miss a sum of 1


class Section(BaseModel):
    """A part of the configuration: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Split(Section):
    """`kind: holdout`, the default: shares of the groups of queries, which a hash decides.

    A group holds queries of near-duplicate text; the hash is of its text and the salt.
    """

    train: float = Field(0.6, ge=0, le=1)
    """Share of the query groups that systems are trained on."""
    dev: float = Field(0.1, ge=0, le=1)
    """Share of the query groups that learning rates are selected on."""
    test: float = Field(0.3, gt=0, le=1)
    """Share of the query groups that systems are tested on; the three shares sum to 1."""
    salt: str = "maw"
    """Text that the hash starts from: another salt gives another split."""

    @model_validator(mode="after")
    def _check_shares(self) -> Self:
        if abs(self.train + self.dev + self.test - 1) > ROUNDING:
            raise ValueError("train + dev + test must be 1")
        return self


class Official(Section):
    """`kind: official`: the collection's own train, dev and test queries."""

    kind: Literal["official"] = "official"
    """Name of this kind of split."""
    dev: float = Field(0.1, gt=0, lt=1)
    """Share of the train groups that becomes dev, where the collection has no dev queries."""
    salt: str = "maw"
    """Text that the hash starts from, which decides the groups of dev."""


class KFold(Section):
    """`kind: kfold`: one dataset becomes several, so that every query is tested once.

    The models that test a query were never trained on its group.
    """

    kind: Literal["kfold"] = "kfold"
    """Name of this kind of split."""
    folds: int = Field(5, ge=2)
    """Number of folds, each of which trains models of its own."""
    dev: float = Field(0.1, gt=0, lt=1)
    """Share of the groups outside of a fold's test queries that becomes dev."""
    salt: str = "maw"
    """Text that the hash starts from: another salt gives other folds."""


class Fold(Section):
    """`kind: fold`: one fold of a `kfold` split. maw makes it; a configuration may not."""

    kind: Literal["fold"] = "fold"
    """Name of this kind of split."""
    collection: str
    """Dataset that the fold is a part of."""
    fold: int = Field(ge=1)
    """Number of this fold, from 1."""
    folds: int = Field(ge=2)
    """Number of all folds of the dataset."""
    dev: float = Field(0.1, gt=0, lt=1)
    """Share of the groups outside of the fold's test queries that becomes dev."""
    salt: str = "maw"
    """Text that the hash starts from."""


class Transfer(Section):
    """`kind: transfer`: all queries are tested, by the models of another dataset."""

    kind: Literal["transfer"] = "transfer"
    """Name of this kind of split."""
    source: str
    """Dataset whose models are tested here."""


AnySplit = Split | Official | KFold | Fold | Transfer
SPLITS: dict[str, type[Section]] = {
    "holdout": Split, "official": Official, "kfold": KFold, "fold": Fold, "transfer": Transfer
}  # fmt: skip


def split_of(value: Any) -> Any:
    """Return KFold(folds=5) for `{kind: kfold, folds: 5}`, and the bare options of a holdout.

    pydantic then checks these options, or whatever else the value is. InputError for an unknown
    kind, or an option that the kind does not have.
    """
    if not isinstance(value, Mapping):
        return value
    options = {key: option for key, option in value.items() if key != "kind"}
    kind = value.get("kind", "holdout")
    if kind == "holdout":
        return options
    if kind not in SPLITS:
        names = [name for name in SPLITS if name != "fold"]
        raise InputError(f"split: unknown kind {kind!r}{nearest(str(kind), names)}")
    model = SPLITS[kind]
    try:
        return model.model_validate(options)
    except ValidationError as error:
        raise InputError(registry.explain(error, model=model, within=f"split/{kind}")) from None


def as_split(content: Mapping[str, Any]) -> AnySplit:
    """Return the split in a job's specification."""
    value = split_of(content)
    split: AnySplit = Split.model_validate(value) if isinstance(value, dict) else value
    return split


class Lexical(Section):
    """BM25 as `bm25s` computes it (method `lucene`), with English stop words and Snowball stems."""

    k1: float = Field(0.9, ge=0)
    """BM25's k1: how soon further occurrences of a term stop to count."""
    b: float = Field(0.4, ge=0, le=1)
    """BM25's b: how much a document's length counts, from 0 (not at all) to 1."""
    depth: int = Field(1000, ge=1)
    """Number of documents that BM25 retrieves for each query."""


class Candidates(Section):
    """Pairs of a query and a document that BM25 retrieved, which a cross-encoder reads."""

    depth: int = Field(100, ge=1, le=1000)
    """Number of documents of each test query that are re-ranked."""
    development: int = Field(30, ge=2, le=1000)
    """Number of documents of each dev query that are re-ranked at each evaluation."""
    negatives: int = Field(7, ge=1, le=20)
    """Number of mined negatives for each training query."""


class Backbone(Section):
    """The pretrained encoder. Its layers below the trained ones are computed once and shared."""

    name: str = "minilm"
    """`minilm`, which is installed with maw; a model's folder; or `hf:<id>` for one of the hub."""
    max_document_tokens: int = Field(128, ge=4, le=512)
    """Tokens of a document, counted from its start, that the encoder reads."""
    max_query_tokens: int = Field(48, ge=4, le=512)
    """Tokens of a query, counted from its start, that the encoder reads."""
    trained_layers: int = Field(1, ge=1)
    """Number of layers from the top that are trained."""


class Training(Section):
    """The training recipe that all trained systems share."""

    steps: int = Field(60, ge=1)
    """Number of training steps of each run."""
    batch_size: int = Field(32, ge=2)
    """Number of queries in a batch, each with one relevant document."""
    hard_negatives: int = Field(1, ge=0)
    """Number of mined negatives for each query of a batch."""
    temperature: float = Field(0.05, gt=0)
    """Divisor of the scores in the ranking loss."""
    router_learning_rate: float = Field(3e-3, gt=0)
    """Learning rate of a router, which starts untrained and is not part of the search."""
    warmup: float = Field(0.1, ge=0, lt=1)
    """Share of the steps in which the learning rate rises; it falls linearly after them."""
    weight_decay: float = Field(0.01, ge=0)
    """Weight decay of AdamW."""
    evaluations: int = Field(5, ge=2)
    """Number of evaluations on dev queries in a run, evenly spaced, one of them at the end."""
    gradient_checkpointing: bool = False
    """Compute layers again in the backward pass: less memory, more time, the same gradients."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Precision of the trained layers' matrix products in training and ranking."""


class Selection(Section):
    """The learning-rate search: equal trials for each trained system, on dev queries only."""

    learning_rates: tuple[float, ...] = Field((1e-4, 3e-4, 1e-3), min_length=3)
    """Learning rates that every trained system tries, rising."""
    tuning_seed: int = 41
    """Seed of the trials, which may not be a reporting seed."""
    max_extensions: int = Field(2, ge=0)
    """How often the grid may grow at each end, where the best learning rate lies at that end."""

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if list(self.learning_rates) != sorted(set(self.learning_rates)):
            raise ValueError("learning_rates must rise")
        return self


class CalibrationOptions(Section):
    """Simulated experiments, drawn from the scores, that show how often the tests are wrong."""

    draws: int = Field(1000, ge=0)
    """Number of simulated experiments; 0 leaves the calibration out."""
    seed: int = 0
    """Seed of the draws."""


class Cells(Section):
    """The learning-rate sensitivity analysis: runs at every configured learning rate.

    It selects nothing and gives no verdict of the plan.
    """

    seeds: tuple[int, ...] = Field(min_length=1)
    """Seeds of these runs, out of the suite's own."""
    systems: tuple[str, ...] = Field(min_length=1)
    """Systems that are trained at every learning rate."""
    baseline: str
    """System that each of them is compared with at the same learning rate."""

    @model_validator(mode="after")
    def _check_repetition(self) -> Self:
        for names in (self.seeds, self.trained):
            if repeated := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
                raise ValueError(f"{repeated[0]!r} is named twice")
        return self

    @property
    def trained(self) -> tuple[str, ...]:
        """Every system that is trained at each learning rate, the baseline last."""
        return (*self.systems, self.baseline)


class Factor(Section):
    """One factor of the ablations: a table in which one setting of a system is varied."""

    settings: dict[str, str] = Field(min_length=2)
    """Name of each setting, in the table's order, and the system that has it."""
    claimed: str | None = None
    """Table of the method's source to show beside it: a key of `source_claims.yaml`."""


class Sweep(Section):
    """Values of one option of a system, which are tried on development queries only."""

    system: str
    """System whose option is varied."""
    option: str = Field(pattern=r"^[a-z_]+(\.[a-z_]+)*$")
    """Path of the option in the system's entry, such as `attention.strength`."""
    values: tuple[float, ...] = Field(min_length=2)
    """Values that are tried, rising."""

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if list(self.values) != sorted(set(self.values)):
            raise ValueError("values must rise")
        return self
