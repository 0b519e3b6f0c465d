"""What endpoints take in memory: connections that stall, and a fleet in a real collectd, over a
collectd that holds the same values by other means.
"""

import os
import re
import shutil
import socket
import time

from collectd import Collectd
from contenders import Void, resident_kb, used
from ground import SILENT_PORT, cost

STALLED = 1000
INTERVAL = 60  # seconds, of every endpoint
ROUNDS = 2     # until the daemon's memory is looked at
PATIENCE = 3 * INTERVAL


def stalled(place):
    """{what: KB of a connection}, of a thousand at once, over a thousand that are well in turn."""
    at_once = ["--concurrency", STALLED, "--limit", 30, "--response-timeout", 5]
    base = cost(place.probe_command(STALLED, "--concurrency", 1)).json()["rss_kb"]
    result = {}
    for what, options in (("the server takes no part in the handshake", ["--port", SILENT_PORT]),
                          ("the server owes the answer", ["--path", "/stall"])):
        done = cost(place.probe_command(STALLED, *at_once, *options)).json()
        if done["up"] != 0:
            raise Void(f"{what}: {done['up']} were answered")
        result[what] = (done["rss_kb"] - base) / STALLED
    return result


UNIXSOCK = """<Plugin unixsock>
  SocketFile "{home}/socket"
</Plugin>
"""
# A copy: collectd refuses a plugin that is a symbolic link.
OURS = """PluginDir "{home}"
LoadPlugin privatelink
"""


class Told(Collectd):
    """A daemon that is asked and told by unixsock; with the plugin where `blocks` configures it."""

    def __init__(self, place, name, blocks=""):
        if blocks:
            os.makedirs(os.path.join(place.folder, name))
            shutil.copy(place.program("plugin/privatelink.so"), os.path.join(place.folder, name))
        super().__init__(place, name, INTERVAL, "unixsock", UNIXSOCK + (OURS + blocks if blocks else ""))
        self.stream = self._connect()

    def _connect(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(os.path.join(self.home, "socket"))
                return connection.makefile("rw", encoding="utf-8")
            except OSError:
                connection.close()
                time.sleep(0.1)
        raise Void("collectd did not start")

    def ask(self, line):
        """The lines of an answer: "N Value found", and N lines."""
        self.stream.write(line + "\n")
        self.stream.flush()
        count = int(self.stream.readline().split()[0])
        return [self.stream.readline().rstrip("\n") for _ in range(max(count, 0))]

    def values(self):
        """Identifiers of what it holds."""
        return [line.split(" ", 1)[1] for line in self.ask("LISTVAL")]

    def put(self, identifier):
        """Of a type with one value, as all of the plugin's are."""
        self.ask(f'PUTVAL "{identifier}" interval={INTERVAL} N:0')

    def resident_kb(self):
        return resident_kb(self.process.pid)

    def cpu(self):
        return used(self.process.pid).cpu

    def close(self):
        self.stream.close()
        super().close()


def blocks(place, count):
    endpoints = "".join(f'<Endpoint "n{n}">\nPrivateName "ep{n}.bench.test"\n'
                        f'PublicName "pub{n}.bench.test"\n</Endpoint>\n' for n in range(count))
    return (f'<Plugin privatelink>\nCaFile "{place.ca()}"\nResolver "10.53.0.1"\n'
            f'PublicResolver "10.53.0.1"\nBlockedBy "http:403"\nInterval {INTERVAL}\n{endpoints}'
            "</Plugin>\n")


def fleet(place, count):
    """A dictionary: MB of the plugin with so many endpoints, of a daemon with its values by other
    means, and CPU of one round of one endpoint."""
    watching = Told(place, f"fleet-{count}", blocks(place, count))
    try:
        wait_for_rounds(place, watching, count)
        cpu = watching.cpu()
        time.sleep(INTERVAL)
        cpu = watching.cpu() - cpu
        with_plugin = watching.resident_kb()  # before it is asked for its values: that takes some, too
        identifiers = watching.values()
        require_all(identifiers, count)
    finally:
        watching.close()
    told = Told(place, f"told-{count}")
    try:
        for _ in range(ROUNDS):
            for identifier in identifiers:
                told.put(identifier)
        without = told.resident_kb()
    finally:
        told.close()
    return {"endpoints": count, "values": len(identifiers), "daemon_mb": with_plugin / 1024,
            "same_values_mb": without / 1024, "over_mb": (with_plugin - without) / 1024,
            "cpu_ms_per_round": cpu / count * 1e3}


def wait_for_rounds(place, daemon, count):
    """Until every endpoint has had its rounds: each has one GET on either side."""
    end, before = time.monotonic() + PATIENCE + ROUNDS * INTERVAL, place.served()["answers"]
    while place.served()["answers"] - before < ROUNDS * 2 * count:
        if time.monotonic() > end or daemon.process.poll() is not None:
            raise Void(f"{count} endpoints did not have {ROUNDS} rounds")
        time.sleep(0.5)
    time.sleep(2)


def require_all(identifiers, count):
    status = re.compile(r"/privatelink-n\d+/gauge-status$")
    have = sum(bool(status.search(name)) for name in identifiers)
    if have != count:
        raise Void(f"{have} of {count} endpoints have reported")
