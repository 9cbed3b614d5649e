"""A charge that is wanted back before its deposit arrived: the order is stopped, the whole is given
back once, and the same key is the same refund for ever (invariants 15, 33, 43)."""
import subprocess

import grpc

from harness import BUILT, World, check, common_pb2, finish, status_of, topup_pb2

world = World()
actor = common_pb2.Actor(name="console", reason="not wanted any more")
world.fund()
world.control("faults", {"rules": [{
    "match": {"service": "ramp", "method": "POST", "path": "/v1/orders", "first": 1},
    "action": {"order": "hold"}}]})
world.burn()
world.report()
held = world.until(lambda: [t for t in world.of() if t.orders and t.orders[0].state == "onHold"],
                   "an order on hold")[0]


def refund(key, minor_units=None, who=actor):
    request = topup_pb2.RefundTopUpRequest(id=held.id, idempotency_key=key, actor=who)
    if minor_units:
        request.amount.CopyFrom(common_pb2.Money(minor_units=minor_units, currency="USD"))
    return world.top_ups.RefundTopUp(request, timeout=10).top_up


for what, call, words in (
        ("a part", lambda: refund("k1", 1000), "or none"),
        ("more than was charged", lambda: refund("k1", 2501), "no more")):
    code, message, _ = status_of(call)
    check(what, code == grpc.StatusCode.FAILED_PRECONDITION and words in message, (code, message))
code, message, _ = status_of(lambda: refund("k1", who=common_pb2.Actor(name="console")))
check("without a reason", code == grpc.StatusCode.INVALID_ARGUMENT, (code, message))
begun = refund("k1", 2500)
check("under way", begun.state in (topup_pb2.TOP_UP_STATE_ORDER_CANCELLING,
                                   topup_pb2.TOP_UP_STATE_REFUNDING), begun)
check("the same call again", refund("k1", 2500).id == held.id)
code, message, _ = status_of(lambda: refund("k1"))
check("the key with another request", code == grpc.StatusCode.ALREADY_EXISTS, (code, message))
top_up = world.until_final()[0]
check("refunded", top_up.state == topup_pb2.TOP_UP_STATE_REFUNDED
      and top_up.refunded.minor_units == 2500, top_up)
check("for ever", refund("k1", 2500).state == topup_pb2.TOP_UP_STATE_REFUNDED)
check("once", world.stats()["stripe"]["refunded"] == {"usd": 2500}, world.stats()["stripe"])
check("nothing was delivered", world.stats()["chain"]["deposits"] == [], world.stats()["chain"])
run = subprocess.run(
    [str(BUILT / "topupctl"), "topup", "refund", held.id, "--reason", "once more", "--address",
     f"127.0.0.1:{world.rpc_port}"], capture_output=True, text=True)
check("not twice, by topupctl either", run.returncode == 64 + 9
      and "given back already" in run.stderr, run)
world.verify_sound()
finish(world)
