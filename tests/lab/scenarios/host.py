"""This host: its routes, families, limits, firewall, environment, and a process that stands still."""

import os
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from lab import hosts, invariants
from lab.case import DOCUMENTED, Case, Failure, Run, need
from lab.world import CLIENTS, PUBLIC_NETS

LOCAL = "UNKNOWN public.local-failure"
NO_EGRESS = "UNKNOWN public.no-egress"
PATIENT = "--connect-timeout 4 --response-timeout 4 --timeout 20"
# What a check sends and receives at the same time takes about five seconds over a line of 64 kbit/s.
VERY_PATIENT = "--connect-timeout 20 --response-timeout 20 --timeout 60"
V6 = "--resolver fd00::2 --public-resolver {public_resolver6}"


def host(what, client, public, verdict, private="ok", **options):
    return Case(what, private, public, **({"dns": "OK", "port": "OK"} | options), client=client,
                public_is=verdict)


CASES = [
    host("no egress path at all", "inside", "drop", "UNKNOWN public.dns"),
    host("no route to anything public", "no-route", "open", "UNKNOWN public.dns"),
    host("a gateway that does not exist", "dead-gateway", "drop", "UNKNOWN public.dns"),
    host("a captive portal", "portal", "drop", "UNKNOWN public.intercepted"),
    host("a captive portal that answers 403", "portal", "s403", "UNKNOWN public.intercepted",
         more="--blocked-by http:403"),
    host("its own firewall drops", "walled", "own-drop", LOCAL),
    host("its own firewall drops one of two", "walled", "silent-and-own-drop", LOCAL, split=True),
    host("its own firewall rejects with ICMP", "walled", "own-reject", LOCAL),
    host("its own firewall rejects, and tcp:rejected is listed", "walled", "own-reject", LOCAL,
         more="--blocked-by tcp:rejected"),
    host("no IPv6: IPv4 is judged, and the line says so", "v4", "dual-s403", "OK", more=DOCUMENTED,
         proven="403 over verified TLS; IPv6 is named as not judged", says=("IPv6 not judged",)),
    host("no IPv6, and the public name has nothing else", "v4", "open6", "UNKNOWN public.no-address"),
    host("-4 of a name that is open over IPv6 only", "host", "dual-open6", "OK",
         proven="the user limits it to IPv4, and the line says so", more="-4 " + DOCUMENTED, says=("IPv4 only:",)),
    host("-6", "host", "dual-open6", "CRITICAL public.open", more="-6", private="ok6",
         **{"port": "OK"}),
    host("no IPv6: the private side, too, is judged over IPv4", "v4", None, None, "dual",
         more="--tls-name ok.private.lab.test", says=("IPv6 not judged: none here",)),
    host("no IPv4: the private side, too, is judged over IPv6", "v6", None, None, "dual",
         more="--resolver fd00::2 --tls-name ok.private.lab.test",
         says=("IPv4 not judged: none here",)),
    host("IPv6 only, NAT64: open", "v6", "open", "CRITICAL public.open", private="ok6",
         more=V6 + " --tls-name ok.private.lab.test"),
    host("IPv6 only, NAT64: blocked", "v6", "s403", "OK", private="ok6",
         more=f"{V6} --tls-name ok.private.lab.test {DOCUMENTED}",
         proven="403 over verified TLS through NAT64"),
    host("IPv6 only, NAT64 is not known", "v6", "s403", LOCAL, private="ok6", dns="CRITICAL dns.timeout",
         more="--resolver fd00:1::80 --public-resolver {public_resolver6} --address fd00:1::10"
              " --tls-name ok.private.lab.test"),
    # A clock that is wrong makes every certificate wrong.
    host("its clock is a year ahead: all has expired, and the public side says 403", "host",
         "expired-403", "UNKNOWN public.intercepted", "expired",
         port="CRITICAL port.certificate-expiry", more="--witness expired-witness.lab.test"),
    host("its clock is a year ahead, and the public side is silent", "host", "drop", NO_EGRESS,
         "expired", port="CRITICAL port.certificate-expiry",
         more="--witness expired-witness.lab.test"),
    host("its clock is slow: nothing is valid yet, and the public side says 403", "host",
         "not-yet-403", "UNKNOWN public.intercepted", "not-yet",
         port="CRITICAL port.certificate-expiry", more="--witness not-yet-witness.lab.test"),
    host("its clock is slow, and the public side is silent", "host", "drop", NO_EGRESS, "not-yet",
         port="CRITICAL port.certificate-expiry", more="--witness not-yet-witness.lab.test"),
    host("its monotonic clock began long ago", "host", "drop", "OK", proven="as without it", split=True,
         prefix="unshare -T --monotonic 100000 --boottime 100000"),
    # Slow links. Slow does not mean blocked.
    host("64 kbit/s: blocked", "slow", "s403", "OK", proven="403 over verified TLS",
         more=f"{VERY_PATIENT} {DOCUMENTED}"),
    host("64 kbit/s: open", "slow", "open", "CRITICAL public.open", more=VERY_PATIENT),
    host("200 ms, jitter, loss, doubles: blocked", "far", "s403", "OK",
         proven="403 over verified TLS", more=f"{PATIENT} {DOCUMENTED}"),
    host("200 ms, jitter, loss, doubles: open", "far", "open", "CRITICAL public.open", more=PATIENT),
    host("200 ms, jitter, loss, doubles: silent", "far", "drop", "OK", split=True,
         proven="nothing answers, a witness does, and the private side is up", more=PATIENT),
    host("OPENSSL_CONF can't weaken the private side", "host", None, None, "tls-11",
         port="CRITICAL port.tls", env={"OPENSSL_CONF": "{weak}"}),
    host("OPENSSL_CONF can't make a weak key good", "host", "rsa-1024", "UNKNOWN public.intercepted",
         env={"OPENSSL_CONF": "{weak}"}),
    host("SSL_CERT_FILE can't make a stranger good", "host", "stranger", "UNKNOWN public.intercepted",
         env={"SSL_CERT_FILE": "{stranger_ca}"}),
    host("RES_OPTIONS and LOCALDOMAIN change nothing", "host", "s403", "OK", more=DOCUMENTED,
         env={"RES_OPTIONS": "timeout:1 ndots:15", "LOCALDOMAIN": "private.lab.test"},
         proven="as without them"),
]


