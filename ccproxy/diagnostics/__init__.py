"""What is wrong with a policy, as values: collected everywhere, rendered at the edge."""

from ccproxy.diagnostics.catalogue import Code, Severity
from ccproxy.diagnostics.diagnostic import Diagnostic, Note, sort_diagnostics

__all__ = ["Code", "Diagnostic", "Note", "Severity", "sort_diagnostics"]
