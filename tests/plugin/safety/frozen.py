#!/usr/bin/python3
"""The daemon stands still in the middle of rounds, as in a virtual machine that is suspended. No round that
this spoils is reported. Its limit of open files is low, which the log says.

    tests/plugin/safety/frozen.py PRIVATELINK_SO
"""

import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from plugin.daemon import Daemon, Story, main, must, resolvers

FREEZE = 6  # seconds: longer than the timeout of a round
TIMES = 4
DESCRIPTORS = 300

# A round takes more than a second, because the first SYN is lost. So most of the time one is running.
BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicCaFile "{ca_file}"
  PublicResolver {resolvers}
  Witness "witness.lab.test"
  Interval 1
  Timeout 5
  <Endpoint "lab-1">
    PrivateName "first-syn-lost.private.lab.test"
    PublicName "s403.public.lab.test"
    Accept "tenant,request"
  </Endpoint>
</Plugin>
"""


class Frozen(Story):
    def __init__(self, world, plugin):
        self.daemon = Daemon(world, plugin, BLOCKS.format(ca_file=world.pki.ca_file, resolvers=resolvers()),
                             prefix=["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}"])

    def rounds(self):
        return self.daemon.rows("gauge-status")

    def is_healthy(self):
        self.daemon.wait("rounds are OK", lambda: len(self.rounds()) >= 2)
        lines = [line for line in self.daemon.log() if "LimitNOFILE" in line]
        must("the log says that descriptors limit the connections", len(lines) == 1
             and f"instead of 4352, because the daemon may open only {DESCRIPTORS} files" in lines[0])

    def freezes(self):
        for _ in range(TIMES):
            begin = len(self.rounds())
            time.sleep(0.3)  # into a round
            self.daemon.process.send_signal(signal.SIGSTOP)
            time.sleep(FREEZE)
            self.daemon.process.send_signal(signal.SIGCONT)
            self.daemon.wait("rounds go on", lambda b=begin: len(self.rounds()) >= b + 2)
        must("every round is OK", {value for _, value in self.rounds()} == {0})
        must("nothing is announced", not self.daemon.announced(""))


if __name__ == "__main__":
    sys.exit(main(__doc__, Frozen, Frozen.is_healthy, Frozen.freezes, Frozen.ends))
