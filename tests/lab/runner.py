"""Runs scenarios in the lab: each as JSON and as text, against the expectations and invariants."""

import contextlib
import itertools
import json
import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from lab import hosts, invariants
from lab.case import NO_ROUTERS, SEVERITIES, Failure, Finding, Run, Skipped, Stalled, need

# Easy to find: no output may contain these keys.
CANARY = "Canary-Key-0123456789"
OPENSSL_WEAK = """openssl_conf = a
[a]
ssl_conf = b
[b]
system_default = c
[c]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
"""
MEMCHECK = 99    # exit code of a run with findings (tests/valgrind/check)
MEMCHECK_SLOWER = 3
STALL = 0.25     # seconds of scheduling_delay that may make a run blame its host
TIMEOUT = 10.0  # seconds, unless the command line sets another


def stalled(run):
    """Whether a run reports that the machine was too busy, or stood still: for it that is a local failure.
    The case then runs again, by itself."""
    found = re.search(r'scheduling_delay(?:=|"[^0-9-]*)([0-9.]+)', run.stdout)
    return (found is not None and float(found[1]) > STALL) or "public.local-failure" in run.stdout


def without_bodies(value):
    """Removes the beginnings of bodies from a JSON report: they are not recorded."""
    if isinstance(value, dict):
        value.pop("body", None)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        without_bodies(item)


