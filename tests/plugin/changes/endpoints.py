#!/usr/bin/python3
"""EndpointsFile changes while collectd runs. Endpoints are added, changed and removed without a restart, and
those that stay keep their alarm. A file that cannot be used changes nothing.

    tests/plugin/changes/endpoints.py PRIVATELINK_SO
"""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from plugin.daemon import Daemon, Listener, Story, main, must, resolvers

BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicCaFile "{ca_file}"
  PublicResolver {resolvers}
  Witness "witness.lab.test"
  EndpointsFile "{file}"
  <Endpoint "fixed">
    PrivateName "ok.private.lab.test"
  </Endpoint>
</Plugin>
"""
COMMON = """; for all of them
[*]
private-name = ok.private.lab.test
"""
FIRST = COMMON + """
[alarmed]
public-name = open.public.lab.test
[leaves]
port = 443
[grows]
check = dns
"""
SECOND = COMMON + """
[alarmed]
public-name = s403.public.lab.test
recovery = 100
accept = request,tenant
[grows]
check = dns,port
[joins]
private-name = rst.private.lab.test
[wrong]
port = 0
"""


class EndpointsFile(Story):
    def __init__(self, world, plugin):
        self.world, self.plugin, self.listener = world, plugin, Listener()
        self.file = world.file("endpoints.ini", FIRST)
        self.daemon = Daemon(world, plugin, BLOCKS.format(
            ca_file=world.pki.ca_file, resolvers=resolvers(), file=self.file),
            head=self.listener.configuration)

    def put(self, text):
        """Replaces the file in one step."""
        os.replace(self.world.file("new.ini", text), self.file)

    def logged(self, text):
        return [line for line in self.daemon.log() if "privatelink plugin: " in line and text in line
                and "Notification" not in line]

    def rounds(self, name):
        return len(self.daemon.rows("gauge-status", name))

    def is_read_at_the_start(self):
        d = self.daemon
        for name in ("fixed", "leaves", "grows"):
            d.wait(f"{name} is OK", lambda n=name: d.last("gauge-status", n) == 0)
        d.wait("alarmed is open", lambda: self.listener.of("alarmed", "FAILURE"))
        must("one line says what is watched", len(self.logged("watching 4 endpoints")) == 1)

    def changes(self):
        d = self.daemon
        self.put(SECOND)
        d.wait("the log says that the file has changed", lambda: self.logged(f"EndpointsFile: {self.file} has changed"))
        d.wait("an endpoint is added, and announced", lambda: self.listener.of("joins", "FAILURE"))
        d.wait("a mistake is an endpoint that is UNKNOWN", lambda: self.listener.of("wrong", "WARNING", "^UNKNOWN"))
        must("the log names its line", len(self.logged(f'plugin: <Endpoint "wrong">: {self.file} line 14: Port: ')) == 1)
        d.wait("an endpoint is changed", lambda: d.last("gauge-port_status", "grows") == 0)
        d.wait("the open endpoint is blocked now", lambda: d.last("gauge-public_verdict", "alarmed") == 0)
        must("but keeps its alarm", d.last("bool-public_alarm", "alarmed") == 1)
        must("and is not announced again", len(self.listener.of("alarmed")) == 1)
        gone, begin = self.rounds("leaves"), self.rounds("fixed")
        d.wait("the others go on", lambda: self.rounds("fixed") >= begin + 3)
        must("an endpoint is removed", self.rounds("leaves") == gone)
        must("nobody misses it", not self.logged("no round has ended"))

    def cannot_be_used(self):
        d = self.daemon
        for what, change in (("an empty file", lambda: self.put("; nothing\n")),
                             ("no file", lambda: os.unlink(self.file))):
            before = len(self.logged("the endpoints that were read before are still watched"))
            change()
            d.wait(f"{what} is logged", lambda b=before: len(
                self.logged("the endpoints that were read before are still watched")) == b + 1)
            begin = self.rounds("joins")
            d.wait("its endpoints are still watched", lambda b=begin: self.rounds("joins") >= b + 2)
        self.put(FIRST)
        gone = self.rounds("leaves")
        d.wait("a file that is back is used again", lambda: self.rounds("leaves") > gone)

    def nothing_at_first(self):
        """Another daemon, for which the file is all. It has no endpoint until there is a good file."""
        self.daemon.end()
        self.put("; nothing\n")
        blocks = f'<Plugin privatelink>\n  EndpointsFile "{self.file}"\n</Plugin>\n'
        self.daemon = Daemon(self.world, self.plugin, blocks, name="empty")
        d = self.daemon
        d.wait("there is nothing to watch", lambda: self.logged("there is nothing to watch"))
        self.put("; still nothing\n")
        d.wait("the second file is no better", lambda: len(self.logged("has no endpoint")) == 2)
        self.put("[late]\nprivate-name = ok.private.lab.test\ncheck = dns\n")
        d.wait("the third one is used", lambda: self.rounds("late") > 0)


if __name__ == "__main__":
    sys.exit(main(__doc__, EndpointsFile, EndpointsFile.is_read_at_the_start, EndpointsFile.changes,
                  EndpointsFile.cannot_be_used, EndpointsFile.nothing_at_first, EndpointsFile.ends))
