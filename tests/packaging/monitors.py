#!/usr/bin/python3
"""Runs the packaged check in Debian's Nagios 4, Icinga 2, NRPE and Zabbix agent, with the package's definitions, in the
lab. A browser takes a picture of Nagios' web interface.

    tests/packaging/contained tests/packaging/monitors.py NEW PICTURE

NEW is a folder with packages, PICTURE is the PNG file to write.
"""

import json
import re
import shutil
import subprocess
import sys

import labbed
from roots import Failure, Root, must, packages_of, run_story, wait
from lab import hosts
from lab.world import World

CHECK = "/usr/lib/nagios/plugins/check_privatelink"
SECTIONS = "/etc/monitoring-plugins/privatelink.ini"
EXAMPLES = "/usr/share/doc/monitoring-plugins-privatelink/examples"
PACKAGES = ["nagios4-core", "nagios4-cgi", "icinga2-bin", "nagios-nrpe-server", "nagios-nrpe-plugin",
            "monitoring-plugins-basic", "zabbix-agent", "apache2", "libapache2-mod-php", "chromium",
            "fonts-dejavu-core", "ca-certificates"]

# Endpoint: private name, public name, state, and how the stored text ends.
STATES = {
    "well": ("ok.private.lab.test", "s403.public.lab.test", 0, r"^PRIVATELINK OK: well: "),
    "zone-down": ("one-dead.private.lab.test", "s403.public.lab.test", 1,
                  r"^PRIVATELINK WARNING: zone-down: .*\[port\.some-down\]$"),
    "open": ("ok.private.lab.test", "open.public.lab.test", 2,
                  r"^PRIVATELINK CRITICAL: open: public endpoint OPEN: open\.public\.lab\.test "
                  + re.escape(hosts.public("open")) + r" answered HTTP 200 .*\[public\.open\]$"),
    "ambiguous": ("ok.private.lab.test", "ssh.public.lab.test", 3,
               r"^PRIVATELINK UNKNOWN: ambiguous: .*UNPROVEN.*\[public\.unlisted\]$"),
}

SERVICE = """
define service {{
    use                     generic-service
    host_name               privatelink
    service_description     PrivateLink {name}
    check_command           check_privatelink_endpoint!{name}
    max_check_attempts      1
    contact_groups          admins
}}
"""


def section(name):
    private, public = STATES[name][:2]
    return (f"[{name}]\nprivate-name = {private}\npublic-name = {public}\n"
            f"accept = tenant,request\npublic-ca-file = {labbed.CA}\n")


def blocks(text, kind):
    """The blocks of a status.dat, by service."""
    found = {}
    for body in re.findall(rf"^{kind} \{{\n(.*?)^\s*\}}", text, re.M | re.S):
        fields = dict(line.strip().split("=", 1) for line in body.splitlines() if "=" in line)
        found[fields["service_description"]] = fields
    return found


def stored(daemon, root, path, service):
    """Waits until every service has been checked, and compares each with its state."""
    def checked():
        try:
            found = blocks(root.read(path), "servicestatus")
        except FileNotFoundError:
            return None
        mine = {name: found.get(service.format(name)) for name in STATES}
        return mine if all(item and item["has_been_checked"] == "1" and item["plugin_output"]
                           for item in mine.values()) else None
    for name, have in wait(f"{daemon} has run the checks", checked).items():
        _, _, state, text = STATES[name]
        must(f"{daemon} has {name} in state {state}", have["current_state"] == str(state),
             have["plugin_output"] + have["long_plugin_output"])
        must(f"{daemon} has its text", re.search(text, have["plugin_output"]), have["plugin_output"])
        must(f"{daemon} has its lines", "dns: " in have["long_plugin_output"] and
             "port: " in have["long_plugin_output"], have["long_plugin_output"])
        values = re.findall(r"(?:^| |\.)(\w+)=([\d.U]+)", have["performance_data"])
        must(f"{daemon} has its performance data", ("status", str(state)) in values and
             "public_verdict" in dict(values), have["performance_data"])


def nagios(root):
    """Nagios 4 with the package's commands, and the host and the service of the example with names of
    the lab."""
    example = root.read(f"{EXAMPLES}/nagios-services.cfg")
    mine = example.replace("api.example.com", "ok.private.lab.test").replace(
        "api.euc1a1.rockset.com", "open.public.lab.test")
    must("the example has names to replace", mine.count(".lab.test") == 2)
    root.write("/etc/nagios4/conf.d/privatelink.cfg",
               mine + "".join(SERVICE.format(name=name) for name in STATES))
    root.write("/etc/nagios4/objects/localhost.cfg", "")  # keeps other hosts out of the picture
    # Runs the first checks at once, not spread over minutes.
    root.append("/etc/nagios4/nagios.cfg", "service_inter_check_delay_method=n\n")
    output = root.run("nagios4", "-v", "/etc/nagios4/nagios.cfg")
    must("nagios4 -v finds no mistake", "Total Warnings: 0\nTotal Errors:   0" in output, output)
    root.run("install", "-d", "-o", "nagios", "/run/nagios4")
    daemon = root.start("nagios4", "/etc/nagios4/nagios.cfg", stdout=subprocess.DEVNULL)
    path = re.search(r"^status_file=(.*)", root.read("/etc/nagios4/nagios.cfg"), re.M)[1]
    stored("Nagios", root, path, "PrivateLink {}")
    return daemon


