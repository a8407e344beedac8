"""
The server's modes: what happens with the messages of the connected clients.

One file a mode, each a ``Mode`` (``mode``) that takes the calls of a listener's
connections. ``modes`` is the table that makes them by name.
"""
