#!/usr/bin/python3
"""Runs as many rounds as in a day within minutes, with one fault after another. After the warm-up,
resident memory must stay flat, and the numbers of threads and descriptors must stay the same.

    tests/plugin/safety/day.py PRIVATELINK_SO
"""

import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from lab import hosts
from lab.demo import NO_EGRESS
from lab.world import World
from plugin.daemon import Daemon, endpoints, must, resolvers, run_story

ROUNDS = 1440  # one a minute for a day, of each endpoint
COUNT = 4
PATIENCE = 1200  # seconds, on a busy machine
PHASE = 2  # seconds for each state of the world
GROWTH = 512  # KiB between the second and the last third, for pages of the allocator

BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicCaFile "{ca_file}"
  PublicResolver {resolvers}
  Witness "witness.lab.test"
  Interval 0.1
  Timeout 3
  ConnectTimeout 1
{endpoints}
</Plugin>
"""
ENDPOINT = """    PrivateName "ok.private.lab.test"
    PublicName "open.public.lab.test"
    Accept "tenant,request"
"""


def redirects(*pairs):
    """Rules that redirect the first address of each pair to the second."""
    rules = "".join(f"    ip daddr {there} tcp dport 443 dnat ip to {here}\n" for there, here in pairs)
    return "chain redirects {\n    type nat hook prerouting priority -110;\n" + rules + "  }\n"


def world_of(public, private=None):
    pairs = [(hosts.public("open"), hosts.public(public))]
    if private:
        pairs.append((hosts.private("ok", 2), hosts.private(private, 2)))
    return redirects(*pairs)


# Between two faults all is well, so that each fault is a change.
HEALTHY = world_of("s403")
FAULTS = ["", world_of("rst"), world_of("stranger"), world_of("s500"), world_of("accept-close"),
          world_of("garbage"), world_of("s403", "rst"), world_of("s403", "s503"),
          world_of("s403", "stranger"), world_of("s403", "expired"), world_of("s403", "hello-reset"),
          world_of("s403", "endless-headers"), world_of("redirect", "huge-length")]
SLOW = [NO_EGRESS, world_of("drop"), world_of("s403", "drop")]  # each round takes seconds, so only once


class Day:
    def __init__(self, world, plugin):
        self.world, self.samples = world, []
        self.serve(HEALTHY)
        self.daemon = Daemon(world, plugin, BLOCKS.format(
            ca_file=world.pki.ca_file, resolvers=resolvers(),
            endpoints=endpoints(COUNT, ENDPOINT, "day")))
        self.daemon.wait("the first round is OK", lambda: self.daemon.last(
            "gauge-status", "day-0") == 0)

    def serve(self, rules):
        self.world.here.change(rules)

    def rounds(self):
        return min(len(self.daemon.rows("gauge-status", f"day-{n}")) for n in range(COUNT))

    def states(self):
        yield from SLOW
        while True:
            yield from FAULTS

    def runs(self):
        d, begin = self.daemon, time.monotonic()
        for state in self.states():
            for rules in (state, HEALTHY):
                self.serve(rules)
                time.sleep(PHASE)
                self.samples.append((d.status("VmRSS"), d.status("Threads"), d.descriptors()))
            done = self.rounds()
            if done >= ROUNDS or time.monotonic() - begin > PATIENCE:
                break
        must(f"{done} rounds of each endpoint in {time.monotonic() - begin:.0f} s", done >= ROUNDS)
        edges = len(d.announced("privatelink"))
        must(f"the faults were seen: {edges} notifications", edges > 20 * COUNT)

    def is_flat(self):
        third = len(self.samples) // 3
        parts = [self.samples[:third], self.samples[third:2 * third], self.samples[2 * third:]]
        for name, column in (("resident KiB", 0), ("threads", 1), ("descriptors", 2)):
            print(f"    {name}, each third of the time: " + ", ".join(
                f"{min(row[column] for row in part)} to {max(row[column] for row in part)}"
                for part in parts))
        rss, threads, descriptors = ([[row[column] for row in part] for part in parts[1:]]
                                     for column in range(3))
        must("resident memory is flat", max(rss[1]) <= max(rss[0]) + GROWTH)
        must("the number of threads is the same", set(threads[0]) == set(threads[1]) == {threads[0][0]})
        # Rounds are running while samples are taken, so there are always some sockets.
        must("no descriptor is left open", min(descriptors[1]) <= min(descriptors[0]) + 2
             and max(descriptors[1]) <= max(descriptors[0]) + 20)

    def ends(self):
        self.daemon.end()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with World() as world:
        story = Day(world, os.path.abspath(sys.argv[1]))
        return run_story((story.runs, story.is_flat, story.ends), lambda: [story.daemon])


if __name__ == "__main__":
    sys.exit(main())
