"""What is measured: each measurement of a subject is one run of one fresh server."""
import os
import resource
import socket
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import build
import instructions
from figures import CPP, NGHTTP2, ONE_LOOP, OURS, SWIFT, TOPUPD, TWO_LOOPS
from load import Load
from process import Failure, Server, cores, pinned

# So many that a run takes about a second: short enough that a round is one moment, long enough
# that the clock's ticks do not show.
COUNTS = {
    "unary": {OURS: 240_000, CPP: 80_000, SWIFT: 12_000, NGHTTP2: 400_000},
    "one caller": {OURS: 15_000, CPP: 10_000, SWIFT: 3_000, NGHTTP2: 15_000},
    "ingest": {OURS: 2_000_000, CPP: 500_000, SWIFT: 150_000},
    "packed": {OURS: 3_000_000, CPP: 500_000, SWIFT: 300_000},
    "emit": {OURS: 3_000_000, CPP: 150_000, SWIFT: 150_000},
    "exchange": {OURS: 15_000, CPP: 10_000, SWIFT: 3_000},
    "tls": {OURS: 160_000, CPP: 60_000},
    "loops": {ONE_LOOP: 240_000, TWO_LOOPS: 240_000},
    "idle": {TOPUPD: 10_000},
    "start": {TOPUPD: 1},
    "instructions": {OURS: 10_000, NGHTTP2: 10_000},
}
IDLE_S = 2
# Those of a connection: what else a server has open is a few dozen.
SPARE_FILES = 200


def silent_environment(folder, database=None):
    """The environment of a topupd with nothing in its store, whose outside world is a port that
    nobody listens on."""
    silent = socket.socket()
    silent.bind(("127.0.0.1", 0))
    nowhere = f"http://127.0.0.1:{silent.getsockname()[1]}"
    return silent, {
        "PATH": os.environ["PATH"], "TOPUP_LISTEN": "127.0.0.1:0",
        "TOPUP_WEBHOOK_LISTEN": "127.0.0.1:0",
        "TOPUP_DATABASE": str(database or Path(folder) / "store.sqlite"),
        "TOPUP_STRIPE_URL": nowhere, "TOPUP_STRIPE_KEY": "sk_test_bench",
        "TOPUP_STRIPE_WEBHOOK_SECRET": "whsec_bench", "TOPUP_RAMP_URL": nowhere,
        "TOPUP_RAMP_KEY": "ramp_bench", "TOPUP_NODE_URL": nowhere, "TOPUP_LOG_LEVEL": "error",
    }


