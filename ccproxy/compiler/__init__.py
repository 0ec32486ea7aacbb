"""Turns a checked policy into one function that decides, and one for each part of a condition, for explanations."""

from ccproxy.compiler.router import Router, compile_policy

__all__ = ["Router", "compile_policy"]
