"""The subcommand ``inspect``, as it is installed."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from support.command import Outcome, run, start
from support.frames import frame


# RFC 6455, 5.7, and RFC 7692, 7.2.3.
EXAMPLES = {
    "unmasked text": (
        ["81 05 48 65 6c 6c 6f"],
        """\
#1 < text  length 5 (7 bits)  offset 0
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x1  MASK 0
     0000  48 65 6c 6c 6f                                    Hello
     text  Hello
""",
    ),
    "masked text": (
        ["81 85 37 fa 21 3d 7f 9f 4d 51 58"],
        """\
#1 > text  length 5 (7 bits)  offset 0
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x1  MASK 1  masking key 37 fa 21 3d
     0000  48 65 6c 6c 6f                                    Hello
     text  Hello
""",
    ),
    "fragmented text": (
        ["01 03 48 65 6c", "80 02 6c 6f"],
        """\
#1 < text  length 3 (7 bits)  offset 0
     FIN 0  RSV1 0  RSV2 0  RSV3 0  opcode 0x1  MASK 0
     fragment 1 of text message 1
     0000  48 65 6c                                          Hel
     text  Hel

#2 < continuation  length 2 (7 bits)  offset 5
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x0  MASK 0
     fragment 2 of text message 1
     0000  6c 6f                                             lo
     text  lo
     message 1 is whole, 5 bytes
     text  Hello
""",
    ),
    "ping and masked pong": (
        ["89 05 48 65 6c 6c 6f", "8a 85 37 fa 21 3d 7f 9f 4d 51 58"],
        """\
#1 < ping  length 5 (7 bits)  offset 0
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x9  MASK 0
     0000  48 65 6c 6c 6f                                    Hello

#2 > pong  length 5 (7 bits)  offset 0
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0xa  MASK 1  masking key 37 fa 21 3d
     answers #1
     0000  48 65 6c 6c 6f                                    Hello
""",
    ),
    "compressed": (
        ["c1 07 f2 48 cd c9 c9 07 00"],
        """\
#1 < text  length 7 (7 bits)  offset 0
     FIN 1  RSV1 1  RSV2 0  RSV3 0  opcode 0x1  MASK 0
     0000  f2 48 cd c9 c9 07 00                              .H.....
     compressed (permessage-deflate assumed), inflates to 5 bytes
     text  Hello
""",
    ),
    "compressed fragments": (
        ["41 03 f2 48 cd", "80 04 c9 c9 07 00"],
        """\
#1 < text  length 3 (7 bits)  offset 0
     FIN 0  RSV1 1  RSV2 0  RSV3 0  opcode 0x1  MASK 0
     fragment 1 of text message 1
     0000  f2 48 cd                                          .H.
     compressed (permessage-deflate assumed), inflates to 2 bytes
     text  He

#2 < continuation  length 4 (7 bits)  offset 5
     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x0  MASK 0
     fragment 2 of text message 1
     0000  c9 c9 07 00                                       ....
     compressed (permessage-deflate assumed), inflates to 3 bytes
     text  llo
     message 1 is whole, 5 bytes
     text  Hello
""",
    ),
    "shared window": (
        ["c1 07 f2 48 cd c9 c9 07 00", "c1 05 f2 00 11 00 00"],
        """\
#1 < text  length 7 (7 bits)  offset 0
     FIN 1  RSV1 1  RSV2 0  RSV3 0  opcode 0x1  MASK 0
     0000  f2 48 cd c9 c9 07 00                              .H.....
     compressed (permessage-deflate assumed), inflates to 5 bytes
     text  Hello

#2 < text  length 5 (7 bits)  offset 9
     FIN 1  RSV1 1  RSV2 0  RSV3 0  opcode 0x1  MASK 0
     0000  f2 00 11 00 00                                    .....
     compressed (permessage-deflate assumed), inflates to 5 bytes
     text  Hello
""",
    ),
    "block without compression": (
        ["c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00"],
        """\
#1 < text  length 11 (7 bits)  offset 0
     FIN 1  RSV1 1  RSV2 0  RSV3 0  opcode 0x1  MASK 0
     0000  00 05 00 fa ff 48 65 6c  6c 6f 00                 .....Hello.
     compressed (permessage-deflate assumed), inflates to 5 bytes
     text  Hello
""",
    ),
    "block with BFINAL": (
        ["c1 08 f3 48 cd c9 c9 07 00 00"],
        """\
#1 < text  length 8 (7 bits)  offset 0
     FIN 1  RSV1 1  RSV2 0  RSV3 0  opcode 0x1  MASK 0
     0000  f3 48 cd c9 c9 07 00 00                           .H......
     compressed (permessage-deflate assumed), inflates to 5 bytes
     text  Hello
