"""Attacks on TLS handshakes, and what must be true during and after each.

Usage: tls_attacks.py FOLDER_OF_PROGRAMS

A handshake costs a signature and may take ten seconds. 256 may be under way on a loop, a quarter of
them of one address: so many are held at once here, and then more. A broken promise raises.
"""
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import time

from frames import *  # noqa: F403
from victim import HONEST, Victim, expect

HANDSHAKES_MAX = 256
OF_ONE_ADDRESS = 64
HANDSHAKE_S = 10
# The first octets of a ClientHello, whose rest never comes.
HALF_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
# One that announces 16 MiB.
HUGE_HELLO = b"\x16\x03\x01\x40\x00\x01\xff\xff\xff\x03\x03" + bytes(16_378)


def certificate(folder):
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    files = f"{folder}/certificate.pem", f"{folder}/key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", files[1], "-out", files[0], "-days", "2", "-subj", "/CN=victim",
         "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    return files


class TLSVictim(Victim):
    def __init__(self, programs, folder):
        self.certificate, key = certificate(folder)
        super().__init__(programs, "--tls-cert", self.certificate, "--tls-key", key)

    def connect(self, source="127.0.0.1"):
        return socket.create_connection(("127.0.0.1", self.port), 20, (source, 0))

    def is_served(self, source=HONEST):
        """Whether an honest client on a connection of its own is answered right."""
        context = ssl.create_default_context(cafile=self.certificate)
        context.set_alpn_protocols(["h2"])
        try:
            with context.wrap_socket(
                    self.connect(source), server_hostname="127.0.0.1") as peer:
                peer.sendall(PREFACE + frame(SETTINGS, 0, 0) + headers(1)
                             + frame(DATA, END_STREAM, 1, message()))
                received = b""
                while message() not in received:
                    octets = peer.recv(65_536)
                    if not octets:
                        return False
                    received += octets
                return True
        except (ssl.SSLError, ConnectionError):
            return False

    def latency_ms(self):
        start = time.monotonic()
        expect(self.is_served(), "an honest client got no answer")
        return (time.monotonic() - start) * 1000

    def s_client(self, *options, says=""):
        """What OpenSSL's own client tells of one connection."""
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-alpn", "h2",
             "-CAfile", self.certificate, *options], input=says.encode(), timeout=30,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.stdout.decode("utf-8", "replace")


def ended(sockets, patience, enough):
    """Those that the server has closed, once there are enough of them or the patience is over."""
    gone, deadline = set(), time.monotonic() + patience
    while len(gone) < enough and time.monotonic() < deadline:
        for one in select.select([s for s in sockets if s not in gone], [], [], 0.2)[0]:
            try:
                if not one.recv(4096):
                    gone.add(one)
            except ConnectionError:
                gone.add(one)
    return gone


def warm_up(victim):
    """Has as many handshakes under way as there may be, so that lasting memory is in the baseline."""
    for _ in range(2):
        sockets = [victim.connect(f"127.0.1.{number // OF_ONE_ADDRESS}")
                   for number in range(HANDSHAKES_MAX)]
        for one in sockets:
            one.sendall(HALF_HELLO)
        victim.settle()
        for one in sockets:
            one.close()
        connection_flood(victim)


