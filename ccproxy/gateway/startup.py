"""What the hook does once, when LiteLLM loads it: find the policy, read it, and refuse to start on a broken one."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import ccproxy
from ccproxy.diagnostics import Diagnostic, Severity
from ccproxy.facts.tokens.tokenizer import TokenizerError
from ccproxy.gateway.deciding import Decider
from ccproxy.gateway.failures import Failures
from ccproxy.gateway.location import SettingsError, locate

WORKERS = 8
"""Threads that decide where the event loop must not: tokenising long texts, Python predicates."""


class PolicyStartError(Exception):
    """There is no policy to start with; the message has its diagnostics."""


def start_decider() -> Decider:
    """A decider by the policy that this process is to use. Raises PolicyStartError, which ends LiteLLM's start."""
    try:
        location = locate(os.environ, litellm_config())
    except SettingsError as error:
        raise PolicyStartError(str(error)) from error
    failures = Failures()
    try:
        policy = ccproxy.load(location.policy, config_folder=location.folder, report=failures.report_predicate)
    except ccproxy.PolicyError as error:
        errors = [line_of(diagnostic) for diagnostic in error.diagnostics if diagnostic.severity is Severity.ERROR]
        raise PolicyStartError("\n".join([f"ccproxy can't use the policy {location.policy}:", *errors])) from None
    except OSError as error:
        raise PolicyStartError(f"ccproxy can't read the policy {location.policy}: {error.strerror or error}") from error
    threading.Thread(target=load_tokenizer, args=(policy,), name="ccproxy tokenizer", daemon=True).start()
    return Decider(policy, failures, ThreadPoolExecutor(WORKERS, "ccproxy"))


def load_tokenizer(policy: ccproxy.Policy) -> None:
    """Load the tokenizer before a request needs it; without one the counter says so itself, and estimates."""
    with suppress(TokenizerError):
        policy.counter.load()


def litellm_config() -> Path | None:
    """The config file that the LiteLLM in this process was started with, None where there is none."""
    server = sys.modules.get("litellm.proxy.proxy_server")
    path = getattr(server, "user_config_file_path", None) or os.environ.get("CONFIG_FILE_PATH")
    return Path(path) if isinstance(path, str) and path else None


def line_of(diagnostic: Diagnostic) -> str:
    """A diagnostic in one line: place, severity, name, message."""
    span = diagnostic.span
    position = span.source.position(span.start)
    return f"{span.source.name}:{position.line}:{position.column}: {diagnostic.severity} {diagnostic.name}: {diagnostic.message}"
