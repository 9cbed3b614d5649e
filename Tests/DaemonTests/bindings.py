"""Callers bound to tenants, clusters, accounts and sources: each sees and moves its own, and of what
is another's it is not even told whether it is there.

Callers prove who they are by tokens. Two consoles share a cluster; a node reports for one.
"""
import base64
import json
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import grpc
from google.rpc import error_details_pb2
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc
from grpc_status import rpc_status

from harness import (ALICE, CLUSTER, World, account, admin_pb2, balance_pb2, check, common_pb2,
                     finish, owner, payment_methods_pb2 as pm, topup_pb2)

folder = tempfile.TemporaryDirectory(prefix="topup-bindings-")
root = Path(folder.name)
BOB = owner(7)
OTHER_CLUSTER = bytes([0x11] * 20)


def run(*arguments):
    return subprocess.run(arguments, check=True, capture_output=True).stdout


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def new_key():
    run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out",
        str(root / "key"))
    modulus = run("openssl", "rsa", "-in", str(root / "key"), "-noout", "-modulus").decode()
    return {"kty": "RSA", "kid": "one", "alg": "RS256", "use": "sig", "e": "AQAB",
            "n": encoded(bytes.fromhex(modulus.strip().split("=")[1]))}


def caller(name):
    """The metadata of a caller's calls."""
    now = int(time.time())
    parts = ({"alg": "RS256", "kid": "one"},
             {"iss": "https://issuer.example", "aud": ["topupd"], "exp": now + 600,
              "sub": f"system:serviceaccount:t:{name}"})
    text = ".".join(encoded(json.dumps(part).encode()) for part in parts)
    (root / "text").write_text(text)
    mark = run("openssl", "dgst", "-sha256", "-sign", str(root / "key"), str(root / "text"))
    return (("authorization", f"Bearer {text}.{encoded(mark)}"),)


def ends(method, request, who, stream=False):
    """The code of a call, its message, and the ErrorInfo beside it."""
    try:
        answer = method(request, timeout=10, metadata=who)
        if stream:
            answer = list(answer)
        return grpc.StatusCode.OK, "", answer
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)
        for detail in status.details if status else ():
            info = error_details_pb2.ErrorInfo()
            if detail.Unpack(info):
                return error.code(), error.details(), {"reason": info.reason, **info.metadata}
        return error.code(), error.details(), {}


OK, DENIED = grpc.StatusCode.OK, grpc.StatusCode.PERMISSION_DENIED
NOT_FOUND = grpc.StatusCode.NOT_FOUND
keys, policy, bindings = root / "keys.json", root / "policy.json", root / "bindings.json"
keys.write_text(json.dumps({"keys": [new_key()]}))
policy.write_text(json.dumps({"name": "p", "allow_rules": [
    {"name": "all", "source": {"principals": ["system:serviceaccount:t:*"]}}]}))


def bind(*extra):
    def of(who):
        return [f"system:serviceaccount:t:{who}"]

    def owned(owner_bytes):
        return [{"cluster_id": "0x" + CLUSTER.hex(), "owner": "0x" + owner_bytes.hex()}]

    bindings.write_text(json.dumps({"name": "b", "bindings": [
        {"name": "console", "principals": of("console"), "tenants": ["console"],
         "accounts": owned(ALICE)},
        {"name": "rival", "principals": of("rival"), "tenants": ["rival"],
         "clusters": ["0x" + CLUSTER.hex()]},
        {"name": "nodes", "principals": ["system:serviceaccount:t:node-*"],
         "clusters": ["0x" + CLUSTER.hex()], "sources": ["{rest}"]},
        {"name": "operator", "principals": of("operator"), "tenants": ["*"], "clusters": ["*"],
         "sources": ["*"], "service": True}, *extra]}))


class BoundWorld(World):
    """Its own set-up speaks as the operator."""

    def connect(self):
        super().connect()
        metadata = caller("operator")

        class Speaking(grpc.UnaryUnaryClientInterceptor, grpc.StreamStreamClientInterceptor):
            def introduce(self, details):
                return details if details.metadata else details._replace(metadata=metadata)

            def intercept_unary_unary(self, proceed, details, request):
                return proceed(self.introduce(details), request)

            def intercept_stream_stream(self, proceed, details, requests):
                return proceed(self.introduce(details), requests)

        self.channel = grpc.intercept_channel(self.channel, Speaking())
        from harness import admin_pb2_grpc, balance_pb2_grpc, payment_methods_pb2_grpc
        from harness import topup_pb2_grpc
        self.top_ups = topup_pb2_grpc.TopUpStub(self.channel)
        self.balances = balance_pb2_grpc.BalanceStub(self.channel)
        self.methods = payment_methods_pb2_grpc.PaymentMethodsStub(self.channel)
        self.admin = admin_pb2_grpc.AdminStub(self.channel)


bind()
world = BoundWorld(daemon={
    "TOPUP_POLICY_FILE": str(policy), "TOPUP_BINDINGS_FILE": str(bindings),
    "TOPUP_JWKS_FILE": str(keys), "TOPUP_TOKEN_ISSUER": "https://issuer.example",
    "TOPUP_TOKEN_AUDIENCE": "topupd"})
