"""The format for programs."""

from __future__ import annotations

import json

import pytest

from support.frames import CLOSE, TEXT, frame
from support.rendering import COMPRESSED, JSONL, KEY, render


SECOND_CLOSE = {
    "rule": "second_close",
    "section": "RFC 6455, 5.5.1",
    "text": "close frame after this side's close frame",
}
JSON_OBJECTS = {
    "text": (
        [frame(TEXT, b"Hello", masking_key=KEY)],
        [
            {
                "number": 1,
                "connection": 1,
                "direction": "sent",
                "type": "text",
                "offset": 0,
                "fin": True,
                "rsv1": False,
                "rsv2": False,
                "rsv3": False,
                "opcode": 1,
                "masked": True,
                "masking_key": "37fa213d",
                "length": 5,
                "length_bits": 7,
                "header": "818537fa213d",
                "payload": "48656c6c6f",
                "message": 1,
                "fragment": 1,
                "data": "Hello",
            }
        ],
    ),
    "compressed": (
        [frame(TEXT, COMPRESSED, rsv=0b100)],
        [
            {
                "number": 1,
                "connection": 1,
                "direction": "received",
                "type": "text",
                "offset": 0,
                "fin": True,
                "rsv1": True,
                "rsv2": False,
                "rsv3": False,
                "opcode": 1,
                "masked": False,
                "length": 7,
                "length_bits": 7,
                "header": "c107",
                "payload": "f248cdc9c90700",
                "message": 1,
                "fragment": 1,
                "compressed": True,
                "inflated_length": 5,
                "inflated": "48656c6c6f",
                "data": "Hello",
            }
        ],
    ),
    "violations": (
        [frame(TEXT, b"\xff")],
        [
            {
                "number": 1,
                "connection": 1,
                "direction": "received",
                "type": "text",
                "offset": 0,
                "fin": True,
                "rsv1": False,
                "rsv2": False,
                "rsv3": False,
                "opcode": 1,
                "masked": False,
                "length": 1,
                "length_bits": 7,
                "header": "8101",
                "payload": "ff",
                "message": 1,
                "fragment": 1,
                "violations": [
                    {
                        "rule": "text_invalid",
                        "section": "RFC 6455, 8.1",
                        "text": "text message is not valid UTF-8 at byte 0",
                    }
                ],
            }
        ],
    ),
    "close": (
        [frame(CLOSE, b"\x03\xe8") + frame(CLOSE)],
        [
            {
                "number": number,
                "connection": 1,
                "direction": "received",
                "type": "close",
                "offset": offset,
                "fin": True,
                "rsv1": False,
                "rsv2": False,
                "rsv3": False,
                "opcode": 8,
                "masked": False,
                "length": len(payload),
                "length_bits": 7,
                "header": header,
                "payload": payload.hex(),
                **close,
            }
            for number, offset, header, payload, close in (
                (1, 0, "8802", b"\x03\xe8", {"code": 1000, "reason": ""}),
                (2, 4, "8800", b"", {"violations": [SECOND_CLOSE]}),
            )
        ],
    ),
}


@pytest.mark.parametrize(("runs", "objects"), JSON_OBJECTS.values(), ids=JSON_OBJECTS)
def test_jsonl(runs, objects):
    """Each frame is a line of JSON, with the keys that apply, in order."""
    lines = render(*runs, format=JSONL).splitlines()

    assert lines == [json.dumps(item) for item in objects]


@pytest.mark.parametrize(
    ("data", "objects"),
    [
        pytest.param(
            b"\x81",
            [
                {
                    "connection": 1,
                    "direction": "received",
                    "type": "left",
                    "offset": 0,
                    "length": 1,
                    "payload": "81",
                }
            ],
            id="header",
        ),
        pytest.param(
            b"\x89\x02a",
            [
                {
                    "connection": 1,
                    "direction": "received",
                    "type": "left",
                    "offset": 0,
                    "length": 3,
                    "missing": 1,
                }
            ],
            id="payload",
        ),
        pytest.param(
            frame(TEXT, fin=False),
            [
                {
                    "connection": 1,
                    "direction": "received",
                    "type": "unfinished",
                    "message": 1,
                    "fragment": 1,
                }
            ],
            id="message",
        ),
    ],
)
def test_jsonl_remainder(data, objects):
    """What is missing at the end has lines of its own."""
    lines = map(json.loads, render(data, format=JSONL).splitlines())

    assert [item for item in lines if "number" not in item] == objects