def unprivileged(lab):
    """Without any capability, which raw sockets need, the result is the same."""
    arguments = Case("", "ok", "s403", more=DOCUMENTED).arguments(lab.words)
    run = lab.run("host", arguments, prefix="setpriv --bounding-set=-all --inh-caps=-all --no-new-privs")
    need(run.code == 0 and "\n[OK] public: " in run.stdout, f"exit {run.code}: {run.stdout}{run.stderr}")


def few_descriptors(lab):
    """No descriptors left: nothing is proven and nothing crashes."""
    arguments = Case("", "ok", "drop", split=True).arguments(lab.words)

    def limited(limit):
        run = lab.run("host", arguments + ["--output", "json"], prefix=f"prlimit --nofile={limit}")
        if not run.stdout.startswith("{"):
            need(run.code == 3, f"with {limit} descriptors: exit {run.code}: {run.stdout} {run.stderr}")
            return
        result = invariants.json_form(run)
        public = [check for check in result["endpoints"][0]["checks"] if check["check"] == "public"]
        need(run.code == 3 or public[0]["reason"] is None,
             f"with {limit} descriptors: exit {run.code}, {public[0]['reason']}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(limited, range(4, 17)))


def few_memory(lab):
    """No memory left: nothing is proven, and it ends with a plugin's exit code."""
    def limited(size, arguments):
        return lab.run("host", arguments, prefix=f"prlimit --as={size << 20}")

    if limited(2048, ["-V"]).code != 3:
        return  # a build with a sanitizer does not run with any limit
    least = next(size for size in range(1, 2048) if limited(size, ["-V"]).code == 3)
    arguments = Case("", "ok", "s403", more=DOCUMENTED).arguments(lab.words)
    for size in range(least, least + 24):
        run = limited(size, arguments)
        need(run.code == 3 or (run.code == 0 and "blocked" in run.stdout),
             f"with {size} MiB: exit {run.code}: {run.stdout} {run.stderr}")


def no_ports(lab):
    """No ephemeral ports left: a local failure, not a block."""
    done = subprocess.run(lab.world.clients["shared"].wrap(
        ["sh", "-c", "echo 40000 40000 >/proc/sys/net/ipv4/ip_local_port_range"]),
        stderr=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        return  # /proc/sys is read-only here
    try:
        arguments = Case("", "ok", "drop", split=True).arguments(lab.words)
        result = invariants.json_form(lab.run("shared", arguments + ["--output", "json"]))
        invariants.no_false_ok(result, None)
    finally:
        lab.world.clients["shared"].run(
            ["sh", "-c", "echo 32768 60999 >/proc/sys/net/ipv4/ip_local_port_range"])


def frozen(lab):
    """The process stands still during the silence: no block is proven by it."""
    command = lab.world.clients["host"].wrap(
        [lab.binary] + Case("", "ok", "drop", split=True, more="--timeout 20 --output json").arguments(lab.words))
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for _ in range(3):
        time.sleep(0.7)
        process.send_signal(signal.SIGSTOP)
        time.sleep(2.5)
        process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=40)
    need(not err, err)
    result = invariants.json_form(Run(process.returncode, out, "", 0.0))
    invariants.no_false_ok(result, None)


def interface_down(lab):
    """The interface goes down during the run: that proves no block."""
    client = lab.world.clients["shared"]
    timer = threading.Timer(1.0, lambda: client.run(["ip", "link", "set", "c0", "down"]))
    timer.start()
    try:
        arguments = Case("", "ok", "drop", split=True).arguments(lab.words)
        result = invariants.json_form(lab.run("shared", arguments + ["--output", "json"]))
    finally:
        timer.join()
        restore(client)
    invariants.no_false_ok(result, None)


def restore(client):
    """Brings the wire and its routes back."""
    number = CLIENTS.index("shared") + 1
    client.run(["ip", "link", "set", "c0", "up"])
    client.run(["ip", "route", "replace", "default", "via", f"10.0.9.{4 * number + 1}"])
    client.run(["ip", "addr", "replace", f"3ffe:db8:9:{number:x}::2/64", "dev", "c0", "nodad"])
    client.run(["ip", "-6", "route", "replace", "default", "via", f"3ffe:db8:9:{number:x}::1"])


def _forget(world):
    world.here.run(["nft", "delete", "table", "inet", "moment"], check=False)


def _change(lab, public, rule, begin, end):
    """What "shared" says of a public endpoint while the world has `rule` about its packets from
    `begin` to `end` seconds after the start."""
    number = CLIENTS.index("shared") + 1
    table = ("table inet moment {\n  chain input {\n    type filter hook input priority -10;\n"
             f"    ip saddr 10.0.9.{4 * number + 2} ip daddr {rule}\n  }}\n}}\n")
    timers = []
    if begin:
        timers.append(threading.Timer(begin, lambda: lab.world.here.nft(table)))
    else:
        lab.world.here.nft(table)
    if end:
        timers.append(threading.Timer(end, _forget, [lab.world]))
    for timer in timers:
        timer.start()
    try:
        arguments = Case("", "ok", public, split=True, more="-4").arguments(lab.words)
        result = invariants.json_form(lab.run("shared", arguments + ["--output", "json"]))
    finally:
        for timer in timers:
            timer.join()
        _forget(lab.world)
    invariants.no_false_ok(result, None)
    return next(check for check in result["endpoints"][0]["checks"] if check["check"] == "public")


def egress_lost(lab):
    """The egress path fails after the first attempt: what follows proves nothing."""
    public = _change(lab, "drop", f"{PUBLIC_NETS} tcp dport 443 drop", 1.0, None)
    probes = [probe["verified"] for witness in public["witnesses"] for probe in witness["probes"]]
    need(public["reason"] == "public.no-egress" and True in probes and False in probes, public)


def balancer_restarts(lab):
    """The provider's load balancer refuses for three seconds. The third attempt finds it open."""
    address = hosts.public("open")
    public = _change(lab, "open", f"{address} tcp dport 443 reject with tcp reset", None, 3.0)
    need(public["severity"] == 2 and public["reason"] == "public.open", public)


def key_log(lab):
    """SSLKEYLOGFILE: no session key is written."""
    path = os.path.join(lab.world.folder, "keylog")
    lab.run("host", Case("", "ok", "s403", more=DOCUMENTED).arguments(lab.words), env={"SSLKEYLOGFILE": path})
    if os.path.exists(path) and os.path.getsize(path):
        raise Failure("session keys were written")


SPECIALS = [unprivileged, few_descriptors, few_memory, no_ports, frozen, interface_down, egress_lost, balancer_restarts,
            key_log]