console, rival, operator = caller("console"), caller("rival"), caller("operator")
payer, card = world.fund()
setup = world.methods.AddPaymentMethod(
    pm.AddPaymentMethodRequest(payer=payer, idempotency_key="s"), timeout=10).setup_id
made = topup_pb2.CreateTopUpRequest(
    account=account(), payer=payer, amount=common_pb2.Money(minor_units=1000, currency="USD"),
    idempotency_key="one", on_session=True)
code, message, created = ends(world.top_ups.CreateTopUp, made, console)
check("the console funds its account", code == OK, message)
top_up = created.top_up.id
rivals = common_pb2.Payer(tenant="rival", user="u")

# Another's top-up, set-up and rule are as those that are not there.
unknown = "tu_" + "0" * 26
for what, method, request, nobodys in [
    ("get", world.top_ups.GetTopUp, topup_pb2.GetTopUpRequest(id=top_up),
     topup_pb2.GetTopUpRequest(id=unknown)),
    ("cancel", world.top_ups.CancelTopUp, topup_pb2.CancelTopUpRequest(id=top_up),
     topup_pb2.CancelTopUpRequest(id=unknown)),
    ("set-up", world.methods.GetSetup, pm.GetSetupRequest(setup_id=setup),
     pm.GetSetupRequest(setup_id="seti_none")),
    ("rule", world.top_ups.GetPolicy, topup_pb2.GetPolicyRequest(account=account()),
     topup_pb2.GetPolicyRequest(account=account(BOB))),
]:
    foreign, absent = ends(method, request, rival), ends(method, nobodys, rival)
    named = [str(foreign[1]), str(absent[1])]
    for index, text in enumerate((top_up, unknown, setup, "seti_none", ALICE.hex(), BOB.hex())):
        named = [name.replace(text, "ID") for name in named]
    check(f"{what} of another", foreign[0] == NOT_FOUND, foreign)
    check(f"{what}: the same answer", (foreign[0], named[0], foreign[2])
          == (absent[0], named[1], absent[2]), (foreign, absent))
watched = ends(world.top_ups.WatchTopUps, topup_pb2.WatchTopUpsRequest(id=top_up), rival, True)
check("watch of another", watched[0] == NOT_FOUND, watched)
check("its own", ends(world.top_ups.GetTopUp, topup_pb2.GetTopUpRequest(id=top_up),
                      console)[0] == OK, "")

# Lists have what the tenant pays for; a shared account shows no other tenant's top-ups.
for request in (topup_pb2.ListTopUpsRequest(), topup_pb2.ListTopUpsRequest(account=account())):
    seen = ends(world.top_ups.ListTopUps, request, rival)
    check("list of another", seen[0] == OK and not seen[2].top_ups, seen)
seen = ends(world.top_ups.ListTopUps, topup_pb2.ListTopUpsRequest(), console)
check("list of its own", [t.id for t in seen[2].top_ups] == [top_up], seen)
seen = ends(world.balances.GetBalance, balance_pb2.GetBalanceRequest(account=account()), rival)
check("a balance without another's top-ups", seen[0] == OK and not seen[2].balance.in_flight, seen)

# Nobody acts for another, and who is connected is the operator's to see.
channelz = channelz_pb2_grpc.ChannelzStub(world.channel)
seen = ends(channelz.GetServers, channelz_pb2.GetServersRequest(), caller("operator"))
check("channelz", seen[0] == OK and seen[2].server[0].data.calls_started > 0, seen)
denied = [
    ("payer", world.top_ups.CreateTopUp, topup_pb2.CreateTopUpRequest(
        account=account(), payer=payer, amount=made.amount, idempotency_key="x"), rival,
     "payer.tenant", "tenant rival"),
    ("owner", world.top_ups.CreateTopUp, topup_pb2.CreateTopUpRequest(
        account=account(BOB), payer=payer, amount=made.amount, idempotency_key="x"), console,
     "account.ddc.owner", "account ddc:"),
    ("cluster", world.balances.GetBalance, balance_pb2.GetBalanceRequest(
        account=account(ALICE, OTHER_CLUSTER)), rival, "account.ddc.cluster_id",
     f"cluster 0x{CLUSTER.hex()}"),
    ("cards", world.methods.ListPaymentMethods, pm.ListPaymentMethodsRequest(payer=payer), rival,
     "payer.tenant", "tenant rival"),
    ("rule", world.top_ups.SetPolicy, topup_pb2.SetPolicyRequest(policy=topup_pb2.Policy(
        account=account(), payer=rivals, enabled=True, threshold="1", fixed=made.amount),
        idempotency_key="x"), rival, "policy.account", "accounts without"),
    ("admin", world.admin.GetStatus, admin_pb2.GetStatusRequest(), console, "service", "no call"),
    ("channelz", channelz.GetServers, channelz_pb2.GetServersRequest(), console, "service",
     "no call"),
    ("node", world.top_ups.ListTopUps, topup_pb2.ListTopUpsRequest(), caller("node-1"), "tenant",
     "no tenant"),
    ("stranger", world.balances.GetBalance, balance_pb2.GetBalanceRequest(account=account()),
     caller("stranger"), "account.ddc.cluster_id", "no cluster"),
]
for what, method, request, who, field, bound in denied:
    code, message, info = ends(method, request, who)
    check(f"denied {what}", code == DENIED and info.get("reason") == "NOT_BOUND"
          and info.get("field") == field and info.get("bound_to", "").startswith(bound)
          and field in message, (code, message, info))

