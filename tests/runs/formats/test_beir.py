"""The JSON of ranx and BEIR is a ranking, whatever the file is called."""

import gzip
from pathlib import Path

import pytest

from maw.errors import InputError
from maw.runs import file_formats
from maw.runs.formats import beir

SAMPLE = Path(__file__).parent / "samples/beir/ranx.json"


def test_the_file_that_ranx_wrote_is_its_ranking() -> None:
    content = file_formats.read(SAMPLE)
    assert content.kind == "ranking"
    assert list(content.frame.itertuples(index=False, name=None)) == [
        ("q1", "d1", 2.5), ("q1", "d2", 1.25), ("q1", "d3", -0.5),
        ("q2", "d3", 0.75), ("q2", "d1", 0.5), ("q3", "d2", 0.00001),
    ]  # fmt: skip
    assert content.notices == ()


def test_content_tells_the_format_and_not_the_name(tmp_path: Path) -> None:
    plain = SAMPLE.read_bytes()
    for name, content in (("a.run", plain), ("b", gzip.compress(plain))):
        (tmp_path / name).write_bytes(content)
        assert beir.matches(tmp_path / name, content)
        assert len(file_formats.read(tmp_path / name).frame) == 6


def test_measure_over_topics_is_no_ranking(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"map": {"q1": 0.5, "q2": 1}, "P_5": {"q1": 0.2, "q2": 0}}')
    with pytest.raises(InputError, match=r"a\.json: its outer keys are measures \('P_5', 'map'\)"):
        file_formats.read(path)
