"""The section on the source's claims: its words come from the data, and flip with them."""

import pandas as pd
import pytest

from maw.reporting.page_data import PageData
from maw.reporting.sections.source_claims import all_rows, content, level
from maw.reporting.source.source_words import SourceWord
from maw.reporting.templates import environment
from tests.reporting.source_pages import SYSTEMS, THEORY, ablations, contrast, page


def claimed(limits: tuple[float, float] | None) -> PageData:
    """A page with one contrast by nDCG@1 over the fair control, whose mean is .5."""
    rows = [] if limits is None else [contrast("plain", limits)]
    return page(rows, theory=THEORY)


# of nDCG@1 the source claims +10 to +55 % for GRPO
@pytest.mark.parametrize(
    ("limits", "word"),
    [
        ((0.01, 0.10), SourceWord.SUPPORTED),
        ((-0.10, 0.04), SourceWord.CONTRADICTED),
        ((-0.01, 0.10), SourceWord.NOT_SUPPORTED),
        (None, SourceWord.NOT_TESTABLE),
    ],
)
def test_flipped_data_flip_the_word(limits: tuple[float, float] | None, word: SourceWord) -> None:
    rows = {row.claim: row for row in all_rows(claimed(limits))}
    assert rows["maw, nDCG@1"].word == word
    shown = content(claimed(limits))
    assert shown is not None
    of_claim = {row[0]: row for row in shown["full"]["body"]}
    assert of_claim["maw, nDCG@1"][4] == word.value


def test_the_short_table_has_a_line_a_group_at_its_best_for_the_source() -> None:
    rows = [
        contrast("plain", (-0.10, -0.02)),
        contrast("plain", (-0.01, 0.10), measure="Success@1"),
    ]
    shown = content(page(rows, theory=THEORY))
    assert shown is not None
    first = shown["table"]["body"][0]
    assert first[0] == "maw, Success@1 = RR@1"
    assert first[3] == "+9 [−2, +20] %"
    assert first[4] == "not supported (1), contradicted here (1)"
    names = [row[0] for row in shown["table"]["body"]]
    assert names[1:] == [
        "supervised router", "4 collections", "TREC DL19 significant", "Depths, gating", "Compute",
    ]  # fmt: skip
    assert shown["n_claims"] == len(shown["full"]["body"]) == 16
    assert shown["csv_rows"] == [2, 1]


def test_a_system_has_one_line_on_several_datasets_at_its_best_for_the_source() -> None:
    rows = [
        contrast("plain", (-0.10, -0.02)),
        contrast("plain", (-0.01, 0.10), dataset="two"),
    ]
    shown = content(page(rows, theory=THEORY))
    assert shown is not None
    first, second, *_ = shown["table"]["body"]
    assert (first[0], first[4]) == (
        "maw on two, nDCG@1",
        "not testable here (2), contradicted here (1), not supported (1)",
    )
    assert second[0] == "supervised router"


def test_the_unfolded_table_is_short() -> None:
    rows = [
        contrast(baseline, (-0.05, 0.04), measure=measure)
        for baseline in ("plain", "zero")
        for measure in ("Success@1", "RR@1", "nDCG@1")
    ]
    supervised = {**SYSTEMS["maw"], "router": {"kind": "supervised"}}
    systems = {**SYSTEMS, "told": {**supervised, "objective": {"kind": "supervised"}}}
    rows += [{**row, "system": "told"} for row in rows]
    shown = content(page(rows, systems=systems, theory=THEORY))
    assert shown is not None
    words = " ".join([*shown["table"]["head"], *(x for row in shown["table"]["body"] for x in row)])
    assert len(words.split()) <= 140


def test_the_level_is_said_for_all_words_together() -> None:
    rows = all_rows(claimed((-0.05, 0.04)))
    assert level(rows) == "The word that rests on an interval is false in at most 2.5 %."
    both = page([contrast("plain", (0.0, 0.1)), contrast("plain", (0.0, 0.1), measure="Success@1")])
    assert level(all_rows(both)) == (
        "Each of the 2 words that rest on such intervals is false in at most 2.5 %, at least one "
        "of them in at most 5 %."
    )
    assert level(all_rows(claimed(None))) == ""


def test_a_suite_without_the_sources_systems_has_no_such_section() -> None:
    assert content(page([], systems={"plain": SYSTEMS["plain"]}, theory=THEORY)) is None


def test_what_was_not_run_is_named_with_its_command() -> None:
    shown = content(claimed(None))
    assert shown is not None
    assert shown["not_run"] == [
        "snakemake --configfile workflow/config/ablations.yaml", "python benchmarks/attention.py",
    ]  # fmt: skip
    benchmark = pd.DataFrame(columns=["hidden", "L", "D", "mode", "form", "ratio_of_minima"])
    elsewhere = {"ablations": ablations([]), "attention_benchmark": benchmark}
    done = content(page([], theory=THEORY, elsewhere=elsewhere))
    assert done is not None
    assert done["not_run"] == []
    assert "Depths, gating" not in [row[0] for row in done["table"]["body"]]


def test_text_from_data_is_escaped_in_the_section() -> None:
    systems = {**SYSTEMS, "<b>": SYSTEMS["maw"]}
    systems.pop("maw")
    shown = content(page([], systems=systems, theory=THEORY))
    template = environment().get_template("sections/source_claims.html.j2")
    html = template.render(source_claims=shown, files="../tables/", remake="", root="results")
    assert "&lt;b&gt;, nDCG@1" in html
    assert "<b>" not in html
    assert "The source’s claims" in html
