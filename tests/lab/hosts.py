"""The map of the lab: every address and name, and how the host there behaves.

A behaviour has a number N, and is at 10.0.1.N on the private side (10.0.2.N and 10.0.3.N are
the same in other zones), and at 30.113.0.N and 3ffe:db8:71::N on the public side. Its names are
NAME.private.lab.test, NAME.public.lab.test and, IPv6 only, NAME6.public.lab.test. NAME.split.lab.test
is one name for both sides, as with AWS' private DNS: "ok" for the VPC, NAME for everybody else. Nothing
in here ever changes during a run, so that scenarios can run side by side.

A server answers a name that this map does not have with 404, as a provider does who has no such
customer. Only the behaviours of WILDCARD answer every name alike.

The public side has addresses that are globally reachable unicast, since the program takes no others
for public: 30.0.0.0/8, and 3ffe::/16, which was returned to IANA (RFC 3701). The lab's namespaces
have no uplink, so nothing that is sent there leaves this machine.
"""

from collections import namedtuple

# server: "nginx", "farm" (farm.py) or "wall" (the world's firewall).
Behaviour = namedtuple("Behaviour", "name number server certificate status text")
Behaviour.__new__.__defaults__ = ("good", 200, "Ok.")

ELASTIC_BODY = '{"ok":false,"message":"Forbidden"}'
FORGERY = "a | time=0s;;;0 'x'=1\\r\\nOK <b>&"

