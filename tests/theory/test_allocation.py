"""The measured memory is that of torch's allocator; views and writes in place take none."""

import pytest
import torch

from maw.theory.allocation import Memory, memory_of
from maw.theory.attentions import LazyMAW

E, H, L = 48, 4, 32


def test_memory_is_counted_while_it_lives_and_only_once() -> None:
    x = torch.zeros(1000)

    def call() -> None:
        y = x + 1  # 4,000 bytes
        y.view(10, 100).mul_(2)  # a view, written in place
        del y
        torch.cat([x, x])  # 8,000 bytes, after the first are gone

    assert memory_of(call) == Memory(largest=2000, peak_bytes=8000)


def test_the_memory_agrees_with_the_allocator(monkeypatch: pytest.MonkeyPatch) -> None:
    from torch.profiler import ProfilerActivity, profile

    # oneDNN packs weights in memory that is no tensor
    monkeypatch.setattr("maw.models.products.library", lambda: "blas")
    layer = LazyMAW(E, H, 6).eval()
    x, mask = torch.randn(3, L, E), torch.ones(3, L, dtype=torch.bool)
    with torch.no_grad():
        layer(x, mask)
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
            layer(x, mask)
    events = [e for e in recorded.profiler.kineto_results.events() if e.name() == "[memory]"]
    live = peak = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        live += event.nbytes()
        peak = max(peak, live)
    # the fused kernel's own workspace is no tensor: the allocator sees it, we do not
    workspace = 2 * L * (E // H + L) * 4
    measured = memory_of(lambda: layer(x, mask)).peak_bytes
    assert measured <= peak <= measured + workspace
