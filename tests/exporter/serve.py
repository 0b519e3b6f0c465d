#!/usr/bin/python3
"""Runs check_privatelink --serve in the lab: what it serves, its signals, and what it does with a bad
configuration.

    tests/exporter/serve.py CHECK_PRIVATELINK
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

from exporter import PORT, Exporter, as_ini
from lab import hosts
from lab.world import World
from plugin.daemon import Failure, must, resolvers, run_story

ADDRESS = "10.0.9.6"  # of the client, on a link to this test
STOPS_WITHIN = 1  # second
BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicCaFile "{ca_file}"
  PublicResolver {resolvers}
  Resolver "{vpc}"
  Witness "witness.lab.test"
  ConnectTimeout 1.6
  Timeout 8
  <Endpoint "good">
    Accept "tenant,request,key"
    PrivateName "s401.private.lab.test"
    PublicName "s403.public.lab.test"
  </Endpoint>
  <Endpoint "{second}">
    PrivateName "s401.private.lab.test"
    PublicName "ok.public.lab.test"
  </Endpoint>
</Plugin>
"""


class Story:
    def __init__(self, world, program):
        self.world, self.program = world, program
        self.daemon = Exporter(world, program, self.blocks("open"), ADDRESS)

    def blocks(self, second):
        return BLOCKS.format(ca_file=self.world.pki.ca_file, resolvers=resolvers(),
                             vpc=hosts.VPC_RESOLVER, second=second)

    def get(self, path, data=None):
        """Status and body; (0, "") if nothing listens."""
        try:
            with urllib.request.urlopen(f"http://{ADDRESS}:{PORT}{path}", data=data, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def value(self, name, endpoint):
        """Of the sample without zone and address; None if there is none."""
        found = re.search(rf'^{name}\{{endpoint="{endpoint}"(?:,check="\w+")?\}} (\S+)$',
                          self.get("/metrics")[1], re.M)
        return float(found[1]) if found else None

    def logged(self, text):
        return [line for line in self.daemon.log() if text in line]

    # ---- the story ------------------------------------------------------------------------------

    def serves(self):
        self.daemon.wait("it is ready", lambda: self.get("/-/ready")[0] == 200)
        must("the public endpoint is open, and the other blocked",
             self.value("privatelink_public_verdict", "open") == 1
             and self.value("privatelink_public_verdict", "good") == 0)
        text = self.get("/metrics")[1]
        must("the reason is served", 'privatelink_reason_info{endpoint="open",check="public",'
             'reason="public.open",severity="CRITICAL"} 1' in text)
        must("the alarm, which needs a memory, is served", self.value("privatelink_public_alarm", "open") == 1)
        must("the state, which nothing asked for, is absent", "privatelink_state_status" not in text)
        must("the time of the rounds is now",
             abs(time.time() - self.value("privatelink_last_round_timestamp_seconds", "good")) < 30)
        if shutil.which("promtool"):
            said = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True,
                                  text=True, check=False)
            must(f"promtool has nothing to say {said.stderr}",
                 said.returncode == 0 and not said.stdout + said.stderr)
        must("healthz is 200", self.get("/healthz")[0] == 200)
        must("another path is 404", self.get("/")[0] == 404)
        must("a POST is 405", self.get("/metrics", b"x" * 100000)[0] == 405)
        must("an address that is not loopback is logged once", len(self.logged("no TLS")) == 1)

    def reload(self, text, awaited):
        with open(self.daemon.config, "w", encoding="utf-8") as stream:
            stream.write(text)
        self.daemon.process.send_signal(signal.SIGHUP)
        self.daemon.wait(f"SIGHUP: {awaited}", lambda: self.logged(awaited))

    def reloads(self):
        self.reload("[broken\n", "no ']'")
        self.reload(as_ini(self.blocks("open")) + "[third]\nprivate-nam=x\n", "did you mean")
        kept = self.logged("the configuration that was read before stays in use")
        must("each bad configuration is one line of the log", len(kept) == 2)
        must("both endpoints are still served",
             self.value("privatelink_status", "open") == 2 and self.value("privatelink_status", "good") == 0)
        with open(self.daemon.config, "w", encoding="utf-8") as stream:
            stream.write(as_ini(self.blocks("renamed")))
        self.daemon.process.send_signal(signal.SIGHUP)
        self.daemon.wait("the renamed endpoint is served",
                         lambda: self.value("privatelink_public_verdict", "renamed") == 1)
        must("the old name is gone, and the other endpoint was never away",
             self.value("privatelink_status", "open") is None
             and self.value("privatelink_status", "good") == 0)

    def ends(self):
        seconds, code = self.daemon.stop()
        must(f"SIGTERM: exit after {seconds:.2f} s, code {code}", code == 0)
        # A sanitizer looks for leaks at the end.
        limit = 10 if b"__asan_init" in open(self.program, "rb").read() else STOPS_WITHIN
        must("that is soon", seconds < limit)

    def refuses(self):
        run = self.world.clients["host"].run
        taken = Exporter(self.world, self.program, self.blocks("open"), ADDRESS, "first")
        self.daemon = taken
        taken.wait("a second one starts", lambda: self.get("/-/ready")[0] == 200)
        said = run([self.program, "--config", taken.config, "--serve", f"{ADDRESS}:{PORT}"], check=False)
        must(f"a port that is in use ends it: {said.strip()}",
             said.startswith("PRIVATELINK UNKNOWN: --serve: cannot listen at"))
        taken.end()

    def steps(self):
        return (self.serves, self.reloads, self.ends, self.refuses)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with World() as world:
        story = Story(world, os.path.abspath(sys.argv[1]))
        return run_story(story.steps(), lambda: [story.daemon])


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"FAIL {failure}")
