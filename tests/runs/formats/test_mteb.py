"""Predictions of MTEB are the ranking of one split, and the model's name in them is not trusted."""

from pathlib import Path

import pytest

from maw.errors import InputError
from maw.runs import file_formats, find
from maw.runs.formats import mteb

SAMPLES = Path(__file__).parent / "samples/mteb"
NAME = "Fruit_predictions.json"


def test_the_only_split_is_the_ranking() -> None:
    content = file_formats.read(SAMPLES / "first" / NAME)
    assert list(content.frame.itertuples(index=False, name=None)) == [
        ("q1", "d1", 0.9), ("q1", "d2", 0.25), ("q2", "d3", 0.5), ("q2", "q2", 0.4),
    ]  # fmt: skip
    assert [notice.code for notice in content.notices] == ["own-id", "mteb-model"]
    assert find.name_of(SAMPLES / "first" / NAME) == "Fruit"


def test_the_name_of_the_first_model_stays_when_a_second_one_overwrites_its_splits() -> None:
    content = file_formats.read(SAMPLES / "overwritten" / NAME)
    assert content.frame["score"].tolist() == [0.8, 0.125, 0.75, 0.1]  # of lab/second
    (notice,) = content.notices
    assert notice.text.startswith("names the model 'lab/first'; where several models")


def test_a_file_without_a_model_is_known_by_its_four_levels(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_text('{"en": {"test": {"q1": {"d1": 1.0}}}}')
    content = file_formats.read(path)
    assert (len(content.frame), content.notices) == (1, ())
    assert not mteb.matches(path, b'{"test": {"q1": {"d1": 1.0}}}')


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ((SAMPLES / "two_splits" / NAME).read_text(),
         r"holds 2 splits \('default/dev', 'default/test'\), which have topics of their own"),
        ((SAMPLES / "classification" / NAME).read_text(),
         "the split default/test holds no rankings, so that its task is not retrieval; give"),
        ('{"mteb_model_meta": {"model_name": "a"}}', "holds no split; expected subset -> split"),
    ],
)  # fmt: skip
def test_another_content_is_one_line_with_the_mend(
    tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / NAME
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        file_formats.read(path)


def test_a_list_is_no_file_of_mteb(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("[1]")
    with pytest.raises(InputError, match="expected subset -> split -> topic -> document -> score"):
        file_formats.read(path, "mteb")
