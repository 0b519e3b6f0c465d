#!/usr/bin/python3
"""The demo: one endpoint in the lab, and what check_privatelink says as its world changes.

    tests/lab/demo.py BINARY

Exits with 1 if an act does not end as its row says.
"""

import os
import pathlib
import shlex
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import hosts
from lab.netns import LabError
from lab.world import PUBLIC_NETS, PUBLIC_NETS6, World

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

BOT_RULE = BLOCKED.replace(hosts.public("s403"), hosts.public("bot-rule"))
NULL_ROUTE = ["blackhole", hosts.public("open") + "/32"]

# Headline, the exit code and words that must be in the output, rules of the world, further options, a route
# of the client. `STATE` stands for the options that give
# the run a state directory; with `NEXT` a run with --explain says what to do next about the public endpoint.
STATE, NEXT = object(), object()
TYPO = ["--public-name", "aip.public.lab.test"]
STORY = [
    ("The public endpoint is still open. Now is the time to record the baseline.", 0,
     ["1/1 addresses open; baseline recorded"], "",
     [STATE, "--expect-public", "reachable"], None),
    ("Public access is turned off: the provider answers 403. One proof after a change is not enough.", 3,
     ["1 of 2 blocks proven since", "tenant (open on "], BLOCKED, [STATE], None),
    ("The second proof in a row is OK. The line says what else it could have been, and is ruled out.", 0,
     ["ruled out: outage, tenant", "key, inspection; not ruled out: sample"], BLOCKED, [STATE], None),
    ("The last rule of the provider's allowlist is deleted: the public endpoint is open.", 2,
     ["OPEN: ", "[public.open]"], "", [STATE], None),
    ("Blocked again. The alarm stays until the second proof in a row.", 2,
     ["was open, 1 of 2 blocks proven since", "[public.open]"], BLOCKED, [STATE], None),
    ("That is the second one. But an availability zone dies.", 1,
     ["[OK] public: 1/1 blocked", "port: 2/3 up", "[port.some-down]"], BLOCKED + ZONE_DEAD, [STATE], None),
    ("Now without a baseline: the provider is open, but a bot rule forbids this program alone.", 3,
     ["not ruled out: request", "[public.ambiguous]", "--user-agent"], BOT_RULE, [NEXT], None),
    ("A typo in the public name. The provider answers every name that nobody has with 403.", 3,
     ["not ruled out: tenant", "[public.tenant]", "check the spelling of --public-name"], "",
     [NEXT, *TYPO], None),
    ("The provider is open, but a route of this host discards its packets.", 3,
     ["failed on this host", "[public.local-failure]", "check this host: routes"], "", [NEXT], NULL_ROUTE),
    ("Egress fails: nothing public answers. That looks like a block, and proves none.", 3,
     ["UNPROVEN: ", "[public.dns]", "[OK] port: 3/3 up"], BLOCKED + NO_EGRESS, [], None),
    ("The same, for a person at three in the morning: --explain.", 3,
     ["public: UNKNOWN", "this host has no egress path: run --check state,dns,port here"], BLOCKED + NO_EGRESS,
     ["--explain"], None),
    ("Egress works again, and the public endpoint is open once more.", 2,
     ["OPEN: ", "[public.open]"], "", [STATE], None),
]


def shown(text, code):
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def next_step(text):
    """The last "Next" of --explain: that of the check `public`."""
    return "  Next " + text.rsplit("  Next ", 1)[1].rstrip()


def act(client, binary, arguments, more):
    print(shown("$ check_privatelink " + shlex.join(arguments[:4] + more), 2), flush=True)
    begin = time.monotonic()
    done = subprocess.run(client.wrap([binary] + arguments + more), stdout=subprocess.PIPE, text=True,
                          check=False)
    print(done.stdout, end="")
    print(shown(f"exit code {done.returncode}, after {time.monotonic() - begin:.1f} s", 2), flush=True)
    return done.returncode, done.stdout


def tell(world, binary, arguments):
    """Returns what was not as expected."""
    faults = []
    client = world.clients["host"]
    state = ["--state-dir", os.path.join(world.folder, "state")]
    for number, (headline, expected, words, rules, items, route) in enumerate(STORY, start=1):
        more = [word for item in items if item is not NEXT
                for word in (state if item is STATE else [item])]
        world.here.change(rules)
        if route:
            client.run(["ip", "route", "add", *route])
        print(f"\n{shown(f'{number}. {headline}', 1)}", flush=True)
        code, output = act(client, binary, arguments, more)
        if NEXT in items:
            print(shown("and --explain says:", 2), flush=True)
            step = next_step(client.run([binary] + arguments + more + ["--explain"], check=False))
            print(step, flush=True)
            output += step
        if code != expected:
            faults.append(f"act {number}: exit code {code}, not {expected}")
        faults += [f"act {number}: without '{text}'" for text in words if text not in output]
        if route:
            client.run(["ip", "route", "del", *route])
    return faults


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
            faults = tell(world, os.path.abspath(sys.argv[1]), arguments)
    except LabError as error:
        sys.exit(f"The lab can't be set up here: {error}\nIt needs root, or unprivileged user "
                 "namespaces (sysctl kernel.unprivileged_userns_clone=1 where there is such a "
                 "switch).")
    for fault in faults:
        print(f"This is not what the demo shows: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
