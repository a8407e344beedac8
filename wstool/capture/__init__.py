"""
Captures: files of packets, and the TCP streams in them.

Pure like `wire`: bytes in, values out, no I/O. A `CaptureReader` takes a file's bytes
as they come and gives packets, `parse_segment` finds the TCP segment in a packet, and
`TcpStreams` puts the segments of each connection in order.
"""
