"""Public: the proven blocks, and why each is proven. public.py has the same cases with one condition
missing."""

import hosts
from case import Case

HTTP = "the listed answer over verified TLS; the private side answers the same path otherwise"
WIRE = "the address does not answer, a witness does, and the private side is up"
LISTED = "the user named this sign as the provider's"


def blocked(public, proven, what=None, private="ok", **options):
    sides = {"dns": "OK", "port": "OK"} if private else {}
    return Case(what or f"blocked: {public}", private, public, public_is="OK", proven=proven,
                **(sides | options))


def listed(public, signature, what=None, **options):
    """The user's signature, without a private side."""
    more = f"--blocked-by {signature} " + options.pop("more", "")
    return blocked(public, LISTED, what or f"{signature} proves {public}", None, more=more, **options)


CASES = [
    blocked("s403", HTTP, verbose=True),
    blocked("elastic", HTTP),
    blocked("chunked-403", HTTP),
    blocked("forged", HTTP, "blocked: 403 with a body that forges perfdata"),
    blocked("hostile-403", HTTP, "blocked: 403 with control characters"),
    blocked("dual-s403", HTTP, "blocked: 403 over IPv4 and IPv6"),
    blocked("private-too", HTTP, "a private address in public DNS is left out and named"),
    blocked("s403", HTTP, "a 403, and a private side that wants a key (401)", "keyed401",
            more="--api-key-file {key} --expect-status 200"),
    blocked("s403", HTTP, "one of two public resolvers is dead, the other is definite",
            more="--public-resolver {public_resolver},{outer_silent}", says=(hosts.public_resolver("silent"),)),
    blocked("s403", HTTP, "public DNS over TCP", more="--public-resolver {outer_tc}"),
    blocked("s403", HTTP, "public DNS through a chain of aliases", more="--public-resolver {outer_chain}"),
    blocked("s403", HTTP, "proxies in the environment",
            env={"https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9",
                 "ALL_PROXY": "socks5://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}),
    blocked("drop", WIRE),
    blocked("rst", WIRE),
    blocked("two-silent", WIRE),
    blocked("silent-and-rst", WIRE),
    blocked("s403-and-silent", WIRE),
    blocked("dual-silent", WIRE),
    blocked("drop6", WIRE, "blocked: IPv6 only, silent"),
    blocked("rst6", WIRE, "blocked: IPv6 only, refused"),
    blocked("drop", WIRE, "silence while one zone is dead", "one-dead",
            port="WARNING port.some-down", more="--tls-name ok.private.lab.test"),
    blocked("drop", WIRE, "a witness by address", more="--witness {witness}"),
    blocked("drop", WIRE, "a witness on a named port", more="--witness {witness}:443"),
    blocked("drop", WIRE, "one of two witnesses is dead",
            more="--witness dead-witness.lab.test,witness.lab.test"),
    blocked("drop", WIRE, "the public resolvers as witnesses", without=("--witness",)),
    blocked("drop", WIRE, "the region's EC2 API as witness", without=("--witness",),
            more="--region eu-central-1"),
    blocked("drop", WIRE, "--public-probe tls, silence", more="--public-probe tls"),
    blocked("drop", WIRE, "--public-probe tcp, silence", more="--public-probe tcp"),
    blocked("rst", "a listed refusal; a witness answers", "tcp:refused, nothing private", None,
            more="--blocked-by tcp:refused"),
    listed("drop", "tcp:timeout"),
    listed("s403", "http:403"),
    listed("s404", "'http:404:account not found'"),
    listed("elastic", "'http:403:^.{{0,16}}\"message\":\"Forbidden\"'"),
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
    listed("s401", "http:401"),
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
