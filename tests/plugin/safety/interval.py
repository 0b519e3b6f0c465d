#!/usr/bin/python3
"""Other plugins must keep their interval. The plugin uptime runs every second, in one daemon with 200
endpoints that do not answer, and at the same time in one without the plugin.

    tests/plugin/safety/interval.py PRIVATELINK_SO
"""

import os
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from lab import hosts
from lab.world import World
from plugin.daemon import Daemon, endpoints, must, resolvers, run_story

HOLES = 200
SECONDS = 40
ALLOWED = 0.1  # seconds, in addition to the deviation of the twin

BLOCKS = """
<Plugin privatelink>
  PublicResolver {resolvers}
  Witness "dead-witness.lab.test"
  Interval 5
  {endpoints}
</Plugin>
"""
HOLE = f"""    PrivateName "drop.private.lab.test"
    PublicName "drop.public.lab.test"
    Accept "tenant,request"
    Address "{hosts.private("drop", 2)}" "{hosts.private("drop", 3)}"
"""


def gaps(daemon, since):
    times = [when for when, _ in daemon.rows("uptime", None, plugin="uptime") if when > since]
    return [later - earlier for earlier, later in zip(times, times[1:])]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with World() as world:
        twin = Daemon(world, None, "", name="twin")
        daemon = Daemon(world, os.path.abspath(sys.argv[1]), BLOCKS.format(
            resolvers=resolvers(), endpoints=endpoints(HOLES, HOLE)))

        def compare():
            daemon.wait("every endpoint has had its first round", lambda: all(
                daemon.last("gauge-port_status", f"hole-{n}") == 2 for n in range(HOLES)))
            begin = time.time()
            time.sleep(SECONDS)
            mine, other = gaps(daemon, begin), gaps(twin, begin)
            worst = [max(abs(gap - 1) for gap in item) for item in (mine, other)]
            print(f"with {HOLES} black holes {min(mine):.3f} to {max(mine):.3f} s, median "
                  f"{statistics.median(mine):.3f}; without the plugin {min(other):.3f} to "
                  f"{max(other):.3f}")
            must("no read is missing", len(mine) >= len(other) - 1 and len(other) >= SECONDS * 0.8)
            must("the interval is kept", abs(statistics.median(mine) - 1) < ALLOWED
                 and worst[0] < ALLOWED + worst[1])
            rounds = [len(daemon.rows("gauge-port_status", f"hole-{n}")) for n in range(HOLES)]
            must(f"every endpoint had rounds in that time ({min(rounds)} to {max(rounds)})",
                 min(rounds) >= 3)
            daemon.end()

        return run_story([compare], lambda: [daemon, twin])


if __name__ == "__main__":
    sys.exit(main())
