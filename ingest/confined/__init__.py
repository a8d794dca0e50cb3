"""A child process that strangers' bytes may crash: asked from outside, limited from inside."""

__all__: list[str] = []
