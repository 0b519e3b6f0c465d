#!/usr/bin/python3
"""Runs piuparts or autopkgtest on the packages in a clean Debian.

    tests/packaging/contained tests/packaging/debian_tools.py piuparts|autopkgtest FOLDER
"""

import glob
import os
import sys

from roots import SCRATCH, Failure, Root, mirror, output, packages_of, run_story, unpack

SUITE = "bookworm"


def piuparts(folder):
    """Installs, removes and purges the packages, and looks for files that remain."""
    print(output(["piuparts", "--existing-chroot", unpack(SUITE), "--distribution", SUITE,
                  "--mirror", mirror() + " main", "--tmpdir", SCRATCH, "--no-eatmydata",
                  "--warn-on-leftovers-after-purge", *packages_of(folder)])[-400:])


def autopkgtest(folder):
    """Runs packaging/debian/tests against the installed packages."""
    root = Root(SUITE)
    root.apt("update")
    root.apt("install", "--no-install-recommends", "dpkg-dev", "apt-utils")
    changes = glob.glob(os.path.join(folder, "*.changes"))
    print(output(["autopkgtest", *changes, "--", "chroot", root.path])[-600:])


TOOLS = {"piuparts": piuparts, "autopkgtest": autopkgtest}


def story():
    if len(sys.argv) != 3 or sys.argv[1] not in TOOLS:
        raise Failure(__doc__)
    TOOLS[sys.argv[1]](sys.argv[2])


if __name__ == "__main__":
    sys.exit(run_story(story))
