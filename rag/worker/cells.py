"""What llama.cpp keeps of the tokens of each slot: cut short, forgotten, taken out and put in."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

from .slot import Slot

__all__ = ["Cells"]


class Cells:
    """The cells of a context, those of each slot apart; `Slot.held` says what lies in them.

    Args:
        library: the `llama_cpp` module; passed in, because one file alone imports it.
        context: made for sequences that share no cells.
    """

    def __init__(self, library: Any, context: Any) -> None:
        self._library, self._context = library, context
        self._memory = library.llama_get_memory(context)
        model = library.llama_get_model(context)
        kinds = library.llama_model_is_recurrent, library.llama_model_is_hybrid
        self.goes_back = not any(kind(model) for kind in kinds)
        """Whether the last tokens can be dropped; recurrent models keep no past."""

    def keep(self, slot: Slot, size: int) -> int:
        """Keep the first `size` tokens of a slot, or none where that cannot be; how many it is."""
        if not self._library.llama_memory_seq_rm(self._memory, slot.sequence, size, -1):
            self.forget(slot)
            return 0
        if size < len(slot.held):
            slot.owed.clear()
        del slot.held[size:]
        return size

    def forget(self, slot: Slot) -> None:
        """Empty a slot."""
        self._library.llama_memory_seq_rm(self._memory, slot.sequence, -1, -1)
        slot.held.clear()
        slot.owed.clear()

    def state(self, slot: Slot) -> bytes:
        """What a slot holds, in llama.cpp's form."""
        size = self._library.llama_state_seq_get_size(self._context, slot.sequence)
        buffer = (ctypes.c_uint8 * size)()
        self._library.llama_state_seq_get_data(self._context, buffer, size, slot.sequence)
        return bytes(buffer)

    def put(self, slot: Slot, tokens: Sequence[int], state: bytes) -> list[int]:
        """Fill a slot; returns what it holds then, nothing where the library refuses the state."""
        self.forget(slot)
        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        if self._library.llama_state_seq_set_data(self._context, buffer, len(state), slot.sequence):
            slot.held = list(tokens)
        else:
            self.forget(slot)
        return slot.held
