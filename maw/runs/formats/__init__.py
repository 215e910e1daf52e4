"""Formats of run files. Every module here is one format, which `maw.runs.file_formats` finds.

A format module has the constants `PRECEDENCE: int` and `ENDINGS: tuple[str, ...]`, and the
functions `matches(path, head)` and `read(path)`; `maw.runs.file_formats.Format` describes them. A
new format needs no other edit.
"""