""",
    ),
    "two blocks": (
        ["c1 0d f2 48 05 00 00 00 ff ff ca c9 c9 07 00"],
        """\
#1 < text  length 13 (7 bits)  offset 0
     FIN 1  RSV1 1  RSV2 0  RSV3 0  opcode 0x1  MASK 0
     0000  f2 48 05 00 00 00 ff ff  ca c9 c9 07 00           .H...........
     compressed (permessage-deflate assumed), inflates to 5 bytes
     text  Hello
""",
    ),
}


@pytest.mark.parametrize(("runs", "shown"), EXAMPLES.values(), ids=EXAMPLES)
def test_examples(runs, shown):
    """The examples of both RFCs are shown whole."""
    options = [option for run in runs for option in ("--hex", run)]

    assert run("inspect", *options) == Outcome(0, shown.encode(), "")


@pytest.mark.parametrize("size", [256, 65536])
def test_long_examples(size):
    """The long examples of RFC 6455, 5.7, spell their lengths with 16 and 64 bits."""
    bits = {256: 16, 65536: 64}[size]

    outcome = run("inspect", "-", stdin=frame(0x2, bytes(size)))

    lines = outcome.stdout.decode().splitlines()
    assert (outcome.status, outcome.stderr) == (0, "")
    assert lines[:2] == [
        f"#1 < binary  length {size} (7+{bits} bits)  offset 0",
        "     FIN 1  RSV1 0  RSV2 0  RSV3 0  opcode 0x2  MASK 0",
    ]
    zeros = "00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  ................"
    assert lines[2:] == [f"     {row:04x}  {zeros}" for row in range(0, size, 16)]


HELLO = EXAMPLES["unmasked text"][1]


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        pytest.param(["--hex", "810548656C6c6f"], b"", id="bare"),
        pytest.param(["--hex", "0x81, 0x05,0x48:65 6c6c\n6f"], b"", id="array"),
        pytest.param(["--hex", "8105", "--hex", "48656c6c6f"], b"", id="cut"),
        pytest.param(["-"], b"81 05\n48 65 6c 6c 6f\n", id="stdin-hex"),
        pytest.param(["-"], b"\x81\x05Hello", id="stdin-raw"),
        pytest.param([], b"\x81\x05Hello", id="stdin-piped"),
        pytest.param(["-"], b"gQVIZWxsbw==\n", id="base64"),
        pytest.param(["-"], b"0000: 8105 4865 6c6c 6f  ..Hello\n", id="dump"),
        pytest.param(["--hex", r"b'\x81\x05Hello'"], b"", id="literal"),
    ],
)
def test_sources(arguments, stdin):
    """Bytes come from --hex or stdin, as hex or as they are."""
    outcome = run("inspect", *arguments, stdin=stdin)

    assert outcome == Outcome(0, HELLO.encode(), "")


def test_stdin_that_is_no_hex():
    """Stdin that looks like text but is no hex is told of, and taken as it is."""
    outcome = run("inspect", "-", "--format", "summary", stdin=b"81 05 Hello\n")

    assert outcome == Outcome(
        0,
        b"    1 < close        RSV2 RSV3          49   05 Hello\\n\n"
        b"      ! RFC 6455, 5.2: RSV2 and RSV3 set, which no negotiated "
        b"extension allows\n"
        b"      ! RFC 6455, 5.5: close frame is fragmented\n"
        b"< 12 bytes left at offset 0, 39 bytes of the frame missing\n",
        "wstool: stdin is taken as raw bytes, not as hex: "
        "character 7: 'H' isn't a hex digit\n",
    )


def test_sender_of_the_bytes():
    """Who sent the bytes can be said, and then the MASK bit can be wrong."""
    arguments = ["--format", "summary", "--masked-by", "client"]
    outcome = run("inspect", "--hex", "8900", "--hex", "8900", *arguments)

    assert outcome.stdout.decode().splitlines() == [
        "    1 > ping         FIN                 0",
        "      ! RFC 6455, 5.1: client frame is not masked",
        "    2 > ping         FIN                 0",
        "      ! RFC 6455, 5.1: client frame is not masked",
    ]


def test_stdin_is_shown_as_it_comes():
    """Frames that come raw are shown at once."""
    with start("inspect", "-", stdin=subprocess.PIPE) as running:
        running.process.stdin.write(b"\x81\x05Hello\x89")
        running.process.stdin.flush()
        running.wait_for_stdout(HELLO.encode())
        running.process.stdin.close()
        outcome = running.wait()

    left = "\n< 1 byte left at offset 7, no whole header: 89\n"
    assert outcome == Outcome(0, (HELLO + left).encode(), "")


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        pytest.param(
            ["--format", "summary"],
            "    1 < text         FIN RSV1            7  Hello\n",
            id="summary",
        ),
        pytest.param(
            ["--format", "summary", "--no-compression"],
            "    1 < text         FIN RSV1            7  "
            "\\xf2H\\xcd\\xc9\\xc9\\x07\\x00\n"
            "      ! RFC 6455, 5.2: RSV1 set, which no negotiated extension "
            "allows\n",
            id="no-compression",
        ),
        pytest.param(
            ["--format", "summary", "--color", "always"],
            "\x1b[1;35m    1 < text\x1b[m         FIN RSV1            7  "
            "\x1b[32mHello\x1b[m\n",
            id="color",
        ),
    ],
)
def test_options(arguments, shown):
    """Options say how frames are shown; violations don't change the status."""
    outcome = run("inspect", "--hex", "c107f248cdc9c90700", *arguments)

    assert outcome == Outcome(0, shown.encode(), "")


