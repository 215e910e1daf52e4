"""What a system does not say of itself has the value that fits maw's own training loop."""

from typing import Any

import pytest

from maw.errors import InputError
from maw.settings import registry, traits


def entry(**options: Any) -> Any:
    return registry.parse("systems", options)


def test_a_system_of_maws_own_loop_says_nothing() -> None:
    plain = entry(kind="bi_encoder", objective={"kind": "ranking"})
    assert not traits.trains_itself(plain)
    for trait in (traits.has_learning_rate, traits.has_steps, traits.records_draws):
        assert trait(plain)
    for trait in (traits.reads_index, traits.uses_device, traits.ranks_all):
        assert not trait(plain)
    assert traits.fingerprint(plain) == {}
    assert traits.reads_index(entry(kind="bm25"))


def test_a_kind_that_trains_itself_may_have_systems_that_are_not_trained() -> None:
    rank = "python -m p {queries} {out}"
    assert not traits.trains_itself(entry(kind="command", rank=rank))
    train, with_model = "python -m p {data} {model} {seed}", f"{rank} {{model}}"
    assert traits.trains_itself(entry(kind="command", rank=with_model, train=train))


def test_a_system_whose_program_is_missing_is_named() -> None:
    systems = {
        "plain": entry(kind="bm25"),
        "mine": entry(kind="command", rank="no-such-program {queries} {out}"),
    }
    with pytest.raises(InputError, match=r"^systems\.mine: no-such-program: no such program; ins"):
        traits.require_files(systems)
