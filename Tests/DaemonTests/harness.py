"""A sandbox and a daemon as processes of their own, and stock gRPC stubs to drive them.

Used by the scenarios beside it; each takes the folder of the built programs as its argument.
"""
import atexit
import hashlib
import hmac
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILT = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".build" / "debug"
STUBS = Path(tempfile.mkdtemp(prefix="topup-stubs-"))
atexit.register(shutil.rmtree, STUBS, ignore_errors=True)
FILES = ("common", "topup", "balance", "payment_methods", "admin")
subprocess.run(
    [sys.executable, "-m", "grpc_tools.protoc", "-I", str(ROOT / "proto"), f"--python_out={STUBS}",
     f"--grpc_python_out={STUBS}", *(f"topup/v1/{name}.proto" for name in FILES)], check=True)
sys.path.insert(0, str(STUBS))

import grpc  # noqa: E402
from topup.v1 import admin_pb2, admin_pb2_grpc  # noqa: E402
from topup.v1 import balance_pb2, balance_pb2_grpc  # noqa: E402
from topup.v1 import common_pb2  # noqa: E402
from topup.v1 import payment_methods_pb2, payment_methods_pb2_grpc  # noqa: E402
from topup.v1 import topup_pb2, topup_pb2_grpc  # noqa: E402

CLUSTER = bytes.fromhex("0059f5ada35eee46802d80750d5ca4a490640511")
ALICE = bytes.fromhex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d")
FINAL = {
    topup_pb2.TOP_UP_STATE_CREDITED, topup_pb2.TOP_UP_STATE_DECLINED,
    topup_pb2.TOP_UP_STATE_CANCELLED, topup_pb2.TOP_UP_STATE_EXPIRED,
    topup_pb2.TOP_UP_STATE_REFUNDED, topup_pb2.TOP_UP_STATE_REVERSED,
}
SECRET = "whsec_test_of_the_daemon"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def owner(number):
    """A made-up owner, the same for the same number."""
    return (number + 1).to_bytes(32, "big")


def account(owner_bytes=ALICE, cluster=CLUSTER):
    return common_pb2.Account(ddc=common_pb2.DdcAccount(
        cluster_id="0x" + cluster.hex(), owner="0x" + owner_bytes.hex()))


