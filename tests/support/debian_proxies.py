"""Proxies from Debian."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.daemons import find_free_port, run_daemon, write


__all__ = ["PROXIES", "run_dante", "run_microsocks", "run_squid", "run_tinyproxy"]

_SQUID = """\
http_port 127.0.0.1:{port}
http_access {verdict} all
pid_filename none
cache deny all
access_log none
cache_log /dev/null
logfile_rotate 0
pinger_enable off
shutdown_lifetime 0 seconds
visible_hostname squid.example
coredump_dir {folder}
"""
_DANTE = """\
logoutput: /dev/null
internal: 127.0.0.1 port = {port}
external: lo
clientmethod: none
socksmethod: none
client pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
socks {verdict} {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
"""
_TINYPROXY = """\
Listen 127.0.0.1
Port {port}
Timeout 60
LogFile "{folder}/log"
Allow 127.0.0.1
"""


@contextmanager
def run_tinyproxy(folder: Path, *, credentials: str = "") -> Iterator[str]:
    """Run tinyproxy; give host and port."""
    port = find_free_port()
    text = _TINYPROXY.format(port=port, folder=folder)
    if credentials:
        text += f"BasicAuth {credentials.replace(':', ' ')}\n"
    config = write(folder / "tinyproxy.conf", text)
    with run_daemon("tinyproxy", "-d", "-c", config, port=port):
        yield f"127.0.0.1:{port}"


@contextmanager
def run_squid(folder: Path, *, verdict: str = "allow") -> Iterator[str]:
    """Run squid; give host and port."""
    port = find_free_port()
    text = _SQUID.format(port=port, folder=folder, verdict=verdict)
    config = write(folder / "squid.conf", text)
    with run_daemon("squid", "-N", "-f", config, port=port):
        yield f"127.0.0.1:{port}"


@contextmanager
def run_dante(folder: Path, *, verdict: str = "pass") -> Iterator[str]:
    """Run Dante; give host and port."""
    port = find_free_port()
    config = write(folder / "danted.conf", _DANTE.format(port=port, verdict=verdict))
    with run_daemon("danted", "-f", config, port=port):
        yield f"127.0.0.1:{port}"


@contextmanager
def run_microsocks(folder: Path, *, credentials: str = "") -> Iterator[str]:
    """Run microsocks; give host and port."""
    port = find_free_port()
    user, _, password = credentials.partition(":")
    options = ["-u", user, "-P", password] if credentials else []
    with run_daemon(
        "microsocks", "-i", "127.0.0.1", "-p", str(port), *options, port=port
    ):
        yield f"127.0.0.1:{port}"


PROXIES = {
    "tinyproxy": (run_tinyproxy, "http"),
    "squid": (run_squid, "http"),
    "dante": (run_dante, "socks5h"),
    "dante-socks5": (run_dante, "socks5"),
    "dante-socks4": (run_dante, "socks4"),
    "microsocks": (run_microsocks, "socks5h"),
}
"""What runs a proxy, and the scheme to speak with it."""
