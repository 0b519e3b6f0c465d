"""Public: open, and everything that proves nothing. No case in here may be OK."""

from lab.case import DOCUMENTED, Case

OPEN = "CRITICAL public.open"
AMBIGUOUS = "UNKNOWN public.ambiguous"
NO_EGRESS = "UNKNOWN public.no-egress"
DOWN = "UNKNOWN public.service-down"
TENANT = "UNKNOWN public.tenant"
UNLISTED = "UNKNOWN public.unlisted"
INTERCEPTED = "UNKNOWN public.intercepted"
LOCAL = "UNKNOWN public.local-failure"
NO_ADDRESS = "UNKNOWN public.no-address"
DNS = "UNKNOWN public.dns"


def beside(public, verdict, what=None, **options):
    """A public endpoint next to a healthy private side."""
    return Case(what or f"public: {public}", "ok", public, dns="OK", port="OK", public_is=verdict, **options)


def each(names, verdict):
    return [beside(name, verdict) for name in names.split()]


def alone(public, verdict, what, **options):
    """A public endpoint without a private side in the run."""
    return Case(what, None, public, public_is=verdict, **options)


CASES = [
    *each("open s401 s404 s407 s421 s429 s451 s500 s503 redirect hostile-200", OPEN),
    *each("expired not-yet soon very-soon intermediate reversed-chain thousand-names hostile first-syn-lost open6", OPEN),
    *each("request-reset request-close request-silent garbage endless-headers drip-headers "
          "endless-100 endless-body huge-length bad-chunk short-body slow-flights gzip-bomb http-09 bad-status nul-header "
          "http2 escape-header drip-body late-reset client-cert-13", OPEN),
    beside("one-open", OPEN, "a silent and an open address", findings=("public.open",)),
    beside("s403-and-open", OPEN, "a blocked and an open address"),
    beside("dual-open6", OPEN, "blocked over IPv4, open over IPv6"),
    beside("s403", OPEN, "--public-probe tls: a handshake is open", more="--public-probe tls"),
    beside("accept-silent", OPEN, "--public-probe tcp: a connect is open", more="--public-probe tcp"),
    beside("hints-200", OPEN, "a 200 with the text of a block, after an interim response", more=DOCUMENTED),
    beside("200-then-403", OPEN, "a 200, and a second response with a documented block", more=DOCUMENTED),
    beside("s403", OPEN, "a 403 whose body is not the listed one",
           more="--blocked-by 'http:403:traffic filtering'"),
    beside("s403", OPEN, "a 403 that is not listed", more="--blocked-by tcp:refused"),
    alone("open", OPEN, "open, and no private side in the run", verbose=True),
    # Connected, and then no answer that a signature lists.
    *each("accept-silent accept-close accept-reset hello-silent hello-close hello-reset "
          "half-handshake-reset alert-40 alert-49 alert-80 alert-112 sni-reject plain-http ssh "
          "drip-tls tls-11 client-cert-12 mtu-hole admin-prohibited", UNLISTED),
    beside("late-syn-ack", UNLISTED, "a SYN-ACK soon after the time limit", more="--connect-timeout 2.9"),
    # Another host answers.
    *each("wrong-name stranger self-signed wrong-usage no-intermediate hostile-stranger "
          "expired-403 not-yet-403 stranger-403 rsa-1024 no-san sha-1", INTERCEPTED),
    beside("s403-and-stranger", INTERCEPTED, "a blocked address and a stranger", more=DOCUMENTED),
    beside("stranger-403", INTERCEPTED, "--on-unproven ok never covers an interception",
           more="--on-unproven ok"),
    beside("stranger", "CRITICAL public.intercepted", "an interception under --on-unproven critical",
           more="--on-unproven critical"),
    # A counter-proof is missing.
    Case("private 200 with a key and 403 without, public 403", "keyed", "s403", dns="OK", port="OK",
         public_is=DOWN, more="--api-key-file {key} --expect-status 200"),
    Case("both sides say 403", "s403", "s403", dns="OK", port="OK", public_is=DOWN),
    alone("s403", DOWN, "a 403, and no private side in the run"),
    alone("drop", DOWN, "silence, and no private side in the run"),
    alone("rst", DOWN, "a refusal, and no private side in the run"),
    alone("hello-reset", DOWN, "tls:reset, and no private side in the run", more="--blocked-by tls:reset"),
    alone("nowhere", DOWN, "dns:nxdomain, and no private side in the run",
          more="--blocked-by dns:nxdomain"),
    Case("a 403, and a private side at depth tls only", "ok", "s403", dns="OK", port="OK",
         public_is=DOWN, more="--probe tls"),
    # The private side is up, but it has another name, and there is no baseline.
    *each("drop rst two-silent drop6", TENANT),
    beside("hello-reset", TENANT, "tls:reset at another name than the private one",
           more="--blocked-by tls:reset"),
    beside("s403", AMBIGUOUS, "a 403 without a text, and no baseline"),
    beside("s403", AMBIGUOUS, "a documented 403, and nothing that asks as the clients do",
           more="--blocked-by http:403:Forbidden"),
    # The private side is down.
    Case("silence while the private side is dead", "all-dead", "drop", dns="OK",
         port="CRITICAL port.timeout", public_is=DOWN),
    Case("a refusal while the private side is dead", "rst", "rst", dns="OK",
         port="CRITICAL port.refused", public_is=DOWN),
    Case("a 403 while the private side is dead", "all-dead", "s403", dns="OK",
         port="CRITICAL port.timeout", public_is=DOWN),
    Case("a listed refusal while the private side is dead", "s503", "rst", dns="OK",
         port="CRITICAL port.http-status", public_is=DOWN, more="--blocked-by tcp:refused"),
    Case("silence while private DNS is dead", "nowhere", "drop", dns="CRITICAL dns.nxdomain",
         port="CRITICAL port.no-address", public_is=DOWN),
    # No witness.
    beside("drop", NO_EGRESS, "the witness is dead", more="--witness dead-witness.lab.test"),
    beside("rst", NO_EGRESS, "a refusal, and the witness is dead", more="--witness dead-witness.lab.test"),
    beside("drop", NO_EGRESS, "the witness's certificate has expired",
           more="--witness expired-witness.lab.test"),
    beside("drop", NO_EGRESS, "another host answers for the witness", more="--witness stranger-witness.lab.test"),
    beside("drop", NO_EGRESS, "a private address as witness", more="--witness 10.0.1.10"),
    beside("drop", NO_EGRESS, "a name with a private address as witness",
           more="--witness private-witness.lab.test"),
    beside("drop", NO_EGRESS, "the judged address as witness", more="--witness drop.public.lab.test"),
    beside("dual-silent", NO_EGRESS, "a silent IPv6 address with only an IPv4 witness", split=True,
           more="--witness witness4.lab.test"),
    beside("dual-silent", NO_EGRESS, "a silent IPv4 address with only an IPv6 witness", split=True,
           more="--witness [{witness6}]"),
    Case("only 443 is closed on the egress path", "ok", "drop", dns="OK", port="OK", public_is=NO_EGRESS,
         client="dns-only"),
    Case("the egress path refuses everything", "ok", "open", dns="OK", port="OK", public_is=NO_EGRESS,
         client="refused"),
    Case("listed silence without a witness", "ok", "drop", dns="OK", port="OK", public_is=NO_EGRESS,
         client="dns-only", more="--blocked-by tcp:timeout"),
    # This host.
    *each("host-unreachable net-unreachable port-unreachable", LOCAL),
    beside("drop", LOCAL, "--connect-timeout 0.05", more="--connect-timeout 0.05 --probe tcp"),
    # Public DNS.
    beside("s403", DNS, "AAAA SERVFAIL beside a blocked A",
           more="--public-resolver {outer_aaaa_servfail}"),
    beside("drop", DNS, "AAAA silent beside a blocked A", more="--public-resolver {outer_aaaa_silent}"),
    beside("s403", DNS, "A SERVFAIL", more="--public-resolver {outer_a_servfail}"),
    beside("s403", DNS, "public resolver: servfail", more="--public-resolver {outer_servfail}"),
    beside("s403", DNS, "public resolver: refused", more="--public-resolver {outer_refused}"),
    beside("s403", DNS, "public resolver: silent", more="--public-resolver {outer_silent}"),
    beside("s403", DNS, "public resolver: closed", more="--public-resolver {outer_closed}"),
    beside("s403", DNS, "public resolver: CNAME loop", more="--public-resolver {outer_loop}"),
    beside("s403", DNS, "public resolver: cut answer", more="--public-resolver {outer_cut}"),
    beside("s403", DNS, "public resolver: another name's records", more="--public-resolver {outer_unrelated}"),
    beside("s403", DNS, "public resolver: TCP after TC is reset", more="--public-resolver {outer_tc_reset}"),
    beside("s403", "UNKNOWN public.dns", "more public addresses than the cap",
           more="--public-resolver {outer_many} --public-probe tcp"),
    beside("nowhere", NO_ADDRESS, "the public name does not exist"),
    beside("nowhere", NO_ADDRESS, "dns:nxdomain with one of two resolvers dead",
           more="--blocked-by dns:nxdomain --public-resolver {public_resolver},{outer_silent}"),
    beside("nowhere", NO_EGRESS, "dns:nxdomain without a witness",
           more="--blocked-by dns:nxdomain --witness dead-witness.lab.test"),
    *each("private-only loopback null imds mapped", NO_ADDRESS),
    beside("s403", NO_ADDRESS, "rebinding answers", more="--public-resolver {outer_rebind}"),
    beside("s403", DNS, "a stale silent --public-address", split=True,
           more=DOCUMENTED + " --blocked-by tcp:timeout --public-address {pub_stale}"),
    beside("drop", DNS, "silence, and --public-dns plain", more="--public-dns plain", split=True),
    beside("drop", "WARNING public.no-egress", "--on-unproven warning",
           more="--on-unproven warning --witness dead-witness.lab.test"),
    beside("drop", "CRITICAL public.no-egress", "--on-unproven critical",
           more="--on-unproven critical --witness dead-witness.lab.test"),
    # Before it is turned off.
    beside("s500", "WARNING public.open", "reachable expected, 500", more="--expect-public reachable"),
    beside("expired", "WARNING public.open", "reachable expected, expired certificate",
           more="--expect-public reachable"),
    beside("s403", "CRITICAL public.blocked", "reachable expected, blocked by 403", split=True,
           more=DOCUMENTED + " --expect-public reachable"),
    beside("drop", "CRITICAL public.blocked", "reachable expected, blocked by silence", split=True,
           more="--expect-public reachable"),
    beside("stranger", INTERCEPTED, "reachable expected, another host answers",
           more="--expect-public reachable"),
]
