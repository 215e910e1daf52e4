"""The summary in Markdown shows names from data as they are, whatever signs they have."""

import numpy as np
import pytest
from markdown_it import MarkdownIt

from maw.comparison import Comparison, conclude
from maw.reporting.comparison_markdown import escaped
from maw.runs.evidence import Evidence
from maw.runs.notices import Notice
from maw.settings.plan import Analysis
from tests.scored import plan_of, scored

Q = 30
EVIL = [
    "<img src=x onerror=alert(1)>",
    "[free](http://example.org)",
    "![x](y)",
    "a|b",
    "`code`",
    "**bold** _it_ ~~gone~~",
    "# heading",
    "1. first",
    "- item",
    "+0.1",
    "=====",
    "back\\slash\\`",
    "&lt;b&gt; &copy;",
    "two\nlines\n\n# three",
    "x $a_1$ y",
    "https://example.org www.example.org",
]


def rendered(markdown: str) -> tuple[str, set[str]]:
    """Return the text that a reader sees, and the kinds of all inline parts but text."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    parts = [part for token in tokens for part in token.children or []]
    kinds = {part.type for part in parts} - {"text", "text_special"}
    return "".join(part.content for part in parts), kinds


@pytest.mark.parametrize("text", EVIL)
def test_no_sign_of_a_text_is_read_as_markdown(text: str) -> None:
    one_line = " ".join(text.split())
    assert rendered(escaped(text)) == (one_line, set())
    blocks = {token.type for token in MarkdownIt("commonmark").parse(escaped(text))}
    assert blocks == {"paragraph_open", "inline", "paragraph_close"}
    assert "\n" not in escaped(text)


def test_addresses_and_users_are_no_links() -> None:
    # GitHub links both without any sign of Markdown; a sign between their parts prevents it
    assert escaped("see https://x.y") == r"see https\://x.y"
    assert escaped("www.x.y") == r"www\.x.y"
    assert escaped("by @somebody, nDCG@10") == "by @<!-- -->somebody, nDCG@10"


def compared(plan: Analysis, *, name: str = "new", is_planned: bool = True) -> Comparison:
    generator = np.random.default_rng(0)
    old = generator.uniform(0.2, 0.6, (Q, 1))
    tables = {name: old + generator.normal(0.1, 0.02, (Q, 1)), "old": old}
    if not is_planned:
        tables |= {"a|b": np.where(old > 0.45, old, 0.0)}
    notices = (Notice("unjudged", "<b>new.run", 3, "3 documents are unjudged"),)
    evidence = Evidence(scored(tables), ("nDCG@10",), notices)
    return conclude(evidence, plan=plan, texts={"q00": "<i>why|"}, is_planned=is_planned)


def test_the_summary_has_the_heading_the_table_and_the_notices() -> None:
    comparison = compared(plan_of(("new", "old")))
    lines = comparison.to_markdown().splitlines()
    assert lines[0] == "## Yes, on toy: new ranks better than old."
    assert "**nDCG@10 on toy**, 30 topics" in lines
    head = lines.index("| System | Against | Mean | Difference | Limits | Verdict |")
    assert lines[head + 1] == "| --- | --- | ---: | ---: | --- | --- |"
    assert lines[head + 2].startswith("| new | old | 0.")
    assert lines[head + 2].endswith("| better, by at least SESOI |")
    assert "### Noticed" in lines
    assert r"- \<b\>new.run: 3 documents are unjudged" in lines
    assert lines[-1] == f"Plan: SHA-256 `{comparison.plan.digest()}`"
    assert any(line.startswith("Limits: 95 %. 0.02 is the smallest difference") for line in lines)


def test_a_name_with_signs_stays_in_its_cell() -> None:
    name = "a|<img src=x>"
    markdown = compared(plan_of((name, "old")), name=name).to_markdown()
    text, kinds = rendered(markdown)
    assert name in text
    assert kinds == {"strong_open", "strong_close", "code_inline"}
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    assert sum(token.type == "td_open" for token in tokens) == 6


def test_several_claims_and_a_plan_without_any() -> None:
    plan = plan_of(("new", "old"), ("old", "new"))
    lines = compared(plan).to_markdown().splitlines()
    assert lines[0] == "## On toy, 1 of 2 claims holds."
    assert lines[2] == "- Yes, on toy: new ranks better than old."
    lines = compared(plan_of()).to_markdown().splitlines()
    assert lines[0] == "## The plan names no claim."


def test_the_accepted_loss_is_told() -> None:
    contrast = {"system": "new", "baseline": "old", "role": "non-inferiority", "margin": 0.02}
    plan = Analysis.checked({"contrasts": [contrast]}, source="test")
    markdown = compared(plan).to_markdown()
    assert markdown.startswith("## Yes, on toy: new is not worse than old by 0.02 or more.\n")
    assert "A loss below 0.02 still counts as not worse." in markdown
    assert "| non-inferior |" in markdown


def test_topics_that_turn_and_tiers_stand_below_the_table() -> None:
    plan = plan_of(("new", "old"), ("a|b", "old"))
    markdown = compared(plan, is_planned=False).to_markdown()
    lines = markdown.splitlines()
    head = "### Topics that turn: a relevant document in the first 10, or none"
    first = lines.index(head) + 2
    assert lines[first].startswith("- None of 30 topics turns from a hit into a miss, or back,")
    assert lines[first + 1].startswith("- Of 30 topics, ")
    turned = [line for line in lines if line.startswith("  - lost: q")]
    assert len(turned) == 10  # the first ones
    tiers = lines.index("### Tiers on toy")
    assert lines[tiers + 2 : tiers + 4] == ["| System | Mean | Tier |", "| --- | ---: | --- |"]
    assert lines[tiers + 6].startswith(r"| a\|b | 0.")
    text, kinds = rendered(markdown)
    assert "a|b" in text
    assert kinds == {"strong_open", "strong_close", "code_inline", "softbreak"} & kinds
    assert "html_inline" not in kinds
