"""The losses of the objective `mixture`, for batches of a bi-encoder and of a cross-encoder.

Q queries, D depths that the router may choose among. Nothing is drawn at random.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from maw.models.encoders.ragged import restore
from maw.models.encoders.routed_layers import RoutedLayers
from maw.training.objectives.balance import entropy, load_balance
from maw.training.objectives.batch import (
    Batch,
    PairBatch,
    contrastive_loss,
    log_likelihoods,
)
from maw.training.objectives.sampled_depths import sampled, sampled_in_chunks


@dataclass(frozen=True)
class Components:
    """The components of a batch's mixtures, with gradient.

    log_likelihoods [Q, D]: of each query's positives at each depth. logits [Q, D]: of the depths.
    balanced: the logits [B, D] whose mean policies the load balance keeps even, one tensor for each
    side of the batch.
    """

    log_likelihoods: Tensor
    logits: Tensor
    balanced: tuple[Tensor, ...]


def negative_log_likelihood(log_likelihoods: Tensor, logits: Tensor) -> Tensor:
    """Return -log Σ_d g_d · p_d of each query [Q].

    log_likelihoods [Q, D]: log p_d. logits [Q, D]: of g. The gradient of a query's logits is g
    minus the posterior over its depths.
    """
    return -(logits.log_softmax(-1) + log_likelihoods).logsumexp(-1)


def mixed(
    model: RoutedLayers, batch: Batch | PairBatch, *, balance: float
) -> tuple[Tensor, dict[str, float]]:
    """Return the mean negative log-likelihood of a batch plus its load balance, and the metrics.

    balance: weight of the load balance. The metric `loss` is the negative log-likelihood alone.
    """
    if isinstance(batch, PairBatch):
        components = components_of_pairs(model, batch)
    else:
        components = components_of_texts(model, batch)
    likelihood_loss = negative_log_likelihood(components.log_likelihoods, components.logits).mean()
    loss = likelihood_loss
    if balance:
        loss = loss + balance * sum(load_balance(logits) for logits in components.balanced)
    log_policy = components.logits.detach().log_softmax(-1)
    posterior = (log_policy + components.log_likelihoods.detach()).softmax(-1)
    return loss, {
        "loss": likelihood_loss.item(),
        "router_entropy": entropy(log_policy.exp()).mean().item(),
        "posterior_entropy": entropy(posterior).mean().item(),
    }


def hardened(model: RoutedLayers, batch: Batch | PairBatch) -> tuple[Tensor, dict[str, float]]:
    """Return the ranking loss of a batch under each text's likeliest depth, and the metrics.

    The loss teaches the depths' weights alone, not the router. Each pair of a cross-encoder has its
    own likeliest depth here, as in ranking.
    """
    with torch.no_grad():
        parts = [model.route(x, mask) for x, mask in batch.texts]
    outputs = [
        model(x, mask, model.decide(part))
        for (x, mask), part in zip(batch.texts, parts, strict=True)
    ]
    loss = contrastive_loss(batch.scores(outputs), batch)
    policy = mixture_logits(parts, batch).softmax(-1)
    return loss, {"loss": loss.item(), "router_entropy": entropy(policy).mean().item()}


def components_of_texts(model: RoutedLayers, batch: Batch) -> Components:
    """Return the components of a bi-encoder's queries; each document uses its likeliest depth."""
    parts = [model.route(x, mask) for x, mask in batch.texts]
    logits, of_documents = mixture_logits(parts, batch), parts[len(batch.queries) :]
    queries = sampled_in_chunks(model, batch.queries, every_depth(logits))
    documents = [
        model(chunk.x, chunk.mask, model.decide(part))
        for chunk, part in zip(batch.documents, of_documents, strict=True)
    ]
    scores = queries.outputs.transpose(0, 1) @ restore(documents, batch.documents).T  # [D, Q, N]
    return Components(
        log_likelihoods(scores, batch).T, logits, balanced=(logits, torch.cat(of_documents))
    )


def components_of_pairs(model: RoutedLayers, batch: PairBatch) -> Components:
    """Return the components of a cross-encoder's lists; a component has all pairs at one depth."""
    parts = [model.route(x, mask) for x, mask in batch.texts]
    outputs = [
        sampled(model, x, mask, every_depth(part)).outputs.T  # [D, n]
        for (x, mask), part in zip(batch.texts, parts, strict=True)
    ]
    logits = mixture_logits(parts, batch)
    return Components(log_likelihoods(batch.scores(outputs), batch).T, logits, balanced=(logits,))


def mixture_logits(parts: Sequence[Tensor], batch: Batch | PairBatch) -> Tensor:
    """Return the logits [Q, D] of each query's mixture: its own, or the mean of its pairs' logits.

    parts: the router's logits for each part of `batch.texts`.
    """
    logits, query = batch.query_logits(parts)  # [Q, D], or [P, D] of a batch of pairs
    n_queries, D = len(batch.positive), logits.shape[1]
    total = logits.new_zeros(n_queries, D).index_add(0, query, logits)
    return total / query.bincount(minlength=n_queries)[:, None]


def every_depth(logits: Tensor) -> Tensor:
    """Return the numbers of all depths [B, D], 0 to D - 1 in each row, for logits [B, D]."""
    B, D = logits.shape
    return torch.arange(D, device=logits.device).expand(B, D)
