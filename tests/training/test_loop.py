"""Training is repeatable, fair between systems, and never shown a pair that it must not see."""

import math
from collections.abc import Callable
from itertools import islice
from typing import Any

import pandas as pd
import pytest
import torch
from torch import Tensor

from maw.errors import InputError
from maw.models.encoders.embedding import embed
from maw.settings import registry
from maw.settings.sections import Training
from maw.training import loop
from maw.training.flops import counter, flops_per_step
from maw.training.loop import (
    Trained,
    TrainingData,
    draw_batches,
    inference_parameters,
    make_batch,
    schedule,
    score_development,
    train,
)
from maw.training.objectives.batch import Batch

Make = Callable[..., Any]
RECIPE = Training(steps=4, batch_size=4, hard_negatives=2)
MAW = {"kind": "maw", "depths": 3}
SYSTEMS = {
    "ranking": {"objective": {"kind": "ranking"}},
    **{
        kind: {"attention": MAW, "router": {"kind": kind}, "objective": {"kind": kind}}
        for kind in ("supervised", "grpo")
    },
}


@pytest.fixture(scope="module")
def data(random_texts: Make) -> TrainingData:
    """Ten queries to train on, three to develop on; twenty documents, 18 and 19 held out.

    Query q is relevant to document q, query 0 to 1 as well, query 3 to the held-out 18 too;
    document 12 is a namesake of query 2's own.
    """
    forbidden = {query: {query} for query in range(10)}
    forbidden[0] |= {1}
    forbidden[2] |= {12}
    forbidden[3] |= {18}
    development = [10, 11, 12]
    return TrainingData(
        documents=random_texts([2 + d % 5 for d in range(20)], seed=1),
        queries=random_texts([1 + q % 4 for q in range(13)], seed=2),
        positives={query: [query] if query else [0, 1] for query in range(10)},
        negatives={query: [(query + step) % 18 for step in (4, 5, 6, 7)] for query in range(9)},
        forbidden=forbidden,
        n_relevant={**dict.fromkeys(range(13), 1), 0: 2, 3: 2},
        development=development,
        pool=list(range(8, 20)),
        judged=pd.DataFrame(
            {"query_id": ["10", "11", "12"], "doc_id": ["10", "18", "19"], "relevance": 1}
        ),
        measure="nDCG@10",
    )


def trained(
    data: TrainingData,
    top: dict[str, Tensor],
    *,
    kind: str = "grpo",
    seed: int = 42,
    evaluations: int = 2,
    learning_rate: float = 1e-2,
    recipe: Training = RECIPE,
    warn: Callable[[str], None] = print,
) -> Trained:
    return train(
        data,
        system=registry.parse("systems", {"kind": "bi_encoder", **SYSTEMS[kind]}),
        top=top,
        training=recipe,
        learning_rate=learning_rate,
        seed=seed,
        evaluations=evaluations,
        tell=lambda line: None,
        warn=warn,
    )


def same(a: Trained, b: Trained) -> bool:
    """Bit for bit."""
    theirs = b.model.state_dict()
    return all(torch.equal(tensor, theirs[name]) for name, tensor in a.model.state_dict().items())


@pytest.mark.parametrize("kind", SYSTEMS)
def test_a_seed_gives_the_same_weights_bit_for_bit_and_another_seed_others(
    kind: str, data: TrainingData, random_top: Make
) -> None:
    first, again, other = (
        trained(data, random_top(), kind=kind, seed=seed) for seed in (42, 42, 43)
    )
    assert same(first, again)
    assert first.curve == again.curve
    assert not same(first, other)


@pytest.mark.parametrize("kind", SYSTEMS)
def test_looking_at_the_development_score_more_often_changes_nothing(
    kind: str, data: TrainingData, random_top: Make
) -> None:
    seldom, often = (
        trained(data, random_top(), kind=kind, evaluations=evaluations) for evaluations in (1, 4)
    )
    assert same(seldom, often)
    assert [point["step"] for point in seldom.curve] == [4]
    assert [point["step"] for point in often.curve] == [1, 2, 3, 4]
    assert seldom.value == often.value == often.curve[-1]["dev"]


