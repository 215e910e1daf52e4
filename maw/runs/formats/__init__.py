"""Formats of run files, a module each, which `maw.runs.file_formats` finds by their files' names.

A format module has a constant `PRECEDENCE: int` and the functions `matches(path, head)` and
`read(path)`; `maw.runs.file_formats.Format` describes them. Nothing else needs an edit.
"""
