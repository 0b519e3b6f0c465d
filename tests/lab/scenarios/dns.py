"""Private DNS: what resolvers answer, and the verdict on it."""

from lab import hosts
from lab.case import Case

NOWHERE = "CRITICAL port.no-address"


def scripted(name, verdict, port="OK"):
    """The private name asked of a scripted resolver. Runs only the DNS check."""
    key = name.replace("-", "_")
    checks = "" if port else " --check dns"
    return Case(f"resolver: {name}", "ok", dns=verdict, port=port,
                more=f"--resolver {{scripted_{key}}}{checks}")


def no_use(name, verdict):
    return scripted(name, f"CRITICAL {verdict}", NOWHERE)


def answers(what, name, verdict, port, **options):
    """What the VPC's own resolver answers."""
    return Case(what, name, dns=verdict, port=port, **options)


def resolv_conf(what, text, verdict, port="OK", **options):
    """The system's resolvers, from a resolv.conf of the scenario."""
    script = (f'printf "{text}" >$0.$$ && mount --bind $0.$$ /etc/resolv.conf && exec "$@"')
    return Case(what, "ok", dns=verdict, port=port, without=("--resolver",),
                prefix=f"unshare -m sh -c '{script}' {{folder}}/resolv", **options)


def hosts_file(what, text, verdict, public=None, public_is=None, **options):
    """With an /etc/hosts of the scenario."""
    script = 'printf "' + text + '" >$0.$$ && mount --bind $0.$$ /etc/hosts && exec "$@"'
    return Case(f"hosts file: {what}", "ok", public, dns=verdict, port="OK", public_is=public_is,
                prefix=f"unshare -m sh -c '{script}' {{folder}}/hosts", **options)


