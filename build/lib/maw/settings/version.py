"""The version number of maw. pyproject.toml and the report's pages read it from here."""

VERSION = "0.1.0"
