"""In which line of a TOML file a key stands."""

from __future__ import annotations

import pytest

from wstool.cli._toml_lines import find_line


DOCUMENT = '''\
# A comment, with url = "x"
top = 1

[profiles.one]
url = "a"
text = """
[profiles.two]
url = "b"
"""
"quoted.key" = 1

[profiles."two words"]   # url = 1
list = [
    "a",  # ]
    "b",
]
url = "c"

[profiles]
three.url = "d"
four = { url = "e", "odd key" = 1 }
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param(("top",), 2, id="top"),
        pytest.param(("profiles",), 4, id="first-of-several-tables"),
        pytest.param(("profiles", "one"), 4, id="table"),
        pytest.param(("profiles", "one", "url"), 5, id="key"),
        pytest.param(("profiles", "one", "text"), 6, id="begins-a-long-string"),
        pytest.param(("profiles", "one", "quoted.key"), 10, id="quoted"),
        pytest.param(("profiles", "two words"), 12, id="quoted-table"),
        pytest.param(("profiles", "two words", "list"), 13, id="begins-a-list"),
        pytest.param(("profiles", "two words", "url"), 17, id="same-name"),
        pytest.param(("profiles", "three", "url"), 20, id="dotted"),
        pytest.param(("profiles", "four", "odd key"), 21, id="inline"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line(path, line, newline):
    """It is the line with which the key's statement begins."""
    assert find_line(DOCUMENT.replace("\n", newline), path) == line


def test_no_newline_at_the_end():
    """The last line needs no newline."""
    assert find_line("a = 1\nb = 2", ("b",)) == 2
