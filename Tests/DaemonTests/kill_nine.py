"""kill -9 at random moments during top-ups: each ends CREDITED or DECLINED, with one intent and one
order at most, although the processor forgets every key whenever the daemon dies; and whatever a caller
was told in between is still there.

    kill_nine.py PROGRAMS [KILLS [SEED]]
"""
import random
import sys
import threading
import time
import urllib.error

import grpc

import disk
import promises
from harness import FINAL, World, account, check, common_pb2, finish, owner, topup_pb2

kills = int(sys.argv[2]) if len(sys.argv) > 2 else 30
seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20261121
generator = random.Random(seed)
clock = disk.Clock()
# A kill between an order's commit and its arrival has it sent again only after a minute of "not
# found". By then a quote of 60 s has run out, and a second order follows the first one's tombstone:
# right, and not what is counted here.
world = World(block_ms=60, webhook_delay_ms=5, sandbox=["--quote-seconds", "3600"],
              daemon=disk.settings(clock=clock), sandbox_environment=disk.settings(clock=clock))
accounts = max(5, kills // 3)
GOOD = ("visa", "visa_debit", "mastercard", "amex", "bypassPending", "mastercard_debit")
REFUSED = "chargeCustomerFail"
told, is_over = [], threading.Event()


def is_good(number):
    return number % 5 != 4


def others(payer):
    """What other callers do meanwhile; only what was answered is a promise."""
    number = 0
    while not is_over.is_set():
        number += 1
        try:
            world.top_ups.SetPolicy(topup_pb2.SetPolicyRequest(
                policy=topup_pb2.Policy(
                    account=account(owner(10_000 + number)), payer=payer, enabled=False,
                    threshold="1000", fixed=common_pb2.Money(minor_units=2500, currency="USD")),
                idempotency_key=f"rule-{number}"), timeout=2)
            told.append({"request": f"rule-{number}"})
            world.post_webhook(f"evt_{number}")
            told.append({"inbox": f"evt_{number}"})
        # Killed before it was answered; or the channel was, as the daemon was started again.
        except (grpc.RpcError, urllib.error.URLError, OSError, ValueError):
            is_over.wait(0.02)


def report(number):
    """Has an account looked at; whether it was acknowledged."""
    try:
        world.report(owner(number), source=f"node-{number}")
    except grpc.RpcError:
        return False
    told.append({"source": f"node-{number}", "seq": 1})
    return True


for number in range(accounts):
    card = GOOD[number % len(GOOD)] if is_good(number) else REFUSED
    payer, _ = world.fund(owner(number), card=f"pm_card_{card}")
    world.burn(owner(number))
# Slow answers, so that most of the moments find a call under way.
world.control("faults", {"rules": [
    {"match": {"service": service, "method": "POST", "path": path}, "action": {"delay_ms": 120}}
    for service, path in (("stripe", "/v1/payment_intents"), ("ramp", "/v1/orders"))]})
caller = threading.Thread(target=others, args=(payer,), daemon=True)
caller.start()
begun = 0
for kill in range(kills):
    # All accounts are at it by two thirds of the kills.
    while begun < min(accounts, accounts * 3 * (kill + 1) // (2 * kills)) and report(begun):
        begun += 1
    time.sleep(generator.uniform(0.0, 0.35))
    world.kill()
    world.control("stripe/forget_keys", {})
    world.start()
    if (kill + 1) % 25 == 0:
        print(f"{kill + 1} of {kills} kills, {len(told)} promises", flush=True)
is_over.set()
caller.join()
while begun < accounts:
    begun += report(begun)


def have_ended():
    return all(found and all(t.state in FINAL for t in found)
               for found in (world.of(owner(number)) for number in range(accounts)))


world.end_by_clock(clock, have_ended)
for number in range(accounts):
    top_ups = world.of(owner(number))
    expected = (topup_pb2.TOP_UP_STATE_CREDITED if is_good(number)
                else topup_pb2.TOP_UP_STATE_DECLINED)
    check(f"account {number}", [t.state for t in top_ups] == [expected], top_ups)
stats = world.stats()
good = sum(map(is_good, range(accounts)))
check("one intent each", stats["stripe"]["intents"]
      == {"succeeded": good, "canceled": accounts - good}, stats["stripe"])
check("captured once each", stats["stripe"]["captured"] == {"usd": 2500 * good}, stats["stripe"])
check("one order each", stats["ramp"]["orders"] == {"COMPLETED": good}, stats["ramp"])
check("one deposit each", [d["count"] for d in stats["chain"]["deposits"]] == [1] * good,
      stats["chain"])
check("nothing odd", not stats["oddities"], stats["oddities"])
world.verify_sound()
check("something was promised", len(told) > 2 * kills, len(told))
lost = promises.missing(world.folder / "store.sqlite", told)
check("what was promised is there", not lost, lost)
print(f"seed {seed}: {kills} kills, {accounts} top-ups, {len(told)} promises kept")
finish(world)
