#!/usr/bin/python3
"""AWS replaces an interface of an endpoint between two calls of the EC2 API, and DNS already returns the
new address. It must not count as a foreign address. A foreign address must still be announced. While the API
fails, what it said before is of that time only: a new address is UNKNOWN, and never CRITICAL. If the API throttles from the start, a public address among the
answers is UNKNOWN from the first round on: it may be the endpoint's own.

    tests/plugin/changes/replaced.py PRIVATELINK_SO
"""

import copy
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from lab.aws.fake import Fake
from lab.aws.fixture import KEYS, REGION, make_fixture
from lab.world import World
from plugin.daemon import Daemon, Listener, must, run_story

API = "10.0.9.5"  # the lab's address on the link to the client "host"
NAME = "api.private.lab.test"
ADDRESSES = [f"10.0.{zone}.10" for zone in (1, 2, 3)]  # what DNS answers
GONE = "10.0.3.99"
NAMES = ("replaced", "renumbered", "foreign")
ROUNDS = 4  # to wait for

# The next regular call is ten minutes away.
BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicCaFile "{ca_file}"
  Region "{region}"
  PrivateDns "any"
  Check "state" "dns"
  PrivateName "{name}"
  StateInterval 600
  DetailInterval 600
  <Endpoint "replaced">
    EndpointId "{replaced}"
  </Endpoint>
  <Endpoint "renumbered">
    EndpointId "{renumbered}"
  </Endpoint>
  <Endpoint "foreign">
    EndpointId "{foreign}"
  </Endpoint>
</Plugin>
"""


# `port` probes the private answer of "answers"; of "learned" not even the name is known.
THROTTLED = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicCaFile "{ca_file}"
  Region "{region}"
  PrivateDns "any"
  TlsName "ok.private.lab.test"
  Check "dns" "port"
  EndpointId "{id}"
  <Endpoint "answers">
    PrivateName "leak.private.lab.test"
  </Endpoint>
  <Endpoint "learned">
  </Endpoint>
</Plugin>
"""


def give(interface, address):
    interface["PrivateIpAddress"] = address
    interface["PrivateIpAddresses"] = [{"PrivateIpAddress": address, "Primary": True}]


def fixtures():
    """The EC2 data before and after, and the ids of the endpoints. The first endpoint gets a new
    interface, the second one a new address on an interface. The third one never has what DNS returns."""
    before = make_fixture(count=3)
    for endpoint in before["VpcEndpoints"]:
        endpoint["DnsEntries"][-1]["DnsName"] = NAME
    for index, interface in enumerate(before["NetworkInterfaces"]):
        give(interface, GONE if index % 3 == 2 else ADDRESSES[index % 3])
    after = copy.deepcopy(before)
    new = copy.deepcopy(after["NetworkInterfaces"][2])
    new["NetworkInterfaceId"] = "eni-0new"
    give(new, ADDRESSES[2])
    after["NetworkInterfaces"][2] = new
    after["VpcEndpoints"][0]["NetworkInterfaceIds"][2] = "eni-0new"
    give(after["NetworkInterfaces"][5], ADDRESSES[2])
    return before, after, [endpoint["VpcEndpointId"] for endpoint in before["VpcEndpoints"]]


class Changing(Fake):
    """A fake API whose data change after the first list, or which fails after it."""

    def __init__(self, before, after, fails):
        super().__init__(before, host=API)
        self.after, self.fails, self.lists = after, fails, 0

    def describe(self, kind, arguments, caller=None):
        with self.lock:
            if kind == "VpcEndpoints":
                self.lists += 1
                if self.lists == 2:
                    self.fixture = self.after
                if self.fails:
                    self.behaviour.faults = [{"action": "DescribeVpcEndpoints", "times": 10000,
                                              "http": 500, "code": "InternalError"}]
            return super().describe(kind, arguments, caller)


