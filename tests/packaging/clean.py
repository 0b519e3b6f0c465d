#!/usr/bin/python3
"""Installs, upgrades, uses, removes and purges the packages in a clean Debian.

    tests/packaging/contained tests/packaging/clean.py SUITE NEW OLD

NEW and OLD are folders with packages. The check and collectd watch an endpoint of the lab. collectd
runs under systemd if a system can boot in a container here.
"""

import os
import re
import sys

from roots import Booted, Failure, Root, must, packages_of, run_story, wait
from lab import hosts
from lab.demo import BLOCKED
from lab.world import World

CHECK = "/usr/lib/nagios/plugins/check_privatelink"
SNIPPET = "/etc/collectd/collectd.conf.d/privatelink.conf"
SECTIONS = "/etc/monitoring-plugins/privatelink.ini"
EDITED = "# edited by an administrator\n"

# Debian's configuration loads plugins whose libraries are not installed here.
COLLECTD = """
Hostname "clean"
FQDNLookup false
Interval 2
LoadPlugin csv
<Plugin csv>
  DataDir "/var/lib/collectd/csv"
</Plugin>
LoadPlugin uptime
<Include "/etc/collectd/collectd.conf.d">
  Filter "*.conf"
</Include>
"""
PLUGIN = """
LoadPlugin privatelink
<Plugin privatelink>
  CaFile "/etc/ssl/lab.pem"
  PublicCaFile "/etc/ssl/lab.pem"
  PublicResolver {resolvers}
  Witness "witness.lab.test"
  <Endpoint "clean">
    PrivateName "api.private.lab.test"
    PublicName "api.public.lab.test"
    Accept "tenant,request"
  </Endpoint>
</Plugin>
"""


def value(root, name):
    """The last value of a metric that csv wrote."""
    files = f"/var/lib/collectd/csv/clean/privatelink-clean/{name}-2*"
    _, text = root.status("sh", "-c", f"tail -qn 1 {files} 2>/dev/null")
    return float(text.strip().rsplit(",", 1)[1]) if "," in text else None