def stalled_handshakes(victim):
    """One address takes its share and is told so; others are served until all places are taken."""
    sockets, extra = [], []
    try:
        begun = time.monotonic()
        for number in range(HANDSHAKES_MAX):
            sockets.append(victim.connect(f"127.0.1.{number // OF_ONE_ADDRESS}"))
            sockets[-1].sendall(HALF_HELLO)
            if number == OF_ONE_ADDRESS - 1:
                extra.append(victim.connect("127.0.1.0"))
                expect(len(ended(extra, 5, 1)) == 1, "one address was given more than its share")
                expect(victim.is_served(), "another address is not served meanwhile")
        extra.append(victim.connect(HONEST))
        expect(len(ended(extra[1:], 5, 1)) == 1, "one handshake more than there may be was begun")
        expect(time.monotonic() - begun < HANDSHAKE_S, "the machine is too slow to tell")
        gone = ended(sockets, HANDSHAKE_S + 10, len(sockets))
        took = time.monotonic() - begun
        expect(len(gone) == len(sockets), f"{len(sockets) - len(gone)} handshakes still wait")
        expect(took >= HANDSHAKE_S - 0.5, f"they were closed after {took:.1f} s already")
        return f"{len(gone)} closed after {took:.1f} s, one more at once"
    finally:
        for one in sockets + extra:
            one.close()


def connection_flood(victim):
    sockets = []
    try:
        for _ in range(900):
            sockets.append(victim.connect())
        wanted = len(sockets) - OF_ONE_ADDRESS
        gone = ended(sockets, 5, wanted)
        expect(len(gone) == wanted, f"of {len(sockets)} connections {len(gone)} were turned away")
        expect(victim.is_served(), "another address is not served meanwhile")
    finally:
        for one in sockets:
            one.close()
    # Whoever hung up has given its place back: as soon as the server has read that.
    deadline = time.monotonic() + 5
    while not victim.is_served("127.0.0.1"):
        expect(time.monotonic() < deadline, "the same address is not served afterwards")
    return f"{len(gone)} of {len(sockets)} turned away"


def huge_hello(victim):
    sockets = []
    try:
        begun = time.monotonic()
        for _ in range(20):
            sockets.append(victim.connect())
            sockets[-1].sendall(HUGE_HELLO)
        gone = ended(sockets, HANDSHAKE_S / 2, len(sockets))
        expect(len(gone) == len(sockets), "a hello of 16 MiB is waited for")
        return f"{len(gone)} refused after {time.monotonic() - begun:.1f} s, from their length"
    finally:
        for one in sockets:
            one.close()


def renegotiation(victim):
    """RFC 9113 §9.2.1 forbids it; each would cost a signature on a connection that is open."""
    told = victim.s_client("-tls1_2", says="R\n")
    expect("RENEGOTIATING" in told, f"the client did not try: {told[-300:]}")
    expect("no renegotiation" in told.lower(), f"it was not refused: {told[-300:]}")
    return "refused"


def early_data(victim):
    """A replay of what was sent with the first flight would be a call made twice."""
    told = victim.s_client("-tls1_3")
    expect("Early data was not sent" in told or "Max Early Data: 0" in told,
           f"no word of early data: {told[-300:]}")
    expect("Compression: NONE" in told, "a connection is compressed")
    return "not offered, and neither is compression"


ATTACKS = {
    stalled_handshakes: ("too_many_handshakes_of_one_address", "too_many_handshakes",
                         "handshake_timeout"),
    connection_flood: ("too_many_handshakes_of_one_address", "peer_closed"),
    huge_hello: ("other",), renegotiation: (), early_data: (),
}


def make(attack, counters, victim):
    before = victim.counters()
    saw = attack(victim)
    unharmed = victim.expect_unharmed()
    after = victim.counters()
    for name in counters:
        expect(after[name] > before[name], f"{name} has not risen; {saw}")
    return f"{saw}; {', '.join(counters) or 'no counter'}; {unharmed}"


def main():
    failures = 0
    with tempfile.TemporaryDirectory(prefix="tls-attacks-") as folder:
        victim = TLSVictim(sys.argv[1], folder)
        try:
            warm_up(victim)
            print(f"{'baseline':24} {victim.measure()}", flush=True)
            for attack, counters in ATTACKS.items():
                try:
                    print(f"{attack.__name__:24} ok   {make(attack, counters, victim)}", flush=True)
                except AssertionError as error:
                    failures += 1
                    print(f"{attack.__name__:24} FAIL {error}", flush=True)
        finally:
            victim.stop()
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
