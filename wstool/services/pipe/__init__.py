"""
Messages between a connection and standard streams: ``send`` and ``listen``.

``Feeder`` takes input from the descriptor through a splitter to the connection;
``Printer`` takes messages through an output to the descriptor: a batch at a time, all
within the callbacks of one read. A slow socket stops the reading of the input, a slow
output the reading of the socket. ``Pipe`` joins the two and decides when it's over.

Who connects again has a ``Delivery``, which keeps messages until they are known to be
delivered; ``Retrying`` decides about the next attempt. ``Judge`` finds the words for
an end.
"""

from __future__ import annotations

from wstool.services.pipe.delivery import Proof
from wstool.services.pipe.options import Input, Output, PipeOptions
from wstool.services.pipe.run import Pipe


__all__ = ["Input", "Output", "Pipe", "PipeOptions", "Proof"]
