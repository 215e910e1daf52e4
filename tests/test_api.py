"""`maw.compare` gives the same verdict for every form of the same runs, and never imports torch."""

import random
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ir_measures
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import maw
from maw.comparison import Comparison
from maw.errors import InputError
from tests.small_rankings import (
    MEASURES,
    SEEDED,
    STRONG,
    WEAK,
    Nested,
    frame,
    lines,
    small_qrels,
    written,
)

ROOT = Path(__file__).parents[1]


class RanxLike:
    """An object with what is used of ranx's Run and Qrels: `to_dict` and a name."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.name, self._content = "x", content

    def to_dict(self) -> dict[str, Any]:
        return self._content


def as_scored(run: Nested) -> list[ir_measures.ScoredDoc]:
    return [ir_measures.ScoredDoc(q, d, s) for q, ds in run.items() for d, s in ds.items()]


FORMS: dict[str, Callable[[Nested, Path], object]] = {
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
    """The comparison of two nested dicts."""
    runs = {"weak": WEAK, "strong": STRONG}
    return maw.compare(runs, small_qrels(), measures=MEASURES, sesoi=0.01)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_run_gives_the_same_numbers(
    known: Comparison, tmp_path: Path, form: str
) -> None:
    runs = {
        name: FORMS[form](run, tmp_path / f"{name}.run")
        for name, run in (("weak", WEAK), ("strong", STRONG))
    }
    comparison = maw.compare(runs, small_qrels(), measures=MEASURES, sesoi=0.01)
    pd.testing.assert_frame_equal(comparison.to_frame(), known.to_frame())


def test_every_form_of_judgements_gives_the_same_numbers(known: Comparison, tmp_path: Path) -> None:
    rows = [(q, d, g) for q, ds in small_qrels().items() for d, g in ds.items()]
    path = tmp_path / "q.txt"
    path.write_text("".join(f"{q} 0 {d} {g}\n" for q, d, g in rows))
    table = pd.DataFrame(rows, columns=["query_id", "doc_id", "relevance"])
    for form in (
        path,
        table,
        table.rename(columns={"query_id": "qid", "doc_id": "docno", "relevance": "label"}),
        [ir_measures.Qrel(*row) for row in rows],
        RanxLike(small_qrels()),
    ):
        comparison = maw.compare(
            {"weak": WEAK, "strong": STRONG}, form, measures=MEASURES, dataset="topics", sesoi=0.01
        )
        pd.testing.assert_frame_equal(comparison.to_frame(), known.to_frame())


def test_per_topic_scores_need_no_judgements(known: Comparison) -> None:
    scores = known.scores.sort_values("system", ascending=False)  # weak, the baseline, first
    pyterrier = scores.rename(columns={"system": "name", "query_id": "qid"})
    pyterrier = pyterrier[["name", "qid", "measure", "value"]]
    matrix = scores[scores["measure"] == "nDCG@10"].pivot(
        index="query_id", columns="system", values="value"
    )[["weak", "strong"]]
    for table in (scores, pyterrier):
        comparison = maw.compare(table, sesoi=0.01)
        pd.testing.assert_frame_equal(comparison.to_frame(), known.to_frame())
    (verdict,) = maw.compare(matrix, measures="nDCG@10", sesoi=0.01).verdicts
    assert (verdict.system, verdict.controls) == ("strong", ("weak",))
    # another family of tests, but the same contrast
    assert verdict.estimate == pytest.approx(known.verdicts[0].estimate, abs=1e-15)
    (unnamed,) = maw.compare(matrix).verdicts
    assert unnamed.measure == "score"


def test_a_plan_names_the_measure_of_a_matrix_and_adds_its_own_to_the_defaults() -> None:
    plan = {"contrasts": [{"system": "b", "baseline": "a"}], "primary": "nDCG@5"}
    matrix = pd.DataFrame({"a": [0.1, 0.2, 0.3], "b": [0.2, 0.3, 0.5]})
    assert maw.compare(matrix, plan=plan).measures == ("nDCG@5",)
    runs = {"a": WEAK, "b": STRONG}
    measures = ("nDCG@5", "nDCG@10", "RR@10", "Success@10", "AP", "R@1000")
    assert maw.compare(runs, small_qrels(), plan=plan).measures == measures


def test_a_baseline_may_be_named_and_a_margin_stated() -> None:
    runs = {"weak": WEAK, "strong": STRONG}
    (verdict,) = maw.compare(runs, small_qrels(), baseline="strong", measures=MEASURES).verdicts
    assert (verdict.system, verdict.word) == ("weak", "refuted")
    assert verdict.loses_to == ("strong",)
    assert any(n.code == "no-sesoi" for n in maw.compare(runs, small_qrels()).warnings)
    twin = maw.compare({"weak": WEAK, "twin": WEAK}, small_qrels(), sesoi=0.01)
    # 24 tied topics bound the difference only by 1 − .05^{1/24} = .117
    assert twin.verdicts[0].word == "inconclusive"
    assert twin.verdicts[0].equivalence_high == pytest.approx(1 - 0.05 ** (1 / 24))
    assert "the systems never differ" in twin.verdicts[0].note
    assert not any(n.code == "no-sesoi" for n in twin.warnings)


def test_a_baseline_may_be_named_by_its_file(tmp_path: Path) -> None:
    paths = [written(run, tmp_path / f"{name}.run") for name, run in (("a", WEAK), ("b", STRONG))]
    (verdict,) = maw.compare(paths, small_qrels(), baseline=str(paths[1])).verdicts
    assert (verdict.system, verdict.controls) == ("a", ("b",))


Foreign = namedtuple("Foreign", "a b")


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (({"a": WEAK},), {}, r"only one system \('a'\): nothing to compare it with"),
        (({"a": WEAK, "b": []},), {}, r"runs\['b'\]: is an empty list; give a run for each seed"),
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
        (({"a": WEAK, "b": STRONG},), {"measures": ["nDGC@10"]}, "did you mean 'nDCG@10'"),
        (({"a": WEAK, "b": STRONG},), {"alpha": 2}, "alpha: Input should be less than or equal"),
        (({"a": WEAK, "b": STRONG},), {"plan": {"contrast": []}}, "plan.contrast.*"),
        (({"a": WEAK, "b": STRONG},), {"plan": {"contrasts": []}, "sesoi": 0.1},
         "sesoi: given beside a plan, which states it; leave the option out"),
        (({"a": WEAK, "b": STRONG},), {"max_loss": -1}, "max_loss: -1 is no margin; give a number"),
        (({"a": WEAK, "b": STRONG},), {"judge": "gpt"}, "judge: 'gpt' is unknown; give 'llm'"),
        (({"a": WEAK, "b": STRONG},), {"replicates": "epochs"}, "replicates: 'epochs' is unknown"),
        (({"a": WEAK, "b": STRONG},), {"file_format": "trec"}, "is a dict and no file"),
        (({"a": WEAK, "b": STRONG},),
         {"plan": {"contrasts": [{"system": "c", "baseline": "a"}]}}, "unknown system 'c'"),
        (({"a": WEAK, "b": STRONG},), {"plan": {"contrasts": [], "trained": ["c"]}},
         "analysis.trained: unknown system 'c'"),
        (({"a": WEAK, "b": STRONG},), {"clusters": {"1": "x"}}, "query 10 has no cluster"),
        ((pd.DataFrame({"a": [0.1, np.nan], "b": [0.2, 0.3]}),), {"qrels": None},
         "runs: the matrix has values that are no finite number"),
        ((pd.DataFrame([[0.1, 0.2]], columns=["a", "a"]),), {"qrels": None},
         "runs: system 'a' is in the matrix twice"),
        ((pd.DataFrame({"topic": [1, 2], "a": [0.1, 0.2], "b": [0.2, 0.3]}),), {"qrels": None},
         r"runs: column 'topic' stands among the systems; .*set_index\('topic'\)"),
        ((pd.DataFrame({"Unnamed: 0": [1, 2], "a": [0.1, 0.2]}),), {"qrels": None},
         "runs: a column among the systems has no name"),
        ((pd.DataFrame({"a": [0.1, 0.2], "b": [0.2, 0.3]}),), {},
         "qrels: given beside tables of scores, which need no judgements"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_place_and_mend(
    arguments: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    options = {"qrels": small_qrels(), **options}
    with pytest.raises(InputError, match=message) as raised:
        maw.compare(*arguments, **options)
    assert "\n" not in str(raised.value)


def test_runs_and_scores_do_not_mix(tmp_path: Path, known: Comparison) -> None:
    known.scores.to_parquet(tmp_path / "s.parquet")
    written(WEAK, tmp_path / "a.run")
    with pytest.raises(InputError, match="runs and score tables cannot be compared"):
        maw.compare([tmp_path / "a.run", tmp_path / "s.parquet"], small_qrels())
    with pytest.raises(InputError, match=r"runs\['x'\]: is a table of scores; give it alone"):
        maw.compare({"x": tmp_path / "s.parquet"}, small_qrels())


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
    paths = [folder / f"{name}.run" for name in names]
    comparison = maw.compare(paths, small_qrels(), baseline="weak", measures=MEASURES)
    known = maw.compare(runs, small_qrels(), baseline="weak", measures=MEASURES)
    pd.testing.assert_frame_equal(comparison.to_frame(), known.to_frame())
    pd.testing.assert_frame_equal(comparison.leaderboard, known.leaderboard)
    assert comparison.scores_digest == known.scores_digest
    assert comparison.plan.digest() == known.plan.digest()


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=80))
def test_any_file_gives_a_comparison_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "b.run"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"^[^\n]*$"):
        maw.compare({"a": WEAK, "b": path}, small_qrels())


COMPARE = (
    "maw.compare({'a': {'1': {'d': 1.}, '2': {'d': 1.}}, 'b': {'1': {'e': 1.}, '2': {'d': 2.}}}, "
    "{'1': {'d': 1}, '2': {'e': 1}})"
)


def printed_by(code: str) -> str:
    """Return what Python code prints in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return ended.stdout.strip()


def test_importing_maw_costs_nothing_and_comparing_never_imports_torch() -> None:
    code = (
        "import sys, maw; assert not {'numpy', 'pandas'} & set(sys.modules); "
        f"{COMPARE}.to_html(); print('torch' in sys.modules)"
    )
    assert printed_by(code) == "False"
    with pytest.raises(AttributeError, match="no attribute 'compares'"):
        maw.compares  # noqa: B018


def test_no_module_between_runs_and_reports_imports_torch() -> None:
    code = f"""
import sys
from importlib import import_module
from pkgutil import walk_packages

import maw
import maw.api

n_modules = 0
for room in ("significance", "measures", "runs", "verdicts", "reporting"):
    package = import_module(f"maw.{{room}}")
    for module in walk_packages(package.__path__, f"{{package.__name__}}."):
        import_module(module.name)
        n_modules += 1
assert n_modules > 80, n_modules
comparison = {COMPARE}
comparison.to_html(), comparison.to_latex(), comparison.plot(), comparison._repr_html_()
print("torch" in sys.modules)
"""
    assert printed_by(code) == "False"
