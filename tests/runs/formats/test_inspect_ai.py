"""Logs of inspect_ai: epochs are averaged, marks become numbers, and no answer is guessed."""

import json
import sys
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZipFile

import pytest

import maw
from maw.errors import InputError
from maw.runs import file_formats
from maw.runs.content import Content
from maw.runs.formats import inspect_ai

SAMPLES = Path(__file__).parent / "samples" / "inspect_ai"
SMALL, LARGE, LARGE_JSON = (SAMPLES / name for name in ("small.eval", "large.eval", "large.json"))
SCORED = ["sky", "sea", "sun"]  # the samples that the scorer `style` could score

Write = Callable[[str, str | bytes], Path]


def log_of(*samples: dict[str, Any], status: str = "success", **changes: Any) -> dict[str, Any]:
    """A log with these samples; changes: keys of its section `eval`."""
    spec = {"task": "colours", "model": "m", "config": {}, **changes}
    return {"version": 2, "status": status, "eval": spec, "samples": list(samples)}


def sample(name: str | int, epoch: int = 1, **values: Any) -> dict[str, Any]:
    """A sample with the value of each scorer."""
    scores = {scorer: {"value": value} for scorer, value in values.items()}
    return {"id": name, "epoch": epoch, "scores": scores}


def archive_of(members: dict[str, str], *, compression: int = ZIP_DEFLATED) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def read(write: Write, log: dict[str, Any]) -> Content:
    return inspect_ai.read(write("log.json", json.dumps(log)))


def values_of(content: Content) -> dict[tuple[str, str], float]:
    keys = zip(content.frame["query_id"], content.frame["measure"], strict=True)
    return dict(zip(keys, content.frame["value"], strict=True))


def test_the_librarys_own_archive_has_its_accuracy() -> None:
    content = file_formats.read(SMALL)
    assert content.kind == "scores"
    assert content.sha256 == sha256(SMALL.read_bytes()).hexdigest()
    frame = content.frame
    names = frame[["dataset", "system", "seed"]].drop_duplicates()
    assert names.to_numpy().tolist() == [["colours", "mockllm/small", 0]]
    assert frame["measure"].unique().tolist() == ["choice", "style/length", "style/sure"]
    # accuracy in results.scores of the log's header
    assert frame[frame["measure"] == "choice"]["value"].mean() == 0.5
    assert frame[frame["measure"] == "style/length"]["query_id"].tolist() == SCORED
    assert values_of(content)["sky", "style/sure"] == 0.5  # the mark P


def test_a_json_log_has_the_scores_of_the_archive() -> None:
    # both logs are of the same answers
    assert values_of(file_formats.read(LARGE_JSON)) == values_of(file_formats.read(LARGE))


@pytest.mark.parametrize("path", [SMALL, LARGE_JSON])
def test_a_log_from_a_pipe_is_the_log(path: Path, pipe: Callable[[bytes], Path]) -> None:
    content = file_formats.read(pipe(path.read_bytes()))
    assert values_of(content) == values_of(file_formats.read(path))


def test_epochs_are_decoding_repeats_and_no_seeds() -> None:
    content = file_formats.read(SMALL)
    assert set(content.frame["seed"]) == {0}
    (notice,) = [n for n in content.notices if n.code == "repeats-averaged"]
    assert notice.count == 2
    assert "2 epochs, averaged on each sample: they are decoding repeats of one" in notice.text
    assert "reducer" not in notice.text


def test_another_reducer_of_the_log_is_told(write: Write) -> None:
    log = log_of(sample(1, 1, s=1), sample(1, 2, s=0), config={"epochs_reducer": ["pass_at_2"]})
    content = read(write, log)
    assert values_of(content) == {("1", "s"): 0.5}
    assert "the log's own reducer (pass_at_2) is not used" in content.notices[0].text


def test_an_unscored_sample_is_left_out_with_a_notice() -> None:
    (notice,) = [n for n in file_formats.read(SMALL).notices if n.code == "items-without-score"]
    assert notice.text == "1 sample without a score by style/length, style/sure: left out ('sand')"


