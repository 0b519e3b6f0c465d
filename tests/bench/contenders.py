"""The programs that are measured. Each makes a fixed number of probes of the lab's servers, which count
them.

A contender's measure() returns a Sample for one probe. Its constructor raises Skipped if the program is
not installed. measure() raises Void if the program did not do its work.
"""

import http.client
import os
import re
import shutil
import subprocess
import threading
import time
from collections import namedtuple

from testbed import PORTS, Skipped, cost
from lab import netns

# CPU seconds and page faults of one probe.
Sample = namedtuple("Sample", "cpu faults")

SYSTEM_BUNDLE = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
PLUGIN_FOLDERS = ("/usr/lib/nagios/plugins", "/usr/lib64/nagios/plugins")
ADDRESSES = 1000
TICK = os.sysconf("SC_CLK_TCK")
PATIENCE = 30


class Void(Exception):
    """A contender did not do its work."""


def find(*names, folders=()):
    """The first program with one of these names, in these folders or in PATH."""
    path = os.pathsep.join([*folders, os.environ["PATH"]])
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    raise Skipped(f"{names[0]} is not installed")


def bundle(bed):
    """The system's certificates and the lab's in one file."""
    system = next((path for path in SYSTEM_BUNDLE if os.path.exists(path)), None)
    if system is None:
        raise Skipped("no bundle of CA certificates is installed")
    path = os.path.join(bed.folder, "bundle.pem")
    with open(path, "wb") as file:
        for part in (system, bed.ca("p256"), bed.ca("rsa")):
            with open(part, "rb") as certificates:
                file.write(certificates.read())
    return path


def used(pid):
    """CPU and page faults of a running process, with all its threads."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return Sample((int(fields[11]) + int(fields[12])) / TICK, int(fields[7]) + int(fields[9]))


def per_probe(before, after, count):
    return Sample((after.cpu - before.cpu) / count, (after.faults - before.faults) / count)


def resident_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])


class Contender:
    def __init__(self, bed, counter="answers"):
        self.bed, self.counter = bed, counter

    def served(self):
        return self.bed.served()[self.counter]

    def check(self, before, wanted):
        """A failed probe is fast, so the servers must have counted every probe."""
        done = self.served() - before
        if done < wanted:
            raise Void(f"{wanted} probes, but the servers counted {done} {self.counter}")

    def run(self, command):
        done = cost(command)
        if not done.ok:
            raise Void(done.output[-500:])
        return done

    def close(self):
        pass


class Program(Contender):
    """One process that makes all the probes."""

    def __init__(self, bed, count, command, counter="answers"):
        super().__init__(bed, counter)
        self.count, self.command = count, command

    def measure(self):
        before = self.served()
        done = self.run(self.command)
        self.check(before, self.count)
        return Sample(done.cpu / self.count, done.faults / self.count)


class Started(Contender):
    """A group of programs that is started again for each probe, as Nagios does."""

    def __init__(self, bed, count, commands, counter="answers", expected=1):
        super().__init__(bed, counter)
        self.count, self.commands, self.expected = count, commands, expected

    def measure(self):
        before = self.served()
        costs = [self.run(command) for number in range(self.count)
                 for command in self.commands(number % ADDRESSES)]
        self.check(before, self.count * self.expected)
        return Sample(sum(done.cpu for done in costs) / self.count,
                      sum(done.faults for done in costs) / self.count)


class STime(Contender):
    """`openssl s_time`, which stops after a time, not after a number of probes."""

    def __init__(self, bed):
        super().__init__(bed)
        self.command = [find("openssl"), "s_time", "-new", "-time", "2", "-www", "/", "-verify", "3",
                        "-connect", f"10.64.0.1:{PORTS['p256']}", "-CAfile", bed.ca()]

    def measure(self):
        before = self.served()
        done = self.run(self.command)
        count = self.served() - before
        if "verify error" in done.output or count == 0:
            raise Void(done.output[-500:])
        return Sample(done.cpu / count, done.faults / count)


class Exporter(Contender):
    """prometheus-blackbox-exporter, with ten scrapers at once on the servers' processor."""

    PORTS = {"http": 9115, "tcp": 9116}
    SCRAPERS = 10
    CONFIG = """modules:
  http: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}
  tcp: {prober: tcp, timeout: 5s, tcp: {tls: true, preferred_ip_protocol: ip4}}
"""

    def __init__(self, bed, module, count):
        super().__init__(bed, "answers" if module == "http" else "handshakes")
        self.count, self.module, self.port = count, module, self.PORTS[module]
        program = find("prometheus-blackbox-exporter", "blackbox_exporter")
        path = os.path.join(bed.folder, "blackbox.yml")
        with open(path, "w", encoding="ascii") as file:
            file.write(self.CONFIG)
        self.process = subprocess.Popen(
            [program, f"--config.file={path}", f"--web.listen-address=127.0.0.1:{self.port}",
             "--log.level=error"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=netns.die_with_parent,
            env=os.environ | {"SSL_CERT_FILE": bundle(bed), "GOMAXPROCS": "1"})
        self._wait()

    def _wait(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                self._probe(0)
                return
            except OSError:
                time.sleep(0.1)
        raise Void("it did not start")

    def _probe(self, number, connection=None):
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        name = f"ep{number % ADDRESSES}.bench.test"
        target = f"https://{name}/" if self.module == "http" else f"{name}:443"
        connection.request("GET", f"/probe?module={self.module}&target={target}")
        return b"\nprobe_success 1" in connection.getresponse().read()

    def _scrape(self, numbers, bad):
        os.sched_setaffinity(0, self.bed.server_processors)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        bad.extend(number for number in numbers if not self._probe(number, connection))
        connection.close()

    def measure(self):
        bad, before, begin = [], self.served(), used(self.process.pid)
        scrapers = [threading.Thread(target=self._scrape, args=(
            range(first, self.count, self.SCRAPERS), bad)) for first in range(self.SCRAPERS)]
        for scraper in scrapers:
            scraper.start()
        for scraper in scrapers:
            scraper.join()
        end = used(self.process.pid)
        if bad:
            raise Void(f"{len(bad)} probes failed")
        self.check(before, self.count)
        return per_probe(begin, end, self.count)

    def close(self):
        self.process.kill()
        self.process.wait()
