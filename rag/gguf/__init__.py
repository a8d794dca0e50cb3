"""What a model file in the GGUF format says of itself, read without trusting a byte of it."""

from .file import GgufInfo, check_gguf

__all__ = ["GgufInfo", "check_gguf"]
