"""Captures written in the plainest way, packet by packet."""

from __future__ import annotations

import socket
import struct


__all__ = [
    "CLIENT",
    "SERVER",
    "Sink",
    "Talk",
    "ethernet",
    "ipv4",
    "ipv6",
    "pcap",
    "pcapng",
    "tcp",
]

CLIENT, SERVER = ("10.0.0.1", 40000), ("10.0.0.2", 80)
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10


def tcp(ports, sequence=0, payload=b"", *, flags=ACK, acknowledgment=0, options=b""):
    """Write a TCP segment."""
    offset = (20 + len(options)) // 4 << 4
    head = struct.pack(
        "!HHIIBBHHH", *ports, sequence, acknowledgment, offset, flags, 9, 0, 0
    )
    return head + options + payload


def ipv4(source, target, payload, *, protocol=6, fragment=0, total=None, number=1):
    """Write an IPv4 packet."""
    total = 20 + len(payload) if total is None else total
    head = struct.pack("!BBHHHBBH", 0x45, 0, total, number, fragment, 64, protocol, 0)
    return head + socket.inet_aton(source) + socket.inet_aton(target) + payload


def ipv6(source, target, payload, *, protocol=6):
    """Write an IPv6 packet."""
    addresses = b"".join(socket.inet_pton(socket.AF_INET6, x) for x in (source, target))
    return (
        struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + addresses + payload
    )


def ethernet(payload, kind=0x0800, *, tags=()):
    """Write an Ethernet frame, with VLAN tags."""
    tagged = b"".join(struct.pack("!HH", tag, 7) for tag in tags)
    return bytes(12) + tagged + struct.pack("!H", kind) + payload


def pcap(*packets, link_type=1, order="<", nano=False, times=None):
    """Write a classic capture."""
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    data = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 1 << 18, link_type)
    for number, packet in enumerate(packets):
        time = times[number] if times else number
        fraction = round(time % 1 * (1e9 if nano else 1e6))
        size = len(packet)
        data += struct.pack(f"{order}IIII", int(time), fraction, size, size) + packet
    return data


def block(kind, body, order="<"):
    """Write a block of the next generation format."""
    body += bytes(-len(body) % 4)
    size = struct.pack(f"{order}I", 12 + len(body))
    return struct.pack(f"{order}I", kind) + size + body + size


def pcapng(*packets, link_type=1, order="<", options=b"", units=1_000_000):
    """Write a capture of the next generation."""
    section = struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1)
    data = block(0x0A0D0D0A, section, order)
    data += block(1, struct.pack(f"{order}HHI", link_type, 0, 0) + options, order)
    for number, packet in enumerate(packets):
        high, low = divmod(number * units, 1 << 32)
        size = len(packet)
        head = struct.pack(f"{order}IIIII", 0, high, low, size, size)
        data += block(6, head + packet, order)
    return data


class Talk:
    """The packets of a TCP connection, as they are sent one after another."""

    def __init__(self, client=CLIENT, server=SERVER, *, started=True):
        self.packets = []
        self._ends = {True: client, False: server}
        self._next = {True: 1000, False: 5000}
        if started:
            self._add(True, b"", SYN, step=1)
            self._add(False, b"", SYN | ACK, step=1)

    def send(self, data):
        """Add data of the client."""
        self._add(True, data, ACK)
        return self

    def receive(self, data):
        """Add data of the server."""
        self._add(False, data, ACK)
        return self

    def end(self, *, reset=False):
        """Add the ends of both sides."""
        if reset:
            self._add(False, b"", RST)
        else:
            self._add(True, b"", FIN | ACK, step=1)
            self._add(False, b"", FIN | ACK, step=1)
            self._add(True, b"", ACK)
        return self

    def lose(self, client, size):
        """Count bytes that nobody captured."""
        self._next[client] += size
        return self

    def _add(self, client, data, flags, step=0):
        source, target = self._ends[client], self._ends[not client]
        segment = tcp(
            (source[1], target[1]),
            self._next[client],
            data,
            flags=flags,
            acknowledgment=self._next[not client],
        )
        self.packets.append(ethernet(ipv4(source[0], target[0], segment)))
        self._next[client] += len(data) + step


class Sink:
    """Keep what is found, in order."""

    def __init__(self):
        self.events = []
        self.ended_by = None
        self.data = {True: b"", False: b""}
        self.changes = []

    def data_found(self, flow, forward, data, time):
        """Keep data."""
        self.events.append((forward, data))
        self.data[forward] += data

    def gap_found(self, flow, forward, size, time):
        """Keep a gap."""
        self.events.append((forward, size))
        self.data[forward] += b"?" * size

    def change_found(self, flow, forward, change, time):
        """Keep a change."""
        self.changes.append((forward, *change))

    def flow_ended(self, flow, reset, time):
        """Keep an end, and which side began it."""
        self.ended_by = flow.forward_ended
        self.events.append("reset" if reset else "end")
