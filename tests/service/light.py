"""Something lighter than LiteLLM in its place."""

from __future__ import annotations

import sys

import pytest

from ccproxy.service import litellm_process

SERVER = """
import http.server, os, signal, subprocess, sys, threading
STUBBORN, SECONDS = {stubborn}, {seconds}
if STUBBORN:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("worker", worker.pid, flush=True)

def end():
    print("enough of this", flush=True)
    os._exit(3)

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health/liveliness" else 404)
        self.end_headers()
        if SECONDS is not None:
            threading.Timer(SECONDS, end).start()

    def log_message(self, *arguments):
        pass

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def server(*, stubborn: bool = False, seconds: float | None = None) -> str:
    """The code of a server with a worker; a stubborn one does not end when it is told to. `seconds` after its first answer it ends."""
    return SERVER.replace("{stubborn}", str(stubborn)).replace("{seconds}", str(seconds))


def slow(life: str, seconds: float) -> str:
    """What a start does for a while first: these statements, again and again."""
    return f"import time\nbegan = time.monotonic()\nwhile time.monotonic() < began + {seconds}:\n    {life}\n"


def in_place_of_litellm(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Have this code run where LiteLLM would be, the port its only argument."""
    monkeypatch.setattr(litellm_process, "litellm_command", lambda config, host, port, arguments: [sys.executable, "-c", code, str(port)])
