"""Logs of inspect_ai, as `.eval` (a zip archive) or as JSON: scores of samples by its scorers.

A sample is a topic, a scorer is a measure, the task is the dataset, and the model is the system.
Epochs are decoding repeats: the same model answers the same sample again. They say nothing about
another training run, so that they are averaged on each sample and never become seeds. Members
of newer archives are compressed with Zstandard; pyarrow, of the extra `parquet`, unpacks them,
because Python does so only from 3.14 on. Fields: the log's classes in the documentation of
inspect_ai.
"""

import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import copy
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from pydantic import BaseModel, TypeAdapter

from maw.errors import InputError, without_extra
from maw.runs.answers import Answer, LogFile, parsed, with_settings
from maw.runs.content import Content
from maw.runs.notices import Notice
from maw.runs.text import first_text, read_bytes, read_plain

PRECEDENCE = 30
ENDINGS = (".eval", ".json")
ZIP = b"PK\x03\x04"
ZSTANDARD = 93  # number of this compression in the zip format, which zipfile knows from 3.14 on
HEADER, SUMMARIES, START = "header.json", "summaries.json", "_journal/start.json"
LARGEST_MEMBER = 2**30  # bytes; the scores of a million samples take less
# the name of an archive's first member, behind the 30 bytes of its local header
LOG_MEMBER = re.compile(
    rb"PK\x03\x04.{26}(_journal/|samples/|(header|summaries|reductions)\.json)", re.DOTALL
)
JSON_LOG = re.compile(r'\s*\{\s*"version":\s*\d+,\s*"status":\s*"\w+",\s*"eval":\s*\{')

