"""
The shared core: one ``Connection`` for client and server.

This layer *enforces* what ``wire`` describes. ``dial`` opens connections and
``listen`` accepts them: both run the opening handshake (``handshake``), then hand the
transport to a ``Connection`` (``transport``), the only code that reads and writes
sockets. Inside it an ``Endpoint`` (``endpoint``) turns bytes into batches and methods
into bytes, without I/O and without a clock.

A service gives a ``Handler`` and gets callbacks: batches in, one call a read. Nothing
here makes a task, a queue or a timer for a message. What the network and its libraries
raise is translated here, once; no other layer sees ``OSError`` from a socket.
"""
