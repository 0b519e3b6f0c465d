#!/usr/bin/python3
"""AWS replaces an interface of the endpoint between two looks at the EC2 API: DNS names the new one
already. That is no foreign address, and nobody may be woken for it. One that is foreign is told all
the same, and so is one of which the API, which fails, does not say whose it is.

    tests/plugin/replaced.py PRIVATELINK_SO
"""

import copy
import os
import sys

from daemon import Daemon, Listener, must, tell
from world import World

from aws_fixture import KEYS, REGION, make_fixture
from fake_aws import Fake

API = "10.0.9.5"  # the world's end of the wire to the client "host"
NAME = "api.private.lab.test"
ADDRESSES = [f"10.0.{zone}.10" for zone in (1, 2, 3)]  # what DNS answers
GONE = "10.0.3.99"
NAMES = ("replaced", "renumbered", "foreign")
ROUNDS = 4  # that are watched

# The next look at the API is far away, but for one out of turn.
BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  Region "{region}"
  AwsEndpointUrl "{url}"
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


def give(interface, address):
    interface["PrivateIpAddress"] = address
    interface["PrivateIpAddresses"] = [{"PrivateIpAddress": address, "Primary": True}]


def fixtures():
    """The world before and after, and the ids of its endpoints: the first gets another interface, the
    second another address of the same one, and the third is never what DNS names."""
    before = make_fixture(count=3)
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
    """The world changes behind the first look at it; or the API fails from then on."""

    def __init__(self, before, after, fails):
        super().__init__(before, host=API)
        self.after, self.fails, self.looks = after, fails, 0

    def describe(self, kind, arguments):
        with self.lock:
            if kind == "VpcEndpoints":
                self.looks += 1
                if self.looks == 2:
                    self.fixture = self.after
                if self.fails:
                    self.behaviour.faults = [{"action": "DescribeVpcEndpoints", "times": 10000,
                                              "http": 500, "code": "InternalError"}]
            return super().describe(kind, arguments)


class Story:
    def __init__(self, world, plugin, fails):
        before, after, ids = fixtures()
        self.fake, self.listener = Changing(before, after, fails).start(), Listener()
        self.daemon = Daemon(world, plugin, BLOCKS.format(
            ca_file=world.pki.ca_file, region=REGION, url=self.fake.url, name=NAME,
            replaced=ids[0], renumbered=ids[1], foreign=ids[2]),
            name="failing" if fails else "well", head=self.listener.configuration, env=KEYS)

    def of_dns(self, endpoint):
        return [value for _, value in self.daemon.rows("gauge-dns_status", endpoint)]

    def has_rounds(self):
        for name in NAMES:
            self.daemon.wait(f"{name}: some rounds", lambda n=name: len(self.of_dns(n)) >= ROUNDS)

    def is_told_apart(self):
        for name in ("replaced", "renumbered"):
            must(f"{name}: no round took the new address for a foreign one",
                 set(self.of_dns(name)) == {0})
            must(f"{name}: nobody was told", not self.listener.of(name, text=r"\bdns:"))
        must("foreign: every round was CRITICAL", set(self.of_dns("foreign")) == {2})
        told = self.listener.of("foreign", "FAILURE", r"\[dns\.foreign-address\]$")
        must("foreign: it was told once", len(told) == 1)

    def api_is_left_alone(self):
        # A third look may come where the last endpoint's first round began behind the second one.
        must(f"the API was looked at twice, or once more ({self.fake.looks})",
             self.fake.looks in (2, 3))

    def is_told_without_the_api(self):
        for name in NAMES:
            must(f"{name}, and the API fails: every round was CRITICAL", set(self.of_dns(name)) == {2})
        calls = sum(entry.get("action") == "DescribeVpcEndpoints" for entry in self.fake.log)
        must(f"the API that fails is left alone: one look, and three tries ({calls})", calls == 4)

    def ends(self):
        self.daemon.end()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with World() as world:
        well, failing = (Story(world, os.path.abspath(sys.argv[1]), fails) for fails in (False, True))
        return tell((well.has_rounds, well.is_told_apart, well.api_is_left_alone,
                     failing.has_rounds, failing.is_told_without_the_api, well.ends, failing.ends),
                    lambda: [well.daemon, failing.daemon])


if __name__ == "__main__":
    sys.exit(main())
