"""A declined card: DECLINED with its class and a message for a person, nothing credited."""
from harness import ALICE, World, account, balance_pb2, check, finish, topup_pb2

world = World()
# The card that stores fine and declines later: the one for charges without the person present.
# Its network advises to try again later, which makes a decline without a reason a soft one.
payer, _ = world.fund(card="pm_card_chargeCustomerFail", day=topup_pb2.Cap(count=1))
world.burn()
world.report()
top_up = world.until_final()[0]
check("the list says why", top_up.reason.startswith("no card is left"), top_up)
whole = world.top_ups.GetTopUp(topup_pb2.GetTopUpRequest(id=top_up.id), timeout=10).top_up
check("declined", whole.state == topup_pb2.TOP_UP_STATE_DECLINED, whole)
check("class", getattr(whole.decline, "class") == topup_pb2.DECLINE_CLASS_SOFT, whole.decline)
check("codes", (whole.decline.code, whole.decline.decline_code)
      == ("card_declined", "generic_decline"), whole.decline)
check("a message for a person", "card ending in" in whole.decline.message, whole.decline)
# An hour after the first decline of the episode (invariant 18); the two moments are read apart.
wait_ms = whole.decline.retry_at.ToMilliseconds() - whole.updated_at.ToMilliseconds()
check("says when it tries again", 3_600_000 <= wait_ms < 3_660_000, wait_ms)
check("the attempt is recorded", len(whole.attempts) == 1
      and whole.attempts[0].payment_intent_id.startswith("pi_"), whole.attempts)
check("no entry", not whole.entries, whole.entries)
stats = world.stats()
check("the intent is cancelled", stats["stripe"]["intents"] == {"canceled": 1}, stats["stripe"])
check("nothing captured", not any(stats["stripe"]["captured"].values()), stats["stripe"])
check("no order", not stats["ramp"]["orders"], stats["ramp"])
balance = world.balances.GetBalance(
    balance_pb2.GetBalanceRequest(account=account(ALICE), refresh=True), timeout=10).balance
check("nothing credited", balance.active == "0", balance)
# The next event of the episode waits for the back-off: no second attempt on the card.
world.report(seq=2, severity=balance_pb2.SEVERITY_EXHAUSTED)
world.until(lambda: [d for d in world.top_ups.ListDecisions(
    topup_pb2.ListDecisionsRequest(account=account(ALICE)), timeout=10).decisions
    if d.skip_reason == topup_pb2.SKIP_REASON_BACK_OFF], "a skip for the back-off")
check("still one attempt", world.stats()["stripe"]["intents"] == {"canceled": 1})
# The reservation was given back, or the one top-up of the day would be used up (invariant 8).
world.top_ups.CreateTopUp(topup_pb2.CreateTopUpRequest(
    account=account(ALICE), payer=payer, amount=whole.amount, idempotency_key="by-hand"), timeout=10)
again = world.until_final()
check("declined again", [t.state for t in again] == [topup_pb2.TOP_UP_STATE_DECLINED] * 2, again)
finish(world)
