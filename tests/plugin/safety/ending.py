#!/usr/bin/python3
"""Sends SIGTERM while a thousand probes are running. The daemon must exit within a second, write the
rounds that have finished, and release everything.

    tests/plugin/safety/ending.py PRIVATELINK_SO release|asan|tsan|valgrind
"""

import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from lab import hosts
from lab.world import World
from plugin.daemon import HERE, Daemon, endpoints, must, resolvers, run_story

# kind: number of endpoints, seconds until the exit, the command before collectd
KINDS = {
    "release": (1000, 1, []),
    "asan": (1000, 10, []),
    "tsan": (1000, 10, []),
    "valgrind": (200, 60, ["valgrind", "--leak-check=full", "--show-leak-kinds=definite,indirect",
                           "--track-fds=yes", "--num-callers=40", "--child-silent-after-fork=yes"]),
}
# A frame of the plugin: the module if there are no symbols, otherwise one of its source files.
SOURCES = [path.name for folder in ("plugin", "checks")
           for path in (pathlib.Path(HERE).parents[1] / folder).rglob("*.[ch]")]
FRAME = re.compile(r"privatelink\.so|\b(" + "|".join(map(re.escape, SOURCES)) + r"):\d")
TROUBLE = re.compile(r"definitely lost|indirectly lost|Invalid |uninitialised|Open file descriptor|"
                     r"Open .*socket|Sanitizer|leak of|Mismatched|WARNING: ")
# Reports of valgrind and the sanitizers that the test must recognise.
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
    #0 run ../../checks/watch/rounds.c:133 (privatelink.so+0x1)

Direct leak of 7 byte(s) in 1 object(s) allocated from:
    #1 0x55814a0be52c  (/usr/sbin/collectd+0xa52c)
"""
# What each tool always prints, because collectd itself has a leak.
LOOKED = {"asan": "LeakSanitizer: detected memory leaks", "valgrind": "HEAP SUMMARY"}

BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicCaFile "{ca_file}"
  PublicResolver {resolvers}
  Witness "witness.lab.test"
  Timeout 120
  ConnectTimeout 100
  ResponseTimeout 100
  Interval 240
  # Its only round ends at once.
  <Endpoint "finished">
    PrivateName "ok.private.lab.test"
    PublicName "s403.public.lab.test"
    Accept "tenant,request"
  </Endpoint>
  {endpoints}
</Plugin>
"""


def busy_endpoints(count):
    """Endpoints whose probes wait: most for a SYN-ACK, others in TLS, in HTTP, or for a resolver."""
    parts = ((0.7, "drop"), (0.1, "hello-silent"), (0.1, "request-silent"))
    text = "".join(endpoints(int(count * share), f"""    PrivateName "{name}.private.lab.test"
    PublicName "drop.public.lab.test"
    Accept "tenant,request"
    Check "port" "public"
""", name) for share, name in parts)
    return text + endpoints(count // 10, f"""    PrivateName "x{{n}}.private.lab.test"
    Resolver "{hosts.resolver("silent")}"
    Check "dns"
""", "unresolved")


def reports_of_plugin(text):
    """The reports of valgrind or a sanitizer that have the plugin in the stack."""
    blocks = re.split(r"\n\s*\n|\n==\d+== \n", text)
    return [block for block in blocks if FRAME.search(block) and TROUBLE.search(block)]


class Ending:
    def __init__(self, world, plugin, kind):
        self.count, self.within, prefix = KINDS[kind]
        self.kind, self.client = kind, world.clients["host"]
        self.daemon = Daemon(
            world, plugin, BLOCKS.format(ca_file=world.pki.ca_file, resolvers=resolvers(),
                                         endpoints=busy_endpoints(self.count)), prefix=prefix,
            env={"ASAN_OPTIONS": "detect_leaks=1", "LSAN_OPTIONS": "exitcode=0"})

    def sockets(self):
        return len(self.client.run(["ss", "-Htn"]).splitlines())

    def runs(self):
        # A first round starts every 20 ms. Most rounds have a private and a public socket.
        self.daemon.wait(f"{self.count} endpoints have running probes",
                         lambda: self.sockets() >= self.count, patience=240)
        self.daemon.wait("the finished round is written", lambda: self.daemon.last(
            "gauge-status", "finished") == 0)

    def ends(self):
        d = self.daemon
        held = self.sockets()
        seconds, code = d.stop(patience=300)
        must(f"SIGTERM with {held} sockets: exit after {seconds:.2f} s, code {code}",
             code == 0 and seconds < self.within)
        must("no value is left over", not any("value list" in line for line in d.log()))
        # Those of "unresolved" may have finished: a name is given up much earlier than a connection.
        must("the unfinished rounds are not", not any(
            d.names(f"{name}-0") for name in ("drop", "hello-silent", "request-silent")))
        errors = d.read("stderr")
        must("reports of the plugin are recognised", len(reports_of_plugin(SAMPLES)) == 4)
        must(f"{self.kind} was active", LOOKED.get(self.kind, "") in errors)
        left = reports_of_plugin(errors)
        print("\n\n".join(left[:5]))
        must("the plugin has no leak, open descriptor or race", not left)


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in KINDS:
        sys.exit(__doc__)
    with World() as world:
        story = Ending(world, os.path.abspath(sys.argv[1]), sys.argv[2])
        return run_story((story.runs, story.ends), lambda: [story.daemon])


if __name__ == "__main__":
    sys.exit(main())
