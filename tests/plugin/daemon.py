"""Runs a real collectd with the plugin in the lab, and reads its values and notifications through
other plugins. Nothing outside the lab's namespaces is changed.

Every daemon runs without capabilities: as root, or as the calling user if the lab has no root.
"""

import datetime
import glob
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

from lab import hosts
from lab.world import World

HERE = os.path.dirname(os.path.abspath(__file__))

PATIENCE = 60  # seconds to wait for any event; the machine may be shared
ROW = re.compile(r"\d{10}\.\d+,[-+.\da-z]+")  # seconds since 1970, value
STOPS_WITHIN = 10  # seconds, including a sanitizer's exit
COLLECTD = "/usr/sbin/collectd"
PLUGINS = "/usr/lib/collectd"
NO_CAPABILITY = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]

HEADER = """
Hostname "lab"
FQDNLookup false
BaseDir "{folder}"
PIDFile "{folder}/collectd.pid"
PluginDir "{plugins}"
TypesDB "/usr/share/collectd/types.db"
Interval 2
LoadPlugin logfile
<Plugin logfile>
  LogLevel info
  File "{folder}/collectd.log"
</Plugin>
LoadPlugin csv
<Plugin csv>
  DataDir "{folder}/csv"
</Plugin>
<LoadPlugin "uptime">
  Interval 1
</LoadPlugin>
{head}
PluginDir "{folder}/plugins"
LoadPlugin privatelink
"""


class Failure(Exception):
    """A requirement of the test is not met."""


def must(what, condition):
    if not condition:
        raise Failure(f"{what}: no")
    print(f"ok  {what}", flush=True)


def resolvers():
    """The lab's public resolvers as arguments of PublicResolver."""
    return " ".join(f'"{address}"' for address in hosts.PUBLIC_RESOLVERS)


def endpoints(count, options, name="hole"):
    """`count` <Endpoint> blocks. {n} in `options` becomes the number of each."""
    return "".join(f'  <Endpoint "{name}-{n}">\n{options.replace("{n}", str(n))}  </Endpoint>\n'
                   for n in range(count))


class Daemon:
    """collectd in the foreground, in one of the lab's namespaces.

    `blocks` is the configuration of the plugin, and `head` the lines before it. `prefix` is a command
    that runs the daemon, such as valgrind."""

    def __init__(self, world, plugin, blocks, name="daemon", head="", client=None, prefix=(), env=None,
                 mode="-f"):
        self.folder, self.plugin = os.path.join(world.folder, name), plugin
        os.makedirs(os.path.join(self.folder, "plugins"))
        config = HEADER
        if plugin is None:
            config = config[:config.rindex("PluginDir")]
        else:
            # A copy: collectd refuses a plugin that is a symbolic link.
            subprocess.run(["cp", plugin, os.path.join(self.folder, "plugins", "privatelink.so")],
                           check=True)
        config = config.format(folder=self.folder, plugins=PLUGINS, head=head) + blocks
        path = world.file(f"{name}/collectd.conf", config)
        client = client or world.clients["host"]
        self.started = time.monotonic()
        self.process = client.start(
            NO_CAPABILITY + list(prefix) + [COLLECTD, mode, "-C", path],
            stdout=open(os.path.join(self.folder, "stdout"), "wb"), stderr=open(os.path.join(self.folder, "stderr"), "wb"),
            env=self.environment(plugin) | (env or {}))
        world.processes.append(self.process)

    @staticmethod
    def environment(plugin):
        """If the plugin was built with a sanitizer, the runtime must be the first library of the process."""
        needed = "" if plugin is None else subprocess.run(
            ["ldd", plugin], capture_output=True, text=True, check=True).stdout
        runtime = re.search(r"(/\S*lib[at]san\.so\S*)", needed)
        # Leaks of collectd itself are not tested.
        options = {"ASAN_OPTIONS": "detect_leaks=0",
                   "TSAN_OPTIONS": f"suppressions={HERE}/collectd.tsan"}
        return {"PATH": os.environ["PATH"]} | options | (
            {"LD_PRELOAD": runtime.group(1)} if runtime else {})

    # ---- output --------------------------------------------------------------------------------

    def read(self, name):
        try:
            with open(os.path.join(self.folder, name), encoding="utf-8", errors="replace") as stream:
                return stream.read()
        except FileNotFoundError:
            return ""

    def log(self):
        return self.read("collectd.log").splitlines()

    def announced(self, pattern):
        """Notifications so far, from the plugin logfile."""
        return [line for line in self.log() if "Notification:" in line and re.search(pattern, line)]

    def rows(self, value, endpoint="lab-1", plugin="privatelink"):
        """(time, value) pairs of one metric so far."""
        rows = []
        name = plugin + (f"-{endpoint}" if endpoint else "")
        for path in sorted(glob.glob(f"{self.folder}/csv/lab/{name}/{value}-????-??-??")):
            with open(path, encoding="utf-8") as stream:
                # The last row may be incomplete. The first one may be damaged if two write threads
                # of collectd create the file at the same time.
                for line in stream.read().split("\n")[1:-1]:
                    if ROW.fullmatch(line):
                        rows.append(tuple(float(item) for item in line.split(",")))
        return rows

    def last(self, value, endpoint="lab-1"):
        rows = self.rows(value, endpoint)
        return rows[-1][1] if rows else None

    def names(self, endpoint="lab-1"):
        """Type and type_instance of every value of an endpoint."""
        return {re.sub(r"-\d{4}-\d\d-\d\d$", "", os.path.basename(name))
                for name in glob.glob(f"{self.folder}/csv/lab/privatelink-{endpoint}/*")}

    def wait(self, what, condition, patience=PATIENCE):
        end = time.monotonic() + patience
        while not condition():
            if self.process.poll() is not None:
                raise Failure(f"{what}: collectd exited with {self.process.returncode}")
            if time.monotonic() > end:
                raise Failure(f"{what}: not within {patience} s")
            time.sleep(0.1)
        print(f"ok  {what}", flush=True)

    # ---- resources -----------------------------------------------------------------------------

    def status(self, field):
        """A number of /proc/PID/status: VmRSS and VmHWM in KiB, Threads, ..."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as stream:
            return int(re.search(rf"^{field}:\s+(\d+)", stream.read(), re.M)[1])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def cpu(self):
        """Seconds of processor time so far."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stream:
            fields = stream.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # ---- stop ----------------------------------------------------------------------------------

    def stop(self, patience=PATIENCE):
        """Sends SIGTERM; returns the seconds until the exit, and the exit code."""
        begin = time.monotonic()
        # nsenter and setpriv replace themselves with collectd, so the process id is collectd's.
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=patience)
        return time.monotonic() - begin, code

    def end(self):
        """Stops it. It must exit quickly, and with code 0."""
        seconds, code = self.stop()
        must(f"SIGTERM: exit after {seconds:.2f} s, code {code}",
             seconds < STOPS_WITHIN and code == 0)


