"""Pages of HTML, read for their tags."""

from __future__ import annotations

from html.parser import HTMLParser


__all__ = ["Page", "read_page"]


class Page(HTMLParser):
    """Read the tags and what they refer to."""

    def __init__(self):
        """Start without any."""
        super().__init__()
        self.open = []
        """Tags that have no end yet."""
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


def read_page(text):
    """Read a page."""
    page = Page()
    page.feed(text)
    return page