CASES = [
    answers("three addresses, all well", "ok", "OK", "OK", verbose=True),
    answers("IPv4 and IPv6", "dual", "OK", "OK"),
    answers("a mapped address is its IPv4", "mapped", "OK", "OK", more="--tls-name ok.private.lab.test"),
    answers("a public address among private ones", "leak", "CRITICAL dns.public-answer", "OK",
            more="--tls-name ok.private.lab.test"),
    answers("only a public address", "public-only", "CRITICAL dns.public-answer", NOWHERE),
    answers("the metadata service's address", "imds", "CRITICAL dns.foreign-address", NOWHERE),
    answers("a loopback address", "loopback", "CRITICAL dns.foreign-address", NOWHERE),
    answers("the unspecified address", "null", "CRITICAL dns.foreign-address", NOWHERE),
    answers("a NAT64 address is its IPv4", "nat64", "OK", "OK", more="--tls-name ok.private.lab.test"),
    answers("a NAT64 address of a public one leaks", "nat64-leak", "CRITICAL dns.public-answer", "OK",
            more="--tls-name ok.private.lab.test"),
    answers("no such name", "nowhere", "CRITICAL dns.nxdomain", NOWHERE),
    answers("unbound refuses", "unbound-refuse", "CRITICAL dns.refused", NOWHERE),
    answers("unbound is silent", "unbound-deny", "CRITICAL dns.timeout", NOWHERE),
    answers("unbound: no data", "unbound-nodata", "CRITICAL dns.empty", NOWHERE),
    answers("unbound: no such name", "unbound-nxdomain", "CRITICAL dns.nxdomain", NOWHERE),
    answers("unbound: blocked to 0.0.0.0", "unbound-null", "CRITICAL dns.foreign-address", NOWHERE),
    answers("shared address space is private", "shared", "OK", None, more="--check dns"),
    answers("an address outside --private-range", "ok", "CRITICAL dns.foreign-address", "OK",
            more="--private-range 10.0.1.0/24"),
    answers("-6 does not limit what is looked at", "leak", "CRITICAL dns.public-answer", None,
            more="-6 --check dns"),
    no_use("servfail", "dns.servfail"),
    no_use("refused", "dns.refused"),
    no_use("notimp", "dns.servfail"),
    no_use("formerr", "dns.servfail"),
    no_use("silent", "dns.timeout"),
    no_use("closed", "dns.timeout"),
    no_use("slow", "dns.timeout"),
    no_use("nxdomain", "dns.nxdomain"),
    no_use("nodata", "dns.empty"),
    scripted("tc", "OK"),
    no_use("tc-reset", "dns.timeout"),
    no_use("tc-hang", "dns.timeout"),
    no_use("loop", "dns.servfail"),
    no_use("self-cname", "dns.servfail"),
    no_use("dangling", "dns.empty"),
    no_use("dangling-nxdomain", "dns.nxdomain"),
    scripted("chain", "OK"),
    scripted("big-udp", "OK", None),
    scripted("many", "WARNING dns.some-failed", None),
    no_use("rebind", "dns.foreign-address"),
    no_use("wrong-id", "dns.timeout"),
    no_use("wrong-question", "dns.timeout"),
    no_use("garbage", "dns.timeout"),
    no_use("empty", "dns.timeout"),
    no_use("cut", "dns.servfail"),
    no_use("count", "dns.servfail"),
    no_use("short-rdata", "dns.servfail"),
    no_use("unrelated", "dns.servfail"),
    no_use("pointer-loop", "dns.servfail"),
    no_use("reflect", "dns.servfail"),
    scripted("ttl-zero", "OK"),
    scripted("ttl-huge", "OK"),
    scripted("aaaa-servfail", "WARNING dns.some-failed"),
    scripted("aaaa-silent", "WARNING dns.some-failed"),
    no_use("a-servfail", "dns.servfail"),
    no_use("nxdomain-a", "dns.nxdomain"),
    Case("one of two resolvers is dead", "ok", dns="WARNING dns.some-failed", port="OK",
         more="--resolver 10.0.0.2,{scripted_silent}"),
    Case("one of two resolvers is broken", "ok", dns="WARNING dns.some-failed", port="OK",
         more="--resolver {scripted_servfail},10.0.0.2"),
    Case("two resolvers, one leaks", "leak", dns="CRITICAL dns.public-answer", port="OK",
         more="--resolver 10.0.0.2,10.0.0.4 --tls-name ok.private.lab.test"),
    Case("the first datagram is lost", "ok", dns="OK", port="OK", more="--resolver 10.0.0.5"),
    Case("a resolver without a route", "ok", dns="UNKNOWN dns.local-failure",
         port="UNKNOWN port.no-address", client="no-route", more="--resolver {outer_servfail}"),
    Case("cut by --timeout", "ok", dns="UNKNOWN dns.local-failure", port="UNKNOWN port.no-address",
         more="--resolver {scripted_silent} --timeout 1"),
    Case("a resolver on another port", "ok", dns="CRITICAL dns.timeout", port=NOWHERE,
         more="--resolver 10.0.0.2:5353"),
    Case("the system's resolver", "ok", dns="OK", port="OK", without=("--resolver",)),
    resolv_conf("resolv.conf: the first of two is dead", "nameserver 10.0.0.105\\nnameserver 10.0.0.2\\n",
                "WARNING dns.some-failed"),
    resolv_conf("resolv.conf: rotate, and the second is dead",
                "nameserver 10.0.0.2\\nnameserver 10.0.0.105\\noptions rotate\\n",
                "WARNING dns.some-failed"),
    resolv_conf("resolv.conf: rotate, and the second leaks",
                "nameserver 10.0.0.2\\nnameserver {scripted_says_open}\\noptions rotate\\n",
                "CRITICAL dns.public-answer"),
    resolv_conf("resolv.conf: no rotate, so no client asks the second",
                "nameserver 10.0.0.2\\nnameserver {scripted_says_open}\\n", "OK"),
    resolv_conf("resolv.conf: three do not answer, and no client asks the fourth",
                "nameserver {scripted_servfail}\\nnameserver {scripted_refused}\\nnameserver {scripted_notimp}\\n"
                "nameserver 10.0.0.2\\n", "CRITICAL dns.servfail", NOWHERE),
    resolv_conf("resolv.conf: the fourth leaks, and no client asks it",
                "nameserver 10.0.0.2\\nnameserver {scripted_servfail}\\nnameserver {scripted_refused}\\n"
                "nameserver {scripted_says_open}\\noptions rotate\\n", "WARNING dns.some-failed"),
    Case("a short name", "nowhere", dns="CRITICAL dns.nxdomain", port=NOWHERE, more="-H api",
         says=("search and ndots of resolv.conf are not used",)),
    hosts_file("the same address", "10.0.1.10 ok.private.lab.test\\n", "OK"),
    hosts_file("another address", "10.0.1.80 OK.private.lab.test\\n", "WARNING dns.hosts-file"),
    hosts_file("another address of the public name is judged, too",
               f"{hosts.public('open')} s403.public.lab.test\\n", "OK", "s403", "CRITICAL public.open"),
    hosts_file("the private address for the public name is no public one",
               "10.0.1.10 s403.public.lab.test\\n", "OK", "s403", "OK", more="--accept request",
               proven="403 over verified TLS, and the private side answers 200"),
    resolv_conf("resolv.conf is empty", "", "CRITICAL dns.timeout", NOWHERE),
    Case("resolv.conf is missing", "ok", dns="CRITICAL dns.timeout", port=NOWHERE,
         without=("--resolver",),
         prefix="unshare -m sh -c 'mount -t tmpfs none /etc && exec \"$@\"' sh"),
    resolv_conf("resolv.conf: search list and options are not applied",
                "nameserver 10.0.0.2\\nsearch lab.test\\noptions ndots:15 rotate\\n", "OK"),
]