def test_every_system_of_a_seed_sees_the_same_batches(
    data: TrainingData, random_top: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[int]] = []

    def noted(data: TrainingData, queries: list[int], *rest: Any) -> Batch:
        batch = make_batch(data, queries, *rest)
        documents = torch.cat([chunk.x.flatten() for chunk in batch.documents])
        seen.append([*queries, *documents.tolist()])
        return batch

    monkeypatch.setattr(loop, "make_batch", noted)
    by_system = []
    for kind in SYSTEMS:
        trained(data, random_top(), kind=kind)
        by_system.append(seen.copy())
        seen.clear()
    assert len(by_system[0]) == RECIPE.steps
    assert by_system[0] == by_system[1] == by_system[2]
    trained(data, random_top(), seed=43)
    assert seen != by_system[0]


def test_an_epoch_asks_each_query_once_in_an_order_of_its_own(
    data: TrainingData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "make_batch", lambda data, queries, *rest: queries)
    recipe = RECIPE.model_copy(update={"batch_size": 5})
    batches = list(islice(draw_batches(data, recipe, seed=0), 4))
    first, second = batches[0] + batches[1], batches[2] + batches[3]
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second


def test_a_batch_is_never_larger_than_the_queries_there_are(data: TrainingData) -> None:
    recipe = RECIPE.model_copy(update={"batch_size": 64})
    assert len(next(draw_batches(data, recipe, seed=0)).query_x) == 10


def pairs(data: TrainingData, queries: list[int], seed: int) -> dict[tuple[int, int], str]:
    """(query row, document row) -> "positive", "negative" or "neither"."""
    batch = make_batch(data, queries, RECIPE, torch.Generator().manual_seed(seed))
    rows: dict[int, int] = {}
    for chunk in batch.documents:
        for position, x, mask in zip(chunk.positions.tolist(), chunk.x, chunk.mask, strict=True):
            here = (data.documents.hidden == x[mask][0]).all(-1).nonzero().item()
            rows[position] = data.documents.offsets.tolist().index(here)
    assert sorted(rows) == list(range(batch.positive.shape[1]))
    assert len(set(rows.values())) == len(rows)  # no document twice
    found = {}
    for place, query in enumerate(queries):
        for position, row in rows.items():
            positive, negative = batch.positive[place, position], batch.negative[place, position]
            assert not (positive and negative)
            found[query, row] = "positive" if positive else "negative" if negative else "neither"
    return found


def test_a_forbidden_pair_is_never_a_negative_nor_a_held_out_document_in_a_batch(
    data: TrainingData,
) -> None:
    met: dict[tuple[int, int], set[str]] = {}
    for seed in range(30):
        for pair, role in pairs(data, list(range(10)), seed).items():
            met.setdefault(pair, set()).add(role)
    assert met[2, 12] == {"neither"}  # a namesake
    assert met[2, 2] == met[0, 0] == met[0, 1] == {"positive"}  # never each other's negatives
    assert not {document for _, document in met} & {18, 19}  # held out: in no batch at all
    allowed = {
        (query, document): document not in data.forbidden[query]
        for query, document in met
        if (query, document) not in {(0, 0), (0, 1)} and query != document
    }
    assert all((met[pair] == {"negative"}) == is_free for pair, is_free in allowed.items())


def test_each_query_brings_one_positive_and_its_hard_negatives(data: TrainingData) -> None:
    documents = {document for _, document in pairs(data, [5], seed=0)}
    assert 5 in documents
    assert len(documents) == 3
    assert documents - {5} <= {9, 10, 11, 12}
    assert {document for _, document in pairs(data, [9], seed=0)} == {9}  # it has none


def test_a_query_with_two_positives_brings_either(data: TrainingData) -> None:
    brought = {
        frozenset({0, 1} & {document for _, document in pairs(data, [0], seed)})
        for seed in range(20)
    }
    assert brought == {frozenset({0}), frozenset({1})}


def test_the_rate_rises_for_a_tenth_of_the_steps_and_falls_to_nothing_after_the_last() -> None:
    # 20 steps, warm-up 2: 1/2, 1, then (21 - step) / 19
    twenty = Training(steps=20, warmup=0.1)
    assert [schedule(step, twenty) for step in (1, 2)] == [0.5, 1.0]
    assert schedule(3, twenty) == pytest.approx(18 / 19)
    assert schedule(20, twenty) == pytest.approx(1 / 19)
    assert schedule(1, Training(steps=1)) == 1.0
    assert schedule(1, Training(steps=4, warmup=0)) == 1.0


