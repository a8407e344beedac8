"""Reverse proxies by others, configured as the README says."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from contextlib import contextmanager

from support.readme import read_blocks


__all__ = ["PROXIES", "running_proxy"]

LIMIT = 20
DOCUMENTED_PORTS = ("8765", "8766", "8080")
# Where nginx would write as it is built; a test writes nowhere but into its folder.
NGINX_PATHS = """
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
"""


def _run_nginx(config, folder):
    """Give the command line, with the configuration in a file."""
    file = folder / "nginx.conf"
    paths = NGINX_PATHS.format(folder=folder)
    file.write_text(config.replace("http {\n", f"http {{{paths}", 1))
    settings = f"daemon off; pid {folder}/nginx.pid; error_log stderr;"
    return ["nginx", "-e", "stderr", "-p", folder, "-c", file, "-g", settings]


def _run_haproxy(config, folder):
    """Give the command line, with the configuration in a file."""
    file = folder / "haproxy.cfg"
    file.write_text(config)
    return ["haproxy", "-db", "-f", file]


PROXIES = {"nginx": _run_nginx, "haproxy": _run_haproxy}


@contextmanager
def running_proxy(name, ports, folder):
    """
    Run a proxy in front of two servers on these ports; give its port.

    Raises:
        AssertionError: If it doesn't start.
    """
    (text,) = [block.text for block in read_blocks() if block.marker == name]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    replaced = dict(zip(DOCUMENTED_PORTS, map(str, (*ports, port)), strict=True))
    config = re.sub("|".join(replaced), lambda match: replaced[match[0]], text)
    process = subprocess.Popen(
        PROXIES[name](config, folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_listening(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(LIMIT)


def _wait_until_listening(port, process):
    deadline = time.monotonic() + LIMIT
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline or process.poll() is not None:
                raise AssertionError("the proxy doesn't start") from None
            time.sleep(0.02)
        else:
            return
