#!/usr/bin/python3
"""A real collectd in the lab, with the plugin, while the endpoint's world changes.

    tests/plugin/story.py PRIVATELINK_SO

Reads what an operator's other plugins would: values as csv wrote them, notifications as logfile
did. Touches nothing outside the lab's namespaces.
"""

import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

import places  # noqa: E402
from demo import BLOCKED, NO_EGRESS, ZONE_DEAD  # noqa: E402
from world import World  # noqa: E402

PATIENCE = 60  # seconds for anything to happen: these machines are shared
STOPS_WITHIN = 10  # seconds, a sanitizer's exit included
COLLECTD = "/usr/sbin/collectd"
PLUGINS = "/usr/lib/collectd"

CONFIGURATION = """
Hostname "lab"
FQDNLookup false
BaseDir "{folder}"
PIDFile "{folder}/collectd.pid"
PluginDir "{folder}/plugins"
TypesDB "/usr/share/collectd/types.db"
Interval 2
LoadPlugin logfile
<Plugin logfile>
  LogLevel info
  File "{folder}/collectd.log"
</Plugin>
LoadPlugin csv
<Plugin csv>
  DataDir "{folder}/csv"
</Plugin>
LoadPlugin uptime
LoadPlugin privatelink
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicResolver {resolvers}
  Witness "witness.lab.test"
  ConnectTimeout 1.6
  Recovery 3
  <Endpoint "lab-1">
    PrivateName "api.private.lab.test"
    PublicName "api.public.lab.test"
  </Endpoint>
  <Endpoint "broken">
    PrivateName "api.private.lab.test"
    Port 0
  </Endpoint>
</Plugin>
"""

# Type and type_instance of everything that a round of dns, port and public submits when all is well.
VALUES = {
    "gauge-status", "gauge-dns_status", "gauge-port_status", "gauge-public_status",
    "gauge-public_verdict", "bool-public_alarm", "duration-public_proof_age",
    "count-public_addresses", "count-public_open", "response_code-public_http_status",
    "count-addresses", "count-addresses_up", "count-addresses_public", "duration-dns_time",
    "duration-connect_time", "duration-tls_time", "duration-first_byte_time", "duration-time",
    "duration-scheduling_delay", "duration-dns_ttl", "gauge-certificate_days",
    "count-addresses_up-10.0.1.10", "gauge-public_verdict-203.0.113.11",
}


class Failure(Exception):
    """Something was not as it must be."""


