#!/usr/bin/python3
"""Builds the packages on a newer Debian, runs the unit tests, and lints the packages there.

    tests/packaging/contained tests/packaging/newer.py SUITE FOLDER

FOLDER holds the source package.
"""

import glob
import os
import re
import sys

from roots import SOURCE, Failure, Root, must, run_story

TOOLS = ["build-essential", "lintian", "blhc", "devscripts", "debhelper"]


def build_dependencies():
    """The names in Build-Depends of debian/control, without versions."""
    with open(os.path.join(SOURCE, "packaging", "debian", "control"), encoding="utf-8") as control:
        field = re.search(r"^Build-Depends:\n((?: .*\n)+)", control.read(), re.M)[1]
    names = re.findall(r"^ ([a-z0-9.+-]+)", field, re.M)
    return [name for name in names if not name.startswith("debhelper")]


def take_source(root, folder):
    """Unpacks the source package of a folder as /test/tree."""
    root.take(*(path for pattern in ("*.dsc", "*.tar.*") for path in glob.glob(f"{folder}/{pattern}")))
    root.run("sh", "-euc", "cd /test && dpkg-source --extract *.dsc tree")
    # The unit tests create network links with it.
    root.run("sh", "-euc", "mkdir -p /dev/net && mknod -m 666 /dev/net/tun c 10 200")


def build(root, options=""):
    """Builds the packages, and returns the log."""
    root.run("sh", "-euc", f"cd /test/tree && DEB_BUILD_OPTIONS=parallel={os.cpu_count()} dpkg-buildpackage "
             f"--no-sign {options} > ../build.log 2>&1 || "
             "{ grep -B 12 FAILED ../build.log; tail -n 60 ../build.log; exit 1; }")
    return root.read("/test/build.log")


def story():
    if len(sys.argv) != 3:
        raise Failure(__doc__)
    suite, folder = sys.argv[1:]
    root = Root(suite, TOOLS + build_dependencies())
    take_source(root, folder)
    log = build(root)
    must("the packages are built, and the unit tests pass", "100% tests passed" in log)
    # "file.c:12:3: warning: ...", not those of dpkg-shlibdeps.
    warnings = [line for line in log.splitlines() if re.search(r":\d+: warning: ", line)]
    must("there is no compiler warning", not warnings, "\n".join(warnings[:20]))
    # Standards-Version is that of Debian 12, which the packages are made on, and so is a tag of lintian in an override.
    print(root.run("sh", "-euc", "cd /test && lintian --allow-root --pedantic --display-info "
                   "--suppress-tags out-of-date-standards-version,alien-tag "
                   "--fail-on error,warning,info,pedantic *.changes && blhc --all build.log"))
    root.run("sh", "-euc", "apt-get update -qq && apt-get install -q -y --no-install-recommends "
             "/test/*.deb && collectd -h && /usr/lib/nagios/plugins/check_privatelink "
             "--list-presets")
    print("ok  installed, and the check starts")


if __name__ == "__main__":
    sys.exit(run_story(story))
