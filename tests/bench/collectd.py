"""A collectd in the foreground, with only the plugin that is measured."""

import os
import signal
import subprocess
import time

from contenders import Contender, Void, find, per_probe, used
from testbed import Skipped
from lab import netns

PLUGINS = ("/usr/lib/collectd", "/usr/lib64/collectd")


class Collectd:
    def __init__(self, bed, name, interval, plugin, config):
        """`plugin` is one of collectd's own plugins, and `config` follows its LoadPlugin line. {home} in
        it is the folder of this daemon."""
        program = find("collectd", folders=["/usr/sbin"])
        folder = next((path for path in PLUGINS
                       if os.path.exists(os.path.join(path, f"{plugin}.so"))), None)
        if folder is None:
            raise Skipped(f"collectd's plugin {plugin} is not installed")
        self.home = os.path.join(bed.folder, name)
        os.makedirs(self.home, exist_ok=True)
        path = os.path.join(self.home, "collectd.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(f'Hostname "bench"\nFQDNLookup false\nBaseDir "{self.home}"\n'
                       f'PIDFile "{self.home}/pid"\nTypesDB "/usr/share/collectd/types.db"\n'
                       f'Interval {interval}\nPluginDir "{folder}"\nLoadPlugin {plugin}\n'
                       + config.replace("{home}", self.home))
        self.process = subprocess.Popen([program, "-f", "-C", path], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, preexec_fn=netns.die_with_parent)

    def close(self):
        self.process.kill()
        self.process.wait()


class CurlPlugin(Contender):
    """collectd's curl plugin: a hundred pages, as often as it can."""

    SECONDS = 4
    PAGES = 100

    def __init__(self, bed):
        super().__init__(bed)
        pages = "".join(f'<Page "ep{n}">\nURL "https://ep{n}.bench.test/"\nCACert "{bed.ca()}"\n'
                        "MeasureResponseTime true\n</Page>\n" for n in range(self.PAGES))
        self.daemon = Collectd(bed, "collectd-curl", 1, "curl", f"<Plugin curl>\n{pages}</Plugin>\n")
        self.daemon.process.send_signal(signal.SIGSTOP)  # until it is measured

    def measure(self):
        process = self.daemon.process
        process.send_signal(signal.SIGCONT)
        try:
            time.sleep(1)
            before, begin = self.served(), used(process.pid)
            time.sleep(self.SECONDS)
            count, end = self.served() - before, used(process.pid)
        finally:
            process.send_signal(signal.SIGSTOP)
        if count == 0:
            raise Void("no answer was seen")
        return per_probe(begin, end, count)

    def close(self):
        self.daemon.close()