def test_the_router_has_a_rate_of_its_own(data: TrainingData, random_top: Make) -> None:
    before = trained(data, random_top(), learning_rate=0.0, recipe=Training(steps=1, batch_size=4))
    after = trained(data, random_top(), learning_rate=0.0, recipe=RECIPE)
    changed = {
        name
        for name, tensor in after.model.state_dict().items()
        if not torch.equal(tensor, before.model.state_dict()[name])
    }
    assert changed == {f"router.{name}" for name, _ in after.model.router.named_parameters()}


def test_what_is_learned_lowers_the_loss(data: TrainingData, random_top: Make) -> None:
    recipe = Training(steps=30, batch_size=10, hard_negatives=2)
    curve = trained(data, random_top(), kind="ranking", evaluations=30, recipe=recipe).curve
    assert curve[-1]["loss"] < 0.5 * curve[0]["loss"]


def test_the_development_score_is_that_of_the_pool(
    data: TrainingData, random_encoder: Make
) -> None:
    # one relevant document each: nDCG@10 = 1 / log2(1 + rank), 0 beyond rank 10
    model = random_encoder(depths=1)
    queries, documents = (
        embed(model, texts, torch.tensor(rows))[0]
        for texts, rows in ((data.queries, data.development), (data.documents, data.pool))
    )
    gains = []
    for scores, relevant in zip(queries @ documents.T, (10, 18, 19), strict=True):
        rank = 1 + int((scores > scores[data.pool.index(relevant)]).sum())
        gains.append(1 / math.log2(1 + rank) if rank <= 10 else 0.0)
    assert score_development(model, data) == pytest.approx(sum(gains) / 3, abs=1e-9)


def test_one_text_passes_through_one_depth_of_each_layer_and_the_router(
    random_encoder: Make,
) -> None:
    # E = 16: a layer has 4 · (16² + 16) in its attention, 2 · 16 · 32 + 32 + 16 in its
    #   feed-forward, 4 · 16 in its norms: 1088 + 1072 + 64 = 2224
    # the router 16 · 64 + 64, 64 · 32 + 32, 32 · 4 + 4: 1088 + 2080 + 132 = 3300
    standard, maw = random_encoder(depths=1, layers=2), random_encoder(router="grpo", layers=2)
    assert inference_parameters(standard) == 2 * 2224
    assert inference_parameters(maw) == 2 * 2224 + 3300
    # three more pairs of queries and keys in each layer
    everything = sum(parameter.numel() for parameter in maw.parameters())
    assert everything == 2 * (2224 + 3 * 2 * (256 + 16)) + 3300


def controlled(data: TrainingData, top: dict[str, Tensor], **system: Any) -> Trained:
    """A system that no router learns in, trained by ranking."""
    return train(
        data,
        system=registry.parse(
            "systems", {"kind": "bi_encoder", "objective": {"kind": "ranking"}, **system}
        ),
        top=top,
        training=RECIPE,
        learning_rate=1e-2,
        seed=42,
        evaluations=2,
        tell=lambda line: None,
    )


def test_one_fixed_depth_without_noise_is_the_control_bit_for_bit(
    data: TrainingData, random_top: Make
) -> None:
    plain = controlled(data, random_top())
    attention = {"kind": "maw", "depths": 3, "noise": 0}
    fixed = controlled(
        data, random_top(), attention=attention, router={"kind": "fixed", "depth": 0}
    )
    assert fixed.curve == plain.curve
    known = plain.model.state_dict()
    for name, tensor in fixed.model.state_dict().items():
        if name in known:
            assert torch.equal(tensor, known[name]), name
        elif "query_key" in name:  # a depth that nobody chose stays as it was
            assert not name.endswith(".0")


@pytest.mark.parametrize("kind", ["uniform", "random", "stat", "oracle"])
@pytest.mark.parametrize("projection", ["full", "low_rank", "diagonal", "split"])
def test_what_does_not_route_by_learning_trains_by_ranking(
    kind: str, projection: str, data: TrainingData, random_top: Make
) -> None:
    attention = {"kind": "maw", "depths": 4, "projection": {"kind": projection}, "strength": 0.5}
    first, again = (
        controlled(data, random_top(), attention=attention, router={"kind": kind}) for _ in range(2)
    )
    assert same(first, again)
    vectors, depths, chances = embed(first.model, data.documents, torch.arange(20))
    alone = [embed(first.model, data.documents, torch.tensor([row])) for row in range(20)]
    torch.testing.assert_close(vectors, torch.cat([v for v, _, _ in alone]), rtol=0, atol=1e-5)
    if kind in ("random", "oracle"):
        assert depths.tolist() == [int(d) for _, d, _ in alone]
        assert len(set(depths.tolist())) > 1
        assert chances.min() > 0.99


