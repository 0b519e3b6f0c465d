#!/usr/bin/python3
"""Reads the values of all four checks in csv, unixsock and write_prometheus, and in a second collectd
over the network plugin. Then the answers of a fake EC2 API change, and the test reads the notifications.

    tests/plugin/outputs/delivery.py PRIVATELINK_SO
"""

import os
import pathlib
import re
import socket
import sys
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from lab import hosts
from lab.aws.fake import Fake
from lab.aws.fixture import ID, KEYS, REGION, SECRET, make_fixture
from lab.demo import BLOCKED
from plugin.daemon import PLUGINS, Daemon, Failure, Listener, main, must, resolvers

SENDER, COLLECTOR = "10.0.9.6", "10.0.9.5"  # both ends of a link of the lab
NAME = "api.private.lab.test"
ZONES = [REGION + letter for letter in "abc"]
ADDRESSES = [f"10.0.{zone}.10" for zone in (1, 2, 3)]
PUBLIC = hosts.public("open")

HEAD = """
LoadPlugin unixsock
<Plugin unixsock>
  SocketFile "{folder}/socket"
</Plugin>
LoadPlugin write_prometheus
<Plugin write_prometheus>
  Host "{sender}"
  Port "9103"
</Plugin>
LoadPlugin network
<Plugin network>
  Server "{collector}" "25826"
</Plugin>
"""
COLLECT = """
LoadPlugin network
<Plugin network>
  Listen "{collector}" "25826"
</Plugin>
"""
# The private name comes from the API.
BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicCaFile "{ca_file}"
  PublicResolver {resolvers}
  Witness "witness.lab.test"
  Region "{region}"
  StateInterval 1
  DetailInterval 1
  HourlyPrice 0.01
  <Endpoint "lab-1">
    EndpointId "{id}"
    PublicName "api.public.lab.test"
    Accept "tenant,request"
  </Endpoint>
