"""Text as LaTeX: nothing that LaTeX would read as a command is left."""

import re

from hypothesis import given
from hypothesis import strategies as st

from maw.reporting.paper.tex import escaped


def test_characters_of_latex_are_escaped_and_signs_are_its_own() -> None:
    assert escaped("b_m & 5 % of $3, −.005 ± {x}") == (r"b\_m \& 5 \% of \$3, $-$.005 $\pm$ \{x\}")
    assert escaped("“α′ ≥ 2”—U₂") == r"``$\alpha$$'$ $\geq$ 2''---U$_2$"


@given(st.text(alphabet=st.characters(max_codepoint=0x2200, categories=["L", "N", "P", "S"])))
def test_no_character_with_a_meaning_in_latex_stays_bare(text: str) -> None:
    # what is left after the escapes that the function itself writes
    commands = r"\\[a-z]+\{\}|\\[_&%#${}]|\$(?:-|<|>|\||'|\^2|_2|\\frac12|\\[a-z]+)\$"
    rest = re.sub(commands, "", escaped(text))
    assert not set(rest) & set("\\{}&%$#_^−")
