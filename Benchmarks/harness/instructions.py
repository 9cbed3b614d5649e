"""User-space instructions per unary call: callgrind, the difference of two runs of different length,
so that start and end cancel out.

Server and load share a core, and the load does not preempt the server: so the server wakes for about as
many calls each time, and a count is within one per cent the same from run to run, whatever else the
machine does.
"""
import re
import subprocess
import tempfile
from pathlib import Path

from load import Load
from process import Failure, Server, pinned

FEW = 2_000
TURNS_MAX = 3
CALLS_S_MAX = 120


def counted(load, program, calls):
    """Instructions of a server's whole life, in which it answers so many calls."""
    with tempfile.TemporaryDirectory(prefix="topupd-bench-") as folder:
        profile = Path(folder) / "profile"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", program]
        with Server(command, (load.core,)) as server:
            done = subprocess.run(
                ["chrt", "--batch", "0", *pinned(load.h2load_command(server.port, calls), load.core)],
                capture_output=True, text=True, timeout=CALLS_S_MAX)
            Load.judge(done.stdout, calls)
        found = re.search(r"^totals: (\d+)", profile.read_text(), re.MULTILINE)
    if not found:
        raise Failure("callgrind wrote no total")
    return int(found.group(1))


def per_call(load, program, calls, enough=0):
    """The least of a few counts: to wake for fewer calls at a time can only add. Ends early with
    a count that is at most `enough`."""
    counts = []
    while len(counts) < TURNS_MAX and (not counts or min(counts) > enough):
        more = counted(load, program, FEW + calls) - counted(load, program, FEW)
        counts.append(round(more / calls))
    return min(counts)
