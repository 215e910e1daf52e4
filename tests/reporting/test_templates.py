"""The template engine: text from data is escaped, and a missing name is an error."""

import pandas as pd
import pytest
from jinja2 import UndefinedError

from maw.reporting.tables import rows_of
from maw.reporting.templates import environment, style


def test_text_from_data_is_escaped() -> None:
    rows = rows_of(pd.DataFrame({"text": ["<script>alert(1)</script>"]}))
    template = environment().from_string("{% for row in body %}{{ row[0] }}{% endfor %}")
    assert template.render(rows) == "&lt;script&gt;alert(1)&lt;/script&gt;"


def test_a_missing_name_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="difference"):
        environment().from_string("{{ difference | signed }}").render()


def test_the_style_stands_in_the_page_as_it_is() -> None:
    assert environment().from_string("{{ style }}").render(style=style()) == str(style())
    assert "{" in style()
