"""
The constants of an estimate: each with its unit, its source and the reason for it.

This table is all there is: options, help, the explanation of a plan and the README are
made from it.
"""

from __future__ import annotations

from typing import NamedTuple


__all__ = ["CONSTANTS", "Constant", "list_defaults"]

_GIB = 1 << 30


class Constant(NamedTuple):
    """A figure that is assumed until somebody knows better."""

    name: str
    """As it stands in formulas; with dashes, it is the name of the option."""
    value: float
    unit: str
    group: str
    meaning: str
    """What it is, as a sentence for the help."""
    source: str
    """Where the value comes from."""
    least: float = 0.0
    """Smallest value that makes sense."""
    most: float = 1e15
    """Largest one."""
    whole: bool = False
    """Whether a fraction makes no sense, not even as a mean."""


_WIRE = "Constants: wire"
_POLLING = "Constants: polling"
_CPU = "Constants: CPU"
_MEMORY = "Constants: memory"
_SERVERS = "Constants: servers and cost"

CONSTANTS = (
    Constant(
        "ip_header", 20, "bytes", _WIRE,
        "IP header of a packet; 40 for IPv6.",
        "RFC 791, 3.1, without options; RFC 8200, 3",
    ),
    Constant(
        "tcp_header", 32, "bytes", _WIRE,
        "TCP header of a segment.",
        "RFC 9293, 3.1: 20, and 12 for RFC 7323's time stamps, which Linux sends",
    ),
    Constant(
        "mss", 1448, "bytes", _WIRE,
        "Payload of a TCP segment at most.",
        "Ethernet's 1500, less both headers; loopback has 65483",
        least=1,
    ),
    Constant(
        "ack_every", 2, "segments", _WIRE,
        "Full segments for each acknowledgement.",
        "RFC 9293, 3.8.6.3: at least every second one; network cards may merge more",
        least=1,
    ),
    Constant(
        "piggyback", 0, "share", _WIRE,
        "Share of writes whose last acknowledgement rides on data going back.",
        "assumed: a delayed one waits 40 ms on Linux, and few answers come that soon; 1"
        " for request and response",
        most=1,
    ),
    Constant(
        "messages_per_write", 1, "messages", _WIRE,
        "Messages that leave together, and share segments and TLS records.",
        "each message by itself, the dearest case; a busy server joins several",
        least=1,
    ),
    Constant(
        "tls_record_size", 16384, "bytes", _WIRE,
        "Plaintext of a TLS record at most.",
        "RFC 8446, 5.1",
        least=1,
    ),
    Constant(
        "tls_record_overhead", 22, "bytes", _WIRE,
        "What TLS adds to a record.",
        "RFC 8446, 5.2: header 5, content type 1, AES-GCM's tag 16; TLS 1.2 adds 29",
    ),
    Constant(
        "ping_interval", 20, "s", _WIRE,
        "Seconds between keep-alive pings of a connection; 0 for none.",
        "the default of `wstool serve`",
    ),
    Constant(
        "connection_lifetime", 1800, "s", _WIRE,
        "Seconds that a connection lasts before it's opened anew.",
        "assumed: half an hour of a page or an app in use",
        least=1,
    ),
    Constant(
        "handshake_request", 550, "bytes", _WIRE,
        "Request of an opening handshake.",
        "assumed: a browser's headers and one cookie; a bare client's have 160",
    ),
    Constant(
        "handshake_response", 129, "bytes", _WIRE,
        "Response of an opening handshake.",
        "RFC 6455, 1.3: the least that it has; proxies add to it",
    ),
    Constant(
        "tls_handshake_up", 600, "bytes", _WIRE,
        "What a client sends for a TLS handshake.",
        "measured: OpenSSL 3, TLS 1.3, no resumption; browsers send up to 2,000",
    ),
    Constant(
        "tls_handshake_down", 3000, "bytes", _WIRE,
        "What a server sends for a TLS handshake.",
        "assumed: 1,500 measured with a chain of two small ECDSA certificates;"
        " those of public authorities are larger",
    ),
    Constant(
        "tcp_handshake_segments", 4, "segments", _WIRE,
        "Segments each way that open and close a TCP connection.",
        "RFC 9293, 3.5 and 3.6: SYN, FIN and their acknowledgements, and one between",
    ),
    Constant(
        "network_rtt", 0.05, "s", _WIRE,
        "Seconds of a round trip between client and server.",
        "assumed: the same continent; measure yours with ping",
    ),
    Constant(
        "deflate_ratio", 0.36, "share", _WIRE,
        "Size of a compressed message over its size, where there is no sample.",
        "measured: made-up JSON events of 2 KiB, each message by itself; use"
        " --sample",
        most=1.01,
    ),
    Constant(
        "compress_min", 1024, "bytes", _WIRE,
        "Size of the smallest message that is compressed.",
        "the default of `wstool serve`: below it, deflate costs more than it saves",
    ),
    Constant(
        "poll_request", 500, "bytes", _POLLING,
        "Request of a poll, or of a message sent by POST, without its body.",
        "measured: 495 of Chromium's fetch(), by `wstool bench --versus polling`;"
        " cookies add to it",
    ),
    Constant(
        "poll_response", 250, "bytes", _POLLING,
        "Response to a poll without its messages.",
        "measured: 245, with date, type, length, caching and CORS headers",
    ),
    Constant(
        "poll_separator", 1, "bytes", _POLLING,
        "What a poll's response adds to each message.",
        "a comma of a JSON array, or a newline",
    ),
    Constant(
        "cpu_per_request", 150, "µs", _POLLING,
        "Microseconds of CPU for an HTTP request.",
        "assumed: 6,700 requests a second on a core, as Python's and Node.js's servers"
        " do; put in what yours takes",
    ),
    Constant(
        "cpu_per_message", 6, "µs", _CPU,
        "Microseconds of CPU to receive a message, or to send one by itself.",
        "measured: half an echo of 64 B by `wstool serve` at 5,000 a second (10"
        " at 1,000, 2.6 at 40,000); your application's own work comes on top",
    ),
    Constant(
        "cpu_per_delivery", 1.8, "µs", _CPU,
        "Microseconds of CPU to send one copy of a message that fans out.",
        "measured: `wstool serve broadcast` to 11 connections; it serializes once",
    ),
    Constant(
        "cpu_per_mb", 150, "µs", _CPU,
        "Microseconds of CPU for a megabyte of payload, in or out.",
        "measured: echo of 64 KiB by `wstool serve`, less that of 64 B",
    ),
    Constant(
        "cpu_per_tls_record", 4, "µs", _CPU,
        "Microseconds of CPU for a TLS record.",
        "measured: OpenSSL 3 through Python's ssl, 1 to write a record and 9 to"
        " read one, of which there are fewer where many wait",
    ),
    Constant(
        "cpu_per_tls_mb", 350, "µs", _CPU,
        "Microseconds of CPU to encrypt or decrypt a megabyte.",
        "measured: OpenSSL 3, AES-256-GCM with AES-NI",
    ),
    Constant(
        "cpu_per_deflated_mb", 17000, "µs", _CPU,
        "Microseconds of CPU to compress a megabyte.",
        "measured: zlib, level 6, the same JSON",
    ),
    Constant(
        "cpu_per_inflated_mb", 4500, "µs", _CPU,
        "Microseconds of CPU to inflate to a megabyte.",
        "measured: zlib, the same JSON",
    ),
    Constant(
        "cpu_per_opening", 600, "µs", _CPU,
        "Microseconds of CPU for an opening handshake, TLS included.",
        "measured: 120 by `wstool serve`, and 480 for TLS by OpenSSL 3 with an"
        " ECDSA key",
    ),
    Constant(
        "memory_per_connection", 2700, "bytes", _MEMORY,
        "Memory of the server's process for an idle connection.",
        "measured: `wstool serve`; other servers take 5,000 to 75,000, and your"
        " application's own state comes on top",
    ),
    Constant(
        "kernel_memory", 4096, "bytes", _MEMORY,
        "Memory of the kernel for an idle TCP connection.",
        "Linux 6: tcp_sock 2,400, socket and file 1,300, the rest for polling",
    ),
    Constant(
        "tls_memory", 24000, "bytes", _MEMORY,
        "Memory for TLS of a connection.",
        "measured: OpenSSL 3 behind uvloop, idle",
    ),
    Constant(
        "window_bits", 15, "bits", _MEMORY,
        "Deflate's window, as a power of two, where it's kept between messages.",
        "RFC 7692, 7.1.2: the default",
        least=9,
        most=15,
        whole=True,
    ),
    Constant(
        "memory_level", 8, "", _MEMORY,
        "zlib's memLevel.",
        "zlib's default",
        least=1,
        most=9,
        whole=True,
    ),
    Constant(
        "memory_base", 40000000, "bytes", _MEMORY,
        "Memory of a server's process without connections.",
        "measured: `wstool serve` has 31 MB; rounded up",
    ),
    Constant(
        "cores_per_server", 4, "cores", _SERVERS,
        "Cores of a server.",
        "assumed: a usual size; a process of Python or Node.js uses one",
        least=0.1,
    ),
    Constant(
        "memory_per_server", 16 * _GIB, "bytes", _SERVERS,
        "Memory of a server.",
        "assumed: 4 GiB a core, as general-purpose machines have",
        least=1 << 20,
    ),
    Constant(
        "network_per_server", 1000, "Mbit/s", _SERVERS,
        "Network of a server, each way.",
        "assumed: what a machine of that size keeps up",
        least=0.1,
    ),
    Constant(
        "connections_per_server", 50000, "connections", _SERVERS,
        "Connections to a server at most.",
        "assumed: so that the loss of one server is no flood of reconnects elsewhere",
        least=1,
    ),
    Constant(
        "target_utilization", 0.6, "share", _SERVERS,
        "Share of a server that the peak may use.",
        "queueing: at 0.6 a message waits 1.5 times its service, at 0.9 nine times",
        least=0.01,
        most=1,
    ),
    Constant(
        "spare_servers", 1, "servers", _SERVERS,
        "Servers that may fail or be replaced at the peak.",
        "assumed",
    ),
    Constant(
        "price_core", 25, "$/month", _SERVERS,
        "Price of a core for a month.",
        "assumed: the order of large clouds' list prices; put in yours",
    ),
    Constant(
        "price_memory", 3, "$/month", _SERVERS,
        "Price of a GiB of memory for a month.",
        "assumed: as above",
    ),
    Constant(
        "price_gb", 0.09, "$/GB", _SERVERS,
        "Price of a GB (10^9 bytes) sent to clients.",
        "assumed: as above; some providers take nothing, and what comes in is free",
    ),
    Constant(
        "seconds_per_month", 2629800, "s", _SERVERS,
        "Seconds of a month.",
        "a twelfth of 365.25 days",
        least=1,
    ),
)  # fmt: skip
"""All constants, in the order of the help."""


def list_defaults() -> dict[str, float]:
    """List the values by name."""
    return {constant.name: constant.value for constant in CONSTANTS}
