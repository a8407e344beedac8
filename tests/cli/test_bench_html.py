"""The report in HTML."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from wstool.cli._bench_html import render_html
from wstool.services.bench.report import check_document

from support.reports import make_hostile_report, make_report


class Reader(HTMLParser):
    """Read the tags and what they refer to."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.tags = []
        self.references = []

    def handle_starttag(self, tag, attrs):
        """Take a tag."""
        self.tags.append(tag)
        self.references += [v for k, v in attrs if k in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """Take a tag without an end."""
        self.tags.append(tag)

    def handle_endtag(self, tag):
        """Check that tags are nested."""
        assert self.open.pop() == tag


def read(document):
    """Read the page of a report."""
    text = render_html(document)
    reader = Reader()
    reader.feed(text)
    return text, reader


def test_self_contained():
    """It is one well-formed file that needs no other, for light and dark."""
    text, reader = read(make_report(1, 2, 3))

    assert reader.open == []
    assert reader.references == []
    assert reader.tags.count("svg") == 3
    assert "url(" not in text
    assert "prefers-color-scheme: dark" in text


def test_data():
    """The whole report is in it, to be taken out again."""
    text, _ = read(make_hostile_report())
    pattern = r'<script type="application/json" id="report">(.*)</script>'
    (data,) = re.findall(pattern, text)

    assert check_document(json.loads(data)) is None


def test_escaped():
    """What a peer said is no markup, neither in the page nor in the data."""
    text, reader = read(make_hostile_report())

    assert reader.tags.count("script") == 1
    assert "&lt;script&gt;" in text
    assert "\x1b" not in text


def test_without_latency():
    """Without a latency there are no charts of it."""
    _, reader = read(make_report())

    assert reader.tags.count("svg") == 1
