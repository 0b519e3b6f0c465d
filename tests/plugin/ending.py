#!/usr/bin/python3
"""SIGTERM with a thousand probes in flight: the daemon is gone within a second, what was measured is
written, and nothing is left behind.

    tests/plugin/ending.py PRIVATELINK_SO release|asan|tsan|valgrind
"""

import os
import pathlib
import re
import sys

from daemon import HERE, Daemon, endpoints, must, resolvers, tell
import hosts
from world import World

# kind: endpoints in flight, of each; seconds that the end may take; the command before collectd.
KINDS = {
    "release": (1000, 1, []),
    "asan": (1000, 10, []),
    "tsan": (1000, 10, []),
    "valgrind": (200, 60, ["valgrind", "--leak-check=full", "--show-leak-kinds=definite,indirect",
                           "--track-fds=yes", "--num-callers=40", "--child-silent-after-fork=yes"]),
}
# A frame of ours: in the module where there are no symbols, else in one of its sources.
SOURCES = [path.name for folder in ("plugin", "checks")
           for path in (pathlib.Path(HERE).parents[1] / folder).rglob("*.[ch]")]
OURS = re.compile(r"privatelink\.so|\b(" + "|".join(map(re.escape, SOURCES)) + r"):\d")
TROUBLE = re.compile(r"definitely lost|indirectly lost|Invalid |uninitialised|Open file descriptor|"
                     r"Open .*socket|Sanitizer|leak of|Mismatched|WARNING: ")
# How valgrind and the sanitizers report what must not be there.
SAMPLES = """
==1== 77 bytes in 1 blocks are definitely lost in loss record 21 of 35
==1==    by 0x4E61E8F: on_init (privatelink.c:125)
==1== 
==1== Open file descriptor 3:
==1==    by 0x4E61E9C: pl_loop_create (loop.c:125)
==1== 
Direct leak of 77 byte(s) in 1 object(s) allocated from:
    #1 0x7f2a31da7b00 in on_init ../../plugin/privatelink.c:125

WARNING: ThreadSanitizer: data race (pid=1)
    #0 run ../../plugin/fleet.c:233 (privatelink.so+0x1)

Direct leak of 7 byte(s) in 1 object(s) allocated from:
    #1 0x55814a0be52c  (/usr/sbin/collectd+0xa52c)
"""
# What each says in any case: collectd has a leak of its own.
LOOKED = {"asan": "LeakSanitizer: detected memory leaks", "valgrind": "HEAP SUMMARY"}

BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicResolver {resolvers}
  Witness "witness.lab.test"
  Timeout 120
  ConnectTimeout 100
  ResponseTimeout 100
  Interval 240
  # Its round is over long before collectd asks for it for the first time.
  <Endpoint "finished">
    PrivateName "ok.private.lab.test"
    PublicName "s403.public.lab.test"
  </Endpoint>
  {endpoints}
</Plugin>
"""


def in_flight(count):
    """Most wait for a SYN-ACK, others inside TLS, inside HTTP, or for a resolver."""
    parts = ((0.7, "drop"), (0.1, "hello-silent"), (0.1, "request-silent"))
    text = "".join(endpoints(int(count * share), f"""    PrivateName "{name}.private.lab.test"
    PublicName "drop.public.lab.test"
    Check "port" "public"
""", name) for share, name in parts)
    return text + endpoints(count // 10, f"""    PrivateName "x{{n}}.private.lab.test"
    Resolver "{hosts.resolver("silent")}"
    Check "dns"
""", "unresolved")


def leaks_of_ours(text):
    """What valgrind, or a sanitizer, has to say with the plugin in the stack."""
    blocks = re.split(r"\n\s*\n|\n==\d+== \n", text)
    return [block for block in blocks if OURS.search(block) and TROUBLE.search(block)]


class Ending:
    def __init__(self, world, plugin, kind):
        self.count, self.within, prefix = KINDS[kind]
        self.kind, self.client = kind, world.clients["host"]
        self.daemon = Daemon(
            world, plugin, BLOCKS.format(ca_file=world.pki.ca_file, resolvers=resolvers(),
                                         endpoints=in_flight(self.count)), prefix=prefix,
            env={"ASAN_OPTIONS": "detect_leaks=1", "LSAN_OPTIONS": "exitcode=0"})

    def sockets(self):
        return len(self.client.run(["ss", "-Htn"]).splitlines())

    def runs(self):
        # A first round comes every 20 ms; most have a socket on either side.
        self.daemon.wait(f"{self.count} endpoints have probes in flight",
                         lambda: self.sockets() >= self.count, patience=240)
        must("nothing of the round that is over has been read", not self.daemon.names("finished"))

    def ends(self):
        d = self.daemon
        held = self.sockets()
        seconds, code = d.stop(patience=300)
        must(f"SIGTERM with {held} sockets: gone after {seconds:.2f} s, code {code}",
             code == 0 and seconds < self.within)
        must("the round that was over is written", d.last("gauge-status", "finished") == 0
             and d.last("gauge-public_verdict", "finished") == 0)
        must("and nothing of those that were not", not any(
            d.names(f"{name}-0") for name in ("drop", "hello-silent", "request-silent", "unresolved")))
        errors = d.read("stderr")
        must("a report of ours would be recognized", len(leaks_of_ours(SAMPLES)) == 4)
        must(f"{self.kind} has looked", LOOKED.get(self.kind, "") in errors)
        left = leaks_of_ours(errors)
        print("\n\n".join(left[:5]))
        must("no byte, descriptor or race of ours is left", not left)


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in KINDS:
        sys.exit(__doc__)
    with World() as world:
        story = Ending(world, os.path.abspath(sys.argv[1]), sys.argv[2])
        return tell((story.runs, story.ends), lambda: [story.daemon])


if __name__ == "__main__":
    sys.exit(main())
