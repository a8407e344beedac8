"""What of a request is meant for the server that it was written for, and no other."""

from __future__ import annotations

from wstool.cli._credentials import Credentials
from wstool.cli._request import HeaderFile, RequestArguments
from wstool.connection.request import is_credential


__all__ = ["without_credentials"]


def without_credentials(
    request: RequestArguments,
) -> tuple[RequestArguments, list[str]]:
    """
    Take away what proves who we are; what a netrc file has is for its own hosts.

    Returns:
        The rest, and what was taken away, as the options are called.
    """
    dropped = []
    kept = tuple(
        header
        for header in request.headers
        if not isinstance(header, HeaderFile) and not is_credential(header[0])
    )
    if len(kept) < len(request.headers):
        dropped.append("credentials and files of -H")
    credentials = request.credentials
    for name, given in (
        ("-u", credentials.user is not None),
        ("--bearer", credentials.bearer is not None),
        ("-b", bool(credentials.cookies)),
        ("--header-command", request.header_command is not None),
    ):
        if given:
            dropped.append(name)
    rest = request._replace(
        headers=kept,
        header_command=None,
        credentials=Credentials(netrc=credentials.netrc),
    )
    return rest, dropped
