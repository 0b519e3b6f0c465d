#!/usr/bin/python3
"""A real collectd with the plugin in the lab: the public endpoint opens, egress fails, a zone fails.

    tests/plugin/story.py PRIVATELINK_SO

Reads the values from the plugin csv, and the notifications from logfile and write_http.
"""

import glob
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import hosts
from lab.demo import BLOCKED, NO_EGRESS, ZONE_DEAD
from lab.runner import CANARY
from plugin.daemon import Daemon, Listener, main, must, resolvers

ANNOUNCED_WITHIN = 2  # seconds from the end of a round to its notification
RECOVERY = 3
ROUNDS = 3  # to wait for in each state

BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicCaFile "{ca_file}"
  PublicResolver {resolvers}
  Witness "witness.lab.test"
  ConnectTimeout 1.6
  Recovery {recovery}
  <Endpoint "lab-1">
    PrivateName "api.private.lab.test"
    PublicName "api.public.lab.test"
    Accept "tenant,request"
  </Endpoint>
  <Endpoint "broken">
    PrivateName "api.private.lab.test"
    Port 0
  </Endpoint>
  <Endpoint "echo">
    PrivateName "echo-plain.private.lab.test"
    ApiKeyFile "{key_file}"
  </Endpoint>
  <Endpoint "misspelt">
    ApiKey "{key}"
    PrivatName "api.private.lab.test"
  </Endpoint>
