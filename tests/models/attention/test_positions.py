"""Positions act on every depth's own queries and keys, in every fast form, as written out here."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from literal_cases import KINDS, Case, assert_near, assert_same_gradients, case, weights_of
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from maw.errors import InputError
from maw.models.attention.positions import Disentangled, Positions, Relative, Rotary
from maw.models.attention.statistics import stat_logits
from maw.models.attention.straight_through import ExactGates, Gates

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
    made = Disentangled(
        terms=terms, buckets=buckets, table=table, own=own if name == "own" else None
    )
    return made.double()


def heads(x: Tensor) -> Tensor:
    return x.unflatten(-1, (H, -1)).transpose(-3, -2)


def turned(x: Tensor, scheme: Rotary) -> Tensor:
    """Pairs of features as complex numbers, multiplied by those on the circle."""
    first, second = x.chunk(2, -1)
    angle = torch.arange(x.shape[-2])[:, None] * scheme.get_buffer("frequencies")
    z = torch.complex(first, second) * torch.polar(torch.full_like(angle, scheme.scaling), angle)
    return torch.cat([z.real, z.imag], -1)


def attentions(made: Case, W: Tensor, b: Tensor, part: slice = slice(None)) -> Tensor:
    """One projection's attention [B, H, Lq, Lk], from [W_q; W_k] and its bias."""
    scheme, (_, L, E) = made.attention.positions, made.x.shape

    def project(x: Tensor) -> tuple[Tensor, Tensor]:
        q, k = (x @ W.T + b).split(E, -1)
        return heads(q)[..., part], heads(k)[..., part]

    q, k = project(made.x)
    place = torch.arange(L)
    far = place[:, None] - place  # from key to query
    counts = made.mask[:, None, None, :].expand(-1, H, L, -1)
    if isinstance(scheme, Rotary):
        q, k = turned(q, scheme), turned(k, scheme)
        if scheme.window is not None:
            counts = counts & (far.abs() <= scheme.window) | torch.eye(L, dtype=torch.bool)
    scores = q @ k.transpose(-1, -2)
    terms: tuple[str, ...] = ()
    if isinstance(scheme, Disentangled):
        terms = scheme.terms
        row = scheme.get_buffer("buckets")[far.clamp(-FAR, FAR) + FAR]
        own = dict(scheme.named_parameters())
        of_q, of_k = project(scheme.table)
        if own:
            of_q = heads(scheme.table @ own["query_weight"].T + own["query_bias"])[..., part]
            of_k = heads(scheme.table @ own["key_weight"].T + own["key_bias"])[..., part]
        scores = scores + torch.einsum("bnid,nijd->bnij", q, of_k[:, row])
        if "p2c" in terms:
            scores = scores + torch.einsum("bnjd,nijd->bnij", k, of_q[:, row])
    scores = scores / (q.shape[-1] * (1 + len(terms))) ** 0.5
    if isinstance(scheme, Relative):
        bucket = scheme.get_buffer("buckets")[(-far).clamp(-FAR, FAR) + FAR]
        scores = scores + scheme.table[bucket].permute(2, 0, 1)
    return scores.masked_fill(~counts, float("-inf")).softmax(-1)


