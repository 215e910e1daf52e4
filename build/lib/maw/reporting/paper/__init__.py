"""The verdicts for a paper: methods and results as text, their sources, tables that fit a page."""
