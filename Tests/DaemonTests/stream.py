"""10,000 events on one stream with acks; a cut, and a resume at resume_from: nothing is lost or
taken twice. Gaps, skips, duplicates, a newer stream, a drain, and a kill before the commit."""
import queue
import sqlite3
import threading

import grpc

from harness import CLUSTER, World, balance_pb2, check, finish, owner, topup_pb2

world = World()
for number in range(3):
    world.fund(owner(number))
    world.burn(owner(number))


class Node:
    """A source with a stream that it can write to step by step."""

    def __init__(self, source, epoch=1, version=1):
        self.outgoing = queue.Queue()
        self.call = world.balances.StreamLowBalance(iter(self.outgoing.get, None), timeout=60)
        self.send(hello=balance_pb2.Hello(source_id=source, source_epoch=epoch, version=version))

    def send(self, **message):
        self.outgoing.put(balance_pb2.StreamLowBalanceRequest(**message))

    def event(self, seq, who=0, **fields):
        fields.setdefault("severity", balance_pb2.SEVERITY_LOW)
        return balance_pb2.LowBalanceEvent(
            seq=seq, cluster_id=CLUSTER, owner=owner(who), balance_active="0", **fields)

    def next(self):
        return next(self.call)

    def close(self):
        self.outgoing.put(None)


# 10,000 events, one at a time on the wire, acknowledged cumulatively.
node = Node("node-1")
welcome = node.next().welcome
check("begins at 1", welcome.resume_from == 1, welcome)
check("a window", 256 <= welcome.window <= 16384, welcome)
TOTAL, CUT = 10_000, 6_000
acked, outcomes = 0, []


def feed(stream, first, last):
    for seq in range(first, last + 1):
        stream.send(event=stream.event(seq, who=seq % 3))


threading.Thread(target=feed, args=(node, 1, CUT)).start()
while acked < CUT // 2:
    ack = node.next().ack
    check("acks rise", ack.up_to > acked, (ack.up_to, acked))
    acked, _ = ack.up_to, outcomes.extend(ack.results)
# The connection is cut while events are under way: what was taken in is told by the next Welcome.
node.call.cancel()
world.connect()
node = Node("node-1")
resume = node.next().welcome.resume_from
check("nothing acknowledged is asked for again", resume > acked, (resume, acked))
check("not beyond what was sent", resume <= CUT + 1, resume)
threading.Thread(target=feed, args=(node, resume, TOTAL)).start()
seen = []
while acked < TOTAL:
    ack = node.next().ack
    acked = ack.up_to
    seen += ack.results
check("every event has its outcome, in order",
      [r.seq for r in seen] == list(range(resume, TOTAL + 1)), len(seen))
check("none is rejected", all(r.outcome != balance_pb2.INTAKE_OUTCOME_REJECTED for r in seen))

# Repeats, gaps and skips.
node.send(event=node.event(TOTAL))
check("a repeat is a duplicate",
      node.next().ack.results[0].outcome == balance_pb2.INTAKE_OUTCOME_DUPLICATE)
node.send(event=node.event(TOTAL + 3))
nack = node.next().nack
check("a gap is told", nack.wanted_seq == TOTAL + 1, nack)
node.send(skip=balance_pb2.Skip(from_seq=TOTAL + 1, to_seq=TOTAL + 2, reason="lost"))
ack = node.next().ack
check("a skip is acknowledged", ack.up_to == TOTAL + 2
      and ack.results[0].outcome == balance_pb2.INTAKE_OUTCOME_SKIPPED, ack)
node.send(event=balance_pb2.LowBalanceEvent(seq=TOTAL + 3, cluster_id=b"short", owner=owner(0)))
result = node.next().ack.results[0]
check("a bad event is rejected alone", result.outcome == balance_pb2.INTAKE_OUTCOME_REJECTED
      and "20 bytes" in result.reason, result)
node.send(event=node.event(TOTAL + 4, who=77))
result = node.next().ack.results[0]
check("no policy", result.outcome == balance_pb2.INTAKE_OUTCOME_IGNORED, result)
node.send(event=node.event(TOTAL + 5, block_number=2 ** 40))
result = node.next().ack.results[0]
check("a height that cannot be", result.outcome == balance_pb2.INTAKE_OUTCOME_STALE, result)
# As far as numbers go: nothing that a source says of its own sequence harms anybody else.
LAST = 2 ** 62
far = Node("node-far")
far.next()
far.send(skip=balance_pb2.Skip(from_seq=1, to_seq=2 ** 64 - 1, reason="all"))
try:
    check("a skip to the end of numbers is refused", False, far.next())
