"""Who is measured, and how each is made to do its work: a fixed number of probes against the lab, of
which the lab's own counters say that they took place.

A contender has a name, the number of probes of one measurement, and measure(), which returns a Sample
for one probe. What it needs and this machine lacks is raised as Skipped when it is made.
"""

import http.client
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections import namedtuple

import netns
from ground import Skipped, cost

# CPU in seconds and page faults, of one probe.
Sample = namedtuple("Sample", "cpu faults")

SYSTEM_BUNDLE = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
PLUGIN_FOLDERS = ("/usr/lib/nagios/plugins", "/usr/lib64/nagios/plugins")
ADDRESSES = 1000
TICK = os.sysconf("SC_CLK_TCK")
PATIENCE = 30


class Void(Exception):
    """A contender that did not do what it was measured for."""


def find(name, folders=()):
    for folder in folders:
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            return path
    path = shutil.which(name)
    if path is None:
        raise Skipped(f"{name} is not installed")
    return path


def bundle(place):
    """The system's certificates and the lab's in one file."""
    system = next((path for path in SYSTEM_BUNDLE if os.path.exists(path)), None)
    if system is None:
        raise Skipped("no bundle of CA certificates is installed")
    path = os.path.join(place.folder, "bundle.pem")
    with open(path, "wb") as file:
        for part in (system, place.ca("p256"), place.ca("rsa")):
            with open(part, "rb") as certificates:
                file.write(certificates.read())
    return path