class World:
    """One sandbox, one daemon; both are stopped when the program ends."""

    def __init__(self, block_ms=100, webhook_delay_ms=20, sandbox=(), daemon=None,
                 sandbox_environment=None):
        self.folder = Path(tempfile.mkdtemp(prefix="topup-world-"))
        self.log = open(self.folder / "topupd.log", "ab")
        self.rpc_port, self.webhook_port = free_port(), free_port()
        self.daemon = None
        self.channel = None
        self.environment = daemon or {}
        self.sandbox = subprocess.Popen(
            [str(BUILT / "topupsandbox"), "--json", "--quiet", "--stripe-port", "0", "--ramp-port",
             "0", "--node-port", "0", "--control-port", "0", "--webhook-url",
             f"http://127.0.0.1:{self.webhook_port}/stripe/webhook", "--webhook-secret", SECRET,
             "--block-ms", str(block_ms), "--finality-blocks", "2", "--settle-ms", "50",
             "--webhook-delay-ms", str(webhook_delay_ms), *sandbox],
            stdout=subprocess.PIPE, stderr=self.log,
            env={**os.environ, **(sandbox_environment or {})})
        atexit.register(self.stop)
        self.ports = json.loads(self.sandbox.stdout.readline())
        self.start()

    def settings(self):
        return {
            "PATH": os.environ["PATH"],
            "TOPUP_LISTEN": f"127.0.0.1:{self.rpc_port}",
            "TOPUP_WEBHOOK_LISTEN": f"127.0.0.1:{self.webhook_port}",
            "TOPUP_DATABASE": str(self.folder / "store.sqlite"),
            "TOPUP_STRIPE_URL": f"http://127.0.0.1:{self.ports['stripe']}",
            "TOPUP_STRIPE_KEY": "sk_test_sandbox",
            "TOPUP_STRIPE_WEBHOOK_SECRET": SECRET,
            "TOPUP_RAMP_URL": f"http://127.0.0.1:{self.ports['ramp']}",
            "TOPUP_RAMP_KEY": "ramp_key_sandbox",
            "TOPUP_NODE_URL": f"http://127.0.0.1:{self.ports['node']}",
            **self.environment,
        }

    def start(self):
        self.daemon = subprocess.Popen(
            [str(BUILT / "topupd")], env=self.settings(), stdout=subprocess.PIPE, stderr=self.log)
        line = self.daemon.stdout.readline()
        if b"serves on" not in line:
            raise SystemExit(f"the daemon did not start: {self.tail()}")
        self.connect()

    def connect(self):
        if self.channel:
            self.channel.close()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.rpc_port}")
        self.top_ups = topup_pb2_grpc.TopUpStub(self.channel)
        self.balances = balance_pb2_grpc.BalanceStub(self.channel)
        self.methods = payment_methods_pb2_grpc.PaymentMethodsStub(self.channel)
        self.admin = admin_pb2_grpc.AdminStub(self.channel)

    def kill(self):
        self.daemon.kill()
        self.daemon.wait()

    def stop(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGTERM)
            try:
                self.daemon.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
        if self.sandbox.poll() is None:
            self.sandbox.terminate()
            self.sandbox.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def tail(self):
        self.log.flush()
        return (self.folder / "topupd.log").read_text(errors="replace")[-4000:]

    # The sandbox's control endpoint.

    def control(self, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.ports['control']}/control/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def stats(self):
        return self.control("stats")

    # What most scenarios begin with.

    def set_balance(self, planck, owner_bytes=ALICE):
        """Sets a chain balance and waits until it is final."""
        self.control("chain", {"cluster": "0x" + CLUSTER.hex(), "owner": "0x" + owner_bytes.hex(),
                               "set_active": str(planck)})
        self.until(lambda: self.balance(owner_bytes).active == str(planck), "the balance on chain")

    def balance(self, owner_bytes=ALICE):
        return self.balances.GetBalance(balance_pb2.GetBalanceRequest(
            account=account(owner_bytes), refresh=True), timeout=10).balance

    def reads(self):
        return self.stats()["requests"].get("node state_getStorage", 0)

    def fund(self, owner_bytes=ALICE, card="pm_card_visa", user=None, cents=2500,
             threshold="1000000000000", **policy):
        """A stored card with consent, a rule for the account, and then a balance below it.

        The rule is set while the balance is high, for a new rule is a reason to look at once.
        """
        self.set_balance(2 * int(threshold), owner_bytes)
        user = user or f"user-{owner_bytes[-4:].hex()}"
        payer = common_pb2.Payer(tenant="console", user=user)
        added = self.methods.AddPaymentMethod(payment_methods_pb2.AddPaymentMethodRequest(
            payer=payer, payment_method_id=card, idempotency_key=f"pm-{user}", make_default=True,
            consent=payment_methods_pb2.Consent(text_version="2026-11")), timeout=10)
        reads = self.reads()
        self.top_ups.SetPolicy(topup_pb2.SetPolicyRequest(
            policy=topup_pb2.Policy(
                account=account(owner_bytes), payer=payer, enabled=True, threshold=threshold,
                fixed=common_pb2.Money(minor_units=cents, currency="USD"), **policy),
            idempotency_key=f"policy-{user}"), timeout=10)
        # The look that the rule causes sees the high balance.
        self.until(lambda: self.reads() > reads, "the first look")
        return payer, added.payment_method

    def burn(self, owner_bytes=ALICE):
        """Uses the balance up."""
        self.set_balance(0, owner_bytes)

    def report(self, owner_bytes=ALICE, source="node-1", epoch=1, seq=1, count=1,
               severity=balance_pb2.SEVERITY_LOW, **claims):
        """Streams events of one source and returns its acks' results."""
        results = []
        for message in self.balances.StreamLowBalance(
                iter(self.events(owner_bytes, source, epoch, seq, count, severity, **claims)),
                timeout=30):
            results += message.ack.results
        return results

    @staticmethod
    def events(owner_bytes, source, epoch, seq, count, severity=balance_pb2.SEVERITY_LOW, **claims):
        yield balance_pb2.StreamLowBalanceRequest(hello=balance_pb2.Hello(
            source_id=source, source_epoch=epoch, version=1))
        for number in range(seq, seq + count):
            yield balance_pb2.StreamLowBalanceRequest(event=balance_pb2.LowBalanceEvent(
                seq=number, cluster_id=CLUSTER, owner=owner_bytes, balance_active="0",
                severity=severity, **claims))

    def post_webhook(self, name):
        """POSTs a signed event of nothing that is known here, which is kept like any other."""
        moment = int(time.time())
        body = json.dumps({
            "id": name, "object": "event", "type": "payment_intent.succeeded", "livemode": False,
            "created": moment, "api_version": "2026-10-28.endive",
            "data": {"object": {"id": f"pi_{name}", "object": "payment_intent"}}}).encode()
        signed = hmac.new(SECRET.encode(), b"%d." % moment + body, hashlib.sha256).hexdigest()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.webhook_port}/stripe/webhook", data=body,
            headers={"Content-Type": "application/json",
                     "Stripe-Signature": f"t={moment},v1={signed}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            if answer.status != 200:
                raise SystemExit(f"a webhook was answered {answer.status}")

    def verify(self, path=None, word="verify"):
        """Looks at a store that no daemon has open: the code, and what was said."""
        run = subprocess.run(
            [str(BUILT / "topupd"), word], capture_output=True, text=True, timeout=120,
            env={"TOPUP_DATABASE": str(path or self.folder / "store.sqlite")})
        return run.returncode, (run.stdout + run.stderr).strip()

    def verify_sound(self):
        """Stops the daemon in order, and holds that its store is sound and its decisions come out
        as they were when they are made again (invariant 1)."""
        self.daemon.terminate()
        check("drained", self.daemon.wait(30) == 0, self.daemon.returncode)
        code, said = self.verify()
        check("the store is sound", code == 0, said)
        code, said = self.verify(word="replay")
        check("the same decisions again", code == 0 and "come out as they were" in said, said)

    def of(self, owner_bytes=ALICE):
        return self.top_ups.ListTopUps(
            topup_pb2.ListTopUpsRequest(account=account(owner_bytes)), timeout=10).top_ups

    @staticmethod
    def holds_within(seconds, condition):
        """Polls until a condition holds; what it gave, which says no when time is up."""
        deadline = time.monotonic() + seconds
        while True:
            value = condition()
            if value or time.monotonic() > deadline:
                return value
            time.sleep(0.05)

    def until(self, condition, what, seconds=60):
        """Polls until a condition holds; ends the program when it does not."""
        value = self.holds_within(seconds, condition)
        if not value:
            said = "\n".join([*FAILURES, f"not in {seconds} s: {what}"])
            raise SystemExit(f"{said}\n{self.tail()}")
        return value

    def end_by_clock(self, clock, ended):
        """Waits until something has ended, and lets minutes pass when it has not.

        What was cut off is asked about again after some time, and an order that never arrived is
        sent again only after two looks a minute apart (invariant 29).
        """
        for ahead in range(0, 1_000, 61):
            clock.set(ahead)
            # The sandbox sees it with the next call, the daemon with the next event.
            self.stats()
            self.report(owner(999_999), source=f"clock-{ahead}")
            if self.holds_within(4, ended):
                return
        self.until(ended, "every end", 1)

    def until_final(self, owner_bytes=ALICE, seconds=60):
        def final():
            found = self.of(owner_bytes)
            return found if found and all(t.state in FINAL for t in found) else None
        return self.until(final, f"final: {[t.state for t in self.of(owner_bytes)]}", seconds)


FAILURES = []


def check(what, condition, seen=""):
    if not condition:
        FAILURES.append(f"{what}: {seen!r}"[:2000])


def finish(world):
    for failure in FAILURES:
        print(failure)
    if FAILURES:
        print(world.tail())
    sys.exit(1 if FAILURES else 0)


def status_of(call):
    """The status, message and details of a call."""
    try:
        call()
        return grpc.StatusCode.OK, "", b""
    except grpc.RpcError as error:
        details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
        return error.code(), error.details(), details
