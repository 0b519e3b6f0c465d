#!/usr/bin/python3
"""Ten thousand endpoints in one daemon, each with its own private and public address, with an interval
of 60 seconds; PL_SCALE is another number, with 300 seconds if it is larger. Every round must finish, and
descriptors must stay below their limit. Prints CPU and memory (docs/performance.md).

    tests/plugin/safety/scale.py PRIVATELINK_SO [--essential] [--silent]

--essential sends only the essential values: then the whole daemon must stay below 100 MB for ten thousand.
--silent: the public addresses do not answer. They are blocked by that, and no longer by HTTP status 403.
"""

import collections
import ipaddress
import json
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from lab import hosts, servers
from lab.world import World
from plugin.daemon import Daemon, endpoints, must, run_story

COUNT = int(os.environ.get("PL_SCALE", "10000"))
INTERVAL = 60 if COUNT <= 10000 else 300
CONNECTIONS = 512  # MaxConnections
# With --essential: on a busy machine, the memory of hundreds of handshakes at once would be counted.
FEW_CONNECTIONS = 64
MEMORY = 100 if COUNT <= 10000 else COUNT // 80  # MB, with --essential
EXIT_WITHIN = 1  # seconds
OTHERS = 40  # descriptors of the daemon in addition
HOLE_SECONDS = 15
SETTLED_WITHIN = 8  # rounds: SYNs with a limited TTL wait for room where all begin at once
BUSY_ROUNDS = 3  # in which an endpoint may get no answer in time, because other tests run
SETTLED = 1.3  # connections for each public address and round, with those to witnesses and resolvers
PRIVATE_NET, PUBLIC_NET = "10.64.0.0/16", "30.18.0.0/16"
PRIVATE_RESOLVER, PUBLIC_RESOLVER = "10.0.0.200", hosts.FLEET_RESOLVER

# All addresses lead to two servers.
SERVERS = f"""
  chain fleet {{
    type nat hook prerouting priority -110;
    ip daddr {PRIVATE_NET} tcp dport 443 dnat ip to {hosts.private("ok")}
    ip daddr {PUBLIC_NET} tcp dport 443 dnat ip to {hosts.public("s403")}
  }}
"""
SILENCE = f"""
  chain silence {{
    type filter hook prerouting priority -200;
    ip daddr {PUBLIC_NET} drop
  }}
"""
HOLES = f"""
  chain holes {{
    type filter hook prerouting priority -200;
    ip daddr {{ {PRIVATE_NET}, {PUBLIC_NET} }} drop
  }}
"""
# The ports and addresses of connections that begin, to the public side, witnesses and public resolvers.
COUNTERS = f"""table inet begun {{
  set connections {{
    type ipv4_addr . inet_service . ipv4_addr . inet_service; size 262144; flags dynamic;
  }}
  chain begun {{
    type filter hook prerouting priority -250;
    ip daddr {{ {PUBLIC_NET}, {PUBLIC_RESOLVER}, {hosts.WITNESS} }} tcp flags & (syn | ack) == syn \\
      add @connections {{ ip saddr . tcp sport . ip daddr . tcp dport }}
  }}
}}
"""
# Files for two values of an endpoint are enough to count rounds.
CHAIN = """
LoadPlugin match_regex
PostCacheChain "thin"
<Chain "thin">
  <Rule "kept">
    <Match "regex">
      TypeInstance "^(status|scheduling_delay)$"
    </Match>
    <Target "write">
      Plugin "csv"
    </Target>
  </Rule>
  Target "stop"
</Chain>
"""
BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicCaFile "{ca_file}"
  Resolver "{private}"
  PublicResolver "{public}"
  Witness "witness.lab.test"
  Interval {interval}
  Report "{report}"
  MaxConnections {connections}
{endpoints}
</Plugin>
"""
ENDPOINT = """    PrivateName "n{n}.private.lab.test"
    PublicName "n{n}.public.lab.test"
    Accept "tenant,request"
