"""Floods of frames that the server answers, ignores or counts, and of connections."""
import socket
import struct

from attack_list import attack
from attack_streams import expect_end
from frames import *  # noqa: F403
from victim import HONEST, expect

ROUNDS = 20_000
CALM = 11  # ENHANCE_YOUR_CALM


def flood(port, one, debug, reads, first=b""):
    with Peer(port, reads=reads) as peer:
        peer.send(first)
        sent = 0
        while sent < ROUNDS and not peer.ended and peer.send(one * 50, 3):
            sent += 50
        end = expect_end(peer, debug)
        # What came after the GOAWAY was thrown away until this end noticed.
        if reads:
            expect(peer.goaway() == (CALM, debug), f"GOAWAY {peer.goaway()}, not {debug!r}")
        return f"within {sent}: {end}"


@attack("too_many_settings", unread=True)
def settings_flood(port, reads):
    return flood(port, frame(SETTINGS, 0, 0), "too_many_settings", reads)


@attack("too_many_pings", unread=True)
def ping_flood(port, reads):
    return flood(port, frame(PING, 0, 0, bytes(8)), "too_many_pings", reads)


@attack("too_many_empty_data_frames", unread=True)
def empty_data_flood(port, reads):
    return flood(
        port, frame(DATA, 0, 1), "too_many_empty_data_frames", reads, first=headers(1, INGEST))


@attack("too_many_priority_frames", unread=True)
def priority_flood(port, reads):
    return flood(
        port, frame(PRIORITY, 0, 1, struct.pack(">IB", 3, 1)), "too_many_priority_frames", reads)


@attack("too_many_window_updates", unread=True)
def window_update_flood(port, reads):
    return flood(
        port, frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1)), "too_many_window_updates", reads)


@attack("too_many_window_updates", unread=True)
def stream_window_update_flood(port, reads):
    return flood(
        port, frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 1)), "too_many_window_updates", reads,
        first=headers(1, INGEST))


@attack("too_many_unknown_frames", unread=True)
def unknown_frame_flood(port, reads):
    return flood(port, frame(0xF7, 0, 0, b"x"), "too_many_unknown_frames", reads)


@attack("too_many_settings", unread=True)
def settings_entries(port, reads):
    with Peer(port, reads=reads) as peer:
        peer.send(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 65535) * 33))
        return expect_end(peer, "33 entries")


@attack("protocol_error", unread=True)
def settings_acknowledged_twice(port, reads):
    with Peer(port, reads=reads) as peer:
        peer.send(frame(SETTINGS, ACK, 0) * 2)
        return expect_end(peer, "an acknowledgement of nothing")


# MARK: Output that is not read


@attack()
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
        return "1,000 answers waited for a window"
    finally:
        for peer in peers:
            peer.socket.close()


@attack()
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


@attack("too_many_pings")
def pings_with_answers_unread(port):
    """Calls in between clear the strikes only when something of theirs is sent."""
    # 20 MB of answers in all, several times what a kernel holds for one connection, and windows
    # for all of them.
    ping, rounds, call = frame(PING, 0, 0, bytes(8)), 40_000, message(b"\x0a\xf4\x03" + bytes(500))
    with Peer(port, settings=struct.pack(">HI", 4, 0x7FFFFFFF), reads=False) as peer:
        peer.send(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 0x7FFF0000)))
        for start in range(0, rounds, 50):
            burst = b"".join(
                ping + headers(stream) + frame(DATA, END_STREAM, stream, call)
                for stream in range(2 * start + 1, 2 * start + 101, 2))
            if not peer.send(burst, 3):
                break
        return f"within {start + 50} calls {expect_end(peer, 'answers that are not read')}"


# MARK: Connections


@attack("too_many_connections_of_one_address")
def connection_flood(port):
    sockets = []
    try:
        for _ in range(900):
            sockets.append(socket.create_connection(("127.0.0.1", port), timeout=20))
        with Peer(port, source=HONEST) as honest:
            honest.send(headers(1) + frame(DATA, END_STREAM, 1, message()))
            expect(honest.read_until(lambda frames: any(
                f[0] == HEADERS and f[2] == 1 and f[1] & END_STREAM for f in frames)),
                "another address is not served meanwhile")
        return f"{len(sockets)} silent connections, and another address served beside them"
    finally:
        for one in sockets:
            one.close()
