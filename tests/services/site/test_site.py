"""The routes of a server's HTTP side."""

from __future__ import annotations

import json

import pytest

from wstool.connection.tally import Tally
from wstool.connection.visitor import Refusal
from wstool.services.site.site import Site, SiteSources
from wstool.services.site.static import StaticFiles

from support.visitors import visit


DENIED = Refusal(401, "missing token")


@pytest.fixture(name="make_site")
def make_maker(tmp_path):
    """Give what makes a site, over a folder with a file if that is wanted."""
    opened = []

    def make(*, refusal=None, static=False, index=False, health=None):
        (tmp_path / "file.txt").write_text("text")
        if index:
            (tmp_path / "index.html").write_text("own page")
        sources = SiteSources(
            counts=lambda: Tally().count([], 0, 0),
            describe_health=lambda: health or {},
            check_credentials=lambda visitor: refusal,
            uptime=lambda: 1.23456,
            mode="echo",
        )
        files = StaticFiles(str(tmp_path)) if static else None
        opened.append(files)
        return Site(sources, files)

    yield make
    for files in opened:
        if files is not None:
            files.close()


def describe(answer):
    """Say what an answer is."""
    if answer is None:
        return None
    if isinstance(answer, Refusal):
        return answer.status
    if isinstance(answer.body, bytes):
        return answer.content_type.partition(";")[0]
    answer.body.close()
    return "file"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(
            {}, ["application/json", "text/plain", "text/html", None], id="plain"
        ),
        pytest.param(
            {"refusal": DENIED},
            ["application/json", 401, "text/html", None],
            id="token",
        ),
        pytest.param(
            {"static": True},
            ["application/json", "text/plain", "text/html", "file"],
            id="static",
        ),
        pytest.param(
            {"static": True, "index": True},
            ["application/json", "text/plain", "file", "file"],
            id="own-page",
        ),
        pytest.param(
            {"static": True, "index": True, "refusal": DENIED},
            ["application/json", 401, "text/html", 401],
            id="static-and-token",
        ),
    ],
)
def test_routes(make_site, options, expected):
    """Page and health are for everybody; files and metrics are for who gets in."""
    site = make_site(**options)
    paths = ["/healthz", "/metrics", "/", "/file.txt"]

    assert [describe(site.answer(visit(path))) for path in paths] == expected


def test_missing_file(make_site):
    """With a folder, what isn't in it is 404."""
    refusal = Refusal(404, "there is no such file")

    assert make_site(static=True).answer(visit("/missing")) == refusal


def test_encoded_path(make_site):
    """A path is decoded once, before it is looked at."""
    site = make_site(static=True)

    assert describe(site.answer(visit("/f%69le.txt?x=1"))) == "file"
    for path in ("/%2e%2e/file.txt", "/..%2ffile.txt", "/%252e%252e/x", "/file.txt%00"):
        assert describe(site.answer(visit(path))) == 404


def test_health(make_site):
    """The health says how it goes, and what the mode has to add."""
    site = make_site(health={"bus": "connected"})

    answer = site.answer(visit("/healthz"))

    assert json.loads(answer.body) == {
        "status": "ok",
        "mode": "echo",
        "connections": 0,
        "uptime": 1.235,
        "bus": "connected",
    }
