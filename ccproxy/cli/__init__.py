"""Turns arguments into calls of all the other rooms: the command line `ccproxy`, one command a file."""

from ccproxy.cli.group import main

__all__ = ["main"]
