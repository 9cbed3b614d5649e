"""A person who is present is asked to authenticate: CreateTopUp hands out what the payer's device
needs, for as long as it is needed, and what the person finishes is credited (invariant 21)."""
from harness import World, account, check, common_pb2, finish, payment_methods_pb2 as pm, topup_pb2

world = World()
world.set_balance(10**12)
payer = common_pb2.Payer(tenant="console", user="u1")
card = world.methods.AddPaymentMethod(pm.AddPaymentMethodRequest(
    payer=payer, payment_method_id="pm_card_threeDSecure2Required", idempotency_key="pm-1"),
    timeout=10).payment_method
request = topup_pb2.CreateTopUpRequest(
    account=account(), payer=payer, amount=common_pb2.Money(minor_units=700, currency="USD"),
    idempotency_key="user-1", on_session=True, payment_method_id=card.id)
made = world.top_ups.CreateTopUp(request, timeout=20)
intent = made.top_up.attempts[0].payment_intent_id if made.top_up.attempts else "?"
check("waits for the person", made.top_up.state == topup_pb2.TOP_UP_STATE_ACTION_REQUIRED, made)
check("with the secret of its intent", made.client_secret.startswith(f"{intent}_secret_"), made)
again = world.top_ups.CreateTopUp(request, timeout=20)
check("the same key gives it again", (again.top_up.id, again.client_secret)
      == (made.top_up.id, made.client_secret), again)
kept = b"".join(path.read_bytes() for path in world.folder.glob("*"))
check("the store is looked at", intent.encode() in kept, len(kept))
check("neither stored nor logged", made.client_secret.encode() not in kept)
world.control("stripe/authenticate", {"intent": intent})
top_up = world.until_final()[0]
check("credited", top_up.state == topup_pb2.TOP_UP_STATE_CREDITED and not top_up.reason, top_up)
last = world.top_ups.CreateTopUp(request, timeout=20)
check("no secret once it is done", (last.top_up.state, last.client_secret)
      == (topup_pb2.TOP_UP_STATE_CREDITED, ""), last)
finish(world)
