"""A card that its bank refuses for its expiry is charged again by itself once that is corrected, at
the processor first (invariants 18, 51)."""
import subprocess

import grpc
from google.protobuf import duration_pb2

from harness import (BUILT, World, check, common_pb2, finish, payment_methods_pb2 as pm, status_of,
                     topup_pb2)

world = World()
# What was declined is looked at again soon, and not in five minutes.
payer, card = world.fund(low_cooldown=duration_pb2.Duration(seconds=1))
world.control("stripe/expire", {"payment_method": card.id, "month": 1, "year": 2025})
world.burn()
world.report()
world.until(lambda: [t for t in world.of() if t.state == topup_pb2.TOP_UP_STATE_DECLINED],
            "a decline")


def shown():
    return world.methods.ListPaymentMethods(
        pm.ListPaymentMethodsRequest(payer=payer), timeout=10).payment_methods[0]


check("refused for its data", shown().breaker.open, shown())
stranger = common_pb2.Payer(tenant="console", user="somebody")
code, message, _ = status_of(lambda: world.methods.UpdatePaymentMethod(
    pm.UpdatePaymentMethodRequest(payer=stranger, payment_method_id=card.id, expiry_month=7,
                                  expiry_year=2031, idempotency_key="u1"), timeout=10))
check("another's card", code == grpc.StatusCode.NOT_FOUND, (code, message))
run = subprocess.run(
    [str(BUILT / "topupctl"), "pm", "update", card.id, "--expiry", "07/31", "--payer-tenant",
     payer.tenant, "--payer-user", payer.user, "--address", f"127.0.0.1:{world.rpc_port}"],
    capture_output=True, text=True)
check("topupctl pm update", run.returncode == 0 and "07/2031" in run.stdout, run)
check("corrected, and charged again", (shown().expiry_month, shown().expiry_year,
                                       shown().breaker.open) == (7, 2031, False), shown())
there = world.control("cards", {})
check("at the processor too", any(c.get("id") == card.id and (
    c.get("exp_year") or c.get("card", {}).get("exp_year")) == 2031
    for c in there.get("cards", there.get("data", []))), there)
world.until(lambda: [t for t in world.of() if t.state == topup_pb2.TOP_UP_STATE_CREDITED],
            "a credit without a further event")
finish(world)
