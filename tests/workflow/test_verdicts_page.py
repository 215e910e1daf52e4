"""What docs/verdicts.md tells about words and plans is what the package has."""

import re
from pathlib import Path

import yaml

from maw.settings.plan import Analysis
from maw.settings.planned import Controls
from maw.significance import Word

PAGE = (Path(__file__).parents[2] / "docs/verdicts.md").read_text(encoding="utf-8")


def test_the_plan_on_the_page_is_a_plan() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    plan = Analysis.model_validate(yaml.safe_load(block))
    assert {contrast.role for contrast in plan.contrasts} == {"confirmatory", "non-inferiority"}
    assert plan.look_alpha(5) == 0.005


def test_the_page_has_every_word_in_the_order_of_the_rules() -> None:
    table = PAGE[PAGE.index("| word |") : PAGE.index("The first row that fits")]
    rows = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("|")]
    assert rows[2:] == [word.value for word in Word]


def test_the_page_names_every_control_of_the_study() -> None:
    for name in Controls.model_fields:
        (options,) = re.findall(rf"- `{name}: (.*?)`", PAGE)
        Controls.model_validate({name: yaml.safe_load(options)})
