"""Public: the endpoint is open, and the user's own network makes it look blocked. Or the check sees only a
part of it, or it is closed for a moment."""

import subprocess
import threading

import hosts
import invariants
from case import Case, limits, need
from world import PUBLIC_NETS

LOCAL = "UNKNOWN public.local-failure"


def never(what, public, verdict, **options):
    return Case(what, "ok", public, dns="OK", port="OK", public_is=verdict, client="routed", split=True,
                **options)


CASES = [
    never("the first router answers with a RST", "near-rst", LOCAL, rivals={"host": "shown"}),
    never("an ICMP prohibition from a private address, and tcp:rejected is listed", "near-reject",
          "UNKNOWN public.near", more="--blocked-by tcp:rejected", rivals={"near": "shown"}),
    *limits("the first router drops in silence", "near", "public.local-failure", "front,sample",
            public="near-drop", client="routed"),
    # It forwards first, so a SYN with a TTL of 1 ends there.
    *limits("the first router forwards, and then answers with a RST", "near", "public.local-failure",
            "front,sample", public="near-rst-forward", client="routed"),
    *limits("one of the network's paths is dead, the one that this address takes", "near",
            "public.local-failure", "front,sample", public="near-path", client="routed"),
    *limits("a firewall two hops away resets each ClientHello", "near", "public.near", "front,sample,host",
            public="near-sni", client="routed", more="--blocked-by tls:reset"),
    *limits("a proxy two hops away accepts each connection, and resets it", "near", "public.near",
            "front,sample,host", public="near-proxy", client="routed", more="--blocked-by tls:reset"),
    *limits("only the public listener of the service is down", "front", "public.front", "sample",
            public="rst", client="routed"),
    *limits("every egress address of the user but this one is let in", "sample", "public.ambiguous",
            "front", public="one-egress", client="routed"),
    *limits("eight addresses of forty, of which another one is open", "sample", "public.ambiguous", "front",
            public="open", client="routed", more="--witness {witness} --public-resolver {outer_pool}"),
]


def _public(lab, arguments, client="routed"):
    """One run; its result for the public check."""
    run = lab.run(client, arguments + ["--output", "json"])
    result = invariants.json_form(run)
    return result, next(item for item in result["endpoints"][0]["checks"] if item["check"] == "public")


def _while(namespace, rules, seconds, action):
    """Runs `action` while the namespace has rules that end after `seconds`."""
    namespace.nft(f"table inet moment {{\n  chain moment {{\n{rules}\n  }}\n}}\n")
    timer = threading.Timer(seconds, lambda: namespace.run(["nft", "delete", "table", "inet", "moment"]))
    timer.start()
    try:
        return action()
    finally:
        timer.join()


def _egress_lost(lab, public):
    rules = f"type filter hook forward priority 0\nip daddr {PUBLIC_NETS} drop"
    result, _ = _while(lab.world.routers[0], rules, 4, lambda: _public(
        lab, Case("", "ok", public, split=True, more="--public-resolver {public_resolver}").arguments(lab.words),
        "muted"))
    invariants.no_false_ok(result, None)


def egress_lost(lab):
    """The egress path discards all packets for four seconds: that proves no block."""
    if lab.world.routers:
        for public in ("open", "drop"):
            _egress_lost(lab, public)


RESTART = ("type filter hook input priority -10\n"
           f"ip daddr {hosts.public('near-drop')} meta l4proto tcp reject with tcp reset")


def restart_after_open(lab):
    """It was open, and a load balancer restarts in the next run: the alarm stays."""
    case = Case("", "ok", "near-drop", split=True, more="--state-dir {folder}/restart")
    arguments = case.arguments(lab.words)
    _, public = _public(lab, arguments, "v4")
    need(public["reason"] == "public.open", f"must be open first: {public['summary']}")
    _, public = _while(lab.world.here, RESTART, 9, lambda: _public(lab, arguments, "v4"))
    need((public["severity"], public["reason"]) == (2, "public.open"),
         f"the alarm ended: {public['summary']}")


HOLD = """import socket, sys, time
held = []
for _ in range(4):
    held.append(socket.create_connection((sys.argv[1], 443), 5))
print("held", flush=True)
time.sleep(60)
"""


def nat_ports(lab):
    """NAT ports for this destination are exhausted: standard names near, strict is not OK."""
    if not lab.world.routers:
        return
    client = lab.world.clients["routed"]
    holder = client.start(["python3", "-c", HOLD, hosts.public("near-nat")], stdout=subprocess.PIPE)
    try:
        need(holder.stdout.readline() == b"held\n", "the NAT's ports could not be used up")
        for case in limits("", "near", "public.local-failure", "front,sample", public="near-nat",
                           client="routed"):
            lab.check(case)
    finally:
        holder.kill()
        holder.wait()


SPECIALS = [egress_lost, restart_after_open, nat_ports]