def own_cpu(pid):
    """Seconds of a process that runs, all its threads together."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def own_faults(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return int(fields[7]) + int(fields[9])


def resident_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])


class Contender:
    def __init__(self, place, name, count, counter="answers"):
        self.place, self.name, self.count, self.counter = place, name, count, counter

    def served(self):
        return self.place.served()[self.counter]

    def checked(self, before, wanted=None):
        """Whoever fails is faster: the lab must have answered as often as it was asked to."""
        done, wanted = self.served() - before, wanted or self.count
        if done < wanted:
            raise Void(f"{self.name}: {wanted} probes, and the lab saw {done} {self.counter}")

    def close(self):
        pass


class Program(Contender):
    """One process that makes all the probes."""

    def __init__(self, place, name, count, command, counter="answers"):
        super().__init__(place, name, count, counter)
        self.command = command

    def measure(self):
        before = self.served()
        done = cost(self.command)
        if not done.ok:
            raise Void(f"{self.name}: {done.output[-500:]}")
        self.checked(before)
        return Sample(done.cpu / self.count, done.faults / self.count)


class Started(Contender):
    """A group of programs that is started anew for every probe, as Nagios does."""

    def __init__(self, place, name, count, commands, counter="answers", per_probe=1):
        super().__init__(place, name, count, counter)
        self.commands, self.per_probe = commands, per_probe

    def measure(self):
        before, cpu, faults = self.served(), 0, 0
        for number in range(self.count):
            for command in self.commands(number % ADDRESSES):
                done = cost(command)
                if not done.ok:
                    raise Void(f"{self.name}: {done.output[-500:]}")
                cpu, faults = cpu + done.cpu, faults + done.faults
        self.checked(before, self.count * self.per_probe)
        return Sample(cpu / self.count, faults / self.count)


class STime(Contender):
    """`openssl s_time` stops after a time, not after a number."""

    def __init__(self, place, kind="p256"):
        super().__init__(place, "openssl s_time", 1)
        self.command = [find("openssl"), "s_time", "-new", "-time", "2", "-www", "/", "-verify", "3",
                        "-connect", f"10.64.0.1:{443 if kind == 'p256' else 4430}", "-CAfile",
                        place.ca(kind)]

    def measure(self):
        before = self.served()
        done = cost(self.command)
        if not done.ok or "verify error" in done.output:
            raise Void(f"{self.name}: {done.output[-500:]}")
        count = self.served() - before
        if count == 0:
            raise Void(f"{self.name}: no connection")
        return Sample(done.cpu / count, done.faults / count)


class Exporter(Contender):
    """prometheus-blackbox-exporter, asked by ten scrapers at once from the lab's processor."""

    PORTS = {"http": 9115, "tcp": 9116}
    SCRAPERS = 10
    CONFIG = """modules:
  http: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}
  tcp: {prober: tcp, timeout: 5s, tcp: {tls: true, preferred_ip_protocol: ip4}}
"""

    def __init__(self, place, module, count):
        answers = "answers" if module == "http" else "handshakes"
        super().__init__(place, f"blackbox_exporter, {module} with TLS", count, answers)
        self.module, self.port = module, self.PORTS[module]
        program = find("prometheus-blackbox-exporter") if shutil.which("prometheus-blackbox-exporter") \
            else find("blackbox_exporter")
        path = os.path.join(place.folder, "blackbox.yml")
        with open(path, "w", encoding="ascii") as file:
            file.write(self.CONFIG)
        self.process = subprocess.Popen(
            [program, f"--config.file={path}", f"--web.listen-address=127.0.0.1:{self.port}",
             "--log.level=error"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=netns.die_with_parent,
            env=os.environ | {"SSL_CERT_FILE": bundle(place), "GOMAXPROCS": "1"})
        self._wait()

    def _wait(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                self._probe(0)
                return
            except OSError:
                time.sleep(0.1)
        raise Void(f"{self.name} did not start")

    def _probe(self, number, connection=None):
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        name = f"ep{number % ADDRESSES}.bench.test"
        target = f"https://{name}/" if self.module == "http" else f"{name}:443"
        connection.request("GET", f"/probe?module={self.module}&target={target}")
        return b"\nprobe_success 1" in connection.getresponse().read()

    def _scrape(self, numbers, bad):
        os.sched_setaffinity(0, self.place.server_processors)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        bad.extend(number for number in numbers if not self._probe(number, connection))
        connection.close()

    def measure(self):
        bad, before, pid = [], self.served(), self.process.pid
        cpu, faults = own_cpu(pid), own_faults(pid)
        scrapers = [threading.Thread(target=self._scrape, args=(
            range(first, self.count, self.SCRAPERS), bad)) for first in range(self.SCRAPERS)]
        for scraper in scrapers:
            scraper.start()
        for scraper in scrapers:
            scraper.join()
        cpu, faults = own_cpu(pid) - cpu, own_faults(pid) - faults
        if bad:
            raise Void(f"{self.name}: {len(bad)} probes failed")
        self.checked(before)
        return Sample(cpu / self.count, faults / self.count)

    def close(self):
        self.process.kill()
        self.process.wait()


class CollectdCurl(Contender):
    """collectd's own curl plugin: a hundred pages as often as it can, for a while."""

    SECONDS = 4
    PAGES = 100

    def __init__(self, place):
        super().__init__(place, "collectd's curl plugin", 1)
        program = find("collectd", ("/usr/sbin",))
        folder = next((path for path in ("/usr/lib/collectd", "/usr/lib64/collectd")
                       if os.path.exists(os.path.join(path, "curl.so"))), None)
        if folder is None:
            raise Skipped("collectd's curl plugin is not installed")
        home = os.path.join(place.folder, "collectd-curl")
        os.makedirs(home, exist_ok=True)
        path = os.path.join(home, "collectd.conf")
        pages = "".join(f'<Page "ep{n}">\nURL "https://ep{n}.bench.test/"\nCACert "{place.ca()}"\n'
                        "MeasureResponseTime true\n</Page>\n" for n in range(self.PAGES))
        with open(path, "w", encoding="ascii") as file:
            file.write(f'Hostname "bench"\nFQDNLookup false\nBaseDir "{home}"\nPluginDir "{folder}"\n'
                       f'PIDFile "{home}/pid"\nTypesDB "/usr/share/collectd/types.db"\nInterval 1\n'
                       f"LoadPlugin curl\n<Plugin curl>\n{pages}</Plugin>\n")
        self.process = subprocess.Popen([program, "-f", "-C", path], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, preexec_fn=netns.die_with_parent)
        self.process.send_signal(signal.SIGSTOP)  # until it is its turn

    def measure(self):
        self.process.send_signal(signal.SIGCONT)
        try:
            time.sleep(1)
            before, cpu, faults = self.served(), own_cpu(self.process.pid), own_faults(self.process.pid)
            time.sleep(self.SECONDS)
            count = self.served() - before
            cpu, faults = own_cpu(self.process.pid) - cpu, own_faults(self.process.pid) - faults
        finally:
            self.process.send_signal(signal.SIGSTOP)
        if count == 0:
            raise Void(f"{self.name}: no answer was seen")
        return Sample(cpu / count, faults / count)

    def close(self):
        self.process.kill()
        self.process.wait()
