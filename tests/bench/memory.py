"""The memory of endpoints: connections that stall, and many endpoints in a real collectd compared with a
collectd that was sent the same values.
"""

import os
import re
import shutil
import socket
import time

from collectd import Collectd
from contenders import Void, resident_kb, used
from testbed import SILENT_PORT, cost

STALLED = 1000
INTERVAL = 60  # seconds
ROUNDS = 2     # before the daemon's memory is measured
PATIENCE = 3 * INTERVAL


def stalled(bed):
    """{what: KB of a connection}: a thousand stalled ones at once, minus a thousand good ones in turn."""
    at_once = ["--concurrency", STALLED, "--limit", 30, "--response-timeout", 5]
    base = cost(bed.probe_command(STALLED, "--concurrency", 1)).json()["rss_kb"]
    result = {}
    for what, options in (("the server does not answer the ClientHello", ["--port", SILENT_PORT]),
                          ("the server has not answered the GET", ["--path", "/stall"])):
        done = cost(bed.probe_command(STALLED, *at_once, *options)).json()
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


class Unixsock(Collectd):
    """A daemon that is read and written through unixsock. Loads the plugin if `blocks` configures it."""

    def __init__(self, bed, name, blocks=""):
        if blocks:
            os.makedirs(os.path.join(bed.folder, name))
            shutil.copy(bed.program("plugin/privatelink.so"), os.path.join(bed.folder, name))
        super().__init__(bed, name, INTERVAL, "unixsock", UNIXSOCK + (OURS + blocks if blocks else ""))
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
        """The lines of an answer: "N Value found", then N lines."""
        self.stream.write(line + "\n")
        self.stream.flush()
        count = int(self.stream.readline().split()[0])
        return [self.stream.readline().rstrip("\n") for _ in range(max(count, 0))]

    def values(self):
        """The identifiers of all values."""
        return [line.split(" ", 1)[1] for line in self.ask("LISTVAL")]

    def put(self, identifier):
        """Sends one value, for a type with a single value. All types of the plugin are of that kind."""
        self.ask(f'PUTVAL "{identifier}" interval={INTERVAL} N:0')

    def resident_kb(self):
        return resident_kb(self.process.pid)

    def cpu(self):
        return used(self.process.pid).cpu

    def close(self):
        self.stream.close()
        super().close()


def blocks(bed, count):
    endpoints = "".join(f'<Endpoint "n{n}">\nPrivateName "ep{n}.bench.test"\n'
                        f'PublicName "pub{n}.bench.test"\n</Endpoint>\n' for n in range(count))
    return (f'<Plugin privatelink>\nCaFile "{bed.ca()}"\nPublicCaFile "{bed.ca()}"\n'
            f'Resolver "10.53.0.1"\nPublicResolver "10.53.0.1"\nPublicDns "plain"\n'
            f'BlockedBy "http:403"\nInterval {INTERVAL}\n{endpoints}</Plugin>\n')


def fleet(bed, count):
    """A dictionary: MB of a daemon with the plugin and `count` endpoints, of a daemon that was sent the
    same values, and CPU of one round of one endpoint."""
    watching = Unixsock(bed, f"fleet-{count}", blocks(bed, count))
    try:
        wait_for_rounds(bed, watching, count)
        cpu = watching.cpu()
        time.sleep(INTERVAL)
        cpu = watching.cpu() - cpu
        with_plugin = watching.resident_kb()  # before its values are read, which needs memory, too
        identifiers = watching.values()
        require_all(identifiers, count)
    finally:
        watching.close()
    plain = Unixsock(bed, f"plain-{count}")
    try:
        for _ in range(ROUNDS):
            for identifier in identifiers:
                plain.put(identifier)
        without = plain.resident_kb()
    finally:
        plain.close()
    return {"endpoints": count, "values": len(identifiers), "daemon_mb": with_plugin / 1024,
            "same_values_mb": without / 1024, "over_mb": (with_plugin - without) / 1024,
            "cpu_ms_per_round": cpu / count * 1e3}


def wait_for_rounds(bed, daemon, count):
    """Waits until every endpoint has had its rounds, with one GET on each side."""
    end, before = time.monotonic() + PATIENCE + ROUNDS * INTERVAL, bed.served()["answers"]
    while bed.served()["answers"] - before < ROUNDS * 2 * count:
        if time.monotonic() > end or daemon.process.poll() is not None:
            raise Void(f"{count} endpoints did not have {ROUNDS} rounds")
        time.sleep(0.5)
    time.sleep(2)


def require_all(identifiers, count):
    status = re.compile(r"/privatelink-n\d+/gauge-status$")
    have = sum(bool(status.search(name)) for name in identifiers)
    if have != count:
        raise Void(f"{have} of {count} endpoints have reported")
