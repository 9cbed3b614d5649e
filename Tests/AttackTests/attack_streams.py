"""Attacks with streams, header blocks and messages."""
import gzip
import os
import socket
import struct

from attack_list import attack
from frames import *  # noqa: F403
from victim import expect

ROUNDS = 20_000
CANCEL = struct.pack(">I", 8)


def expect_end(peer, what):
    """The connection is over, or the server takes no more of it; returns how it ended."""
    if not peer.reads:
        if peer.ended or peer.is_hung_up(3):
            return "hung up"
        if peer.is_blocked:
            return "the server stopped reading"
        # Its end may be stuck behind what this peer does not read; a socket that is gone on the
        # other side answers one more octet, which begins a frame, with a reset.
        peer.send(b"\0", 1)
        expect(peer.is_hung_up(3), f"{what}: still open, and read")
        return "hung up"
    peer.read_until(lambda _: False, 3)
    expect(peer.ended, f"{what}: still open")
    return f"GOAWAY {peer.goaway()}"


def streams(port, one, what, reads):
    """As many streams as it takes, each begun and spoilt by what one(stream) gives."""
    with Peer(port, reads=reads) as peer:
        for start in range(0, ROUNDS, 20):
            burst = b"".join(one(2 * index + 1) for index in range(start, start + 20))
            if not peer.send(burst, 3) or peer.ended:
                break
        return f"within {start + 20}: {expect_end(peer, what)}"


# MARK: Resets


@attack("too_many_resets", unread=True)
def rapid_reset(port, reads):
    return streams(
        port, lambda s: headers(s) + frame(RST_STREAM, 0, s, CANCEL), "open and cancel", reads)


@attack("too_many_resets", unread=True)
def rapid_reset_of_calls(port, reads):
    return streams(
        port, lambda s: headers(s) + frame(DATA, END_STREAM, s, message()) + frame(
            RST_STREAM, 0, s, CANCEL), "call and cancel", reads)


PROVOKED = ("too_many_provoked_resets", "too_many_invalid_frames", "protocol_error")


@attack(*PROVOKED, unread=True)
def made_you_reset_zero_increment(port, reads):
    return streams(
        port, lambda s: headers(s) + frame(WINDOW_UPDATE, 0, s, bytes(4)), "zero", reads)


@attack(*PROVOKED, unread=True)
def made_you_reset_overflow(port, reads):
    return streams(
        port, lambda s: headers(s) + frame(WINDOW_UPDATE, 0, s, b"\x7f\xff\xff\xff"), "overflow",
        reads)


@attack(*PROVOKED, unread=True)
def made_you_reset_data_after_end(port, reads):
    return streams(
        port, lambda s: headers(s, end=True) + frame(DATA, 0, s, b"x"), "data after end", reads)


@attack(*PROVOKED, unread=True)
def made_you_reset_headers_after_end(port, reads):
    return streams(
        port, lambda s: headers(s, end=True) + headers(s), "headers after end", reads)


@attack(*PROVOKED, unread=True)
def made_you_reset_priority_length(port, reads):
    return streams(
        port, lambda s: headers(s) + frame(PRIORITY, 0, s, b"\0"), "short priority", reads)


@attack(*PROVOKED, "too_many_priority_frames", unread=True)
def made_you_reset_self_dependency(port, reads):
    return streams(
        port, lambda s: headers(s) + frame(PRIORITY, 0, s, struct.pack(">IB", s, 1)), "self", reads)


