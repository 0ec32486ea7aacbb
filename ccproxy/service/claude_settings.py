"""Points Claude Code, and what is built on its SDK, at the proxy: its variables, the user's login, and its settings files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ccproxy.gateway.login import LOGIN_PREFIX
from ccproxy.models.litellm_config import Deployment
from ccproxy.regular_files import expanded
from ccproxy.service.preflight import Obstacle

KEY_HEADER = "x-litellm-api-key"
"""The header in which LiteLLM looks for its own key first, so that `authorization` is free for the user's login."""
OTHER_WAYS = ("CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY")
"""Variables that make Claude Code talk to another service instead of ANTHROPIC_BASE_URL."""
NOT_ANTHROPIC = {"CLAUDE_CODE_AUTO_MODE_SERVER": "0", "ENABLE_TOOL_SEARCH": "false"}
"""Variables that turn off what Claude Code must not expect of models that are not Anthropic's."""
WATCHED = (
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_CUSTOM_HEADERS",
    "CLAUDE_CODE_GATEWAY_HINT_HEADERS",
    *OTHER_WAYS,
    *NOT_ANTHROPIC,
)
"""Variables that decide what Claude Code talks to, as whom and how."""


def claude_variables(url: str, key: str, deployments: Sequence[Deployment], environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that point Claude Code at the proxy at `url` with the proxy's key; `deployments` are those that its requests can go to.

    A user with a Claude subscription and no API key stays logged in with it; all others use the proxy's key alone.
    """
    variables = {"ANTHROPIC_BASE_URL": url, "CLAUDE_CODE_GATEWAY_HINT_HEADERS": "1"}
    if any(not deployment.is_anthropic for deployment in deployments):
        variables |= {name: environment.get(name, value) for name, value in NOT_ANTHROPIC.items()}
    if not has_subscription(environment):
        return variables | {"ANTHROPIC_AUTH_TOKEN": key}
    if "ANTHROPIC_AUTH_TOKEN" in environment:
        variables["ANTHROPIC_AUTH_TOKEN"] = environment["ANTHROPIC_AUTH_TOKEN"]
    headers = [line for line in environment.get("ANTHROPIC_CUSTOM_HEADERS", "").splitlines() if not _is_key_header(line)]
    return variables | {"ANTHROPIC_CUSTOM_HEADERS": "\n".join([*headers, f"{KEY_HEADER}: Bearer {key}"])}


def _is_key_header(line: str) -> bool:
    return line.partition(":")[0].strip().lower() == KEY_HEADER


def has_subscription(environment: Mapping[str, str]) -> bool:
    """Whether Claude Code would use a Claude subscription here: there is a login or token, and no key that takes precedence."""
    if environment.get("ANTHROPIC_AUTH_TOKEN"):
        return environment["ANTHROPIC_AUTH_TOKEN"].startswith(LOGIN_PREFIX)
    if environment.get("ANTHROPIC_API_KEY"):
        return False
    if environment.get("CLAUDE_CODE_OAUTH_TOKEN"):
        return True
    if "claudeAiOauth" in _json(claude_folder(environment) / ".credentials.json"):
        return True
    # on macOS the login itself is in the keychain; a login by API key is stored as primaryApiKey beside the account
    configured = environment.get("CLAUDE_CONFIG_DIR")
    account = _json((expanded(configured) if configured else _home(environment)) / ".claude.json")
    return "oauthAccount" in account and "primaryApiKey" not in account


def claude_folder(environment: Mapping[str, str]) -> Path:
    """Claude Code's configuration folder."""
    configured = environment.get("CLAUDE_CONFIG_DIR")
    return expanded(configured) if configured else _home(environment) / ".claude"


def settings_files(environment: Mapping[str, str], here: Path) -> list[Path]:
    """Claude Code's settings files that apply to a session in the folder `here`; any may be missing."""
    user, project = claude_folder(environment), here / ".claude"
    managed = "/Library/Application Support/ClaudeCode" if sys.platform == "darwin" else "/etc/claude-code"
    return [
        Path(managed) / "managed-settings.json",
        *[folder / name for folder in (project, user) for name in ("settings.local.json", "settings.json")],
    ]


def overridden_by_settings(environment: Mapping[str, str], here: Path, wanted: Mapping[str, str]) -> Iterator[Obstacle]:
    """The settings in Claude Code's files that contradict `wanted`, because they override the environment."""
    for path in dict.fromkeys(settings_files(environment, here)):
        settings = _json(path)
        variables = settings.get("env")
        for name in WATCHED:
            value = variables.get(name) if isinstance(variables, dict) else None
            if value is not None and str(value) != wanted.get(name):
                yield Obstacle(f"{path} sets {name} in its env, which wins over the environment", "take it out there")
        if settings.get("apiKeyHelper"):
            yield Obstacle(f"{path} has an apiKeyHelper: its key is sent instead of the proxy's", "take it out there")


def _home(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("HOME") or expanded("~"))


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
