"""The sections of a configuration as pydantic models; a job reads only the sections it needs."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

RANKING_DEPTH = 1000  # documents that every system returns for a query

# number of an encoder's last layers that are trained; `all` of them leaves the embeddings frozen
TrainedLayers = Annotated[int, Field(ge=1)] | Literal["all"]


class Section(BaseModel):
    """The base of all parts of a configuration: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Lexical(Section):
    """BM25 as `bm25s` computes it (method `lucene`), with English stop words and Snowball stems."""

    k1: float = Field(0.9, ge=0)
    """BM25's k1: the larger it is, the more repetitions of a term in a document still add to the
    score; with 0 only the term's presence counts."""
    b: float = Field(0.4, ge=0, le=1)
    """BM25's b: how much a document's length counts, from 0 (not at all) to 1."""
    depth: int = Field(1000, ge=1)
    """Number of documents that BM25 retrieves for each query."""


class Candidates(Section):
    """Numbers of documents that a cross-encoder reads with each query; BM25 retrieves them."""

    depth: int = Field(100, ge=1, le=1000)
    """Number of documents of each test query that are re-ranked."""
    development: int = Field(30, ge=2, le=1000)
    """Number of documents of each dev query that are re-ranked at each evaluation in training."""
    negatives: int = Field(7, ge=1, le=20)
    """Number of mined negatives (documents that BM25 ranks high and that are not relevant) that are
    encoded with each training query; a batch uses the first `training.hard_negatives` of them."""


class Backbone(Section):
    """The pretrained encoder. Its lower layers are frozen, so that their outputs can be computed
    before training and shared by systems and seeds."""

    name: str = "minilm"
    """`minilm` (all-MiniLM-L6-v2), which is installed with maw; the folder of a model; `hf:<id>`
    for a model of the Hugging Face hub; or `routing_control`, the tiny encoder of that collection.
    """
    max_document_tokens: int = Field(128, ge=4, le=512)
    """Largest number of tokens of a document that the encoder reads, counted from its start."""
    max_query_tokens: int = Field(48, ge=4, le=512)
    """Largest number of tokens of a query that the encoder reads, counted from its start."""
    trained_layers: TrainedLayers = 1
    """Number of the encoder's last layers that are trained; all layers below are frozen. With
    `all`, only the embeddings of tokens and positions stay frozen: a training step and the encoding
    of a text then cost about as many times more as the encoder has layers. A bi-encoder may set a
    number of its own."""
    query_prompt: str | None = None
    """Text that bi-encoders put before every query, such as `"query: "` for a model of the family
    e5. none: the prompt `query` in the model's folder, where it has one."""
    document_prompt: str | None = None
    """Text that bi-encoders put before every document, such as `"passage: "`. none: the prompt
    `document` in the model's folder, where it has one."""

    @model_serializer(mode="wrap")
    def _without_unused_options(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Return the settings without the prompts that are not given.

        Stamps of files that were made before these options existed stay valid in this way.
        """
        settings: dict[str, Any] = handler(self)
        for key in ("query_prompt", "document_prompt"):
            if getattr(self, key) is None:
                settings.pop(key, None)
        return settings


class Training(Section):
    """The training recipe that all trained systems share."""

    steps: int = Field(60, ge=1)
    """Number of training steps of each run; a system with `compute_of` may take more."""
    batch_size: int = Field(32, ge=2)
    """Number of queries in a batch, each with one relevant document."""
    hard_negatives: int = Field(1, ge=0)
    """Number of mined negatives (documents that BM25 ranks high and that are not relevant) for each
    query of a batch."""
    temperature: float = Field(0.05, gt=0)
    """Divisor of the scores in the ranking loss."""
    router_learning_rate: float = Field(3e-3, gt=0)
    """Learning rate of every router; the search changes it only where `selection.options` names
    it."""
    warmup: float = Field(0.1, ge=0, lt=1)
    """Share of the steps, at the start, in which the learning rate rises linearly; it falls
    linearly in the steps after them."""
    weight_decay: float = Field(0.01, ge=0)
    """Weight decay of AdamW."""
    evaluations: int = Field(2, ge=2)
    """Number of evaluations on dev queries in a run. The last one is at the end, the one before it
    after four fifths of the steps, and further ones evenly spaced before that."""
    gradient_checkpointing: bool = False
    """Whether layers are computed again in the backward pass instead of kept: this takes less
    memory and more time, and gives the same gradients."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Precision of the trained layers' matrix products in training and ranking."""


class CalibrationOptions(Section):
    """Experiments that are simulated from the suite's own scores. They show how often the
    statistical tests are wrong."""

    draws: int = Field(1000, ge=0)
    """Number of simulated experiments; 0 leaves the calibration out."""
    seed: int = 0
    """Seed of the simulation's random numbers."""


class Cells(Section):
    """The learning-rate sensitivity analysis: some systems are trained at every configured learning
    rate. A cell is one such run: a dataset, a system, a learning rate and a seed.

    The analysis selects no learning rate and gives no verdict of the plan.
    """

    seeds: tuple[int, ...] = Field(min_length=1)
    """Seeds of the cells; each must be one of the suite's `seeds`."""
    systems: tuple[str, ...] = Field(min_length=1)
    """Systems that are trained at every learning rate."""
    baseline: str
    """System that each of `systems` is compared with at the same learning rate; it is trained at
    every learning rate as well."""

    @model_validator(mode="after")
    def _check_repetition(self) -> Self:
        for names in (self.seeds, self.trained):
            if repeated := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
                raise ValueError(
                    f"{repeated[0]!r} is named twice; name each seed once, and each system once in "
                    "`systems` and `baseline` together"
                )
        return self

    @property
    def trained(self) -> tuple[str, ...]:
        """All systems that are trained at every learning rate, the baseline last."""
        return (*self.systems, self.baseline)


class Factor(Section):
    """One factor of the ablations: a table that compares systems which differ in one setting."""

    settings: dict[str, str] = Field(min_length=2)
    """Name of each setting -> the system that has this setting; the table's rows are in this
    order."""
    claimed: str | None = None
    """Name of a table of figures that the method's source claims, to show beside the measured ones:
    a key of `tables` in `maw/settings/source_claims.yaml`."""


class Sweep(Section):
    """Several values of one option of a system. The system is trained with each value and scored on
    dev queries only; no test query is ranked."""

    system: str
    """Name of the trained system whose option is varied."""
    option: str = Field(pattern=r"^[a-z_]+(\.[a-z_]+)*$")
    """Path of the option in the system's entry, such as `attention.strength`."""
    values: tuple[float, ...] = Field(min_length=2)
    """Values that are tried, the smallest first."""

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if list(self.values) != sorted(set(self.values)):
            raise ValueError("values do not rise; give each once, the smallest first")
        return self
