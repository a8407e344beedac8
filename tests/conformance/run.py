"""
Run the Autobahn test suite against wstool's server and client.

    python tests/conformance/run.py --quick     a set that takes a few minutes
    python tests/conformance/run.py --all       every case
    python tests/conformance/run.py --proxy     the same, also through `wstool inspect`

The exit status is 0 only when every case ran and none failed, none was non-strict and
every closing handshake was clean; with a proxy also only when it changed no outcome.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import itertools
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cases import Selection, select_all, select_named, select_quick
from judges import Judge, install_judge
from verdict import Verdict, compare, read_verdict


HERE = Path(__file__).parent
WSTOOL = Path(sys.executable).with_name("wstool")
START_LIMIT = 30
PROXIED = " through the proxy"
Between = Callable[[str, Path], contextlib.AbstractContextManager[str]]


def main() -> None:
    """Run what the command line asks for."""
    options = _parse_options()
    judge = install_judge(options.dir, stand_in=options.kosoku)
    print(f"judge: {judge.name}")
    if judge.cannot_judge:
        print(f"it can't judge {judge.cannot_judge}")
    if options.install_only:
        return
    selections = _select(options)
    roles = ["server", "client"] if options.role == "both" else [options.role]
    started = time.monotonic()
    ways = ["", PROXIED] if options.proxy else [""]
    folders, problems = _run_all(judge, roles, ways, selections, options)
    verdicts = {
        (role, way): read_verdict(
            folders[role, way], _count_cases(judge, role, selections)
        )
        for role in roles
        for way in ways
    }
    for (role, way), verdict in verdicts.items():
        print(verdict.render(role + way))
    if options.proxy:
        problems += _compare_ways(verdicts, roles)
    for problem in problems:
        print(problem)
    print(f"{time.monotonic() - started:.0f} s; reports: {options.dir / 'reports'}")
    passed = all(verdict.passed for verdict in verdicts.values())
    sys.exit(0 if passed and not problems else 1)


def _parse_options() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description="Run the Autobahn test suite against wstool."
    )
    parser.add_argument("--role", choices=["server", "client", "both"], default="both")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--quick", action="store_true", help="a few minutes (default)")
    which.add_argument("--all", action="store_true", help="every case")
    which.add_argument(
        "--cases", action="append", metavar="CASE", help="like 6.4.1 or 12.1.*"
    )
    parser.add_argument(
        "--proxy",
        action="store_true",
        help="also with `wstool inspect --listen` between, which must change nothing",
    )
    parser.add_argument(
        "--dir",
        type=Path,
        default=Path(tempfile.gettempdir()) / "wstool-conformance",
        help="where the judge and its reports are kept (default: %(default)s)",
    )
    parser.add_argument(
        "--limit",
        type=float,
        help="seconds for each run of the judge (default: 280, with --all 1800)",
    )
    parser.add_argument(
        "--kosoku", action="store_true", help="take the stand-in as the judge"
    )
    parser.add_argument(
        "--install-only", action="store_true", help="install the judge and stop"
    )
    options = parser.parse_args()
    options.dir = options.dir.resolve()
    if options.limit is None:
        options.limit = 1800 if options.all else 280
    return options


def _select(options: argparse.Namespace) -> list[Selection]:
    """Select the cases that the options ask for."""
    if options.cases:
        return select_named(options.cases)
    return select_all() if options.all else select_quick()


def _count_cases(judge: Judge, role: str, selections: list[Selection]) -> int | None:
    """Count the cases that a report must have, where that is known."""
    excluded = judge.list_excluded(role)
    counts = [selection.count_without(excluded) for selection in selections]
    return None if None in counts else sum(filter(None, counts))


def _compare_ways(
    verdicts: dict[tuple[str, str], Verdict], roles: list[str]
) -> list[str]:
    """Say what the proxy changed, case by case."""
    changed = []
    for role in roles:
        direct, proxied = verdicts[role, ""], verdicts[role, PROXIED]
        found = compare(direct, proxied)
        same = len(direct.outcomes) - len(found)
        print(f"{role}: {same} cases have the same outcome through the proxy")
        changed += [f"the proxy changed {role} {line}" for line in found]
    return changed


def _run_all(
    judge: Judge,
    roles: list[str],
    ways: list[str],
    selections: list[Selection],
    options: argparse.Namespace,
) -> tuple[dict[tuple[str, str], list[Path]], list[str]]:
    """
    Run every selection in every role and way, two at a time.

    Returns:
        The report folders of each, and what went wrong with the runs themselves.
    """
    run = {"server": _judge_server, "client": _judge_client}
    folders: dict[tuple[str, str], list[Path]] = {}
    jobs = []
    # The judge and its counterpart take turns, so one run keeps one core busy.
    with ThreadPoolExecutor(2) as executor:
        for role, way in itertools.product(roles, ways):
            for number, selection in enumerate(selections, 1):
                name = f"{role}{'-proxied' if way else ''}-{number}"
                folder = _empty_folder(options.dir / "reports" / name)
                folders.setdefault((role, way), []).append(folder)
                between = _inspecting if way else _nothing_between
                job = functools.partial(
                    run[role], judge, selection.patterns, folder, options.limit, between
                )
                jobs.append(executor.submit(job))
    errors = [job.exception() for job in jobs]
    return folders, [f"the run failed: {error}" for error in errors if error]


def _judge_server(
    judge: Judge, patterns: list[str], folder: Path, limit: float, between: Between
) -> None:
    """Run the fuzzing client against `wstool serve echo`."""
    command = [WSTOOL, "serve", "echo", "--port", "0"]
    with (
        open(folder / "wstool.stderr", "wb") as stderr,
        _running(command, stdout=subprocess.PIPE, stderr=stderr) as server,
        open(folder / "judge.log", "wb") as log,
        between(server.stdout.readline().decode().strip(), folder) as uri,
    ):
        command = judge.command_against_server(uri, patterns, folder)
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            timeout=limit,
        )
        if server.poll() is not None:
            raise RuntimeError(f"wstool serve ended early: status {server.returncode}")


def _judge_client(
    judge: Judge, patterns: list[str], folder: Path, limit: float, between: Between
) -> None:
    """Run the echo client against the fuzzing server."""
    port = _find_free_port()
    command = judge.command_against_client(port, patterns, folder)
    with (
        open(folder / "judge.log", "wb") as log,
        open(folder / "wstool.stderr", "wb") as stderr,
        _running(command, stdout=log, stderr=subprocess.STDOUT) as server,
    ):
        _wait_for(lambda: _accepts(port), f"a server on port {port}")
        direct = f"ws://127.0.0.1:{port}/"
        with between(direct, folder) as uri:
            client = [sys.executable, HERE / "echo_client.py", direct.rstrip("/")]
            subprocess.run(
                [*client, *re.findall(r":(\d+)/", uri)],
                stdin=subprocess.DEVNULL,
                stderr=stderr,
                timeout=limit,
                check=True,
            )
        _wait_for(
            lambda: server.poll() is not None or _has_reported(judge, folder),
            "the report",
        )


@contextlib.contextmanager
def _nothing_between(uri: str, folder: Path) -> Iterator[str]:
    """Let the two talk to each other as they are."""
    yield uri


@contextlib.contextmanager
def _inspecting(uri: str, folder: Path) -> Iterator[str]:
    """Put the proxy before a server; give the proxy's URI, and keep what it shows."""
    command = [WSTOOL, "inspect", "--listen", "0", "--format", "summary", uri]
    with (
        open(folder / "inspect.txt", "wb") as shown,
        _running(command, stdout=shown, stderr=subprocess.PIPE) as proxy,
    ):
        said = proxy.stderr.readline().decode()
        found = re.search(r"clients of (\S+) are connected", said)
        if found is None:
            raise RuntimeError(f"wstool inspect doesn't listen: {said}")
        yield found[1]
        if proxy.poll() is not None:
            raise RuntimeError(f"wstool inspect ended early: {proxy.returncode}")


@contextlib.contextmanager
def _running(command: list[object], **streams: object) -> Iterator[subprocess.Popen]:
    """Run a program while the block runs."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **streams)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _wait_for(condition: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + START_LIMIT
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} didn't come in {START_LIMIT} s")
        time.sleep(0.05)


def _accepts(port: int) -> bool:
    """Tell whether somebody listens on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _has_reported(judge: Judge, folder: Path) -> bool:
    """Tell whether a judge has written its report."""
    return judge.report_written in (folder / "judge.log").read_text(errors="replace")


def _find_free_port() -> int:
    """Find a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _empty_folder(folder: Path) -> Path:
    """Make a folder, without the files of an earlier run."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    main()
