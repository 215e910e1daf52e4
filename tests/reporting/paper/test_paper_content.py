"""The tables of a paper: what they say of claims and means, and that they compile and fit."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from maw.reporting.frames import VerdictFrames
from maw.reporting.paper.paper_content import mean_tables, verdict_table
from maw.reporting.paper.paper_tables import COLUMN, PAGE, PaperTable, latex
from maw.settings.plan import Analysis
from maw.verdicts.decide import decide
from maw.verdicts.leaderboard import leaderboard
from tests.scored import plan_of, scored

GENERATOR = np.random.default_rng(12)
BASE = GENERATOR.uniform(0.3, 0.5, size=(20, 3))
MEASURES = [
    *(f"{name}@{depth}" for name in ("nDCG", "RR", "Success") for depth in (1, 5, 10, 100, 1000)),
    "AP", "Judged@10",
]  # fmt: skip
LONG = "a_system_with_a_name_that_nobody_would_type_twiceandwithoutanybreakinthelastpart"


def judged(
    names: list[str], plan: Analysis, *, datasets: tuple[str, ...] = ("toy",)
) -> VerdictFrames:
    """Return the frames of systems of which each ranks .05 better than the one before it."""
    tables = {
        name: BASE + 0.05 * place + GENERATOR.normal(0, 0.01, size=BASE.shape)
        for place, name in enumerate(names)
    }
    return frames_of(tables, plan, datasets=datasets)


def frames_of(
    tables: dict[str, np.ndarray],
    plan: Analysis,
    *,
    datasets: tuple[str, ...] = ("toy",),
    is_trained: bool = True,
) -> VerdictFrames:
    """Judge scores, each dataset with the same; the leaderboard has further measures' means."""
    scores = pd.concat([scored(tables, dataset=name) for name in datasets], ignore_index=True)
    trained = dict.fromkeys(tables, is_trained)
    decided = decide(scores, plan=plan, trained=trained, clusters=None, measures=[plan.primary])
    board = leaderboard(scores, clusters=None, measures=[plan.primary])
    boards = [board.assign(measure=measure) for measure in MEASURES]
    return VerdictFrames(
        comparisons=decided.rows,
        claims=decided.claims,
        leaderboard=pd.concat(boards, ignore_index=True),
    )


needs_latex = pytest.mark.skipif(
    shutil.which("pdflatex") is None,
    reason="pdflatex is not installed; `make test-latex` installs Debian's texlive",
)
Study = tuple[VerdictFrames, Analysis]


@pytest.fixture(scope="module")
def small() -> Study:
    """Two claims of one control each, and two reference contrasts, as in the suite `embedded`."""
    plan = plan_of(
        ("b_m", "a"), ("c", "a"), ("b_m", "zero", "reference"), ("c", "zero", "reference")
    )
    return judged(["zero", "a", "b_m", "c"], plan), plan


@pytest.fixture(scope="module")
def many() -> Study:
    """Claims of six controls each, as in the suite `routing_control`."""
    systems = [f"{LONG}{n}" for n in range(2)] + [f"maw_{n}" for n in range(5)]
    pairs = [(system, control) for system in systems[-2:] for control in systems[:5]]
    return judged(systems, plan := plan_of(*pairs)), plan


@pytest.fixture(scope="module")
def three() -> Study:
    plan = plan_of(("new", "old"))
    return judged(
        ["old", "new"], plan, datasets=("one", "a_dataset/with/a-long-name", "3 % & $")
    ), plan


def cells(table: PaperTable, row: int) -> list[str]:
    return [cell.text for cell in table.blocks[0].rows[row]]


def test_a_claim_of_one_control_is_one_row(small: Study) -> None:
    frames, plan = small
    table = verdict_table(frames, plan=plan)
    system, against, difference, limits, *_, verdict = cells(table, 0)
    assert (system, against, verdict) == ("b_m", "a", "better, by at least SESOI")
    row = frames.claims.iloc[0]
    assert difference == f"+{row['estimate']:.3f}".replace("0.", ".")
    assert limits == f"[+{row['lower']:.3f}, +{row['upper']:.3f}]".replace("0.", ".")
    assert cells(table, 2) == ["Reference contrasts: 95 % intervals, no verdict"]
    assert cells(table, 3)[:2] == ["b_m", "zero"]
    assert cells(table, 3)[-1] == "–"


def test_the_caption_has_data_test_level_and_correction(small: Study) -> None:
    frames, plan = small
    caption = verdict_table(frames, plan=plan).caption
    assert caption.startswith(
        "Verdicts by nDCG@10: toy, 20 queries, 3 seeds of each trained system."
    )
    assert "(95 % over 2 claims together: each at 97.5 %)" in caption
    assert "generalised p-values (Tsui and Weerahandi, 1989)" in caption
    assert "Bonferroni: adjusted over 2 claims" in caption
    assert "SESOI: 0.02" in caption