def test_an_unscored_epoch_leaves_the_mean_of_the_others(write: Write) -> None:
    content = read(write, log_of(sample(1, 1, s=0.25), sample(1, 2, s=float("nan"))))
    assert values_of(content) == {("1", "s"): 0.25}
    (notice,) = [n for n in content.notices if n.code == "answers-without-score"]
    assert notice.text.startswith("1 answer without a score, to samples whose other answers have")


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("C", 1), ("I", 0), ("P", 0.5), ("N", 0), (True, 1), (0.3, 0.3), (7, 7), ("yes", 1),
        ("False", 0), ("2.5", 2.5),
    ],
)  # fmt: skip
def test_values_become_the_librarys_numbers(write: Write, value: object, number: float) -> None:
    assert values_of(read(write, log_of(sample("a", s=value)))) == {("a", "s"): number}


def test_a_measure_of_texts_or_lists_is_left_out_where_another_has_numbers(write: Write) -> None:
    content = read(write, log_of(sample("a", s="C", tone="terse", trace=[1, 2])))
    assert values_of(content) == {("a", "s"): 1}
    assert content.notices[0].text == (
        "left out 2 measures with values that are no numbers ('tone' is 'terse', 'trace' is [1, 2])"
    )


def test_the_last_record_of_an_answer_counts(write: Write) -> None:
    assert values_of(read(write, log_of(sample(1, s="I"), sample("1", s="C")))) == {("1", "s"): 1}


def test_what_the_user_set_makes_another_system(write: Write) -> None:
    log = log_of(
        sample(1, s=1),
        task_args_passed={"shots": 5, "texts": ["left out"]},
        solver="chain",
        solver_args_passed={"n": 2},
        model_generate_config={"temperature": 0.7, "max_retries": 3},
    )
    system = read(write, log).frame["system"][0]
    assert system == "m (shots=5, solver=chain, n=2, temperature=0.7)"


def test_members_that_are_deflated_are_read_too(write: Write) -> None:
    header, summaries = log_of(), [sample("a", s="C")]
    members = {"header.json": json.dumps(header), "summaries.json": json.dumps(summaries)}
    content = file_formats.read(write("log.zip", archive_of(members)))
    assert values_of(content) == {("a", "s"): 1}


@pytest.mark.parametrize(
    ("name", "head", "is_log"),
    [
        ("a.eval", b"1 Q0 d 1 1 t\n", False),  # some call runs of trec_eval so
        ("a.eval", b"PK\x03\x04", True),
        ("a.zip", b"PK\x03\x04" + b"0" * 26 + b"other.txt", False),
        ("a.zip", b"PK\x03\x04" + b"0" * 26 + b"header.json", True),
        ("a.json", b'{"1": {"d": 2.0}}', False),
        ("a", b'{"version":2,"status":"error","eval":{', True),
    ],
)
def test_a_log_is_known_by_its_content(name: str, head: bytes, is_log: bool) -> None:
    assert inspect_ai.matches(Path(name), head) is is_log


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (log_of(status="cancelled"), "status 'cancelled' and not 'success', so that samples may"),
        ({**log_of(), "invalidated": True}, "samples that somebody marked as invalid; answer them"),
        (log_of(), "has no score of a sample; evaluate again with scores and samples in the log"),
        (log_of(sample(1, s="terse")), r"no measure whose values are all numbers \('s' is 'terse'"),
        (log_of(sample(1, s=float("inf"))), "sample '1': value inf is not a finite number"),
        (log_of(sample(1, s=10**400)), "sample '1': value inf is not a finite number"),
        (log_of(task=1), r"is no log of inspect_ai \(eval.task: Input should be a valid string"),
    ],
)
def test_a_log_that_cannot_be_compared_is_one_line(
    write: Write, log: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message) as raised:
        read(write, log)
    assert "log.json" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_deep_nesting_is_one_line(write: Write) -> None:
    text = json.dumps(log_of(sample(1, s=1))).replace("[{", "[" * 100_000)
    with pytest.raises(InputError, match="is no log of inspect_ai .*recursion"):
        inspect_ai.read(write("log.json", text))


