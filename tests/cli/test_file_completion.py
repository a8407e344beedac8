"""Names of files behind options, as Tab offers them."""

from __future__ import annotations

import pytest

from support.command import run


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        pytest.param("listen -d @", "plain,@a\nplain,@b/\n", id="all"),
        pytest.param("listen -d @.", "plain,@.hidden\n", id="hidden"),
        pytest.param("listen -d @b/", "plain,@b/it\\'s\n", id="quotes"),
        pytest.param("listen -d @./b", "plain,@./b/\n", id="folder"),
        pytest.param("listen -d @x", "\n", id="nothing"),
        pytest.param("listen -d @x/", "\n", id="no-folder"),
        pytest.param("listen -d a", "\n", id="text"),
        pytest.param("listen -A @", "\n", id="no-file"),
        pytest.param("listen --cookie c", "file,c\n", id="file"),
        pytest.param("listen --cookie c=", "\n", id="no-file-but-a-pair"),
        pytest.param("serve --token @a", "plain,@a\n", id="serve"),
        pytest.param("listen --output le", "plain,length\n", id="choice"),
    ],
)
def test_values(words, lines, tmp_path):
    """Where an option takes a file, its values are completed as one."""
    (tmp_path / "b").mkdir()
    for name in ("a", ".hidden", "b/it's", "new\nline"):
        (tmp_path / name).touch()
    environment = {
        "_WSTOOL_COMPLETE": "bash_complete",
        "COMP_LINE": f"wstool {words}",
    }
    outcome = run(environment=environment, folder=tmp_path)

    assert outcome == (0, lines.encode(), "")
