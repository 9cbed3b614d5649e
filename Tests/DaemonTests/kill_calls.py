"""kill -9 while a call to the processor or the ramp has no answer: its row was there before it, and
the restart asks what became of it, also when the processor has forgotten the key."""
import itertools

from harness import World, check, finish, owner, topup_pb2

world = World(block_ms=60)
CREDITED, DECLINED = topup_pb2.TOP_UP_STATE_CREDITED, topup_pb2.TOP_UP_STATE_DECLINED
VISA, REFUSED = "pm_card_visa", "pm_card_chargeCustomerFail"
INTENTS, ORDERS = "/v1/payment_intents", "/orders"
# Nothing but the calls themselves tells how they ended.
SILENCE = {"match": {"service": "webhook"}, "action": {"webhook": {"drop": True}}}
DONE, NOT_DONE = {"hang": True}, {"hold_ms": 600_000}


def requests(service, after):
    found = world.control(f"requests?service={service}&limit=10000")["requests"]
    return [(r["method"], r["path"]) for r in found if r["number"] > after]


def last_request():
    return world.control("requests?limit=1")["requests"][-1]["number"]


def recorded_before_create(top_up):
    return len(top_up.attempts) == 1


def recorded_before_confirm(top_up):
    return top_up.attempts[0].payment_intent_id.startswith("pi_")


def recorded_before_cancel(top_up):
    return top_up.attempts[0].decline.code == "card_declined"


def recorded_before_order(top_up):
    return [o.client_order_id for o in top_up.orders] == [f"{top_up.id}:1"]


def killed_in(service, suffix, fate, card, recorded, final):
    """One top-up whose first call of that path is cut off by the death of the daemon."""
    name = f"{service} {suffix} {'done' if fate is DONE else 'not done'}"
    who = owner(next(owners))
    world.control("faults", {"rules": [SILENCE]})
    world.fund(who, card=card)
    mark = last_request()
    world.control("faults", {"rules": [
        {"match": {"service": service, "method": "POST", "path_suffix": suffix, "nth": 1},
         "action": fate}, SILENCE]})
    world.burn(who)
    world.report(who, source=name.replace(" ", "-").replace("/", "_"))
    world.until(lambda: world.control("faults")[0]["applied"] == 1, name)
    top_up, = world.of(who)
    check(f"{name}: recorded before the call", recorded(top_up), top_up)
    world.kill()
    if fate is DONE:
        world.control("stripe/forget_keys", {})
    killed = last_request()
    world.start()
    world.until(lambda: requests(service, killed), f"{name}: a call after the restart")
    # The restart asks; what never arrived is made again only then (invariant 15).
    first = requests(service, killed)[0]
    check(f"{name}: asked first", first[0] == "GET", first)
    if final:
        found = world.until_final(who)
        check(f"{name}: ends", [t.state for t in found] == [final], found)
    posts = [path for method, path in requests(service, mark)
             if method == "POST" and path.endswith(suffix)]
    check(f"{name}: sent once", len(posts) == (1 if final else 0), posts)


owners = itertools.count()
killed_in("stripe", INTENTS, DONE, VISA, recorded_before_create, CREDITED)
killed_in("stripe", INTENTS, NOT_DONE, VISA, recorded_before_create, CREDITED)
killed_in("stripe", "/confirm", DONE, VISA, recorded_before_confirm, CREDITED)
killed_in("stripe", "/confirm", NOT_DONE, VISA, recorded_before_confirm, CREDITED)
killed_in("stripe", "/cancel", DONE, REFUSED, recorded_before_cancel, DECLINED)
killed_in("stripe", "/cancel", NOT_DONE, REFUSED, recorded_before_cancel, DECLINED)
killed_in("ramp", ORDERS, DONE, VISA, recorded_before_order, CREDITED)
# An order that the ramp does not know is made again a minute later at the earliest (invariant 29).
killed_in("ramp", ORDERS, NOT_DONE, VISA, recorded_before_order, None)
stats = world.stats()
check("one intent each", stats["stripe"]["intents"] == {"succeeded": 6, "canceled": 2},
      stats["stripe"])
check("one order each", stats["ramp"]["orders"] == {"COMPLETED": 5}, stats["ramp"])
check("one deposit each", [d["count"] for d in stats["chain"]["deposits"]] == [1] * 5,
      stats["chain"])
check("nothing odd", not stats["oddities"], stats["oddities"])
finish(world)
