"""Judgements made by a model are told, and nothing is told where people judged."""

import pytest

from maw.errors import InputError
from maw.runs.judge import judge_notices


def test_a_model_as_judge_is_a_notice_and_people_are_none() -> None:
    (notice,) = judge_notices("llm", subject="qrels")
    assert (notice.code, notice.subject) == ("judged-by-model", "qrels")
    assert "tests on them reject too often" in notice.text
    assert judge_notices(None, subject="qrels") == ()


def test_another_judge_is_refused() -> None:
    with pytest.raises(InputError, match="judge: 'gpt' is unknown; give 'llm' where a language"):
        judge_notices("gpt", subject="qrels")