BEHAVIOURS = [
    # nginx: real TLS, real HTTP.
    Behaviour("ok", 10, "nginx"),
    Behaviour("open", 11, "nginx"),
    Behaviour("s401", 12, "nginx", "good", 401, "Unauthorized"),
    Behaviour("s403", 13, "nginx", "good", 403, "Forbidden"),
    Behaviour("s404", 14, "nginx", "good", 404, "HTTP - 404 account not found"),
    Behaviour("s407", 15, "nginx", "good", 407, "Proxy Authentication Required"),
    Behaviour("s429", 16, "nginx", "good", 429, "slow down"),
    Behaviour("s451", 17, "nginx", "good", 451, "Unavailable For Legal Reasons"),
    Behaviour("s500", 18, "nginx", "good", 500, "oops"),
    Behaviour("s503", 19, "nginx", "good", 503, "no backend"),
    Behaviour("redirect", 20, "nginx", "good", 302, "http://169.254.169.254/latest/meta-data/"),
    Behaviour("elastic", 21, "nginx", "good", 403, ELASTIC_BODY),
    Behaviour("keyed", 22, "nginx", "good", "key 403", "Forbidden"),
    Behaviour("keyed401", 23, "nginx", "good", "key 401", "Unauthorized"),
    Behaviour("forged", 24, "nginx", "good", 403, FORGERY),
    Behaviour("expired", 30, "nginx", "expired"),
    Behaviour("not-yet", 31, "nginx", "not-yet"),
    Behaviour("wrong-name", 32, "nginx", "wrong-name"),
    Behaviour("stranger", 33, "nginx", "stranger"),
    Behaviour("self-signed", 34, "nginx", "self-signed"),
    Behaviour("expired-403", 35, "nginx", "expired", 403, "Forbidden"),
    Behaviour("stranger-403", 36, "nginx", "stranger", 403, "Forbidden"),
    Behaviour("wrong-usage", 37, "nginx", "wrong-usage"),
    Behaviour("no-intermediate", 38, "nginx", "no-intermediate"),
    Behaviour("intermediate", 39, "nginx", "intermediate"),
    Behaviour("soon", 40, "nginx", "soon"),
    Behaviour("very-soon", 41, "nginx", "very-soon"),
    Behaviour("thousand-names", 42, "nginx", "thousand-names"),
    Behaviour("hostile", 43, "nginx", "hostile"),
    Behaviour("hostile-stranger", 44, "nginx", "hostile-stranger"),
    Behaviour("s421", 46, "nginx", "good", 421, "Misdirected Request"),
    Behaviour("no-san", 47, "nginx", "no-san"),
    Behaviour("reversed-chain", 48, "nginx", "reversed-chain"),
    Behaviour("not-yet-403", 49, "nginx", "not-yet", 403, "Forbidden"),
    Behaviour("short-lived", 63, "nginx", "short-lived"),
    Behaviour("intermediate-soon", 64, "nginx", "intermediate-soon"),
    Behaviour("intermediate-expired", 65, "nginx", "intermediate-expired"),
    Behaviour("sni-reject", 45, "nginx", "good", "reject"),
    Behaviour("tenant-reject", 50, "nginx", "good", "reject known"),
    Behaviour("bot-rule", 51, "nginx", "good", "agent 403", "Forbidden"),
    Behaviour("bot-mark", 52, "nginx", "good", "mark 403", "Forbidden"),
    Behaviour("root-403", 53, "nginx", "good", "root 403", "Forbidden"),
    Behaviour("wild-403", 54, "nginx", "good", 403, ELASTIC_BODY),
    Behaviour("wild-404", 55, "nginx", "good", 404, "HTTP - 404 account not found"),
    Behaviour("inspected-403", 56, "nginx", "inspector", 403, "Forbidden"),
    Behaviour("inspected-407", 57, "nginx", "inspector", 407, "Proxy Authentication Required"),
    Behaviour("inspected-502", 58, "nginx", "inspector", 502, "Bad Gateway"),
    Behaviour("inspected-504", 59, "nginx", "inspector", 504, "Gateway Timeout"),
    Behaviour("inspected-511", 60, "nginx", "inspector", 511, "Network Authentication Required"),
    Behaviour("wild-200", 62, "nginx"),
    Behaviour("databricks", 61, "nginx", "good", 403,
              "Unauthorized network access to workspace: 1234567890"),
    # Scripted: farm.py has a function of the name.
    Behaviour("accept-silent", 100, "farm"),
    Behaviour("accept-close", 101, "farm"),
    Behaviour("accept-reset", 102, "farm"),
    Behaviour("hello-silent", 103, "farm"),
    Behaviour("hello-close", 104, "farm"),
    Behaviour("hello-reset", 105, "farm"),
    Behaviour("alert-40", 106, "farm"),
    Behaviour("alert-49", 107, "farm"),
    Behaviour("alert-80", 108, "farm"),
    Behaviour("alert-112", 109, "farm"),
    Behaviour("plain-http", 110, "farm"),
    Behaviour("ssh", 111, "farm"),
    Behaviour("drip-tls", 112, "farm"),
    Behaviour("tls-11", 113, "farm"),
    Behaviour("rsa-1024", 114, "farm", "rsa-1024"),
    Behaviour("client-cert-12", 115, "farm"),
    Behaviour("client-cert-13", 116, "farm"),
    Behaviour("half-handshake-reset", 117, "farm"),
    Behaviour("request-reset", 120, "farm"),
    Behaviour("request-close", 121, "farm"),
    Behaviour("request-silent", 122, "farm"),
    Behaviour("garbage", 123, "farm"),
    Behaviour("endless-headers", 124, "farm"),
    Behaviour("drip-headers", 125, "farm"),
    Behaviour("endless-100", 126, "farm"),
    Behaviour("endless-body", 127, "farm"),
    Behaviour("huge-length", 128, "farm"),
    Behaviour("bad-chunk", 129, "farm"),
    Behaviour("gzip-bomb", 130, "farm"),
    Behaviour("http-09", 131, "farm"),
    Behaviour("bad-status", 132, "farm"),
    Behaviour("nul-header", 133, "farm"),
    Behaviour("http2", 134, "farm"),
    Behaviour("drip-body", 135, "farm"),
    Behaviour("hostile-403", 136, "farm"),
    Behaviour("hostile-200", 137, "farm"),
    Behaviour("escape-header", 140, "farm"),
    Behaviour("late-reset", 138, "farm"),
    Behaviour("chunked-403", 139, "farm"),
    Behaviour("short-body", 141, "farm"),
    Behaviour("hints-200", 25, "farm"),
    Behaviour("200-then-403", 26, "farm"),
    Behaviour("sha-1", 142, "farm"),
    Behaviour("slow-flights", 143, "farm"),
    # They answer 401 and repeat the API key: as it is, in other forms, or in what is not HTTP.
    Behaviour("echo-plain", 150, "farm"),
    Behaviour("echo-lower", 151, "farm"),
    Behaviour("echo-half", 152, "farm"),
    Behaviour("echo-base64", 153, "farm"),
    Behaviour("echo-garbage", 154, "farm"),
    Behaviour("body-cut", 144, "farm"),
    Behaviour("body-late", 145, "farm"),
    Behaviour("body-gzip", 146, "farm"),
    Behaviour("body-long", 147, "farm"),
    Behaviour("long-line", 148, "farm"),
    # The world's firewall, in front of nothing, or of a server like "ok" (text says which).
    Behaviour("drop", 80, "wall", text=""),
    Behaviour("rst", 81, "wall", text=""),
    Behaviour("admin-prohibited", 82, "wall", text=""),
    Behaviour("host-unreachable", 83, "wall", text=""),
    Behaviour("net-unreachable", 84, "wall", text=""),
    Behaviour("port-unreachable", 85, "wall", text=""),
    Behaviour("drop-too", 86, "wall", text=""),
    Behaviour("first-syn-lost", 87, "wall", text="ok"),
    Behaviour("mtu-hole", 88, "wall", "thousand-names", text="ok"),
    Behaviour("mtu-hole-tail", 93, "wall", "sixty-names", text="ok"),
    Behaviour("stale", 89, "wall", text=""),
    Behaviour("late-syn-ack", 94, "wall", text="ok"),
    # Nothing is wrong with these, but the client "walled" has its own firewall in front of them.
    Behaviour("own-drop", 90, "wall", text="ok"),
    Behaviour("own-rst", 91, "wall", text="ok"),
    Behaviour("own-reject", 92, "wall", text="ok"),
    # Nothing is wrong with these, but the client "routed" or its routers treat them otherwise
    # (world.py), or the provider treats the client otherwise.
    *(Behaviour(name, number, "wall", text="ok") for number, name in enumerate((
        "route-to-lo", "rule-for-tcp", "rule-for-uid", "own-redirect", "own-dnat", "own-input",
        "marked", "unnumbered", "ipsec", "near-drop", "near-rst", "near-rst-forward", "near-reject",
        "near-sni", "near-proxy", "near-nat", "near-path", "one-egress", "near-name", "near-name-drop",
        "near-paths", "eight-egress"), start=160)),
]
# They answer every name alike, so that a typo looks as a customer's name does.
WILDCARD = ("wild-200", "wild-403", "wild-404")
NUMBER = {item.name: item.number for item in BEHAVIOURS}

