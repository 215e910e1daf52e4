"""Every fast form applies positions to each depth's queries and keys as written out here."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from maw.errors import InputError
from maw.models.attention.positions import Disentangled, Positions, Relative, Rotary
from maw.models.attention.statistics import stat_logits
from maw.models.attention.straight_through import ExactGates, Gates
from tests.models.attention.literal_cases import (
    KINDS,
    Case,
    assert_near,
    assert_same_gradients,
    case,
    weights_of,
)

H, FAR, ROWS = 2, 5, 7  # heads; distances beyond FAR are one; rows of the table
SCHEMES = ("relative", "both", "c2p", "own", "rotary", "window")


def scheme_of(name: str, *, E: int, seed: int = 0) -> Positions:
    drawn = torch.Generator().manual_seed(seed)
    buckets = torch.randint(ROWS, (2 * FAR + 1,), generator=drawn)
    table = torch.randn(ROWS, E, generator=drawn)
    if name == "relative":
        return Relative(buckets=buckets, table=table[:, :H]).double()
    if name in ("rotary", "window"):
        frequencies = torch.rand(E // H // 2, generator=drawn)
        window = 2 if name == "window" else None
        return Rotary(frequencies=frequencies, scaling=1.25, window=window).double()
    own = {
        f"{part}_{kind}": torch.randn(*shape, generator=drawn) / E**0.5
        for part in ("query", "key")
        for kind, shape in (("weight", (E, E)), ("bias", (E,)))
    }
    terms = ("c2p",) if name == "c2p" else ("c2p", "p2c")
    sample = Disentangled(
        terms=terms, buckets=buckets, table=table, own=own if name == "own" else None
    )
    return sample.double()


def heads(x: Tensor) -> Tensor:
    """[..., L, E] -> [..., H, L, h]."""
    split: Tensor = x.unflatten(-1, (H, -1)).transpose(-3, -2)
    return split


def turned(x: Tensor, scheme: Rotary) -> Tensor:
    """Rotate pairs of features as complex numbers, multiplied by numbers on the unit circle."""
    first, second = x.chunk(2, -1)
    angle = torch.arange(x.shape[-2])[:, None] * scheme.get_buffer("frequencies")
    z = torch.complex(first, second) * torch.polar(torch.full_like(angle, scheme.scaling), angle)
    return torch.cat([z.real, z.imag], -1)


def attentions(sample: Case, W: Tensor, b: Tensor, part: slice = slice(None)) -> Tensor:
    """Compute one projection's attention [B, H, L, L] from [W_q; W_k] and its bias."""
    scheme, (_, L, E) = sample.attention.positions, sample.x.shape

    def project(x: Tensor) -> tuple[Tensor, Tensor]:
        q, k = (x @ W.T + b).split(E, -1)
        return heads(q)[..., part], heads(k)[..., part]

    q, k = project(sample.x)
    position = torch.arange(L)
    distance = position[:, None] - position  # from key to query
    counts = sample.mask[:, None, None, :].expand(-1, H, L, -1)
    if isinstance(scheme, Rotary):
        q, k = turned(q, scheme), turned(k, scheme)
        if scheme.window is not None:
            counts = counts & (distance.abs() <= scheme.window) | torch.eye(L, dtype=torch.bool)
    scores = q @ k.transpose(-1, -2)
    terms: tuple[str, ...] = ()
    if isinstance(scheme, Disentangled):
        terms = scheme.terms
        row = scheme.get_buffer("buckets")[distance.clamp(-FAR, FAR) + FAR]
        own = dict(scheme.named_parameters())
        table = scheme.table
        assert table is not None
        of_q, of_k = project(table)
        if own:
            of_q = heads(table @ own["query_weight"].T + own["query_bias"])[..., part]
            of_k = heads(table @ own["key_weight"].T + own["key_bias"])[..., part]
        scores = scores + torch.einsum("bnid,nijd->bnij", q, of_k[:, row])
        if "p2c" in terms:
            scores = scores + torch.einsum("bnjd,nijd->bnij", k, of_q[:, row])
    scores = scores / (q.shape[-1] * (1 + len(terms))) ** 0.5
    if isinstance(scheme, Relative):
        bucket = scheme.get_buffer("buckets")[(-distance).clamp(-FAR, FAR) + FAR]
        scores = scores + scheme.table[bucket].permute(2, 0, 1)
    probabilities: Tensor = scores.masked_fill(~counts, float("-inf")).softmax(-1)
    return probabilities


