"""A ramp that says COMPLETED while its block may still be taken away by a fork: the top-up is
credited when our own node has that block as final, and not before (invariant 30)."""
from harness import FINAL, World, check, finish, topup_pb2

world = World()
world.fund()
world.burn()
world.control("chain", {"stall_finality": True})
world.control("faults", {"rules": [
    {"match": {"service": "ramp", "method": "POST", "path": "/v1/orders"},
     "action": {"order": "complete_early"}}]})
world.report()


def order():
    found = world.of()
    return found[0].orders[0] if found and found[0].orders else None


world.until(lambda: order() and order().state == "completed", "the ramp's word")
# Our node is asked, more than once, and has not made the block final.
heads = "node chain_getFinalizedHead"
asked = world.stats()["requests"][heads]
world.until(lambda: world.stats()["requests"][heads] >= asked + 2 or world.of()[0].state in FINAL,
            "two looks at the chain")
early = world.of()[0]
check("not credited on the ramp's word", early.state == topup_pb2.TOP_UP_STATE_DEPOSITING, early)
check("nothing counts as delivered", early.tokens_delivered in ("", "0"), early)
check("not called final", not early.orders[0].finalized, early)
check("nothing on the finalized chain", world.balance().active == "0", world.balance())

world.control("chain", {"stall_finality": False})
whole = world.until_final()[0]
balance = world.balance()
check("credited in the end", whole.state == topup_pb2.TOP_UP_STATE_CREDITED, whole)
check("called final", whole.orders[0].finalized, whole)
check("the finalized chain has it", balance.active == whole.tokens_delivered, balance)
finish(world)
