"""The hook that LiteLLM calls: `callbacks: ["ccproxy.gateway.hook.handler"]`."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from time import perf_counter
from typing import Any
from urllib.parse import quote

import litellm
from litellm.integrations.custom_logger import CustomLogger
from litellm.proxy._types import ProxyException, UserAPIKeyAuth
from starlette.requests import Request as StarletteRequest

from ccproxy.config.settings import KEY_FACTS
from ccproxy.facts import Facts, Value
from ccproxy.facts.calls import Kind
from ccproxy.gateway.access import refusal, refusal_of, usable
from ccproxy.gateway.answers import NO_ANSWER, Answer, deployment_id, group_tried, headers_of, read_answer, status_of
from ccproxy.gateway.call_types import ROUTED, kind_of_call
from ccproxy.gateway.conversation_id import conversation_of
from ccproxy.gateway.decider import Decider, Recall
from ccproxy.gateway.fitting import Fitter
from ccproxy.gateway.learner import Learner
from ccproxy.gateway.litellm_data import Data, arrival, asked_model, mapping, own_fallbacks, remove_detours, set_fallbacks
from ccproxy.gateway.login import address_of, login_in, without_login
from ccproxy.gateway.memory import Asker, Memory, Remembered
from ccproxy.gateway.own_routes import Counted, Refused, put_routes
from ccproxy.gateway.records import AnswerRecord, DecisionRecord, told_facts, told_text
from ccproxy.gateway.routed import Routed, forbid, forbidden, refuse, rejected_headers, remember, routed_before
from ccproxy.gateway.shadow import Seen, Shadow
from ccproxy.gateway.worker import start_worker
from ccproxy.gateway.worker_status import KEPT
from ccproxy.models.addresses import host_of, is_anthropic_address

_log = logging.getLogger("ccproxy.gateway")

HEALTH_CHECK_TOKEN = UserAPIKeyAuth.get_litellm_internal_health_check_user_api_key_auth().token
"""The token that LiteLLM uses for the health checks of its deployments. No client can have it: the token of a key is a hash."""


class PolicyHook(CustomLogger):
    """Sets `data["model"]` as the policy decides. All hooks are defined in this class itself: LiteLLM ignores inherited ones.

    `tell` is called for every request, `tell_answer` for every answer, `learner` for every routed request and every response; they
    must neither raise nor block. `key_facts` are the properties of keys that are told.
    Without `litellms_fallbacks`, no request uses the fallbacks of LiteLLM's own config.
    Calls of the kinds `passed` bypass the policy; others that it can't route are refused. `fitter` fits calls to their deployments.
    `memory` is what policies that ask for it are told of conversations. `shadow` decides by a candidate for the policy too.
    `started` is called once, with the first request: by then LiteLLM has started.
    """

    def __init__(
        self,
        decider: Decider,
        tell: Callable[[DecisionRecord], None] | None = None,
        learner: Learner | None = None,
        *,
        tell_answer: Callable[[AnswerRecord], None] | None = None,
        key_facts: Collection[str] = KEY_FACTS,
        litellms_fallbacks: bool = True,
        passed: Collection[Kind] = (),
        fitter: Fitter | None = None,
        memory: Memory | None = None,
        shadow: Shadow | None = None,
        started: Callable[[], None] | None = None,
    ) -> None:
        super().__init__()
        self._started = started
        self._shadow = shadow
        self._memory = memory
        self._fitter = fitter
        self._alone = not litellms_fallbacks
        self._passed = passed
        self._decider = decider
        self._tell = tell
        self._tell_answer = tell_answer
        self._key_facts = key_facts
        self._learner = learner
        self._kept_from: set[str] = set()

    def use(self, decider: Decider) -> None:
        """Switch to another policy from the next request on."""
        self._decider = decider

    async def async_pre_call_hook(self, user_api_key_dict: Any, cache: Any, data: Data, call_type: str) -> None:
        """Route one request: LiteLLM continues with the modified `data`. Raises ProxyException if the client is refused."""
        if is_health_check(user_api_key_dict):
            return
        if self._started is not None:
            started, self._started = self._started, None
            started()
        if call_type not in ROUTED:
            kind = kind_of_call(call_type)
            if kind is not None and kind not in self._passed:
                raise ProxyException(message=refused_call(kind), type="permission_error", param=None, code=403)
            return
        routed = routed_before(data)
        if routed is not None:
            await self._keep_fallback(routed, data, user_api_key_dict, call_type)
        else:
            await self._route(data, user_api_key_dict, call_type)

    async def async_pre_call_deployment_hook(self, kwargs: Data, call_type: Any) -> Data | None:
        """Called once LiteLLM has chosen a deployment: fits the call to it, and leaves out a Claude subscription's login but for Anthropic.

        None: as is.
        """
        routed = routed_before(kwargs)
        if routed is not None:
            routed.course.goes_to(group_tried(kwargs), None if self._fitter is None else self._fitter.vendor(kwargs))
            fitted = self._fit(routed, kwargs, call_type)
            if fitted is not kwargs:
                return self._without_login(fitted) or fitted
        return self._without_login(kwargs)

    def _fit(self, routed: Routed, kwargs: Data, call_type: Any) -> Data:
        """The call as its deployment takes it, or the very same."""
        if self._fitter is None:
            return kwargs
        course = routed.course
        origins = [] if course.ticket is None else course.ticket.origins
        fitted = self._fitter.fit(kwargs, call_type, kept=routed.kept, request_id=request_id(kwargs), origins=origins)
        course.note(fitted.changes)
        return dict(fitted.body) if fitted.changes else kwargs

    def _without_login(self, kwargs: Data) -> Data | None:
        """The call without a Claude subscription's login, where that is bound for others than Anthropic; None: as is."""
        without = without_login(kwargs)
        if without is None:
            return None
        address = address_of(kwargs, credential_named(kwargs.get("litellm_credential_name")), os.environ)
        if address is None or is_anthropic_address(address):
            return None
        host = host_of(address)
        if host not in self._kept_from:
            self._kept_from.add(host)
            _log.warning(
                "the login of a Claude subscription is kept from %s: only Anthropic gets it; the deployment's own api_key goes there", host
            )
        return without

    async def async_post_call_response_headers_hook(
        self, data: Data, user_api_key_dict: Any, response: Any, request_headers: Any = None, litellm_call_info: Any = None
    ) -> dict[str, str] | None:
        """The headers that say where the request went."""
        routed = routed_before(data)
        if routed is None:
            return None
        routed.course.settle()
        return routed.headers()

    async def async_log_success_event(self, kwargs: Data, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """Called when the complete answer was sent; its usage has the provider's token count."""
        if self._learner is not None:
            self._learner.answered(request_id(kwargs), kwargs)
        routed = routed_before(mapping(kwargs.get("litellm_params")))
        self._watch(kwargs, routed, None)
        if routed is not None:
            ended = end_time if isinstance(end_time, datetime) else datetime.now(UTC)
            self._end(routed, 200, read_answer(kwargs), ended.astimezone(UTC))

    async def async_log_failure_event(self, kwargs: Data, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """Called when an attempt at a deployment has failed, whatever comes next."""
        error = kwargs.get("exception")
        if isinstance(error, BaseException):
            self._watch(kwargs, routed_before(mapping(kwargs.get("litellm_params"))), status_of(error))

    def _watch(self, event: Data, routed: Routed | None, status: int | None) -> None:
        """Remember what an attempt says of its deployment; `status` is None where it succeeded."""
        deployment = deployment_id(event) if self._memory is not None and self._decider.policy.labels_watched else None
        if self._memory is None or deployment is None:
            return
        ticket = None if routed is None else routed.course.ticket
        login = None if ticket is None else ticket.login
        if status is None:
            self._memory.told(deployment, login, headers_of(event))
        else:
            self._memory.refused(deployment, login, status, headers_of(event))

    async def async_post_call_failure_hook(
        self, request_data: Data, original_exception: Exception, user_api_key_dict: Any, traceback_str: str | None = None
    ) -> None:
        """Called when a request has failed for good, all fallbacks included, or when its stream was broken off."""
        routed = routed_before(request_data)
        if routed is not None:
            self._end(routed, status_of(original_exception), NO_ANSWER, datetime.now(UTC))

    async def decide_count(self, request: StarletteRequest, body: Mapping[str, Any], key: Any) -> Counted | Refused:
        """Decide where to count a request's tokens: at the label that it would go to. Nothing is recorded or learnt."""
        headers = dict(request.headers.items())
        proxied = {"url": str(request.url), "method": request.method, "headers": headers, "body": body}
        data: Data = {**body, "litellm_metadata": {}, "proxy_server_request": proxied}
        decider, asked = self._decider, asked_model(data)
        decision, _ = await decider.decide(data, key, request_id(data), "count_tokens")
        routed = Routed.by(decision, decider, None, asked)
        if decision.message is not None:
            return Refused(decision.status, decision.message, rejected_headers(routed))
        refused = await refusal_of(decision, key, asked, routed.label)
        if refused is not None:
            return Refused(403, forbidden(key, refused, routed), rejected_headers(routed))
        return Counted(decision.label, routed.headers())

    def _end(self, routed: Routed, status: int, answer: Answer, time: datetime) -> None:
        """Record the answer of a request, or that it got none; only the first time."""
        if routed.course.ended:
            return
        routed.course.ended = True
        routed.course.settle()
        self._learn(routed, status, answer)
        served = told_text(answer.served)
        # clients can name any model
        label = KEPT if routed.kept else served or routed.label or ""
        seconds = max(0.0, time.timestamp() - routed.since)
        place, fitted = (label, routed.rule), routed.course.fitted
        if self._tell_answer is not None:
            self._tell_answer(AnswerRecord(routed.id, time, status, served, answer.tokens, answer.dollars, seconds, *place, fitted))

    def _learn(self, routed: Routed, status: int, answer: Answer) -> None:
        """Remember how a request ended."""
        ticket = routed.course.ticket
        if self._memory is None or ticket is None:
            return
        if status < 400:
            served = None if routed.kept else answer.served
            self._memory.answered(ticket, served, answer.tokens, answer.dollars, routed.course.vendor)
        else:
            self._memory.failed(ticket)

    async def _fallbacks_kept(self, decider: Decider, data: Data, key: Any, call_type: str) -> list[str]:
        """Those of a client's own fallbacks that the policy would keep too, were they asked for, and that the key may use."""
        kept = []
        for other in own_fallbacks(data, data.get("model")):
            decision, _ = await decider.decide(data, key, request_id(data), call_type, other)
            if decision.action == "keep":
                kept.append(other)
        return list(await usable(key, kept))

    async def _route(self, data: Data, key: Any, call_type: str) -> None:
        start, since = perf_counter(), datetime.now(UTC)
        decider, asked, identifier = self._decider, data.get("model"), request_id(data)
        recalled: list[Remembered] = []
        decision, facts = await decider.decide(
            data, key, identifier, call_type, recall=self._recall(decider, data, key, identifier, recalled)
        )
        seen = None if self._shadow is None else self._shadow.see(data, key, call_type, at=since, decision=decision, facts=facts)
        kept = await self._fallbacks_kept(decider, data, key, call_type) if decision.action == "keep" else []
        removed = remove_detours(data, call_type)
        if kept and (left := [other for other in removed.pop("fallbacks") if other not in kept]):
            removed["fallbacks"] = left
        routed = Routed.by(decision, decider, arrival(data), asked, kept=kept, since=since.timestamp())
        routed.course.ticket = ticket = recalled[0].ticket if recalled else None
        remember(routed)
        refused = await refusal_of(decision, key, asked_model(data), routed.label)
        seconds = perf_counter() - start

        def record() -> None:
            """What fails here is after the decision, and touches no request."""
            try:
                recorded()
            except Exception as error:
                decider.failures.report("a record", error, identifier, "its decision is not recorded")

        def recorded() -> None:
            action, model, label = decision.action if refused is None else "forbid", told_text(asked), told_text(routed.label)
            told = told_facts(facts, self._key_facts)
            # this reads more facts: after those that the policy read are told
            conversation = None if facts is None else conversation_of(facts, key, master_key())
            place = (routed.policy, routed.rule)
            decided = (routed.id, since, identifier, *place, action, label, model, conversation, told, seconds, removed, routed.models)
            aside = ticket is not None and ticket.conversation is not None and not ticket.moves
            self._decided(DecisionRecord(*decided, memory=ticket is None or ticket.available, aside=aside), seen)

        # what is refused here gets no answer
        routed.course.ended = decision.message is not None or refused is not None
        routed.course.later(record)
        if routed.course.ended:
            routed.course.settle()
        if decision.message is not None:
            refuse(decision.status, decision.message, routed)
        if refused is not None:
            forbid(key, refused, routed)
        if decision.label is not None:
            data["model"] = decision.label
        if self._memory is not None and ticket is not None:
            self._memory.routed(ticket, decision.label)
        set_fallbacks(data, await usable(key, routed.fallbacks), alone=self._alone or bool(routed.fallbacks))
        if self._learner is not None:
            self._learner.expect(identifier, asked)

    def _decided(self, record: DecisionRecord, seen: Seen | None) -> None:
        """Tell of a decision, once the candidate for the policy has decided too."""
        if self._tell is None:
            return
        if self._shadow is None:
            self._tell(record)
        else:
            self._shadow.decided(seen, record)

    def _recall(self, decider: Decider, data: Data, key: Any, identifier: str, recalled: list[Remembered]) -> Recall | None:
        """The way to what is remembered of a request; what was found stands in `recalled` afterwards."""
        memory = self._memory
        if memory is None:
            return None

        async def recall(facts: Facts) -> Mapping[str, Value]:
            watched = decider.policy.labels_watched
            asked = {function: {label: deployments_of(label) for label in labels} for function, labels in watched.items()}
            recalled.append(await memory.remember(facts, Asker(key, master_key(), login_in(data)), identifier, asked))
            return recalled[0].facts

        return recall

    async def _keep_fallback(self, routed: Routed, data: Data, key: Any, call_type: str) -> None:
        """When its own rate limit trips, LiteLLM runs the hooks again with a fallback as the model and the rest as the client sent it."""
        remove_detours(data, call_type)
        label: Any = data.get("model")
        again = replace(routed, label=label)
        remember(again)
        refused = await refusal(key, label)
        if refused is not None:
            forbid(key, refused, again)
        left = await usable(key, [other for other in routed.fallbacks if other != label])
        set_fallbacks(data, left, alone=self._alone or bool(routed.fallbacks))


def is_health_check(key: Any) -> bool:
    """Whether this is LiteLLM's own health check, recognised by its own object and not by a name that any client could choose."""
    return HEALTH_CHECK_TOKEN is not None and getattr(key, "token", None) == HEALTH_CHECK_TOKEN


def master_key() -> str | None:
    """The master key of the proxy, None if it has none."""
    value = getattr(sys.modules.get("litellm.proxy.proxy_server"), "master_key", None)
    return value if isinstance(value, str) else None


def deployments_of(label: str) -> tuple[str, ...]:
    """LiteLLM's ids of the deployments behind a label."""
    router = getattr(sys.modules.get("litellm.proxy.proxy_server"), "llm_router", None)
    if router is None:
        return ()
    found = router.get_model_list(model_name=label) or ()
    ids = (mapping(deployment.get("model_info")).get("id") for deployment in found)
    return tuple(one for one in ids if isinstance(one, str))


def credential_named(name: object) -> Mapping[str, Any]:
    """The values of an entry in LiteLLM's credential_list."""
    if not name:
        return {}
    found = next((entry for entry in litellm.credential_list if entry.credential_name == name), None)
    return {} if found is None else found.credential_values


def request_id(data: Data) -> str:
    """LiteLLM's id of the request, which is also in its response; clients can choose it."""
    identifier = data.get("litellm_call_id")
    if not isinstance(identifier, str):
        return "unknown"
    identifier = identifier[:64]
    plain = identifier.isascii() and identifier.replace("-", "").isalnum()
    return identifier if plain else quote(identifier, safe="")


def refused_call(kind: Kind) -> str:
    """The error message for a call that can't be routed."""
    setting = f"other_calls: {{{kind}: pass}}"
    return f'the policy of this proxy can\'t route calls of this kind ({kind}); "{setting}" in ccproxy.yaml lets them go round it'


@cache
def _handler() -> PolicyHook:
    worker = start_worker()
    hook = PolicyHook(
        worker.decider,
        worker.recorder.decided,
        worker.learner,
        tell_answer=worker.recorder.answered if worker.shadow is None else worker.shadow.answered,
        key_facts=worker.key_facts,
        litellms_fallbacks=worker.litellms_fallbacks,
        passed=worker.passed,
        fitter=worker.fitter,
        memory=worker.memory,
        shadow=worker.shadow,
        started=gc.freeze,
    )
    server = sys.modules.get("litellm.proxy.proxy_server")
    if server is not None:
        put_routes(server.app, hook.decide_count, refused_call, worker.passed)
    worker.run(hook.use)
    return hook


def __getattr__(name: str) -> Any:
    # the policy is read when LiteLLM asks for the handler, not whenever something else imports this file
    if name == "handler":
        return _handler()
    raise AttributeError(name)
