"""A balance that is low only by what is claimed and not billed yet, and a card that declines: looks
that no event causes go by the same claim, and end neither back-off nor the row of declines
(invariants 4, 18, 51)."""
from google.protobuf.duration_pb2 import Duration

from harness import World, account, check, finish, payment_methods_pb2 as pm, topup_pb2

CERE = 10**10
world = World()
payer, _ = world.fund(card="pm_card_chargeCustomerFail", low_cooldown=Duration(seconds=1))
# The rule's threshold is 100 CERE: 115 are enough for re-arming too, 95 are not.
world.set_balance(115 * CERE)


def decisions():
    """Those that events caused."""
    return [d for d in world.top_ups.ListDecisions(topup_pb2.ListDecisionsRequest(
        account=account(), page_size=200), timeout=10).decisions if d.coalesced_events]


def event(seq):
    before = len(decisions())
    world.report(seq=seq, unbilled=str(20 * CERE))
    world.until(lambda: len(decisions()) > before, f"the decision on event {seq}")


event(1)
first = world.until_final()
check("declined", [t.state for t in first] == [topup_pb2.TOP_UP_STATE_DECLINED], first)
for seq in (2, 3, 4):
    # A look without an event, past the cooldown.
    reads = world.reads()
    world.methods.RecordConsent(pm.RecordConsentRequest(
        payer=payer, consent=pm.Consent(text_version=f"{seq}"),
        idempotency_key=f"consent-{seq}"), timeout=10)
    world.until(lambda: world.reads() > reads, "the look that the consent causes")
    event(seq)
made = decisions()
check("the others wait for the back-off", [d.skip_reason for d in made if not d.top_up_id]
      == [topup_pb2.SKIP_REASON_BACK_OFF] * 3, made)
check("in the same episode", {d.episode for d in made} == {1}, made)
check("each event is in one decision", [d.coalesced_events for d in made] == [1] * 4, made)
stats = world.stats()
check("one attempt", stats["stripe"]["intents"] == {"canceled": 1}, stats["stripe"])
finish(world)
