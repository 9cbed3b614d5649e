"""Writes down which functions of topupd a start and a first call run, for the linker to lay side by side.

A page of the program is in memory when one function on it was run, and the kernel brings its neighbours
along: spread over the whole program, what a start needs keeps nearly all of it resident.
"""
import re
import subprocess
import tempfile
import time
from pathlib import Path

from process import Failure, Server

HEAD = """# The functions that a start of topupd and a first call run, laid side by side by the linker.
# Written by: scripts/bench link-order. Names that are gone do no harm, new ones merely lie elsewhere.
"""


def functions(profile, program):
    """The mangled names of what was run of the program itself, from callgrind's output."""
    names, objects, found, at = {}, {}, set(), None

    def name(text, known):
        number, given = re.match(r"\((\d+)\)(?: (.*))?", text).groups()
        if given:
            known[number] = given
        return known[number]

    for line in profile.splitlines():
        kind, _, rest = line.partition("=")
        if kind in ("ob", "cob"):
            of = name(rest, objects)
            at = of if kind == "ob" else at
        elif kind in ("fn", "cfn"):
            function = re.sub(r"'\d+$", "", name(rest, names))
            # Without a name in the program: an address.
            if kind == "fn" and at == str(program) and not function.startswith("0x"):
                found.add(function)
    return sorted(found)


def write(path, program, environment, rpcload):
    with tempfile.TemporaryDirectory(prefix="topupd-bench-") as folder:
        profile = Path(folder) / "profile"
        command = ["valgrind", "--tool=callgrind", "--demangle=no",
                   f"--callgrind-out-file={profile}", program, "run"]
        with Server(command, (0,), environment, folder) as server:
            client = subprocess.Popen([str(rpcload), "idle", str(server.port), "1"],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            held = client.stdout.readline().split()
            time.sleep(1)
            client.communicate()
            if held != ["held", "1"]:
                raise Failure("topupd did not answer under callgrind")
        found = functions(profile.read_text(), program)
    if not found:
        raise Failure("callgrind named no function of topupd")
    path.write_text(HEAD + "\n".join(found) + "\n")
    return len(found)
