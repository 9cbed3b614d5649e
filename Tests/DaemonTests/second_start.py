"""A second daemon on the same store, or on the same ports, is refused and does no harm; one whose
store is taken over ends and says so, and does not go on as if all were well (invariants 41, 44)."""
import socket
import sqlite3
import subprocess

import grpc

from harness import BUILT, World, check, common_pb2, finish, free_port, status_of, topup_pb2
from harness import account

world = World()
payer, card = world.fund()
store = world.folder / "store.sqlite"


def fence():
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as connection:
        return connection.execute("SELECT fence FROM store").fetchone()[0]


def second(**settings):
    """Starts another daemon and returns how it ended and what it said."""
    run = subprocess.run([str(BUILT / "topupd")], env={**world.settings(), **settings},
                         capture_output=True, timeout=30)
    return run.returncode, run.stderr.decode()


def create(key):
    return world.top_ups.CreateTopUp(topup_pb2.CreateTopUpRequest(
        account=account(), payer=payer, idempotency_key=key,
        amount=common_pb2.Money(minor_units=500, currency="USD")), timeout=10)


before = fence()
code, said = second()
check("the same ports", code == 78 and "cannot listen" in said, (code, said))
other_ports = {"TOPUP_LISTEN": f"127.0.0.1:{free_port()}",
               "TOPUP_WEBHOOK_LISTEN": f"127.0.0.1:{free_port()}"}
code, said = second(**other_ports)
check("the same store", code == 78 and "another process has the store open" in said, (code, said))
check("the fence is as it was", fence() == before, fence())
create("first")
world.until_final()

# A start that cannot serve makes no store.
untouched = world.folder / "untouched.sqlite"
for name in other_ports:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = {**other_ports, name: f"127.0.0.1:{taken.getsockname()[1]}"}
        code, said = second(TOPUP_DATABASE=str(untouched), **settings)
    check(f"{name} is taken", code == 78 and "cannot listen" in said, (code, said))
    check(f"{name}: the store is not touched", not untouched.exists())

# Where locks do not reach, the fence is what is left.
calls = world.stats()["requests"]
with sqlite3.connect(store) as connection:
    connection.execute("UPDATE store SET fence = fence + 1")
status, message, _ = status_of(lambda: create("second"))
check("no answer that something was or was not done", status == grpc.StatusCode.UNAVAILABLE
      and "store" not in message and "stream" not in message, (status, message))
check("it ends, to be started again", world.daemon.wait(10) == 75, world.daemon.poll())
sent = {name: count - calls.get(name, 0) for name, count in world.stats()["requests"].items()
        if count > calls.get(name, 0)}
check("no call that moves money", not [name for name in sent if "intents" in name
                                       or "orders" in name], sent)
world.start()
topped_up = create("second")
check("the key begins it", topped_up.top_up.id, topped_up)
world.until_final()
check("nothing odd", not world.stats()["oddities"], world.stats()["oddities"])
finish(world)
