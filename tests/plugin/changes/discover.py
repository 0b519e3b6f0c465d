#!/usr/bin/python3
"""A <Discover> block while endpoints come and go in the EC2 API: new ones are watched, deleted ones are announced
once, replaced ones are followed, an API that fails removes nothing, and a restart forgets nothing.

    tests/plugin/changes/discover.py PRIVATELINK_SO
"""

import copy
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from lab.aws.fake import Fake
from lab.aws.fixture import ACCOUNT, ID, KEYS, REGION, make_fixture
from plugin.daemon import Daemon, Story, main, must

HERE = "10.0.9.5"  # the world's end of the wire to the client "host"
BLOCKS = """
<Plugin privatelink>
  {state_dir}
  Check "state"
  PublicName "public.example.com"
  Region "us-west-2"
  StateInterval 1
  <Discover "all">
    Region "{region},us-east-1"
    Filter "tag:env=test"
    Templates "{file}"
    Interval 1
  </Discover>
  <Endpoint "other">
    Name "fixed"
    Region "{region}"
    EndpointId "{id}"
  </Endpoint>
</Plugin>
"""
TEMPLATES = """[*]
pending-grace = 60
[template tag:zones=many]
min-zones = 9
port = 1
[own]
region = eu-central-1
endpoint-id = vpce-0000000000000dead
"""
FOREVER = 100000


class Homes(dict):
    """Every endpoint is in one region."""

    def get(self, key, default=None):
        del key, default
        return [ACCOUNT, REGION]

    def __bool__(self):
        return True


