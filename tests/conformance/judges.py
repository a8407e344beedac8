"""
The programs that judge: the original Autobahn test suite, or kosoku.

The original needs a Python 2.7. kosoku runs the same case files on Python 3; it stands
in where no Python 2.7 is to be had.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from cases import CASE_COUNTS


__all__ = ["Judge", "Kosoku", "Wstest", "install_judge"]

HERE = Path(__file__).parent
KOSOKU = "kosoku==0.1.0"
# The last virtualenv that runs on Python 2.7.
VIRTUALENV = "virtualenv==20.15.1"


class Wstest:
    """The original: autobahntestsuite 0.8.2 under Python 2.7."""

    name = "autobahntestsuite 0.8.2 (the original)"
    cannot_judge = ""
    report_written = "Report generation complete"

    def __init__(self, python: Path) -> None:
        self.python = python

    def list_excluded(self, role: str) -> list[str]:
        """List the cases that it can't run in a role."""
        return []

    def command_against_server(
        self, uri: str, patterns: list[str], folder: Path
    ) -> list[str]:
        """Build the command of a fuzzing client."""
        return self._command(
            "fuzzingclient",
            folder,
            {"servers": [{"url": uri}], "cases": patterns},
        )

    def command_against_client(
        self, port: int, patterns: list[str], folder: Path
    ) -> list[str]:
        """Build the command of a fuzzing server."""
        spec = {"url": f"ws://127.0.0.1:{port}", "cases": patterns}
        return [*self._command("fuzzingserver", folder, spec), "-u", "0"]

    def _command(self, mode: str, folder: Path, spec: dict[str, object]) -> list[str]:
        """Write a specification and build the command that runs it."""
        path = folder / "spec.json"
        defaults = {"outdir": str(folder), "exclude-cases": []}
        path.write_text(json.dumps(defaults | spec))
        script = str(HERE / "wstest_loopback.py")
        return [str(self.python), script, "-m", mode, "-s", str(path)]


class Kosoku:
    """The stand-in: the same case files, run by Python 3, and a little blind."""

    name = f"{KOSOKU} (a stand-in: no Python 2.7 with ssl here)"
    # Seen with servers that do each of these on purpose.
    cannot_judge = (
        "Sec-WebSocket-Accept, over-long length encodings, the MASK bit, "
        "the UTF-8 of a close reason, frames after the close frame, "
        "who ends the TCP connection, compressed messages below 1 KiB (12.*.1-3, "
        "13.*.1-3) and, of a client, 13.2, 13.5 and 13.6"
    )
    report_written = "wrote reports"

    def __init__(self, program: Path) -> None:
        self.program = program

    def list_excluded(self, role: str) -> list[str]:
        """List the cases that it can't run in a role."""
        # It raises TypeError in these.
        excluded = {
            f"{group}.{size}"
            for group in CASE_COUNTS
            if group.startswith(("12.", "13."))
            for size in (1, 2, 3)
        }
        # It refuses a plain offer of compression in these.
        if role == "client":
            for group in ("13.2", "13.5", "13.6"):
                excluded |= {f"{group}.{size}" for size in range(1, 19)}
        return sorted(excluded)

    def command_against_server(
        self, uri: str, patterns: list[str], folder: Path
    ) -> list[str]:
        """Build the command of a fuzzing client."""
        address = uri.removeprefix("ws://").rstrip("/")
        excluded = self.list_excluded("server")
        return self._command("fuzzingclient", address, patterns, excluded, folder)

    def command_against_client(
        self, port: int, patterns: list[str], folder: Path
    ) -> list[str]:
        """Build the command of a fuzzing server."""
        address, excluded = f"127.0.0.1:{port}", self.list_excluded("client")
        return self._command("fuzzingserver", address, patterns, excluded, folder)

    def _command(
        self,
        mode: str,
        address: str,
        patterns: list[str],
        excluded: list[str],
        folder: Path,
    ) -> list[str]:
        """Build a command for a mode."""
        words = [str(self.program), "-m", mode]
        words += [word for pattern in patterns for word in ("-i", pattern)]
        words += [word for number in excluded for word in ("-x", number)]
        return [*words, "-o", str(folder), address]


Judge = Wstest | Kosoku


def install_judge(folder: Path, *, stand_in: bool = False) -> Judge:
    """
    Install a judge, or find the one that's already installed.

    Args:
        folder: Where judges are installed.
        stand_in: Take kosoku even where the original could run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    python27 = None if stand_in else _find_python27()
    if python27 is not None:
        return Wstest(_install_wstest(python27, folder / "py27"))
    return Kosoku(_install_kosoku(folder / "k"))


def _find_python27() -> str | None:
    """Find a Python 2.7 that has ssl."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [
        os.environ.get("PYTHON27"),
        *sorted(map(str, pyenv.glob("versions/2.7*/bin/python2.7")), reverse=True),
        shutil.which("python2.7"),
    ]
    for candidate in candidates:
        if candidate and _succeeds(candidate, "-c", "import ssl, zlib"):
            return candidate
    return None


def _install_wstest(python27: str, folder: Path) -> Path:
    """Install the original into a virtual environment; return its Python."""
    python = folder / "bin" / "python"
    if python.exists() and _succeeds(python, "-c", "import autobahntestsuite.wstest"):
        return python
    shutil.rmtree(folder, ignore_errors=True)
    boot = folder.with_name("boot27")
    _run(python27, "-m", "pip", "install", "-q", "--prefix", boot, VIRTUALENV)
    packages = next(boot.glob("lib/python2.7/site-packages"))
    environment = {
        "PYTHONPATH": str(packages),
        "VIRTUALENV_OVERRIDE_APP_DATA": str(boot / "appdata"),
    }
    _run(
        *(python27, "-m", "virtualenv", "-q", "--no-periodic-update"),
        *("-p", python27, folder),
        environment=environment,
    )
    requirements = HERE / "requirements-autobahn.txt"
    _run(
        *(python, "-m", "pip", "install", "-q", "--no-build-isolation", "--no-deps"),
        *("-r", requirements),
    )
    shutil.rmtree(boot)
    return python


def _install_kosoku(folder: Path) -> Path:
    """Install the stand-in into a virtual environment; return its program."""
    program = folder / "bin" / "kosoku"
    if not program.exists():
        _run(sys.executable, "-m", "venv", folder)
        _run(folder / "bin" / "python", "-m", "pip", "install", "-q", KOSOKU)
    return program


def _run(*command: object, environment: dict[str, str] | None = None) -> None:
    """Run an installation step; show what it said only when it fails."""
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONWARNINGS": "ignore"}
    result = subprocess.run(
        list(map(str, command)),
        env={**os.environ, **quiet, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=600,
    )
    if result.returncode != 0:
        sys.stdout.write(result.stdout.decode(errors="replace"))
        sys.exit(f"failed: {' '.join(map(str, command))}")


def _succeeds(*command: object) -> bool:
    """Tell whether a command exits with 0."""
    result = subprocess.run(
        list(map(str, command)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
    )
    return result.returncode == 0
