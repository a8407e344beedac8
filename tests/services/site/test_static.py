"""Files of a folder, and of nothing but that folder."""

from __future__ import annotations

import os

import pytest

from wstool.errors import InputInvalid
from wstool.services.site.static import StaticFiles


@pytest.fixture(name="folder")
def make_folder(tmp_path):
    """Make a folder with all kinds of things in it, and a secret beside it."""
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "index.html").write_text("index")
    (folder / "sub" / "index.html").write_text("inner")
    (folder / "a b.txt").write_text("text")
    (folder / "data.bin").write_bytes(b"data")
    (folder / "x.tar.gz").write_bytes(b"data")
    (folder / ".hidden").write_text("hidden")
    (folder / "link.txt").symlink_to("../secret.txt")
    (folder / "inner.txt").symlink_to("index.html")
    (folder / "up").symlink_to("..")
    (folder / "here").symlink_to(".")
    os.mkfifo(folder / "pipe")
    (folder / "closed.txt").write_text("closed")
    return folder


@pytest.fixture(name="files")
def open_files(folder):
    """Serve the folder; every descriptor is closed in the end."""
    before = set(os.listdir("/proc/self/fd"))
    files = StaticFiles(str(folder))
    yield files
    files.close()
    assert set(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        pytest.param("/", b"index", "text/html; charset=utf-8", id="index"),
        pytest.param("/sub/", b"inner", "text/html; charset=utf-8", id="inner-index"),
        pytest.param("/a b.txt", b"text", "text/plain; charset=utf-8", id="text"),
        pytest.param("/data.bin", b"data", "application/octet-stream", id="binary"),
        pytest.param("/x.tar.gz", b"data", "application/octet-stream", id="gzip"),
    ],
)
def test_file(files, path, content, kind):
    """A file is served with its type and its size."""
    answer = files.find(path)

    assert (answer.status, answer.content_type) == (200, kind)
    assert os.read(answer.body.descriptor, 100) == content
    assert answer.body.size == len(content)
    answer.body.close()


@pytest.mark.parametrize(
    "path",
    [
        "/missing.txt",
        "/sub",
        "/../secret.txt",
        "/sub/../../secret.txt",
        "/./index.html",
        "/sub/../index.html",
        "//etc/passwd",
        "//index.html",
        "/sub//index.html",
        "/..\\secret.txt",
        "/.hidden",
        "/link.txt",
        "/inner.txt",
        "/up/secret.txt",
        "/here/index.html",
        "/index.html/",
        "/index.html/x",
        "/index.html\0.txt",
        "/pipe",
        "/" + "sub/" * 100,
        "/" + "x" * 10_000,
        "index.html",
        "",
        "*",
        "http://host/index.html",
        "/\udcff",
    ],
)
def test_no_file(files, path):
    """Nothing else is: no way out, no link, no hidden name, no folder, no pipe."""
    assert files.find(path) is None


def test_file_that_cannot_be_read(files, folder, monkeypatch):
    """A file that the server may not read is none."""
    real = os.open

    def refuse(path, flags, **options):
        if path == "closed.txt":
            raise PermissionError(13, "denied")
        return real(path, flags, **options)

    monkeypatch.setattr(os, "open", refuse)

    assert files.find("/closed.txt") is None


@pytest.mark.parametrize("name", ["missing", "index.html"])
def test_no_folder(folder, name):
    """What can't be served is named at the start."""
    with pytest.raises(InputInvalid, match=rf"{name}: can't be served: no"):
        StaticFiles(str(folder / name))
