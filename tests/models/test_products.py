"""Products by oneDNN equal torch's own; a probe decides, and attention is never sent there."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from maw.errors import InputError
from maw.models import products
from maw.models.grouped import grouped_linear
from maw.models.products import FEW_ROWS, Linear, LinearLayers, is_sent, library, linear, sent

Library = Callable[[str], None]
where_exact = pytest.mark.skipif(
    not products._is_exact(), reason="oneDNN rounds float32 products on this processor"
)


@pytest.fixture
def set_library(monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """(name) -> that library computes all large products of the test."""

    def set_to(name: str) -> None:
        monkeypatch.setenv("MAW_PRODUCTS", name)
        library.cache_clear()

    yield set_to
    library.cache_clear()


def drawn(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator).requires_grad_()


@where_exact
@given(st.integers(1, 5), st.integers(1, 40), st.booleans(), st.sampled_from([8, 33]))
@settings(max_examples=30, deadline=None)
def test_outputs_and_gradients_are_those_of_torchs_linear(
    B: int, L: int, biased: bool, n_outputs: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "library", lambda: "onednn")
        patch.setattr(products, "FEW_ROWS", 48)
        x, weight = drawn(B, L, 24), drawn(n_outputs, 24, seed=1)
        bias = drawn(n_outputs, seed=2) if biased else None
        leaves = [x, weight] if bias is None else [x, weight, bias]
        y = linear(x, weight, bias)
        gradients = torch.autograd.grad(y.sin().sum(), leaves)
    doubles = [leaf.detach().double().requires_grad_() for leaf in leaves]
    expected = functional.linear(doubles[0], doubles[1], doubles[2] if biased else None)
    expected_gradients = torch.autograd.grad(expected.sin().sum(), doubles)
    torch.testing.assert_close(y.double(), expected, rtol=0, atol=2e-5)
    for a, b in zip(gradients, expected_gradients, strict=True):
        torch.testing.assert_close(a.double(), b, rtol=0, atol=2e-4)


@where_exact
def test_second_derivatives_are_those_of_torchs_linear(set_library: Library) -> None:
    set_library("onednn")
    x, weight = drawn(FEW_ROWS, 8), drawn(8, 8, seed=1)

    def second(function: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
        (first,) = torch.autograd.grad(function(x, weight).sin().sum(), x, create_graph=True)
        return torch.autograd.grad(first.square().sum(), weight)[0]

    torch.testing.assert_close(second(linear), second(functional.linear), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("name", ["onednn", "blas"])
def test_a_grouped_product_is_that_of_a_linear_layer_to_the_bit(
    name: str, set_library: Library
) -> None:
    set_library(name)
    x, weights, biases = drawn(4, 70, 16), [drawn(24, 16, seed=1)], [drawn(24, seed=2)]
    grouped = grouped_linear(x, torch.zeros(4, dtype=torch.int64), weights, biases)
    assert torch.equal(grouped, linear(x, weights[0], biases[0]))


@pytest.mark.parametrize("name", ["onednn", "blas"])
def test_the_environment_decides(name: str, set_library: Library) -> None:
    set_library(name)
    assert library() == name
    assert is_sent(torch.zeros(FEW_ROWS, 4)) == (name == "onednn")


def test_an_unknown_library_is_an_error(set_library: Library) -> None:
    set_library("mkl")
    with pytest.raises(InputError, match="MAW_PRODUCTS=mkl: unknown library; set onednn or blas"):
        library()


def test_few_rows_other_types_and_autocast_are_torchs_own(set_library: Library) -> None:
    set_library("onednn")
    x = torch.zeros(2, FEW_ROWS // 2, 4)
    assert is_sent(x)
    assert not is_sent(x[:1])
    assert not is_sent(x.double())
    assert not is_sent(x.bfloat16())
    assert not is_sent(x.to("meta"))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert not is_sent(x)


def test_the_probe_refuses_a_library_that_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    matmul = Tensor.__matmul__

    def rounded(a: Tensor, b: Tensor) -> Tensor:
        if products._precision.fp32_precision == products.SENT:
            return matmul(a.bfloat16(), b.bfloat16()).float()
        return matmul(a, b)

    monkeypatch.setattr(Tensor, "__matmul__", rounded)
    assert not products._is_exact()


@pytest.mark.parametrize(("onednn", "blas", "expected"), [(1, 2, True), (9, 10, False)])
def test_the_probe_refuses_a_library_that_is_hardly_faster(
    onednn: int, blas: int, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 0

    def tick() -> float:
        nonlocal clock
        is_on = products._precision.fp32_precision == products.SENT
        clock += onednn if is_on else blas
        return clock

    monkeypatch.setattr("maw.models.products.time.perf_counter", tick)
    assert products._is_fast() == expected


def test_the_setting_is_as_before_after_a_product_and_after_an_error() -> None:
    before = products._precision.fp32_precision
    with sent(True):
        assert products._precision.fp32_precision == products.SENT
        with sent(True):
            pass
        assert products._precision.fp32_precision == products.SENT
    assert products._precision.fp32_precision == before
    with pytest.raises(RuntimeError), sent(True):
        torch.zeros(2, 3) @ torch.zeros(2, 3)
    assert products._precision.fp32_precision == before
    with sent(False):
        assert products._precision.fp32_precision == before


@where_exact
def test_linear_layers_of_other_packages_are_sent_and_attention_is_not(
    set_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_library("onednn")
    calls: list[str] = []
    torchs = functional.scaled_dot_product_attention
    apply: Any = products._Linear.apply

    def attention(*arguments: Any) -> Any:
        assert products._precision.fp32_precision != products.SENT
        calls.append("attention")
        return torchs(*arguments)

    def product(*arguments: Any) -> Any:
        calls.append("product")
        return apply(*arguments)

    monkeypatch.setattr(functional, "scaled_dot_product_attention", attention)
    monkeypatch.setattr(products._Linear, "apply", product)
    layer, x = torch.nn.Linear(8, 8), torch.randn(1, FEW_ROWS, 8)
    expected = layer(x)
    assert calls == []
    with LinearLayers():
        y = layer(x)
        functional.scaled_dot_product_attention(y, y, y)
    assert calls == ["product", "attention"]
    torch.testing.assert_close(y, expected)


def test_our_linear_layer_has_torchs_parameters() -> None:
    ours, torchs = Linear(3, 2), torch.nn.Linear(3, 2)
    ours.load_state_dict(torchs.state_dict())
    x = torch.randn(5, 3)
    assert torch.equal(ours(x), torchs(x))
