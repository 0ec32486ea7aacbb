"""Whether a virtual key may use a label: LiteLLM checks the model that the client names, before the hook chooses another."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

try:
    from litellm.proxy._types import ProxyException
    from litellm.proxy.auth.auth_checks import can_key_call_resolved_model, can_user_call_model, get_user_object
except ImportError:  # another LiteLLM: restricted keys are refused then
    CHECK_IS_THERE = False
else:
    CHECK_IS_THERE = True

_log = logging.getLogger("ccproxy.gateway")

RESTRICTIONS = ("models", "access_group_ids", "team_id", "team_models", "project_id", "end_user_id", "config")
"""Attributes of a key through which its models may be limited."""


async def may_use(key: Any, label: str) -> bool:
    """Whether LiteLLM would let the key name this label: by the key itself, its team, project, user and end user.

    Never raises. Where the answer can't be had, a key without any restriction may and every other may not.
    """
    if not CHECK_IS_THERE:
        return not is_restricted(key)
    try:
        from litellm.proxy import proxy_server

        router = proxy_server.llm_router
        await can_key_call_resolved_model(model=label, llm_model_list=proxy_server.llm_model_list, valid_token=key, llm_router=router)
        if key.user_id is not None and key.team_id is None and proxy_server.prisma_client is not None:
            await _user_may_use(key, label, proxy_server)
    except ProxyException:
        return False
    except Exception as error:
        _log.warning("the access check for a label failed: %s", type(error).__name__)
        return not is_restricted(key)
    return True


async def _user_may_use(key: Any, label: str, proxy_server: Any) -> None:
    user = await get_user_object(
        user_id=key.user_id,
        prisma_client=proxy_server.prisma_client,
        user_api_key_cache=proxy_server.user_api_key_cache,
        user_id_upsert=False,
        proxy_logging_obj=proxy_server.proxy_logging_obj,
    )
    await can_user_call_model(model=label, llm_router=proxy_server.llm_router, user_object=user)


async def usable(key: Any, labels: Sequence[str]) -> tuple[str, ...]:
    """Those of the labels that the key may use, in their order."""
    return tuple([label for label in labels if await may_use(key, label)])


def is_restricted(key: Any) -> bool:
    """Whether anything might limit the key's models; a key of an unknown shape is."""
    try:
        return any(getattr(key, name) for name in RESTRICTIONS)
    except AttributeError:
        return True
