#!/usr/bin/python3
"""Files that change while collectd runs. The API key appears late, is replaced, and becomes unusable.
So do the trust anchors. The plugin must log each change once, and keep what it read before.

    tests/plugin/changes/files.py PRIVATELINK_SO
"""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from lab import hosts
from plugin.daemon import Daemon, Listener, Story, main, must, resolvers

ROUNDS = 3  # to wait for in each state of a file

BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicCaFile "{ca_file}"
  PublicResolver {resolvers}
  Witness "witness.lab.test"
  Interval 1
  <Endpoint "lab-1">
    PrivateName "keyed401.private.lab.test"
    PublicName "s403.public.lab.test"
    Accept "tenant,request,key"
    ExpectStatus 200
    ApiKeyFile "{key}"
  </Endpoint>
</Plugin>
"""


class Credentials(Story):
    def __init__(self, world, plugin):
        self.world, self.listener = world, Listener()
        self.key, self.aside, self.anchors = (
            os.path.join(world.folder, name) for name in ("key", "key.aside", "anchors.pem"))
        with open(world.pki.ca_file, encoding="ascii") as stream:
            self.good_anchors = stream.read()
        self.put(self.anchors, self.good_anchors, 0o644)
        self.daemon = Daemon(world, plugin, BLOCKS.format(
            ca_file=self.anchors, resolvers=resolvers(), key=self.key),
            head=self.listener.configuration)

    def put(self, path, text, mode=0o600):
        """Replaces the file in one step."""
        os.replace(self.world.file("new", text, mode), path)

    def sent(self, begin=0):
        """The Authorization headers that the private side received, from request `begin` on."""
        return [line.split(" [", 1)[1].split("]")[0] for line in self.world.requests()[begin:]
                if line.startswith(hosts.private("keyed401") + " ")]

    def used(self, what, header):
        begin = len(self.world.requests())
        self.daemon.wait(what, lambda: self.sent(begin).count(header) >= ROUNDS)

    def lines(self, text):
        return [line for line in self.daemon.log() if 'privatelink plugin: <Endpoint "lab-1">: ' in line
                and "Notification" not in line and text in line]

    def complaints(self):
        return self.lines(f"ApiKeyFile: {self.key}: ")

    def logged(self, text):
        return [line for line in self.daemon.log() if f"privatelink plugin: {self.anchors}: " in line
                and text in line]

    def key_comes_late(self):
        d = self.daemon
        d.wait("without its file the endpoint is UNKNOWN", lambda: d.last("gauge-status") == 3)
        d.wait("this is announced", lambda: self.listener.of("lab-1", "WARNING", "^UNKNOWN: "))
        d.wait("for some rounds", lambda: len(d.rows("gauge-status")) >= ROUNDS)
        must("it is one line of the log", [line.endswith("is not watched until this is corrected")
                                           for line in self.complaints()] == [True])
        must("no request was sent", not self.sent())
        self.put(self.key, "first-key\n")
        d.wait("with the file, it is OK", lambda: d.last("gauge-status") == 0)
        self.used("the key is sent", "Bearer first-key")
        must("the counter-proof has no key", "-" in self.sent())
        must("the log says that it can be used", len(self.lines("can be used now")) == 1)

    def key_is_replaced(self):
        begin = len(self.daemon.rows("gauge-status"))
        self.put(self.key, "second-key\n")
        self.used("a new key is used without a restart", "Bearer second-key")
        must("every round had a valid key",
             {value for _, value in self.daemon.rows("gauge-status")[begin:]} <= {0})

    def key_is_unusable(self):
        d, begin = self.daemon, len(self.daemon.rows("gauge-status"))
        os.rename(self.key, self.aside)
        self.put(self.key, "third-key\n", 0o644)
        d.wait("a file that anybody can read is refused", lambda: len(self.complaints()) == 2)
        must("the line says what stays in use", self.complaints()[1].endswith(
            "is watched with the credentials that were read before"))
        self.used("the old key stays in use", "Bearer second-key")
        must("and is OK", {value for _, value in d.rows("gauge-status")[begin:]} <= {0})
        must("the log has it once", len(self.complaints()) == 2)

    def key_comes_back(self):
        d = self.daemon
        os.rename(self.aside, self.key)
        d.wait("the old file is accepted again", lambda: len(self.lines("can be used now")) == 2)
        os.rename(self.key, self.aside)
        d.wait("a new mistake is logged again", lambda: len(self.complaints()) == 3)
        must("no key is in the log", not any(f"{number}-key" in line for line in d.log()
                                             for number in ("first", "second", "third")))

    def anchors_are_unusable(self):
        d, begin = self.daemon, len(self.daemon.rows("gauge-status"))
        self.put(self.anchors, self.good_anchors.replace("M", "N"), 0o644)
        d.wait("unusable trust anchors are logged", lambda: self.logged("no trust anchors in PEM form"))
        must("the line says what stays in use",
             self.logged("")[0].endswith("; the trust anchors that were read before stay in use"))
        os.unlink(self.anchors)
        d.wait("a missing file is logged", lambda: self.logged("No such file or directory"))
        d.wait("for some rounds", lambda: len(d.rows("gauge-status")) >= begin + 2 * ROUNDS)
        must("each is logged once", len(self.logged("")) == 2)
        self.put(self.anchors, self.good_anchors, 0o644)
        d.wait("valid trust anchors are logged", lambda: self.logged("its trust anchors are in use"))
        must("every round was OK", {value for _, value in d.rows("gauge-status")[begin:]} <= {0})


if __name__ == "__main__":
    sys.exit(main(__doc__, Credentials, Credentials.key_comes_late, Credentials.key_is_replaced,
                  Credentials.key_is_unusable, Credentials.key_comes_back, Credentials.anchors_are_unusable,
                  Credentials.ends))
