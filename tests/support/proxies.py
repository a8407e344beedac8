"""Real proxies, for tests of the way through them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


__all__ = ["CREDENTIALS", "run_proxy"]

CREDENTIALS = "me:p%40ss"
"""User and password of proxies that want some, as in a URL."""

# pproxy's own command can't run where uvloop is installed.
_PROGRAM = """
import asyncio, sys
import pproxy

async def main():
    server = pproxy.Server(sys.argv[1])
    if sys.argv[2:]:
        server.sslserver.load_cert_chain(sys.argv[2])
    listener = await server.start_server({"rserver": [], "verbose": print})
    print(listener.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@contextmanager
def run_proxy(
    kind: str, *, credentials: str = "", certificate: str | None = None
) -> Iterator[str]:
    """
    Run pproxy on a free port of the loopback interface; give host and port.

    Args:
        kind: ``http``, ``socks4`` or ``socks5``.
        credentials: ``USER:PASSWORD`` to ask for.
        certificate: PEM file with certificate and key, for TLS.
    """
    tls = "" if certificate is None else "+ssl"
    uri = f"{kind}{tls}://127.0.0.1:0" + (f"#{credentials}" if credentials else "")
    command = [sys.executable, "-c", _PROGRAM, uri]
    if certificate is not None:
        command.append(certificate)
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            port = process.stdout.readline().decode().strip()
            assert port, "pproxy didn't start"
            yield f"127.0.0.1:{port}"
        finally:
            process.kill()
