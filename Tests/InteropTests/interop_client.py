"""Runs interop cases against the interop server.

  interop_client.py --server "PROGRAM [OPTION ...]" [CASE ...]   starts the program, and ends it afterwards
  interop_client.py --tls-server "PROGRAM [OPTION ...]" [CASE ...]   the same over TLS
  interop_client.py --target PORT [CASE ...]                    against one that runs on this host
  interop_client.py --list

Without cases it runs all. Prints one line for each; exits 1 when one failed.
"""
import subprocess
import sys
import tempfile
import time
import traceback

import grpc

import interop_messages as messages
from interop_cases import CASES


class Server:
    """The server under test and the channels to it."""

    def __init__(self, port, pid=None, authority=None):
        """authority: the file of certificates to trust; None for plaintext."""
        self.port = port
        self.pid = pid
        self.authority = authority
        self.shared = None

    def new_channel(self):
        if self.authority is None:
            return grpc.insecure_channel(f"127.0.0.1:{self.port}")
        with open(self.authority, "rb") as file:
            trust = grpc.ssl_channel_credentials(file.read())
        return grpc.secure_channel(f"127.0.0.1:{self.port}", trust)

    def channel(self):
        if self.shared is None:
            self.shared = self.new_channel()
        return self.shared

    def stub(self):
        return messages.Stub(self.channel())

    def resident_kib(self):
        """0 for a server that somebody else started."""
        if self.pid is None:
            return 0
        with open(f"/proc/{self.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))


def run(server, names):
    failures = 0
    for name in names:
        start = time.monotonic()
        try:
            CASES[name](server)
            print(f"ok   {name} ({time.monotonic() - start:.2f} s)", flush=True)
        except Exception:
            failures += 1
            print(f"FAIL {name}\n{traceback.format_exc()}", flush=True)
    return failures


def main(arguments):
    if arguments == ["--list"]:
        print("\n".join(CASES))
        return 0
    if len(arguments) < 2 or arguments[0] not in ("--server", "--tls-server", "--target"):
        print(__doc__)
        return 64
    names = arguments[2:] or list(CASES)
    if arguments[0] == "--target":
        return 1 if run(Server(int(arguments[1])), names) else 0
    command = arguments[1].split(" ") + ["--port", "0"]
    if arguments[0] == "--server":
        return served(command, names)
    with tempfile.TemporaryDirectory(prefix="interop-tls-") as folder:
        return served(command + ["--tls", "--tls-dir", folder], names)


def served(command, names):
    """Starts the server, runs the cases against it, and ends it."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    try:
        word, _, rest = process.stdout.readline().strip().partition(" ")
        authority = None
        if "--tls" in command:
            if word != "ca":
                print(f"the server named no authority: {word!r}")
                return 1
            authority = rest
            word, _, rest = process.stdout.readline().strip().partition(" ")
        if word != "ready":
            print(f"the server said {word!r}")
            return 1
        failures = run(Server(int(rest), process.pid, authority), names)
    finally:
        process.terminate()
        code = process.wait(timeout=20)
    if code != 0:
        print(f"the server ended with {code}")
    return 1 if failures or code != 0 else 0


sys.exit(main(sys.argv[1:]))
