"""Logs of lm-evaluation-harness: a measure for each metric and filter; the model beside the log."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

import maw
from maw.errors import InputError
from maw.runs import file_formats
from maw.runs.content import Content
from maw.runs.formats import lm_eval

SAMPLES = Path(__file__).parent / "samples" / "lm_eval"

Write = Callable[[str, str | bytes], Path]


def log_at(model: str, task: str, *, folder: Path = SAMPLES) -> Path:
    return next((folder / model).glob(f"samples_{task}_*.jsonl"))


def results_at(model: str) -> dict[str, Any]:
    content = next((SAMPLES / model).glob("results_*.json")).read_text(encoding="utf-8")
    results: dict[str, Any] = json.loads(content)
    return results


def row(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A row with the metric `acc`; changes: keys of the row, None to leave one out."""
    whole = {
        "doc_id": number, "doc": {}, "filter": "none", "metrics": ["acc"],
        "doc_hash": f"{number:064x}"[::-1], "acc": 1.0, **changes,
    }  # fmt: skip
    return {key: value for key, value in whole.items() if value is not None}


def written(write: Write, *rows: dict[str, Any], at: str = "org__model/samples_sums_2026") -> Path:
    return write(f"{at}.jsonl", "".join(json.dumps(one) + "\n" for one in rows))


def values_of(content: Content) -> list[tuple[str, str, float]]:
    columns = (content.frame[name] for name in ("query_id", "measure", "value"))
    return list(zip(*columns, strict=True))


def test_the_librarys_own_log_has_the_means_of_its_results_file() -> None:
    content = file_formats.read(log_at("small", "sums"))
    names = content.frame[["dataset", "system", "seed"]].drop_duplicates()
    assert names.to_numpy().tolist() == [["sums", "small (dtype=float32)", 0]]
    means = content.frame.groupby("measure")["value"].mean()
    results = results_at("small")["results"]["sums"]
    assert len(means) == 2
    for measure, mean in means.items():
        assert mean == results[measure]
    assert content.notices == ()


def test_a_topic_is_a_documents_number_and_hash() -> None:
    path = log_at("small", "sums")
    first = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    topic = file_formats.read(path).frame["query_id"][0]
    assert topic == f"0:{first['doc_hash'][:12]}"


def test_seeds_of_the_results_file_train_nothing() -> None:
    assert results_at("small")["config"]["numpy_seed"] == 1234
    assert set(file_formats.read(log_at("small", "sums")).frame["seed"]) == {0}


def test_a_metric_by_which_lower_is_better_is_left_out() -> None:
    content = file_formats.read(log_at("small", "colours"))
    assert set(content.frame["measure"]) == {"acc,none"}
    (notice,) = content.notices
    assert notice.code == "lower-is-better"
    assert notice.text.startswith("left out brier_score: lower is better, and a comparison takes")


def test_without_a_results_file_the_system_is_the_folder(write: Write) -> None:
    content = file_formats.read(written(write, row(), row(1, acc=0.0)))
    assert set(content.frame["system"]) == {"org__model"}
    (notice,) = content.notices
    assert notice.text.startswith("no results file *_2026.json beside it: the system is called")


def test_a_list_is_no_score_and_nan_is_none(write: Write) -> None:
    metrics = ["acc", "pairs"]
    rows = [row(n, metrics=metrics, pairs=[1, "a"], acc=(1.0, float("nan"))[n]) for n in (0, 1)]
    content = lm_eval.read(written(write, *rows))
    assert values_of(content) == [("0:000000000000", "acc,none", 1.0)]
    codes = [notice.code for notice in content.notices]
    assert codes == ["results-missing", "measures-not-numeric", "items-without-score"]


def test_rows_of_older_versions_do_not_list_their_metrics(write: Write) -> None:
    content = lm_eval.read(written(write, row(metrics=None, target="1", resps=[])))
    assert [measure for _, measure, _ in values_of(content)] == ["acc,none"]


