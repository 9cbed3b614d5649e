"""What is measured of the store, the intake and the engine: in a process of topupbench, or of a real
topupd with load from another core."""
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import build
from figures import ENGINE, GROUPED, LARGE, PLAIN_C, SINGLE, SMALL, STORE, TOPUPD
from load import Load
from measure import silent_environment
from process import Failure, Server, cores

# So many that a run takes a few seconds at most.
ENGINE_COUNTS = {
    "entries": {STORE: 200_000, PLAIN_C: 200_000},
    "slow disk": {GROUPED: 50_000, SINGLE: 1_000},
    "grown": {SMALL: 100_000, LARGE: 100_000},
    "events": {TOPUPD: 500_000},
    "paced events": {TOPUPD: 50_000},
    "balances": {TOPUPD: 200_000},
    "top-ups": {ENGINE: 3_000},
    "decide": {ENGINE: 1_000_000},
    "recovery": {TOPUPD: 100_000},
    "latency": {TOPUPD: 60},
}
# Callers that wait for their commit: as many as the store takes into a group.
CALLERS = 1_024
POSTINGS = {SMALL: 100_000, LARGE: 10_000_000}
BALANCE_ACCOUNTS = 1_000_000
BALANCE_WARM_CALLS = 3_000_000
# Accounts that a source tells of, one after another.
EVENT_ACCOUNTS = 1_000
EVENTS_PER_SECOND = 10_000
RUN_S_MAX = 900
# Stores that take long to make are kept, under a name that says what they were made by.
MADE = build.PEERS / "stores"
MADE_BY = ["Sources/TopUpStore/Migrations", "Tests/TopUpBench"]


def parse(text):
    """What topupbench, entries and topupload print: a name and a number a line."""
    return {name: float(value) for name, value in (line.split() for line in text.splitlines())}


