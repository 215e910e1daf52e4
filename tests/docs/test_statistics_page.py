"""What docs/verdict.md and docs/statistics.md tell about words, plans and numbers is so."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from docs.figures import mistakes, planning, shared_seeds, small_levels, words
from maw.settings.plan import Analysis
from maw.settings.planned import Controls
from maw.significance import Word

DOCS = Path(__file__).parents[2] / "docs"
STATISTICS = (DOCS / "statistics.md").read_text(encoding="utf-8")
VERDICT = (DOCS / "verdict.md").read_text(encoding="utf-8")


def test_the_plan_on_the_page_is_a_plan() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", STATISTICS, re.DOTALL)
    plan = Analysis.model_validate(yaml.safe_load(block))
    assert {contrast.role for contrast in plan.contrasts} == {"confirmatory", "non-inferiority"}
    assert plan.look_alpha(5) == 0.005


def test_the_table_has_every_word_in_the_order_of_the_rules() -> None:
    table = VERDICT[VERDICT.index("| word |") : VERDICT.index("### ")]
    rows = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("|")]
    assert rows[2:] == [word.value for word in Word]


def test_every_word_has_a_section_with_its_picture() -> None:
    for word in Word:
        name = words.file_name(word)
        section = VERDICT.partition(f"### {word.value}\n")[2].partition("\n#")[0]
        assert f"](pictures/{name}.svg)" in section
        assert (DOCS / f"pictures/{name}.svg").is_file()


def test_the_page_names_every_control_of_the_study() -> None:
    for name in Controls.model_fields:
        (options,) = re.findall(rf"- `{name}: (.*?)`", STATISTICS)
        Controls.model_validate({name: yaml.safe_load(options)})


def test_the_table_of_mistakes_has_the_simulated_rates() -> None:
    rates = pd.read_csv(DOCS / "pictures/mistakes.csv").set_index("analysis")["rate"]
    shown = dict(re.findall(r"^\| (.+?) \| (\.\d+) \|$", STATISTICS, re.MULTILINE))
    assert list(shown) == [*mistakes.MISTAKES, mistakes.CLUSTERS, mistakes.CLAIMS,
                           mistakes.CLUSTERED, mistakes.RIGHT]  # fmt: skip
    for analysis, rate in shown.items():
        assert float(rate) == pytest.approx(rates[analysis], abs=5.1e-4)
    faq = (DOCS / "faq.md").read_text(encoding="utf-8")
    usual = rates["means over five seeds, t-test over queries"]
    assert f"in {100 * usual:.0f} % of experiments instead of 5 %" in faq


def test_the_detectable_leads_of_the_page_are_those_of_the_figure() -> None:
    found = planning.detectable(seeds=(3, 5), queries=(550, 2000)).set_index(["queries", "seeds"])
    detected = found["detectable"]
    assert f"550 queries detect {detected[550, 5]:.3f}".replace("0.", ".") in STATISTICS
    assert f"2,000 detect {detected[2000, 5]:.3f}".replace("0.", ".") in STATISTICS
    assert detected[550, 5] / detected[550, 3] == pytest.approx(0.5, abs=0.05)


def test_the_example_of_shared_seeds_has_the_numbers_of_the_page() -> None:
    tests = shared_seeds.contrasts()
    mean = tests["shared"].mean
    assert tests["independent"].mean == mean
    halves = [f"±{tests[form].half_width(0.025):.3f}" for form in shared_seeds.FORMS]
    text = f"+{mean:.3f}: {halves[0]} with shared seeds, {halves[1]} if they".replace("0.", ".")
    assert text in STATISTICS


def test_the_worst_sizes_of_the_page_are_those_of_the_table() -> None:
    sizes = small_levels.largest_sizes().set_index(["seeds", "level", "test"])["size"]
    decides, beside = small_levels.TESTS
    assert f"errs up to {sizes[3, '.0029', beside]:.1f} times" in STATISTICS
    assert f"at most {sizes[3, '.0029', decides]:.2f} times" in STATISTICS
