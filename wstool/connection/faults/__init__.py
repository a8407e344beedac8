"""
Breaking clients on purpose: faults in what a server sends.

A layer stands between a connection and its transport. `script` decides, without I/O,
what becomes of the frames of one connection, `frames` alters one message, `response`
the opening handshake's answer; `layer` writes it all out in its time. Nothing of this
is loaded by a server without faults.
"""

from __future__ import annotations
