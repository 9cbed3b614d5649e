"""1,000 copies of one low-balance event, from several sources in any order: one charge. So do those
that come while it is under way and after it, and every one of them is accounted for."""
import random
import threading

from harness import World, account, balance_pb2, check, finish, topup_pb2

ACCEPTED, COALESCED, DUPLICATE = (
    balance_pb2.INTAKE_OUTCOME_ACCEPTED, balance_pb2.INTAKE_OUTCOME_COALESCED,
    balance_pb2.INTAKE_OUTCOME_DUPLICATE)
SOURCES = 10
world = World()
world.fund()
world.burn()
# Nothing is credited until every copy has come: the top-up stays in flight.
world.control("chain", {"stall_finality": True})
threads, results = [], []
for number in range(SOURCES):
    def tell(number=number):
        generator = random.Random(number)
        begin = 1
        while begin <= 100:
            count = min(generator.choice((1, 3, 10, 40)), 101 - begin)
            results.extend(world.report(source=f"node-{number}", seq=begin, count=count))
            begin += count
    threads.append(threading.Thread(target=tell))
random.Random(7).shuffle(threads)
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()


def one_more(seq):
    found = []
    for number in range(SOURCES):
        found += world.report(source=f"node-{number}", seq=seq)
    results.extend(found)
    return found


world.until(world.of, "a top-up")
top_up = world.of()[0]
during = one_more(101)
check("folded into the top-up", all(r.outcome == COALESCED and r.top_up_id == top_up.id
                                    for r in during), during)
sent_again = world.report(source="node-0", seq=1, count=100)
check("sent again", [r.outcome for r in sent_again] == [DUPLICATE] * 100, sent_again)
world.control("chain", {"stall_finality": False})
world.until_final()
one_more(102)
check("all taken in", {r.outcome for r in results} <= {ACCEPTED, COALESCED}
      and len(results) == SOURCES * 102, len(results))
# What did not join a top-up stands in one decision (invariant 5), also what comes while one is made.
considered = sum(not r.top_up_id for r in results)


def decisions():
    return world.top_ups.ListDecisions(topup_pb2.ListDecisionsRequest(
        account=account(), page_size=200), timeout=10).decisions


world.until(lambda: sum(d.coalesced_events for d in decisions()) >= considered,
            f"decisions on {considered} events")
made = decisions()
check("each is counted once", sum(d.coalesced_events for d in made) == considered,
      ([d.coalesced_events for d in made], considered))
check("one decision began it", [d.top_up_id for d in made if d.top_up_id] == [top_up.id], made)
check("the others say why not", all(d.top_up_id or d.skip_reason for d in made), made)

top_ups = world.of()
stats = world.stats()
check("one top-up", [t.id for t in top_ups] == [top_up.id], top_ups)
check("credited", top_ups[0].state == topup_pb2.TOP_UP_STATE_CREDITED, top_ups)
check("one intent", stats["stripe"]["intents"] == {"succeeded": 1}, stats["stripe"])
requests = world.control("requests?service=stripe&limit=10000")["requests"]
confirms = [r for r in requests if r["path"].endswith("/confirm")]
creates = [r for r in requests if r["method"] == "POST" and r["path"] == "/v1/payment_intents"]
check("one confirm", len(confirms) == 1, confirms)
check("one create", len(creates) == 1, creates)
check("one order", stats["ramp"]["orders"] == {"COMPLETED": 1}, stats["ramp"])
check("one deposit", [d["count"] for d in stats["chain"]["deposits"]] == [1], stats["chain"])
check("nothing odd", not stats["oddities"], stats["oddities"])
finish(world)
