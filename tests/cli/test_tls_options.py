"""Options for TLS: what is given, what is asked for, what doesn't fit."""

from __future__ import annotations

import subprocess
import sys

import click
import pexpect
import pytest
from click.testing import CliRunner

from wstool.cli._tls_options import make_tls_options, parse_pin, tls_options
from wstool.connection.options import TLSOptions
from wstool.errors import InputInvalid, UsageError

from support.command import LIMIT, WSTOOL, Outcome, run
from support.misbehaving import (
    Peer,
    accept,
    answer_close,
    await_frames,
    texts,
)
from support.tls import PASSPHRASE, Issued, demand, make_context


ROOT = Issued("Root", authority=True)
SERVER = Issued("server", issuer=ROOT, names=["127.0.0.1"])
CLIENT = Issued("client", issuer=ROOT)
DIGEST = bytes(range(224, 256))
BASE64 = "4OHi4+Tl5ufo6err7O3u7/Dx8vP09fb3+Pn6+/z9/v8="
ECHO = [accept(), await_frames(1), texts(b"reply"), answer_close]
QUESTION = "Passphrase for locked.pem: "


@pytest.fixture(autouse=True)
def write_files(tmp_path, monkeypatch):
    """Write the files that the tests name, and go where they are."""
    monkeypatch.chdir(tmp_path)
    ROOT.write_pem("root.pem", "cert")
    CLIENT.write_pem("open.pem")
    CLIENT.write_pem("cert.pem", "cert")
    CLIENT.write_pem("locked.pem", "cert", "key", passphrase=PASSPHRASE)


def parse(*arguments):
    """Parse options; give their value and the error."""
    taken = []

    def command(tls):
        taken.append(tls)

    runner = CliRunner()
    result = runner.invoke(click.command()(tls_options(command)), arguments)
    return taken, result.stderr.rpartition("Error: ")[2].strip()


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], TLSOptions()),
        (["-k"], TLSOptions(insecure=True)),
        (["--cacert", "root.pem"], TLSOptions(cacert="root.pem")),
        (["--cert", "open.pem"], TLSOptions(cert="open.pem")),
        (
            ["--cert", "cert.pem", "--key", "open.pem"],
            TLSOptions(cert="cert.pem", key="open.pem"),
        ),
        (["--tls-server-name", "a.example."], TLSOptions(server_name="a.example")),
        (["--tls-server-name", "[::1]"], TLSOptions(server_name="::1")),
        (
            ["--tls-server-name", "m\xfcnchen.example"],
            TLSOptions(server_name="xn--mnchen-3ya.example"),
        ),
        (
            ["--pin-sha256", BASE64, "--pin-sha256", "00" * 32],
            TLSOptions(pins=(DIGEST, bytes(32))),
        ),
        (
            ["--pin-sha256", f"sha256//{BASE64};sha256//{'A' * 43}="],
            TLSOptions(pins=(DIGEST, bytes(32))),
        ),
        (["--tlsv1.0"], TLSOptions(minimum="1.0")),
        (["--tlsv1.1"], TLSOptions(minimum="1.1")),
        (["--tlsv1.2"], TLSOptions(minimum="1.2")),
        (["--tlsv1.3", "--tls-max", "1.3"], TLSOptions(minimum="1.3", maximum="1.3")),
        (["--tlsv1.3", "--tlsv1.1"], TLSOptions(minimum="1.1")),
        (["--tls-max", "1.2"], TLSOptions(maximum="1.2")),
    ],
)
def test_options(arguments, options):
    """Each option sets what it is about; of several versions the last one counts."""
    assert parse(*arguments) == ([options], "")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--key", "open.pem"], "--key needs --cert."),
        (["--tlsv1.3", "--tls-max", "1.2"], "--tlsv1.3 is over --tls-max 1.2."),
        (
            ["--pin-sha256", "00" * 31],
            f"Invalid value for '--pin-sha256': '{'00' * 31}' isn't a SHA-256 in "
            "base64 or hex.",
        ),
        *(
            (
                ["--tls-server-name", name],
                f"Invalid value for '--tls-server-name': {name!r} isn't a host name "
                "or an address.",
            )
            for name in (
                "",
                ".",
                ".a",
                "a..b",
                "a\0b",
                "a\n",
                "x" * 64,
                "a." * 128,
                "\ud800",
            )
        ),
    ],
)
def test_options_that_do_not_fit(arguments, problem):
    """What doesn't fit is named."""
    assert parse(*arguments) == ([], problem)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(BASE64, id="base64"),
        pytest.param(BASE64.rstrip("="), id="without-padding"),
        pytest.param(f"sha256//{BASE64}", id="as-in-curl"),
        pytest.param(DIGEST.hex(), id="hex"),
        pytest.param(DIGEST.hex(":").upper(), id="hex-with-colons"),
    ],
)
def test_pin(text):
    """A pin is written as curl does, or as openssl does."""
    assert parse_pin(text) == DIGEST


