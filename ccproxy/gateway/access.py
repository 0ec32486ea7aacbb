"""Checks whether a virtual key may use a label: LiteLLM checks the model that the client names, before the hook chooses another."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from ccproxy.decision import Decision

try:
    from litellm.exceptions import BudgetExceededError
    from litellm.proxy._types import ProxyException
    from litellm.proxy.auth.auth_checks import can_key_call_resolved_model, can_user_call_model, get_user_object
except ImportError:  # a different LiteLLM: restricted keys are then refused
    CHECK_IS_THERE = False
else:
    CHECK_IS_THERE = True

_log = logging.getLogger("ccproxy.gateway")

RESTRICTIONS = (
    "models",
    "access_group_ids",
    "team_id",
    "team_models",
    "project_id",
    "end_user_id",
    "config",
    "model_max_budget",
    "user_model_max_budget",
)
"""Attributes of a key that may limit its models."""


async def refusal(key: Any, label: str) -> str | None:
    """Why LiteLLM would not let the key name this label, as a verb ("may not use"); None if it would.

    Checks the allowances of the key, its team, project, user and end user, then their budgets for single models. Never
    raises. If a check fails to run, a key without any restriction may use the label, and every other may not.
    """
    if not CHECK_IS_THERE:
        return "may not use" if is_restricted(key) else None
    try:
        from litellm.proxy import proxy_server

        router = proxy_server.llm_router
        await can_key_call_resolved_model(model=label, llm_model_list=proxy_server.llm_model_list, valid_token=key, llm_router=router)
        if key.user_id is not None and key.team_id is None and proxy_server.prisma_client is not None:
            await _user_may_use(key, label, proxy_server)
        await _check_budgets(key, label, proxy_server.model_max_budget_limiter)
    except ProxyException:
        return "may not use"
    except BudgetExceededError:
        return "has used up its budget for"
    except Exception as error:
        _log.warning("the access check for a label failed: %s", type(error).__name__)
        return "may not use" if is_restricted(key) else None
    return None


async def _check_budgets(key: Any, label: str, limiter: Any) -> None:
    """Check budgets like LiteLLM does for the model that a client names: BudgetExceededError if the model's budget is used up."""
    if key.model_max_budget:
        await limiter.is_key_within_model_budget(user_api_key_dict=key, model=label)
    if key.user_id is not None and key.user_model_max_budget:
        await limiter.is_user_within_model_budget(user_id=key.user_id, user_model_max_budget=key.user_model_max_budget, model=label)
    if key.team_id is not None and key.team_model_max_budget:
        await limiter.is_team_within_model_budget(
            team_id=key.team_id,
            team_model_max_budget=key.team_model_max_budget,
            key_model_max_budget=key.model_max_budget or None,
            model=label,
        )
    if key.end_user_id is not None and key.end_user_model_max_budget:
        await limiter.is_end_user_within_model_budget(
            end_user_id=key.end_user_id, end_user_model_max_budget=key.end_user_model_max_budget, model=label
        )


async def refusal_of(decision: Decision, key: Any, asked: object, served: Any) -> str | None:
    """Why LiteLLM would not let the key have what was decided, as a verb; None if it would.

    `served` is the model that is about to serve a client who asked for `asked`.
    """
    match decision.action:
        case "route":
            return await refusal(key, served)
        case "keep":
            # LiteLLM has checked the model of the body, but the path may have named another one
            return await _refusal_to_keep(key, asked, served)
        case "reject":
            return None
        case _:
            assert_never(decision.action)


async def _refusal_to_keep(key: Any, asked: object, served: Any) -> str | None:
    """Why LiteLLM would not let the key use the model that it is about to serve to a client who asked for `asked`; None if it would."""
    if isinstance(served, str) and "," in served:
        # on chat LiteLLM sends the request to each of them; the policy has decided on none
        return "may not ask for several models at once, as with"
    refused = await refusal(key, served)
    aliases = getattr(key, "team_model_aliases", None)
    if refused is None or not isinstance(asked, str) or not isinstance(aliases, Mapping) or aliases.get(asked) != served:
        return refused
    # a team's keys may use its aliases whatever they stand for; for other aliases LiteLLM checks what they stand for
    return await refusal(key, asked)


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
    """The labels among these that the key may use, in order."""
    return tuple([label for label in labels if await refusal(key, label) is None])


def is_restricted(key: Any) -> bool:
    """Whether anything might limit the key's models; true for a key of unknown shape."""
    try:
        return any(getattr(key, name) for name in RESTRICTIONS)
    except AttributeError:
        return True
