"""
Messages between a connection and standard streams: ``send`` and ``listen``.

``Feeder`` takes input from the descriptor through a splitter to the connection;
``Printer`` takes messages through an output to the descriptor: a batch at a time, all
within the callbacks of one read. A slow socket stops the reading of the input, a slow
output the reading of the socket. ``Pipe`` joins the two and decides when it's over.
"""

from __future__ import annotations

from wstool.services.pipe.options import Input, Output, PipeOptions
from wstool.services.pipe.run import Pipe


__all__ = ["Input", "Output", "Pipe", "PipeOptions"]