HEADER = json.dumps(log_of())
SUMMARIES = json.dumps([sample("a", s="C")])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (SMALL.read_bytes()[:2000], r"archive is damaged \(File is not a zip file\); copy it"),
        (archive_of({"_journal/start.json": "{}"}), "the evaluation has not finished; finish it"),
        (archive_of({"header.json": HEADER}), "no member summaries.json, .* `inspect log convert`"),
        (archive_of({"summaries.json": "[]"}), "has no member header.json"),
        (
            archive_of({"header.json": HEADER, "summaries.json": "{}"}),
            "summaries.json: is no list of samples",
        ),
        (
            archive_of({"header.json": "[]", "summaries.json": "[]"}),
            "header.json: is no header of an inspect_ai log",
        ),
    ],
)
def test_a_broken_archive_is_one_line(write: Write, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        file_formats.read(write("log.eval", content))
    assert "log.eval: " in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_archive_that_would_unpack_to_too_much_is_not_unpacked(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspect_ai, "LARGEST_MEMBER", 1000)
    bomb = archive_of({"header.json": HEADER, "summaries.json": " " * 1001})
    with pytest.raises(InputError, match="summaries.json would unpack to 1,001 bytes, more than"):
        inspect_ai.read(write("log.eval", bomb))


def test_a_member_larger_than_it_declares_is_refused(write: Write) -> None:
    members = {"header.json": HEADER, "summaries.json": SUMMARIES + " " * 70_000}
    size, smaller = (n.to_bytes(4, "little") for n in (len(SUMMARIES) + 70_000, len(SUMMARIES)))
    lying = archive_of(members).replace(size, smaller)
    with pytest.raises(InputError, match="the archive is damaged"):
        inspect_ai.read(write("log.eval", lying))


def test_a_compression_that_unpacks_without_limit_is_refused(write: Write) -> None:
    members = {"header.json": HEADER, "summaries.json": SUMMARIES}
    with pytest.raises(InputError, match=r"damaged \(header.json has compression 14\)"):
        inspect_ai.read(write("log.eval", archive_of(members, compression=ZIP_LZMA)))


def test_a_changed_byte_of_a_zstandard_member_is_found(write: Write) -> None:
    raw = bytearray(SMALL.read_bytes())
    with ZipFile(SMALL) as archive:
        info = archive.getinfo("summaries.json")
    raw[info.header_offset + 200] ^= 0xFF
    with pytest.raises(InputError, match="the archive is damaged"):
        inspect_ai.read(write("log.eval", bytes(raw)))


def test_the_checksum_of_a_zstandard_member_is_compared(write: Write) -> None:
    raw = SMALL.read_bytes()
    with ZipFile(SMALL) as archive:
        crc = archive.getinfo("summaries.json").CRC.to_bytes(4, "little")
    assert raw.count(crc) == 2  # in the local header and in the directory
    with pytest.raises(InputError, match=r"damaged \(bad CRC-32 of summaries.json\)"):
        inspect_ai.read(write("log.eval", raw.replace(crc, b"abcd")))


def test_two_logs_are_compared() -> None:
    comparison = maw.compare([SMALL, LARGE], measures=["choice"])
    (verdict,) = comparison.verdicts
    assert (verdict.system, verdict.controls) == ("mockllm/large", ("mockllm/small",))
    assert comparison.trained == {"mockllm/large": False, "mockllm/small": False}
    assert [n.code for n in comparison.warnings].count("repeats-averaged") == 2


def test_a_sample_that_no_system_has_scored_is_no_topic() -> None:
    comparison = maw.compare([SMALL, LARGE], measures=["style/length"])
    assert sorted(set(comparison.scores["query_id"])) == sorted(SCORED)


def test_systems_that_scored_other_samples_are_refused(write: Write) -> None:
    logs = [log_of(sample("a", s=1), sample("b", s=0), model="m")]
    logs.append(log_of(sample("a", s=1), sample("b", s=float("nan")), model="n"))
    paths = [write(f"{n}.json", json.dumps(log)) for n, log in enumerate(logs)]
    with pytest.raises(InputError, match="'n', seed 0 has no s on topic 'b'"):
        maw.compare(paths)


def test_without_pyarrow_an_archive_of_zstandard_is_refused_with_the_pip_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"small\.eval: pyarrow: .*'maw-bench\[parquet\]'"):
        inspect_ai.read(SMALL)
