#!/usr/bin/python3
"""Many endpoints lose their resolver, with a notification plugin that takes a second for each notification.
The outage must be a few notifications, and a public endpoint that opens meanwhile must be sent at once.
Then the notification plugin hangs. That must delay neither the next open endpoint nor the daemon's exit.

    tests/plugin/outputs/outage.py PRIVATELINK_SO SINK_SO
"""

import os
import pathlib
import re
import subprocess
import sys
from collections import namedtuple

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from lab import hosts, servers
from lab.demo import BLOCKED
from plugin.daemon import PLUGINS, Daemon, endpoints, main, must, resolvers

COUNT = 500
FEW = 10  # notifications of an outage, and of its end
ANNOUNCED_WITHIN = 2  # seconds from the end of a round to the notification of an open endpoint
HANG = 30  # seconds
EXIT_WITHIN = 1  # seconds, more with a sanitizer
RESOLVER = "10.0.0.200"
Sent = namedtuple("Sent", "arrived time severity endpoint text")
LOST = f"""
  chain lost {{
    type filter hook prerouting priority -200;
    ip daddr {RESOLVER} udp dport 53 drop
    ip daddr {RESOLVER} tcp dport 53 drop
  }}
"""
HEAD = """
PluginDir "{folder}"
LoadPlugin sink
"""
BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicCaFile "{ca_file}"
  PublicResolver {resolvers}
  Witness "witness.lab.test"
  Timeout 5
  <Endpoint "watched">
    PrivateName "api.private.lab.test"
    PublicName "api.public.lab.test"
    Accept "tenant,request"
    Interval 2
    Recovery 1
  </Endpoint>
  Interval 10
{endpoints}
</Plugin>
"""
MEMBER = f"""    PrivateName "n{{n}}.private.lab.test"
    Resolver "{RESOLVER}"
    Probe "tcp"
    Check "dns" "port"
"""


class Story:
    def __init__(self, world, plugin, sink):
        self.world = world
        self.serve(BLOCKED)
        world.here.ip(f"addr add {RESOLVER}/32 dev lo\n")
        zone = {f"n{n}.private.lab.test": [hosts.private("ok")] for n in range(COUNT)}
        world._start(servers.unbound(world.folder, "members", [RESOLVER], zone))
        modules = os.path.join(world.folder, "modules")
        os.makedirs(modules)
        subprocess.run(["cp", sink, f"{modules}/sink.so"], check=True)
        self.daemon = Daemon(world, plugin, BLOCKS.format(
            ca_file=world.pki.ca_file, resolvers=resolvers(), endpoints=endpoints(COUNT, MEMBER, "n")),
            head=HEAD.format(folder=modules) + f'PluginDir "{PLUGINS}"\n',
            env={"PL_SINK": os.path.join(world.folder, "daemon")})
        self.delay(1)

    def serve(self, rules):
        self.world.here.change(rules)

    def delay(self, seconds):
        self.world.file("daemon/delay", f"{seconds}\n")

    def sent(self, pattern, after=0):
        """Notifications that the sink got, from number `after` on."""
        lines = [line.split(" ", 4) for line in self.daemon.read("sink.log").split("\n")[:-1]]
        return [item for item in (Sent(float(line[0]), float(line[1]), int(line[2]), *line[3:])
                                  for line in lines[after:]) if re.search(pattern, item.text)]

    def logged(self, pattern):
        return [line for line in self.daemon.log() if "Notification: " not in line
                and re.search(r"privatelink plugin: " + pattern, line)]

    def told(self, pattern, after=0):
        """How many endpoints the notifications name."""
        return sum(int((re.search(r"(\d+) more endpoints", item.text) or [0, 1])[1])
                   for item in self.sent(pattern, after))

    def all_is_well(self):
        self.daemon.wait("every endpoint is OK", lambda: all(
            self.daemon.last("gauge-status", name) == 0
            for name in ["watched"] + [f"n-{n}" for n in range(COUNT)]))
        must("nothing was announced", not self.sent(""))

    def resolver_is_lost(self):
        d = self.daemon
        self.serve(BLOCKED + LOST)
        d.wait("the outage begins", lambda: self.sent("^CRITICAL: n-.*dns"))
        self.serve(LOST)
        d.wait("the public endpoint opens", lambda: self.sent(r"^CRITICAL: watched: public.*public\.open\]$"))
        alert = self.sent(r"public\.open")[0]
        must(f"it was sent {alert.arrived - alert.time:.2f} s after its round",
             alert.arrived - alert.time < ANNOUNCED_WITHIN)
        d.wait(f"{COUNT} endpoints are announced", lambda: self.told("dns: ") >= COUNT)
        outage = [item for item in self.sent("") if item.endpoint != "watched"]
        print("\n".join(f"    {item.text}" for item in outage))
        must(f"in {len(outage)} notifications, all about dns",
             len(outage) < FEW and all("dns: " in item.text for item in outage))
        # A resolver that goes between two answers is announced first, as a WARNING.
        first = next(item for item in outage if item.text.startswith("CRITICAL"))
        must("the first one names what follows", "; from this follows: port.no-address" in first.text)
        must("a summary names the resolver", any(f"dns: resolver {RESOLVER}: n-" in item.text for item in outage))
        named = {line.split(": ")[2] for line in self.logged(r"CRITICAL: n-\d+: dns: ")}
        must("the log has a line of each, and none of what follows",
             len(named) == COUNT and not self.logged(r"\w+: n-\d+: port: "))
        must("and one of the open endpoint", len(self.logged(r"CRITICAL: watched: public: .*public\.open")) == 1)

    def resolver_is_back(self):
        d, before = self.daemon, len(self.sent(""))
        self.serve("")
        d.wait("the recovery is announced", lambda: self.told("^OK: .*dns: ", before) >= COUNT)
        recovery = [item for item in self.sent("", before) if item.endpoint != "watched"]
        must(f"in {len(recovery)} notifications", len(recovery) < FEW)

    def sink_hangs(self):
        d = self.daemon
        self.serve(BLOCKED)
        d.wait("the public endpoint is blocked again", lambda: self.sent("^OK: watched: public"))
        self.delay(HANG)
        self.serve(BLOCKED + LOST)
        d.wait("the notification plugin hangs", lambda: len(self.sent("^CRITICAL: n-.*dns")) > 1)
        self.serve(LOST)
        d.wait("the public endpoint opens again", lambda: len(self.sent(r"public\.open\]$")) > 1)
        alert = self.sent(r"public\.open\]$")[-1]
        must(f"it was sent {alert.arrived - alert.time:.2f} s after its round",
             alert.arrived - alert.time < ANNOUNCED_WITHIN)

    def ends(self):
        d = self.daemon
        seconds, code = d.stop()
        slow = 10 if "LD_PRELOAD" in d.environment(d.plugin) else 1
        must(f"exit after {seconds:.2f} s, code {code}", seconds < EXIT_WITHIN * slow and code == 0)
        must("the log says what was not sent",
             len(self.logged(r"\d+ notifications were not sent, because ")) == 1)
        must("no value is left over", not any("value list" in line for line in d.log()))
        must("no sanitizer report", "Sanitizer" not in d.read("stderr"))


if __name__ == "__main__":
    sys.exit(main(__doc__, Story, Story.all_is_well, Story.resolver_is_lost, Story.resolver_is_back,
                  Story.sink_hangs, Story.ends, paths=2))
