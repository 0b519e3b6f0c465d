#!/usr/bin/python3
"""Runs collectd with the plugin, or check_privatelink --serve, and Prometheus in the lab, and causes one
fault after another. Checks the alert rules, every query of the dashboard, and the console.

    tests/dashboards/story.py PRIVATELINK_SO [--pictures FOLDER]
    tests/dashboards/story.py --exporter CHECK_PRIVATELINK

The rules and queries are the project's, with shorter times. With --pictures, Chromium takes pictures of
the console.
"""

import argparse
import html
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from exporter.exporter import PORT, Exporter
from lab import hosts
from lab.aws.fake import Fake
from lab.aws.fixture import ID, KEYS, REGION
from lab.demo import BLOCKED, NO_EGRESS, ZONE_DEAD
from lab.world import World
from plugin.daemon import Daemon, Failure, PATIENCE, must, resolvers, run_story
from plugin.outputs.delivery import COLLECTOR, SENDER, world_fixture
from prometheus import RULES, URL, Panels, Prometheus

HEAD = """
LoadPlugin write_prometheus
<Plugin write_prometheus>
  Host "{sender}"
  Port "9103"
</Plugin>
"""
# Three endpoints, and one with a mistake in its block. The faults are at the first one. Its private and
# public name are the same, as with AWS' private DNS.
BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicCaFile "{ca_file}"
  PublicResolver {resolvers}
  Resolver "{vpc}"
  Witness "witness.lab.test"
  ConnectTimeout 1.6
  Timeout 8
  Region "{region}"
  StateInterval 1
  DetailInterval 1
  <Endpoint "warehouse">
    EndpointId "{id}"
    PrivateDns "on"
    HourlyPrice 0.01
    PrivateName "split.public.lab.test"
    PublicName "split.public.lab.test"
    Accept "tenant,request"
  </Endpoint>
  <Endpoint "search">
    PrivateName "s401.private.lab.test"
    PublicName "s403.public.lab.test"
    Accept "tenant,request,key"
  </Endpoint>
  <Endpoint "migration">
    PrivateName "keyed401.private.lab.test"
    PublicName "ok.public.lab.test"
    Accept "tenant,request"
    ExpectPublic "reachable"
  </Endpoint>
  <Endpoint "misspelt">
    PrivateName "api.private.lab.test"
    Port 0
  </Endpoint>
