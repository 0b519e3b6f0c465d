"""Public: the proven blocks, and what rules out every rival of each. public.py has cases with one condition
missing."""

from lab import hosts
from lab.case import DOCUMENTED, Case

HTTP = "the documented answer over verified TLS; the name is the private side's, which answers otherwise"
WIRE = "three attempts get no answer, while a witness does; the name is the private side's, which is up"
LISTED = "the user named this sign, and every rival of it is ruled out"
OPEN_BEFORE = ("--expect-public reachable --public-resolver {outer_says_open}",)
BASELINE = "the endpoint was seen open, and the private side answers as it did then"


def blocked(public, proven, what=None, private="ok", split=True, **options):
    sides = {"dns": "OK", "port": "OK"} if private else {}
    return Case(what or f"blocked: {public}", private, public, public_is="OK", proven=proven, split=split,
                **(sides | options))


def http(public, what=None, text="Forbidden", **options):
    more = f"--blocked-by 'http:403:{text}' --user-agent client/1.0 " + options.pop("more", "")
    return blocked(public, HTTP, what, more=more, **options)


def listed(public, signature, what=None, **options):
    """The user's signature."""
    more = f"--blocked-by {signature} " + options.pop("more", "")
    return blocked(public, LISTED, what or f"{signature} proves {public}", more=more, **options)


def before(public, what, more="", **options):
    """The endpoint was open when the baseline was recorded; now its name leads to `public`."""
    return blocked(public, BASELINE, what, split=False, before=OPEN_BEFORE, more=f"--recovery 1 {more}",
                   **({"rivals": {"tenant": "ruled-out"}} | options))


CASES = [
    http("s403", verbose=True, says=("ruled out: outage, tenant, request, key, inspection",)),
    http("elastic", text='"message":"Forbidden"'),
    http("chunked-403"),
    http("forged", "blocked: 403 with a body that forges perfdata", "time=0s"),
    http("hostile-403", "blocked: 403 with control characters", "time=0s"),
    http("dual-s403", "blocked: 403 over IPv4 and IPv6"),
    http("private-too", "a private address in public DNS is left out and named"),
    http("s403", "a 403, and a private side that wants a key (401)", private="keyed401",
         more="--api-key-file {key} --expect-status 200"),
    http("s403", "one of two public resolvers is dead, the other is definite",
         more="--public-resolver {public_resolver},{outer_silent}", says=(hosts.public_resolver("silent"),)),
    http("s403", "public DNS over TCP", more="--public-resolver {outer_tc}"),
    http("s403", "public DNS through a chain of aliases", more="--public-resolver {outer_chain}"),
    http("s403", "proxies in the environment",
         env={"https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9",
              "ALL_PROXY": "socks5://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}),
    http("s403", "another name at the same address is answered otherwise: it need not be the private name",
         split=False, rivals={"tenant": "ruled-out", "request": "ruled-out"}),
    # The default list, which has no text: the endpoint as it was open says what a key or a User-Agent
    # could not.
    before("s403", "a 403 without a documented text, and a baseline",
           rivals={"tenant": "ruled-out", "request": "ruled-out", "key": "ruled-out"}),
    before("bot-mark", "a 403 that is marked by a bot protection, and a baseline"),
    before("s401", "a 401 that is listed, and a baseline", "--blocked-by http:401"),
    before("drop", "silence at another name than the private one, and a baseline"),
    before("rst", "a refusal at another name than the private one, and a baseline"),
    blocked("drop", WIRE),
    blocked("rst", WIRE),
    blocked("two-silent", WIRE),
    blocked("silent-and-rst", WIRE),
    blocked("s403-and-silent", WIRE, more=DOCUMENTED + " --blocked-by tcp:timeout"),
    blocked("dual-silent", WIRE),
    blocked("drop6", WIRE, "blocked: IPv6 only, silent"),
    blocked("rst6", WIRE, "blocked: IPv6 only, refused"),
    blocked("drop", WIRE, "silence while one zone is dead", "one-dead", port="WARNING port.some-down"),
    blocked("drop", WIRE, "a witness by address", more="--witness {witness}"),
    blocked("drop", WIRE, "a witness on a named port", more="--witness {witness}:443"),
    blocked("drop", WIRE, "one of two witnesses is dead",
            more="--witness dead-witness.lab.test,witness.lab.test"),
    blocked("drop", WIRE, "the public resolvers as witnesses", without=("--witness",)),
    blocked("drop", WIRE, "the region's EC2 API as witness", without=("--witness",),
            more="--region eu-central-1"),
    blocked("drop", WIRE, "--public-probe tls, silence", more="--public-probe tls"),
    blocked("drop", WIRE, "--public-probe tcp, silence", more="--public-probe tcp"),
    listed("rst", "tcp:refused"),
    listed("drop", "tcp:timeout"),
    listed("accept-reset", "tls:reset"),
    listed("accept-close", "tls:reset"),
    listed("hello-reset", "tls:reset"),
    listed("hello-close", "tls:reset"),
    listed("half-handshake-reset", "tls:reset"),
    listed("alert-49", "tls:alert"),
    listed("alert-80", "tls:alert"),
    listed("alert-40", "tls:alert=40"),
    listed("sni-reject", "tls:alert=112"),
    listed("admin-prohibited", "tcp:rejected"),
    listed("nowhere", "dns:nxdomain"),
    listed("s401", "http:401:Unauthorized --user-agent client/1.0"),
    # A documented text rules out an outage without the private side.
    listed("s404", "'http:404:account not found' --user-agent client/1.0",
           "a documented 404, and nothing private", private=None, split=False),
    listed("elastic", "'http:403:^.{{0,16}}\"message\":\"Forbidden\"' --user-agent client/1.0",
           "a documented 403, and nothing private", private=None, split=False),
    Case("tls:alert does not cover number 40", None, "alert-40", public_is="UNKNOWN public.unlisted",
         more="--blocked-by tls:alert"),
    Case("tls:reset without a witness", None, "hello-reset", public_is="UNKNOWN public.no-egress",
         more="--blocked-by tls:reset --witness dead-witness.lab.test"),
    Case("tls:reset does not cover silence", None, "hello-silent", public_is="UNKNOWN public.unlisted",
         more="--blocked-by tls:reset"),
    Case("tcp:rejected does not cover host-unreachable", None, "host-unreachable",
         public_is="UNKNOWN public.local-failure", more="--blocked-by tcp:rejected"),
    Case("tcp:refused does not cover an ICMP port-unreachable", None, "port-unreachable",
         public_is="UNKNOWN public.local-failure", more="--blocked-by tcp:refused"),
    Case("reachable is expected, and it is", "ok", "open", dns="OK", port="OK", public_is="OK",
         proven="--expect-public reachable", more="--expect-public reachable"),
    Case("reachable is expected, and it wants a login", "ok", "s401", dns="OK", port="OK",
         public_is="OK", proven="--expect-public reachable", more="--expect-public reachable"),
]
