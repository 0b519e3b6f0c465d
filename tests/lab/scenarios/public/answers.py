"""Public: an HTTP answer that looks like a block, and is none."""

from lab.case import DOCUMENTED, Case

OPEN = "CRITICAL public.open"
AMBIGUOUS = "UNKNOWN public.ambiguous"
DOWN = "UNKNOWN public.service-down"
INTERCEPTED = "UNKNOWN public.intercepted"
TENANT = "UNKNOWN public.tenant"
TEXT = "--blocked-by 'http:403:network policy'"
ELASTIC = "--blocked-by 'http:403:\"message\":\"Forbidden\"' --user-agent client/1.0"
NO_ACCOUNT = "--blocked-by 'http:404:account not found' --user-agent client/1.0"
# The CA of a TLS inspection, among those that this system trusts. Scenarios run at the same time.
INSPECTED = ("unshare -m sh -c 'cas=$(mktemp -d $0/cas.XXXXXX) && cp $0/inspector-ca.pem "
             "$cas/$(openssl x509 -hash -noout -in $0/inspector-ca.pem).0 && "
             "mount --bind $cas /etc/ssl/certs && exec \"$@\"' {folder}")


def never(what, public, verdict, private="ok", **options):
    sides = {"dns": "OK", "port": "OK"} if private else {}
    return Case(what, private, public, public_is=verdict, **(sides | options))


CASES = [
    # How the request is made. That other things are accepted shows that this alone prevents OK.
    never("a rule against our User-Agent", "bot-rule", AMBIGUOUS, more="--accept tenant,key"),
    never("a rule against our User-Agent, and its text is listed", "bot-rule", AMBIGUOUS,
          more="--accept tenant,key --blocked-by http:403:Forbidden"),
    never("a rule against our User-Agent, and that of the clients is known", "bot-rule", OPEN,
          more="--user-agent client/1.0"),
    never("a 403 that is marked by a bot protection", "bot-mark", AMBIGUOUS, more=DOCUMENTED),
    # What is asked.
    never("/ is forbidden to everyone, the rest is open", "root-403", DOWN, "root-403"),
    never("/ is forbidden to everyone, the rest is open, and its text is listed", "root-403", DOWN,
          "root-403", more=DOCUMENTED),
    never("a gateway that wants a key in public, and a private side that wants one, too (401)", "keyed",
          AMBIGUOUS, "keyed401", more="--accept tenant,request"),
    never("the same, and the key opens the public side", "keyed", AMBIGUOUS, "keyed401",
          more="--accept tenant --public-key-file {key}"),
    never("the same, its text is listed, and the key opens the public side", "keyed", AMBIGUOUS, "keyed401",
          more="--accept tenant --public-key-file {key} " + DOCUMENTED),
    never("the same, and everything is accepted: somebody gets through", "keyed", AMBIGUOUS, "keyed401",
          more="--accept tenant,request,key --public-key-file {key}"),
    never("the same, and strict", "keyed", AMBIGUOUS, more="--accept tenant,request,sample --proof strict"),
    # Whose name it is.
    *(never(f"a typo under a wildcard that answers {status}{what}", f"wild-{status}", verdict, private,
            more=more)
      for status, text in ((403, ELASTIC), (404, NO_ACCOUNT))
      for what, verdict, private, more in (
          ("", TENANT, "ok", f"--blocked-by http:{status} --accept request,key"),
          (", and its text is listed", TENANT, "ok", text),
          (", and its text is listed, and nothing is private", TENANT, None, text),
          (", and nothing is private", DOWN, None, f"--blocked-by http:{status}"))),
    never("a typo under a wildcard, preset elastic", "wild-403", TENANT,
          more="--preset elastic --region us-east-1 --user-agent client/1.0"),
    never("a typo under a wildcard, preset snowflake", "wild-404", TENANT,
          more="--preset snowflake --region us-east-1 --user-agent client/1.0"),
    never("a typo under a wildcard, preset snowflake, and nothing is private", "wild-404", TENANT, None,
          more="--preset snowflake --region us-east-1 --user-agent client/1.0"),
    never("an account that was closed: its name is answered as any other", "wild-404", TENANT,
          more=NO_ACCOUNT),
    never("another customer's name, blocked for us", "elastic", AMBIGUOUS, more="--blocked-by http:403"),
    never("another customer's name, blocked for us, and its text is listed: a documented limit", "elastic",
          "OK", more=ELASTIC, rivals={"tenant": "ruled-out"},
          proven="only by --proof standard: a sibling shows that the name is somebody's, but not whose"),
    never("another customer's name, blocked for us, and its text is listed: not for strict", "elastic", TENANT,
          more=ELASTIC + " --proof strict --accept sample", rivals={"tenant": "stands"}),
    # Who answers.
    never("TLS inspection that the system trusts answers 403", "inspected-403", INTERCEPTED,
          prefix=INSPECTED, more=DOCUMENTED),
    *(never(f"TLS inspection that the system trusts answers {status}: that is not open",
            f"inspected-{status}", INTERCEPTED, prefix=INSPECTED) for status in (407, 502, 504, 511)),
    # What is read of the answer.
    *(never(f"a listed status whose body is {what}: that is not open", name, AMBIGUOUS, more=TEXT)
      for what, name in (("cut", "body-cut"), ("late", "body-late"), ("gzipped", "body-gzip"),
                         ("longer than the check reads", "body-long"))),
    never("a first header line of 600 bytes without a colon", "long-line", OPEN, more=TEXT),
]
