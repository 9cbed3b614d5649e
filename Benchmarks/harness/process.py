"""Servers as processes: started, pinned, looked at, and stopped by their process id."""
import os
import re
import select
import signal
import subprocess
import time
from pathlib import Path

READY_S_MAX = 60
STOP_S_MAX = 15
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """A run that shows nothing: the benchmark ends with it."""


def cores():
    """The core of the server and the core of the load."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise Failure("two cores are needed: one for the server, one for the load")
    return usable[0], usable[1]


def pinned(command, *to):
    return ["taskset", "-c", ",".join(str(core) for core in to), *(str(word) for word in command)]


class Server:
    """A server that names its port on stdout: "ready PORT" or "… serves on HOST:PORT, …"."""

    def __init__(self, command, core, environment=None, folder=None):
        self.command = command
        pins = core if isinstance(core, tuple) else (core,)
        self.process = subprocess.Popen(
            pinned(command, *pins), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment, cwd=folder, bufsize=0)
        self.pid = self.process.pid
        self.port = self._read_port()

    def _read_port(self):
        text = b""
        ends = time.monotonic() + READY_S_MAX
        while time.monotonic() < ends:
            if not select.select([self.process.stdout], [], [], 0.5)[0]:
                continue
            piece = self.process.stdout.read(4096)
            if not piece:
                break
            text += piece
            found = re.search(rb"^ready (\d+)\n|serves on \S+?:(\d+)", text, re.MULTILINE)
            if found:
                return int(found.group(1) or found.group(2))
        self.stop()
        raise Failure(f"{self.command[0]} did not begin to serve")

    def threads(self):
        """Run time in ns of each thread, by its id."""
        times = {}
        for entry in Path(f"/proc/{self.pid}/task").iterdir():
            try:
                times[int(entry.name)] = int((entry / "schedstat").read_text().split()[0])
            except (FileNotFoundError, ProcessLookupError):
                continue
        return times

    def cpu(self):
        """What is needed to tell later how much CPU was used since now."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return self.threads(), (int(fields[11]) + int(fields[12])) * 10**9 // TICKS_PER_SECOND

    def cpu_ns_since(self, then):
        """CPU of the whole process in ns. Threads tell it to the nanosecond; when one has ended, its
        time is in the process's total alone, which is kept in ticks."""
        now = self.cpu()
        if then[0].keys() <= now[0].keys():
            return sum(now[0].values()) - sum(then[0].values())
        return now[1] - then[1]

    def rss_kb(self):
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1))

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_S_MAX)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