class Story:
    def __init__(self, world, plugin, fails):
        before, after, ids = fixtures()
        self.fake, self.listener = Changing(before, after, fails).start(), Listener()
        self.daemon = Daemon(world, plugin, BLOCKS.format(
            ca_file=world.pki.ca_file, region=REGION, name=NAME,
            replaced=ids[0], renumbered=ids[1], foreign=ids[2]),
            name="failing" if fails else "working", head=self.listener.configuration,
            env={**KEYS, "AWS_ENDPOINT_URL": self.fake.url})

    def of_dns(self, endpoint):
        return [value for _, value in self.daemon.rows("gauge-dns_status", endpoint)]

    def has_rounds(self):
        for name in NAMES:
            self.daemon.wait(f"{name}: some rounds", lambda n=name: len(self.of_dns(n)) >= ROUNDS)

    def is_distinguished(self):
        for name in ("replaced", "renumbered"):
            must(f"{name}: no round has a foreign address",
                 set(self.of_dns(name)) == {0})
            must(f"{name}: no notification", not self.listener.of(name, text=r"\bdns:"))
        must("foreign: every round was CRITICAL", set(self.of_dns("foreign")) == {2})
        alerts = self.listener.of("foreign", "FAILURE", r"\[dns\.foreign-address\]$")
        must("foreign: one notification", len(alerts) == 1)

    def api_is_left_alone(self):
        # A third list is possible if the last endpoint's first round began after the second one.
        must(f"the API was called for two or three lists ({self.fake.lists})",
             self.fake.lists in (2, 3))

    def is_unknown_without_the_api(self):
        for name in NAMES:
            must(f"{name}, and the API fails: every round was UNKNOWN", set(self.of_dns(name)) == {3})
            must(f"{name}: no failure is announced", not self.listener.of(name, "FAILURE"))
        must("the API is the reason", any(self.listener.of(name, text=r"\bdns: .*\[state\.api\]") for name in NAMES))
        calls = sum(entry.get("action") == "DescribeVpcEndpoints" for entry in self.fake.log)
        must(f"the failing API gets one list and three attempts ({calls})", calls == 4)

    def ends(self):
        self.daemon.end()


class Throttled:
    """The API throttles while collectd starts, and never answers."""

    def __init__(self, world, plugin):
        self.fake, self.listener = Fake(make_fixture(), host=API), Listener()
        self.fake.behaviour.faults = [{"action": "DescribeVpcEndpoints", "times": 10000, "http": 503,
                                       "code": "RequestLimitExceeded"}]
        self.fake.start()
        endpoint = make_fixture()["VpcEndpoints"][0]["VpcEndpointId"]
        self.daemon = Daemon(world, plugin, THROTTLED.format(
            ca_file=world.pki.ca_file, region=REGION, id=endpoint),
            name="throttled", head=self.listener.configuration,
            env={**KEYS, "AWS_ENDPOINT_URL": self.fake.url})

    def is_never_critical(self):
        for name in ("answers", "learned"):
            for check in ("dns", "port"):
                def rows(n=name, c=check):
                    return [value for _, value in self.daemon.rows(f"gauge-{c}_status", n)]

                self.daemon.wait(f"{name}: some rounds of {check}", lambda r=rows: len(r()) >= ROUNDS)
                wanted = {0} if (name, check) == ("answers", "port") else {3}
                must(f"{name}: every round of {check} is {wanted}", set(rows()) == wanted)
        must("no value of what was not probed",
             not self.daemon.rows("count-addresses_up", "learned"))
        must("no failure is announced", not self.listener.of("answers", "FAILURE")
             and not self.listener.of("learned", "FAILURE"))
        must("the notification names the API's reason",
             self.listener.of("answers", text=r"\[state\.throttled\]"))

    def ends(self):
        self.daemon.end()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with World() as world:
        working, failing = (Story(world, os.path.abspath(sys.argv[1]), fails) for fails in (False, True))
        throttled = Throttled(world, os.path.abspath(sys.argv[1]))
        return run_story((throttled.is_never_critical, throttled.ends, working.has_rounds, working.is_distinguished, working.api_is_left_alone,
                     failing.has_rounds, failing.is_unknown_without_the_api, working.ends, failing.ends),
                    lambda: [throttled.daemon, working.daemon, failing.daemon])


if __name__ == "__main__":
    sys.exit(main())
