#!/usr/bin/python3
"""Builds the packages for arm64 in a clean amd64 system, and runs the unit tests and the core of the lab with QEMU's
user emulation.

    tests/packaging/contained tests/packaging/arm64.py FOLDER

FOLDER holds the source package. This shows that the code is right for the architecture, not how fast it is there.
"""

import os
import re
import subprocess
import sys

from newer import build, build_dependencies, take_source
from roots import SOURCE, Failure, Root, must, run_story

# Programs of the building system; every other build dependency is a library for arm64.
NATIVE = {"cmake", "collectd-dev", "ca-certificates", "iproute2", "ninja-build", "python3"}
TOOLS = ["build-essential", "crossbuild-essential-arm64", "debhelper", "qemu-user-static"]
QEMU = "/usr/bin/qemu-aarch64-static"
# Unit tests that are left out.
EXCEPT = {
    "base/file": "QEMU does not pass MADV_DONTDUMP on, and makes up /proc/self/smaps",
    "judge/public": "it goes through millions of worlds, which takes QEMU more than its five minutes",
    "probe/(engine|wire/attempt_silence|wire/tcp)": "QEMU has no TCP_INFO, so silence looks like an unsent SYN",
    "probe/wire/attempt_gate": "it measures times of milliseconds",
    "cli/": "they run the program as one of this machine",
}
# Group of the lab, what the names of the scenarios contain, and what is left out: silence, as above, and what measures
# time.
LAB = (("dns", "resolver: ", "silent"), ("port", "private: ", "mtu|drip"), ("public", "public: ", "drop|silent|drip"))
CONFIGURE = """cd /test/tree && cmake -G Ninja -B arm -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
-DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc -DPKG_CONFIG_EXECUTABLE=/usr/bin/aarch64-linux-gnu-pkg-config \
-DCMAKE_CROSSCOMPILING_EMULATOR=%s && cmake --build arm""" % QEMU


def packages(root):
    build(root, "--build=binary --host-arch=arm64 --build-profiles=cross,nocheck")
    for name in ("collectd-plugin-privatelink", "monitoring-plugins-privatelink"):
        fields = root.run("sh", "-euc", f"dpkg-deb --field /test/{name}_*_arm64.deb Architecture Depends")
        must(f"{name} is for arm64 and depends on its libraries",
             "Architecture: arm64" in fields and "libssl3" in fields, fields)
    root.run("sh", "-euc", "cd /test && dpkg-deb -x monitoring-plugins-privatelink_*_arm64.deb installed")


def unit_tests(root):
    root.run("sh", "-euc", CONFIGURE)
    for name, reason in EXCEPT.items():
        print(f"left out: {name}: {reason}")
    log = root.run("ctest", "--test-dir", "/test/tree/arm", "--label-regex", "^unit$", "--exclude-regex",
                   "|".join(EXCEPT), "--output-on-failure", "--parallel", str(os.cpu_count()))
    count = re.search(r"100% tests passed, 0 tests failed out of (\d+)", log)
    must("the unit tests pass", count and int(count[1]) >= 50, log[-4000:])


def lab(root):
    """The lab's servers run on this machine, only the check is emulated. It reads the files of this machine, and only
    the libraries of the system."""
    folder = os.path.join(root.path, "test")
    os.makedirs(folder + "/libraries/usr")
    os.symlink(root.path + "/lib", folder + "/libraries/lib")
    os.symlink(root.path + "/usr/lib", folder + "/libraries/usr/lib")
    check = folder + "/check_privatelink"
    with open(check, "w", encoding="ascii") as script:
        script.write(f'#!/bin/sh\nexec {root.path}{QEMU} -L {folder}/libraries '
                     f'{folder}/installed/usr/lib/nagios/plugins/check_privatelink "$@"\n')
    os.chmod(check, 0o755)
    for group, only, without in LAB:
        done = subprocess.run([f"{SOURCE}/tests/lab/run", "--binary", check, "--group", group, "--only", only,
                               "--without", without, "--jobs", "3"], stdout=subprocess.PIPE, text=True, check=False)
        must(f"lab, {group}: {done.stdout.strip().splitlines()[-1]}", done.returncode in (0, 77), done.stdout[-6000:])


def story():
    if len(sys.argv) != 2:
        raise Failure(__doc__)
    libraries = (name if name in NATIVE else name + ":arm64" for name in build_dependencies())
    root = Root("bookworm", [*TOOLS, *libraries], plain=True, architectures=("amd64", "arm64"))
    take_source(root, sys.argv[1])
    packages(root)
    unit_tests(root)
    lab(root)


if __name__ == "__main__":
    sys.exit(run_story(story))