@pytest.mark.parametrize(
    "text",
    ["", "sha256//", "x", "\xe4" * 43, BASE64[:-4], f"{BASE64}AAAA", "g" * 64, "==="],
)
def test_no_pin(text):
    """What isn't 32 bytes is no pin."""
    with pytest.raises(click.BadParameter, match=r"isn't a SHA-256 in base64 or hex\."):
        parse_pin(text)


def test_passphrase_that_is_given():
    """A passphrase is in the option, or in a file that is read when it's needed."""
    given = make_tls_options(cert="locked.pem", passphrase=PASSPHRASE)
    read = make_tls_options(cert="locked.pem", passphrase="@phrase")

    assert given.passphrase() == PASSPHRASE
    with pytest.raises(InputInvalid, match="@phrase: can't be read"):
        read.passphrase()
    with open("phrase", "w") as file:
        file.write(PASSPHRASE)
    assert read.passphrase() == PASSPHRASE


def test_missing_file():
    """A file that can't be read is an error before anything is asked."""
    with pytest.raises(UsageError, match=r"none\.pem: no such file"):
        make_tls_options(cert="cert.pem", key="none.pem")


@pytest.mark.parametrize("piped", [False, True])
def test_asking(piped):
    """The passphrase of a key is asked for on the terminal, once, wherever stdin is."""
    with Peer(*ECHO, context=demand(make_context(SERVER), ROOT)) as peer:
        command = f"{WSTOOL} send {peer.url} -n 1 --cacert root.pem --cert locked.pem"
        command = f"echo x | {command}" if piped else f"{command} x"
        process = pexpect.spawn("sh", ["-c", command], timeout=LIMIT, encoding="utf-8")
        process.expect_exact(QUESTION)
        process.send(f"{PASSPHRASE}\r")
        process.expect_exact(pexpect.EOF)
        process.close()
    assert (process.before, process.exitstatus) == ("\r\nreply\r\n", 0)
    assert peer.frames[0] == (0x81, b"x")


@pytest.mark.parametrize(
    ("keys", "said", "status"),
    [
        ("wrong\r", "wstool: locked.pem: the passphrase is wrong", 2),
        ("\r", "wstool: locked.pem: the passphrase is wrong", 2),
        ("\x03", "", 130),
    ],
)
def test_wrong_answer(keys, said, status):
    """A wrong passphrase is an error, not another question; Ctrl-C is no answer."""
    process = pexpect.spawn(
        WSTOOL,
        ["listen", "wss://127.0.0.1:1/", "--cert", "locked.pem"],
        timeout=LIMIT,
        encoding="utf-8",
    )
    process.expect_exact(QUESTION)
    process.send(keys)
    process.expect_exact(pexpect.EOF)
    process.close()
    assert said in process.before
    assert process.exitstatus == status


ASK_ONCE = """
from wstool.cli._tls_options import make_tls_options
options = make_tls_options(cert="locked.pem")
print(options.passphrase() == options.passphrase() == "correct horse")
"""


def test_asking_once():
    """However often the key is loaded, its passphrase is asked for once."""
    process = pexpect.spawn(
        sys.executable, ["-c", ASK_ONCE], timeout=LIMIT, encoding="utf-8"
    )
    process.expect_exact(QUESTION)
    process.send(f"{PASSPHRASE}\r")
    process.expect_exact(pexpect.EOF)
    process.close()
    assert (process.before, process.exitstatus) == ("\r\nTrue\r\n", 0)


def test_no_terminal():
    """Without a terminal the error says how to give the passphrase."""
    done = subprocess.run(
        [WSTOOL, "listen", "wss://127.0.0.1:1/", "--cert", "locked.pem"],
        input=PASSPHRASE,
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=LIMIT,
    )
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        f"wstool: {QUESTION}no terminal to ask on (try --pass @FILE or WSTOOL_PASS)\n",
    )


def test_no_question_for_an_open_key():
    """Nothing is asked for a key that isn't encrypted."""
    outcome = run("listen", "wss://127.0.0.1:1/", "--cert", "open.pem")
    problem = "wstool: can't connect to 127.0.0.1:1: connection refused\n"
    assert outcome == Outcome(3, b"", problem)