def test_a_claim_of_several_controls_has_a_row_for_each(many: Study) -> None:
    frames, plan = many
    table = verdict_table(frames, plan=plan)
    assert cells(table, 0)[:2] == ["maw_3", "all 5 controls"]
    controls = [cells(table, row)[1] for row in range(1, 6)]
    assert controls == list(plan.controls_of["maw_3", "better"])
    assert all(cells(table, row)[0] == cells(table, row)[-1] == "" for row in range(1, 6))
    assert len(table.blocks[0].rows) == 12


def test_datasets_are_headings_and_have_tables_of_their_own(three: Study) -> None:
    frames, plan = three
    rows = verdict_table(frames, plan=plan).blocks[0].rows
    headings = [row[0].text for row in rows if len(row) == 1]
    assert sorted(headings) == ["3 % & $", "a_dataset/with/a-long-name", "one"]
    names = [table.name for table in mean_tables(frames, plan=plan)]
    assert names == [f"leaderboard-{dataset}" for dataset in headings]


def test_the_best_is_bold_but_for_a_share_that_is_no_quality(small: Study) -> None:
    frames, plan = small
    (table,) = mean_tables(frames, plan=plan)
    bold = {
        (row[0].text, head)
        for block in table.blocks
        for row in block.rows
        for head, cell in zip(block.heads, row, strict=True)
        if cell.is_bold
    }
    assert bold == {("c", measure) for measure in MEASURES if measure != "Judged@10"}


def test_a_dagger_stands_only_where_the_plans_test_says_so(small: Study) -> None:
    frames, plan = small
    (table,) = mean_tables(frames, plan=plan)
    marked = {
        (row[0].text, head, cell.mark)
        for block in table.blocks
        for row in block.rows
        for head, cell in zip(block.heads, row, strict=True)
        if cell.mark
    }
    assert marked == {("b_m", "nDCG@10", "†"), ("c", "nDCG@10", "†")}
    assert "†: ranks better than each of its controls by nDCG@10." in table.caption
    undecided = replace(frames, claims=frames.claims.assign(word="inconclusive"))
    (table,) = mean_tables(undecided, plan=plan)
    assert not any(cell.mark for block in table.blocks for row in block.rows for cell in row)
    assert "†" not in table.caption
    lost = replace(frames, claims=frames.claims.assign(word="refuted"))
    assert "‡: ranks worse" in mean_tables(lost, plan=plan)[0].caption
    withheld = replace(frames, claims=frames.claims.assign(withheld="planted loss"))
    assert "†" not in mean_tables(withheld, plan=plan)[0].caption


def test_single_runs_of_topics_are_called_so() -> None:
    plan = plan_of(("new", "old"), sesoi=None)
    tables = {"old": BASE[:, :1], "new": BASE[:, :1] + GENERATOR.normal(0.1, 0.02, size=(20, 1))}
    frames = frames_of(tables, plan, is_trained=False)
    caption = verdict_table(frames, plan=plan, queries="topics").caption
    assert "toy, 20 topics, single runs." in caption
    assert "paired t-test over topics" in caption
    assert "SESOI" not in caption


def test_a_plan_without_contrasts_has_means_alone() -> None:
    plan = plan_of()
    frames = frames_of({"old": BASE, "new": BASE + 0.1}, plan)
    (table,) = mean_tables(frames, plan=plan)
    assert table.caption.startswith("Mean scores: toy.")


@needs_latex
@pytest.mark.parametrize("study", ["small", "many", "three"])
def test_every_table_compiles_and_fits(
    study: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    frames, plan = request.getfixturevalue(study)
    tables = [verdict_table(frames, plan=plan), *mean_tables(frames, plan=plan)]
    board = frames.leaderboard
    few = replace(frames, leaderboard=board[board["measure"].isin(["AP", "nDCG@10"])])
    narrow = [
        replace(table, name=f"narrow {n}") for n, table in enumerate(mean_tables(few, plan=plan))
    ]
    for width, inches in ((COLUMN, 3.3), (PAGE, 6.5)):
        fitting = [table for table in (*tables, *narrow) if table.width == width]
        log = compiled(latex(fitting), inches=inches, folder=tmp_path)
        assert [
            float(x) for x in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log) if float(x) > 1
        ] == []
        assert "Undefined control sequence" not in log


def compiled(tables: str, *, inches: float, folder: Path) -> str:
    """Return the log of a document of this text width with the tables; it must compile."""
    document = (
        "\\documentclass[12pt]{article}\\usepackage[utf8]{inputenc}\\usepackage{booktabs,array}\n"
        f"\\usepackage[textwidth={inches}in]{{geometry}}\\begin{{document}}\n{tables}\nText.\n"
        "\\end{document}\n"
    )
    (folder / "paper.tex").write_text(document, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    assert result.returncode == 0, result.stdout[-2000:]
    return result.stdout