class Bench:
    """The built programs and the load; answers samples, by metric."""
    once = {"instructions"}

    def __init__(self, subjects):
        self.server_core, self.load_core = cores()
        self.load = Load(build.rpcload(), self.load_core)
        builders = {CPP: build.grpc_cpp, SWIFT: build.grpc_swift, NGHTTP2: build.nghttp2_server,
                    TOPUPD: lambda: build.ours("topupd")}
        self.programs = {name: make() for name, make in builders.items() if name in subjects}
        if subjects & {OURS, ONE_LOOP, TWO_LOOPS}:
            self.programs[OURS] = build.ours("benchserver")
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def can(self, measurement):
        """Whether ours knows what is to be measured: TLS may not be there."""
        return measurement != "tls" or self._knows_tls()

    def _knows_tls(self):
        usage = subprocess.run([str(self.programs[OURS]), "--help"], capture_output=True, text=True)
        return "--tls-cert" in usage.stdout

    def sample(self, measurement, subject):
        count = COUNTS[measurement][subject]
        if measurement == "instructions":
            per_call = instructions.per_call(self.load, self.programs[subject], count)
            return {"unary_instructions": per_call}
        if measurement == "loops":
            return {"loops_cpu_us": self._loops(subject, count)}
        if measurement == "idle":
            return self._idle(count)
        if measurement == "start":
            return {"start_ms": self._start()}
        if measurement == "tls":
            return self._tls(subject, count)
        with Server([self.programs[subject]], self.server_core) as server:
            self.load.check_echo(server.port)
            if measurement == "unary":
                return self._unary(server, count)
            if measurement == "one caller":
                spans = self.load.measure("unary", server.port, count)
                return {"p50_us": spans["p50_ns"] / 1e3, "p99_us": spans["p99_ns"] / 1e3}
            if measurement == "exchange":
                turns = self.load.measure("exchange", server.port, count)
                return {"turn_p50_us": turns["turn_p50_ns"] / 1e3}
            return self._stream(measurement, server, count)

    def _unary(self, server, count, tls=False):
        self.load.unary(server.port, max(count // 10, 1_000), tls)
        then = server.cpu()
        rate = self.load.unary(server.port, count, tls)
        return {"unary_cpu_us": server.cpu_ns_since(then) / count / 1e3, "unary_per_s": rate,
                "rss_mb": server.rss_kb() / 1024}

    def _stream(self, measurement, server, count):
        mode, style = {"ingest": ("ingest", ["single"]), "packed": ("ingest", ["packed"]),
                       "emit": ("emit", [])}[measurement]
        self.load.measure(mode, server.port, count // 10, *style)
        then = server.cpu()
        rate = self.load.measure(mode, server.port, count, *style)["messages_per_second"]
        cpu = server.cpu_ns_since(then) / count / 1e3
        return {f"{measurement}_per_s": rate, f"{measurement}_cpu_us": cpu}

    def _tls(self, subject, count):
        folder = Path(self.load.folder.name)
        certificate, key = folder / "certificate.pem", folder / "key.pem"
        if not certificate.exists():
            build.run("a certificate", [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"])
        command = [self.programs[subject], "--tls-cert", certificate, "--tls-key", key]
        with Server(command, self.server_core) as server:
            self.load.check_echo_tls(server.port, certificate)
            measured = self._unary(server, count, tls=True)
            return {"tls_cpu_us": measured["unary_cpu_us"], "tls_per_s": measured["unary_per_s"]}

    def _loops(self, subject, count):
        """Two loops in one process against one loop in each of two: the same threads on the same
        cores under the same load, so that what differs is what the loops of a process share."""
        pair = (self.server_core, self.load_core)
        if subject == TWO_LOOPS:
            commands = [([self.programs[OURS], "--loops", 2], pair)]
        else:
            commands = [([self.programs[OURS]], core) for core in pair]
        servers = []
        try:
            for command, core in commands:
                servers.append(Server(command, core))
            ports = [servers[0].port, servers[-1].port]
            for port in ports:
                self.load.check_echo(port)
            self._both(ports, count // 10)
            if subject == TWO_LOOPS:
                self._pin_threads(servers[0], pair)
            thens = [server.cpu() for server in servers]
            self._both(ports, count)
            used = sum(server.cpu_ns_since(then) for server, then in zip(servers, thens))
            return used / (2 * count) / 1e3
        finally:
            for server in servers:
                server.stop()

    def _both(self, ports, count):
        """Each load on the other core than the first loop that it might be for."""
        def one(port, core):
            command = pinned(self.load.h2load_command(port, count, clients=32, streams=8), core)
            done = subprocess.run(command, capture_output=True, text=True)
            Load.judge(done.stdout, count)
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(one, ports[0], self.load_core)
            second = pool.submit(one, ports[1], self.server_core)
            first.result(), second.result()

    @staticmethod
    def _pin_threads(server, pair):
        times = server.threads()
        busiest = sorted(times, key=times.get, reverse=True)[:2]
        if min(times[thread] for thread in busiest) * 10 < max(times.values()):
            raise Failure("one of two loops had next to nothing to do")
        for thread, core in zip(busiest, pair):
            os.sched_setaffinity(thread, {core})

    def _idle(self, connections):
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < connections + SPARE_FILES:
            raise Failure(f"{connections} connections need more open files than {soft}: raise ulimit -n")
        with tempfile.TemporaryDirectory(prefix="topupd-bench-") as folder:
            silent, environment = silent_environment(folder)
            with silent, Server([self.programs[TOPUPD], "run"], self.server_core, environment,
                                folder) as server:
                self._hold(server, 1)
                time.sleep(IDLE_S)
                idle = server.rss_kb()
                held = self._hold(server, connections)
                return {"idle_rss_mb": idle / 1024, "idle_connection_kb": (held - idle) / connections}

    def _hold(self, server, connections):
        """RSS in KB while so many connections are open that each made a call."""
        client = subprocess.Popen(
            pinned([self.load.rpcload, "idle", server.port, connections], self.load_core),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            if client.stdout.readline().split() != ["held", str(connections)]:
                raise Failure(f"topupd did not take {connections} connections")
            time.sleep(IDLE_S)
            return server.rss_kb()
        finally:
            client.stdin.close()
            client.wait()
            client.stdout.close()

    def _start(self):
        """The second start on a store: the first one makes it, which happens once in its life."""
        with tempfile.TemporaryDirectory(prefix="topupd-bench-") as folder:
            silent, environment = silent_environment(folder)
            spans = []
            with silent:
                for _ in range(2):
                    done = subprocess.run(
                        [str(self.load.rpcload), "start", str(self.programs[TOPUPD]), "run"],
                        env=environment, cwd=folder, capture_output=True, text=True)
                    if done.returncode != 0:
                        raise Failure(f"topupd did not start: {done.stderr.strip()}")
                    spans.append(int(done.stdout.split()[1]) / 1e6)
            return spans[-1]
