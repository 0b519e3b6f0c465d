#!/usr/bin/python3
"""Files that change under a running collectd. The API key comes late, is replaced, is spoilt, and the
file from before comes back; trust anchors are spoilt, and mended.

    tests/plugin/files.py PRIVATELINK_SO
"""

import os
import sys

from daemon import Daemon, Listener, must, resolvers, tell
import hosts
from world import World

ROUNDS = 3  # that a state of the file is watched for

BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicResolver {resolvers}
  Witness "witness.lab.test"
  Interval 1
  <Endpoint "lab-1">
    PrivateName "keyed401.private.lab.test"
    PublicName "s403.public.lab.test"
    ExpectStatus 200
    ApiKeyFile "{key}"
  </Endpoint>
</Plugin>
"""


class Story:
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
        """In one step, as a good tool does it."""
        os.replace(self.world.file("new", text, mode), path)

    def sent(self, begin=0):
        """What the private side was sent as Authorization, from request `begin` on."""
        return [line.split(" [", 1)[1].split("]")[0] for line in self.world.requests()[begin:]
                if line.startswith(hosts.private("keyed401") + " ")]

    def used(self, what, header):
        begin = len(self.world.requests())
        self.daemon.wait(what, lambda: self.sent(begin).count(header) >= ROUNDS)

    def said(self, text):
        return [line for line in self.daemon.log() if 'privatelink plugin: <Endpoint "lab-1">: ' in line
                and "Notification" not in line and text in line]

    def complaints(self):
        return self.said(f"ApiKeyFile: {self.key}: ")

    def logged(self, text):
        return [line for line in self.daemon.log() if f"privatelink plugin: {self.anchors}: " in line
                and text in line]

    def key_comes_late(self):
        d = self.daemon
        d.wait("without its file the endpoint is UNKNOWN", lambda: d.last("gauge-status") == 3)
        d.wait("which is announced", lambda: self.listener.of("lab-1", "WARNING", "^UNKNOWN: "))
        d.wait("for some rounds", lambda: len(d.rows("gauge-status")) >= ROUNDS)
        must("it is one line of the log", [line.endswith("is not watched until this is corrected")
                                           for line in self.complaints()] == [True])
        must("nothing was asked", not self.sent())
        self.put(self.key, "first-key\n")
        d.wait("with it, it is OK", lambda: d.last("gauge-status") == 0)
        self.used("the key is sent", "Bearer first-key")
        must("the counter-proof has none", "-" in self.sent())
        must("the log says that it can be used", len(self.said("can be used now")) == 1)

    def key_is_replaced(self):
        begin = len(self.daemon.rows("gauge-status"))
        self.put(self.key, "second-key\n")
        self.used("a new key is used without a restart", "Bearer second-key")
        must("no round was without a key that is right",
             {value for _, value in self.daemon.rows("gauge-status")[begin:]} <= {0})

    def key_is_spoilt(self):
        d, begin = self.daemon, len(self.daemon.rows("gauge-status"))
        os.rename(self.key, self.aside)
        self.put(self.key, "third-key\n", 0o644)
        d.wait("a file that anybody can read is refused", lambda: len(self.complaints()) == 2)
        must("the line says what goes on", self.complaints()[1].endswith(
            "is watched with the API key that was read before"))
        self.used("it does", "Bearer second-key")
        must("and is OK", {value for _, value in d.rows("gauge-status")[begin:]} <= {0})
        must("the log has it once", len(self.complaints()) == 2)

    def key_comes_back(self):
        d = self.daemon
        os.rename(self.aside, self.key)
        d.wait("the very file from before is good", lambda: len(self.said("can be used now")) == 2)
        os.rename(self.key, self.aside)
        d.wait("what is wrong once more is told once more", lambda: len(self.complaints()) == 3)
        must("no key is in the log", not any(f"{number}-key" in line for line in d.log()
                                             for number in ("first", "second", "third")))

    def anchors_are_spoilt(self):
        d, begin = self.daemon, len(self.daemon.rows("gauge-status"))
        self.put(self.anchors, self.good_anchors.replace("M", "N"), 0o644)
        d.wait("anchors that can't be read are told", lambda: self.logged("no trust anchors in PEM form"))
        must("the line says what goes on",
             self.logged("")[0].endswith("; the trust anchors that were read before stay in use"))
        os.unlink(self.anchors)
        d.wait("and so is that there are none", lambda: self.logged("No such file or directory"))
        d.wait("for some rounds", lambda: len(d.rows("gauge-status")) >= begin + 2 * ROUNDS)
        must("each once", len(self.logged("")) == 2)
        self.put(self.anchors, self.good_anchors, 0o644)
        d.wait("anchors that are good again are told", lambda: self.logged("its trust anchors are in use"))
        must("every round was OK", {value for _, value in d.rows("gauge-status")[begin:]} <= {0})

    def ends(self):
        self.daemon.end()
        must("no sanitizer has complained", "Sanitizer" not in self.daemon.read("stderr"))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with World() as world:
        story = Story(world, os.path.abspath(sys.argv[1]))
        return tell((story.key_comes_late, story.key_is_replaced, story.key_is_spoilt,
                     story.key_comes_back, story.anchors_are_spoilt, story.ends),
                    lambda: [story.daemon])


if __name__ == "__main__":
    sys.exit(main())