def all_attentions(made: Case) -> Tensor:
    """A [B, H, Lq, Lk, D], one depth after the other."""
    W, b = weights_of(made.attention)
    D, h = made.attention.depths, made.x.shape[2] // H
    cut = made.attention.slices > 1
    parts = [slice(d * h // D, (d + 1) * h // D) if cut else slice(None) for d in range(D)]
    return torch.stack([attentions(made, W[d], b[d], parts[d]) for d in range(D)], -1)


def mixed(made: Case, weights: Tensor) -> Tensor:
    """(1 - s) of the standard attention and s of Σ_d g_d A_d V [B, L, E]."""
    attention, D = made.attention, made.attention.depths
    v = heads(made.x @ attention.value.T + attention.value_bias)
    A = all_attentions(made)
    owner = torch.arange(v.shape[-1]) // (v.shape[-1] // attention.slices)
    y = sum(
        weights[:, d, None, None, None]
        * (A[..., d] @ (v * (owner == d) if attention.slices > 1 else v))
        for d in range(D)
    )
    s = attention.strength
    if s < 1:
        name = "standard" if "standard" in attention.learned else "base"
        W, b = attention.learned[name][0], attention.learned[f"{name}_bias"][0]
        y = (1 - s) * (attentions(made, W, b) @ v) + s * y
    return y.transpose(1, 2).reshape(made.x.shape)


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
    """A case with a scheme."""
    draw = data.draw
    D = draw(st.integers(1, 4))
    lengths = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    h = 2 * D if kind == "split" else 4
    made = case(
        lengths,
        [draw(st.integers(0, D - 1)) for _ in lengths],
        H=H,
        h=h,
        D=D,
        seed=draw(st.integers(0, 99)),
        kind=kind,
        strength=draw(st.sampled_from(strengths)),
    )
    made.attention.settle(positions=scheme_of(name, E=H * h))
    return made


def real(made: Case, y: Tensor) -> Tensor:
    """What a window makes of padding is nobody's."""
    return y * made.mask[..., None]


@every_scheme_and_kind
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_each_text_under_its_depth(name: str, kind: str, data: st.DataObject) -> None:
    made = placed(data, name, kind)
    fast = real(made, made.attention(made.x, made.mask, made.depth))
    slow = real(made, mixed(made, made.chosen))
    assert_near(fast, slow)
    assert_same_gradients(made, fast, slow)


@every_scheme_and_kind
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_a_mixture_and_the_exact_straight_through_gradient(
    name: str, kind: str, data: st.DataObject
) -> None:
    made = placed(data, name, kind)
    generator = torch.Generator().manual_seed(1)
    soft = torch.rand(made.chosen.shape, generator=generator).to(made.x).requires_grad_()
    fast, slow = real(made, made.attention(made.x, made.mask, soft)), real(made, mixed(made, soft))
    assert_near(fast, slow)
    assert_same_gradients(made, fast, slow, weights=soft)
    lifted = ExactGates(soft).attend(made.attention, made.x, made.mask, made.depth)
    known = mixed(made, made.chosen + soft - soft.detach())
    assert_near(real(made, lifted), real(made, known))
    assert_same_gradients(made, real(made, lifted), real(made, known), gates=soft)


@every_scheme_and_kind
@given(data=st.data())
@settings(max_examples=8, deadline=None)
def test_what_routers_and_rewards_read(name: str, kind: str, data: st.DataObject) -> None:
    made = placed(data, name, kind, strengths=(1.0,))
    A = all_attentions(made)
    attention, D = made.attention, made.attention.depths
    maps = attention.maps(made.x, made.mask, made.depth)
    pooled = attention.pooled(made.x, made.mask, 3)
    stat = attention.stat_logits(made.x, made.mask)
    for b, n in enumerate(made.lengths):
        inside = A[b, :, :n, :n]
        assert_near(maps[b, :, :n, :n], inside[..., made.depth[b]])
        assert_near(pooled[b], adaptive_avg_pool2d(inside.mean(-1), (3, 3)))
        log = inside.clamp_min(1e-300).log()
        parts = (
            inside.var(2, unbiased=False),
            inside.amax(2),
            inside.square().sum(2),
            -(inside * log).sum(2),
        )
        known = torch.stack([part.mean((0, 1)) for part in parts], -1)  # [D, 4]
        assert known.shape == (D, 4)
        theirs = stat_logits(known[None], strength=1.0)[0]
        torch.testing.assert_close(stat[b], theirs, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", SCHEMES)
def test_two_depths_give_an_unbiased_gradient(name: str) -> None:
    D = 4
    made = case([4, 6, 3], [2, 0, 3], H=H, h=4, D=D, seed=7, strength=0.5)
    made.attention.settle(positions=scheme_of(name, E=H * 4))
    logits = torch.randn(3, D, dtype=torch.float64, requires_grad=True)
    soft = logits.softmax(-1)

    def gradient(y: Tensor) -> Tensor:
        loss = (real(made, y).sin() * torch.linspace(-1, 1, y.numel()).view_as(y)).sum()
        return torch.autograd.grad(loss, logits, retain_graph=True)[0]

    known = gradient(mixed(made, made.chosen + soft - soft.detach()))
    found = []
    for step in range(1, D):
        other = (made.depth + step) % D
        gates = Gates(
            gate=soft.gather(1, made.depth[:, None])[:, 0],
            other=other,
            gate_other=(D - 1) * soft.gather(1, other[:, None])[:, 0],
        )
        found.append(gradient(gates.attend(made.attention, made.x, made.mask, made.depth)))
    torch.testing.assert_close(torch.stack(found).mean(0), known, rtol=0, atol=1e-12)
    assert known.abs().max() > 1e-3


@pytest.mark.parametrize("name", ["both", "c2p"])
def test_distances_are_projected_by_the_depth_itself(name: str) -> None:
    made = case([6], [1], H=H, h=4, D=2, seed=3)
    made.attention.settle(positions=scheme_of(name, E=H * 4))
    before = made.attention.maps(made.x, made.mask, made.depth)
    with torch.no_grad():  # constant for content: only what distances make of it is left
        made.x.zero_()
        E = H * 4
        made.attention.learned["query_key"][1][E:] += 1.0
    after = made.attention.maps(made.x, made.mask, made.depth)
    with torch.no_grad():
        made.attention.learned["query_key"][1][E:] -= 1.0
    undone = made.attention.maps(made.x, made.mask, made.depth)
    assert (after - undone).abs().max() > 1e-3  # x is 0: the change came through the table
    assert not torch.equal(before, undone)


@pytest.mark.parametrize("name", ["rotary", "window"])
def test_heads_that_are_cut_cannot_be_turned(name: str) -> None:
    made = case([3], [0], H=H, h=4, D=2, kind="split")
    with pytest.raises(InputError, match=r"^projection 'split': [^\n]* use full, low_rank or dia"):
        made.attention.settle(positions=scheme_of(name, E=H * 4))
