"""`{kind: sentence_transformer}`: any model that sentence-transformers opens, as its folder says.

The library encodes queries and documents, with the prompts, pooling, head and normalisation of the
model's folder, and compares them by the folder's similarity. The model is used as it is, trained as
a whole, or trained by LoRA: with the library's losses, on the batches of our own bi-encoders.
"""

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from maw.jobs.stopwatch import Stopwatch
from maw.measures.ordering import ranking_of_table
from maw.ranking.inputs import Ranked, RankInputs
from maw.ranking.self_training import TrainedModel, TrainInputs

if TYPE_CHECKING:
    from maw.models.encoders.library_model import LibraryModel
    from maw.training.library_loop import TextPairs

NEURAL = False  # the library computes all layers itself, so no output of frozen layers is read
TRAINS_ITSELF = True
USES_DEVICE = True


def _not_empty(name: str) -> str:
    if not name.strip():
        raise ValueError("is empty; give the folder of a model, or hf:<id>")
    return name


class Config(BaseModel, extra="forbid", frozen=True):
    """A model of sentence-transformers: untrained, or trained with one of the library's losses."""

    model: Annotated[str, AfterValidator(_not_empty)]
    """Folder of the model, which may have any modules that the library knows; `hf:<id>`, best
    `hf:<id>@<commit>`, for a model of the Hugging Face hub; or `minilm` (all-MiniLM-L6-v2), which
    is installed with maw."""
    train: Literal["none", "full", "lora"] = "none"
    """What is trained: nothing, all weights, or LoRA's matrices."""
    lora_rank: int = Field(16, ge=1)
    """Rank of the product of LoRA's two matrices beside a layer."""
    lora_alpha: float = Field(32, gt=0)
    """LoRA's product is multiplied by alpha / rank."""
    lora_dropout: float = Field(0.0, ge=0, lt=1)
    """Dropout of a layer's input on its way to LoRA's matrices, in training."""
    lora_target: Literal["all-linear"] | tuple[str, ...] = "all-linear"
    """Layers that LoRA adapts: names, or ends of names such as `query`; `all-linear`: all linear
    layers of the transformer."""
    loss: Literal[
        "MultipleNegativesRankingLoss",
        "CachedMultipleNegativesRankingLoss",
        "TripletLoss",
    ] = "MultipleNegativesRankingLoss"
    """The library's loss, which reads each query with its positive and hard negatives. `Cached…`
    takes less memory and more time."""
    loss_options: dict[str, bool | int | float | str | tuple[str, ...]] = {}
    """Options of the loss. Its `scale` is 1 / `training.temperature` where it is not given."""
    query_prompt: str | None = None
    """Text that is put before every query; none: as the folder says."""
    document_prompt: str | None = None
    """Text that is put before every document; none: as the folder says."""
    max_tokens: int | None = Field(None, ge=4)
    """Largest number of tokens of a text; none, or a larger number than the folder's: the
    folder's own."""
    batch_size: int = Field(32, ge=1)
    """Number of texts that are encoded together; training takes that of the section `training`."""
    trust_remote_code: bool = False
    """Whether code in the model's folder may run. Read that code first."""

    @model_validator(mode="after")
    def _check_training(self) -> Self:
        fields = type(self).model_fields  # a specification holds the defaults, too
        given = [
            name
            for name, field in fields.items()
            if name.startswith("lora_") and getattr(self, name) != field.default
        ]
        if given and self.train != "lora":
            raise ValueError(f"{given[0]}: given without `train: lora`; write that, or remove it")
        if self.loss_options and self.train == "none":
            raise ValueError("loss_options: given, but nothing is trained; set `train`")
        return self

    @property
    def trains(self) -> bool:
        """False for a model that is used as it is."""
        return self.train != "none"

    @property
    def prompts(self) -> dict[str, str | None]:
        """The text that is put before a `query` and a `document`; None: as the folder says."""
        return {"query": self.query_prompt, "document": self.document_prompt}


def fingerprint(config: Config) -> dict[str, str]:
    """Return `{"model": …}`, the hash of the model's folder, or its commit of the hub.

    InputError where the library is not installed, and where the model is missing or not usable.
    """
    from maw.models.encoders.library_files import fingerprint_of, require_installed

    require_installed("sentence_transformers", *(["peft"] if config.train == "lora" else []))
    code = config.trust_remote_code
    return {"model": fingerprint_of(config.model, prompts=config.prompts, with_code=code)}


