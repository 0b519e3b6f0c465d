#!/usr/bin/python3
"""Values reach the writers within a second of their round's end, at an interval of 2, 60 and 240 seconds,
in a daemon whose only read thread is held by another plugin. The threshold plugin stays quiet, although a
round takes longer than the shortest interval.

    tests/plugin/outputs/prompt.py PRIVATELINK_SO
"""

import os
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from lab import hosts
from plugin.daemon import Daemon, main, must, resolvers
from plugin.outputs.delivery import Unixsock

LATE = 1  # seconds from the end of a round to its value in csv
SLOW_READ = 20  # seconds that the plugin curl holds the read thread
SLOW_ROUND = 4  # seconds, at least: twice the interval, so that values of that interval would expire
ROUNDS = 4  # of the endpoint with slow rounds

HEAD = """
ReadThreads 1
LoadPlugin curl
<Plugin curl>
  <Page "stuck">
    URL "http://{silent}:443/"
    Timeout {milliseconds}
    MeasureResponseTime true
  </Page>
</Plugin>
LoadPlugin unixsock
<Plugin unixsock>
  SocketFile "{folder}/socket"
</Plugin>
LoadPlugin threshold
<Plugin threshold>
  <Plugin "privatelink">
    <Type "gauge">
      Instance "status"
      WarningMax 0
      FailureMax 1
    </Type>
  </Plugin>
</Plugin>
"""
BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicCaFile "{ca_file}"
  PublicResolver {resolvers}
  Witness "witness.lab.test"
  PrivateName "ok.private.lab.test"
  <Endpoint "every-2">
    PublicName "drop.public.lab.test"
    Accept "tenant,request"
    ConnectTimeout 5
    Interval 2
  </Endpoint>
  <Endpoint "every-60">
    PublicName "s403.public.lab.test"
    Accept "tenant,request"
    Interval 60
  </Endpoint>
  <Endpoint "every-240">
    PublicName "s403.public.lab.test"
    Accept "tenant,request"
    Interval 240
  </Endpoint>
</Plugin>
"""


class Story:
    def __init__(self, world, plugin):
        self.daemon = Daemon(world, plugin, BLOCKS.format(ca_file=world.pki.ca_file, resolvers=resolvers()),
                             head=HEAD.format(folder=os.path.join(world.folder, "daemon"),
                                              silent=hosts.private("accept-silent"),
                                              milliseconds=SLOW_READ * 1000))

    def times(self, name):
        return [when for when, _ in self.daemon.rows("gauge-status", name)]

    def arrives(self, name, rounds=1):
        self.daemon.wait(f"{name}: a round ends", lambda: len(self.times(name)) >= rounds)
        late = time.time() - self.times(name)[rounds - 1]
        must(f"{name}: its value arrives {late:.2f} s later", late < LATE)
        must(f"{name}: and is OK", self.daemon.last("gauge-status", name) == 0)

    def values_are_prompt(self):
        for name in ("every-60", "every-240"):
            self.arrives(name)
        for rounds in range(1, ROUNDS + 1):
            self.arrives("every-2", rounds)

    def flush_probes_now(self):
        """The next rounds would be in a minute or more."""
        for name in ("every-60", "every-240"):
            for rounds in range(len(self.times(name)) + 1, len(self.times(name)) + 3):
                answer = Unixsock(self.daemon.folder).flush(f'plugin=privatelink identifier="lab/privatelink-{name}/x"')
                must(f"FLUSH: {answer}", answer.startswith("Done: 1 successful"))
                self.arrives(name, rounds)
        before = [len(self.times(name)) for name in ("every-60", "every-240")]
        Unixsock(self.daemon.folder).flush("plugin=privatelink")
        self.daemon.wait("FLUSH without an identifier probes all", lambda: [
            len(self.times(name)) for name in ("every-60", "every-240")] == [count + 1 for count in before])

    def first_byte_is_measured(self):
        times = [value for name in ("every-2", "every-60", "every-240")
                 for _, value in self.daemon.rows("duration-first_byte_time", name)]
        must(f"the time to the first byte is measured ({min(times) * 1000:.3f} ms at least)", min(times) > 0)

    def start_is_logged(self):
        lines = [line for line in self.daemon.log() if "privatelink plugin: watching " in line]
        must("one line says what is watched", len(lines) == 1 and re.search(
            r"watching 3 endpoints every 2 to 240 s, 0 in the EC2 API, .*most \d+ connections, \d+ desc", lines[0]))
        lines = [line for line in self.daemon.log() if "Timeout is longer than Interval" in line]
        must("one line names the endpoint whose timeout is longer than its interval",
             len(lines) == 1 and 'for 1 endpoint, such as <Endpoint "every-2">: 10 s and 2 s' in lines[0])

    def nothing_flaps(self):
        d, times = self.daemon, self.times("every-2")
        gaps = [later - earlier for earlier, later in zip(times, times[1:])]
        must(f"rounds at Interval 2 take longer than it ({min(gaps):.1f} to {max(gaps):.1f} s)",
             min(gaps) > SLOW_ROUND)
        must("the threshold plugin reports no failure", not d.announced("severity = (FAILURE|WARNING)"))

    def read_thread_was_held(self):
        d = self.daemon
        d.wait("the only read thread was held by the plugin curl", lambda: any(
            "read-function of the `curl" in line and " took " in line for line in d.log()))
        must("nobody says that a round is late", not any("no round has ended" in line for line in d.log()))

    def ends(self):
        self.daemon.stop()
        must("no value is left over", not any("value list" in line for line in self.daemon.log()))
        must("no sanitizer report", "Sanitizer" not in self.daemon.read("stderr"))


if __name__ == "__main__":
    sys.exit(main(__doc__, Story, Story.values_are_prompt, Story.flush_probes_now,
                  Story.first_byte_is_measured, Story.start_is_logged, Story.nothing_flaps,
                  Story.read_thread_was_held, Story.ends))