ZONES = (1, 2, 3)
BATCH = 500


def private(name, zone=1):
    return f"10.0.{zone}.{NUMBER[name]}"


def public(name):
    return f"30.113.0.{NUMBER[name]}"


def public6(name):
    return f"3ffe:db8:71::{NUMBER[name]}"


def private6(name):
    return f"fd00:1::{NUMBER[name]}"


def nat64(address):
    """`address` with the well-known prefix (RFC 6052)."""
    parts = [int(part) for part in address.split(".")]
    return f"64:ff9b::{parts[0]:x}{parts[1]:02x}:{parts[2]:x}{parts[3]:02x}"


def everywhere(name):
    """All addresses of a behaviour."""
    return ([private(name, zone) for zone in ZONES]
            + [public(name), public6(name), private6(name), nat64(public(name)),
               nat64(private(name))])


# Resolvers: real ones, and scripted ones (farm_dns.py has a function of the name). A scripted
# one is at 10.0.0.N on the private side and at 30.51.100.N on the public side.
VPC_RESOLVER, VPC_RESOLVER_TOO, VPC_RESOLVER6 = "10.0.0.2", "10.0.0.4", "fd00::2"
LOSSY_RESOLVER = "10.0.0.5"  # the VPC's, but the first datagram of each source port is lost
PUBLIC_RESOLVERS = ["30.51.100.53", "30.51.100.54"]
PUBLIC_RESOLVERS6 = ["3ffe:db8:53::53"]
FLEET_RESOLVER = "30.51.100.200"  # a test of a whole fleet starts one there
DNS_BEHAVIOURS = {
    name: number for number, name in enumerate(
        ["servfail", "refused", "notimp", "formerr", "silent", "closed", "slow", "nxdomain",
         "nodata", "tc", "tc-reset", "tc-hang", "loop", "self-cname", "chain", "many", "rebind",
         "wrong-id", "wrong-question", "garbage", "empty", "cut", "count", "short-rdata",
         "unrelated", "reflect", "ttl-zero", "aaaa-servfail", "dangling", "pointer-loop",
         "aaaa-silent", "a-servfail", "nxdomain-a", "big-udp", "dangling-nxdomain", "says-open",
         "ttl-huge", "says-silent", "aaaa-badvers", "rotates", "rotates-too", "pool"], start=101)
}


def resolver(name):
    return f"10.0.0.{DNS_BEHAVIOURS[name]}"


def public_resolver(name):
    return f"30.51.100.{DNS_BEHAVIOURS[name]}"