def rank(config: Config, inputs: RankInputs) -> Ranked:
    """Return the best documents of each query by the model's similarity, and the cost.

    All of `inputs.documents` are scored, and the first `inputs.depth` of each query are returned;
    equal scores are ordered by document id, descending. ValueError where the system is trained and
    `inputs.model` is None.
    """
    if config.trains and inputs.model is None:
        raise ValueError("inputs.model is None; give the trained tensors of the system")
    model = _opened(config, inputs.device)
    if inputs.model is not None:
        model.load(inputs.model)
    watch = Stopwatch(inputs.device).start()
    queries = model.encode(inputs.queries["text"].tolist(), side="query")
    documents = model.encode(inputs.documents["text"].tolist(), side="document")
    watch.stop()
    ranking = ranking_of_table(
        model.scores(queries, documents).numpy(),
        query_ids=inputs.queries["query_id"].tolist(),
        doc_ids=inputs.documents["doc_id"].tolist(),
        depth=inputs.depth,
    )
    return Ranked(ranking, cost=watch.encoding(len(inputs.queries) + len(inputs.documents)))


def train(config: Config, inputs: TrainInputs) -> TrainedModel:
    """Train the model with one seed at one learning rate, and return what was trained.

    InputError where the library or peft is not installed, and for what the loss or LoRA refuses.
    ValueError without a learning rate.
    """
    import torch

    from maw.jobs import device
    from maw.training import library_loop

    if inputs.learning_rate is None:
        raise ValueError("inputs.learning_rate is None; give one")
    torch.manual_seed(inputs.seed)
    model = _opened(config, inputs.device)
    trained = library_loop.train(
        model,
        _pairs(inputs),
        training=inputs.training,
        learning_rate=inputs.learning_rate,
        seed=inputs.seed,
        loss=config.loss,
        options=config.loss_options,
    )
    tensors = model.trained()
    gpu_seconds, peak = trained.gpu_seconds_alone, device.peak_bytes()
    return TrainedModel(
        tensors=tensors,
        steps=inputs.training.steps,
        curve=trained.curve,
        draws=trained.draws,
        parameters=sum(tensor.numel() for tensor in tensors.values()),
        deterministic=True,
        cost={
            "train_cpu_seconds": trained.cpu_seconds,
            **({} if gpu_seconds is None else {"train_gpu_seconds_alone": gpu_seconds}),
            **({} if peak is None else {"train_peak_bytes": peak}),
        },
    )


def _opened(config: Config, device: str) -> "LibraryModel":
    """Return the opened model; a system that is trained has its parameters ready for that."""
    from maw.models.encoders.library_model import Adapters, LibraryModel

    model = LibraryModel.opened(
        config.model,
        device=device,
        prompts=config.prompts,
        batch_size=config.batch_size,
        max_tokens=config.max_tokens,
        trust_remote_code=config.trust_remote_code,
    )
    if config.trains:
        adapters = Adapters(
            rank=config.lora_rank,
            alpha=config.lora_alpha,
            dropout=config.lora_dropout,
            target=config.lora_target,
        )
        model.adapt(adapters if config.train == "lora" else None)
    return model


def _pairs(inputs: TrainInputs) -> "TextPairs":
    """Return the training pairs. Queries and documents keep their order, so that draws are shared.

    A pair whose document is not in the collection is left out.
    """
    from maw.training.library_loop import TextPairs

    query_row, doc_row = (
        {name: row for row, name in enumerate(ids)}
        for ids in (inputs.queries["query_id"], inputs.documents["doc_id"])
    )
    tables: list[dict[int, list[int]]] = []
    for table in (inputs.positives, inputs.negatives):
        rows: dict[int, list[int]] = {}
        for query, document in zip(table["query_id"], table["doc_id"], strict=True):
            if query in query_row and document in doc_row:
                rows.setdefault(query_row[query], []).append(doc_row[document])
        tables.append(rows)
    queries, documents = inputs.queries, inputs.documents
    return TextPairs(
        queries=list(zip(queries["query_id"], queries["text"], strict=True)),
        documents=list(zip(documents["doc_id"], documents["text"], strict=True)),
        positives=tables[0],
        negatives=tables[1],
    )
