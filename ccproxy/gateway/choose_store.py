"""Chooses where the proxy keeps what it remembers: in LiteLLM's Redis, else in a database of the config folder."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Any

from ccproxy.config.settings import MemorySettings
from ccproxy.gateway.memory_store import Failed, MemoryStore, MemoryUnavailableError
from ccproxy.gateway.redis_store import RedisStore
from ccproxy.gateway.sqlite_store import FILE_NAME, SqliteStore
from ccproxy.regular_files import exists

_log = logging.getLogger("ccproxy.gateway")


def choose_store(settings: MemorySettings, folder: Path, failed: Failed) -> MemoryStore:
    """The store that the settings ask for. Raises MemoryUnavailableError for `redis` where LiteLLM has none.

    To be called when requests come: LiteLLM connects to its Redis after it has loaded hooks.
    """
    redis = None if settings.kind == "sqlite" else litellms_redis()
    if redis is not None:
        return RedisStore(redis.redis_client, failed, redis.check_and_fix_namespace)
    if settings.kind == "redis":
        raise MemoryUnavailableError("LiteLLM has no Redis")
    path = folder / FILE_NAME
    if os.access(path if exists(path) else folder, os.W_OK):
        return SqliteStore(path, settings.entries, failed)
    _log.warning("%s can't be written: what is remembered is known to this worker alone, and lost when it ends", path)
    return SqliteStore(None, settings.entries, failed)


def litellms_redis() -> Any:
    """The Redis by which LiteLLM coordinates its replicas, as its `RedisCache`; None without one."""
    return getattr(sys.modules.get("litellm.proxy.proxy_server"), "redis_usage_cache", None)
