"""Peers that begin and do not end: each is let go of in its time, many at once.

All of them wait side by side, so that the list takes no longer than its slowest.
"""
import select
import struct
import time

from attack_list import attack
from frames import *  # noqa: F403
from victim import expect

COUNT = 20


class Slow:
    """One peer that is to be let go of between two moments."""

    def __init__(self, what, earliest, latest, peer, is_over):
        self.what = what
        self.earliest = earliest
        self.latest = latest
        self.peer = peer
        self.is_over = is_over
        self.began = time.monotonic()


def half_preface(port):
    import socket
    peer = Peer.__new__(Peer)
    peer.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
    peer.reads, peer.received, peer.ended = True, b"", False
    peer.socket.sendall(PREFACE[:10])
    return Slow("a preface that stops", 4, 15, peer, lambda peer: peer.ended)


def half_header_block(port):
    peer = Peer(port)
    peer.send(frame(HEADERS, 0, 1, request()))
    return Slow("a header block that stops", 4, 15, peer, lambda peer: peer.ended)


def half_body(port):
    peer = Peer(port)
    peer.send(headers(1) + frame(DATA, 0, 1, message()[:4]))
    return Slow(
        "a request that stops", 29, 50, peer, lambda peer: peer.status(1) == "4")


def no_window(port):
    peer = Peer(port, settings=struct.pack(">HI", 4, 0))
    peer.send(headers(1) + frame(DATA, END_STREAM, 1, message(b"\x0a\x80\x40" + b"x" * 8192)))
    return Slow("an answer without a window", 29, 50, peer, lambda peer: peer.resets() > 0)


@attack("slow_preface", quick=False)
def slow_callers(port):
    left = [kind(port) for kind in (half_preface, half_header_block, half_body, no_window)
            for _ in range(COUNT)]
    peers = [slow.peer for slow in left]
    took = {}
    try:
        while left:
            waiting = [slow.peer.socket for slow in left if not slow.peer.ended]
            readable = select.select(waiting, [], [], 0.5)[0] if waiting else []
            for slow in list(left):
                if slow.peer.socket in readable:
                    slow.peer.take()
                seconds = time.monotonic() - slow.began
                if slow.is_over(slow.peer):
                    expect(seconds >= slow.earliest, f"{slow.what}: over after {seconds:.1f} s")
                    took[slow.what] = max(took.get(slow.what, 0), seconds)
                    left.remove(slow)
                expect(seconds <= slow.latest, f"{slow.what}: open after {seconds:.1f} s")
        return ", ".join(f"{what} {seconds:.1f} s" for what, seconds in took.items())
    finally:
        for peer in peers:
            peer.socket.close()