# A node reports as itself, for its clusters.
def stream(source, cluster, who):
    def messages():
        yield balance_pb2.StreamLowBalanceRequest(hello=balance_pb2.Hello(
            source_id=source, source_epoch=1, version=1))
        for seq, name in enumerate((cluster, CLUSTER), 1):
            yield balance_pb2.StreamLowBalanceRequest(event=balance_pb2.LowBalanceEvent(
                seq=seq, cluster_id=name, owner=ALICE, balance_active="0",
                severity=balance_pb2.SEVERITY_LOW))
    return ends(world.balances.StreamLowBalance, messages(), who, True)


code, message, answers = stream("1", OTHER_CLUSTER, caller("node-1"))
results = [r for answer in answers or () for r in answer.ack.results] if code == OK else []
check("its own cluster's event", [r.seq for r in results] == [1, 2]
      and results[1].outcome != balance_pb2.INTAKE_OUTCOME_REJECTED, (code, message, results))
check("another cluster's event", results and results[0].outcome
      == balance_pb2.INTAKE_OUTCOME_REJECTED
      and results[0].reason.startswith("NOT_BOUND: event.cluster_id"), results)
code, message, info = stream("2", CLUSTER, caller("node-1"))
check("another's name", code == DENIED and info.get("field") == "hello.source_id"
      and info.get("bound_to") == "source 1", (code, message, info))
event = balance_pb2.LowBalanceEvent(
    event_id=b"e" * 16, cluster_id=OTHER_CLUSTER, owner=ALICE, severity=balance_pb2.SEVERITY_LOW)
for source, field in (("1", "event.cluster_id"), ("2", "source_id")):
    code, message, info = ends(world.balances.ReportLowBalance, balance_pb2.ReportLowBalanceRequest(
        source_id=source, event=event), caller("node-1"))
    check(f"a report, {field}", code == DENIED and info.get("field") == field, (code, info))


# Other bindings count at once; wrong ones change nothing.
def reloaded(word, count):
    world.daemon.send_signal(signal.SIGHUP)
    world.until(lambda: (world.folder / "topupd.log").read_text().count(word) >= count, word)


bindings.write_text('{"name": "b", "bindings": [{"name": "x"}]}')
reloaded("those from before stay", 1)
ask = (world.balances.GetBalance, balance_pb2.GetBalanceRequest(account=account()))
check("still bound", ends(*ask, console)[0] == OK, "")
check("the place is told", "bindings[0].principals: is required" in world.tail(), world.tail())
bind({"name": "new", "principals": ["system:serviceaccount:t:stranger"],
      "clusters": ["0x" + CLUSTER.hex()]})
reloaded("were read again", 1)
check("newly bound", ends(*ask, caller("stranger"))[0] == OK, "")

# A policy without bindings would let each console act for every tenant: it is no start.
for missing in ("TOPUP_BINDINGS_FILE", "TOPUP_POLICY_FILE"):
    settings = {**world.settings(), "TOPUP_LISTEN": "127.0.0.1:0",
                "TOPUP_WEBHOOK_LISTEN": "127.0.0.1:0",
                "TOPUP_DATABASE": str(root / "other.sqlite")}
    del settings[missing]
    tried = subprocess.run([world.daemon.args[0]], env=settings, capture_output=True, timeout=30)
    said = tried.stdout + tried.stderr
    check(f"no start without {missing}", tried.returncode != 0
          and b"TOPUP_POLICY_FILE and TOPUP_BINDINGS_FILE are needed together" in said, said)

# Beyond loopback nothing is served without a policy, whatever proves the server to its callers.
run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=t", "-days", "1",
    "-keyout", str(root / "tls.key"), "-out", str(root / "tls.pem"))
for tls in ({}, {"TOPUP_TLS_CERT_FILE": str(root / "tls.pem"),
                 "TOPUP_TLS_KEY_FILE": str(root / "tls.key")}):
    settings = {**world.settings(), **tls, "TOPUP_LISTEN": "0.0.0.0:0",
                "TOPUP_WEBHOOK_LISTEN": "127.0.0.1:0",
                "TOPUP_DATABASE": str(root / "other.sqlite")}
    for name in world.environment:
        del settings[name]
    tried = subprocess.run([world.daemon.args[0]], env=settings, capture_output=True, timeout=30)
    said = tried.stdout + tried.stderr
    check(f"no start beyond loopback, TLS {bool(tls)}", tried.returncode != 0
          and b"TOPUP_POLICY_FILE is needed to listen on 0.0.0.0" in said, said)
finish(world)
