"""The same verdict from every form of the same runs; a frozen result that prints nothing."""

import dataclasses
import random
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import ir_measures
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import maw
from maw.comparison import Comparison
from maw.errors import InputError
from maw.settings.plan import Analysis
from maw.significance import crossed

Q, DEPTH = 24, 20
MEASURES = ["nDCG@10", "AP"]
Nested = dict[str, dict[str, float]]


def qrels() -> dict[str, dict[str, int]]:
    return {str(q): {f"d{d}": 1 for d in range(q % 4 + 1)} for q in range(1, Q + 1)}


def ranking(quality: float, *, seed: int) -> Nested:
    """quality: how much a relevant document is lifted."""
    generator = np.random.default_rng(seed)
    judged = qrels()
    return {
        q: {
            f"d{d}": float(np.round(generator.normal() + quality * (f"d{d}" in judged[q]), 6))
            for d in range(DEPTH)
        }
        for q in judged
    }


WEAK, STRONG = ranking(0.3, seed=1), ranking(1.8, seed=2)
SEEDED = [ranking(1.2, seed=seed) for seed in range(10, 15)]


def lines(run: Nested) -> list[str]:
    return [f"{q} Q0 {d} 0 {score!r} t" for q, ds in run.items() for d, score in ds.items()]


def frame(run: Nested) -> pd.DataFrame:
    rows = [(q, d, score) for q, ds in run.items() for d, score in ds.items()]
    return pd.DataFrame(rows, columns=["query_id", "doc_id", "score"])


class RanxLike:
    """ranx's Run and Qrels, as far as they are used: `to_dict` and a name."""

    def __init__(self, content: dict) -> None:
        self.name, self._content = "x", content

    def to_dict(self) -> dict:
        return self._content


def written(run: Nested, path: Path) -> Path:
    path.write_text("\n".join(lines(run)) + "\n")
    return path


def as_scored(run: Nested) -> list[ir_measures.ScoredDoc]:
    return [ir_measures.ScoredDoc(q, d, s) for q, ds in run.items() for d, s in ds.items()]


FORMS = {
    "nested dict": lambda run, path: run,
    "frame": lambda run, path: frame(run),
    "frame of PyTerrier": lambda run, path: frame(run).rename(
        columns={"query_id": "qid", "doc_id": "docno"}
    ),
    "ScoredDocs": lambda run, path: as_scored(run),
    "generator": lambda run, path: iter(as_scored(run)),
    "ranx": lambda run, path: RanxLike(run),
    "path": written,
    "str": lambda run, path: str(written(run, path)),
    "numbers as ids": lambda run, path: frame(run).astype({"query_id": int}),
}


@pytest.fixture(scope="module")
def known() -> Comparison:
    return maw.compare({"weak": WEAK, "strong": STRONG}, qrels(), measures=MEASURES, sesoi=0.01)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_run_gives_the_same_numbers(
    known: Comparison, tmp_path: Path, form: str
) -> None:
    runs = {
        name: FORMS[form](run, tmp_path / f"{name}.run")
        for name, run in (("weak", WEAK), ("strong", STRONG))
    }
    found = maw.compare(runs, qrels(), measures=MEASURES, sesoi=0.01)
    pd.testing.assert_frame_equal(found.to_frame(), known.to_frame())


def test_every_form_of_judgements_gives_the_same_numbers(known: Comparison, tmp_path: Path) -> None:
    rows = [(q, d, g) for q, ds in qrels().items() for d, g in ds.items()]
    path = tmp_path / "q.txt"
    path.write_text("".join(f"{q} 0 {d} {g}\n" for q, d, g in rows))
    table = pd.DataFrame(rows, columns=["query_id", "doc_id", "relevance"])
    for form in (
        path,
        table,
        table.rename(columns={"query_id": "qid", "doc_id": "docno", "relevance": "label"}),
        [ir_measures.Qrel(*row) for row in rows],
        RanxLike(qrels()),
    ):
        found = maw.compare(
            {"weak": WEAK, "strong": STRONG}, form, measures=MEASURES, dataset="topics", sesoi=0.01
        )
        pd.testing.assert_frame_equal(found.to_frame(), known.to_frame())


