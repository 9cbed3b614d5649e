"""1,000 copies of one low-balance event, from several sources in any order: one charge."""
import random
import threading

from harness import ALICE, World, check, finish, topup_pb2

world = World()
world.fund()
world.burn()
threads = []
for number in range(10):
    def tell(number=number):
        generator = random.Random(number)
        begin = 1
        while begin <= 100:
            count = min(generator.choice((1, 3, 10, 40)), 101 - begin)
            world.report(source=f"node-{number}", seq=begin, count=count)
            begin += count
    threads.append(threading.Thread(target=tell))
random.Random(7).shuffle(threads)
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
top_ups = world.until_final()
stats = world.stats()
check("one top-up", len(top_ups) == 1, top_ups)
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
