"""Each of the source's statements, held against numbers."""

from collections.abc import Callable

import numpy as np
import pytest
from typer.testing import CliRunner

from maw.cli import app
from maw.models.encoders.bi_encoder import BiEncoder
from maw.theory.analysis import BOUNDS, SETTINGS, MAWTheoreticalAnalysis, source_complexity
from maw.theory.attentions import KINDS, AttentionConfig, Kind

ANALYSIS = MAWTheoreticalAnalysis()


def test_theorem_1_is_violated_by_every_draw_at_many_depths() -> None:
    assert ANALYSIS.theorem_1_trial(depths=128).violations == 200
    assert ANALYSIS.counterexample().left > ANALYSIS.counterexample().right == 0


def test_where_theorem_1_holds_it_is_vacuous() -> None:
    trial = ANALYSIS.theorem_1_trial(depths=1, standard=1.0)
    assert trial.violations == 0
    assert trial.looseness > 100


def test_the_root_of_depths_is_true_of_a_mean_around_its_expectation() -> None:
    deviations = ANALYSIS.mean_of_depths((1, 16, 256), draws=60)
    slope = np.polyfit(np.log([1, 16, 256]), np.log(deviations), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.05)


def test_no_bound_is_violated_and_the_table_is_whole() -> None:
    table = ANALYSIS.tightness(draws=40)
    assert len(table) == len(BOUNDS) * len(SETTINGS)
    assert {row.violations for row in table} == {0}
    assert all(0 < row.median <= row.largest <= 1 + 1e-9 for row in table)
    local = {row.setting.name: row.largest for row in table if row.bound.startswith("(3)")}
    assert local["small entries, depths near"] > 0.87


def test_all_depths_cost_about_five_times_and_one_depth_costs_one() -> None:
    # MODEL.md: streamed 5.0× at L = 128 and 5.9× at 512, D = 8, 384 wide; lazy 1.0×
    kinds: tuple[Kind, ...] = ("standard", "maw_lazy", "maw_streamed")
    configs = [AttentionConfig(kind) for kind in kinds]
    costs = {(c.kind, c.length): c for c in ANALYSIS.complexity((128, 512), configs=configs)}
    assert costs["maw_streamed", 128].ratio == pytest.approx(5.0, abs=0.05)
    assert costs["maw_streamed", 512].ratio == pytest.approx(5.9, abs=0.05)
    assert costs["maw_lazy", 512].ratio == pytest.approx(1.0, abs=0.005)


def test_a_ratio_is_to_standard_attention_of_the_same_shape_listed_or_not() -> None:
    narrow, wide = (AttentionConfig("maw_lazy", hidden=n, heads=4) for n in (48, 96))
    for cost in ANALYSIS.complexity((32,), configs=[narrow, wide]):
        assert cost.ratio == pytest.approx(1.0, abs=0.01)


def test_the_naive_form_costs_what_the_source_does_not_count() -> None:
    shape = {"hidden": 48, "heads": 4, "n_depths": 8, "length": 64}
    configs = [AttentionConfig(kind, **shape) for kind in KINDS]
    ratios = {c.kind: c.ratio for c in ANALYSIS.complexity((64,), configs=configs)}
    assert ratios["maw_naive"] > 4 > 2.1
    assert ratios["multi_query"] < ratios["grouped_query"] <= 1


def test_the_sources_own_numbers_are_one_head_without_projections() -> None:
    # L = 512, D = 8, head size 64: 16.8 M and 33.6 M operations
    config = AttentionConfig("maw_naive", hidden=768, heads=12, n_depths=8, length=512)
    assert source_complexity(config) == (16_777_216, 33_554_432)


def test_the_rank_of_what_a_layer_learned(random_encoder: Callable[..., BiEncoder]) -> None:
    copies = ANALYSIS.effective_rank(random_encoder(depths=6, noise=0.0).first)
    noisy = ANALYSIS.effective_rank(random_encoder(depths=6, noise=0.05).first)
    assert (copies.n_depths, copies.effective_rank) == (6, 0)
    assert 4 < noisy.effective_rank <= 5  # noise alone: all but full, so the size stands beside it
    assert 0.03 < noisy.relative_size < 0.06


def test_no_statement_of_the_source_holds_and_each_says_what_does() -> None:
    statements = ANALYSIS.statements()
    assert [s.name for s in statements] == ["Theorem 1", "Theorem 2", "Complexity", "Convergence"]
    assert not any(s.holds for s in statements)
    assert all(s.says and s.instead for s in statements)


def test_the_command_prints_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maw.commands.theory.LENGTHS", (16,))
    output = CliRunner().invoke(app, ["theory", "--draws", "5"], catch_exceptions=False).output
    assert "Theorem 1, counterexample: left 0.7616, right 0" in output
    assert "D = 128, Q and K of size 0.1: violated 200 times in 200" in output
    for name in (*BOUNDS, *KINDS):
        assert name in output
