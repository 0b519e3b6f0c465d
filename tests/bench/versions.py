"""The versions of the measured programs."""

import re
import subprocess

from contenders import PLUGIN_FOLDERS, find
from testbed import Skipped

# The beginning of the rows' names, the program, its arguments, and a pattern for its version.
PROGRAMS = [
    ("yardstick", "openssl", ["version"], r"OpenSSL (\S+)"),
    ("check_privatelink", None, ["--version"], r"(\d+\.\S+)"),
    ("blackbox_exporter", "prometheus-blackbox-exporter", ["--version"], r"version (\S+)"),
    ("check_http", "check_http", ["--version"], r"v(\S+)"),
    ("curl", "curl", ["--version"], r"curl (\S+)"),
    ("collectd", "collectd", ["-h"], r"collectd (\d\S+?),"),
]


def all_of(bed, names):
    """{program: version} of the measured programs."""
    known = {}
    for row, program, arguments, pattern in PROGRAMS:
        if not any(name.startswith(row) for name in names):
            continue
        try:
            path = bed.check if program is None else find(
                program, folders=[*PLUGIN_FOLDERS, "/usr/sbin"])
        except Skipped:
            continue
        done = subprocess.run([path, *arguments], capture_output=True, text=True, check=False)
        found = re.search(pattern, done.stdout + done.stderr)
        known[program or row] = found[1] if found else "unknown"
    return known
