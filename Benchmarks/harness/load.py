"""Load on a server, and whether every reply was right."""
import re
import subprocess
import tempfile
from pathlib import Path

from process import Failure, pinned

PAYLOAD_BYTES = 64
LOAD_S_MAX = 300
# What a stock client sends with a call that has a deadline; client.c sends the same.
HEADERS = ["-H", "content-type: application/grpc", "-H", "te: trailers",
           "-H", "grpc-accept-encoding: identity, deflate, gzip", "-H", "grpc-timeout: 60S",
           "-H", "user-agent: topupd-bench/1"]
ECHO = "/topupd.bench.v1.Echo/Echo"


def framed_request():
    """An EchoRequest in gRPC's frame: flag, length, field 1."""
    message = b"\x0a" + bytes([PAYLOAD_BYTES]) + b"x" * PAYLOAD_BYTES
    return b"\0" + len(message).to_bytes(4, "big") + message


class Load:
    """The two load generators, on a core of their own."""

    def __init__(self, rpcload, core):
        self.rpcload = rpcload
        self.core = core
        self.folder = tempfile.TemporaryDirectory(prefix="topupd-bench-")
        self.request = Path(self.folder.name) / "request"
        self.request.write_bytes(framed_request())

    def _text(self, command, core):
        done = subprocess.run(pinned(command, core), text=True, timeout=LOAD_S_MAX,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise Failure(f"{Path(command[0]).name} failed: {done.stdout.strip()[-500:]}")
        return done.stdout

    def measure(self, mode, port, *arguments):
        """Runs rpcload, which judges every reply itself; answers what it measured."""
        text = self._text([self.rpcload, mode, port, *arguments], self.core)
        return {name: float(value) for name, value in (line.split() for line in text.splitlines())}

    def h2load_command(self, port, calls, clients=8, streams=32, tls=False):
        return ["h2load", "-n", calls, "-c", clients, "-m", streams, "-d", self.request,
                *HEADERS,
                f"{'https' if tls else 'http'}://127.0.0.1:{port}{ECHO}"]

    def unary(self, port, calls, tls=False):
        """Unary calls by h2load; answers calls per second."""
        return self.judge(self._text(self.h2load_command(port, calls, tls=tls), self.core), calls)

    @staticmethod
    def judge(text, calls):
        """h2load counts a call that failed as a success, for HTTP's status is 200; but its answer has
        no message, and then the bytes of all answers are fewer."""
        wanted = calls * len(framed_request())
        rate = re.search(r"finished in \S+, ([\d.]+) req/s", text)
        counts = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored", text)
        data = re.search(r"\((\d+)\) data", text)
        if not (rate and counts and data):
            raise Failure(f"h2load said nothing that can be read: {text[-500:]}")
        if counts.groups() != (str(calls), "0", "0") or int(data.group(1)) != wanted:
            raise Failure(f"of {calls} calls not all were answered: {counts.group(0)}, "
                          f"{data.group(1)} bytes of messages instead of {wanted}")
        return float(rate.group(1))

    def check_echo(self, port):
        """A few calls with payloads of their own: h2load cannot look into an answer."""
        self.measure("unary", port, 50)

    def check_echo_tls(self, port, certificate):
        done = subprocess.run(
            ["curl", "-sS", "--http2", "--cacert", certificate, *HEADERS,
             "--data-binary", f"@{self.request}", f"https://127.0.0.1:{port}{ECHO}"],
            capture_output=True, timeout=LOAD_S_MAX)
        if done.stdout != framed_request():
            raise Failure(f"the echo over TLS differs: {done.stderr.decode().strip()}")
