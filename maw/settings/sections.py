"""The parts of a configuration that single jobs read, apart from the suite that holds them."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from maw.errors import InputError, nearest
from maw.settings import registry

RANKING_DEPTH = 1000  # documents that every system returns for a query


class Section(BaseModel):
    """A part of the configuration: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Split(Section):
    """Shares of the query groups; a group's side is a hash of its text and this salt."""

    train: float = Field(0.6, ge=0, le=1)
    dev: float = Field(0.1, ge=0, le=1)
    test: float = Field(0.3, gt=0, le=1)
    salt: str = "maw"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if abs(self.train + self.dev + self.test - 1) > 1e-9:
            raise ValueError("train + dev + test must be 1")
        return self


class Official(Section):
    """The collection's own sides. Where it has no dev side, this share of train's groups is it."""

    kind: Literal["official"] = "official"
    dev: float = Field(0.1, gt=0, lt=1)
    salt: str = "maw"


class KFold(Section):
    """Every query is tested once, by models that never saw its group: `folds` datasets from one.

    dev: share of what a fold does not test.
    """

    kind: Literal["kfold"] = "kfold"
    folds: int = Field(5, ge=2)
    dev: float = Field(0.1, gt=0, lt=1)
    salt: str = "maw"


class Fold(Section):
    """One fold of a `kfold` split, which the configuration is expanded to."""

    kind: Literal["fold"] = "fold"
    collection: str
    fold: int = Field(ge=1)
    folds: int = Field(ge=2)
    dev: float = Field(0.1, gt=0, lt=1)
    salt: str = "maw"


class Transfer(Section):
    """All queries are tested, by the models trained on the dataset `source`."""

    kind: Literal["transfer"] = "transfer"
    source: str


AnySplit = Split | Official | KFold | Fold | Transfer
SPLITS: dict[str, type[Section]] = {
    "holdout": Split, "official": Official, "kfold": KFold, "fold": Fold, "transfer": Transfer
}  # fmt: skip


def split_of(value: Any) -> Any:
    """`{kind: kfold, folds: 5}` -> KFold; without a kind a holdout, which pydantic checks."""
    if not isinstance(value, Mapping):
        return value
    options = {key: option for key, option in value.items() if key != "kind"}
    kind = value.get("kind", "holdout")
    if kind == "holdout":
        return options
    if kind not in SPLITS:
        known = [name for name in SPLITS if name != "fold"]
        raise InputError(f"split: unknown kind {kind!r}{nearest(str(kind), known)}")
    model = SPLITS[kind]
    try:
        return model.model_validate(options)
    except ValidationError as error:
        told = registry.explain(error, model=model, within=f"split/{kind}")
        raise InputError(told) from None


def as_split(dumped: Mapping[str, Any]) -> AnySplit:
    """The split of a job's specification."""
    value = split_of(dumped)
    found: AnySplit = Split.model_validate(value) if isinstance(value, dict) else value
    return found


class Lexical(Section):
    """BM25 as `bm25s` computes it (method `lucene`), with English stop words and Snowball stems."""

    k1: float = Field(0.9, ge=0)
    b: float = Field(0.4, ge=0, le=1)
    depth: int = Field(1000, ge=1)


class Candidates(Section):
    """What a cross-encoder reads: pairs of a query and a document that BM25 found.

    depth: of the list that is ranked anew. development: of that on development queries, where each
    evaluation costs time. negatives: mined ones beside each training query.
    """

    depth: int = Field(100, ge=1, le=1000)
    development: int = Field(30, ge=2, le=1000)
    negatives: int = Field(7, ge=1, le=20)


class Backbone(Section):
    """The pretrained encoder; layers below the trained ones are computed once and shared."""

    name: str = "minilm"
    max_document_tokens: int = Field(128, ge=4, le=512)
    max_query_tokens: int = Field(48, ge=4, le=512)
    trained_layers: int = Field(1, ge=1)


class Training(Section):
    """The same for every trained system: batches, steps, loss temperature.

    router_learning_rate: of a router, which starts from nothing. Set on the synthetic task where
    one depth is right (tests/objectives): at 1e-3 GRPO's success was up to the seed.
    gradient_checkpointing: layers are computed again backwards, for memory; the same gradients.
    precision: of the trained layers' products, in training and ranking; sums stay float32.
    """

    steps: int = Field(60, ge=1)
    batch_size: int = Field(32, ge=2)
    hard_negatives: int = Field(1, ge=0)
    temperature: float = Field(0.05, gt=0)
    router_learning_rate: float = Field(3e-3, gt=0)
    warmup: float = Field(0.1, ge=0, lt=1)
    weight_decay: float = Field(0.01, ge=0)
    evaluations: int = Field(5, ge=2)
    gradient_checkpointing: bool = False
    precision: Literal["float32", "bfloat16"] = "float32"


class Selection(Section):
    """The learning-rate search: equal trials for every trained system, development queries only."""

    learning_rates: tuple[float, ...] = Field((1e-4, 3e-4, 1e-3), min_length=3)
    tuning_seed: int = 41
    max_extensions: int = Field(2, ge=0)

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if list(self.learning_rates) != sorted(set(self.learning_rates)):
            raise ValueError("learning_rates must rise")
        return self


class Calibration(Section):
    """How many experiments to redraw from the scores, to see how often the tests are wrong.

    draws: 0 leaves it out.
    """

    draws: int = Field(1000, ge=0)
    seed: int = 0


class Cells(Section):
    """Systems and a baseline that are trained at every configured learning rate, the same for both.

    A sensitivity analysis: nothing is selected by it, and no verdict. seeds: of the suite's own.
    """

    seeds: tuple[int, ...] = Field(min_length=1)
    systems: tuple[str, ...] = Field(min_length=1)
    baseline: str

    @model_validator(mode="after")
    def _all_differ(self) -> Self:
        for named in (self.seeds, (*self.systems, self.baseline)):
            if twice := [one for one in dict.fromkeys(named) if named.count(one) > 1]:
                raise ValueError(f"{twice[0]!r} is named twice")
        return self

    @property
    def trained(self) -> tuple[str, ...]:
        """Everything that is trained at each rate, the baseline last."""
        return (*self.systems, self.baseline)


class Factor(Section):
    """One thing that is varied: its settings in order, as shown, and the system that each is.

    claimed: the name of the source's own table of it, in maw/settings/source_claims.yaml.
    """

    settings: dict[str, str] = Field(min_length=2)
    claimed: str | None = None


class Sweep(Section):
    """An option of a system, `attention.strength`, tried at values on development queries alone."""

    system: str
    option: str = Field(pattern=r"^[a-z_]+(\.[a-z_]+)*$")
    values: tuple[float, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if list(self.values) != sorted(set(self.values)):
            raise ValueError("values must rise")
        return self
