"""Chromium without a window, for its DevTools."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


__all__ = ["serve_devtools"]

LIMIT = 60
"""Seconds that it may take to start, on a busy machine."""


@contextmanager
def serve_devtools(*options: str) -> Iterator[str]:
    """Run it; give the URL of its DevTools, as ``/json/version`` says."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise RuntimeError("there is no chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [
                program,
                "--headless",
                # Its sandbox refuses root, who runs tests in containers.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--remote-debugging-port=0",
                *options,
                f"--user-data-dir={folder}",
                "about:blank",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            port = _wait_for_port(Path(folder) / "DevToolsActivePort", process)
            version = f"http://127.0.0.1:{port}/json/version"
            with urllib.request.urlopen(version, timeout=LIMIT) as response:
                yield json.load(response)["webSocketDebuggerUrl"]
        finally:
            process.kill()
            process.wait()


def _wait_for_port(path: Path, process: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline and process.poll() is None:
        if path.exists() and (lines := path.read_text().splitlines()):
            return int(lines[0])
        time.sleep(0.05)
    raise RuntimeError("chromium didn't start")