class Daemon:
    """collectd in the foreground, in the lab's client namespace."""

    def __init__(self, world, plugin):
        self.folder = world.folder
        folder = os.path.join(self.folder, "plugins")
        os.mkdir(folder)
        # Copies: collectd refuses a plugin that is a symbolic link.
        for name in ("logfile", "csv", "uptime"):
            shutil.copy(os.path.join(PLUGINS, name + ".so"), folder)
        shutil.copy(plugin, os.path.join(folder, "privatelink.so"))
        resolvers = " ".join(f'"{address}"' for address in places.PUBLIC_RESOLVERS)
        config = world.file("collectd.conf", CONFIGURATION.format(
            folder=self.folder, ca_file=world.pki.ca_file, resolvers=resolvers))
        self.process = world.clients["host"].start([COLLECTD, "-f", "-C", config],
                                                   env=self.environment(plugin))
        world.processes.append(self.process)

    @staticmethod
    def environment(plugin):
        """A plugin that was built with a sanitizer needs its runtime first in the process."""
        needed = subprocess.run(["ldd", plugin], capture_output=True, text=True, check=True).stdout
        runtime = re.search(r"(/\S*lib[at]san\.so\S*)", needed)
        # What collectd and its plugins keep until the end is theirs to answer for.
        options = {"ASAN_OPTIONS": "detect_leaks=0"}
        return {"PATH": os.environ["PATH"]} | options | (
            {"LD_PRELOAD": runtime.group(1)} if runtime else {})

    def log(self):
        try:
            with open(os.path.join(self.folder, "collectd.log"), encoding="utf-8") as stream:
                return stream.read().splitlines()
        except FileNotFoundError:
            return []

    def notifications(self, pattern):
        return [line for line in self.log() if "Notification:" in line and re.search(pattern, line)]

    def rows(self, value, endpoint="lab-1"):
        """(time, value) pairs of one metric so far."""
        rows = []
        for name in sorted(glob.glob(
                f"{self.folder}/csv/lab/privatelink-{endpoint}/{value}-????-??-??")):
            with open(name, encoding="utf-8") as stream:
                for line in stream.read().splitlines()[1:]:
                    if line.count(",") == 1:
                        rows.append(tuple(float(item) for item in line.split(",")))
        return rows

    def last(self, value, endpoint="lab-1"):
        rows = self.rows(value, endpoint)
        return rows[-1][1] if rows else None

    def names(self, endpoint):
        return {re.sub(r"-\d{4}-\d\d-\d\d$", "", os.path.basename(name))
                for name in glob.glob(f"{self.folder}/csv/lab/privatelink-{endpoint}/*")}

    def wait(self, what, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            if self.process.poll() is not None:
                raise Failure(f"{what}: collectd has ended with {self.process.returncode}")
            if time.monotonic() > end:
                raise Failure(f"{what}: not within {PATIENCE} s")
            time.sleep(0.1)
        print(f"ok  {what}", flush=True)


def must(what, condition):
    if not condition:
        raise Failure(f"{what}: not so")
    print(f"ok  {what}", flush=True)


class Story:
    def __init__(self, world, daemon):
        self.world, self.daemon = world, daemon

    def change(self, rules):
        self.world.here.run(["nft", "delete table inet demo"], check=False)
        self.world.here.nft("table inet demo {" + rules + "}\n")

    def all_is_well(self):
        d = self.daemon
        d.wait("all is well: status 0", lambda: d.last("gauge-status") == 0)
        d.wait("values have the documented identity", lambda: VALUES <= d.names("lab-1"))
        must("public_verdict is blocked", d.last("gauge-public_verdict") == 0)
        must("three addresses are up", d.last("count-addresses_up") == 3)
        must("nothing is announced", not d.notifications("plugin_instance = lab-1|lab-1:"))

    def broken_block(self):
        d = self.daemon
        d.wait("a bad block is UNKNOWN", lambda: d.last("gauge-status", "broken") == 3)
        complaints = [line for line in d.log() if 'privatelink plugin: <Endpoint "broken">: Port:' in line]
        must("its mistake is one line of the log that names block and option", len(complaints) == 1)

    def opens(self):
        d = self.daemon
        self.change("")
        d.wait("the public endpoint opens: FAILURE", lambda: d.notifications(
            r"severity = FAILURE.*lab-1.*public\.open"))
        d.wait("public_alarm is 1", lambda: d.last("bool-public_alarm") == 1)
        must("it is announced once", len(d.notifications("severity = FAILURE.*lab-1")) == 1)

    def egress_breaks(self):
        d = self.daemon
        self.change(NO_EGRESS)
        d.wait("egress breaks: UNKNOWN is announced", lambda: d.notifications(
            r"severity = WARNING.*message = UNKNOWN.*lab-1.*public\."))
        d.wait("public_verdict is unproven", lambda: d.last("gauge-public_verdict") == 2)
        must("public_alarm stays 1", d.last("bool-public_alarm") == 1)
        must("public_status is at least 2", d.last("gauge-public_status") >= 2)
        must("no recovery is announced", not d.notifications("severity = OKAY.*lab-1: public"))

    def recovers(self):
        d = self.daemon
        self.change(BLOCKED)
        d.wait("the block is proven again: OKAY", lambda: d.notifications(
            "severity = OKAY.*lab-1: public"))
        d.wait("public_alarm is 0", lambda: d.last("bool-public_alarm") == 0)
        alarms = dict(d.rows("bool-public_alarm"))
        proven = [alarms[when] for when, verdict in d.rows("gauge-public_verdict")
                  if verdict == 0 and when in alarms]
        # collectd gets the newest round: the first of them may have been overtaken by the second.
        must("no single proven block ends the alarm", 1 in proven)

    def zone_dies(self):
        d = self.daemon
        self.change(BLOCKED + ZONE_DEAD)
        d.wait("a zone dies: WARNING", lambda: d.notifications(
            r"severity = WARNING.*lab-1: port.*port\.some-down"))
        d.wait("addresses_up is 2", lambda: d.last("count-addresses_up") == 2)

    def ends(self):
        d = self.daemon
        must("the daemon's own plugins went on", len(d.rows("uptime", "x")) == 0 and glob.glob(
            f"{d.folder}/csv/lab/uptime/*"))
        begin = time.monotonic()
        # nsenter has become collectd: the process is the one that was started.
        d.process.send_signal(signal.SIGTERM)
        code = d.process.wait(timeout=PATIENCE)
        must(f"SIGTERM with probes in flight: gone after {time.monotonic() - begin:.1f} s, code {code}",
             time.monotonic() - begin < STOPS_WITHIN and code == 0)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with World() as world:
        story = Story(world, None)
        story.change(BLOCKED)
        story.daemon = Daemon(world, os.path.abspath(sys.argv[1]))
        try:
            for step in (story.all_is_well, story.broken_block, story.opens, story.egress_breaks,
                         story.recovers, story.zone_dies, story.ends):
                step()
        except Failure as failure:
            print(f"FAIL {failure}\n" + "\n".join(story.daemon.log()[-40:]))
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
