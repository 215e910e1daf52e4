"""The index is written from the answers of all suites that have a report."""

from collections.abc import Callable
from pathlib import Path

import pytest

from maw.stages.index import index

ANSWER = {
    "suite": "tiny", "root": "results/suites/tiny", "scope": "", "datasets": ["toy"],
    "n_systems": 2, "n_seeds": 5, "headings": ["Yes, on toy."], "bullets": [], "n_passed": 3,
    "failed": [],
}  # fmt: skip


def test_each_suite_has_its_answer_and_a_link(
    tmp_path: Path,
    write: Callable[..., Path],
    call: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    page = Path("results/index.html")
    answers = [write(tmp_path / "results/suites/tiny/report/answer.json", ANSWER)]
    call(index, {}, answers=answers, page=page)
    html = page.read_text(encoding="utf-8")
    assert '<a href="suites/tiny/report/index.html">tiny</a>' in html
    assert "Yes, on toy." in html
    assert "1 suite in results/index.html" in capsys.readouterr().out
    assert "could not tell" not in html  # an older answer, which has no list of them
    write(tmp_path / "results/suites/tiny/report/answer.json", {**ANSWER, "unknown": ["x", "y"]})
    call(index, {}, answers=answers, page=page)
    assert "3 checks passed, 2 could not tell" in page.read_text(encoding="utf-8")
