"""
Standard streams as file descriptors, and the framings of pipes.

Bytes come in through an `InputReader`, a `Splitter` turns what one read brought
into batches; a `Joiner` turns a batch into bytes, an `OutputWriter` gets them out.
Nothing here ever blocks the event loop, and nothing changes the flags of a
descriptor: those belong to everyone who shares the open file, the shell included.

- `framing` names the framings and makes splitters and joiners.
- `cutters` find where messages begin and end; `splitters` check and decode what
  they found; `events` does that for JSONL. `joiners` are the way back.
- `encodings` write payloads in hex and base64; `jsonl` renders event lines.
- `reader` and `writer` belong to a loop; `sinks` know how to write to each kind of
  descriptor; `descriptors` is for the time before and without a loop.

Cutters, splitters and joiners do no I/O. No module knows what is sent where: a
splitter stops at the first bad message and keeps the error for its owner, who first
sends what came before.
"""
