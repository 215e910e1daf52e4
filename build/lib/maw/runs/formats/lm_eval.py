"""Logs of lm-evaluation-harness, `samples_TASK_DATE.jsonl`: a row per document and filter.

A document is a topic, named by its number and the hash of its content, so that another version of
the data is another topic. A metric after a filter is a measure, called as in the results file:
`exact_match,strict-match`. The model's name, its number of examples in a prompt (shots) and the
seeds stand only in the results file of the same date in the same folder. Another number of shots,
a chat template or a system instruction makes another system of the same model. The seeds choose
examples for prompts and sample answers; they train nothing, so that they never become training
seeds. Fields: the writer of version 0.4.13.
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter

from maw.errors import InputError
from maw.runs.answers import Answer, LogFile, parsed, with_settings
from maw.runs.content import Content
from maw.runs.notices import Notice
from maw.runs.text import Text, first_text, read_bytes, read_text

PRECEDENCE = 35
ENDINGS = (".jsonl",)
FIRST_KEYS = re.compile(r'\s*\{\s*"doc_id":\s*\d+,\s*"doc":')
NAME = re.compile(r"samples_(?P<task>.+)_(?P<date>[^_]+)\.jsonl(\.gz)?")
HASH_WIDTH = 12  # digits of a document's hash in a topic's name
SHORT_HASH = 8  # digits of a system instruction's hash in a system's name
# keys of a row that are no metric; rows before version 0.4.8 do not list their metrics
FIELDS = {
    "doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics",
    "doc_hash", "prompt_hash", "target_hash",
}  # fmt: skip
NO_METRIC = "bypass"  # 999 on every row, where answers were generated and not scored
# arguments of a model that make it another system; others may hold addresses and keys
MODEL_TRAITS = (
    "pretrained", "revision", "dtype", "load_in_4bit", "load_in_8bit", "quantization", "gguf_file",
)  # fmt: skip


class _Row(BaseModel, extra="allow"):
    doc_id: int | str
    doc_hash: str
    filter: str
    metrics: list[str] | None = None
    prompt_hash: str | None = None


class _Config(BaseModel):
    model_args: str | dict[str, Any] | None = None


class _Results(BaseModel):
    model_name: str | None = None
    shots: dict[str, int | str] = Field({}, alias="n-shot")  # task -> examples in each prompt
    system_instruction_sha: str | None = None
    chat_template_sha: str | None = None
    config: _Config = _Config()
    higher_is_better: dict[str, dict[str, bool | None]] = {}


ROW, RESULTS = TypeAdapter(_Row), TypeAdapter(_Results)


def matches(path: Path, head: bytes) -> bool:
    """Return whether the first line begins as a row of these logs does."""
    return FIRST_KEYS.match(first_text(head)) is not None


def read(path: Path, piped: bytes | None = None) -> Content:
    """Return the scores: a topic for each document, a measure for each metric and filter, seed 0.

    The system is the model of the results file in the same folder, or the folder's name. Metrics
    by which lower is better are left out. piped: see `maw.runs.file_formats.Format.read`.
    InputError names the file, and the line of a wrong row.
    """
    name = NAME.fullmatch(path.name)
    if name is None:
        raise InputError(
            f"{path}: its name says neither task nor results file; call it samples_TASK_DATE.jsonl "
            "again, as lm_eval did, and leave it beside its results file"
        )
    text = read_text(path, piped)
    results, notices = _results(path, date=name["date"])
    higher = results.higher_is_better.get(name["task"], {})
    lower = {metric for metric, is_higher in higher.items() if is_higher is False}
    scored = list(_answers(text))
    answers = [answer for metric, answer in scored if metric not in lower]
    if len(answers) < len(scored):
        notices += (_lower_is_better(lower, path=path, others=bool(answers)),)
    system = _system(results, path=path, task=name["task"])
    log = LogFile(path=path, dataset=name["task"], system=system)
    items = list(dict.fromkeys(answer.item for _, answer in scored))
    scores, left_out = log.scores(answers, items=items)
    return Content(
        "scores",
        scores,
        notices=(*text.notices, *notices, *left_out),
        sha256=text.sha256,
        only_one="" if results.model_name else _prompts(text),
    )


def _answers(text: Text) -> Iterator[tuple[str, Answer]]:
    """Yield each metric of each row, and what it says about the row's document.

    InputError for a row that is none of these logs, or repeats a document and filter.
    """
    line_of: dict[tuple[str, str], int] = {}
    for line, row_text in text.rows():
        location = f"{text.path}:{line}"
        row = parsed(row_text, ROW, location=location, kind="row of an lm_eval log")
        item = f"{row.doc_id}:{row.doc_hash[:HASH_WIDTH]}"
        first = line_of.setdefault((item, row.filter), line)
        if first != line:
            raise InputError(
                f"{location}: scores document {row.doc_id} after the filter {row.filter!r} a "
                f"second time (first: {text.path}:{first}); keep one"
            )
        values: Mapping[str, Any] = row.model_extra or {}
        metrics = row.metrics if row.metrics is not None else [m for m in values if m not in FIELDS]
        for metric in metrics:
            if metric != NO_METRIC:
                yield metric, Answer(item, f"{metric},{row.filter}", values.get(metric))


def _results(path: Path, *, date: str) -> tuple[_Results, tuple[Notice, ...]]:
    """Return the results file of this date in the log's folder, or a notice that there is none."""
    beside = next(iter(sorted(path.parent.glob(f"*_{date}.json"))), None)
    if beside is not None:
        content = read_bytes(beside)
        return parsed(content, RESULTS, location=str(beside), kind="results file of lm_eval"), ()
    text = (
        f"no results file *_{date}.json beside it: the system is called after the folder, and a "
        "higher score is taken for the better one by every measure"
    )
    return _Results(), (Notice("results-missing", str(path), 1, text),)


