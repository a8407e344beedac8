"""The explanation of a plan."""

from __future__ import annotations

import re

from wstool.cli._estimate.explain import explain
from wstool.services.estimate import CONSTANTS, Load, make_plan
from wstool.services.estimate.attribution import Calibrated, Measured
from wstool.services.estimate.message import Packed


def find(tables, title, name):
    """Find a row of a table."""
    (table,) = (table for table in tables if table.title == title)
    (row,) = (row for row in table.rows if row[0] == name)
    return row


def test_constants():
    """Every constant stands there with its source, or what took its place."""
    tables = explain(make_plan(Load()), {"mss": "set; by default 1448"})

    assert [row[0] for row in tables[0].rows] == [each.name for each in CONSTANTS]
    assert find(tables, "Constants", "tls_record_size")[1:] == (
        "16,384 bytes",
        "RFC 8446, 5.1",
    )
    assert find(tables, "Constants", "mss")[2] == "set; by default 1448"


def test_formula():
    """A figure has its formula, the numbers in it, and the result."""
    tables = explain(make_plan(Load(fan_out=20)), {})

    assert find(tables, "The load", "deliveries") == (
        "deliveries",
        "20,000 /s",
        "copies that fan out: messages_in * fan_out = 1,000 * 20",
    )


def test_numbers_compute():
    """What stands behind the last equals sign is what the result comes from."""
    tables = explain(make_plan(Load(fan_out=20)), {})
    checked = 0
    for table in tables[3:]:
        for _name, value, text in table.rows:
            numbers = text.rpartition(" = ")[2].replace(",", "")
            if re.fullmatch(r"[\d.e+*/() -]+", numbers):
                found = float(value.split()[0].replace(",", ""))
                assert abs(eval(numbers) - found) <= 0.002 * found + 0.5
                checked += 1

    assert checked > 40


def test_sample():
    """Of a sample, a figure is a mean, for which there are no single numbers."""
    sample = [Packed(10, 10, False), Packed(1000, 1000, False)]
    tables = explain(make_plan(Load(), None, sample), {})

    assert find(tables, "A message from a client", "frame")[1:] == (
        "512 bytes",
        "WebSocket frame: mean of payload + header",
    )


def test_calibration():
    """How long a calibration took, and whether by TLS and with deflate, comes first."""
    done = Calibrated({"mss": Measured(1.0, "calibrated: x")}, 12.34, True, False)
    table, *others = explain(make_plan(Load()), {}, done)

    assert table.title == "The calibration"
    assert dict(table.rows) == {
        "took": "12.3 s",
        "TLS": "yes",
        "deflate": "no",
        "server": "`wstool serve` on this machine, in a process of its own",
        "load": "of `wstool bench`, its messages at random moments",
        "constants": "mss",
    }
    assert others == explain(make_plan(Load()), {})


def test_deflated_calibration():
    """A server keeps no window between messages, which is said."""
    table = explain(make_plan(Load()), {}, Calibrated({}, 1.0, False, True))[0]

    assert table.rows[1:3] == [
        ("TLS", "no"),
        ("deflate", "each message by itself"),
    ]
