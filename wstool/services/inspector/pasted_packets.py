"""
Dumps of whole packets, such as tcpdump -X and Wireshark print them.

They show no frames until link layer, IP and TCP are taken off.
"""

from __future__ import annotations

from wstool.capture.packets import Segment, parse_segment


__all__ = ["find_payloads", "parse_packets"]

_RAW_IP, _ETHERNET, _COOKED, _COOKED2, _NULL = 101, 1, 113, 276, 0
_MIN_SIZE = 40
_FIRST_WORDS = (b"GET ", b"HTTP/1.")


def parse_packets(runs: list[bytes]) -> tuple[int, list[Segment]] | None:
    """
    Take runs of bytes for packets.

    Returns:
        Their link type, and their TCP segments; None if they are no packets.
    """
    for link_type in (_RAW_IP, _ETHERNET, _COOKED, _COOKED2, _NULL):
        # Behind a packet may stand what tshark makes of it, such as unmasked data.
        if runs and _parse(link_type, runs[0]) is not None:
            segments = [_parse(link_type, run) for run in runs]
            return link_type, [segment for segment in segments if segment is not None]
    return None


def find_payloads(segments: list[Segment]) -> list[bytes] | None:
    """Give the payloads of segments; None if the opening handshake is among them."""
    payloads = [segment[4] for segment in segments if segment[4]]
    if any(payload.startswith(_FIRST_WORDS) for payload in payloads):
        return None
    return payloads


def _parse(link_type: int, run: bytes) -> Segment | None:
    return parse_segment(link_type, run) if len(run) >= _MIN_SIZE else None