def _system(results: _Results, *, path: Path, task: str) -> str:
    """Return the model's name with what makes it another system: its arguments and its prompts.

    Without a name it is the folder's name, which lm_eval makes of the model's name.
    """
    if results.model_name is None:
        return path.resolve().parent.name
    told = results.config.model_args or {}
    if isinstance(told, str):
        told = dict(pair.split("=", 1) for pair in told.split(",") if "=" in pair)
    traits = {key: told[key] for key in MODEL_TRAITS if key in told}
    others = {key: value for key, value in traits.items() if value != results.model_name}
    prompts: dict[str, object] = {"shots": results.shots.get(task)}
    if results.chat_template_sha:
        prompts["chat_template"] = True
    if results.system_instruction_sha:
        prompts["system_instruction"] = results.system_instruction_sha[:SHORT_HASH]
    used = {key: value for key, value in prompts.items() if value}  # 0 shots need no word
    return with_settings(results.model_name, others | used)


def _prompts(text: Text) -> str:
    """Return what tells the prompts of a log from those of another; "" where it has no hashes.

    A log without its results file does not say its number of shots. Other prompts may come of
    another number, so that such logs are no runs of one system.
    """
    rows = (ROW.validate_json(row) for _, row in text.rows())
    hashes = sorted({row.prompt_hash for row in rows if row.prompt_hash})
    if not hashes:
        return ""
    return f"prompts with the hash {sha256(' '.join(hashes).encode()).hexdigest()[:HASH_WIDTH]}"


def _lower_is_better(lower: set[str], *, path: Path, others: bool) -> Notice:
    """Return the notice on metrics that are left out. InputError where there are no others."""
    names = ", ".join(sorted(lower))
    if not others:
        raise InputError(
            f"{path}: has only metrics by which lower is better ({names}); evaluate with a metric "
            "by which higher is better"
        )
    text = f"left out {names}: lower is better, and a comparison takes the higher score for better"
    return Notice("lower-is-better", str(path), len(lower), text)