class EngineBench:
    """The built programs and the stores; answers samples, by metric."""
    # A minute each; what differs from run to run in it is much less than what is measured.
    once = {"latency"}

    def __init__(self, subjects):
        self.server_core, self.load_core = cores()
        self.bench = build.ours("topupbench")
        self.entries = build.c_entries() if PLAIN_C in subjects else None
        if TOPUPD in subjects:
            self.topupd = build.ours("topupd")
            self.load = Load(build.rpcload(), self.load_core)
            self.topupload = build.topupload()
        self.folder = tempfile.TemporaryDirectory(prefix="topupd-bench-")
        self.here = Path(self.folder.name)
        self.grown = {}

    def can(self, _):
        return True

    def sample(self, measurement, subject):
        count = ENGINE_COUNTS[measurement][subject]
        run = {"entries": self._entries, "slow disk": self._slow_disk, "grown": self._grown,
               "events": self._events, "paced events": self._paced_events,
               "balances": self._balances, "top-ups": self._top_ups, "decide": self._decide,
               "recovery": self._recovery, "latency": self._latency}[measurement]
        return run(subject, count)

    @staticmethod
    def _run(*command, environment=None):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              timeout=RUN_S_MAX, env=environment)
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip()[-500:]
            raise Failure(f"{Path(command[0]).name} {command[1]} failed: {said}")
        return parse(done.stdout)

    # Stores.

    def _fresh(self, made):
        """A copy of a store, in the run's own folder; none is used twice."""
        path = self.here / "store.sqlite"
        self._remove(path)
        shutil.copyfile(made, path)
        return path

    @staticmethod
    def _read_once(path):
        """What was made long ago is in memory no more: the first reads would measure the disk."""
        with path.open("rb") as file:
            while file.read(1 << 20):
                pass

    @staticmethod
    def _remove(path):
        for end in ("", "-wal", "-shm", ".lock"):
            Path(f"{path}{end}").unlink(missing_ok=True)

    def _made(self, name, *command):
        """A store that is made once, and again when what made it has changed."""
        digest = hashlib.sha256()
        for source in MADE_BY:
            for file in sorted((build.ROOT / source).glob("*.swift")):
                digest.update(file.read_bytes())
        path = MADE / f"{name}-{digest.hexdigest()[:12]}.sqlite"
        if not path.exists():
            MADE.mkdir(parents=True, exist_ok=True)
            for old in MADE.glob(f"{name}-*"):
                old.unlink()
            unfinished = MADE / f"{name}-unfinished"

            def steps():
                for step in command:
                    self._run(self.bench, step[0], unfinished, *step[1:])
                unfinished.rename(path)
            build.timed(f"a store: {name}", steps)
            self._remove(unfinished)
        return path

    def _entries_store(self):
        return self._made("entries", ["make-entries"])

    # Inside a process.

    def _decide(self, _, count):
        spans = self._run(self.bench, "decide", count)
        return {"decide_us": spans["decide_ns"] / 1e3, "decide_skip_us": spans["decide_skip_ns"] / 1e3}

    def _entries(self, subject, count):
        path = self._fresh(self._entries_store())
        if subject == STORE:
            measured = self._run(self.bench, "entries", path, count, CALLERS)
        else:
            measured = self._run(self.entries, path, count, CALLERS)
        # What was written has to be a sound ledger, whoever wrote it.
        self._run(self.bench, "check-entries", path)
        return {"entries_per_s": measured["entries_per_second"],
                "entries_cpu_us": measured["cpu_us_per_entry"],
                "bytes_per_entry": measured["bytes_per_entry"]}

    def _slow_disk(self, subject, count):
        path = self._fresh(self._entries_store())
        callers = CALLERS if subject == GROUPED else 1
        measured = self._run(
            self.bench, "entries", path, count, callers,
            environment={"LD_PRELOAD": str(build.slow_disk()), "TOPUP_DATABASE": str(path),
                         "SHIM_SYNC_MICROSECONDS": "1000"})
        return {"slow_entries_per_s": measured["entries_per_second"]}

    def _grown(self, subject, count):
        """The small one is made anew each time, the large one goes on growing by what is measured."""
        if subject not in self.grown or subject == SMALL:
            made = self._made(f"postings-{POSTINGS[subject]}", ["make-entries"],
                              ["grow-entries", POSTINGS[subject]])
            path = self.here / f"{POSTINGS[subject]}.sqlite"
            self._remove(path)
            shutil.copyfile(made, path)
            self.grown[subject] = path
        measured = self._run(self.bench, "entries", self.grown[subject], count, CALLERS)
        return {"grown_entries_per_s": measured["entries_per_second"]}

    def _top_ups(self, _, count):
        with tempfile.TemporaryDirectory(prefix="topupd-bench-") as folder:
            measured = self._run(self.bench, "top-ups", folder, count)
            return {"topups_per_s": measured["topups_per_second"],
                    "topups_cpu_us": measured["cpu_us_per_topup"]}

    # Over the wire.

    def _serving(self, store):
        """A daemon on a store, whose outside world is a port that nobody listens on: what is measured
        is the service, and no answer of others is in it."""
        silent, environment = silent_environment(self.here, store)
        return silent, Server([self.topupd, "run"], self.server_core, environment, self.here)

    def _loaded(self, store, *arguments):
        silent, server = self._serving(store)
        with silent, server:
            return self._load(server, *arguments)

    def _load(self, server, *arguments):
        then = server.cpu()
        text = self.load._text([self.topupload, arguments[0], server.port, *arguments[1:]],
                               self.load_core)
        return parse(text), server.cpu_ns_since(then)

    def _events_store(self):
        return self._fresh(self._made("accounts", ["make-accounts", EVENT_ACCOUNTS]))

    def _events(self, _, count):
        measured, cpu = self._loaded(self._events_store(), "events", count, EVENT_ACCOUNTS)
        batched, _ = self._loaded(self._events_store(), "batches", count, EVENT_ACCOUNTS)
        return {"events_per_s": measured["events_per_second"],
                "events_cpu_us": cpu / count / 1e3,
                "batched_events_per_s": batched["events_per_second"]}

    def _paced_events(self, _, count):
        measured, _ = self._loaded(
            self._events_store(), "events", count, EVENT_ACCOUNTS, EVENTS_PER_SECOND)
        return {"event_ack_p50_ms": measured["ack_p50_ns"] / 1e6,
                "event_ack_p99_ms": measured["ack_p99_ns"] / 1e6}

    def _balances(self, _, count):
        # Reading changes nothing in it, so that it need not be copied.
        store = self._made("many-accounts", ["make-accounts", BALANCE_ACCOUNTS])
        self._read_once(store)
        silent, server = self._serving(store)
        with silent, server:
            first, first_cpu = self._load(server, "balances", count, BALANCE_ACCOUNTS)
            # Until nearly every account was asked for: what is kept of them is at its fullest.
            self._load(server, "balances", BALANCE_WARM_CALLS, BALANCE_ACCOUNTS)
            measured, cpu = self._load(server, "balances", count, BALANCE_ACCOUNTS)
            rss = server.rss_kb() / 1024
        return {"balances_first_per_s": first["calls_per_second"],
                "balances_first_cpu_us": first_cpu / count / 1e3,
                "balances_per_s": measured["calls_per_second"],
                "balances_cpu_us": cpu / count / 1e3, "balances_rss_mb": rss}

    def _recovery(self, _, count):
        store = self._fresh(self._made("top-ups", ["make-top-ups", count]))
        silent, environment = silent_environment(self.here, store)
        with silent:
            done = subprocess.run(
                [str(self.load.rpcload), "start", str(self.topupd), "run"], env=environment,
                cwd=self.here, capture_output=True, text=True, timeout=RUN_S_MAX)
        if done.returncode != 0:
            raise Failure(f"topupd did not start: {done.stderr.strip()}")
        return {"recovery_s": int(done.stdout.split()[1]) / 1e9}

    def _latency(self, _, accounts):
        build.ours("topupsandbox")
        return self._run(build.ROOT / ".venv" / "bin" / "python",
                         Path(__file__).parent / "latency.py", build.STRIPPED, accounts,
                         self.server_core, self.load_core)
