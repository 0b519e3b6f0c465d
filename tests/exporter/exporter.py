"""Runs check_privatelink --serve in the lab, with the configuration that a test has for collectd."""

import os
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from plugin.daemon import Daemon

PORT = 9943


def kebab(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def as_ini(blocks):
    """<Plugin privatelink> as an INI file."""
    made = ["[*]", "interval=2"]
    for line in (line.strip() for line in blocks.splitlines()):
        section = re.fullmatch(r'<Endpoint "(.*)">', line)
        if section:
            made.append(f"[{section[1]}]")
        elif line and not line.startswith("<"):
            name, rest = line.split(" ", 1)
            values = re.findall(r'"([^"]*)"', rest) or [rest]
            made.append(f"{kebab(name)}={','.join(values)}")
    return "\n".join(made) + "\n"


class Exporter(Daemon):
    """Has the same name, log and end as a collectd of the test."""

    def __init__(self, world, program, blocks, address, name="daemon", client=None, env=None):
        # Not Daemon's: that one starts collectd.
        self.folder = os.path.join(world.folder, name)
        os.makedirs(self.folder)
        self.config = world.file(f"{name}/privatelink.ini", as_ini(blocks))
        self.started = time.monotonic()
        self.process = (client or world.clients["host"]).start(
            ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", program, "--config",
             self.config, "--serve", f"{address}:{PORT}"],
            stderr=open(os.path.join(self.folder, "stderr"), "wb"),
            env={"PATH": os.environ["PATH"]} | (env or {}))
        world.processes.append(self.process)

    def log(self):
        return self.read("stderr").splitlines()