# The library's numbers for marks (correct, incorrect, partly correct, no answer) and for words.
MARKS: Mapping[str, float] = MappingProxyType({"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0})
WORDS: Mapping[str, float] = MappingProxyType({"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0})
DECODING = ("temperature", "top_p", "top_k", "max_tokens", "reasoning_effort", "reasoning_tokens")


class _Score(BaseModel):
    value: Any = None


class _Sample(BaseModel):
    id: int | str
    epoch: int
    scores: dict[str, _Score] | None = None


class _Config(BaseModel):
    epochs_reducer: list[str] | None = None


class _Spec(BaseModel):
    task: str
    model: str
    task_args_passed: dict[str, Any] = {}
    solver: str | None = None
    solver_args_passed: dict[str, Any] | None = None
    model_generate_config: dict[str, Any] = {}
    config: _Config = _Config()


class _Plan(BaseModel):
    config: dict[str, Any] = {}


class _Log(BaseModel):
    status: str
    eval: _Spec
    plan: _Plan = _Plan()
    invalidated: bool = False
    samples: list[_Sample] | None = None


LOG, SAMPLES = TypeAdapter(_Log), TypeAdapter(list[_Sample])


def matches(path: Path, head: bytes) -> bool:
    """Return whether the file is a JSON log, or an archive with a log's members or ending."""
    if head.startswith(ZIP):
        return path.suffix == ".eval" or LOG_MEMBER.match(head) is not None
    return JSON_LOG.match(first_text(head)) is not None


def read(path: Path, piped: bytes | None = None) -> Content:
    """Return the scores: a topic for each sample, a measure for each scorer, seed 0.

    A scorer that gives several values has the measures `scorer/key`. piped: see
    `maw.runs.file_formats.Format.read`. InputError for a damaged file, and for an evaluation that
    has not finished or has samples that were marked as invalid.
    """
    raw = read_bytes(path) if piped is None else piped
    notices: tuple[Notice, ...] = ()
    if raw.startswith(ZIP):
        log = _unzipped(raw, path)
    else:
        plain = read_plain(path, raw)
        log = parsed(plain.content, LOG, location=str(path), kind="log of inspect_ai")
        notices = plain.notices
    if log.status != "success":
        raise InputError(
            f"{path}: the evaluation has status {log.status!r} and not 'success', so that samples "
            "may be missing; finish it with `inspect eval-retry` and give the new log"
        )
    if log.invalidated:
        raise InputError(
            f"{path}: has samples that somebody marked as invalid; answer them again with "
            "`inspect eval-retry` and give the new log"
        )
    # the last record of an answer counts, as in the library: a retry writes an answer again
    samples = {(str(sample.id), sample.epoch): sample for sample in log.samples or []}
    answers = list(_answers(samples.values()))
    items = list(dict.fromkeys(item for item, _ in samples))
    origin = LogFile(path=path, dataset=log.eval.task, system=_system(log))
    scores, left_out = origin.scores(answers, items=items)
    repeats = _repeats(samples, reducers=log.eval.config.epochs_reducer, path=path)
    return Content("scores", scores, (*notices, *repeats, *left_out), sha256(raw).hexdigest())


def _unzipped(raw: bytes, path: Path) -> _Log:
    """Return the log in an archive. Only the header and the samples' summaries are unpacked."""
    try:
        with ZipFile(BytesIO(raw)) as archive:
            names = set(archive.namelist())
            if HEADER not in names and START in names:
                raise InputError(
                    f"{path}: the evaluation has not finished; finish it with `inspect eval-retry` "
                    "and give the new log"
                )
            if missing := [name for name in (HEADER, SUMMARIES) if name not in names]:
                raise InputError(
                    f"{path}: has no member {missing[0]}, which a log of inspect_ai has; write it "
                    "again with `inspect log convert`"
                )
            header, summaries = (
                _member(archive, archive.getinfo(name), path=path) for name in (HEADER, SUMMARIES)
            )
    # zipfile raises a RuntimeError for an encrypted member
    except (BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{path}: the archive is damaged ({reason}); copy it again") from None
    log = parsed(header, LOG, location=f"{path}: {HEADER}", kind="header of an inspect_ai log")
    samples = parsed(summaries, SAMPLES, location=f"{path}: {SUMMARIES}", kind="list of samples")
    return log.model_copy(update={"samples": samples})


def _member(archive: ZipFile, info: ZipInfo, *, path: Path) -> bytes:
    """Return the bytes of a member, which is never unpacked beyond the size that it declares."""
    if info.file_size > LARGEST_MEMBER:
        raise InputError(
            f"{path}: {info.filename} would unpack to {info.file_size:,} bytes, more than the "
            f"{LARGEST_MEMBER:,} that are read; split the log"
        )
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED, ZSTANDARD):
        # Python unpacks the others without a limit
        raise BadZipFile(f"{info.filename} has compression {info.compress_type}")
    if info.compress_type != ZSTANDARD:
        with archive.open(info) as member:
            return member.read(info.file_size + 1)  # without a size, 2 GiB may be unpacked at once
    packed = copy(info)
    packed.compress_type, packed.file_size = ZIP_STORED, info.compress_size
    del packed.CRC  # it is that of the unpacked bytes
    content = _from_zstandard(archive.read(packed), size=info.file_size, path=path)
    if zlib.crc32(content) != info.CRC:
        raise BadZipFile(f"bad CRC-32 of {info.filename}")
    return content


def _from_zstandard(packed: bytes, *, size: int, path: Path) -> bytes:
    """Return the unpacked bytes. size: their number. InputError where pyarrow is not installed."""
    try:
        import pyarrow as pa
    except ModuleNotFoundError as error:
        raise without_extra(error, place=str(path)) from None
    try:
        return bytes(pa.Codec("zstd").decompress(packed, size, asbytes=True))
    except pa.ArrowException as error:
        raise BadZipFile(str(error)) from None


def _answers(samples: Collection[_Sample]) -> Iterator[Answer]:
    """Yield all scores of all answers.

    A scorer that gives several values gives NaN alone for an answer that it could not score.
    """
    scored = [(str(s.id), name, score.value) for s in samples for name, score in _scores(s)]
    keyed = {scorer for _, scorer, value in scored if isinstance(value, dict)}
    for item, scorer, value in scored:
        if isinstance(value, dict):
            for key, entry in value.items():
                yield Answer(item, f"{scorer}/{key}", _number(entry))
        elif scorer not in keyed or not _is_unscored(value):
            yield Answer(item, scorer, _number(value))


def _scores(sample: _Sample) -> Iterable[tuple[str, _Score]]:
    return (sample.scores or {}).items()


def _is_unscored(value: object) -> bool:
    return value is None or value != value  # only NaN differs from itself


def _number(value: object) -> object:
    """Return the library's number for a mark, a word or digits; any other value as it is."""
    if not isinstance(value, str):
        return value
    known = MARKS.get(value, WORDS.get(value.lower()))
    if known is not None:
        return known
    try:
        return float(value)
    except ValueError:
        return value


def _system(log: _Log) -> str:
    """Return the model's name with what the user set: task, solver and their arguments, decoding.

    Two logs of one model that differ in these are two systems. Arguments of the model itself are
    not named, because they may hold addresses and keys.
    """
    spec = log.eval
    settings = dict(spec.task_args_passed)
    if spec.solver is not None:
        settings |= {"solver": spec.solver, **(spec.solver_args_passed or {})}
    decoding = {**log.plan.config, **spec.model_generate_config}
    settings |= {name: decoding[name] for name in DECODING if name in decoding}
    return with_settings(spec.model, settings)


def _repeats(
    answers: Mapping[tuple[str, int], _Sample], *, reducers: list[str] | None, path: Path
) -> list[Notice]:
    """Return a notice where samples have several epochs. reducers: how the log averages them."""
    n_epochs = len({epoch for _, epoch in answers})
    if n_epochs < 2:
        return []
    text = (
        f"{n_epochs} epochs, averaged on each sample: they are decoding repeats of one model, and "
        "say nothing about training it again"
    )
    if reducers not in (None, ["mean"]):
        text += f"; the log's own reducer ({', '.join(reducers or [])}) is not used"
    return [Notice("repeats-averaged", str(path), n_epochs, text)]