"""


def zone(side, net):
    addresses = ipaddress.ip_network(net)
    return {f"n{n}.{side}.lab.test": [str(addresses[n + 256])] for n in range(COUNT)}


def start_resolvers(world):
    world.here.ip(f"addr add {PRIVATE_RESOLVER}/32 dev lo\naddr add {PUBLIC_RESOLVER}/32 dev lo\n")
    names = zone("public", PUBLIC_NET) | {"witness.lab.test": [hosts.WITNESS]}
    world._start(servers.unbound(world.folder, "fleet-private", [PRIVATE_RESOLVER], zone("private", PRIVATE_NET)))
    world._start(servers.tls_unbound(world.folder, world.pki, "fleet-public", [PUBLIC_RESOLVER], names))


class Scale:
    def __init__(self, world, plugin, essential, silent):
        self.world, self.most, self.essential = world, 0, essential
        self.limit = FEW_CONNECTIONS if essential else CONNECTIONS
        start_resolvers(world)
        world.here.nft(COUNTERS)
        self.serve(SERVERS + (SILENCE if silent else ""))
        time.sleep(3)  # the resolvers read their zones; if they need longer, only the first round fails
        self.daemon = Daemon(world, plugin, BLOCKS.format(
            ca_file=world.pki.ca_file, private=PRIVATE_RESOLVER, public=PUBLIC_RESOLVER,
            interval=INTERVAL, report="essential" if essential else "all", connections=self.limit, endpoints=endpoints(COUNT, ENDPOINT, "n")),
            head=CHAIN)

    def serve(self, rules):
        self.world.here.change(rules)

    def watch(self, seconds):
        """Waits; returns the CPU seconds that the daemon used in that time."""
        before, end = self.daemon.cpu(), time.monotonic() + seconds
        while time.monotonic() < end:
            self.most = max(self.most, self.daemon.descriptors())
            time.sleep(0.1)
        return self.daemon.cpu() - before

    def forget_connections(self):
        self.world.here.run(["nft", "flush set inet begun connections"])

    def connections(self):
        """How many began: {"public", "witness" or "resolver": number}."""
        listed = json.loads(self.world.here.run(["nft", "-j", "list set inet begun connections"]))
        elements = next(item["set"] for item in listed["nftables"] if "set" in item).get("elem", [])
        kinds = {hosts.WITNESS: "witness", PUBLIC_RESOLVER: "resolver"}
        return collections.Counter(kinds.get(element["concat"][2], "public") for element in elements)

    def report(self, what):
        d = self.daemon
        print(f"    {what}: resident {d.status('VmRSS') / 1024:.0f} MB, {d.status('Threads')} threads, "
              f"at most {self.most} descriptors", flush=True)

    def rounds(self):
        return [len(self.daemon.rows("gauge-status", f"n-{n}")) for n in range(COUNT)]

    def starts(self):
        # collectd compares the name of each read with all before it.
        self.daemon.wait("the daemon runs", lambda: any(
            "entering read-loop" in line for line in self.daemon.log()), patience=300)
        self.report(f"started after {time.monotonic() - self.daemon.started:.1f} s")

    def completes(self):
        first = self.watch(INTERVAL + 5)
        self.report(f"first round, {first:.1f} s of CPU")
        second = self.watch(INTERVAL)
        self.report(f"second round, {second:.1f} s of CPU, {second / COUNT * 1000:.2f} ms an endpoint")
        self.daemon.wait("every endpoint has had two rounds", lambda: min(self.rounds()) >= 2)
        for rounds in range(3, SETTLED_WITHIN + 1):
            self.forget_connections()
            self.watch(INTERVAL)
            begun = self.connections()
            each = sum(begun.values()) / COUNT
            self.report(f"round {rounds}, {each:.2f} connections for each public address")
            if each <= SETTLED:
                break
        must(f"a settled round: {each:.2f} connections for each public address ({dict(begun)})", each <= SETTLED)
        for _ in range(BUSY_ROUNDS):
            well = [self.daemon.last("gauge-status", f"n-{n}") for n in range(COUNT)].count(0)
            if well == COUNT:
                break
            print(f"    {COUNT - well} are not OK: this machine is busy", flush=True)
            self.watch(INTERVAL)
        must(f"all of them OK ({well} of {COUNT})", well == COUNT)
        if self.essential:
            must(f"resident memory is at most {MEMORY} MB", self.daemon.status("VmHWM") / 1024 <= MEMORY)
            return
        delays = sorted(value for n in range(COUNT)
                        for _, value in self.daemon.rows("duration-scheduling_delay", f"n-{n}"))
        print(f"    scheduling_delay: median {delays[len(delays) // 2] * 1000:.1f} ms, 99 % below "
              f"{delays[len(delays) * 99 // 100] * 1000:.1f} ms")

    def is_bounded(self):
        """If no address answers, connections reach the limit and do not exceed it."""
        self.serve(HOLES)
        self.watch(HOLE_SECONDS)
        self.report("black holes")
        must(f"descriptors come near to MaxConnections, but not above: {self.most}",
             self.limit / 2 < self.most <= self.limit + OTHERS)

    def ends(self):
        seconds, code = self.daemon.stop()
        must(f"SIGTERM: exit after {seconds:.2f} s, code {code}", seconds < EXIT_WITHIN and code == 0)
        must("no value is left over", not any("value list" in line for line in self.daemon.log()))


def main():
    options = set(sys.argv[2:])
    if len(sys.argv) < 2 or options - {"--essential", "--silent"}:
        sys.exit(__doc__)
    with World() as world:
        story = Scale(world, os.path.abspath(sys.argv[1]), "--essential" in options, "--silent" in options)
        return run_story((story.starts, story.completes, story.is_bounded, story.ends),
                    lambda: [story.daemon])


if __name__ == "__main__":
    sys.exit(main())