# An address of each special-purpose range that is not public, and what the program calls it. No host
# has one: the world drops what is sent there.
SPECIAL = {
    "192.0.0.1": "reserved", "192.0.0.9": "reserved", "192.0.2.1": "documentation",
    "192.88.99.1": "IPv6 transition", "198.18.0.1": "benchmarking", "198.19.255.255": "benchmarking",
    "198.51.100.1": "documentation", "203.0.113.1": "documentation", "240.0.0.1": "reserved",
    "64:ff9b:1::1": "IPv6 transition", "64:ff9b::c000:201": "documentation", "100::1": "reserved",
    "100:0:0:1::1": "reserved", "2001::1": "IPv6 transition", "2001:1::1": "reserved",
    "2001:2::1": "benchmarking", "2001:10::1": "reserved", "2001:1ff::1": "reserved",
    "2001:db8::1": "documentation", "2002:808:808::1": "IPv6 transition", "3fff::1": "documentation",
    "4000::1": "reserved", "5f00::1": "reserved", "::222.173.190.239": "reserved",
}
NOWHERE = ("240.0.0.0/4, 192.0.0.0/24, 192.0.2.0/24, 192.88.99.0/24, 198.18.0.0/15, 198.51.100.0/24, "
           "203.0.113.0/24")
NOWHERE6 = ("100::/32, 4000::/3, ::/96, 64:ff9b::c000:200/120, 64:ff9b:1::/48, 2001::/23, 2001:db8::/32, "
            "2002::/16, 3fff::/20")
WITNESS, WITNESS6 = "30.51.100.80", "3ffe:db8:51::80"
DEAD_WITNESS, EXPIRED_WITNESS, STRANGER_WITNESS = "30.51.100.81", "30.51.100.82", "30.51.100.83"
EC2_API = "30.51.100.90"
COUNTED_WITNESS, NOT_YET_WITNESS = "30.51.100.84", "30.51.100.85"

# A captive portal redirects the TLS connections of its clients to this port.
PORTAL_PORT = 8443
# A filter on the way of the client "routed" gets the connections for some names.
FILTER_PORT = 8444
# From nginx to the real public resolvers, for DNS over HTTPS.
RELAY_PORT = 8053


# Split names whose private side is not "ok": PRIVATE--PUBLIC.split.lab.test.
SPLIT = [("keyed401", "s403"), ("one-dead", "drop"), ("ok6", "s403"), ("hostile-200", "hostile-403"),
         ("s403", "s403"), ("keyed", "s403"), ("all-dead", "drop"), ("rst", "rst"), ("all-dead", "s403"),
         ("expired", "drop"), ("not-yet", "drop"), ("root-403", "root-403"), ("keyed401", "keyed"),
         ("keyed401", "s401"), ("keyed401", "keyed401"), ("ok6", "drop")]


# Names that presets make from --tenant acme --region us-east-1: private, public, the public behaviour.
PRESET_NAMES = [
    ("acme.es.vpce.us-east-1.aws.elastic-cloud.com", "acme.es.us-east-1.aws.elastic-cloud.com", "wild-403"),
    ("acme.privatelink.snowflakecomputing.com", "acme.snowflakecomputing.com", "wild-404"),
    ("acme.us-east-1.vpce.aws.clickhouse.cloud", "acme.us-east-1.aws.clickhouse.cloud", "hello-reset"),
    ("acme.cloud.databricks.com", "acme.cloud.databricks.com", "databricks"),
]


def _split(inside, outside):
    names = [(name.split(".")[0], "ok", name) for name in outside if name.endswith(".public.lab.test")]
    names += [(f"{private}--{public}", private, f"{public}.public.lab.test") for private, public in SPLIT]
    for label, private, public in names:
        outside[f"{label}.split.lab.test"] = outside[public]
        inside[f"{label}.split.lab.test"] = inside[f"{private}.private.lab.test"]
    inside["nowhere.split.lab.test"] = inside["ok.private.lab.test"]


# Forty addresses of one provider. Thirty-nine are silent; the last one is "open".
POOL = [f"30.19.1.{number}" for number in range(1, 40)] + [public("open")]