</Plugin>
"""


class Story:
    def __init__(self, world, plugin):
        self.world, self.listener = world, Listener()
        self.change(BLOCKED)
        self.daemon = Daemon(world, plugin, BLOCKS.format(
            ca_file=world.pki.ca_file, resolvers=resolvers(), recovery=RECOVERY, key=CANARY,
            key_file=world.file("key", CANARY + "\n", 0o600)),
            head=self.listener.configuration)

    def change(self, rules):
        self.world.here.change(rules)

    def verdicts(self, verdict, after=0.0):
        """Times of the rounds that had this public verdict."""
        return [when for when, value in self.daemon.rows("gauge-public_verdict")
                if value == verdict and when > after]

    def one_alert(self, severity, text, what):
        """Waits for the one notification of the kind, and returns it."""
        self.daemon.wait(what, lambda: self.listener.of("lab-1", severity, text))
        alert = self.listener.of("lab-1", severity, text)[0]
        late = alert.arrived - alert.time
        must(f"it came {late:.2f} s after its round", late < ANNOUNCED_WITHIN)
        return alert

    def all_is_well(self):
        d = self.daemon
        d.wait("all checks are OK: status 0", lambda: d.last("gauge-status") == 0)
        d.wait("for some rounds", lambda: len(self.verdicts(0)) >= ROUNDS)
        must("public_verdict is blocked", d.last("gauge-public_verdict") == 0)
        must("public_alarm is 0", d.last("bool-public_alarm") == 0)
        must("three addresses are up", d.last("count-addresses_up") == 3)
        must("nothing is announced", not self.listener.of("lab-1") and not d.announced("lab-1"))

    def broken_blocks(self):
        d = self.daemon
        for name, begins, ends in (
                ("broken", "Port: ", "in the line: Port (number); this endpoint is not watched"),
                ("misspelt", "there is no such option; did you mean PrivateName?",
                 'in the line: PrivatName (string); this endpoint is not watched')):
            d.wait(f"a bad block is UNKNOWN: {name}", lambda n=name: d.last("gauge-status", n) == 3)
            lines = [line for line in d.log() if "Notification" not in line
                     and f'privatelink plugin: <Endpoint "{name}">: {begins}' in line]
            must("its mistake is one line of the log that names block, option and line",
                 len(lines) == 1 and lines[0].endswith(ends))
            d.wait("it is announced", lambda n=name: self.listener.of(n, "WARNING", "^UNKNOWN: "))

    def opens(self):
        d = self.daemon
        self.change("")
        alert = self.one_alert("FAILURE", r"^CRITICAL: lab-1: public: .*\[public\.open\]$",
                               "the public endpoint opens: FAILURE")
        d.wait("it stays open for some rounds", lambda: len(self.verdicts(1)) >= ROUNDS)
        must("the first round that saw it announced it", alert.time < self.verdicts(1)[0] + 0.001)
        must("only that round was announced", len(self.listener.of("lab-1")) == 1)
        must("public_alarm is 1", d.last("bool-public_alarm") == 1)
        must("the meta data are complete", alert.meta.get("check") == "public" and
             alert.meta.get("reason") == "public.open" and alert.meta.get("public_verdict") == "open"
             and alert.meta.get("address") == hosts.public("open") and alert.meta.get("hint"))
        must("logfile has it, too", len(d.announced(r"severity = FAILURE.*lab-1.*public\.open")) == 1)

    def egress_breaks(self):
        d = self.daemon
        before = self.verdicts(1)[-1]
        self.change(NO_EGRESS)
        text = r"^CRITICAL: lab-1: public: was open, .*UNPROVEN.*\[public\.open\]$"
        self.one_alert("FAILURE", text, "egress breaks: it is announced, and the alarm stays")
        d.wait("for some rounds", lambda: len(self.verdicts(2, before)) >= ROUNDS)
        must("public_verdict is unproven", d.last("gauge-public_verdict") == 2)
        alarms = [value for when, value in d.rows("bool-public_alarm") if when > before]
        must("public_alarm stays 1", len(alarms) >= ROUNDS and set(alarms) == {1})
        states = [value for when, value in d.rows("gauge-public_status") if when > before]
        must("public_status is 2", len(states) >= ROUNDS and set(states) == {2})
        must("no recovery is announced", not self.listener.of("lab-1", "OKAY"))
        must("it is announced once", len(self.listener.of("lab-1", "FAILURE", text)) == 1)

    def recovers(self):
        d = self.daemon
        unproven = self.verdicts(2)[-1]
        self.change(BLOCKED)
        alert = self.one_alert("OKAY", "^OK: lab-1: public: ", "the block is proven again: OKAY")
        d.wait("public_alarm is 0", lambda: d.last("bool-public_alarm") == 0)
        proofs = [when for when in self.verdicts(0, unproven) if when < alert.time + 0.001]
        must(f"only after {RECOVERY} proven rounds ({len(proofs)} seen)",
             len(proofs) == RECOVERY)
        alarms = dict(d.rows("bool-public_alarm"))
        must("the alarm was on until the last of them",
             {alarms.get(when) for when in proofs[:-1]} == {1})
        must("it is announced once", len(self.listener.of("lab-1", "OKAY")) == 1)

    def zone_dies(self):
        d = self.daemon
        self.change(BLOCKED + ZONE_DEAD)
        alert = self.one_alert("WARNING", r"^WARNING: lab-1: port: .*\[port\.some-down\]$",
                               "a zone dies: WARNING")
        d.wait("addresses_up is 2", lambda: d.last("count-addresses_up") == 2)
        d.wait("the address that is down is 0, the others are 1",
               lambda: [d.last(f"count-addresses_up-10.0.{zone}.10") for zone in (1, 2, 3)] == [1, 0, 1])
        must("it names the check and the address",
             alert.meta.get("check") == "port" and "10.0.2.10" in alert.text)
        must("the public side is still proven", d.last("gauge-public_verdict") == 0)

    def keeps_the_key(self):
        """A server that repeats the API key, and a key in the wrong line: it is in no file, no log and
        no notification."""
        d = self.daemon
        must("the server that repeats the key was asked", d.last("count-addresses_up", "echo") == 1)
        found = subprocess.run(["grep", "-rlia", CANARY, "--exclude=collectd.conf", d.folder],
                               capture_output=True, text=True, check=False)
        must(f"no file has the key {found.stdout}", found.returncode == 1)
        said = " ".join(f"{alert.text} {alert.meta}" for alert in self.listener.alerts)
        must("no notification has it", "misspelt" in said and CANARY.lower() not in said.lower())

    def ends(self):
        d = self.daemon
        must("collectd's other plugins continued", glob.glob(f"{d.folder}/csv/lab/uptime/*"))
        d.end()
        must("no sanitizer report", "Sanitizer" not in d.read("stderr"))


if __name__ == "__main__":
    sys.exit(main(__doc__, Story, Story.all_is_well, Story.broken_blocks, Story.opens, Story.egress_breaks,
                  Story.recovers, Story.zone_dies, Story.ends, Story.keeps_the_key))
