"""What the tests of pages share with those of the commands that the pages show."""

from tests.commands.conftest import maw

__all__ = ["maw"]
