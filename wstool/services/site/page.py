"""
The page that connects, sends and shows what comes.

It is one file without a request to anybody else, and its policy allows just what is in
it, by hashes: were a message ever taken for markup, no browser would run it.
"""

from __future__ import annotations

import base64
import hashlib
import html
from functools import cache
from importlib.resources import files

from wstool.connection.http_answer import HTTPAnswer


__all__ = ["make_page"]


@cache
def make_page(mode: str) -> HTTPAnswer:
    """Make the page of a server in a mode."""
    source = files("wstool.services.site").joinpath("page.html").read_text("utf-8")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(_find_between(source, 'script'))}'",
            f"style-src '{_hash(_find_between(source, 'style'))}'",
            # This is the server itself, also by ws: and wss: (CSP 3, 6.7.2.8).
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
    headers = (
        ("Content-Security-Policy", policy),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    )
    body = source.replace("{mode}", html.escape(mode), 1).encode()
    return HTTPAnswer(200, "text/html; charset=utf-8", body, headers)


def _find_between(source: str, tag: str) -> str:
    return source.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