class Discovery(Story):
    def __init__(self, world, plugin):
        self.world = world
        self.fake = Fake(make_fixture(4), host=HERE).start()
        self.fake.behaviour.homes = Homes()
        for entry, name in zip(self.endpoints, ("mine", "one", "two", "fixed")):
            entry["Tags"] = [{"Key": "Name", "Value": name}, {"Key": "env", "Value": "test"}]
        self.plugin, self.templates = plugin, world.file("templates.ini", TEMPLATES)
        self.daemon = self.start("daemon", "")

    def start(self, name, state_dir):
        return Daemon(self.world, self.plugin, BLOCKS.format(
            region=REGION, id=ID, file=self.templates, state_dir=state_dir), name=name,
            env={"AWS_ENDPOINT_URL": self.fake.url, "AWS_EC2_METADATA_DISABLED": "true", **KEYS})

    @property
    def endpoints(self):
        return self.fake.fixture["VpcEndpoints"]

    def change(self, entries):
        """The list of the API changes in one step."""
        self.fake.fixture["VpcEndpoints"] = entries

    def new(self, number, name, **tags):
        entry = copy.deepcopy(self.endpoints[0])
        entry.update(VpcEndpointId=f"vpce-{number:017x}", Tags=[
            {"Key": key, "Value": value} for key, value in {"Name": name, "env": "test", **tags}.items()])
        return entry

    def index(self, name):
        return next(i for i, e in enumerate(self.endpoints) if e["Tags"][0]["Value"] == name)

    def rows(self, name):
        return len(self.daemon.rows("gauge-state_status", name))

    def goes_on(self, *names):
        before = {name: self.rows(name) for name in names}
        for name in names:
            self.daemon.wait(f"{name} is watched", lambda n=name: self.rows(n) >= before[n] + 2)

    def polls(self, count):
        """Waits until so many more lists were read by the discovery."""
        lists = lambda: sum("Filter.1.Name" in e.get("parameters", {}) and
                            e["parameters"]["Filter.1.Name"] == "tag:env" for e in list(self.fake.log))
        begin = lists()
        self.daemon.wait(f"{count} more lists", lambda: lists() >= begin + count)

    def announced(self, name, text=""):
        return [line for line in self.daemon.announced(text) if f"plugin_instance = {name}," in line
                or f"privatelink-{name}" in line or f" {name}: " in line]

    def finds(self):
        for name in ("fixed", "one", "two"):
            self.daemon.wait(f"{name} is OK", lambda n=name: self.daemon.last("gauge-state_status", n) == 0)
        must("an endpoint of the configuration is not found again", self.rows("mine") == 0)
        self.daemon.wait("an endpoint of the file itself that is gone is announced by its check", lambda: (
            self.daemon.announced(r"CRITICAL: own: state: .*\[state.not-found\]")))
        self.daemon.wait("a tag takes no name of the configuration",
                         lambda: self.rows("fixed-00000000000000003") > 0)

    def adds(self):
        self.change(self.endpoints + [self.new(16, "three", zones="many"), self.new(17, "discover-all")])
        self.daemon.wait("a tag takes no name of the block's notifications",
                         lambda: self.rows("discover-all-00000000000000011") > 0)
        self.daemon.wait("a new endpoint is watched, with its template",
                         lambda: self.daemon.last("gauge-state_status", "three") == 1)
        must("and without what is not for a tag, since all have a public name",
             not self.daemon.announced(r"three: state: .*state.security-group"))
        must("the log says so", [line for line in self.daemon.log() if "discovery all: three (vpce-00000000000000010) was found"
                                 in line])

    def survives(self, what, begin, end):
        count = len(self.daemon.announced("discovery all: "))
        begin()
        self.daemon.wait(f"{what}: it is announced", lambda: len(
            self.daemon.announced("UNKNOWN: discovery all: 2 of 2 lists can't be read")) > count // 2)
        self.polls(4)
        self.goes_on("fixed", "one", "two", "three")
        end()
        self.daemon.wait("and its end", lambda: len(self.daemon.announced("discovery all: ")) == count + 2)
        must("no endpoint's name is in the notification", all(
            "plugin_instance = discover-all," in line for line in self.daemon.announced("discovery all: ")))
        must("nothing was removed", not self.daemon.announced("was deleted"))

    def outage(self):
        faults = lambda *faults: setattr(self.fake.behaviour, "faults", list(faults))
        denied = lambda *actions: setattr(self.fake.behaviour, "denied", list(actions))
        down = {"http": 503, "code": "Unavailable", "times": FOREVER}
        throttled = {"http": 503, "code": "RequestLimitExceeded", "times": FOREVER}
        self.survives("the API is down", lambda: faults(down), faults)
        self.survives("the API throttles", lambda: faults(throttled), faults)
        self.survives("the API denies", lambda: denied("DescribeVpcEndpoints"), denied)

    def deletes(self):
        gone = self.index("one")
        self.change(self.endpoints[:gone] + self.endpoints[gone + 1:])
        self.daemon.wait("a deleted endpoint is announced", lambda: self.daemon.announced(
            r"one: endpoint vpce-00000000000000001 was deleted, .* last seen at 20\d\d-"))
        self.polls(3)
        before = self.rows("one")
        self.polls(3)
        self.goes_on("two")
        must("it is no longer watched", self.rows("one") == before)
        must("it was announced once", len(self.daemon.announced("vpce-00000000000000001")) == 1)
        must("nobody misses it", not [line for line in self.daemon.log() if "no round has ended" in line])

    def replaces(self):
        """What Terraform does."""
        old = self.index("two")
        entries = self.endpoints[:old] + self.endpoints[old + 1:]
        self.change(entries + [self.new(32, "two")])
        self.daemon.wait("a replaced endpoint is announced", lambda: self.daemon.announced(
            "two: endpoint vpce-00000000000000002 was replaced by vpce-00000000000000020"))
        self.goes_on("two")
        must("it is OK", self.daemon.last("gauge-state_status", "two") == 0)
        must("it was announced once", len(self.daemon.announced("vpce-00000000000000002 ")) == 1)
        must("it was not deleted", not self.daemon.announced("two: .* was deleted"))

    def is_alone(self):
        """Everything that was found goes, and comes back."""
        entries = self.endpoints
        self.change(entries[:1])
        self.daemon.wait("all are announced", lambda: len(self.daemon.announced("was deleted")) == 5)
        self.goes_on("fixed")
        self.change(entries)
        self.goes_on("fixed", "two", "three")

    def restarts(self):
        """While the API is down. An endpoint is deleted before it is back."""
        gone, folder = self.index("two"), self.daemon.folder
        self.daemon.end()
        must("no sanitizer report", "Sanitizer" not in self.daemon.read("stderr"))
        self.fake.behaviour.faults = [{"http": 503, "code": "Unavailable", "times": FOREVER}]
        self.daemon = self.start("restarted", f'StateDir "{folder}/privatelink"')
        self.daemon.wait("the log says what is watched, and how old it is", lambda: [
            line for line in self.daemon.log() if re.search(
                r"discovery all: 4 endpoints from the state directory, .* is \d+ s old \(20\d\d-", line)])
        self.daemon.wait("the API is down", lambda: self.daemon.announced("2 of 2 lists can't be read"))
        self.goes_on("fixed", "two", "three", "fixed-00000000000000003", "discover-all-00000000000000011")
        must("without an answer it is UNKNOWN", self.daemon.last("gauge-state_status", "two") == 3)
        self.change(self.endpoints[:gone] + self.endpoints[gone + 1:])
        self.fake.behaviour.faults = []
        self.daemon.wait("what was deleted meanwhile is announced", lambda: self.daemon.announced(
            "two: endpoint vpce-00000000000000020 was deleted, .* last seen at 20"))
        self.polls(3)
        self.goes_on("fixed", "three", "fixed-00000000000000003")
        must("it was announced once", len(self.daemon.announced("vpce-00000000000000020 was deleted")) == 1)
        must("nothing else was found, deleted or replaced", not [
            line for line in self.daemon.log() if re.search("was found|was replaced|differs from what was remembered", line)]
             and len(self.daemon.announced("was deleted")) == 1)

    def ends(self):
        super().ends()
        asked = [e["parameters"] for e in self.fake.log if e.get("action") == "DescribeVpcEndpoints"]
        must("no list is for one endpoint", not [p for p in asked if re.match("VpcEndpointId", " ".join(p))
                                                 and p.get("VpcEndpointId.1") == ID])


if __name__ == "__main__":
    sys.exit(main(__doc__, Discovery, Discovery.finds, Discovery.adds, Discovery.outage, Discovery.deletes,
                  Discovery.replaces, Discovery.is_alone, Discovery.restarts, Discovery.ends))
