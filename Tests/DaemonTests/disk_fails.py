"""The disk fills up, turns read-only or fails to sync, under a daemon at work: it refuses while it can,
and stops where it cannot know; after that every top-up is settled once (invariants 12, 15, 49).

    disk_fails.py PROGRAMS [all]

With `all` each way of failing comes at many more moments.
"""
import errno
import sys
import urllib.error

import disk
from harness import (FINAL, World, account, check, common_pb2, finish, grpc, owner, status_of,
                     subprocess, topup_pb2, BUILT)

UNAVAILABLE, UNKNOWN = grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNKNOWN
NO_ROOM = "the store has no room; nothing was written"
faults, clock = disk.Faults(), disk.Clock()
# As in kill_nine.py: a quote that runs out has a second order follow the first, rightly.
world = World(block_ms=60, webhook_delay_ms=5, sandbox=["--quote-seconds", "3600"],
              daemon=disk.settings(faults=faults, clock=clock),
              sandbox_environment=disk.settings(clock=clock))
payers = [(owner(n), world.fund(owner(n), card=f"pm_card_{card}")[0]) for n, card in enumerate(
    ("visa", "visa_debit", "mastercard", "amex", "bypassPending", "mastercard_debit"))]
expected = {}


def create(key):
    who, payer = payers[int(key.split("-")[-1]) % len(payers)]
    return world.top_ups.CreateTopUp(topup_pb2.CreateTopUpRequest(
        account=account(who), payer=payer, idempotency_key=key,
        amount=common_pb2.Money(minor_units=700, currency="USD")), timeout=10).top_up.id


def all_top_ups():
    return [top_up for who, _ in payers for top_up in world.of(who)]


def start():
    """How a start ends that does not serve: its code and what it says; None when it serves."""
    daemon = subprocess.Popen([str(BUILT / "topupd")], env=world.settings(), stderr=subprocess.PIPE,
                              stdout=subprocess.PIPE)
    if b"serves on" in daemon.stdout.readline():
        daemon.terminate()
        daemon.communicate(timeout=30)
        return None
    said = daemon.communicate(timeout=30)[1].decode()
    return daemon.returncode, said


# A full disk: refused before anything is written, in words, and served again when there is room.
expected["full-0"] = create("full-0")
faults.arm("room", errno.ENOSPC)
made = len(all_top_ups())
code, said, details = status_of(lambda: create("full-1"))
check("full: refused", (code, said) == (UNAVAILABLE, NO_ROOM), (code, said))
check("full: the reason for programs", b"DEPENDENCY_UNAVAILABLE" in details, details)
code, said, _ = status_of(lambda: world.report(owner(1), source="node-full"))
check("full: an event", (code, said) == (UNAVAILABLE, NO_ROOM), (code, said))
try:
    world.post_webhook("evt_full")
    check("full: a webhook", False, "was taken")
except urllib.error.HTTPError as error:
    check("full: a webhook", error.code == 503, error.code)
check("full: still read from", len(all_top_ups()) == made, all_top_ups())
check("full: asked before each write", faults.failed("room") >= 3, faults.failed("room"))
check("full: goes on", world.daemon.poll() is None, world.daemon.returncode)
faults.disarm()
expected["full-1"] = create("full-1")
world.post_webhook("evt_full")
check("full: the event comes again", len(world.report(owner(1), source="node-full")) == 1)
check("full: one of each", len(all_top_ups()) == made + 1, all_top_ups())

# What is found out only in the middle of a commit: nobody knows what was kept, so it stops.
moments = {
    ("sync", errno.EIO, "COMMIT failed with 1034"): (0, 3, 7),
    ("write", errno.ENOSPC, "COMMIT failed with 13"): (1, 30),
    ("write", errno.EROFS, "COMMIT failed with 778"): (0,),
    ("write", errno.EIO, "COMMIT failed with 778"): (15,),
}
if "all" in sys.argv:
    moments = {kind: range(0, 10) if kind[0] == "sync" else range(0, 100, 9) for kind in moments}
number = 2
for (call, error, reason), passes in moments.items():
    for count in passes:
        name = f"{call} {errno.errorcode[error]} after {count}"
        key = f"doubt-{number}"
        number += 1
        faults.arm(call, error, count)
        code, said, _ = status_of(lambda: expected.update({key: create(key)}))
        check(f"{name}: answered, unknown or cut off",
              code in (grpc.StatusCode.OK, UNAVAILABLE, UNKNOWN), (code, said))
        check(f"{name}: never told that nothing was written", "nothing was written" not in said,
              said)
        world.until(lambda: world.daemon.poll() is not None, f"{name}: an end", 30)
        check(f"{name}: the code", world.daemon.returncode == 75, world.daemon.returncode)
        last = world.tail().strip().splitlines()[-1]
        check(f"{name}: says why", '"the store is lost"' in last and reason in last, last)
        check(f"{name}: it was the disk", faults.failed(call) > 0)
        # Calls under way at the end have their effect outside, and their keys are forgotten.
        world.control("stripe/forget_keys", {})
        faults.arm(call, error)
        ended = start()
        check(f"{name}: a start on such a disk", ended and ended[0] == 78
              and (error != errno.ENOSPC or "no room is left on its disk" in ended[1]), ended)
        faults.disarm()
        world.start()
        again = create(key)
        check(f"{name}: the same key, the same top-up", expected.setdefault(key, again) == again,
              (expected[key], again))

# A disk that is read-only from the start.
world.daemon.terminate()
check("drained", world.daemon.wait(30) == 0, world.daemon.returncode)
faults.arm("open", errno.EROFS)
ended = start()
check("read-only: refused", ended and ended[0] == 78 and "cannot be written to" in ended[1]
      or ended and "Read-only file system" in ended[1], ended)
faults.disarm()
world.start()


def have_ended():
    return all(t.state in FINAL for t in all_top_ups())


world.end_by_clock(clock, have_ended)
top_ups = {t.id: t for t in all_top_ups()}
check("each was made once", set(top_ups) == set(expected.values())
      and len(set(expected.values())) == len(expected), (len(top_ups), len(expected)))
check("credited", {t.state for t in top_ups.values()} == {topup_pb2.TOP_UP_STATE_CREDITED},
      [t for t in top_ups.values() if t.state != topup_pb2.TOP_UP_STATE_CREDITED])
stats = world.stats()
check("one intent each", stats["stripe"]["intents"] == {"succeeded": len(expected)}, stats["stripe"])
check("captured once each", stats["stripe"]["captured"] == {"usd": 700 * len(expected)},
      stats["stripe"])
check("one order each", stats["ramp"]["orders"] == {"COMPLETED": len(expected)}, stats["ramp"])
check("one deposit each", sum(d["count"] for d in stats["chain"]["deposits"]) == len(expected),
      stats["chain"])
check("nothing odd", not stats["oddities"], stats["oddities"])
world.verify_sound()
finish(world)
