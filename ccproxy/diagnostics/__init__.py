"""Turns what is found into values, each with a code, a place, a message and fixes. Collected everywhere, rendered at the edge."""

from ccproxy.diagnostics.catalogue import Code, Severity
from ccproxy.diagnostics.diagnostic import Diagnostic, Note, sort_diagnostics
from ccproxy.diagnostics.fix import Edit, Fix

__all__ = ["Code", "Diagnostic", "Edit", "Fix", "Note", "Severity", "sort_diagnostics"]