</Plugin>
"""


def chain(name, rules, hook="input", priority=-10, kind="filter"):
    return f"  chain {name} {{ type {kind} hook {hook} priority {priority};\n{rules} }}\n"


def redirect(name, *pairs):
    """Rules that redirect one address to another."""
    return chain(name, "".join(f"    ip daddr {old} {what} dnat ip to {new}\n"
                               for old, what, new in pairs), "prerouting", -109, "nat")


ALL_DEAD = chain("zones", "".join(f"    ip daddr {hosts.private('ok', zone)} drop\n"
                                  for zone in hosts.ZONES))
# The VPC has lost its private zone: its resolver answers as a public resolver.
DNS_LOST = redirect("dns", (hosts.VPC_RESOLVER, "udp dport 53", hosts.PUBLIC_RESOLVERS[0]))
ENDS_SOON = redirect("certificate", (hosts.private("ok"), "tcp dport 443", hosts.private("soon")))
BLOCKED_TOO = redirect("phase", (hosts.public("ok"), "tcp dport 443", hosts.public("s403")))

# Panels without values while all is well: no endpoint was open at first.
EMPTY = {"Reasons", "Age of the baseline"}

# Always fires, because of the mistake.
MISSPELT = {("Unknown", "misspelt")}


def of(endpoint, *names):
    return {(name, endpoint) for name in names}


class Story:
    def __init__(self, world, program, exports, pictures):
        self.world, self.program, self.exports, self.pictures = world, program, exports, pictures
        self.daemons, self.always = 0, MISSPELT
        self.fake = Fake(world_fixture(), host=COLLECTOR).start()
        self.change(BLOCKED)
        self.start_daemon()
        self.prometheus = (Prometheus(world, "privatelink", f"{SENDER}:{PORT}") if exports
                           else Prometheus(world, "collectd", f"{SENDER}:9103"))
        self.panels = Panels(self.prometheus)

    def start_daemon(self):
        self.daemons += 1
        blocks = BLOCKS.format(ca_file=self.world.pki.ca_file, resolvers=resolvers(),
                               vpc=hosts.VPC_RESOLVER, region=REGION, id=ID)
        name, env = f"daemon{self.daemons}", {**KEYS, "AWS_ENDPOINT_URL": self.fake.url}
        if self.exports:
            self.daemon = Exporter(self.world, self.program, blocks, SENDER, name, env=env)
        else:
            self.daemon = Daemon(self.world, self.program, blocks, name=name,
                                 head=HEAD.format(sender=SENDER), env=env)

    def change(self, rules):
        self.world.here.change(rules)

    def wait(self, what, condition):
        """Waits until `condition` returns nothing. It returns what is missing."""
        begin = time.monotonic()
        while True:
            missing = condition()
            if not missing:
                break
            if time.monotonic() - begin > PATIENCE:
                raise Failure(f"{what}: not within {PATIENCE} s: {missing}")
            time.sleep(0.3)
        print(f"ok  {what} ({time.monotonic() - begin:.1f} s)", flush=True)

    # ---- output ---------------------------------------------------------------------------------

    def fires(self, what, *expected):
        """Waits until exactly these alerts fire."""
        wanted = self.always.union(*expected)

        def missing():
            have = self.prometheus.firing()
            return have != wanted and f"missing {wanted - have}, too many {have - wanted}"
        self.wait(f"{what}: {len(wanted - self.always)} alerts fire", missing)

    def shows(self, what, **expected):
        """Waits for these rows of "warehouse" on the dashboard: TITLE=(text, colour), with '_' for blanks
        and colons."""
        def missing():
            shown = {re.sub(r"\W+", "_", title): rows for title, rows in self.panels.read().items()}
            for title, want in expected.items():
                have = {(row.text, row.colour) for row in shown[title]
                        if row.labels.get("endpoint", "warehouse") == "warehouse"}
                if not (want <= have if isinstance(want, set) else {want} == have):
                    return f"{title} is {have}, must be {want}"
            return None
        self.wait(f"{what}: the dashboard shows it", missing)

    def console(self, endpoint=None, page="privatelink.html"):
        where = {"endpoint": endpoint, "host": "lab"} if endpoint else {}
        text = self.prometheus.get(f"/consoles/{page}", **where)
        if "</html>" not in text:
            raise Failure(f"the console: {text[:2000]}")
        return text

    def page_row(self, endpoint="warehouse"):
        """[(class, text)] of an endpoint's row in the console."""
        rows = re.findall(r"<tr>(.*?)</tr>", self.console(), re.S)
        row = next(row for row in rows if f'<td><a href="?endpoint={endpoint}&' in row)
        cells = re.findall(r'<td(?: class="(\w*)")?[^>]*>(.*?)</td>', row, re.S)
        return [(kind, html.unescape(re.sub(r"\s+", " ", re.sub("<.*?>", "", text))).strip())
                for kind, text in cells]

    def page_says(self, what, *cells):
        """Waits until the row has these cells in this order."""
        def missing():
            rest = iter(self.page_row())
            return not all(cell in rest for cell in cells) and f"it is {self.page_row()}"
        self.wait(f"{what}: the console shows it", missing)

    def browse(self, name, arguments, endpoint=None):
        """Opens the console in Chromium, and returns the output."""
        where = "?hours=0.05" + (f"&endpoint={endpoint}&host=lab" if endpoint else "")
        with tempfile.TemporaryDirectory() as profile:
            done = subprocess.run(
                ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                 "--no-first-run", "--disable-background-networking", "--disable-component-update",
                 "--disable-sync", f"--user-data-dir={profile}", "--virtual-time-budget=3000",
                 *arguments, f"{URL}/consoles/privatelink.html{where}"],
                capture_output=True, text=True, timeout=60, check=False,
                env=os.environ | {"HOME": profile})
        if done.returncode != 0:
            raise Failure(f"chromium, {name}: {done.stderr[-500:]}")
        return done.stdout

    def picture(self, name, height, endpoint=None):
        if self.pictures:
            path = os.path.join(self.pictures, f"{name}.png")
            self.browse(name, [f"--screenshot={path}", f"--window-size=1180,{height}",
                               "--hide-scrollbars"], endpoint)
            print(f"    {path}", flush=True)

    # ---- the story ------------------------------------------------------------------------------

    def begins(self):
        self.wait("Prometheus is up", lambda: not self.prometheus.is_up() and f"its log: {self.prometheus.log()}")
        self.fires("all is well")
        self.shows("all is well", Endpoints_Status=("OK", "green"),
                   Endpoints_Public_endpoint=("BLOCKED", "green"), Endpoints_Alarm=("no", "text"),
                   Public_endpoint=("BLOCKED", "green"), Public_addresses=("BLOCKED", "green"),
                   Addresses=("up", "green"), Zones=("1", "green"), State=("available", "green"),
                   OK=("3", "green"), UNKNOWN=("1", "purple"), NO_DATA=("0", "text"),
                   OPEN=("0", "text"), Certificate=("90", "green"))

        def empty():
            return [title for title, rows in self.panels.read().items()
                    if title not in EMPTY and not [r for r in rows if r.labels.get("endpoint", "warehouse") == "warehouse"]]
        self.wait("every panel has data", empty)
        self.page_says("all is well", ("ok", "OK"), ("ok", "BLOCKED"), ("unset", "–"))

    def as_shipped(self):
        """The file of the package, without this test's shorter times."""
        must("the unchanged console works", "BLOCKED" in self.console(page="as-shipped.html"))
        row = self.page_row("misspelt")
        must("the endpoint with the mistake is UNKNOWN, and none of its cells is green",
             ("unknown", "UNKNOWN") in row and "ok" not in dict(row))

    def opens(self):
        self.change("")
        self.fires("the public endpoint opens", of("warehouse", "PublicOpen"))
        named = self.prometheus.reasons("PublicOpen")
        must(f"the alert names the reason of now, where it is known: {named}",
             named == (["public: public.open "] if self.exports else [""]))
        self.shows("open", Endpoints_Public_endpoint=("OPEN", "red"), OPEN=("1", "red"),
                   Endpoints_Alarm=("ALARM", "red"), Public_endpoint=("OPEN", "red"),
                   Alarm=("ALARM", "red"), Endpoints_Status=("CRITICAL", "red"))
        if self.exports:
            self.shows("the reason", Reasons=("now", "yellow"))
        self.page_says("open", ("critical", "CRITICAL"), ("critical", "OPEN"), ("critical", "ALARM"))
        dom = self.browse("timeline", ["--dump-dom"])
        must("Chromium draws the timeline: blocked, then open",
             'class="v0"' in dom and 'class="v1"' in dom)
        self.picture("console-open", 620)

    def egress_breaks(self):
        self.change(NO_EGRESS)
        lost = ("PublicUnproven", "ProofTooOld")
        self.fires("no egress: still open, and unproven", of("warehouse", "PublicOpen", *lost),
                   of("search", *lost), of("migration", *lost))
        self.shows("unproven", Endpoints_Public_endpoint=("UNPROVEN", "purple"),
                   Public_endpoint=("UNPROVEN", "purple"), Endpoints_Alarm=("ALARM", "red"),
                   Endpoints_public=("CRITICAL", "red"))
        self.page_says("unproven", ("unknown", "UNPROVEN"), ("critical", "ALARM"))
        self.picture("console-no-egress", 760)

    def closes(self):
        self.change(BLOCKED)
        self.fires("blocked, and proven")
        self.shows("blocked again", Endpoints_Public_endpoint=("BLOCKED", "green"),
                   Endpoints_Alarm=("no", "text"))

    def zone_dies(self):
        self.change(BLOCKED + ZONE_DEAD)
        self.fires("a zone dies", of("warehouse", "ZoneDown", "AddressDown"))
        must("the alerts name zone and address",
             [labels["zone"] for labels in self.prometheus.alerts("ZoneDown")] == [REGION + "b"]
             and [labels["address"] for labels in self.prometheus.alerts("AddressDown")]
             == [hosts.private("ok", 2)])
        self.shows("a zone is down", Zones={("DOWN", "red"), ("1", "green")},
                   Addresses={("DOWN", "red"), ("up", "green")},
                   Endpoints_port=("WARNING", "yellow"))
        self.page_says("a zone is down", ("warning", "WARNING"), ("ok", "BLOCKED"))
        page = self.console("warehouse")
        must("the endpoint's own page names the zone", re.search(
            REGION + r'b</td>\s*<td class="critical">DOWN', page) and re.search(
                REGION + r'a</td>\s*<td class="ok">up', page))
        self.picture("console-endpoint", 640, "warehouse")

    def all_zones_die(self):
        self.change(BLOCKED + ALL_DEAD)
        self.fires("no zone is left", of("warehouse", "ZoneDown", "AddressDown", "PortFails",
                                         "PublicUnproven", "ProofTooOld"))
        must("three zones", len(self.prometheus.alerts("ZoneDown")) == 3)
        self.shows("no zone is left", Zones=("DOWN", "red"), Addresses=("DOWN", "red"),
                   Public_endpoint=("UNPROVEN", "purple"))

    def dns_is_lost(self):
        self.change(BLOCKED + DNS_LOST)
        gone = of("search", "DnsFails", "PortFails", "PublicUnproven", "ProofTooOld")
        self.fires("private DNS answers like public DNS", of("warehouse", "DnsPublicAnswer"), gone,
                   of("migration", "DnsFails", "PortFails"))
        self.shows("a public answer", Endpoints_dns=("CRITICAL", "red"))

    def certificate_ends(self):
        self.change(BLOCKED + ENDS_SOON)
        self.fires("a certificate ends soon", of("warehouse", "CertificateEnds"))
        self.shows("a certificate ends soon", Endpoints_Certificate=("10.5", "yellow"))

    def wrongly_blocked(self):
        self.change(BLOCKED + BLOCKED_TOO)
        self.fires("blocked where it should be reachable", of("migration", "PublicBlocked"))

    def api_changes(self):
        self.change(BLOCKED)
        behaviour = self.fake.behaviour
        for what, state, alert in (("rejected", {"State": "rejected"}, "NotAvailable"),
                                   ("private DNS off", {"PrivateDnsEnabled": False}, "StateWrong"),
                                   ("pending", {"State": "pending"}, "Warning")):
            with self.fake.lock:
                behaviour.state = {ID: state}
            self.fires(f"EC2 API: {what}", of("warehouse", alert))
        with self.fake.lock:
            behaviour.state = {}
            behaviour.denied.append("DescribeVpcEndpoints")
        self.fires("EC2 API: no permission", of("warehouse", "Unknown"))
        self.shows("the state is UNKNOWN", Endpoints_state=("UNKNOWN", "purple"))
        with self.fake.lock:
            behaviour.denied.clear()
        self.fires("EC2 API: all is well")

    def daemon_stops(self):
        self.change("")
        self.fires("it opens again", of("warehouse", "PublicOpen"))
        self.daemon.stop()
        everyone = [of(name, "Silent") for name in ("warehouse", "search", "migration", "misspelt")]
        # Without values, no alert for UNKNOWN fires.
        self.always = set()
        self.fires("it stops: silence, and still open", of("warehouse", "PublicOpen"),
                   of("", "Absent", "ScrapeFails"), *everyone)
        self.shows("silence", Endpoints_Status=("NO DATA", "#808080"), OK=("0", "text"),
                   Endpoints_Public_endpoint=("NO DATA", "#808080"), NO_DATA=("4", "#808080"),
                   Public_endpoint=("NO DATA", "#808080"), Alarm=("NO DATA", "#808080"),
                   Zones=("NO DATA", "#808080"), Addresses=("NO DATA", "#808080"),
                   State=("NO DATA", "#808080"), Checks={("NO DATA", "#808080")})
        green = [f"{title}: {row}" for title, rows in self.panels.read().items() for row in rows
                 if row.colour == "green"]
        must(f"nothing on the dashboard is green {green or ''}", not green)
        self.page_says("silence", ("nodata", "NO DATA"))
        for page in (self.console(), self.console("warehouse")):
            must("nothing on the console is green",
                 '<td class="ok"' not in page and "NO DATA: nothing has arrived" in page)
        self.picture("console-silent", 760)

    def restarts_without_egress(self):
        """A new daemon without egress, which has not seen the open endpoint."""
        self.change(NO_EGRESS)
        self.start_daemon()
        self.always = MISSPELT
        unproven = ("PublicUnproven", "NeverProven")
        self.fires("it restarts without egress: still open", of("warehouse", "PublicOpen", *unproven),
                   of("search", *unproven), of("migration", *unproven))
        self.shows("no alarm, but no proof", Endpoints_Alarm=("no", "text"),
                   Endpoints_Public_endpoint=("UNPROVEN", "purple"))

    def ends(self):
        self.change(BLOCKED)
        self.fires("blocked, and proven")
        rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"][0]["rules"]
        names = {rule["alert"].removeprefix("PrivateLink") for rule in rules if "alert" in rule}
        must(f"every one of {len(names)} alerts has fired and ended {names - self.prometheus.fired or ''}",
             names == self.prometheus.fired)
        must("Prometheus had nothing to complain of", "level=error" not in self.prometheus.log())
        self.daemon.stop()

    def steps(self):
        return (self.begins, self.as_shipped, self.opens, self.egress_breaks, self.closes,
                self.zone_dies, self.all_zones_die, self.dns_is_lost, self.certificate_ends,
                self.wrongly_blocked, self.api_changes, self.daemon_stops, self.restarts_without_egress,
                self.ends)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--exporter", action="store_true")
    parser.add_argument("program")
    parser.add_argument("--pictures", type=os.path.abspath)
    options = parser.parse_args()
    with World() as world:
        story = Story(world, os.path.abspath(options.program), options.exporter, options.pictures)
        return run_story(story.steps(), lambda: [story.daemon])


if __name__ == "__main__":
    sys.exit(main())
