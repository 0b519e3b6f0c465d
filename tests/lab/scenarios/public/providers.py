"""Public: a provider that really blocks must never be a false alarm, in each way that the presets document,
and on any network."""

from lab.case import DOCUMENTED, Case

TENANT = "--region us-east-1 --tenant acme --user-agent client/1.0"
HINT_BEFORE = ("--expect-public reachable --public-resolver {outer_says_open}",)


def blocked(what, proven, private="ok", public="drop", **options):
    return Case(what, private, public, **({"dns": "OK", "port": "OK", "split": True} | options),
                public_is="OK", proven=proven)


def preset(name, proven, more=TENANT, **options):
    return blocked(f"preset {name}", proven, None, None, more=f"--preset {name} {more}", **options)


CASES = [
    preset("elastic", "the documented text; both names are made from one label"),
    preset("snowflake", "the documented text; both names are made from one label"),
    preset("clickhouse", "a reset in the handshake, at a name that is made from the same label",
           more=TENANT + " --port 443"),
    preset("databricks", "third-party evidence, and a baseline", before=HINT_BEFORE,
           more="--region us-east-1 --tenant acme --recovery 1"),
    blocked("preset pinecone", "with the key: 200 in private, and the same 401 in public", "keyed401", "s401",
            more="--preset pinecone --region us-east-1 --public-key-file {key} --accept outage,tenant"),
    Case("preset pinecone, and the index is open", "keyed401", "keyed401", dns="OK", port="OK", split=True,
         public_is="UNKNOWN public.ambiguous",
         more="--preset pinecone --region us-east-1 --public-key-file {key} --accept outage,tenant"),
    blocked("preset rockset", "third-party evidence, and a baseline", public="s403", split=False,
            before=HINT_BEFORE, more="--preset rockset --region us-east-1 --recovery 1"),
    blocked("DNS answers that rotate, and differ between resolvers", "each address is silent",
            more="--witness {witness} --public-resolver {outer_rotates},{outer_rotates_too}"),
    blocked("short TTLs", "as with long ones", more="--public-resolver {outer_ttl_zero}"),
    blocked("no AAAA", "IPv4 is judged, and there is nothing else", public="s403", more=DOCUMENTED),
    *(blocked(f"{public}: {what}", "as without routers", public=public, client=client,
              more=DOCUMENTED if public == "s403" else "")
      for what, client in (("two routers away", "routed"), ("no ICMP on the path", "muted"),
                           ("a network that does not decrement TTLs", "flat"))
      for public in ("s403", "drop", "rst")),
    blocked("strict, from two routers away", "the packets leave the network; what a short run cannot see "
            "is accepted", client="routed", more="--proof strict --accept front,sample",
            rivals={"near": "ruled-out", "host": "ruled-out"}),
    blocked("strict, a refusal from beyond the network", "the RST comes from two hops beyond it",
            public="rst", client="routed", more="--proof strict --accept front,sample",
            rivals={"near": "ruled-out", "host": "ruled-out"}),
    blocked("strict, an alert for our name alone", "another name at the same address is open",
            public="tenant-reject", client="routed",
            more="--proof strict --accept near,sample --blocked-by tls:alert=112",
            rivals={"front": "ruled-out", "near": "accepted"}),
    Case("strict, an alert for our name alone, without --accept near", "ok", "tenant-reject",
         dns="OK", port="OK", split=True, public_is="UNKNOWN public.near", client="routed",
         more="--proof strict --accept sample --blocked-by tls:alert=112"),
    blocked("strict, a documented 403", "an answer over verified TLS has no near rival", public="s403",
            more=DOCUMENTED + " --proof strict --accept sample"),
]
