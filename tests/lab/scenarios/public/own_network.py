"""Public: the endpoint is open, and the user's own network makes it look blocked. Or the check sees only a
part of it, or it is closed for a moment."""

import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

from lab import hosts, invariants
from lab.case import NO_ROUTERS, Case, Skipped, limits, need
from lab.world import PUBLIC_NETS

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
    # Siblings pass, so it is not the public listener that is down.
    *limits("a filter two hops away resets each ClientHello for this name alone", "near", "public.near",
            "sample,host", public="near-name", client="routed", more="--blocked-by tls:reset"),
    never("a filter two hops away drops each ClientHello for this name alone", "near-name-drop",
          "UNKNOWN public.unlisted", more="--blocked-by tls:reset"),
    *limits("a proxy two hops away accepts each connection, and resets it", "near", "public.near",
            "front,sample,host", public="near-proxy", client="routed", more="--blocked-by tls:reset"),
    *limits("only the public listener of the service is down", "front", "public.front", "sample",
            public="rst", client="routed"),
    *limits("every egress address of the user but this one is let in", "sample", "public.ambiguous",
            "front", public="one-egress", client="routed"),
    *limits("eight addresses of forty, of which another one is open", "sample", "public.ambiguous", "front",
            public="open", client="routed", more="--witness {witness} --public-resolver {outer_pool}"),
]


def need_routers(lab):
    if not lab.world.routers:
        raise Skipped(NO_ROUTERS)


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
    need_routers(lab)
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
    need_routers(lab)
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


RUNS = 8


def _by_chance(lab, public, client, rival, accept):
    """Each attempt may get through or not. Standard names the rival, or sees that it is open or answers; strict
    is not OK, and not for want of what a short run cannot see."""
    need_routers(lab)

    def run(proof):
        more = "" if proof == "standard" else f"--proof strict --accept {accept}"
        case = Case("", "ok", public, split=True, more=more)
        _, said = _public(lab, case.arguments(lab.words), client)
        states = {rival["key"]: rival["state"] for rival in said["rivals"]}
        right = said["reason"] == "public.open" or said["severity"] == 3 or (
            proof == "standard" and states[rival] == "not-ruled-out")
        need(right, f"FALSE OK or not named, {proof}: {said['summary']}")

    with ThreadPoolExecutor(RUNS) as pool:
        list(pool.map(run, ["standard", "strict"] * RUNS))


def equal_cost_paths(lab):
    """Three of four equal-cost paths are dead, and the ports of each attempt choose one"""
    _by_chance(lab, "near-paths", "routed", "near", "front,sample")


def eight_egress_addresses(lab):
    """The provider lets one of eight egress addresses in, and each attempt has any of them"""
    _by_chance(lab, "eight-egress", "eight", "sample", "front")


SPECIALS = [egress_lost, restart_after_open, nat_ports, equal_cost_paths, eight_egress_addresses]
