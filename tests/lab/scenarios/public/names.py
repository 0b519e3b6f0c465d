"""Public: the endpoint is open, and its name leads elsewhere."""

from lab.case import DOCUMENTED, Case, need

OPEN = "CRITICAL public.open"
DNS = "UNKNOWN public.dns"
LIAR = "--witness {witness} --public-resolver 30.51.100.53"
DENIER = "--witness {witness} --public-resolver 30.51.100.54"


def never(what, public, verdict, client="host", **options):
    return Case(what, "ok", public, **({"dns": "OK", "port": "OK", "split": True} | options), client=client,
                public_is=verdict)


def pinned(name, address):
    """A prefix that gives the name an address in /etc/hosts."""
    script = (f'printf "{address} {name}\\n" >$0.$$ && mount --bind $0.$$ /etc/hosts && exec "$@"')
    return f"unshare -m sh -c '{script}' {{folder}}/hosts"


CASES = [
    never("port 53 is intercepted and leads to a silent host; over HTTPS and TLS it is open", "open", OPEN,
          "hijacked", more=LIAR),
    never("port 53 is intercepted and leads to a silent host, and nothing else answers", "open", DNS,
          "hijacked-all", more=LIAR),
    never("port 53 is intercepted and denies the name; over HTTPS and TLS it is open", "open", OPEN,
          "hijacked", more=f"{DENIER} --blocked-by dns:nxdomain"),
    never("port 53 is intercepted and denies the name, and nothing else answers", "open", DNS,
          "hijacked-all", more=f"{DENIER} --blocked-by dns:nxdomain"),
    never("--public-dns plain believes port 53, and is no proof", "open", DNS, "hijacked",
          more=f"{LIAR} --public-dns plain"),
    never("an alias to addresses that were released", "drop", "UNKNOWN public.tenant", split=False,
          more="--public-resolver {outer_chain}"),
    never("an alias to addresses that were released, which refuse", "rst", "UNKNOWN public.tenant",
          split=False, more="--public-resolver {outer_chain}"),
    never("AAAA answered with BADVERS is not NODATA", "s403", DNS,
          more=DOCUMENTED + " --public-resolver {outer_aaaa_badvers}"),
    never("/etc/hosts has another address for the private name", "s403", "OK", split=False,
          dns="WARNING dns.hosts-file", more=DOCUMENTED, proven="as without the entry",
          prefix=pinned("ok.private.lab.test", "10.0.1.11")),
    never("/etc/hosts has an open address for the public name", "s403", OPEN, split=False, more=DOCUMENTED,
          prefix=pinned("s403.public.lab.test", "{pub_open}")),
]


def lost_family(lab):
    """It was open over IPv6, and then this host loses IPv6: no OK."""
    case = Case("", "ok", "dual-open6", split=True, more=DOCUMENTED + " --state-dir {folder}/family")
    for client, said in (("host", "OPEN"), ("v4", "was open"), ("v4", "was open")):
        run = lab.run(client, case.arguments(lab.words))
        need(run.code in (2, 3) and said in run.stdout, f"exit {run.code}, without '{said}': {run.stdout}")


SPECIALS = [lost_family]
