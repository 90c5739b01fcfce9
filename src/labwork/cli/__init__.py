"""The command line: it parses, calls, prints and exits."""

from labwork.cli._main import main

__all__ = ["main"]