def test_per_topic_scores_need_no_judgements(known: Comparison) -> None:
    scores = known.scores.sort_values("system", ascending=False)  # weak, the baseline, first
    pyterrier = scores.rename(columns={"system": "name", "query_id": "qid"})
    pyterrier = pyterrier[["name", "qid", "measure", "value"]]
    matrix = scores[scores["measure"] == "nDCG@10"].pivot(
        index="query_id", columns="system", values="value"
    )[["weak", "strong"]]
    for table in (scores, pyterrier):
        found = maw.compare(table, sesoi=0.01)
        pd.testing.assert_frame_equal(found.to_frame(), known.to_frame())
    (verdict,) = maw.compare(matrix, measures="nDCG@10", sesoi=0.01).verdicts
    assert (verdict.system, verdict.baseline) == ("strong", "weak")
    # another family of tests, but the same contrast
    assert verdict.difference == pytest.approx(known.verdicts[0].difference, abs=1e-15)
    (unnamed,) = maw.compare(matrix).verdicts
    assert unnamed.measure == "score"


def test_several_seeds_are_judged_as_a_procedure() -> None:
    found = maw.compare({"weak": WEAK, "trained": SEEDED}, qrels(), measures=MEASURES)
    (verdict,) = found.verdicts
    table = found.scores[found.scores["measure"] == "nDCG@10"]
    a, b = (
        table[table["system"] == name].pivot(index="query_id", columns="seed", values="value")
        for name in ("trained", "weak")
    )
    assert verdict.estimand == "E2"
    assert verdict.p == pytest.approx(crossed(a, b).pvalue)
    assert found.trained == {"trained": True, "weak": False}
    singles = next(notice for notice in found.warnings if notice.code == "single-runs")
    assert singles.count == 1  # only the weak one is taken as fixed


def test_single_runs_are_fixed_unless_a_plan_declares_them_trained() -> None:
    runs = {"weak": WEAK, "strong": STRONG}
    fixed = maw.compare(runs, qrels(), measures=MEASURES)
    assert (fixed.verdicts[0].estimand, fixed.verdicts[0].verdict) == ("E1", "better")
    (notice,) = (n for n in fixed.warnings if n.code == "single-runs")
    assert "nothing is known about training them again" in notice.text
    plan = {"contrasts": [{"system": "strong", "baseline": "weak"}], "trained": ["strong"]}
    (verdict,) = maw.compare(runs, qrels(), plan=plan, measures=MEASURES).verdicts
    assert verdict.verdict == "not estimable"


def test_linked_seeds_are_tested_on_their_differences() -> None:
    other = [ranking(1.2, seed=seed) for seed in range(30, 35)]
    contrast = {"system": "x", "baseline": "y", "seeds": "linked", "reason": "x starts from y"}
    found = maw.compare({"x": SEEDED, "y": other}, qrels(), plan={"contrasts": [contrast]})
    table = found.scores[found.scores["measure"] == "nDCG@10"]
    a, b = (
        table[table["system"] == name].pivot(index="query_id", columns="seed", values="value")
        for name in "xy"
    )
    # STATISTICS.md, linked: the same with mean squares of d[q, s]
    d = (a - b).to_numpy()
    known = crossed(d, np.zeros((Q, 1)))
    row = found.to_frame().iloc[0]
    assert (row["p"], row["df"]) == pytest.approx((known.pvalue, known.df))
    assert row["var_seed"] == pytest.approx(known.components.a.seed)
    assert np.isnan(row["var_seed_baseline"])
    assert "linked" in row["note"]
    with pytest.raises(InputError, match="linked seeds, but on topics seeds"):
        maw.compare({"x": SEEDED, "y": other[1:]}, qrels(), plan={"contrasts": [contrast]})


def test_clusters_are_the_unit_where_they_are_given() -> None:
    clusters = {str(q): q % 6 for q in range(1, Q + 1)}
    found = maw.compare({"weak": WEAK, "strong": STRONG}, qrels(), clusters=clusters)
    assert found.to_frame()["n_clusters"].tolist() == [6] * 5


