#!/usr/bin/python3
"""The demo: one endpoint in the lab, and what check_privatelink says as its world changes.

    tests/lab/demo.py BINARY
"""

import os
import shlex
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import hosts  # noqa: E402
from netns import LabError  # noqa: E402
from world import PUBLIC_NETS, PUBLIC_NETS6, World  # noqa: E402

COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ

# Where the provider turns clients away: its public address answers 403, as with an allowlist.
BLOCKED = f"""
  chain allowlist {{
    type nat hook prerouting priority -110;
    ip daddr {hosts.public("open")} tcp dport 443 dnat ip to {hosts.public("s403")}
  }}
"""
ZONE_DEAD = f"""
  chain zone {{
    type filter hook input priority -10;
    ip daddr {hosts.private("ok", 2)} drop
  }}
"""
NO_EGRESS = f"""
  chain egress {{
    type filter hook input priority -10;
    ip daddr {PUBLIC_NETS} drop
    ip6 daddr {PUBLIC_NETS6} drop
  }}
"""

STORY = [
    ("All is well: three zones answer, and the public endpoint turns this host away.", BLOCKED, []),
    ("The last rule of the provider's allowlist is deleted: the public endpoint is open.", "", []),
    ("Blocked again, but an availability zone dies.", BLOCKED + ZONE_DEAD, []),
    ("Egress fails: nothing public answers, which looks like a block, and proves none.",
     BLOCKED + NO_EGRESS, []),
    ("The same, for a person at three in the morning: --explain.", BLOCKED + NO_EGRESS, ["--explain"]),
]


def shown(text, code):
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def tell(world, binary, arguments):
    for number, (headline, rules, more) in enumerate(STORY, start=1):
        world.here.run(["nft", "delete table inet demo"], check=False)
        world.here.nft("table inet demo {" + rules + "}\n")
        print(f"\n{shown(f'{number}. {headline}', 1)}", flush=True)
        line = "check_privatelink " + shlex.join(more + arguments[:4])
        print(shown(f"$ {line}", 2), flush=True)
        begin = time.monotonic()
        done = subprocess.run(world.clients["host"].wrap([binary] + arguments + more), check=False)
        print(shown(f"exit code {done.returncode}, after {time.monotonic() - begin:.1f} s", 2),
              flush=True)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        with World() as world:
            arguments = ["-H", "api.private.lab.test", "--public-name", "api.public.lab.test",
                         "--public-resolver", ",".join(hosts.PUBLIC_RESOLVERS),
                         "--witness", "witness.lab.test", "--ca-file", world.pki.ca_file,
                         "--public-ca-file", world.pki.ca_file]
            print("A laboratory in network namespaces: a VPC's resolver and endpoint addresses in "
                  "three zones,\na public endpoint, public resolvers and a witness. Every line "
                  "below is check_privatelink's own.\nIts further options here: "
                  + shlex.join(arguments[4:]))
            tell(world, os.path.abspath(sys.argv[1]), arguments)
    except LabError as error:
        sys.exit(f"The lab can't be set up here: {error}\nIt needs root, or unprivileged user "
                 "namespaces (sysctl kernel.unprivileged_userns_clone=1 where there is such a "
                 "switch).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
