"""A paper gets a LaTeX table whose text needs no escaping by hand."""

import pandas as pd

from maw.reporting.latex import latex


def test_characters_of_latex_are_escaped() -> None:
    table = latex(pd.DataFrame({"System": ["b_m"], "Share": ["5 %"]})).decode()
    assert r"\begin{tabular" in table
    assert r"b\_m" in table
    assert r"5 \%" in table
