"""A scenario: what runs where, and the expected result."""

import shlex
from collections import namedtuple
from dataclasses import dataclass, field

import hosts

Run = namedtuple("Run", "code stdout stderr seconds")
CHECKS = ("state", "dns", "port", "public")
SEVERITIES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
RANK = {"OK": 0, "WARNING": 1, "UNKNOWN": 2, "CRITICAL": 3}  # for "the worst of"

# The options of every command line, unless the case sets them again or leaves them out.
BASE = {
    "--resolver": hosts.VPC_RESOLVER,
    "--public-resolver": ",".join(hosts.PUBLIC_RESOLVERS),
    "--witness": "witness.lab.test",
    "--timeout": "10",
    "--connect-timeout": "2",
    "--response-timeout": "2",
}


@dataclass
class Case:
    """`private` and `public` name behaviours or combinations of hosts.py. `dns`, `port`,
    `public_is` are what each check must say: "OK", or "SEVERITY reason.code"; None: it does not
    run. `proven` says why a blocked verdict is right; without it, OK for public fails the case."""

    name: str
    private: str = None
    public: str = None
    dns: str = None
    port: str = None
    public_is: str = None
    proven: str = None
    more: str = ""           # further options; {name} is replaced (see Lab.words)
    without: tuple = ()      # options of BASE that are left out
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
        base = {key: value for key, value in BASE.items() if key not in self.without}
        line = []
        if self.private:
            line += ["-H", f"{self.private}.private.lab.test"]
        if self.public:
            line += ["--public-name", f"{self.public}.public.lab.test"]
        for option in ("--ca-file", "--public-ca-file"):
            line += [option, words["ca"]] if option not in self.without else []
        for key, value in base.items():
            line += [key, value]
        return line + shlex.split(self.more.format(**words))


class Failure(Exception):
    """A scenario whose result is not as expected."""


class Finding(Failure):
    """A memory error or a leak."""


class Stalled(Failure):
    """The result is not as expected, but the run reports that the machine was too busy."""


def need(condition, message):
    if not condition:
        raise Failure(message)
