"""A key that stands twice in one mapping is an error with its line; all other YAML is read."""

import pytest
import yaml

from maw.errors import InputError
from maw.settings.yaml_text import load_yaml

MERGED = """
base: &base {depth: 1, heads: 2}
middle: &middle
  <<: *base
  depth: 3
last:
  <<: *middle
  depth: 4
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "x.yaml:3: key 'a' stands twice .*first: line 1.*; keep one"),
        ("top:\n  - {a: 1, 'a': 1}\n", "x.yaml:2: key 'a' stands twice"),
        ("1: x\n0x1: y\n", "x.yaml:2: key '0x1' stands twice"),
        ('{"a": {"b": 1,\n "b": 2}}', "x.yaml:2: key 'b' stands twice"),
        ("a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a\n", "x.yaml:4: key '<<' stands twice"),
    ],
)
def test_a_repeated_key_is_one_line_with_both_places(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_yaml(text, source="x.yaml")


@pytest.mark.parametrize(
    "text",
    [
        MERGED,
        "a: {x: 1}\nb: {x: 1}\n",
        "- &one {x: [1, 2]}\n- *one\n- *one\n",
        "&loop [*loop]",
        "",
        "just text",
        "2020-01-01: a date\n1: a number\n'1': a text\n",
    ],
)
def test_all_other_yaml_is_what_pyyaml_reads(text: str) -> None:
    assert repr(load_yaml(text, source="x.yaml")) == repr(yaml.safe_load(text))


def test_what_is_no_yaml_stays_the_callers_error() -> None:
    with pytest.raises(yaml.YAMLError):
        load_yaml("a: [", source="x.yaml")
