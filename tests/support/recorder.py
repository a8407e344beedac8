"""
A server that writes each text message to a file before it proves to have it.

Run as ``recorder.py PORT FILE pong|reply``; it prints its port once it listens. With
``reply`` it sends a message for each one received. Either way pings are answered in
turn with messages, so that a pong too proves what stood before its ping.
"""

from __future__ import annotations

import os
import socket
import sys
import threading

from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol


def record(sock: socket.socket, log: int, *, reply: bool) -> None:
    """Serve a client until it is gone."""
    protocol = ServerProtocol()
    while data := sock.recv(1 << 16):
        protocol.receive_data(data)
        for event in protocol.events_received():
            if not isinstance(event, Frame):
                protocol.send_response(protocol.accept(event))
            elif event.opcode is Opcode.TEXT:
                os.write(log, bytes(event.data) + b"\n")
                if reply:
                    protocol.send_text(b"ok")
        for output in protocol.data_to_send():
            # An empty one stands for the end of the stream.
            if output:
                sock.sendall(output)
            else:
                sock.shutdown(socket.SHUT_WR)


def serve_client(sock: socket.socket, log: int, *, reply: bool) -> None:
    """Serve a client whose connection may break at any time."""
    with sock:
        try:
            record(sock, log, reply=reply)
        except OSError:
            return


def main(port: str, path: str, proof: str) -> None:
    """Listen for clients for ever."""
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    with socket.create_server(("127.0.0.1", int(port))) as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        while True:
            sock = listener.accept()[0]
            arguments = {"reply": proof == "reply"}
            threading.Thread(
                target=serve_client, args=(sock, log), kwargs=arguments, daemon=True
            ).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