def all_attentions(sample: Case) -> Tensor:
    """Compute A [B, H, L, L, D], one depth after the other."""
    W, b = weights_of(sample.attention)
    D, h = sample.attention.n_depths, sample.x.shape[2] // H
    cut = sample.attention.n_slices > 1
    parts = [slice(d * h // D, (d + 1) * h // D) if cut else slice(None) for d in range(D)]
    return torch.stack([attentions(sample, W[d], b[d], parts[d]) for d in range(D)], -1)


def mixed(sample: Case, weights: Tensor) -> Tensor:
    """Blend (1 - s) of the standard attention and s of Σ_d g_d A_d V: [B, L, E]."""
    attention, D = sample.attention, sample.attention.n_depths
    v = heads(sample.x @ attention.value.T + attention.value_bias)
    A = all_attentions(sample)
    owner = torch.arange(v.shape[-1]) // (v.shape[-1] // attention.n_slices)
    outputs = [
        weights[:, d, None, None, None]
        * (A[..., d] @ (v * (owner == d) if attention.n_slices > 1 else v))
        for d in range(D)
    ]
    y = torch.stack(outputs).sum(0)
    s = attention.strength
    if s < 1:
        name = "standard" if "standard" in attention.learned else "base"
        W, b = attention.learned[name][0], attention.learned[f"{name}_bias"][0]
        y = (1 - s) * (attentions(sample, W, b) @ v) + s * y
    return y.transpose(1, 2).reshape(sample.x.shape)


every_scheme_and_kind = pytest.mark.parametrize(
    ("name", "kind"),
    [
        (name, kind)
        for name in SCHEMES
        for kind in KINDS
        if kind != "split" or name not in ("rotary", "window")  # heads that turn are not cut
    ],
)


def placed(
    data: st.DataObject, name: str, kind: str, strengths: tuple[float, ...] = (0.0, 0.15, 1.0)
) -> Case:
    """Draw a case whose attention has a scheme."""
    draw = data.draw
    D = draw(st.integers(1, 4))
    lengths = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    h = 2 * D if kind == "split" else 4
    sample = case(
        lengths,
        [draw(st.integers(0, D - 1)) for _ in lengths],
        H=H,
        h=h,
        D=D,
        seed=draw(st.integers(0, 99)),
        kind=kind,
        strength=draw(st.sampled_from(strengths)),
    )
    sample.attention.settle(positions=scheme_of(name, E=H * h))
    return sample


def real(sample: Case, y: Tensor) -> Tensor:
    """Set the outputs of padding to 0: under a window they have no meaning."""
    return y * sample.mask[..., None]


@every_scheme_and_kind
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_each_text_under_its_depth(name: str, kind: str, data: st.DataObject) -> None:
    sample = placed(data, name, kind)
    fast = real(sample, sample.attention(sample.x, sample.mask, sample.depth))
    slow = real(sample, mixed(sample, sample.chosen))
    assert_near(fast, slow)
    assert_same_gradients(sample, fast, slow)


@every_scheme_and_kind
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_a_mixture_and_the_exact_straight_through_gradient(
    name: str, kind: str, data: st.DataObject
) -> None:
    sample = placed(data, name, kind)
    generator = torch.Generator().manual_seed(1)
    soft = torch.rand(sample.chosen.shape, generator=generator).to(sample.x).requires_grad_()
    fast, slow = (
        real(sample, sample.attention(sample.x, sample.mask, soft)),
        real(sample, mixed(sample, soft)),
    )
    assert_near(fast, slow)
    assert_same_gradients(sample, fast, slow, weights=soft)
    lifted = ExactGates(soft).attend(sample.attention, sample.x, sample.mask, sample.depth)
    expected = mixed(sample, sample.chosen + soft - soft.detach())
    assert_near(real(sample, lifted), real(sample, expected))
    assert_same_gradients(sample, real(sample, lifted), real(sample, expected), gates=soft)


@every_scheme_and_kind
@given(data=st.data())
@settings(max_examples=8, deadline=None)
def test_what_routers_and_rewards_read(name: str, kind: str, data: st.DataObject) -> None:
    sample = placed(data, name, kind, strengths=(1.0,))
    A = all_attentions(sample)
    attention, D = sample.attention, sample.attention.n_depths
    maps = attention.maps(sample.x, sample.mask, sample.depth)
    pooled = attention.pooled(sample.x, sample.mask, 3)
    stat = attention.statistics(sample.x, sample.mask).logits
    for b, n in enumerate(sample.lengths):
        inside = A[b, :, :n, :n]
        assert_near(maps[b, :, :n, :n], inside[..., sample.depth[b]])
        assert_near(pooled[b], adaptive_avg_pool2d(inside.mean(-1), (3, 3)))
        log = inside.clamp_min(1e-300).log()
        parts = (
            inside.var(2, unbiased=False),
            inside.amax(2),
            inside.square().sum(2),
            -(inside * log).sum(2),
        )
        expected = torch.stack([part.mean((0, 1)) for part in parts], -1)  # [D, 4]
        assert expected.shape == (D, 4)
        known_logits = stat_logits(expected[None], strength=1.0)[0]
        torch.testing.assert_close(stat[b], known_logits, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", SCHEMES)
def test_two_depths_give_an_unbiased_gradient(name: str) -> None:
    D = 4
    sample = case([4, 6, 3], [2, 0, 3], H=H, h=4, D=D, seed=7, strength=0.5)
    sample.attention.settle(positions=scheme_of(name, E=H * 4))
    logits = torch.randn(3, D, dtype=torch.float64, requires_grad=True)
    soft = logits.softmax(-1)

    def gradient(y: Tensor) -> Tensor:
        loss = (real(sample, y).sin() * torch.linspace(-1, 1, y.numel()).view_as(y)).sum()
        return torch.autograd.grad(loss, logits, retain_graph=True)[0]

    expected = gradient(mixed(sample, sample.chosen + soft - soft.detach()))
    actual = []
    for step in range(1, D):
        other = (sample.depth + step) % D
        gates = Gates(
            gate=soft.gather(1, sample.depth[:, None])[:, 0],
            other=other,
            gate_other=(D - 1) * soft.gather(1, other[:, None])[:, 0],
        )
        actual.append(gradient(gates.attend(sample.attention, sample.x, sample.mask, sample.depth)))
    torch.testing.assert_close(torch.stack(actual).mean(0), expected, rtol=0, atol=1e-12)
    assert expected.abs().max() > 1e-3


@pytest.mark.parametrize("name", ["both", "c2p"])
def test_distances_are_projected_by_the_depth_itself(name: str) -> None:
    sample = case([6], [1], H=H, h=4, D=2, seed=3)
    sample.attention.settle(positions=scheme_of(name, E=H * 4))
    before = sample.attention.maps(sample.x, sample.mask, sample.depth)
    with torch.no_grad():  # constant for content: only what distances make of it is left
        sample.x.zero_()
        E = H * 4
        sample.attention.learned["query_key"][1][E:] += 1.0
    after = sample.attention.maps(sample.x, sample.mask, sample.depth)
    with torch.no_grad():
        sample.attention.learned["query_key"][1][E:] -= 1.0
    undone = sample.attention.maps(sample.x, sample.mask, sample.depth)
    assert (after - undone).abs().max() > 1e-3  # x is 0: the change came through the table
    assert not torch.equal(before, undone)


@pytest.mark.parametrize("name", ["rotary", "window"])
def test_heads_that_are_cut_cannot_be_turned(name: str) -> None:
    sample = case([3], [0], H=H, h=4, D=2, kind="split")
    with pytest.raises(InputError, match=r"^projection 'split': [^\n]* use full, low_rank or dia"):
        sample.attention.settle(positions=scheme_of(name, E=H * 4))
