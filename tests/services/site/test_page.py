"""The page that connects, sends and shows what comes."""

from __future__ import annotations

import base64
import hashlib
import re

from wstool.services.site.page import make_page


def test_policy():
    """The policy allows what is in the page, by hashes, and nothing else."""
    answer = make_page("echo")
    text = answer.body.decode()
    policy = dict(answer.headers)["Content-Security-Policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))

    for tag in ("script", "style"):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert directives.pop(f"{tag}-src") == f"'sha256-{digest}'"
    assert directives == {
        "default-src": "'none'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


def test_nothing_from_elsewhere():
    """The page asks nobody for anything, and takes no text for markup."""
    text = make_page("echo").body.decode()

    assert not re.search(r"https?://|//[a-z]|\bsrc=|\bhref=|@import|url\(", text)
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(", text)
    assert not re.search(r"\son[a-z]+=|style=", text)


def test_mode():
    """The page names the mode, escaped."""
    assert b'<small id="mode">&lt;b&gt;</small>' in make_page("<b>").body