@pytest.mark.parametrize("kind", SYSTEMS)
def test_checkpointing_gives_the_same_weights(
    kind: str, data: TrainingData, random_top: Make
) -> None:
    saving = RECIPE.model_copy(update={"gradient_checkpointing": True})
    top = random_top(layers=2)
    plain, saved = (trained(data, top, kind=kind, recipe=recipe) for recipe in (RECIPE, saving))
    assert same(plain, saved)


@pytest.mark.parametrize("kind", ["supervised", "grpo"])
def test_depths_open_one_after_another(kind: str, data: TrainingData, random_top: Make) -> None:
    system = {
        "kind": "bi_encoder",
        "attention": {"kind": "maw", "depths": 4, "grow": 0.5},
        "router": {"kind": kind},
        "objective": {"kind": kind},
    }
    model = train(
        data,
        system=registry.parse("systems", system),
        top=random_top(),
        training=RECIPE,
        learning_rate=1e-2,
        seed=42,
        evaluations=4,
        tell=lambda line: None,
    ).model
    opened = []
    for step in range(1, 9):
        model.open_depths(step / 8)
        opened.append(model.active)
    assert opened == [1, 2, 3, 4, 4, 4, 4, 4]
    model.open_depths(0.2)
    x, mask = data.queries.padded(torch.arange(13))
    assert model.route(x, mask).shape == (13, 2)


def test_a_steps_price_is_counted_alike_for_the_same_work_and_higher_for_more(
    data: TrainingData, random_top: Make
) -> None:
    systems = {
        "plain": {"objective": {"kind": "ranking"}},
        "fixed": {
            "attention": {"kind": "maw", "depths": 8},
            "router": {"kind": "fixed"},
            "objective": {"kind": "ranking"},
        },
        "uniform": {
            "attention": {"kind": "maw", "depths": 8},
            "router": {"kind": "uniform"},
            "objective": {"kind": "ranking"},
        },
        **{kind: SYSTEMS[kind] for kind in ("supervised", "grpo")},
    }
    price = {
        name: flops_per_step(
            data,
            system=registry.parse("systems", {"kind": "bi_encoder", **system}),
            top=random_top(),
            training=RECIPE,
            seed=41,
        )
        for name, system in systems.items()
    }
    assert price["fixed"] == price["plain"] > 0
    assert price["plain"] < price["grpo"] < price["uniform"]
    assert price["supervised"] > price["plain"]


def test_the_fused_attention_of_the_cpu_is_counted() -> None:
    # two products of 2·L·L·h operations a head, forward; five backward
    q, k, v = (torch.randn(2, 3, 16, 8, requires_grad=True) for _ in range(3))
    with counter() as counted:
        y = torch.nn.functional.scaled_dot_product_attention(q, k, v)
        forward = counted.get_total_flops()
        y.sum().backward()
    assert forward == 2 * 2 * 16 * 16 * 8 * 2 * 3
    assert counted.get_total_flops() == forward * (2 + 5) / 2


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("kind", SYSTEMS)
def test_out_of_memory_halves_the_texts_at_once_and_keeps_the_batch_and_the_result(
    kind: str, checkpointing: bool, data: TrainingData, random_top: Make, small_device: Make
) -> None:
    recipe = RECIPE.model_copy(update={"gradient_checkpointing": checkpointing})
    top, told = random_top(layers=2), []
    plain = trained(data, top, kind=kind, recipe=recipe)
    small_device(3)
    spared = trained(data, top, kind=kind, recipe=recipe, warn=told.append)
    assert plain.model.at_once is None
    assert spared.model.at_once == 2
    assert [line.partition(", ")[2] for line in told] == [
        f"{n} texts in memory at a time; a batch is 4 queries as before" for n in (8, 4, 2)
    ]
    # the same batch, negatives and draws, summed in another order. Not the parameters: AdamW moves
    # a key's bias, whose gradient is zero but for rounding, as far as any, and it has no effect
    rows = torch.arange(20)
    vectors, depths, _ = embed(spared.model, data.documents, rows)
    expected, same_depths, _ = embed(plain.model, data.documents, rows)
    torch.testing.assert_close(vectors, expected, rtol=0, atol=1e-4)
    assert torch.equal(depths, same_depths)
    for ours, other in zip(spared.curve, plain.curve, strict=True):
        assert ours == pytest.approx(other, abs=1e-4)


