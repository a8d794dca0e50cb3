"""`python -m rag` is the command `rag`."""

from .cli import main

if __name__ == "__main__":
    main()
