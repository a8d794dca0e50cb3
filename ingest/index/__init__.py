"""The index: a catalog that is the truth, and the caches made from it."""

__all__: list[str] = []
