"""Attacks on TLS handshakes, and what must be true during and after each.

Usage: tls_attacks.py FOLDER_OF_PROGRAMS

A handshake costs a signature and may take ten seconds, and 256 may be under way on a loop: so many
are held at once here, and then more. A broken promise raises.
"""
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import time

from frames import *  # noqa: F403

HANDSHAKES_MAX = 256
HANDSHAKE_S = 10
# The first octets of a ClientHello, whose rest never comes.
HALF_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def certificate(folder):
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    files = f"{folder}/certificate.pem", f"{folder}/key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", files[1], "-out", files[0], "-days", "2", "-subj", "/CN=victim",
         "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    return files


class Victim:
    def __init__(self, programs, folder):
        self.certificate, key = certificate(folder)
        self.process = subprocess.Popen(
            [f"{programs}/benchserver", "--tls-cert", self.certificate, "--tls-key", key],
            stdout=subprocess.PIPE, text=True)
        words = self.process.stdout.readline().split()
        expect(words[:1] == ["ready"], f"the server said {words}")
        self.port = int(words[1])

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def is_served(self):
        """Whether an honest client on a connection of its own is answered right."""
        context = ssl.create_default_context(cafile=self.certificate)
        context.set_alpn_protocols(["h2"])
        try:
            with context.wrap_socket(self.connect(), server_hostname="127.0.0.1") as peer:
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


def stalled_handshakes(victim):
    sockets, extra = [], []
    try:
        begun = time.monotonic()
        for _ in range(HANDSHAKES_MAX):
            sockets.append(victim.connect())
            sockets[-1].sendall(HALF_HELLO)
        extra.append(victim.connect())
        expect(len(ended(extra, 5, 1)) == 1, "one handshake more than there may be was begun")
        expect(time.monotonic() - begun < HANDSHAKE_S, "the machine is too slow to tell")
        gone = ended(sockets, HANDSHAKE_S + 10, len(sockets))
        took = time.monotonic() - begun
        expect(len(gone) == len(sockets), f"{len(sockets) - len(gone)} handshakes still wait")
        expect(took >= HANDSHAKE_S - 0.5, f"they were closed after {took:.1f} s already")
        expect(victim.is_served(), "an honest client is not served afterwards")
        return f"{len(gone)} closed after {took:.1f} s, one more at once"
    finally:
        for one in sockets + extra:
            one.close()


def tls_connection_flood(victim):
    sockets = []
    try:
        for _ in range(900):
            sockets.append(victim.connect())
        wanted = len(sockets) - HANDSHAKES_MAX
        gone = ended(sockets, 5, wanted)
        expect(len(gone) == wanted, f"of {len(sockets)} connections {len(gone)} were turned away")
    finally:
        for one in sockets:
            one.close()
    # Whoever hung up has given its place back: as soon as the server has read that.
    deadline = time.monotonic() + 5
    while not victim.is_served():
        expect(time.monotonic() < deadline, "an honest client is not served afterwards")
    return f"{len(gone)} of {len(sockets)} turned away"


def main():
    failures = 0
    with tempfile.TemporaryDirectory(prefix="tls-attacks-") as folder:
        victim = Victim(sys.argv[1], folder)
        try:
            expect(victim.is_served(), "an honest client is not served before")
            for attack in (stalled_handshakes, tls_connection_flood):
                try:
                    print(f"{attack.__name__:24} ok   {attack(victim)}", flush=True)
                except AssertionError as error:
                    failures += 1
                    print(f"{attack.__name__:24} FAIL {error}", flush=True)
        finally:
            victim.stop()
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