class Alert:
    """A notification as write_http sends it."""

    def __init__(self, data):
        self.arrived = time.time()
        self.labels, self.meta = data["labels"], data["annotations"]
        self.endpoint = self.labels.get("privatelink", "")
        self.severity, self.text = self.labels["severity"], self.meta["summary"]
        # datetime accepts at most six digits.
        stamp = re.sub(r"(\.\d{6})\d*", r"\1", data["startsAt"]).replace("Z", "+00:00")
        self.time = datetime.datetime.fromisoformat(stamp).timestamp()


class Listener:
    """An HTTP server that receives the notifications of write_http, in order."""

    ADDRESS = "10.0.9.5"  # the lab's address on the link to the client "host"

    def __init__(self):
        self.alerts = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(handler):
                body = handler.rfile.read(int(handler.headers["Content-Length"]))
                self.alerts += [Alert(item) for item in json.loads(body) if "labels" in item]
                handler.send_response(200)
                handler.send_header("Content-Length", "0")
                handler.end_headers()

            def log_message(handler, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((self.ADDRESS, 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        port = self.server.server_address[1]
        self.configuration = f"""
LoadPlugin write_http
<Plugin write_http>
  <Node "listener">
    URL "http://{self.ADDRESS}:{port}/"
    Format "JSON"
    Metrics false
    Notifications true
  </Node>
</Plugin>
"""

    def of(self, endpoint, severity=None, text=""):
        return [alert for alert in self.alerts if alert.endpoint == endpoint
                and severity in (None, alert.severity) and re.search(text, alert.text)]


class Story:
    """A test of one collectd: the subclass starts it and keeps it as `daemon`."""

    def ends(self):
        self.daemon.end()
        must("no sanitizer report", "Sanitizer" not in self.daemon.read("stderr"))


def run_story(steps, daemons):
    """Runs the steps of a test. If one fails, prints the daemons' logs."""
    try:
        for step in steps:
            step()
    except Failure as failure:
        print(f"FAIL {failure}")
        for daemon in daemons():
            print("\n".join(daemon.log()[-30:]) + "\n" + daemon.read("stderr")[-3000:])
        return 1
    return 0


def main(doc, make_story, *steps, daemons=lambda story: [story.daemon], paths=1):
    """Runs a test whose arguments are so many paths. Its steps are functions of the story."""
    if len(sys.argv) != 1 + paths:
        sys.exit(doc)
    with World() as world:
        story = make_story(world, *map(os.path.abspath, sys.argv[1:]))
        return run_story([lambda step=step: step(story) for step in steps], lambda: daemons(story))
