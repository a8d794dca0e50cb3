"""LangChain's own suites for chat models, run against the real small model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from rag.llama_chat import LlamaChat
from rag.worker import Worker


class _Declared:
    """What the model can do, in the suite's own words: text in, text out."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return LlamaChat

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"n_ctx": 1024}

    @property
    def standard_chat_model_params(self) -> dict[str, Any]:
        return {"temperature": 0.0, "max_tokens": 24, "timeout": 60.0, "stop": []}

    @property
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_structured_output(self) -> bool:
        return False


class TestUnit(_Declared, ChatModelUnitTests):
    pass


class TestIntegration(_Declared, ChatModelIntegrationTests):
    @pytest.fixture(autouse=True)
    def _one_process_at_a_time(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        made: list[Worker] = []
        start = Worker.__init__

        def remembered(worker: Worker, *args: Any, **kwargs: Any) -> None:
            start(worker, *args, **kwargs)
            made.append(worker)

        monkeypatch.setattr(Worker, "__init__", remembered)
        yield
        for worker in made:
            worker.stop()
