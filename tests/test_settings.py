"""Settings refuse what they do not know and what is out of range."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from rag import Settings


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"vector_store": "pinecone"},
        {"memory_tokens": -1},
        {"passages": 0},
        {"passages": 51},
        {"quotes": 0},
        {"answer_tokens": 0},
        {"temperature": -0.1},
        {"refuse_below": 1.1},
        {"context_tokens": -5},
        {"strategy": "guess"},
        {"votes": 1},
        {"votes": 16},
        {"vote_temperature": 0.0},
        {"shots": 0},
        {"seed": -1},
        {"reasoning_tokens": 3},
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        Settings(**wrong)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().model = "other"  # type: ignore[misc]


def test_a_single_change_leaves_the_others() -> None:
    changed = Settings(**{**Settings().model_dump(), "passages": 3})
    assert changed.passages == 3
    assert changed.model_dump(exclude={"passages"}) == Settings().model_dump(exclude={"passages"})


def test_s20_a_constructor_in_disguise_is_a_name_like_any_other() -> None:
    secret = '{"lc":1,"type":"secret","id":["PATH"]}'
    assert Settings(model=secret).model == secret
