#!/usr/bin/python3
"""Runs the commands of README.md, with names of the lab, in a clean Debian with systemd. Then the public
endpoint opens, and Nagios must send a notification.

    tests/packaging/contained tests/packaging/walk.py NEW
"""

import os
import re
import sys
import time

import labbed
from roots import SOURCE, Booted, Failure, Root, must, packages_of, run_story, wait
from lab.world import World

NAMES = {"api.example.com": "api.private.lab.test", "api.provider.example": "api.public.lab.test"}
SERVICE = "privatelink;PrivateLink my-service"
MOST = 10  # commands
# Answers apt's question, and leaves out packages that the test does not need.
APT = 'APT::Get::Assume-Yes "true";\nAPT::Install-Recommends "false";\n'


def walk():
    """The commands of README.md, with names of the lab."""
    with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as readme:
        text = re.search(r"<!-- walk:.*?-->\n```\n(.*?)```\n<!-- end", readme.read(), re.S)[1]
    commands = re.sub(r"(?s)<<END\n.*?^END$", "", text, flags=re.M).strip().splitlines()
    must(f"the walk has at most {MOST} commands", 3 <= len(commands) <= MOST, text)
    for name, ours in NAMES.items():
        must(f"the walk names {name}", name in text)
        text = text.replace(name, ours)
    # The lab's provider documents no text of its block, and this walk records no baseline.
    more = f"accept = tenant,request\npublic-ca-file = {labbed.CA}\n"
    text = text.replace("public-name =", more + "public-name =")
    return text, commands


def check_until(system, stated):
    """Makes Nagios check at once, as its web interface does, until its log matches `stated`."""
    def asks():
        now = int(time.time())
        pipe = "/var/lib/nagios4/rw/nagios.cmd"
        system.status("sh", "-c", f"[ ! -p {pipe} ] || "
                      f"echo '[{now}] SCHEDULE_FORCED_SVC_CHECK;{SERVICE};{now}' > {pipe}")
        time.sleep(2)
        return re.search(stated, system.root.read("/var/log/nagios4/nagios.log"))
    try:
        return wait(f"Nagios logs {stated}", asks)
    except Failure:
        log = system.root.read("/var/log/nagios4/nagios.log").splitlines(True)
        print("".join(line for line in log if SERVICE in line and "EXTERNAL COMMAND" not in line))
        raise


def story():
    if len(sys.argv) != 2:
        raise Failure(__doc__)
    text, commands = walk()
    root = Root("bookworm")
    root.write("/etc/apt/apt.conf.d/99test", APT)
    root.take(*packages_of(sys.argv[1]))
    root.write("/test/walk", "cd /test\n" + text)
    root.apt("update")
    # There is no mirror in the lab, so apt must find the packages in its cache.
    root.run("sh", "-euc", "cd /test && " + commands[0] + " --download-only")
    root.apt("install", "ca-certificates")
    with World() as world:
        labbed.join(root, world)
        system = Booted(root)
        if not system.boots():
            return
        print(system.run("sh", "/test/walk")[-3000:])
        must("nagios4.service runs", system.status("systemctl", "is-active", "nagios4")[0] == 0)
        labbed.change(world)
        check_until(system, f"SERVICE NOTIFICATION: .*{SERVICE};CRITICAL;.*public endpoint OPEN")
        labbed.change(world, labbed.BLOCKED)
        check_until(system, f"SERVICE NOTIFICATION: .*{SERVICE};OK;.*public OK")
        system.power_off()


if __name__ == "__main__":
    sys.exit(run_story(story))
