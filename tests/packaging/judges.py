#!/usr/bin/python3
"""Debian's own judges of packages, in a clean root.

    tests/packaging/contained tests/packaging/judges.py piuparts|autopkgtest FOLDER
"""

import glob
import os
import sys

from roots import SCRATCH, Failure, Root, mirror, output, packages_of, tell, unpack

SUITE = "bookworm"


def piuparts(folder):
    """Installs, removes and purges, and looks for what is left."""
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


JUDGES = {"piuparts": piuparts, "autopkgtest": autopkgtest}


def story():
    if len(sys.argv) != 3 or sys.argv[1] not in JUDGES:
        raise Failure(__doc__)
    JUDGES[sys.argv[1]](sys.argv[2])


if __name__ == "__main__":
    sys.exit(tell(story))
