"""Text as LaTeX: characters that LaTeX reads as commands are escaped, signs become its own.

The result compiles with pdfLaTeX wherever the text has Latin letters and the signs below; letters
of other scripts are kept, for LuaLaTeX and XeLaTeX.
"""

SIGNS = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$",
        "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
        "<": "$<$", ">": "$>$", "|": "$|$", '"': "''", "−": "$-$", "±": r"$\pm$",
        "≥": r"$\geq$", "≤": r"$\leq$", "∞": r"$\infty$", "×": r"$\times$", "·": r"$\cdot$",
        "α": r"$\alpha$", "Δ": r"$\Delta$", "²": "$^2$", "₂": "$_2$", "½": r"$\frac12$",
        "′": "$'$", "–": "--", "—": "---", "“": "``", "”": "''", "‘": "`", "’": "'",
        "…": r"\dots{}", "†": r"$\dagger$", "‡": r"$\ddagger$", "\N{NO-BREAK SPACE}": "~",
    }
)  # fmt: skip


def escaped(text: str) -> str:
    """Return a text as LaTeX that prints it, with a true minus sign for U+2212."""
    return text.translate(SIGNS)
