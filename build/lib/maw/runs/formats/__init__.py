"""Formats of run files. Every module here is one format, which `maw.runs.file_formats` finds.

A format module has the constants `PRECEDENCE: int` and `ENDINGS: tuple[str, ...]`, and the
functions `matches(path, head)` and `read(path, piped=None)`; `maw.runs.file_formats.Format`
describes them. The module's name is the name of the format for the user. A new format needs no
other edit.
"""