@attack(*PROVOKED, unread=True)
def made_you_reset_malformed(port, reads):
    """Upper case, control octets, an edge space, a second :path: each is a reset of ours."""
    bad = [(b"X-Upper", b"1"), (b"x-a", b"1\r\n2"), (b"x-a", b"\0"), (b"x-a", b"\x7f"),
           (b"x-a", b" 1"), (b":path", b"/x"), (b"te", b"gzip"), (b"connection", b"close")]
    return streams(
        port, lambda s: headers(s, more=[bad[s // 2 % len(bad)]]), "malformed", reads)


# MARK: Streams that are over, or one too many


@attack("too_many_refused_streams", "protocol_error", unread=True)
def too_many_streams(port, reads):
    return streams(port, headers, "streams without end", reads)


@attack("protocol_error")
def too_many_streams_acknowledged(port):
    with Peer(port) as peer:
        peer.send(frame(SETTINGS, ACK, 0))
        peer.send(b"".join(headers(2 * index + 1) for index in range(200)))
        return expect_end(peer, "200 streams")


@attack("too_many_frames_on_closed_streams", unread=True)
def headers_on_a_closed_stream(port, reads):
    with Peer(port, reads=reads) as peer:
        peer.send(headers(1) * ROUNDS, 10)
        return expect_end(peer, "second HEADERS")


@attack()
def data_on_a_closed_stream(port):
    """Dropped undecoded: it costs no more than its octets, and the connection lives on."""
    with Peer(port) as peer:
        peer.send(headers(1, b"/nobody/None"))
        peer.send(frame(DATA, 0, 1, b"x") * ROUNDS, 10)
        peer.send(headers(3) + frame(DATA, END_STREAM, 3, message()))
        expect(ended(peer, 3) and peer.status(3) == "0", "the next call is not served")
        return f"{ROUNDS} dropped, and the next call served"


@attack("protocol_error", unread=True)
def reset_of_an_idle_stream(port, reads):
    with Peer(port, reads=reads) as peer:
        peer.send(frame(RST_STREAM, 0, 9, CANCEL))
        return expect_end(peer, "RST_STREAM on an idle stream")


# MARK: Header blocks


@attack("too_many_large_header_lists", unread=True)
def hpack_bomb(port, reads):
    entry = b"\x40\x01x" + b"\x7f" + b"\xa1\x1e" + b"a" * 4000
    block = request() + entry + b"\xbe" * 10_000
    with Peer(port, reads=reads) as peer:
        for index in range(50):
            if not peer.send(
                    frame(HEADERS, END_HEADERS | END_STREAM, 2 * index + 1, block), 3):
                break
        return f"within {index + 1} bombs: {expect_end(peer, 'bombs')}"


@attack("too_many_large_header_lists", unread=True)
def large_headers(port, reads):
    # 18 KB as RFC 9113 counts them, 32 for each field, and one frame on the wire.
    large = [(b"x-%03d" % i, b"a" * 8) for i in range(400)]
    with Peer(port, reads=reads) as peer:
        for index in range(100):
            if not peer.send(headers(2 * index + 1, more=large, end=True), 3) or peer.ended:
                break
        return f"within {index + 1}: {expect_end(peer, 'large header lists')}"


@attack("too_many_continuations", unread=True)
def continuation_flood(port, reads):
    with Peer(port, reads=reads) as peer:
        peer.send(frame(HEADERS, 0, 1, request()))
        peer.send(frame(CONTINUATION, 0, 1, field(b"x", b"y")) * ROUNDS, 10)
        return expect_end(peer, "CONTINUATION without end")


@attack("metadata_dropped")
def high_bytes(port):
    with Peer(port) as peer:
        for index, value in enumerate([b"\x80", b"\xff" * 100, b"\xc3\xbc", b"ok\x80"]):
            stream = 2 * index + 1
            peer.send(headers(stream, more=[(b"x-high", value)]) + frame(
                DATA, END_STREAM, stream, message()))
            expect(ended(peer, stream), "a call with high bytes in metadata got no answer")
            expect(peer.status(stream) == "0", f"it ended {peer.status(stream)}")
        return "each call served"


@attack()
def paths(port):
    with Peer(port) as peer:
        for index, path in enumerate([b"*", b"x", b"http://h/x", b"", b"/a b", b"/..%2f..%2fetc",
                                      b"/" * 5000, b"/topupd.bench.v1.Echo/Echo/"]):
            stream = 2 * index + 1
            peer.send(headers(stream, path, end=True))
            expect(ended(peer, stream), f"{path[:20]!r} got no answer")
            expect(peer.status(stream) in (None, "12"), f"{path[:20]!r}: {peer.status(stream)}")
        return "each reset, or UNIMPLEMENTED"


# MARK: Messages


def ended(peer, stream):
    return peer.read_until(lambda frames: any(
        f[2] == stream and (f[0] == RST_STREAM or f[0] == HEADERS and f[1] & END_STREAM)
        for f in frames), 10)


def status_of(port, data, path=ECHO, more=()):
    with Peer(port) as peer:
        peer.send(headers(1, path, more))
        for start in range(0, len(data), 16384):
            peer.send(frame(DATA, 0, 1, data[start:start + 16384]), 5)
            if peer.ended:
                break
        peer.send(frame(DATA, END_STREAM, 1), 2)
        expect(ended(peer, 1), "no answer")
        return peer.status(1)


@attack()
def length_lies(port):
    # The prefix says 4 GiB, and a little follows: refused from the prefix, nothing allocated.
    for size in (0xFFFFFFFF, 0x7FFFFFFF, 4_194_305):
        status = status_of(port, b"\0" + struct.pack(">I", size) + b"x" * 100)
        expect(status == "8", f"a prefix of {size}: {status}")
    return "each refused from its prefix"


@attack()
def message_shapes(port):
    cases = {"a flag of 2": (message(flag=2), "13"), "no encoding": (message(flag=1), "13"),
             "half a prefix": (b"\0\0\0", "13"), "half a message": (message()[:-1], "13"),
             "two messages": (message() + message(), "12"), "none": (b"", "12"),
             "a tail": (message() + b"x", "12")}
    for what, (data, wanted) in cases.items():
        status = status_of(port, data)
        expect(status == wanted, f"{what}: {status}, not {wanted}")
    return f"{len(cases)} refused, each with its status"


@attack()
def gzip_bomb(port):
    member = gzip.compress(bytes(64 << 20), 9)
    for bomb in (member, gzip.compress(bytes(4_190_000)) * 60):
        status = status_of(port, message(bomb, flag=1), more=[(b"grpc-encoding", b"gzip")])
        expect(status == "8", f"a bomb: {status}")
    return f"{len(member)} bytes for 64 MiB, and 60 members, refused while inflating"


@attack()
def protobuf_bombs(port):
    """Groups, depth and repetition in unknown fields: all that this message type can bear."""
    nested = b""
    for _ in range(5_000):
        nested = b"\x12" + varint(len(nested)) + nested
    for body in (nested, b"\x0a\x00" * 1_000_000, b"\x0b" * 100_000, b"\xff" * 100_000):
        status = status_of(port, message(body[:4_000_000]))
        expect(status in ("0", "8", "13"), f"a bomb: {status}")
    return "four bodies judged"


def varint(value):
    out = b""
    while value >= 128:
        out += bytes([value % 128 + 128])
        value //= 128
    return out + bytes([value])


@attack("protocol_error")
def protocol_garbage(port):
    for data in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00" + bytes(512),
                 os.urandom(4096), PREFACE + os.urandom(4096)):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as peer:
            try:
                peer.sendall(data)
                while peer.recv(4096):
                    pass
            except ConnectionError:
                pass
    return "closed each time"