class Lab:
    """A world, the binary, and what has been seen of it so far."""

    def __init__(self, world, binary, memory=False, timing=False, records=None):
        self.world = world
        self.binary = os.path.abspath(binary)
        self.memory = memory  # the binary runs under memcheck, too slow for most verdicts
        self.slow = MEMCHECK_SLOWER if memory else 1
        self.numbers = itertools.count(1)  # two cases may have the same name
        self.lines = {"slow": threading.Lock()}  # two checks at once would halve a narrow line for each
        self.records = records  # folder for what each case recorded; None: not kept
        self.timing = timing  # also hold the engine to its speed (not for sanitizer builds)
        self.texts = []   # (case, text) for the grammar check at the end
        self.words = {
            "ca": world.pki.ca_file,
            "folder": world.folder,
            "weak": world.file("weak.cnf", OPENSSL_WEAK),
            "stranger_ca": world.pki.path("stranger-ca"),
            "key": world.file("key", CANARY + "\n", 0o600),
            "public_resolver": hosts.PUBLIC_RESOLVERS[0],
            "public_resolver6": hosts.PUBLIC_RESOLVERS6[0],
            "witness": hosts.WITNESS,
            "witness6": hosts.WITNESS6,
        }
        for kind, make in (("scripted", hosts.resolver), ("outer", hosts.public_resolver)):
            for name in hosts.DNS_BEHAVIOURS:
                self.words[f"{kind}_{name.replace('-', '_')}"] = make(name)
        for item in hosts.BEHAVIOURS:
            key = item.name.replace("-", "_")
            self.words["priv_" + key] = hosts.private(item.name)
            self.words["pub_" + key] = hosts.public(item.name)
            self.words["pub6_" + key] = hosts.public6(item.name)

    def run(self, client, arguments, prefix="", env=None, limit=None, **options):
        """Runs the check once. Kills it, and fails, if it takes longer than its timeout."""
        limit = (limit or TIMEOUT) * self.slow
        command = self.world.clients[client].wrap(
            shlex.split(prefix) + [self.binary] + list(arguments))
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"} | (env or {})
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "GCOV_PREFIX"):
            if name in os.environ:
                environment.setdefault(name, os.environ[name])
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
                   "stdin": subprocess.DEVNULL} | options
        with self.lines.get(client, contextlib.nullcontext()):
            begin = time.monotonic()
            process = subprocess.Popen(command, env=environment, **options)
            try:
                out, err = process.communicate(timeout=limit + 20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                raise Failure(f"still running 20 s after its timeout: {shlex.join(arguments)}") from None
        out, err = (None if part is None else part.decode("utf-8", "replace") for part in (out, err))
        if self.memory and process.returncode == MEMCHECK:
            raise Finding(f"memcheck: {shlex.join(arguments)}\n{err}")
        return Run(process.returncode, out, err, time.monotonic() - begin)

    def in_time(self, run, duration, timeout=TIMEOUT):
        """Ended by its timeout: by its own clock within a second; by ours with what it takes a
        busy machine to start a program that is built with sanitizers."""
        need(duration <= timeout + 1, f"took {duration:.1f} s")
        need(run.seconds <= timeout * self.slow + (1 if self.timing else 10),
             f"took {run.seconds:.1f} s")

    def both(self, client, arguments, before=(), record=None, **options):
        """The JSON run and the text run, side by side. With `before`, each has a state directory, and runs
        that come first. The JSON run is recorded."""
        def form(more):
            state = []
            if before:
                state = ["--state-dir", tempfile.mkdtemp(prefix="state-", dir=self.world.folder)]
            for earlier in before:
                self.run(client, [*arguments, *state, *shlex.split(earlier.format(**self.words))],
                         **options)
            return self.run(client, [*arguments, *state, *more], **options)

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(form, (["--output", "json", *(["--record", record] if record else [])], [])))

    def replay(self, record, as_json):
        """What was recorded, judged again in a namespace without a network, gives the same report."""
        run = self.run("empty", ["--replay", record, "--output", "json"])
        need(run.code == 0, f"replay exits with {run.code}: {run.stdout}{run.stderr}")
        again, = json.loads(run.stdout)["endpoints"]
        need(again.pop("replayed")["differs"] is False, "the replayed verdict differs")
        recorded, = json.loads(as_json.stdout)["endpoints"]
        for endpoint in (recorded, again):
            without_bodies(endpoint)
            endpoint["path"] = endpoint["path"] and endpoint["path"].split("?")[0]
        for key in recorded:
            need(again[key] == recorded[key], f"replayed {key}: {again[key]}, was {recorded[key]}")
        need(CANARY not in pathlib.Path(record).read_text(encoding="utf-8"), "the API key is recorded")

    def check(self, case):
        """Runs one case; raises Failure if the result is not as expected."""
        arguments = case.arguments(self.words)
        options = {"prefix": case.prefix.format(**self.words),
                   "env": {key: value.format(**self.words) for key, value in case.env.items()}}
        if case.client not in self.world.clients:
            raise Skipped(NO_ROUTERS)
        if self.memory:
            run = self.run(case.client, arguments + ["--output", "json"], **options)
            invariants.no_false_ok(invariants.json_form(run), case.proven)
            return
        limit = float(arguments[len(arguments) - arguments[::-1].index("--timeout")])
        record = os.path.join(self.records or self.world.folder,
                              re.sub(r"[^A-Za-z0-9]+", "-", f"{case.name} {next(self.numbers)}"))
        as_json, as_text = self.both(case.client, arguments, case.before, record, **options)
        try:
            self._judge(case, as_json, as_text, limit)
            self.replay(record, as_json)
        except Failure as failure:
            kind = Stalled if stalled(as_json) or stalled(as_text) else Failure
            if "FALSE OK" in str(failure):
                kind = Failure  # the machine is no excuse
            raise kind(f"{failure}\n  $ check_privatelink {shlex.join(arguments)}\n"
                          f"{as_text.stdout}{as_text.stderr}") from None

    def _judge(self, case, as_json, as_text, limit):
        result = invariants.json_form(as_json)
        endpoint = result["endpoints"][0]
        said = invariants.text_form(as_text)
        invariants.no_false_ok(result, case.proven)
        for check, want in case.expected().items():
            have = next((item for item in endpoint["checks"] if item["check"] == check), None)
            have = have and have["severity"] is not None and (
                SEVERITIES[have["severity"]] + (f" {have['reason']}" if have["reason"] else "")) or None
            need(have == want, f"{check}: is {have}, must be {want}")
        need(as_json.code == case.severity(), f"exit {as_json.code}, must be {case.severity()}")
        need(as_text.code == as_json.code, f"text exits with {as_text.code}, JSON {as_json.code}")
        invariants.agree(said, endpoint, as_text.stdout)
        if case.public_is and case.public_is.split()[-1].startswith("public.") and \
                case.public_is.split()[-1] not in ("public.open", "public.blocked"):
            need("UNPROVEN" in as_text.stdout, "an unproven verdict without the word UNPROVEN")
        findings = [finding for check in endpoint["checks"] if check["severity"] is not None
                    for finding in check["findings"]]
        reasons = {finding["reason"] for finding in findings}
        for reason in case.findings:
            need(reason in reasons, f"no finding {reason}, only {sorted(filter(None, reasons))}")
        public = next((item for item in endpoint["checks"] if item["check"] == "public"), {})
        states = {rival["key"]: rival["state"] for rival in public.get("rivals", [])}
        for rival, state in case.rivals.items():
            need(states.get(rival) == state, f"rival {rival} is {states.get(rival)}, must be {state}")
            need(state != "not-ruled-out" or re.search(f"; not ruled out: [a-z, ]*\\b{rival}\\b", as_text.stdout),
                 f"text does not name {rival} as not ruled out")
        for text in case.says:
            need(text in as_text.stdout, f"text lacks '{text}'")
        for text in case.finds:
            need(any(text in finding["text"] for finding in findings), f"no finding says '{text}'")
        for run in (as_json, as_text):
            need(CANARY not in run.stdout, "the API key is in the output")
            self.in_time(run, result["duration"], limit)
        self.texts.append((case.name, as_text.stdout))
        if case.verbose:
            loud = self.run(case.client, case.arguments(self.words) + ["-vvv"])
            invariants.text_form(loud, limited=False)
            self.texts.append((case.name + " -vvv", loud.stdout))
