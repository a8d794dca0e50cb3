"""Parts of the models page: each draws one thing, and does what is pressed there."""

__all__: list[str] = []
