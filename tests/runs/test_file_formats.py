"""The format of a file is found among the modules of `maw.runs.formats`, which nothing lists."""

import gzip
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest

from maw.errors import InputError
from maw.runs import file_formats, find, formats

Write = Callable[[str, str | bytes], Path]
RUN = "1 Q0 d1 1 3.0 a\n1 Q0 d2 2 2.5 a\n2 Q0 d1 1 1e-3 a\n"

OURS = [
    "pyterrier", "parquet", "sentence_transformers", "mteb", "pytrec_eval", "beir", "trec_eval",
    "table", "trec",
]  # fmt: skip

JSON_LINES = '''"""A further format: a JSON object in each line."""

from pathlib import Path

import pandas as pd

from maw.runs.content import Content

PRECEDENCE = 15
ENDINGS = (".jsonl",)


def matches(path: Path, head: bytes) -> bool:
    return head.startswith(b"{")


def read(path: Path, piped: bytes | None = None) -> Content:
    return Content("ranking", pd.read_json(path, lines=True, dtype=False))
'''


@pytest.fixture
def further_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that belongs to the package `maw.runs.formats` and has the module `json_lines`."""
    folder = tmp_path / "further"
    folder.mkdir()
    (folder / "json_lines.py").write_text(JSON_LINES)
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(folder)])
    monkeypatch.setattr(sys, "modules", sys.modules.copy())  # forgets the module after the test


def test_every_module_of_the_package_is_a_format() -> None:
    stems = {path.stem for path in Path(formats.__file__).parent.glob("[a-z]*.py")}
    assert {name.rpartition(".")[2] for name in file_formats.format_names()} == stems
    assert stems >= {*OURS}


def test_the_format_that_accepts_every_file_is_asked_last() -> None:
    known = file_formats.known_formats()
    names = [str(vars(module)["__name__"]).rpartition(".")[2] for module in known]
    # somebody's own format may stand between ours
    assert [name for name in names if name in OURS] == OURS
    accepting = [module.matches(Path("a"), b"anything") for module in known]
    assert accepting == [*[False] * (len(known) - 1), True]


@pytest.mark.usefixtures("further_format")
def test_a_new_format_is_one_file_and_no_edit(write: Write) -> None:
    assert "maw.runs.formats.json_lines" in file_formats.format_names()
    line = '{"query_id": "1", "doc_id": "d1", "score": 2.5}\n'
    content = file_formats.read(write("a.run", line))
    assert content.frame.to_dict("records") == [{"query_id": "1", "doc_id": "d1", "score": 2.5}]
    assert find.name_of("a/bm25.jsonl.gz") == "bm25"
    # the other formats read their files as before
    assert len(file_formats.read(write("b.run", RUN)).frame) == 3


def test_a_file_of_no_format_is_read_as_a_broken_run(write: Write) -> None:
    with pytest.raises(InputError, match=r"a\.run:1: 4 columns; a TREC run has 6"):
        file_formats.read(write("a.run", '<query id="1"> <doc id="d1">\n'))


def test_content_decides_before_the_ending(write: Write, tmp_path: Path) -> None:
    frame = pd.DataFrame({"query_id": ["1"], "doc_id": ["d1"], "score": [1.0]})
    frame.to_parquet(tmp_path / "a.run")
    pd.testing.assert_frame_equal(file_formats.read(tmp_path / "a.run").frame, frame)
    with pytest.raises(InputError, match=r"r\.parquet: broken parquet"):
        file_formats.read(write("r.parquet", RUN))


def test_a_named_format_reads_what_another_one_would_take(write: Write) -> None:
    path = write("a.csv", RUN)  # a run that is called like a table
    with pytest.raises(InputError, match=r"a\.csv:1: one column"):
        file_formats.read(path)
    assert len(file_formats.read(path, "trec").frame) == 3


def test_an_unknown_format_is_refused_with_all_names(write: Write) -> None:
    with pytest.raises(InputError, match="'json' is unknown; known: beir, .*, trec, trec_eval$"):
        file_formats.read(write("a.run", RUN), "json")


def test_a_format_sees_the_first_four_thousand_bytes(write: Write) -> None:
    assert file_formats.N_HEAD_BYTES == 4096
    topic = "q" * 3000  # its documents begin far behind the first bytes
    assert len(file_formats.read(write("a", f'{{"{topic}": {{"d1": 1.5}}}}')).frame) == 1


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.run: no such file"):
        file_formats.read(tmp_path / "none.run")
    with pytest.raises(InputError, match="is a folder; give a file"):
        file_formats.read(tmp_path)


@pytest.mark.parametrize("kind", ["text", "gzip", "parquet"])
def test_a_run_from_a_pipe_is_read_once(
    write: Write, pipe: Callable[[bytes], Path], kind: str
) -> None:
    path = write("a.run", RUN)
    table = file_formats.read(path).frame
    content = {
        "text": RUN.encode(),
        "gzip": gzip.compress(RUN.encode()),
        "parquet": table.to_parquet(),
    }[kind]
    piped = file_formats.read(pipe(content))
    pd.testing.assert_frame_equal(piped.frame, table)
    assert piped.sha256 == sha256(content).hexdigest()
