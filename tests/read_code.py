"""The code that `maw.jobs.provenance` keeps in memory, which tests change on disk."""

from maw.jobs import provenance


def forget_code() -> None:
    """Forget all code that was read before, so that what a test has changed is read anew."""
    for cached in (provenance._code, provenance.closure, provenance._parsed):
        cached.cache_clear()