def _zones():
    inside, outside = {}, {}

    def inner(name, *addresses):
        inside[f"{name}.private.lab.test"] = list(addresses)

    def outer(name, *addresses):
        outside[f"{name}.public.lab.test"] = list(addresses)

    for item in BEHAVIOURS:
        inner(item.name, private(item.name))
        outer(item.name, public(item.name))
        outer(item.name + "6", public6(item.name))
    inner("ok", *(private("ok", zone) for zone in ZONES))
    inner("api", *inside["ok.private.lab.test"])  # of the demo
    outer("api", public("open"))
    outer("split", public("open"))  # one name on both sides, as with AWS' private DNS
    inside["split.public.lab.test"] = inside["ok.private.lab.test"]
    inner("under_score", private("ok"))
    outer("aip", public("wild-403"))  # a typo in it, at a provider that answers every name alike
    inner("one-dead", private("ok"), private("drop", 2), private("ok", 3))
    inner("one-refused", private("ok"), private("ok", 2), private("rst", 3))
    inner("two-dead", private("ok"), private("drop", 2), private("drop", 3))
    inner("all-dead", *(private("drop", zone) for zone in ZONES))
    inner("one-stranger", private("ok"), private("stranger", 2), private("ok", 3))
    inner("one-expired", private("ok"), private("expired", 2), private("ok", 3))
    inner("one-s503", private("ok"), private("s503", 2), private("ok", 3))
    inner("leak", private("ok"), public("open"))
    inner("public-only", public("open"))
    inner("shared", "100.64.1.10")
    inner("imds", "169.254.169.254")
    inner("loopback", "127.0.0.1")
    inner("null", "0.0.0.0")
    inner("dual", private("ok"), private6("ok"))
    inner("nat64", private("ok"), nat64(private("ok")))
    inner("nat64-leak", private("ok"), nat64(public("open")))
    inner("ok6", private6("ok"))
    inner("mapped", "::ffff:10.0.1.10")
    outer("one-open", public("drop"), public("open"))
    outer("two-silent", public("drop"), public("drop-too"))
    outer("silent-and-rst", public("drop"), public("rst"))
    outer("s403-and-silent", public("s403"), public("drop"))
    outer("s403-and-open", public("s403"), public("open"))
    outer("s403-and-stranger", public("s403"), public("stranger"))
    outer("dual-silent", public("drop"), public6("drop"))
    outer("dual-s403", public("s403"), public6("s403"))
    outer("dual-open6", public("s403"), public6("open"))
    outer("silent-and-own-drop", public("drop"), public("own-drop"))
    outer("private-only", private("ok"))
    outer("private-too", private("ok"), public("s403"))
    outer("loopback", "127.0.0.1")
    outer("null", "0.0.0.0", "::")
    outer("mapped", "::ffff:10.0.1.10")
    outer("imds", "169.254.169.254")
    for number, address in enumerate(SPECIAL):
        outer(f"special-{number}", address)
    outer("mapped-open", public("s403"), f"::ffff:{public('open')}")
    outer("translated-open", public("s403"), nat64(public("open")))
    outer("dual-silent-open", public6("s403"), public("open"))
    outside["witness.lab.test"] = [WITNESS, WITNESS6]
    outside["witness4.lab.test"] = [WITNESS]
    outside["dead-witness.lab.test"] = [DEAD_WITNESS]
    outside["expired-witness.lab.test"] = [EXPIRED_WITNESS]
    outside["stranger-witness.lab.test"] = [STRANGER_WITNESS]
    outside["not-yet-witness.lab.test"] = [NOT_YET_WITNESS]
    outside["counted-witness.lab.test"] = [COUNTED_WITNESS]
    outside["private-witness.lab.test"] = [private("ok")]
    outside["ec2.eu-central-1.amazonaws.com"] = [EC2_API]
    for number in range(BATCH):
        dead = number % 5 == 4
        inner(f"e{number}", private("drop" if dead else "ok"))
        outer(f"e{number}", public("drop" if dead else "s403"))
    _split(inside, outside)
    for private_name, public_name, behaviour in PRESET_NAMES:
        outside[public_name] = [public(behaviour)]
        inside[private_name] = inside["ok.private.lab.test"]
    # The VPC's resolver also knows the world's names.
    inside.update({name: answers for name, answers in outside.items() if name not in inside})
    inside["ipv4only.arpa"] = ["192.0.0.170", "192.0.0.171", nat64("192.0.0.170"),
                               nat64("192.0.0.171")]
    return inside, outside


PRIVATE_ZONE, PUBLIC_ZONE = _zones()

WITNESS_NAMES = ["*.lab.test", "ec2.eu-central-1.amazonaws.com", WITNESS, WITNESS6, DEAD_WITNESS,
                 EXPIRED_WITNESS, STRANGER_WITNESS, COUNTED_WITNESS, NOT_YET_WITNESS, private("ok"),
                 *PUBLIC_RESOLVERS, *PUBLIC_RESOLVERS6]
RESOLVER_NAMES = [*PUBLIC_RESOLVERS, *PUBLIC_RESOLVERS6, FLEET_RESOLVER, *map(public_resolver, DNS_BEHAVIOURS)]