def test_the_result_is_frozen_and_copies_what_it_hands_out(known: Comparison) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        known.plan = None  # type: ignore[misc, assignment]
    with pytest.raises(dataclasses.FrozenInstanceError):
        known.verdicts[0].p = 0.0  # type: ignore[misc]
    copy = known.to_frame()
    copy["p"] = 0.5
    assert (known.to_frame()["p"] != 0.5).all()


def test_it_shows_itself_and_writes_and_prints_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    found = maw.compare({"<b>weak": WEAK, "strong": STRONG}, qrels(), measures=MEASURES)
    page, cell = found.to_html(), found._repr_html_()
    assert page.count("<svg") == 2
    assert "<script" not in page
    for html in (page, cell):
        assert "&lt;b&gt;weak" in html
        assert "<b>weak" not in html
        assert all(str(notice.text)[:30] in html for notice in found.warnings)
    assert r"\begin{table" in found.to_latex()
    assert found.plot().to_dict()["layer"]
    assert "strong against <b>weak on topics: better" in repr(found)
    assert not list(tmp_path.iterdir())
    assert capsys.readouterr() == ("", "")


def test_systems_that_no_contrast_names_are_told() -> None:
    plan = Analysis.checked(
        {"contrasts": [{"system": "strong", "baseline": "weak"}]}, source="test"
    )
    found = maw.compare({"weak": WEAK, "strong": STRONG, "x": SEEDED[0]}, qrels(), plan=plan)
    (notice,) = (n for n in found.warnings if n.code == "not-planned")
    assert (notice.count, "'x'" in notice.text) == (1, True)
    assert len(found.verdicts) == 1


def test_a_baseline_may_be_named_and_a_margin_stated() -> None:
    runs = {"weak": WEAK, "strong": STRONG}
    (verdict,) = maw.compare(runs, qrels(), baseline="strong", measures=MEASURES).verdicts
    assert (verdict.system, verdict.verdict) == ("weak", "worse")
    assert any(n.code == "no-sesoi" for n in maw.compare(runs, qrels()).warnings)
    twin = maw.compare({"weak": WEAK, "twin": WEAK}, qrels(), sesoi=0.01)
    assert twin.verdicts[0].verdict == "equivalent"
    assert not any(n.code == "no-sesoi" for n in twin.warnings)


