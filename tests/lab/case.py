"""A scenario: what runs where, and the expected result."""

import shlex
from collections import namedtuple
from dataclasses import dataclass, field

from lab import hosts

Run = namedtuple("Run", "code stdout stderr seconds")
CHECKS = ("state", "dns", "port", "public")
SEVERITIES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
RANK = {"OK": 0, "WARNING": 1, "UNKNOWN": 2, "CRITICAL": 3}  # for "the worst of"

# The options of every command line, unless the case sets them again or leaves them out.
BASE = {
    "--ca-file": "{ca}",
    "--public-ca-file": "{ca}",
    "--resolver": hosts.VPC_RESOLVER,
    "--public-resolver": ",".join(hosts.PUBLIC_RESOLVERS),
    "--witness": "witness.lab.test",
    "--timeout": "10",
    "--connect-timeout": "2",
    "--response-timeout": "2",
}

# What rules out the rivals of the answer 403 "Forbidden": its text is documented, and the clients'
# User-Agent gets it, too. Where a scenario is about something else.
DOCUMENTED = "--blocked-by http:403:^Forbidden --user-agent client/1.0"


@dataclass
class Case:
    """`private` and `public` name behaviours or combinations of hosts.py. `dns`, `port`,
    `public_is` are what each check must say: "OK", or "SEVERITY reason.code"; None: it does not
    run. `proven` says why a blocked verdict is right; without it, OK for public fails the case.

    `split`: one name for both sides (hosts.py). `before`: the options of runs that come first, with a
    state directory that they share. `rivals`: states that the JSON must give, {"near": "stands"}."""

    name: str
    private: str = None
    public: str = None
    dns: str = None
    port: str = None
    public_is: str = None
    proven: str = None
    more: str = ""           # further options; {name} is replaced (see Lab.words)
    without: tuple = ()      # options of BASE that are left out
    split: bool = False
    before: tuple = ()
    rivals: dict = field(default_factory=dict)
    client: str = "host"
    findings: tuple = ()     # reason codes that must be among the findings
    says: tuple = ()         # what the text must contain
    finds: tuple = ()        # what the text of a finding must contain
    env: dict = field(default_factory=dict)
    prefix: str = ""         # a command that runs the check: "prlimit --nofile=16"
    verbose: bool = False    # run the text form with -vvv too (no limit on bytes)

    def expected(self):
        return {"dns": self.dns, "port": self.port, "public": self.public_is}

    def severity(self):
        """The worst of what the checks must say."""
        said = [text.split()[0] for text in self.expected().values() if text]
        return SEVERITIES.index(max(said, key=RANK.get)) if said else 3

    def arguments(self, words):
        private, public = f"{self.private}.private.lab.test", f"{self.public}.public.lab.test"
        if self.split:
            label = self.public if self.private == "ok" else f"{self.private}--{self.public}"
            private = public = f"{label}.split.lab.test"
        line = ["-H", private] if self.private else []
        line += ["--public-name", public] if self.public else []
        for key, value in BASE.items():
            line += [key, value.format(**words)] if key not in self.without else []
        return line + shlex.split(self.more.format(**words))


def limits(what, rival, strict, accept="", **options):
    """Two cases of a public endpoint that is open, while all that this host can see says "blocked":
    standard names the rival in its OK line, and strict (with what is accepted) is not OK."""
    more = options.pop("more", "")
    common = {"private": "ok", "split": True, "dns": "OK", "port": "OK"} | options
    return [
        Case(f"{what}: standard names {rival}", public_is="OK", more=more, rivals={rival: "not-ruled-out"},
             proven=f"only by --proof standard, whose OK line names {rival}", **common),
        Case(f"{what}: not for strict", public_is=f"UNKNOWN {strict}", rivals={rival: "stands"},
             more=f"--proof strict {'--accept ' + accept if accept else ''} {more}", **common),
    ]


class Failure(Exception):
    """A scenario whose result is not as expected."""


class Finding(Failure):
    """A memory error or a leak."""


NO_ROUTERS = "no routers here: /proc/sys is read-only"


class Skipped(Exception):
    """This machine does not allow what the scenario needs."""


class Stalled(Failure):
    """The result is not as expected, but the run reports that the machine was too busy."""


def need(condition, message):
    if not condition:
        raise Failure(message)