class Packages:
    def __init__(self, suite, new, old):
        self.root = Root(suite)
        self.new = self.root.take(*packages_of(new))
        self.old = self.root.take(*packages_of(old))

    def prepare(self):
        """Installs what the packages need, and lists the files before they are installed."""
        root = self.root
        root.apt("update")
        root.apt("install", "--no-install-recommends", "collectd", "ca-certificates")
        root.apt("install", "--no-install-recommends", "--download-only", *self.new)
        names = re.findall(r"^Inst (\S+)", root.run(
            "apt-get", "install", "--simulate", "--no-install-recommends", *self.new), re.M)
        needed = [name for name in names if "privatelink" not in name]
        if needed:
            root.apt("install", "--no-install-recommends", *needed)
        self.before = root.files()

    def installs_and_upgrades(self):
        root = self.root
        root.apt("install", "--no-install-recommends", *self.old)
        must("the old version is installed", "0.0.9" in root.status(CHECK, "--version")[1])
        root.append(SNIPPET, EDITED)
        root.append(SECTIONS, EDITED)
        # There is no terminal, so dpkg must not ask about an edited file.
        root.apt("install", "--no-install-recommends", *self.new)
        must("the new version is installed", "0.0.9" not in root.status(CHECK, "--version")[1])
        must("edited files are kept", EDITED in root.read(SNIPPET) and EDITED in root.read(SECTIONS))
        must("without other versions of them", not [
            line for line in root.files() if ".dpkg-" in line and "privatelink" in line])

    def configure(self, world):
        root = self.root
        with open(world.pki.ca_file, encoding="ascii") as stream:
            root.write("/etc/ssl/lab.pem", stream.read())
        root.write("/etc/resolv.conf", f"nameserver {hosts.VPC_RESOLVER}\n")
        self.collectd_conf = root.read("/etc/collectd/collectd.conf")
        root.write("/etc/collectd/collectd.conf", COLLECTD)
        resolvers = " ".join(f'"{address}"' for address in hosts.PUBLIC_RESOLVERS)
        self.snippet = root.read(SNIPPET)
        root.append(SNIPPET, PLUGIN.format(resolvers=resolvers))
        root.namespace = world.clients["host"]
        world.here.nft("table inet demo {" + BLOCKED + "}\n")

    def works(self, world):
        self.configure(world)
        code, text = self.root.status(
            CHECK, "-H", "api.private.lab.test", "--public-name", "api.public.lab.test",
            "--ca-file", "/etc/ssl/lab.pem", "--public-ca-file", "/etc/ssl/lab.pem",
            "--accept", "tenant,request", "--witness", "witness.lab.test",
            "--public-resolver", ",".join(hosts.PUBLIC_RESOLVERS))
        must("the check runs, and is OK", code == 0 and text.startswith("PRIVATELINK OK"), text)
        self.root.run("collectd", "-T", "-C", "/etc/collectd/collectd.conf")
        system = Booted(self.root)
        if system.boots():
            self.serves(system)
        else:
            daemon = self.root.start("collectd", "-f")
            wait("collectd reports values", lambda: value(self.root, "gauge-status") == 0)
            daemon.terminate()
            daemon.wait()

    def serves(self, system):
        """collectd under systemd, also when the package is installed again."""
        wait("collectd.service reports values", lambda: value(system, "gauge-status") == 0)
        must("three addresses are up", value(system, "count-addresses_up") == 3)
        daemon = system.run("systemctl", "show", "--property=MainPID", "collectd")
        system.run("dpkg", "--install", *self.new)
        must("an installation of the package restarts it", daemon != system.run(
            "systemctl", "show", "--property=MainPID", "collectd"))
        system.run("sh", "-c", "rm -r /var/lib/collectd/csv; mkdir -p "
                   "/etc/systemd/system/collectd.service.d; cp /usr/share/doc/"
                   "collectd-plugin-privatelink/examples/collectd-hardening.conf "
                   "/etc/systemd/system/collectd.service.d/hardening.conf; "
                   "systemctl daemon-reload; systemctl restart collectd")
        wait("it works with the drop-in", lambda: value(system, "gauge-status") == 0)
        must("the restrictions of the drop-in apply", "NoNewPrivileges=yes" in system.run(
            "systemctl", "show", "--property=NoNewPrivileges", "collectd"))
        print(system.run("systemd-analyze", "security", "--no-pager", "collectd").splitlines()[-1])
        system.run("rm", "-r", "/etc/systemd/system/collectd.service.d")
        system.power_off()

    def removes(self):
        root = self.root
        root.namespace = None
        output = root.run("dpkg", "--remove", "collectd-plugin-privatelink",
                        "monitoring-plugins-privatelink")
        must("removal warns of the LoadPlugin line", SNIPPET in output, output)
        must("it keeps the configuration", EDITED in root.read(SNIPPET))
        root.write(SNIPPET, self.snippet)
        # The state of the exporter, as systemd keeps it.
        private = os.path.join(root.path, "var/lib/private")
        existed = os.path.isdir(private)
        os.makedirs(os.path.join(private, "privatelink-exporter/state"))
        os.symlink("private/privatelink-exporter", os.path.join(root.path, "var/lib/privatelink-exporter"))
        root.run("dpkg", "--purge", "collectd-plugin-privatelink", "monitoring-plugins-privatelink")
        if not existed:
            os.rmdir(private)
        root.write("/etc/collectd/collectd.conf", self.collectd_conf)
        root.run("rm", "-rf", "/etc/ssl/lab.pem", "/var/lib/collectd/csv")
        after = root.files()
        changed = sorted((after ^ self.before))
        must("after the purge, the files are as before", not changed, "\n".join(changed[:40]))


def story():
    if len(sys.argv) != 4:
        raise Failure(__doc__)
    packages = Packages(*sys.argv[1:])
    packages.prepare()
    packages.installs_and_upgrades()
    with World() as world:
        packages.works(world)
    packages.removes()


if __name__ == "__main__":
    sys.exit(run_story(story))
