"""Public: what might look like a proof. A scenario may only be OK if it says why the block is proven."""

import signal
import subprocess
import time

from lab import hosts, invariants
from lab.case import BASE, DOCUMENTED, Case, Run, need
from lab.world import PUBLIC_NETS

OPEN = "CRITICAL public.open"
NO_EGRESS = "UNKNOWN public.no-egress"
NO_ADDRESS = "UNKNOWN public.no-address"
LOCAL = "UNKNOWN public.local-failure"
V6 = "--resolver fd00::2 --public-resolver {public_resolver6} --tls-name ok.private.lab.test"


def trick(what, public, verdict, private="ok", **options):
    return Case(what, private, public, **({"dns": "OK", "port": "OK"} | options), public_is=verdict)


CASES = [
    # The name.
    trick("dns:nxdomain, where only the alias' target is missing", "s403", NO_ADDRESS,
          more="--blocked-by dns:nxdomain --witness {witness} "
               "--public-resolver {outer_dangling_nxdomain}", says=("an alias of nowhere.lab.test",)),
    trick("dns:nxdomain, where one resolver has an alias to nowhere", "nowhere", NO_ADDRESS,
          more="--blocked-by dns:nxdomain --public-resolver {public_resolver},{outer_dangling_nxdomain}"),
    trick("dns:nxdomain, and a resolver that has the name", "nowhere", OPEN,
          more="--blocked-by dns:nxdomain --public-resolver {public_resolver},{outer_says_open}"),
    trick("two resolvers, one names an open address", "s403", OPEN,
          more="--public-resolver {public_resolver},{outer_says_open}"),
    trick("a mapped IPv6 address of an open host", "mapped-open", OPEN),
    trick("an IPv6 address that embeds an open one", "translated-open", OPEN),
    # Such addresses are what DNS filters answer for names that they hide.
    *(trick(f"an address that is not public: {address}", f"special-{number}", NO_ADDRESS,
            finds=(f"is left out: {kind}",))
      for number, (address, kind) in enumerate(hosts.SPECIAL.items())),
    # This host.
    trick("the provider's address is this host's own, and refuses", "open", LOCAL, client="vip",
          more="--witness counted-witness.lab.test"),
    trick("the same, and the refusal is listed", "open", LOCAL, client="vip",
          more="--witness counted-witness.lab.test --blocked-by tcp:refused"),
    trick("the witness is this host itself", "open", NO_EGRESS, client="web",
          more="--witness witness4.lab.test"),
    trick("the witness is this host itself, and dns:nxdomain", "nowhere", NO_EGRESS, client="web",
          more="--witness witness4.lab.test --blocked-by dns:nxdomain"),
    trick("a witness in --private-range", "drop", NO_EGRESS,
          more="--witness witness4.lab.test --private-range 10.0.0.0/8,30.51.100.0/24"),
    trick("a route that prohibits", "drop", LOCAL, client="forbids"),
    trick("a route that is a black hole", "drop-too", LOCAL, client="forbids"),
    trick("a route that is unreachable", "rst", LOCAL, client="forbids"),
    trick("blocked over IPv4, a route of this host's own forbids the open IPv6", "dual-open6", LOCAL,
          client="forbids", more=DOCUMENTED),
    trick("blocked over IPv6, open over NAT64, and a bridge with IPv4", "dual-silent-open", OPEN,
          "ok6", client="v6-bridge", more=V6),
    trick("IPv4 only, NAT64, and a bridge with IPv4", "s403", "OK", "ok6", client="v6-bridge",
          more=f"{V6} {DOCUMENTED}",
          proven="403 over verified TLS through NAT64"),
]


def shared_witnesses(lab):
    """Endpoints of one file share the witnesses; each has its own family and port."""
    witness = "witness4.lab.test"
    sections = {  # name: public name, port, witness, expected result
        "silent": ("drop", 443, witness, (0, None)),
        "both families": ("dual-silent", 443, witness, (3, "public.no-egress")),
        "IPv6 only": ("drop6", 443, witness, (3, "public.no-egress")),
        "another port": ("drop", 8443, witness, (3, "public.no-egress")),
        "another port, witness's port named": ("drop", 8443, witness + ":443", (0, None)),
        "the first one's address is the witness": ("drop", 443, "drop.public.lab.test",
                                                   (3, "public.no-egress")),
    }
    text = "[*]\n" + "".join(f"{key[2:]} = {value.format(**lab.words)}\n" for key, value in BASE.items()
                             if key != "--witness")
    for number, (public, port, witness, _) in enumerate(sections.values()):
        text += (f"[e{number}]\nprivate-name = {public}.split.lab.test\nprobe = tcp\n"
                 f"public-name = {public}.split.lab.test\nport = {port}\nwitness = {witness}\n"
                 + ("" if port == 443 else "check = public\naccept = outage,tenant\n"
                    "blocked-by = tcp:timeout\n"))
    run = lab.run("host", ["--config", lab.world.file("shared.ini", text), "--output", "json"])
    for (name, (*_, want)), endpoint in zip(sections.items(),
                                            invariants.json_form(run)["endpoints"]):
        public = next(check for check in endpoint["checks"] if check["check"] == "public")
        need((public["severity"], public["reason"]) == want,
             f"{name}: {public['severity']}, {public['reason']}, must be {want}: {public['summary']}")


def way_out_lost(lab):
    """The egress path is lost, and the process stands still, between two attempts."""
    client = lab.world.clients["shared"]
    process = subprocess.Popen(
        client.wrap([lab.binary] + Case("", "ok", "rst", split=True,
                                        more="--output json").arguments(lab.words)),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        time.sleep(0.8)  # between the two attempts
        process.send_signal(signal.SIGSTOP)
        client.nft("table inet lost {\n  chain output {\n    type filter hook output priority 0;\n"
                   f"    ip daddr {PUBLIC_NETS} drop\n  }}\n}}\n")
        time.sleep(1.5)
        process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=60)
    finally:
        client.run(["nft", "delete", "table", "inet", "lost"], check=False)
    need(not err, err)
    invariants.no_false_ok(invariants.json_form(Run(process.returncode, out, "", 0.0)), None)


SPECIALS = [shared_witnesses, way_out_lost]