def test_the_gradient_of_few_texts_at_a_time_is_the_whole_batchs(
    data: TrainingData, random_top: Make
) -> None:
    system = registry.parse("systems", {"kind": "bi_encoder", **SYSTEMS["supervised"]})
    batch = next(draw_batches(data, RECIPE, seed=42))
    found = []
    for at_once in (None, 3):
        torch.manual_seed(0)
        model = data.build(system, random_top(layers=2))
        model.at_once = at_once
        losses = registry.module_of(system.objective).begin(system.objective, model)
        ((loss, _),) = losses(batch, torch.Generator().manual_seed(1))
        loss.backward()
        found.append([p.grad for p in model.parameters() if p.grad is not None])
    assert len(found[0]) == len(found[1]) > 20
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_one_text_too_large_for_the_device_is_an_error_with_the_mend(
    data: TrainingData, random_top: Make, small_device: Make
) -> None:
    small_device(0)
    with pytest.raises(InputError, match=r"one text alone .*CUDA out of memory.*max_document"):
        trained(data, random_top())


@pytest.mark.parametrize("kind", SYSTEMS)
def test_bfloat16_trains_near_float32_in_float32_parameters(
    kind: str, data: TrainingData, random_top: Make
) -> None:
    lower = RECIPE.model_copy(update={"precision": "bfloat16"})
    plain, low = (
        trained(data, random_top(), kind=kind, recipe=recipe, learning_rate=1e-3)
        for recipe in (RECIPE, lower)
    )
    assert {parameter.dtype for parameter in low.model.parameters()} == {torch.float32}
    assert not same(plain, low)
    # 8 bits of mantissa: a product is off by 2^-8 of itself
    assert low.curve[0]["loss"] == pytest.approx(plain.curve[0]["loss"], rel=0.05)
    assert low.value == pytest.approx(plain.value, abs=0.15)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("kind", SYSTEMS)
def test_a_gpu_trains_as_the_processor_does(
    kind: str, data: TrainingData, random_top: Make
) -> None:
    plain, there = (
        train(
            data,
            system=registry.parse("systems", {"kind": "bi_encoder", **SYSTEMS[kind]}),
            top=random_top(),
            training=RECIPE,
            learning_rate=1e-3,
            seed=42,
            evaluations=2,
            device=torch.device(device),
            tell=lambda line: None,
        )
        for device in ("cpu", "cuda")
    )
    assert next(there.model.parameters()).device.type == "cuda"
    assert there.curve[0]["loss"] == pytest.approx(plain.curve[0]["loss"], rel=1e-4)


FORMS: list[dict[str, Any]] = [
    {
        "attention": {"kind": "maw", "depths": 2, "projection": {"kind": kind}},
        "router": {"kind": "uniform"},
    }
    for kind in ("full", "diagonal", "low_rank", "split")
] + [
    {"attention": {**MAW, "strength": 0.5}, "router": {"kind": "stat"}},
    {
        "attention": MAW,
        "router": {"kind": "supervised"},
        "objective": {"kind": "supervised", "estimator": "all_depths"},
    },
]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_every_form_of_attention_trains_in_bfloat16_and_with_few_texts_at_a_time(
    form: dict[str, Any], data: TrainingData, random_top: Make, small_device: Make
) -> None:
    small_device(5)
    made = train(
        data,
        system=registry.parse(
            "systems", {"kind": "bi_encoder", "objective": {"kind": "ranking"}, **form}
        ),
        top=random_top(layers=2),
        training=RECIPE.model_copy(update={"precision": "bfloat16"}),
        learning_rate=1e-3,
        seed=42,
        evaluations=1,
        tell=lambda line: None,
        warn=lambda line: None,
    )
    assert made.model.at_once == 4
    assert math.isfinite(made.curve[0]["loss"])
    assert all(parameter.isfinite().all() for parameter in made.model.parameters())
