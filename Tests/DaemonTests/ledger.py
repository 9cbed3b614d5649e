"""The ledger from outside: verified, kept by its head, drawn from; and a store whose bytes were changed
while nobody had it open is refused at the start, and the damage located (invariants 22, 26, 50)."""
import csv
import io
import json
import re
import sqlite3
import subprocess
from decimal import Decimal

from harness import ALICE, BUILT, CLUSTER, World, check, common_pb2, finish, topup_pb2
from harness import account

world = World()
payer, card = world.fund()
world.burn()
world.report()
world.until_final()
store = world.folder / "store.sqlite"
WHO = ["--cluster", "0x" + CLUSTER.hex(), "--owner", "0x" + ALICE.hex()]


def ctl(*arguments):
    run = subprocess.run([str(BUILT / "topupctl"), "ledger", *arguments], capture_output=True,
                         text=True, timeout=60,
                         env={"TOPUP_ADDRESS": f"127.0.0.1:{world.rpc_port}", "PATH": "/usr/bin"})
    return run.returncode, run.stdout.strip(), run.stderr


def verify(*arguments):
    run = subprocess.run([str(BUILT / "topupd"), "verify", *arguments], capture_output=True,
                         text=True, timeout=60, env={"TOPUP_DATABASE": str(store)})
    return run.returncode, run.stdout, run.stderr


def start():
    """Starts the daemon on what lies there; how it ended and what it said, or None when it serves."""
    world.daemon = subprocess.Popen([str(BUILT / "topupd")], env=world.settings(),
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if b"serves on" in world.daemon.stdout.readline():
        world.daemon.terminate()
        world.daemon.communicate(timeout=30)
        return None
    said = world.daemon.communicate(timeout=30)[1].decode()
    return world.daemon.returncode, said


# From outside, while it serves.
code, first, _ = ctl("head")
check("a head", code == 0 and re.fullmatch(r"2:[0-9a-f]{64}", first), first)
world.top_ups.CreateTopUp(topup_pb2.CreateTopUpRequest(
    account=account(), payer=payer, amount=common_pb2.Money(minor_units=700, currency="USD"),
    idempotency_key="by-hand"), timeout=10)
world.until_final()
code, said, _ = ctl("verify", "--head", first)
check("sound, and holds its earlier head", code == 0 and said.startswith("sound: head 4:"), said)
head = said.removeprefix("sound: head ")
code, said, _ = ctl("verify", "--head", "9:" + head.split(":")[1])
check("a head it never had", code == 1 and said.startswith("entry 9: was exported"), said)

code, text, said = ctl("export", "--format", "csv", *WHO)
rows = list(csv.DictReader(io.StringIO(text)))
check("a statement", code == 0 and len(rows) > 6, (text, said))
for name in {row["ledger_account"] for row in rows}:
    own = [row for row in rows if row["ledger_account"] == name]
    check(f"{name} opens and closes", own[0]["description"] == "opening balance"
          and own[-1]["description"] == "closing balance", own)
    balance = Decimal(own[0]["balance_after"])
    for row in own[1:-1]:
        balance += Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)
        check(f"{name} at {row['position']}", balance == Decimal(row["balance_after"]), row)
    check(f"{name} ends where it closes", balance == Decimal(own[-1]["balance_after"]), own)
check("the first charge", [(r["debit"], r["credit"], r["balance_after"]) for r in rows
                           if r["position"] == "1"] == [("", "25.00", "-25.00")], rows)
code, text, _ = ctl("export", "--format", "json", "--from", "3", "--to", "3", *WHO)
part = json.loads(text)
check("a part of it", [e["credit"] for e in part["entries"]] == ["7.00"]
      and {b["balance"] for b in part["opening"] if b["asset"] == "USD"} == {"0.00"}, part)
code, text, _ = ctl("balance", "--at", "1", "-o", "json", *WHO)
check("at a position", [b["balance"] for b in json.loads(text)["balances"]] == ["-2500"], text)

# A store that is open is not looked at from aside.
code, said, complaint = verify()
check("open", code == 78 and "another process has the store open" in complaint, (code, complaint))
world.daemon.terminate()
check("drained", world.daemon.wait(30) == 0, world.daemon.returncode)
check("the log is in the file", not (world.folder / "store.sqlite-wal").exists())
code, said, complaint = verify("--head", head)
check("sound when closed", code == 0 and said == f"{store} is sound: head {head}\n",
      (code, said, complaint))
whole = store.read_bytes()


def put(content):
    for name in ("store.sqlite-wal", "store.sqlite-shm"):
        (world.folder / name).unlink(missing_ok=True)
    store.write_bytes(content)


def root(name):
    with sqlite3.connect(f"file:{store}?mode=ro&immutable=1", uri=True) as connection:
        return connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)).fetchone()[0]


def last_digest():
    with sqlite3.connect(f"file:{store}?mode=ro&immutable=1", uri=True) as connection:
        return connection.execute(
            "SELECT digest FROM entry ORDER BY position DESC LIMIT 1").fetchone()[0]


def page(name):
    return (root(name) - 1) * 4096


# Where a byte is changed, and what verify says of where it is.
places = {
    "the header": (0, r": file: "),
    "the schema's page": (100, r": file: "),
    "a table's page": (page("posting"), r": (file|entry 1): "),
    "the entries' page": (page("entry"), r": (file|ledger): "),
    "the last entry": (whole.index(last_digest()) + 7, r": entry 4: its digest"),
    "an index page": (page("entry_top_up"), r": file: "),
    "a key in an index": (page("sqlite_autoindex_ledger_account_1") + 4095, r": file: "),
}
for what, (place, located) in places.items():
    damaged = bytearray(whole)
    damaged[place] ^= 0x5A
    put(bytes(damaged))
    code, said, complaint = verify()
    check(f"{what}: found", code == 1 and re.search(located, said), (code, said, complaint))
    check(f"{what}: the file is named", all(line.startswith(f"{store}: ")
                                            for line in said.splitlines()), said)
    ended = start()
    check(f"{what}: refused", ended and ended[0] == 78 and str(store) in ended[1]
          and "is damaged, and nothing was changed in it" in ended[1]
          and "topupd verify" in ended[1], ended)
    check(f"{what}: left as it was", store.read_bytes() == bytes(damaged))

# A tail that was cut is sound by itself; the head that was kept says that it is missing.
put(whole)
with sqlite3.connect(store) as connection:
    connection.executescript("""
        DROP TRIGGER entry_is_kept; DROP TRIGGER posting_is_kept;
        UPDATE ledger_account SET balance = (SELECT balance_after FROM posting
            WHERE account = ledger_account.number AND posting.number < 4 << 6
            ORDER BY number DESC LIMIT 1), last_posting = (SELECT max(number) FROM posting
            WHERE account = ledger_account.number AND posting.number < 4 << 6);
        DELETE FROM posting WHERE number >= 4 << 6; DELETE FROM entry WHERE position = 4;""")
code, said, _ = verify("--head", head)
check("a cut tail", code == 1 and "entry 4: was exported as the head, and is not there" in said, said)

put(whole)
code, said, _ = verify()
check("as it was", code == 0, said)
world.start()
check("serves again", ctl("verify", "--head", head)[0] == 0)
finish(world)
