"""
Bytes to frames to messages and back: RFC 6455 and RFC 7692.

This layer *describes*. It can represent every frame that breaks the rules, with the
violation as a value that names the RFC section; ``connection`` enforces. It is pure:
no I/O, no clock, no randomness of its own. Masking keys, limits and the function that
masks in bulk are parameters.

The unit of flow is a batch: an opcode and a list of payloads. ``batch`` is the fast
lane, which takes runs of whole, final, uncompressed data frames. ``frame`` and
``message`` are the exact path, which takes everything else, one frame at a time, as
its bytes arrive. ``decoder`` joins the two for an endpoint; ``dissector`` uses the
exact path alone and keeps every bit for a person to read.
"""