def web(root, picture):
    """Nagios' page of the host, in a browser."""
    root.run("a2enmod", "cgi", "auth_digest", "authz_groupfile")
    server = root.start("apache2ctl", "-DFOREGROUND")
    page = "http://127.0.0.1/cgi-bin/nagios4/status.cgi?host=privatelink"
    browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
               "--disable-background-networking", "--no-first-run", "--user-data-dir=/tmp/browser",
               "--virtual-time-budget=5000", "--window-size=1180,430"]

    def shows():
        code, text = root.status(*browser, "--dump-dom", page)
        return text if code == 0 and "OPEN" in text else None
    text = wait("Nagios shows its page", shows)
    must("it shows the open public endpoint", "public endpoint OPEN" in text and
         "statusBGCRITICAL" in text, text)
    for state in ("OK", "WARNING", "UNKNOWN"):
        must(f"it shows a service that is {state}", f"status{state}" in text, text)
    root.run(*browser, "--screenshot=/tmp/page.png", page)
    shutil.copy(root.path + "/tmp/page.png", picture)
    server.terminate()
    server.wait()


def icinga(root):
    """Icinga 2 with the package's CheckCommand, and the example's host with services of the lab."""
    example = root.read(f"{EXAMPLES}/icinga2-services.conf")
    mine = re.sub(r'(?m)^  vars\.privatelink\["rockset-prod"\].*?^  \}\n  vars.*?^  \}\n', "".join(
        f'  vars.privatelink["{name}"] = {{\n    privatelink_private_name = "{private}"\n'
        f'    privatelink_public_name = "{public}"\n'
        '    privatelink_accept = "tenant,request"\n'
        f'    privatelink_public_ca_file = "{labbed.CA}"\n'
        '    privatelink_check = [ "dns", "port", "public" ]\n'
        '    privatelink_warning = [ "time=9", "certificate_days=1:" ]\n  }\n'
        for name, (private, public, _, _) in STATES.items()), example, flags=re.S)
    must("the example has endpoints to replace", mine.count(".lab.test") == 2 * len(STATES))
    root.write("/etc/icinga2/conf.d/privatelink.conf", mine)
    root.write("/etc/icinga2/features-enabled/statusdata.conf",
               "object StatusDataWriter \"status\" { update_interval = 2s }\n")
    root.run("install", "-d", "-o", "nagios", "-g", "nagios", "/run/icinga2", "/run/icinga2/cmd")
    output = root.run("icinga2", "daemon", "--validate")
    must("icinga2 daemon -C finds no mistake", "warning/" not in output and "critical/" not in output, output)
    daemon = root.start("icinga2", "daemon", stdout=subprocess.DEVNULL)
    stored("Icinga", root, "/var/cache/icinga2/status.dat", "privatelink-{}")
    daemon.terminate()
    daemon.wait()


# Runs the check, and keeps its output.
RECORDER = f"""#!/bin/sh
status=0
{CHECK} "$@" > /tmp/output || status=$?
cat /tmp/output
exit $status
"""


def nrpe(root):
    """check_nrpe must print the output of the check, and exit with its code."""
    example = root.read(f"{EXAMPLES}/nrpe.cfg")
    must("the example runs the check", CHECK + " " in example)
    root.write("/test/check", RECORDER, 0o755)
    root.write("/etc/nagios/nrpe.d/privatelink.cfg", example.replace(CHECK, "/test/check"))
    root.run("install", "-d", "-o", "nagios", "/run/nagios")
    daemon = root.start("nrpe", "-f", "-c", "/etc/nagios/nrpe.cfg")
    whole = root.read(SECTIONS)
    probe = ["/usr/lib/nagios/plugins/check_nrpe", "-H", "127.0.0.1", "-t", "20"]
    wait("the NRPE daemon answers", lambda: root.status(*probe)[0] == 0)
    for name, (_, _, state, _) in STATES.items():
        root.write(SECTIONS, section(name))
        code, text = root.status(*probe, "-c", "check_privatelink")
        must(f"NRPE passes {name} on: exit code {state}", code == state, text)
        must("NRPE passes every line on", text == root.read("/tmp/output"), text)
    root.write(SECTIONS, whole)
    daemon.terminate()
    daemon.wait()


def zabbix(root):
    """The agent's item is the JSON of all endpoints."""
    root.run("cp", f"{EXAMPLES}/zabbix-agent.conf", "/etc/zabbix/zabbix_agentd.conf.d/privatelink.conf")
    root.append("/etc/zabbix/zabbix_agentd.conf", "Timeout=15\n")
    text = root.run("zabbix_agentd", "--test", "privatelink.json")
    run = json.loads(text[text.index("{"):text.rindex("}") + 1])
    must("Zabbix' agent has every endpoint and its state", {
        endpoint["name"]: endpoint["severity"] for endpoint in run["endpoints"]
    } == {name: state for name, (_, _, state, _) in STATES.items()}, text)


def story():
    if len(sys.argv) != 3:
        raise Failure(__doc__)
    root = Root("bookworm", PACKAGES)
    root.apt("update")
    root.apt("install", "--no-install-recommends", *root.take(*packages_of(sys.argv[1])))
    with World() as world:
        labbed.join(root, world)
        labbed.change(world)
        root.write(SECTIONS, "".join(section(name) for name in STATES))
        daemon = nagios(root)
        web(root, sys.argv[2])
        daemon.terminate()
        daemon.wait()
        nrpe(root)
        zabbix(root)
        icinga(root)
    output = root.run("dpkg", "--remove", "monitoring-plugins-privatelink")
    must("removal warns of the services in Icinga", "/etc/icinga2/conf.d/privatelink.conf" in output, output)


if __name__ == "__main__":
    sys.exit(run_story(story))
