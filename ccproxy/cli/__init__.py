"""The command line: `ccproxy`, one command a file."""

from ccproxy.cli.group import main

__all__ = ["main"]