def test_a_model_without_a_name_is_called_after_the_folder(write: Write) -> None:
    path = written(write, row())
    write("org__model/results_2026.json", '{"model_name": null}')
    assert set(lm_eval.read(path).frame["system"]) == {"org__model"}


def test_arguments_of_a_model_may_be_a_dict(write: Write) -> None:
    path = written(write, row())
    args = {"pretrained": "m", "load_in_4bit": True, "api_key": "secret"}
    results = {"model_name": "m", "config": {"model_args": args}}
    write("org__model/results_2026.json", json.dumps(results))
    assert set(lm_eval.read(path).frame["system"]) == {"m (load_in_4bit=True)"}


def test_a_gzipped_log_is_the_log(tmp_path: Path) -> None:
    copytree(SAMPLES / "small", tmp_path / "small")
    path = log_at("small", "sums", folder=tmp_path)
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert values_of(file_formats.read(packed)) == values_of(file_formats.read(path))


@pytest.mark.parametrize(
    ("head", "is_log"),
    [
        (b'{"doc_id": 0, "doc": {"question": "', True),
        (b'{"query_id": "0", "results": []}', False),
        (b"1 Q0 d1 1 2.0 a\n", False),
    ],
)
def test_a_log_is_known_by_its_first_keys(head: bytes, is_log: bool) -> None:
    assert lm_eval.matches(Path("a"), head) is is_log


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row(), row(1, doc_hash=None)], r"jsonl:2: is no row of an lm_eval log \(doc_hash: Field"),
        ([row(filter=None)], r"jsonl:1: is no row of an lm_eval log \(filter: Field required\)"),
        (
            [row(), row()],
            r"jsonl:2: scores document 0 after the filter 'none' a second time \(first: .*:1\)",
        ),
        ([row(acc=[1, 2])], r"no measure whose values are all numbers \('acc,none' is \[1, 2\]\)"),
        ([row(metrics=["bypass"], bypass=999)], "has no score of a sample; evaluate again"),
        ([row(acc=float("-inf"))], "sample '0:000000000000': value -inf is not a finite number"),
    ],
)
def test_a_log_that_cannot_be_compared_is_one_line(
    write: Write, rows: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(InputError, match=message) as raised:
        lm_eval.read(written(write, *rows))
    assert "samples_sums_2026.jsonl" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_log_needs_the_name_that_the_library_gave(write: Write) -> None:
    path = write("renamed.jsonl", json.dumps(row()))
    with pytest.raises(InputError, match="renamed.jsonl: its name says neither task nor results"):
        file_formats.read(path)


def test_only_metrics_by_which_lower_is_better_are_refused(write: Write) -> None:
    path = written(write, row())
    write("org__model/results_2026.json", '{"higher_is_better": {"sums": {"acc": false}}}')
    with pytest.raises(InputError, match=r"only metrics by which lower is better \(acc\); evalu"):
        lm_eval.read(path)


def test_a_broken_results_file_is_named(write: Write) -> None:
    path = written(write, row())
    write("org__model/results_2026.json", "{")
    with pytest.raises(InputError, match="results_2026.json: is no results file of lm_eval"):
        lm_eval.read(path)


def test_two_models_are_compared() -> None:
    logs = [log_at(model, "sums") for model in ("small", "large")]
    comparison = maw.compare(logs, measures=["exact_match,strict-match"])
    (verdict,) = comparison.verdicts
    assert verdict.system == "large (dtype=float32)"
    assert verdict.controls == ("small (dtype=float32)",)
    assert set(comparison.scores["dataset"]) == {"sums"}


def test_another_version_of_a_document_is_another_topic(write: Write) -> None:
    first = written(write, row(), row(1), at="a/samples_sums_2026")
    second = written(write, row(), row(1, doc_hash="f" * 64), at="b/samples_sums_2027")
    with pytest.raises(InputError, match="has no acc,none on topic '1:"):
        maw.compare([first, second])
