#!/usr/bin/python3
"""Builds the packages on a newer Debian, unit tests included, and holds them to its judges.

    tests/packaging/contained tests/packaging/newer.py SUITE FOLDER

FOLDER holds the source package.
"""

import glob
import os
import re
import sys

from roots import SOURCE, Failure, Root, must, tell

TOOLS = ["build-essential", "lintian", "blhc", "devscripts", "debhelper"]


def build_dependencies():
    """Of debian/control, without versions: what a root has before apt looks closer."""
    with open(os.path.join(SOURCE, "packaging", "debian", "control"), encoding="utf-8") as control:
        field = re.search(r"^Build-Depends:\n((?: .*\n)+)", control.read(), re.M)[1]
    names = re.findall(r"^ ([a-z0-9.+-]+)", field, re.M)
    return [name for name in names if not name.startswith("debhelper")]


def story():
    if len(sys.argv) != 3:
        raise Failure(__doc__)
    suite, folder = sys.argv[1:]
    root = Root(suite, TOOLS + build_dependencies())
    source = [path for pattern in ("*.dsc", "*.tar.*") for path in glob.glob(f"{folder}/{pattern}")]
    root.take(*source)
    # For the unit tests, whose networks have wires of their own.
    root.run("sh", "-euc", "mkdir -p /dev/net && mknod -m 666 /dev/net/tun c 10 200")
    root.run("sh", "-euc", "cd /test && dpkg-source --extract *.dsc tree && cd tree && "
             f"DEB_BUILD_OPTIONS=parallel={os.cpu_count()} dpkg-buildpackage --no-sign "
             "> ../build.log 2>&1 || { grep -B 12 FAILED ../build.log; tail -n 60 ../build.log; exit 1; }")
    log = root.read("/test/build.log")
    must("built, and its unit tests pass", "100% tests passed" in log)
    warnings = [line for line in log.splitlines() if re.search(r"\bwarning: ", line)]
    must("without a warning of the compiler", not warnings, "\n".join(warnings[:20]))
    # The standards are those of the Debian that the packages are made on.
    print(root.run("sh", "-euc", "cd /test && lintian --allow-root --pedantic --display-info "
                   "--suppress-tags out-of-date-standards-version "
                   "--fail-on error,warning,info,pedantic *.changes && blhc --all build.log"))
    root.run("sh", "-euc", "apt-get update -qq && apt-get install -q -y --no-install-recommends "
             "/test/*.deb && collectd -h && /usr/lib/nagios/plugins/check_privatelink "
             "--list-presets")
    print("ok  installed, and the check starts")


if __name__ == "__main__":
    sys.exit(tell(story))
