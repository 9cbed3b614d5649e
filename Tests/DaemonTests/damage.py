"""Bytes of a store are flipped, one bit at a time, wherever its rows and indexes lie: `topupd verify`
finds it and says where, a start refuses, and `topupctl ledger verify` finds it under a daemon that has
the store open (invariants 22, 26).

What is free in a page may be flipped without a trace, for nothing reads it. Of a top-up's own row the
columns of UNHELD may, for nothing else in the store repeats them.

    damage.py PROGRAMS [FLIPS [SEED]]
"""
import collections
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pages
from harness import BUILT, World, account, check, common_pb2, finish, owner, topup_pb2

flips = int(sys.argv[2]) if len(sys.argv) > 2 else 160
seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20261121
generator = random.Random(seed)
world = World(block_ms=60, webhook_delay_ms=5)
store = world.folder / "store.sqlite"
# Found by flipping every bit of three rows.
UNHELD = {"payer", "currency", "fee", "tax", "is_automatic", "on_session", "episode", "policy_version",
          "slippage_basis_points", "description", "created", "updated", "stands_since", "next_check",
          "looks", "resumed", "is_reopened", "is_refund_wished", "is_refund_ordered",
          "is_put_off", "remainder", "hold_new_card",
          "hold_risk", "hold_risk_span", "hold_cause", "hold_level", "hold_since", "hold_until"}
LOCATED = re.compile(r"^(file|ledger|ledger accounts|head|top-ups|caps|credits|credits .+|entry \d+|posting \d+"
                     r"|top-up .+|window .+|ledger account .+|\w+ row \d+): .+")


def fill():
    """Three accounts with twelve top-ups each: several pages of each table that counts."""
    for number, card in enumerate(("visa", "mastercard", "amex")):
        payer, _ = world.fund(owner(number), card=f"pm_card_{card}")
        for count in range(12):
            world.top_ups.CreateTopUp(topup_pb2.CreateTopUpRequest(
                account=account(owner(number)), payer=payer, idempotency_key=f"{number}-{count}",
                amount=common_pb2.Money(minor_units=700, currency="USD")), timeout=10)
    for number in range(3):
        world.until_final(owner(number))
    world.verify_sound()


def rows(path, table):
    """What SQLite reads of a table, in text that need not be any."""
    with sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True) as connection:
        connection.text_factory = bytes
        cursor = connection.execute(f"SELECT * FROM {table}")
        names = [column for column, *_ in cursor.description]
        return [dict(zip(names, row)) for row in cursor]


def start(path):
    """Whether a start refuses the file and leaves it as it is; in words if not."""
    before = path.read_bytes()
    settings = {**world.settings(), "TOPUP_DATABASE": str(path),
                "TOPUP_LISTEN": "127.0.0.1:0", "TOPUP_WEBHOOK_LISTEN": "127.0.0.1:0"}
    daemon = subprocess.Popen([str(BUILT / "topupd")], env=settings, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
    serves = b"serves on" in daemon.stdout.readline()
    daemon.terminate()
    said = daemon.communicate(timeout=30)[1].decode()
    if serves or daemon.returncode != 78 or "is damaged, and nothing was changed" not in said:
        return f"starts, or ends with {daemon.returncode}: {said[-300:]}"
    return None if path.read_bytes() == before else "the start changed the file"


def flip(job):
    """One flip in a copy of the store: what came of it, and what is wrong with that."""
    tree, kind, place, bit, is_started = job
    content = bytearray(whole)
    content[place] ^= bit
    folder = Path(tempfile.mkdtemp(prefix="flip-", dir=scratch))
    path = folder / "store.sqlite"
    path.write_bytes(content)
    try:
        code, said = world.verify(path)
        if code == 1:
            lines = [line.removeprefix(f"{path}: ") for line in said.splitlines()]
            wrong = None if all(map(LOCATED.match, lines)) else f"it does not say where: {lines[:3]}"
            # A small store with few entries is looked at whole: what a start lets pass is a
            # top-up's books, which it does not read.
            if not wrong and is_started:
                wrong = start(path)
            return "found", wrong
        if code != 0:
            return "refused", f"verify ended with {code}: {said[:200]}"
        changed = {name for before, after in zip(rows(store, tree), rows(path, tree))
                   for name in before if before[name] != after[name]} if tree in tables else set()
        if kind == "live" and tree == "top_up" and changed and changed <= UNHELD:
            return "unheld", None
        return "no trace", f"changes {changed}" if changed or kind == "live" else None
    finally:
        shutil.rmtree(folder)


def jobs():
    """Where flips are made: in the ledger, in the top-ups, in any index, and in what is free."""
    indexes = [name for name in trees if name not in tables and len(trees[name].live) > 8]
    for number in range(flips):
        tree = ("entry", "posting", "top_up", "ledger_account", generator.choice(indexes))[number % 5]
        place = generator.choice(trees[tree].live)
        yield tree, "live", place, 1 << generator.randrange(8), number % 8 == 0 and tree != "top_up"
    for number in range(flips // 8):
        tree = generator.choice(("entry", "posting", "top_up", generator.choice(indexes)))
        place = generator.choice(trees[tree].free)
        yield tree, "free", place, 1 << generator.randrange(8), False


def flip_under_a_daemon(tree):
    """The same in the file that a daemon has open, and back again."""
    place = generator.choice(trees[tree].live)
    for bit, expected in ((4, 1), (4, 0)):
        with open(store, "r+b") as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ bit]))
        run = subprocess.run([str(BUILT / "topupctl"), "ledger", "verify"], capture_output=True,
                             text=True, timeout=60,
                             env={"TOPUP_ADDRESS": f"127.0.0.1:{world.rpc_port}", "PATH": "/usr/bin"})
        said = run.stdout.splitlines()
        check(f"under a daemon, {tree} at {place}", run.returncode == expected
              and all(map(LOCATED.match, said if expected else [])), (run.returncode, said[:3]))


fill()
whole = store.read_bytes()
trees = pages.trees(store)
with sqlite3.connect(f"file:{store}?mode=ro&immutable=1", uri=True) as connection:
    tables = {name for name, in connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table'")}
scratch = Path(tempfile.mkdtemp(prefix="topup-flips-"))
seen = collections.Counter()
try:
    with ThreadPoolExecutor(3) as pool:
        planned = list(jobs())
        for count, (job, (outcome, wrong)) in enumerate(zip(planned, pool.map(flip, planned)), 1):
            tree, kind, place, bit, _ = job
            group = tree if tree in tables else "an index"
            seen[f"{kind} in {group}: {outcome}"] += 1
            check(f"seed {seed}, {kind} byte {place} of {tree}, bit {bit}", not wrong, wrong)
            if count % 200 == 0:
                print(f"{count} of {len(planned)} flips", flush=True)
finally:
    shutil.rmtree(scratch)
for outcome, count in sorted(seen.items()):
    print(f"{outcome} {count}")

world.start()
for tree in ("entry", "posting", "ledger_account", "top_up_state", "entry", "posting"):
    flip_under_a_daemon(tree)
world.verify_sound()
finish(world)
