#!/usr/bin/python3
"""The evidence log of the plugin: lines of every endpoint, signed, the head when a day's file has ended, a
log that cannot be written for some time, and the end of the daemon.

    tests/plugin/outputs/evidence.py PRIVATELINK_SO
"""

import datetime
import glob
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from plugin.daemon import Daemon, Listener, Story, main, must, resolvers

BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicCaFile "{ca_file}"
  PublicResolver {resolvers}
  Witness "witness.lab.test"
  Interval 1
  Evidence "{folder}/log"
  EvidenceKey "{folder}/key"
  <Endpoint "lab-1">
    PrivateName "ok.private.lab.test"
    PublicName "s403.public.lab.test"
    Accept "tenant,request,key,inspection"
  </Endpoint>
  <Endpoint "lab-2">
    PrivateName "ok.private.lab.test"
    Check "dns,port"
  </Endpoint>
  <Endpoint "lab-3">
    PrivateName "ok.private.lab.test"
    Check "dns,port"
    EvidenceInterval 60
  </Endpoint>
</Plugin>
"""
NAMES = ["lab-1", "lab-2", "lab-3"]
# What another program left the day before: the first line of a log.
LINE = ('{{"prev":"{zero}","seq":1,"time":"{day}T23:59:59.000000000Z","boot":"0123456789abcdef","uptime":1.000000000,'
        '"by":"check_privatelink 0","type":"day","format":1,"after":""}}\n')


class Evidence(Story):
    def __init__(self, world, plugin):
        self.check = os.path.join(os.path.dirname(plugin), "..", "nagios", "check_privatelink")
        self.folder = os.path.join(world.folder, "evidence")
        os.mkdir(self.folder, 0o700)
        self.run("--make-evidence-key", f"{self.folder}/key")
        self.write_day_before()
        self.listener = Listener()
        self.daemon = Daemon(world, plugin, BLOCKS.format(
            ca_file=world.pki.ca_file, resolvers=resolvers(), folder=self.folder),
            head=self.listener.configuration)

    def run(self, *words):
        return subprocess.run([self.check, *words], capture_output=True, text=True, check=False)

    def write_day_before(self):
        day = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)).strftime("%Y-%m-%d")
        os.mkdir(f"{self.folder}/log", 0o700)
        with open(f"{self.folder}/log/{day}.jsonl", "w", encoding="ascii") as stream:
            stream.write(LINE.format(zero=64 * "0", day=day))
        os.chmod(stream.name, 0o600)

    def verify(self):
        done = self.run("--verify-evidence", f"{self.folder}/log", "--public-key", f"{self.folder}/key.pub")
        must(f"the log is good ({done.stdout.splitlines()[0]})", done.returncode == 0)
        return done.stdout

    def files(self):
        return sorted(glob.glob(f"{self.folder}/log/*.jsonl"))

    def lines(self, of="verdict"):
        lines = []
        for path in self.files():
            with open(path, encoding="utf-8") as stream:
                lines += [json.loads(line) for line in stream if line.endswith("\n")]
        return [line for line in lines if line["type"] == of]

    def logged(self, text):
        return [line for line in self.daemon.log() if text in line and "Notification" not in line]

    def begins(self):
        d = self.daemon
        d.wait("each endpoint has a line", lambda: {line["endpoint"] for line in self.lines()} == set(NAMES))
        d.wait("they are signed", lambda: len(self.lines("signature")) > 0)
        must("it began once", [line["endpoints"] for line in self.lines("start")] == [3])
        must("the program is named", {line["by"].split()[0] for line in self.lines()} == {"collectd-privatelink"})
        rounds = len(d.rows("gauge-status"))
        d.wait("some rounds", lambda: len(d.rows("gauge-status")) > rounds + 5)
        must("a verdict that stays has one line", len([line for line in self.lines()
                                                       if line["endpoint"] == "lab-2"]) == 1)
        must("all judged again with the same result",
             f"same result: {len(self.lines())}" in self.verify())
        heads = self.logged("evidence head 20")
        must(f"the head is in collectd's log once: {heads}", len(heads) == 1)
        head = re.search(r"evidence head [\d-]{10} ([0-9a-f]{64}) of ", heads[0])[1]
        must("the evidence log has it", self.run("--verify-evidence", f"{self.folder}/log", "--known-head",
                                                 head).returncode == 0)

    def announces_the_head(self):
        d = self.daemon
        d.wait("the head is announced, since a day's file has ended", lambda: self.listener.of("evidence"))
        [alert] = self.listener.of("evidence")
        head, day = alert.meta["evidence_head"], os.path.basename(self.files()[-1])[:10]
        must(f"it is OKAY, and whole: {alert.text}", alert.severity == "OKAY" and len(alert.text) <= 255
             and alert.text == f"OK: evidence head {day} {head} of {self.folder}/log")
        must("the log has the same head", self.logged(f"evidence head {day} {head} of {self.folder}/log"))
        must("the meta data", alert.meta["evidence_day"] == day and alert.meta["evidence"] == f"{self.folder}/log")
        must("its type", d.announced("plugin = privatelink, plugin_instance = evidence, type = gauge, "
                                     "type_instance = evidence_head, "))

    def fails(self):
        d = self.daemon
        for path in self.files():
            os.chmod(path, 0o666)
        d.wait("a line was due", lambda: self.logged("[evidence.failed]"), 90)  # of lab-3
        d.wait("the endpoints are WARNING", lambda: d.last("gauge-status", "lab-2") == 1)
        must("it is one line of the log", len(self.logged("monitoring continues [evidence.failed]")) == 1)
        d.wait("it is announced", lambda: [a for a in self.listener.alerts if "evidence.failed" in a.text])
        rounds = len(d.rows("gauge-status"))
        d.wait("some rounds", lambda: len(d.rows("gauge-status")) > rounds + 5)
        told = [a.text for a in self.listener.alerts if "evidence.failed" in a.text]
        must(f"once, and in a summary of the rest: {told}", len(told) <= 2)

    def works_again(self):
        d = self.daemon
        for path in self.files():
            os.chmod(path, 0o600)
        d.wait("it is written again", lambda: self.logged("the evidence log can be written again"), 90)
        d.wait("the endpoints are OK", lambda: d.last("gauge-status", "lab-2") == 0)
        d.wait("the log says for how long", lambda: len(self.lines("resumed")) == 1)
        d.wait("it is signed", lambda: self.run("--verify-evidence", f"{self.folder}/log", "--public-key",
                                                f"{self.folder}/key.pub").returncode == 0)

    def ends(self):
        super().ends()
        must("no other head was announced", len(self.listener.of("evidence")) == 1)
        must("it says that it stopped", [line["endpoint"] for line in self.lines("stop")] == [""])
        self.verify()
        done = self.run("--report", f"{self.folder}/log", "--public-key", f"{self.folder}/key.pub", "--output", "json")
        report = json.loads(done.stdout)
        must("the log of the report is intact", done.returncode == 0 and report["log"]["signed"] == "verified")
        must("it has the endpoints", [one["name"] for one in report["endpoints"]] == NAMES)
        checks = {one["check"]: one for one in report["endpoints"][2]["checks"]}
        reasons = [one["reason"] for one in checks["dns"]["exceptions"]]
        must(f"it has the time without lines, and the end: {reasons}", {"failed", "stopped"} <= set(reasons))


if __name__ == "__main__":
    sys.exit(main(__doc__, Evidence, Evidence.begins, Evidence.announces_the_head, Evidence.fails,
                  Evidence.works_again, Evidence.ends))
