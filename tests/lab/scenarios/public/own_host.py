"""Public: the endpoint is open, and this host itself makes it look blocked."""

from lab.case import Case, limits

LOCAL = "UNKNOWN public.local-failure"
FAR = "front,sample"  # what this host cannot see in a short run


def never(what, public, client="routed", verdict=LOCAL, **options):
    return Case(what, "ok", public, dns="OK", port="OK", public_is=verdict, client=client, split=True,
                **options)


CASES = [
    never("a route to the loopback device", "route-to-lo"),
    never("a dead tunnel with an address of its own", "open", "tunnel"),
    never("the same, and silence is listed", "open", "tunnel", more="--blocked-by tcp:timeout"),
    never("a dead tunnel without an address", "unnumbered"),
    never("a dead tunnel for IPv6", "open6", "tunnel"),
    never("a policy rule for TCP only", "rule-for-tcp"),
    never("a policy rule for this user only", "rule-for-uid"),
    never("its own firewall answers with a RST", "own-rst", rivals={"host": "shown"}),
    never("its own NAT leads to a closed port of this host", "own-redirect", rivals={"host": "shown"}),
    never("an IPsec policy drops the SYN", "ipsec", "secured", rivals={"host": "shown"}),
    *limits("its own firewall answers with a RST, and the network does not count hops", "near",
            "public.local-failure", FAR, public="own-rst", client="walled"),
    *limits("its own firewall marks packets, and the mark leads into a dead device", "near",
            "public.local-failure", FAR, public="marked", client="routed"),
    *limits("its own NAT leads to a silent host", "near", "public.local-failure", FAR, public="own-dnat",
            client="routed"),
    # The SYN leaves this host and its network, and the answer is dropped here.
    *limits("its own firewall drops the SYN-ACK", "front", "public.front", public="own-input",
            client="routed"),
    *limits("clients use a proxy, and the direct path is dropped", "near", "public.local-failure", FAR,
            public="near-drop", client="routed", env={"https_proxy": "http://proxy.lab.test:3128"}),
]
