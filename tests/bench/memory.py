"""What endpoints take in memory: connections that stall, and a fleet in a real collectd, over a
collectd that holds the same values by other means.
"""

import os
import re
import shutil
import socket
import subprocess
import time

import netns
from contenders import Void, find, own_cpu, resident_kb
from ground import PORTS, SILENT_PORT, Skipped, cost

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
                          ("the server owes the answer", ["--port", PORTS["p256"], "--path", "/stall"])):
        done = cost(place.probe_command(STALLED, *at_once, *options)).json()
        if done["up"] != 0:
            raise Void(f"{what}: {done['up']} were answered")
        result[what] = (done["rss_kb"] - base) / STALLED
    return result


class Collectd:
    """A daemon with nothing but unixsock and, where `blocks` has some, the plugin."""

    def __init__(self, place, name, blocks=""):
        program = find("collectd", ("/usr/sbin",))
        plugins = next((path for path in ("/usr/lib/collectd", "/usr/lib64/collectd")
                        if os.path.exists(os.path.join(path, "unixsock.so"))), None)
        if plugins is None:
            raise Skipped("collectd's plugins are not installed")
        home = os.path.join(place.folder, name)
        os.makedirs(home)
        self.socket = os.path.join(home, "socket")
        config = (f'Hostname "bench"\nFQDNLookup false\nBaseDir "{home}"\nPIDFile "{home}/pid"\n'
                  f'TypesDB "/usr/share/collectd/types.db"\nInterval {INTERVAL}\n'
                  f'PluginDir "{plugins}"\nLoadPlugin unixsock\n<Plugin unixsock>\n'
                  f'SocketFile "{self.socket}"\n</Plugin>\n')
        if blocks:
            # A copy: collectd refuses a plugin that is a symbolic link.
            shutil.copy(place.program("plugin/privatelink.so"), home)
            config += f'PluginDir "{home}"\nLoadPlugin privatelink\n{blocks}'
        path = os.path.join(home, "collectd.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(config)
        self.process = subprocess.Popen([program, "-f", "-C", path], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, preexec_fn=netns.die_with_parent)
        self.stream = self._connect()

    def _connect(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(self.socket)
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
        return own_cpu(self.process.pid)

    def close(self):
        self.stream.close()
        self.process.kill()
        self.process.wait()


def blocks(place, count):
    endpoints = "".join(f'<Endpoint "n{n}">\nPrivateName "ep{n}.bench.test"\n'
                        f'PublicName "pub{n}.bench.test"\n</Endpoint>\n' for n in range(count))
    return (f'<Plugin privatelink>\nCaFile "{place.ca()}"\nResolver "10.53.0.1"\n'
            f'PublicResolver "10.53.0.1"\nBlockedBy "http:403"\nInterval {INTERVAL}\n{endpoints}'
            "</Plugin>\n")


def fleet(place, count):
    """A dictionary: MB of the plugin with so many endpoints, of a daemon with its values by other
    means, and CPU of one round of one endpoint."""
    watching = Collectd(place, f"fleet-{count}", blocks(place, count))
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
    told = Collectd(place, f"told-{count}")
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