@pytest.mark.parametrize(
    ("text", "status", "stderr"),
    [
        pytest.param("8900", 0, "", id="right"),
        pytest.param(
            "8900 a900 8801 ff",
            7,
            "wstool: 2 violations, the first at #2: RSV2 set, which no negotiated"
            " extension allows (RFC 6455, 5.2)\n",
            id="wrong",
        ),
    ],
)
def test_check(text, status, stderr):
    """With --check a violation is an error, once all is shown."""
    outcome = run("inspect", "--hex", text, "--check", "--format", "summary")

    assert (outcome.status, outcome.stderr) == (status, stderr)
    assert outcome.stdout.startswith(b"    1 < ping")


def test_jsonl():
    """JSON lines can be read by a program."""
    outcome = run("inspect", "--hex", "8105ff", "--format", "jsonl")

    lines = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert (outcome.status, outcome.stderr) == (0, "")
    assert [line.get("type") for line in lines] == ["text", "left"]


USAGE = (
    "Usage: wstool inspect [OPTIONS] [URL|FILE|-]\n"
    "Try 'wstool inspect --help' for help.\n\n"
)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        pytest.param(
            ["--hex", "81 g5"],
            "Invalid value for '--hex': character 4: 'g' isn't a hex digit.",
            id="no-hex",
        ),
        pytest.param(
            ["--hex", "81 5"],
            "Invalid value for '--hex': character 4: odd number of hex digits: 5.",
            id="half-a-byte",
        ),
        pytest.param(
            ["ws://localhost", "--hex", "81"],
            "--hex and a URL exclude each other.",
            id="hex-and-url",
        ),
        pytest.param(
            ["-", "--hex", "81"], "--hex and - exclude each other.", id="hex-and-stdin"
        ),
        pytest.param(
            ["-", "-n", "1"],
            "-d/--data, -n/--count and --until need a URL.",
            id="count-without-url",
        ),
        pytest.param(
            ["nowhere.pcap"],
            "Invalid value for '[URL|FILE|-]': there is no file nowhere.pcap.",
            id="no-file",
        ),
        pytest.param(
            [__file__, "--hex", "81"], "--hex and a file exclude each other.", id="both"
        ),
        pytest.param(
            ["ws://localhost#a"],
            "Invalid value for '[URL|FILE|-]': ws://localhost#a: PROBLEM",
            id="bad-url",
        ),
    ],
)
def test_usage(arguments, problem):
    """Arguments that don't fit are named."""
    outcome = run("inspect", *arguments)

    expected, _, _ = problem.partition("PROBLEM")
    assert outcome.stderr.startswith(f"{USAGE}Error: {expected}")
    assert outcome.stderr.count("\n") == 4
    assert (outcome.status, outcome.stdout) == (2, b"")


def test_nothing_to_inspect():
    """On a terminal there must be something to inspect."""
    primary, secondary = os.openpty()
    try:
        outcome = run("inspect", stdin=secondary)
    finally:
        os.close(primary)
        os.close(secondary)

    problem = "Error: Give a URL, a file, --hex, or - for stdin.\n"
    assert outcome == Outcome(2, b"", USAGE + problem)


def test_hex_on_stdin_that_is_half_a_byte():
    """Hex on stdin that can't be read is invalid input."""
    outcome = run("inspect", "-", stdin=b"8 10")

    message = "wstool: stdin, byte 0: odd number of hex digits: 8\n"
    assert outcome == Outcome(11, b"", message)
