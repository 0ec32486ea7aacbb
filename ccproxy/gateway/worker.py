"""One worker process of the proxy: its policy in force, its recorder, and its threads."""

from __future__ import annotations

import atexit
import gc
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from ccproxy import Policy
from ccproxy.config.calibration import Calibration
from ccproxy.config.configured_counter import counter_by
from ccproxy.config.settings import MemorySettings, ShadowSettings
from ccproxy.facts import TokenizerError
from ccproxy.gateway.choose_store import choose_store
from ccproxy.gateway.decider import DECIDING_THREADS, Decider
from ccproxy.gateway.failures import Failures
from ccproxy.gateway.fitting import Fitter
from ccproxy.gateway.learner import Learner
from ccproxy.gateway.memory import Memory
from ccproxy.gateway.metrics import TimedTokenCounter, register_metrics
from ccproxy.gateway.policy_file import Reading, read_policy
from ccproxy.gateway.recorder import Recorder
from ccproxy.gateway.records import moment
from ccproxy.gateway.reload import Reloader
from ccproxy.gateway.shadow import Shadow
from ccproxy.gateway.startup import Start, first_policy, read_start
from ccproxy.regular_files import expanded


class Worker:
    """The parts of the hook that live as long as the process; all policies share the token counts. Raises PolicyStartError."""

    def __init__(self, start: Start) -> None:
        self._location, self._settings = start.location, start.settings
        self.passed = start.settings.other_calls
        self.key_facts = start.settings.records.key
        self.litellms_fallbacks = start.settings.litellm_fallbacks == "use"
        listed = start.model_list
        self._model_list = listed if listed is None or self.litellms_fallbacks else listed.without_fallbacks()
        self._models = start.models
        self._metrics = register_metrics()
        self._reject = start.settings.on_predicate_failure == "reject"
        self._failures = Failures(self._metrics.failed, predicates_refuse=self._reject)
        fits = start.settings.fit.enabled and start.models is not None
        self.fitter = Fitter(start.models, start.settings.fit, self._failures) if fits and start.models is not None else None
        self.memory = self._memory_of(start.settings.memory)
        self._calibration = Calibration(self._location.folder)
        self._counter = counter_by(self._settings, self._calibration.ratio_for if self._settings.calibrate else None, TimedTokenCounter)
        self._counter.seconds = self._metrics.tokenising_seconds
        self._threads = ThreadPoolExecutor(DECIDING_THREADS, "ccproxy")
        self._reading = Reading()
        self._reloader: Reloader | None = None
        self._use_decider: Callable[[Decider], None] | None = None
        self.decider = self._decider_by(first_policy(self._location.policy, self._load, self._reading))
        self.learner = Learner(self._calibration, self._counter, self._threads)
        self.recorder = Recorder(self._location.folder, self._settings, self._metrics, self.status, self._calibration.save)
        shadow = start.settings.shadow
        self.shadow = None if shadow is None else self._shadow_of(shadow)

    def run(self, use: Callable[[Decider], None]) -> None:
        """Load the tokenizer, write records and status, and pass a decider to `use` after every change of the policy.

        What the process has by now stays: Python need not look through it for garbage, with every thread stopped. So does what LiteLLM
        makes until the first request, which the hook sees to.
        """
        gc.collect()
        gc.freeze()
        self._use_decider = use
        self._reloader = Reloader(self._load, self._use, self._reading.states, self._metrics.reloaded, self._location.policy)
        threading.Thread(target=self.load_tokenizer, name="ccproxy tokenizer", daemon=True).start()
        self._reloader.start()
        self.recorder.start()
        if self.shadow is not None:
            self.shadow.start()
        atexit.register(self.close)

    def close(self) -> None:
        """Stop watching, and write what is left."""
        if self._reloader is not None:
            self._reloader.stop()
        if self.shadow is not None:
            self.shadow.close()
        self.recorder.close()
        if self.memory is not None:
            self.memory.close()

    def load_tokenizer(self) -> None:
        """Load the tokenizer before a request needs it; without one, the counter itself reports that, and estimates."""
        with suppress(TokenizerError):
            self._counter.load()

    def status(self) -> dict[str, Any]:
        """The content of this worker's status file besides its decisions."""
        decider, loaded_at, counted = self.decider, self._loaded_at, self._counter.stats
        last = None if self._reloader is None else self._reloader.last
        return {
            "failures": self._failures.count,
            "policy": {"file": str(self._location.policy), "sha256": decider.policy.sha256, "loaded_at": moment(loaded_at)},
            "tokens": {"hits": counted.hits, "misses": counted.misses, "characters": counted.tokenised_characters},
            "memory": self._memory_status(decider.policy),
            "reload": {"at": None if last is None else moment(last.at), "error": None if last is None else last.error},
            **({} if self.shadow is None else {"shadow": self.shadow.status()}),
        }

    def _memory_status(self, policy: Policy) -> dict[str, Any] | None:
        """Of what the policy asks for, where it is kept; None where it asks for nothing, or nothing is kept."""
        return None if self.memory is None or not policy.remembers else self.memory.status()

    def _memory_of(self, settings: MemorySettings) -> Memory | None:
        if settings.kind == "off":
            return None
        folder = self._location.folder
        return Memory(lambda failed: choose_store(settings, folder, failed), settings.hours, self._failures)

    def _shadow_of(self, settings: ShadowSettings) -> Shadow:
        folder, counter, recorder = self._location.folder, self._counter, self.recorder
        path = folder / expanded(settings.policy)
        # failures of its own: those of the candidate touch no request, and whoever watches the policy's is not to be woken for them
        failures = Failures(predicates_refuse=self._reject)

        def load(reading: Reading) -> Policy:
            return read_policy(
                *(path, folder, counter, failures.report_predicate, reading),
                model_list=self._model_list,
                models=self._models,
                reject=self._reject,
                predicates=settings.predicates,
            )

        return Shadow(path, load, failures, tell=recorder.decided, tell_answer=recorder.answered, count=self._metrics.shadowed)

    def _load(self, reading: Reading) -> Policy:
        folder, path, report = self._location.folder, self._location.policy, self._failures.report_predicate
        listed, models = self._model_list, self._models
        return read_policy(path, folder, self._counter, report, reading, model_list=listed, models=models, reject=self._reject)

    def _decider_by(self, policy: Policy) -> Decider:
        self._loaded_at = datetime.now(UTC)
        return Decider(policy, self._failures, self._threads, keep_on_failure=self._settings.on_failure == "keep")

    def _use(self, policy: Policy) -> None:
        self.decider = self._decider_by(policy)
        if self._use_decider is not None:
            self._use_decider(self.decider)


def start_worker() -> Worker:
    """Start the worker of this process. Raises PolicyStartError, which aborts LiteLLM's start."""
    show_log()
    return Worker(read_start())


def show_log() -> None:
    """Make the hook's log messages visible, because LiteLLM configures only its own loggers."""
    logger = logging.getLogger("ccproxy")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)
    if not logger.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s ccproxy %(levelname)s: %(message)s"))
        logger.addHandler(handler)
