"""A checked policy compiled: one function that decides, and one for each part of a condition that explains."""

from ccproxy.compiler.router import Router, compile_policy

__all__ = ["Router", "compile_policy"]