except grpc.RpcError as error:
    check("a skip to the end of numbers is refused",
          error.code() == grpc.StatusCode.INVALID_ARGUMENT and str(LAST) in error.details(), error)
far = Node("node-far")
check("and nothing of it kept", far.next().welcome.resume_from == 1)
far.send(skip=balance_pb2.Skip(from_seq=1, to_seq=LAST, reason="all"))
check("as far as a sequence goes", far.next().ack.up_to == LAST)
far.close()
far = Node("node-far")
check("it comes again", far.next().welcome.resume_from == LAST + 1)
far.send(event=far.event(2 ** 64 - 1))
check("and has no more to say", far.next().nack.wanted_seq == LAST + 1)
far.close()
node.send(heartbeat=balance_pb2.Heartbeat())
check("a heartbeat is answered", node.next().WhichOneof("message") == "heartbeat")

# The newer of two streams wins.
newer = Node("node-1")
check("resumes", newer.next().welcome.resume_from == TOTAL + 6)
try:
    node.next()
    check("the older ends", False)
except grpc.RpcError as error:
    check("the older ends ABORTED", error.code() == grpc.StatusCode.ABORTED, error)

# A new epoch begins anew; a bad Hello ends the stream.
other = Node("node-1", epoch=2)
check("a new epoch begins at 1", other.next().welcome.resume_from == 1)
other.close()
for bad in (dict(version=9), dict(version=1, source="")):
    stream = Node(bad.get("source", "node-9"), version=bad["version"])
    try:
        stream.next()
        check("a bad Hello is refused", False)
    except grpc.RpcError as error:
        check("a bad Hello is refused", error.code() == grpc.StatusCode.INVALID_ARGUMENT, error)

# The unary form, for sources without a stream.
event = node.event(0, who=1)
event.event_id = bytes(range(16))
report = lambda e: world.balances.ReportLowBalance(
    balance_pb2.ReportLowBalanceRequest(source_id="node-u", event=e), timeout=10).result.outcome
first = report(event)
check("taken in", first in (balance_pb2.INTAKE_OUTCOME_ACCEPTED,
                            balance_pb2.INTAKE_OUTCOME_COALESCED), first)
check("a repeat", report(event) == balance_pb2.INTAKE_OUTCOME_DUPLICATE)
event.debt = "5"
check("other content", report(event) == balance_pb2.INTAKE_OUTCOME_REJECTED)

# A drain tells the node to come again.
world.daemon.terminate()
check("drain", newer.next().WhichOneof("message") == "drain")
check("the stream ends well", list(newer.call) == [])
world.daemon.wait(30)
check("exit 0", world.daemon.returncode == 0, world.daemon.returncode)
world.start()
after = Node("node-1")
check("resumes after a restart", after.next().welcome.resume_from == TOTAL + 6)

# Durable first, then acknowledged (domain §11): while nothing can be committed no ack comes, and an
# event that a dead daemon has not acknowledged is asked for again.
lock = sqlite3.connect(world.folder / "store.sqlite", isolation_level=None)
lock.execute("BEGIN IMMEDIATE")
after.send(event=after.event(TOTAL + 6, who=1))
acks = queue.Queue()


def receive(stream):
    try:
        acks.put(stream.next())
    except grpc.RpcError:
        acks.put(None)


threading.Thread(target=receive, args=(after,), daemon=True).start()
try:
    early = acks.get(timeout=0.5)
    check("no ack before the commit", False, early)
except queue.Empty:
    pass
world.kill()
lock.execute("ROLLBACK")
lock.close()
world.start()
after = Node("node-1")
check("not acknowledged, asked for again", after.next().welcome.resume_from == TOTAL + 6)
after.send(event=after.event(TOTAL + 6, who=1))
check("acknowledged", after.next().ack.up_to == TOTAL + 6)
world.kill()
world.start()
after = Node("node-1")
check("acknowledged, not asked for again", after.next().welcome.resume_from == TOTAL + 7)
after.close()

for number in range(3):
    top_ups = world.until_final(owner(number))
    check(f"account {number}", [t.state for t in top_ups] == [topup_pb2.TOP_UP_STATE_CREDITED],
          top_ups)
finish(world)