Foreign = namedtuple("Foreign", "a b")


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (({"a": WEAK},), {}, r"only one system \('a'\): nothing to compare it with"),
        (({"a": WEAK, "b": []},), {}, r"runs\['b'\]: is an empty list; give a run per seed"),
        (({},), {}, "runs: is empty; give at least two systems"),
        (([],), {}, "no runs given; name at least two files"),
        ((7,), {}, "runs: is a int; expected {system: run}"),
        (({"a": WEAK, "b": 7},), {}, r"runs\['b'\]: is a int; expected a path"),
        (({"a": WEAK, "b": {"1": 2.0}},), {}, r"runs\['b'\]\['1'\]: is a float; expected a dict"),
        (({"a": WEAK, "b": iter([Foreign(1, 2)])},), {}, r"runs\['b'\]\[0\]: is a Foreign"),
        (({"a": WEAK, "b": {"1": {"d": float("nan")}}},), {}, r"runs\['b'\]: row 0: score nan"),
        (({"a": WEAK, "b": frame(WEAK).drop(columns="score")},), {}, "has columns query_id, doc"),
        (({"a": WEAK, "b": STRONG},), {"qrels": None}, "qrels are missing"),
        (({"a": WEAK, "b": STRONG},), {"qrels": 7}, "qrels: is a int; expected a path"),
        (({"a": WEAK, "b": STRONG},), {"qrels": frame(WEAK).drop(columns="score")},
         "qrels: lacks column 'relevance'"),
        (({"a": WEAK, "b": STRONG},), {"qrels": {"1": {"d1": 1}}}, "only one topic"),
        (({"a": WEAK, "b": STRONG},), {"baseline": "c"}, "baseline: unknown system 'c'"),
        (({"a": WEAK, "b": STRONG},), {"measures": ["ndcg@10"]}, "did you mean 'nDCG@10'"),
        (({"a": WEAK, "b": STRONG},), {"alpha": 2}, "options.alpha: Input should be less than 1"),
        (({"a": WEAK, "b": STRONG},), {"plan": {"contrast": []}}, "plan.contrast.*"),
        (({"a": WEAK, "b": STRONG},), {"plan": {"contrasts": []}, "sesoi": 0.1},
         "sesoi: the plan states it; leave the option out"),
        (({"a": WEAK, "b": STRONG},),
         {"plan": {"contrasts": [{"system": "c", "baseline": "a"}]}}, "unknown system 'c'"),
        (({"a": WEAK, "b": STRONG},), {"plan": {"contrasts": [], "trained": ["c"]}},
         "analysis.trained: unknown system 'c'"),
        (({"a": WEAK, "b": STRONG},), {"clusters": {"1": "x"}}, "query 10 has no cluster"),
        ((pd.DataFrame({"a": [0.1, np.nan], "b": [0.2, 0.3]}),), {"qrels": None},
         "runs: the matrix has cells that are no finite number"),
        ((pd.DataFrame([[0.1, 0.2]], columns=["a", "a"]),), {"qrels": None},
         "runs: system 'a' is there twice"),
        ((pd.DataFrame({"a": [0.1, 0.2], "b": [0.2, 0.3]}),), {}, "these are scores already"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_place_and_mend(arguments, options, message: str) -> None:
    options = {"qrels": qrels(), **options}
    with pytest.raises(InputError, match=message) as raised:
        maw.compare(*arguments, **options)
    assert "\n" not in str(raised.value)


def test_runs_and_scores_do_not_mix(tmp_path: Path, known: Comparison) -> None:
    known.scores.to_parquet(tmp_path / "s.parquet")
    written(WEAK, tmp_path / "a.run")
    with pytest.raises(InputError, match="runs and score tables cannot be compared"):
        maw.compare([tmp_path / "a.run", tmp_path / "s.parquet"], qrels())
    with pytest.raises(InputError, match=r"runs\['x'\]: is a table of scores; give it alone"):
        maw.compare({"x": tmp_path / "s.parquet"}, qrels())


@settings(max_examples=5, deadline=None)
@given(order=st.randoms(use_true_random=False))
def test_results_do_not_depend_on_the_order_of_lines_or_files(
    tmp_path_factory: pytest.TempPathFactory, order: random.Random
) -> None:
    folder = tmp_path_factory.mktemp("runs")
    runs = {"weak": WEAK, "strong": STRONG, "other": SEEDED[0]}
    names = list(runs)
    order.shuffle(names)
    for name in names:
        shuffled = lines(runs[name])
        order.shuffle(shuffled)
        (folder / f"{name}.run").write_text("\n".join(shuffled))
    found = maw.compare(
        [folder / f"{name}.run" for name in names], qrels(), baseline="weak", measures=MEASURES
    )
    known = maw.compare(runs, qrels(), baseline="weak", measures=MEASURES)
    pd.testing.assert_frame_equal(found.to_frame(), known.to_frame())
    pd.testing.assert_frame_equal(found.leaderboard, known.leaderboard)
    assert found.scores_digest == known.scores_digest
    assert found.plan.digest() == known.plan.digest()


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=80))
def test_any_file_gives_a_comparison_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "b.run"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"^[^\n]*$"):
        maw.compare({"a": WEAK, "b": path}, qrels())


def test_importing_maw_costs_nothing_and_comparing_never_imports_torch() -> None:
    code = (
        "import sys, maw; assert not {'numpy', 'pandas'} & set(sys.modules); "
        "maw.compare({'a': {'1': {'d': 1.}, '2': {'d': 1.}}, 'b': {'1': {'e': 1.}, '2': {'d': 2.}}}"
        ", {'1': {'d': 1}, '2': {'e': 1}}).to_html(); print('torch' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
    with pytest.raises(AttributeError, match="no attribute 'compares'"):
        maw.compares  # noqa: B018
