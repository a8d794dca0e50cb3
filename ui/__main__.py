"""`python -m ui RUN…`: Streamlit's command, with all imported that a first visitor would wait for.

The arguments are Streamlit's own, such as `run app.py -- --kb FOLDER`.
"""

from __future__ import annotations

from importlib import import_module

from streamlit.web import cli


def main() -> None:
    """Import the page, then hand over to Streamlit."""
    import_module("ui.app")
    cli.main(prog_name="streamlit")


if __name__ == "__main__":
    main()
