"""The chat page: Streamlit in front of `rag`; what comes from outside is shown as text alone."""

__all__: list[str] = []
