"""How sentence-transformers does the task of `finetune.py`: its trainer, on our batches."""

import tempfile
import time
from collections.abc import Sequence
from typing import Any

import pandas as pd
import torch
from finetune_task import Task, score, triples

from maw.errors import InputError
from maw.models.encoders.backbone_files import folder_of
from maw.settings.sections import Backbone
from maw.training.loop import schedule


def columns(given: Task, seed: int) -> dict[str, list[str]]:
    """Return the texts in sentence-transformers' columns: anchor, positive, negative_1, ..."""
    texts = given.documents["text"].tolist()
    asked = cut(given.all_queries, given.backbone)
    n = 1 + given.training.hard_negatives
    names = ["anchor", "positive", *(f"negative_{k}" for k in range(1, n))]
    found: dict[str, list[str]] = {name: [] for name in names}
    for query, documents in triples(given, seed):
        if len(documents) < n:
            raise InputError(f"query in row {query} has fewer than {n - 1} hard negatives")
        for name, text in zip(names, [asked[query], *(texts[d] for d in documents)], strict=True):
            found[name].append(text)
    return found


def cut(queries: Sequence[str], backbone: Backbone) -> list[str]:
    """Cut each query after the last token that ours reads; theirs has one limit for all texts."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder_of(backbone.name) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(backbone.max_query_tokens)
    encoded = tokenizer.encode_batch(list(queries))
    return [
        text[: max(end for _, end in e.offsets)] for text, e in zip(queries, encoded, strict=True)
    ]


def theirs(given: Task, seed: int) -> dict[str, float]:
    """Train with SentenceTransformerTrainer and rank with its `encode`."""
    from sentence_transformers import SentenceTransformer

    torch.manual_seed(seed)
    quiet = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    model = SentenceTransformer(
        str(folder_of(given.backbone.name)), device="cpu", config_kwargs=quiet
    ).float()
    model.max_seq_length = given.backbone.max_document_tokens
    texts, asked = columns(given, seed), cut(given.queries["text"].tolist(), given.backbone)
    started = time.process_time()
    _fit(model, given, texts, seed=seed)
    trained = time.process_time()
    with torch.inference_mode():
        documents, queries = (
            model.encode(part, convert_to_tensor=True, normalize_embeddings=True)
            for part in (given.documents["text"].tolist(), asked)
        )
        scores, places = (queries @ documents.T).topk(min(1000, len(documents)))
    depth = scores.shape[1]
    names = given.documents["doc_id"].to_numpy()
    ranking = pd.DataFrame(
        {
            "query_id": given.queries["query_id"].to_numpy().repeat(depth),
            "doc_id": names[places.flatten().numpy()],
            "score": scores.flatten().double().numpy(),
        }
    )
    done = time.process_time()
    return {
        "train_cpu_seconds": trained - started,
        "rank_cpu_seconds": done - trained,
        "value": score(given, ranking),
    }


def _fit(model: Any, given: Task, texts: dict[str, list[str]], *, seed: int) -> None:
    """Train the last layers with their trainer, our optimiser and our schedule."""
    from datasets import Dataset
    from sentence_transformers import (
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
    )
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    training = given.training
    all_layers, n_trained = model[0].auto_model.encoder.layer, given.backbone.trained_layers
    layers = all_layers if n_trained == "all" else all_layers[-n_trained:]
    model.requires_grad_(False)
    layers.requires_grad_(True)
    optimiser = torch.optim.AdamW(
        layers.parameters(), lr=given.learning_rate, weight_decay=training.weight_decay
    )
    with tempfile.TemporaryDirectory() as folder:
        arguments = SentenceTransformerTrainingArguments(
            output_dir=folder,
            max_steps=training.steps,
            per_device_train_batch_size=training.batch_size,
            max_grad_norm=0.0,
            seed=seed,
            use_cpu=True,
            batch_sampler=in_order,
            save_strategy="no",
            logging_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )
        trainer = SentenceTransformerTrainer(
            model=model,
            args=arguments,
            train_dataset=Dataset.from_dict(texts),
            loss=MultipleNegativesRankingLoss(model, scale=1 / training.temperature),
            optimizers=(
                optimiser,
                torch.optim.lr_scheduler.LambdaLR(
                    optimiser, lambda done: schedule(done + 1, training)
                ),
            ),
        )
        trainer.train()
    if trainer.state.global_step != training.steps:
        raise RuntimeError(f"{trainer.state.global_step} steps done, {training.steps} wanted")


def in_order(dataset: Any, batch_size: int, drop_last: bool, **rest: Any) -> Any:
    """Return a sampler that keeps the order of the rows, which is that of our batches."""
    from sentence_transformers.base.sampler import DefaultBatchSampler
    from torch.utils.data import SequentialSampler

    return DefaultBatchSampler(
        SequentialSampler(dataset), batch_size=batch_size, drop_last=drop_last
    )
