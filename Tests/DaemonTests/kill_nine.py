"""kill -9 at 30 random moments during top-ups: each ends CREDITED or DECLINED, with one intent and
one order at most, although the processor forgets every key whenever the daemon dies."""
import random
import sys
import time

import grpc

from harness import World, check, finish, owner, topup_pb2

seed = int(sys.argv[2]) if len(sys.argv) > 2 else 20261121
generator = random.Random(seed)
# A kill between an order's commit and its arrival has it sent again only after a minute of "not
# found". By then a quote of 60 s has run out, and a second order follows the first one's tombstone:
# right, and not what is counted here.
world = World(block_ms=60, webhook_delay_ms=5, sandbox=["--quote-seconds", "3600"])
kills, accounts = 30, 10
for number in range(accounts):
    card = "pm_card_chargeCustomerFail" if number % 5 == 4 else "pm_card_visa"
    world.fund(owner(number), card=card)
    world.burn(owner(number))
# Slow answers, so that most of the moments find a call under way.
world.control("faults", {"rules": [
    {"match": {"service": service, "method": "POST", "path": path}, "action": {"delay_ms": 60}}
    for service, path in (("stripe", "/v1/payment_intents"), ("ramp", "/v1/orders"))]})
begun = 0
for kill in range(kills):
    if begun < accounts:
        try:
            world.report(owner(begun), source=f"node-{begun}")
            begun += 1
        except grpc.RpcError:
            pass
    time.sleep(generator.uniform(0.0, 0.35))
    world.kill()
    world.control("stripe/forget_keys", {})
    world.start()
while begun < accounts:
    world.report(owner(begun), source=f"node-{begun}")
    begun += 1
for number in range(accounts):
    top_ups = world.until_final(owner(number), seconds=120)
    expected = (topup_pb2.TOP_UP_STATE_DECLINED if number % 5 == 4
                else topup_pb2.TOP_UP_STATE_CREDITED)
    check(f"account {number}", [t.state for t in top_ups] == [expected], top_ups)
stats = world.stats()
good = sum(1 for number in range(accounts) if number % 5 != 4)
check("one intent each", stats["stripe"]["intents"]
      == {"succeeded": good, "canceled": accounts - good}, stats["stripe"])
check("captured once each", stats["stripe"]["captured"] == {"usd": 2500 * good}, stats["stripe"])
check("one order each", stats["ramp"]["orders"] == {"COMPLETED": good}, stats["ramp"])
check("one deposit each", [d["count"] for d in stats["chain"]["deposits"]] == [1] * good,
      stats["chain"])
check("nothing odd", not stats["oddities"], stats["oddities"])
print(f"seed {seed}")
finish(world)
