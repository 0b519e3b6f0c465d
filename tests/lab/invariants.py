"""What holds for every run, whatever the scenario: the two forms agree, the text is a valid
monitoring-plugins output, the JSON follows its schema, and no OK comes without a proof."""

import json
import os
import re
import subprocess

import jsonschema

from lab.case import CHECKS, RANK, SEVERITIES, need

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA = os.path.join(HERE, "..", "..", "docs", "output.schema.json")
LINE = re.compile(r"^\[(OK|WARNING|CRITICAL|UNKNOWN)\] (.*)$")
REASON = re.compile(r"\[([a-z]+(?:\.[a-z-]+)?)\]$")
OUTPUT_LIMIT = 1000

with open(SCHEMA, encoding="utf-8") as _stream:
    _validator = jsonschema.Draft7Validator(json.load(_stream))


def clean(run):
    """Nothing on stderr (where sanitizers write), and an exit code of a plugin."""
    need(not run.stderr, f"stderr: {run.stderr[:2000]}")
    need(run.code in (0, 1, 2, 3), f"exit code {run.code}")


def json_form(run):
    """Parses and validates; returns the object."""
    clean(run)
    try:
        result = json.loads(run.stdout)
    except ValueError as error:
        need(False, f"JSON: {error}: {run.stdout[:500]}")
    problem = jsonschema.exceptions.best_match(_validator.iter_errors(result))
    need(problem is None, f"schema: {problem and list(problem.absolute_path)}: {problem and problem.message}")
    need(not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", run.stdout), "control characters in JSON")
    need(run.code == result["severity"], f"exit {run.code}, JSON severity {result['severity']}")
    for endpoint in result["endpoints"]:
        ran = [check["severity"] for check in endpoint["checks"] if check["severity"] is not None]
        worst = max(ran, key=lambda value: RANK[SEVERITIES[value]], default=3)
        # A threshold may raise the whole above its checks; nothing may lower it.
        need(RANK[SEVERITIES[endpoint["severity"]]] >= RANK[SEVERITIES[worst]],
             f"severity {endpoint['severity']} of {endpoint['name']} below its checks' {worst}")
        for check in endpoint["checks"]:
            need(check["severity"] in (0, None) or check["reason"], f"{check['check']}: no reason")
    return result


def text_form(run, limited=True):
    """The rules for text; returns {check: (severity name, reason)} of the lines per check."""
    clean(run)
    text = run.stdout
    need(text.endswith("\n"), "no newline at the end")
    if limited:
        need(len(text.encode()) <= OUTPUT_LIMIT, f"{len(text.encode())} bytes of text")
    need(not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text), f"control characters: {text!r}")
    need(text.count("|") <= 1, f"more than one '|': {text}")
    lines = text.rstrip("\n").split("\n")
    head = lines[0].split("|")[0].rstrip()
    start = re.match(r"^PRIVATELINK (OK|WARNING|CRITICAL|UNKNOWN): ", head)
    need(start, f"first line: {head}")
    need(start[1] == SEVERITIES[run.code], f"first line says {start[1]}, exit code is {run.code}")
    need(start[1] == "OK" or REASON.search(head), f"first line without a reason: {head}")
    need("|" not in text or "|" in lines[0], "perfdata is not on the first line")
    said = {}
    for line in lines[1:]:
        found = LINE.match(line)
        if not found:
            continue
        reason = REASON.search(found[2])
        need(found[1] == "OK" or reason, f"line without a reason: {line}")
        check = found[2].split(":")[0]
        if check in CHECKS:
            said.setdefault(check, (found[1], reason[1] if reason else None))
    return said


def agree(said, endpoint, text):
    """The lines per check against the JSON of the same endpoint."""
    for check in endpoint["checks"]:
        if check["severity"] is None:
            need(check["check"] not in said, f"{check['check']} is skipped in JSON only")
            continue
        want = SEVERITIES[check["severity"]], check["reason"] or None
        have = said.get(check["check"])
        need(have == want, f"{check['check']}: text {have}, JSON {want}\n{text}")


def no_false_ok(result, proven):
    """OK for a block: the scenario says why it is proven, and no required rival of it stands."""
    for endpoint in result["endpoints"]:
        for check in endpoint["checks"]:
            if check["check"] != "public" or check["severity"] != 0:
                continue
            need(proven, f"FALSE OK: {check['summary']}")
            if check["verdict"] != "blocked":
                continue
            standing = [rival["key"] for rival in check["rivals"]
                        if rival["state"] in ("stands", "shown")]
            need(check["rivals"] and not standing, f"FALSE OK: rivals stand: {standing}")
            need(re.search("(?<!not )ruled out: ", check["summary"]), f"OK without 'ruled out: ': {check['summary']}")


def grammar(texts):
    """Has Perl's Monitoring::Plugin parse every text of {name: text}; returns complaints."""
    records = "".join(f"{name}\0{text}\0" for name, text in texts)
    done = subprocess.run(["perl", os.path.join(HERE, "grammar.pl")], input=records, text=True,
                          capture_output=True, check=False)
    complaints = done.stdout.splitlines()
    if done.returncode not in (0, 1):
        complaints.append(f"grammar.pl: {done.stderr}")
    return complaints
