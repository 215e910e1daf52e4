"""The version of maw, stated once: pyproject.toml and the pages read it here."""

VERSION = "0.1.0"
