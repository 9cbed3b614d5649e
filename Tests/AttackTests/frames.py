"""HTTP/2 frames by hand, for clients that are not decent. RFC 9113 and RFC 7541."""
import select
import socket
import struct
import time

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = (
    0, 1, 2, 3, 4, 6, 7, 8, 9)
END_STREAM, ACK, END_HEADERS = 1, 1, 4
ECHO = b"/topupd.bench.v1.Echo/Echo"
INGEST = b"/topupd.bench.v1.Echo/Ingest"


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(
        ">I", stream) + payload


def field(name, value):
    """A literal without indexing, no Huffman."""
    return b"\x00" + length(name) + name + length(value) + value


def length(text):
    if len(text) < 127:
        return bytes([len(text)])
    rest, out = len(text) - 127, b"\x7f"
    while rest >= 128:
        out += bytes([rest % 128 + 128])
        rest //= 128
    return out + bytes([rest])


def request(path=ECHO, more=()):
    fields = [(b":method", b"POST"), (b":scheme", b"http"), (b":path", path),
              (b":authority", b"attacker"), (b"te", b"trailers"),
              (b"content-type", b"application/grpc"), *more]
    return b"".join(field(*pair) for pair in fields)


def headers(stream, path=ECHO, more=(), end=False):
    flags = END_HEADERS | (END_STREAM if end else 0)
    return frame(HEADERS, flags, stream, request(path, more))


def message(payload=b"\x0a\x01x", flag=0):
    return bytes([flag]) + struct.pack(">I", len(payload)) + payload


class Peer:
    """One connection: sends what it is told, reads only when it is told."""

    def __init__(self, port, settings=b"", reads=True, source="127.0.0.1"):
        """source: the address that it comes from, one of 127.0.0.0/8."""
        self.socket = socket.socket()
        self.socket.settimeout(20)
        self.socket.bind((source, 0))
        if not reads:  # So little that what the server says soon has nowhere to go.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reads = reads
        # Whether the server took no more for a while.
        self.is_blocked = False
        self.received = b""
        self.ended = False
        self.send(PREFACE + frame(SETTINGS, 0, 0, settings))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data, patience=20.0):
        """Sends as much as the server takes; reads meanwhile, unless this peer never does.

        Returns whether all of it went."""
        self.socket.setblocking(False)
        view = memoryview(data)
        deadline = time.monotonic() + patience
        while view and not self.ended and time.monotonic() < deadline:
            readable, writable, _ = select.select(
                [self.socket] if self.reads else [], [self.socket], [], 0.2)
            if readable:
                self.take()
            if writable and not self.ended:
                try:
                    view = view[self.socket.send(view):]
                except (BrokenPipeError, ConnectionError):
                    self.ended = True
                except BlockingIOError:
                    pass
        self.is_blocked = len(view) > 0 and not self.ended
        return not view

    def take(self):
        try:
            data = self.socket.recv(65536)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        self.received += data
        if not data:
            self.ended = True

    def is_hung_up(self, patience):
        """Whether the server has ended its side, found out without reading a byte."""
        poll = select.poll()
        poll.register(self.socket, select.POLLRDHUP)
        return bool(poll.poll(patience * 1000))

    def read_until(self, done, patience=20.0):
        """Reads until done(frames), the end, or the patience is over."""
        self.socket.setblocking(False)
        deadline = time.monotonic() + patience
        while not self.ended and not done(self.frames()) and time.monotonic() < deadline:
            if select.select([self.socket], [], [], 0.2)[0]:
                self.take()
        return done(self.frames())

    def frames(self):
        """(kind, flags, stream, payload) of all that came."""
        rest, out = self.received, []
        while len(rest) >= 9:
            size = int.from_bytes(rest[:3], "big")
            if len(rest) < 9 + size:
                break
            out.append((rest[3], rest[4], int.from_bytes(rest[5:9], "big") & 0x7FFFFFFF,
                        rest[9:9 + size]))
            rest = rest[9 + size:]
        return out

    def status(self, stream):
        """The grpc-status that ended a call, as text; None when none came."""
        decoder, status = hpack.Decoder(), None
        for kind, _, of, payload in self.frames():
            if kind == HEADERS:
                fields = dict(decoder.decode(payload, raw=True))
                if of == stream:
                    status = fields.get(b"grpc-status", status)
        return status and status.decode()

    def resets(self):
        """The number of RST_STREAM that came."""
        return sum(f[0] == RST_STREAM for f in self.frames())

    def goaway(self):
        """(code, debug text) of the last GOAWAY; None when none came."""
        found = [f for f in self.frames() if f[0] == GOAWAY]
        if not found:
            return None
        payload = found[-1][3]
        return int.from_bytes(payload[4:8], "big"), payload[8:].decode("utf-8", "replace")
