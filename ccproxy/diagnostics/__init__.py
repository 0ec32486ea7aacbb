"""What is wrong with a policy, as values: collected everywhere, rendered at the edge."""

from ccproxy.diagnostics.catalogue import CATALOGUE, Code, Severity, code_named
from ccproxy.diagnostics.diagnostic import Diagnostic, Note, sort_diagnostics

__all__ = ["CATALOGUE", "Code", "Diagnostic", "Note", "Severity", "code_named", "sort_diagnostics"]
