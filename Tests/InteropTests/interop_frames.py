"""A relay that reads HTTP/2 frames along: stock clients hide the flag that precedes a message."""
import select
import socket
import ssl
import threading

PREFACE_BYTES = 24
HEAD_BYTES = 9
DATA = 0
PADDED = 0x8


class Direction:
    """The octets of one direction of one connection, taken apart as they pass."""

    def __init__(self, skip):
        self.skip = skip
        self.buffer = b""
        self.bodies = {}

    def feed(self, octets):
        self.buffer += octets
        if self.skip:
            skipped = min(self.skip, len(self.buffer))
            self.buffer = self.buffer[skipped:]
            self.skip -= skipped
        while len(self.buffer) >= HEAD_BYTES:
            length = int.from_bytes(self.buffer[:3], "big")
            if len(self.buffer) < HEAD_BYTES + length:
                return
            kind, flags = self.buffer[3], self.buffer[4]
            stream = int.from_bytes(self.buffer[5:9], "big") & 0x7FFF_FFFF
            body = self.buffer[HEAD_BYTES:HEAD_BYTES + length]
            self.buffer = self.buffer[HEAD_BYTES + length:]
            if kind == DATA:
                if flags & PADDED:
                    body = body[1:len(body) - body[0]]
                self.bodies.setdefault(stream, bytearray()).extend(body)

    def message_flags(self):
        """Streams in order, and the messages of each in order."""
        flags = []
        for stream in sorted(self.bodies):
            body = self.bodies[stream]
            while len(body) >= 5:
                flags.append(body[0])
                body = body[5 + int.from_bytes(body[1:5], "big"):]
        return flags


class FrameRecorder:
    """Relays one connection, in plaintext, to a port on this host, in plaintext or TLS."""

    def __init__(self, port, authority=None):
        self.target = port
        self.authority = authority
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.directions = {"to server": Direction(PREFACE_BYTES), "to client": Direction(0)}
        self.sockets = []

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def accept(self):
        client, _ = self.listener.accept()
        server = socket.create_connection(("127.0.0.1", self.target))
        if self.authority is not None:
            context = ssl.create_default_context(cafile=self.authority)
            context.set_alpn_protocols(["h2"])
            server = context.wrap_socket(server, server_hostname="127.0.0.1")
        self.sockets += [client, server]
        try:
            self.relay(client, server)
        except (OSError, ValueError):
            pass  # One side has gone, or the test has closed both.
        client.close()
        server.close()

    def relay(self, client, server):
        """On one thread: a TLS socket is not to be read and written at the same time."""
        ways = {client: (server, "to server"), server: (client, "to client")}
        while True:
            # What TLS has opened already does not show in select.
            waiting = isinstance(server, ssl.SSLSocket) and server.pending() > 0
            readable = [server] if waiting else select.select(list(ways), [], [])[0]
            for source in readable:
                sink, direction = ways[source]
                octets = source.recv(65_536)
                if not octets:
                    return
                self.directions[direction].feed(octets)
                sink.sendall(octets)

    def message_flags(self, direction):
        return self.directions[direction].message_flags()

    def __exit__(self, *_):
        for each in [self.listener] + self.sockets:
            each.close()
