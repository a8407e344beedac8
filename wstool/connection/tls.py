"""TLS contexts."""

from __future__ import annotations

import ssl

from wstool.connection.options import TLSOptions
from wstool.connection.translate import describe_os_error
from wstool.errors import UsageError


__all__ = ["make_client_context"]


def make_client_context(options: TLSOptions) -> ssl.SSLContext:
    """
    Make the context of a client.

    Raises:
        UsageError: If the file can't be read or holds no certificate.
    """
    cacert = options.cacert
    try:
        context = ssl.create_default_context(cafile=cacert)
    except ssl.SSLError as error:
        raise UsageError(f"{cacert}: no certificate in it") from error
    except OSError as error:
        raise UsageError(f"{cacert}: {describe_os_error(error)}") from error
    if options.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    # RFC 6455 speaks HTTP/1.1; some servers choose HTTP/2 unless told.
    context.set_alpn_protocols(["http/1.1"])
    return context
