"""What a request is made of, read anew for each attempt to connect."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from wstool.cli._credentials import Credentials
from wstool.cli._headers import read_header_file
from wstool.connection.options import HeaderEdit, RequestOptions
from wstool.connection.waiting import run_in_thread
from wstool.errors import TimedOut
from wstool.wire.deflate import DeflateParams


__all__ = ["HeaderFile", "RequestArguments"]


class HeaderFile(NamedTuple):
    """A file with a header on each line."""

    path: str


class RequestArguments(NamedTuple):
    """What the options say of the request; files and commands are not read yet."""

    headers: tuple[HeaderEdit | HeaderFile, ...] = ()
    header_command: str | None = None
    credentials: Credentials = Credentials()
    user_agent: str | None = None
    subprotocols: tuple[str, ...] = ()
    origin: str | None = None
    max_redirects: int | None = None
    """How many redirects to follow; None without ``-L``."""
    deflate: DeflateParams | None = DeflateParams()

    async def read(self, *, limit: float) -> RequestOptions:
        """
        Make the options of a request, for one attempt to connect.

        Args:
            limit: Seconds that files and the command may take; 0 for no limit.

        Raises:
            InputInvalid: If one of them doesn't fit.
            ConnectFailed: If the command fails.
            TimedOut: If they take longer.
        """
        doing = "reading files of the request"
        try:
            async with asyncio.timeout(limit or None):
                request = await self._read_all_files()
                if self.header_command is None:
                    return request
                from wstool.cli._header_command import run_header_command

                doing = "waiting for the output of --header-command"
                more = await run_header_command(self.header_command)
                return request._replace(headers=(*request.headers, *more))
        except TimeoutError:
            raise TimedOut(doing, limit, "--connect-timeout") from None

    async def _read_all_files(self) -> RequestOptions:
        """Read files; where there may be some, what blocks doesn't block the loop."""
        if self.credentials == Credentials() and not any(
            isinstance(header, HeaderFile) for header in self.headers
        ):
            return self._read_files()
        return await run_in_thread(self._read_files)

    def _read_files(self) -> RequestOptions:
        headers: list[HeaderEdit] = []
        for header in self.headers:
            if isinstance(header, HeaderFile):
                headers += read_header_file(header.path)
            else:
                headers.append(header)
        credentials, stored = self.credentials.read()
        return RequestOptions(
            headers=tuple(headers),
            credentials=credentials,
            stored=stored,
            subprotocols=self.subprotocols,
            origin=self.origin,
            user_agent=self.user_agent,
            deflate=self.deflate,
        )
