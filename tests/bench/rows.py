"""The rows of the table, and the goals."""

import ipaddress
from collections import namedtuple

from collectd import CurlPlugin
from contenders import (ADDRESSES, PLUGIN_FOLDERS, Exporter, Program, STime, Started, bundle, find)

PROBES, NAMES, STARTS = 2000, 20000, 25
ROUNDS = 5  # of each endpoint: the daemon reads an endpoint's configuration once
BURST_GOAL = 1.2  # times the yardstick's time
BATCH = 200  # endpoints that the daemon starts together
ENGINE, RAW, CHECK = "engine", "yardstick", "check_privatelink"
STATIC = f"{CHECK}, linked statically"

# A goal: the median over the rounds of row / beside is at most `limit`.
Goal = namedtuple("Goal", "row beside limit")
# A row: its group, its name in the table, and the function that creates its contender.
Row = namedtuple("Row", "group name make")


def raw(kind, concurrency):
    return Row("probe", f"{RAW}, {kind}, {concurrency} at once", lambda bed: Program(
        bed, PROBES, bed.raw_command(PROBES, concurrency, kind, ADDRESSES)))


def engine(kind, concurrency):
    return Row("probe", f"{ENGINE}, {kind}, {concurrency} at once", lambda bed: Program(
        bed, PROBES, probes(bed, concurrency, kind=kind)))


def engine_with_bundle():
    # The last --ca-file is used.
    return Row("probe", f"{ENGINE}, p256, 64 at once, system's CA bundle", lambda bed: Program(
        bed, PROBES, probes(bed, 64, "--ca-file", bundle(bed))))


def probes(bed, concurrency, *options, kind="p256"):
    return bed.probe_command(PROBES // ROUNDS, "--rounds", ROUNDS, "--addresses", ADDRESSES, "--batch",
                               BATCH, "--concurrency", concurrency, *options, kind=kind)


def fleet(count):
    return Row("fleet", f"{ENGINE}, {count:,} endpoints", lambda bed: Program(
        bed, count * ROUNDS, bed.probe_command(
            count, "--rounds", ROUNDS, "--batch", BATCH, "--concurrency", 64)))


def dns(at_once):
    return Row("dns", f"{ENGINE}, one name, {at_once:,} at once", lambda bed: Program(
        bed, NAMES, [bed.probe, "--check", "dns", "--batch", at_once, "--addresses", ADDRESSES,
                       NAMES], "questions"))


def words_of(bed, number):
    """The values of {n}, {ca} and {zone1} to {zone3} in a command line."""
    first = ipaddress.ip_address("10.66.0.1") + 4 * number
    return {"n": number, "ca": bed.ca()} | {f"zone{i + 1}": first + i for i in range(3)}


def program(bed, name):
    if name == CHECK:
        return bed.check
    return bed.static_check() if name == STATIC else find(name, folders=PLUGIN_FOLDERS)


def started(group, name, *commands, counter="answers", expected=1):
    """Programs that are started again for each probe: (program, word...)."""
    def make(bed):
        programs = [program(bed, words[0]) for words in commands]
        return Started(bed, STARTS, lambda n: [
            [program] + [word.format(**words_of(bed, n)) for word in words[1:]]
            for program, words in zip(programs, commands)], counter, expected)
    return Row(group, name, make)


HOST = "ep{n}.bench.test"
ZONES, PUBLIC = "zones{n}.bench.test", "pub{n}.bench.test"
CHECK_HTTP = ("check_http", "-S", "--sni")
DAYS = ("-C", "14,7", "--continue-after-certificate")
FULL, DNS_ONLY = CHECK, f"{CHECK} --check dns"
STATIC_DNS_ONLY = f"{STATIC} --check dns"
THREE_ZONES = f"{CHECK}, three zones and one public address"
AS_MUCH = "2 check_dns and 4 check_http, which see about as much"

ROWS = [
    *(raw(kind, many) for kind in ("p256", "rsa") for many in (8, 64)),
    *(engine(kind, many) for kind in ("p256", "rsa") for many in (8, 64)),
    engine_with_bundle(),
    Row("probe", "blackbox_exporter, http with TLS", lambda bed: Exporter(bed, "http", 1000)),
    Row("probe", "blackbox_exporter, tcp with TLS", lambda bed: Exporter(bed, "tcp", 1000)),
    Row("probe", "openssl s_time", STime),
    started("probe", "check_http -S --sni", (*CHECK_HTTP, "-H", HOST)),
    started("probe", "check_tcp -S", ("check_tcp", "-S", "-H", HOST, "-p", "443"),
            counter="handshakes"),
    started("probe", "check_curl -S -D --ca-cert",
            ("check_curl", "-S", "-D", "--ca-cert", "{ca}", "-H", HOST)),
    started("probe", "curl --cacert",
            ("curl", "-s", "-o", "/dev/null", "--cacert", "{ca}", f"https://{HOST}/")),
    Row("probe", "collectd's curl plugin", CurlPlugin),
    started("check", FULL, (CHECK, "-H", HOST, "--ca-file", "{ca}")),
    started("check", STATIC, (STATIC, "-H", HOST, "--ca-file", "{ca}")),
    started("check", DNS_ONLY, (CHECK, "-H", HOST, "--check", "dns"), counter="questions"),
    started("check", STATIC_DNS_ONLY, (STATIC, "-H", HOST, "--check", "dns"), counter="questions"),
    started("check", "check_dns", ("check_dns", "-H", HOST), counter="questions"),
    started("check", THREE_ZONES,
            (CHECK, "-H", ZONES, "--public-name", PUBLIC, "--ca-file", "{ca}", "--public-ca-file", "{ca}",
             "--public-resolver", "10.53.0.1", "--public-dns", "plain", "--blocked-by", "http:403",
             "--accept", "tenant,request,key,host"), expected=5),  # with a sibling
    started("check", AS_MUCH, ("check_dns", "-H", ZONES), ("check_dns", "-H", PUBLIC),
            *((*CHECK_HTTP, "-H", ZONES, "-I", f"{{zone{i}}}", *DAYS) for i in (1, 2, 3)),
            (*CHECK_HTTP, "-H", PUBLIC, "-e", "HTTP/1.1 403", *DAYS), expected=4),
    fleet(1000),
    fleet(10000),
    dns(50),
    dns(1000),
]


def goals():
    for kind in ("p256", "rsa"):
        for many in (8, 64):
            ours = f"{ENGINE}, {kind}, {many} at once"
            yield Goal(ours, f"{RAW}, {kind}, {many} at once", 0.85 if kind == "p256" else 0.95)
            yield Goal(ours, "blackbox_exporter, http with TLS", 0.50 if kind == "p256" else 0.45)
            yield Goal(ours, "check_http -S --sni", 1 / 20)
            yield Goal(ours, "collectd's curl plugin", 1 / 40)
    one = f"{ENGINE}, p256, 64 at once"
    yield Goal(f"{one}, system's CA bundle", one, 1.05)
    yield Goal(f"{ENGINE}, 10,000 endpoints", f"{ENGINE}, 1,000 endpoints", 1.15)
    for full, dns_only in ((FULL, DNS_ONLY), (STATIC, STATIC_DNS_ONLY)):
        yield Goal(full, "check_http -S --sni", 0.85)
        yield Goal(dns_only, "check_dns", 1 / 8)
    yield Goal(FULL, "check_curl -S -D --ca-cert", 0.55)
    yield Goal(THREE_ZONES, AS_MUCH, 1 / 4)