</Plugin>
"""

# Everything that a round submits if all checks are OK: type and type_instance. Nothing else may arrive.
VALUES = {
    "gauge": ["status", "state_status", "dns_status", "port_status", "public_status",
              "public_verdict", f"public_verdict-{PUBLIC}", "certificate_days", "hourly_cost"],
    "bool": ["public_alarm", "endpoint_available"],
    "count": ["public_addresses", "public_open", "public_rivals", "zones", "interfaces", "addresses",
              "addresses_up", "addresses_public"] + [f"addresses_up-{suffix}" for suffix in ZONES + ADDRESSES],
    "response_code": ["public_http_status", f"public_http_status-{PUBLIC}"],
    "duration": ["public_proof_age", "state_age", "dns_time", "dns_ttl", "connect_time", "tls_time",
                 "first_byte_time", "time", "scheduling_delay"]
                + [f"{what}_time-{address}" for what in ("connect", "tls", "first_byte")
                   for address in ADDRESSES],
}
IDENTITIES = {f"{kind}-{name}" for kind, names in VALUES.items() for name in names}
# The expected numbers. The other values are times.
NUMBERS = {
    "gauge-status": 0, "gauge-state_status": 0, "gauge-dns_status": 0, "gauge-port_status": 0,
    "gauge-public_status": 0, "gauge-public_verdict": 0, "gauge-hourly_cost": 0.03,
    "bool-public_alarm": 0, "bool-endpoint_available": 1, "count-public_addresses": 1,
    "count-public_open": 0, "count-zones": 3, "count-interfaces": 3, "count-addresses": 3,
    "count-addresses_up": 3, "count-addresses_public": 0, "response_code-public_http_status": 403,
    f"count-addresses_up-{ZONES[1]}": 1, f"count-addresses_up-{ADDRESSES[2]}": 1,
    f"response_code-public_http_status-{PUBLIC}": 403, "duration-dns_ttl": 60,
}


def world_fixture():
    """One endpoint with the name and the addresses of the lab."""
    fixture = make_fixture()
    fixture["VpcEndpoints"][0]["DnsEntries"][-1]["DnsName"] = NAME
    for interface, address in zip(fixture["NetworkInterfaces"], ADDRESSES):
        interface["PrivateIpAddress"] = address
        interface["PrivateIpAddresses"] = [{"PrivateIpAddress": address, "Primary": True}]
    return fixture


class Unixsock:
    def __init__(self, folder):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(os.path.join(folder, "socket"))
        self.lines = self.socket.makefile("rw", encoding="utf-8")

    def ask(self, command):
        self.lines.write(command + "\n")
        self.lines.flush()
        head = self.lines.readline().split(" ", 1)
        if int(head[0]) < 0:
            raise Failure(f"unixsock: {command}: {head[1]}")
        return [self.lines.readline().strip() for _ in range(int(head[0]))]

    def flush(self, arguments):
        self.lines.write(f"FLUSH {arguments}\n")
        self.lines.flush()
        return self.lines.readline().strip().split(" ", 1)[1]

    def values(self):
        found = {}
        for line in self.ask("LISTVAL"):
            name = line.split(" ", 1)[1]
            if name.startswith("lab/privatelink-lab-1/"):
                answer = self.ask(f'GETVAL "{name}"')
                found[name.split("/", 2)[2]] = float(answer[0].split("=")[1])
        return found


def prometheus_values():
    """{identity: value} as write_prometheus exports them."""
    with urllib.request.urlopen(f"http://{SENDER}:9103/metrics", timeout=10) as answer:
        text = answer.read().decode()
    row = re.compile(r'collectd_privatelink_(\w+?)(?:_seconds)?\{privatelink="lab-1",'
                     r'type="([^"]+)",instance="lab"\} (\S+)')
    return {f"{kind}-{name}": float(value) for kind, name, value in row.findall(text)}


class Story:
    def __init__(self, world, plugin):
        self.listener = Listener()
        self.fake = Fake(world_fixture(), host=COLLECTOR).start()
        world.here.nft("table inet demo {" + BLOCKED + "}\n")
        self.collector = Daemon(world, None, COLLECT.format(collector=COLLECTOR), name="collector",
                                client=world.here)
        self.daemon = Daemon(
            world, plugin,
            BLOCKS.format(ca_file=world.pki.ca_file, resolvers=resolvers(), region=REGION,
                          id=ID),
            head=HEAD.format(folder=os.path.join(world.folder, "daemon"), sender=SENDER,
                             collector=COLLECTOR) + self.listener.configuration,
            env={**KEYS, "AWS_ENDPOINT_URL": self.fake.url})

    def same(self, where, found):
        missing, more = sorted(IDENTITIES - set(found)), sorted(set(found) - IDENTITIES)
        must(f"{where}: {len(IDENTITIES)} values with the documented identity"
             + (f"; missing {missing}; unknown {more}" if missing or more else ""),
             not missing and not more)
        wrong = {name: found[name] for name, number in NUMBERS.items()
                 if abs(found[name] - number) > 1e-6}
        must(f"{where}: their numbers{wrong or ''}", not wrong)

    def values_arrive(self):
        d = self.daemon
        d.wait("all four checks are OK", lambda: d.last("gauge-state_status") == 0
               and d.last("gauge-status") == 0 and d.last("gauge-public_verdict") == 0)
        d.wait("csv has all values of a round", lambda: len(d.names()) >= len(IDENTITIES))
        self.same("csv", {name: d.last(name) for name in d.names()})
        self.same("unixsock", Unixsock(d.folder).values())
        self.same("write_prometheus", prometheus_values())
        c = self.collector
        c.wait("the second collectd has all values of a round", lambda: len(c.names()) >= len(IDENTITIES))
        self.same("network", {name: c.last(name) for name in c.names()})
        must("the times of measurement are the same",
             set(c.rows("gauge-status")) <= set(d.rows("gauge-status")))

    def api_changes(self):
        """Changes the endpoint's state and lets the API fail. Each change is announced, and the other
        checks continue."""
        def state(**changes):
            return lambda b: b.state.update({ID: changes})

        def deny(behaviour):
            behaviour.denied.append("DescribeVpcEndpoints")

        def break_down(behaviour):
            behaviour.faults.append({"times": 10000, "http": 500, "code": "InternalError"})

        for what, change, severity, number, reason in (
                ("pendingAcceptance", state(State="pendingAcceptance"), "WARNING", 1,
                 "state.pending-acceptance"),
                ("rejected", state(State="rejected"), "FAILURE", 2, "state.rejected"),
                ("available again", lambda b: b.state.clear(), "OKAY", 0, None),
                ("no permission", deny, "WARNING", 3, "state.denied"),
                ("permission again", lambda b: b.denied.clear(), "OKAY", 0, None),
                ("the API is down", break_down, "WARNING", 3, "state.api"),
                ("the API is back", lambda b: b.faults.clear(), "OKAY", 0, None)):
            self.one_change(what, change, severity, number, reason)

    def one_change(self, what, change, severity, number, reason):
        d, before = self.daemon, len(self.listener.alerts)
        with self.fake.lock:
            change(self.fake.behaviour)
        d.wait(f"{what}: {severity}", lambda: [
            alert for alert in self.listener.alerts[before:] if alert.severity == severity])
        alert = self.listener.alerts[-1]
        words = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
        must("the notification has its text and meta data", len(self.listener.alerts) == before + 1
             and alert.text.startswith(f"{words[number]}: lab-1: state: ")
             and alert.meta.get("reason") == reason and alert.meta.get("check") == "state")
        d.wait(f"state_status is {number}", lambda: d.last("gauge-state_status") == number)
        must("the other checks continue", d.last("gauge-public_verdict") == 0
             and d.last("gauge-port_status") == 0 and d.last("gauge-dns_status") == 0)
        self.collector.wait("the second collectd announces it, too", lambda: self.collector.announced(
            f"severity = {severity}, host = lab, plugin = privatelink, plugin_instance = lab-1.*"
            + re.escape(reason or "OK: lab-1: state")))

    def ends(self):
        must("no secret is in any log", not any(
            SECRET in text for daemon in (self.daemon, self.collector)
            for text in daemon.log() + [daemon.read("stderr")]))
        for daemon in (self.daemon, self.collector):
            daemon.end()


if __name__ == "__main__":
    for plugin in ("network", "unixsock", "write_prometheus", "write_http"):
        if not os.path.exists(f"{PLUGINS}/{plugin}.so"):
            sys.exit(f"collectd's plugin {plugin} is not installed")
    sys.exit(main(__doc__, Story, Story.values_arrive, Story.api_changes, Story.ends,
                  daemons=lambda story: [story.daemon, story.collector]))
