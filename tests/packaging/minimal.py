#!/usr/bin/python3
"""Builds the packages and runs the unit tests in a plain chroot that has Build-Depends, without what they
recommend, and nothing else.

    tests/packaging/contained tests/packaging/minimal.py FOLDER

FOLDER holds the source package.
"""

import sys

from newer import build, build_dependencies, take_source
from roots import Failure, Root, must, run_story


def story():
    if len(sys.argv) != 2:
        raise Failure(__doc__)
    root = Root("bookworm", ["build-essential", "debhelper", *build_dependencies()], plain=True)
    must("its root is no mount point", root.status("mountpoint", "--quiet", "/")[0] != 0)
    take_source(root, sys.argv[1])
    log = build(root)
    must("the packages are built, and the unit tests pass", "100% tests passed" in log, log[-4000:])


if __name__ == "__main__":
    sys.exit(run_story(story))
