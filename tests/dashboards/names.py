#!/usr/bin/python3
"""Checks the alert rules, the dashboard and the console. Every value in them must be a metric of the table,
with the name that check_privatelink or write_prometheus gives it. Every reason code and every link must exist. No unknown
value may be green."""

import json
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from dashboard import NO_DATA, UNKNOWN, family, metric_table, series_name  # noqa: E402

RULES = ROOT / "collectd/alerts/privatelink.rules.yml"
COLLECTD = ROOT / "collectd/alerts/privatelink-collectd.rules.yml"
OUTPUT = ROOT / "tests/unit/data/report.prom"  # of check_privatelink
TESTS = ROOT / "tests/dashboards/rules.test.yml"
DASHBOARD = ROOT / "collectd/dashboards/privatelink.json"
CONSOLE = ROOT / "collectd/dashboards/privatelink.html"
BASE = "https://docs.example.com/privatelink-monitor/"
SUFFIXES = ["", "-eu-central-1a", "-eu-central-1b", "-10.0.1.10", "-fd00::10"]
SERIES = re.compile(r'(collectd_privatelink\w*)(?:\{([^}]*)\})?')
FAMILY = re.compile(r"(?<![\w-])(privatelink_\w+)")
TYPE = re.compile(r'\btype(=~|=)\\?"(.*?)\\?"')


def instances(table):
    """{type_instance: metric}"""
    return {name + suffix: name for name in table for suffix in SUFFIXES}


def problem_of(series, selector, table):
    match = TYPE.search(selector or "")
    if not match:
        return "does not name a metric"
    operator, pattern = match.groups()
    pattern = pattern.replace("\\\\", "\\")
    if operator == "=":
        named = {instances(table)[pattern]} if pattern in instances(table) else set()
    else:
        named = {name for instance, name in instances(table).items()
                 if re.fullmatch(pattern, instance)}
    if not named:
        return f"{pattern} is not a metric"
    wrong = [name for name in named if series_name(table[name].type) != series]
    return f"{wrong[0]} is a {table[wrong[0]].type}" if wrong else None


def families(table):
    own = {"privatelink_reason_info", "privatelink_last_round_timestamp_seconds"}
    return own | {family(metric) for metric in table.values()}


def check_series(table):
    """Checks every value in all files."""
    count = 0
    for path in (TESTS, COLLECTD):
        for series, selector in SERIES.findall(path.read_text(encoding="utf-8")):
            count += 1
            problem = problem_of(series, selector, table)
            if problem:
                yield f"{path.name}: {series}{{{selector}}}: {problem}"
    for path in (RULES, DASHBOARD, CONSOLE, COLLECTD):
        for name in FAMILY.findall(path.read_text(encoding="utf-8")):
            count += 1
            if name not in families(table):
                yield f"{path.name}: {name} is no metric"
    if count < 100:
        yield f"only {count} values were found: is the pattern right?"
    shown = DASHBOARD.read_text(encoding="utf-8")
    for name in families(table) - set(FAMILY.findall(shown)):
        yield f"privatelink.json does not show {name}"
    printed = set(re.findall(r"^# TYPE (\w+)", OUTPUT.read_text(encoding="utf-8"), re.M))
    for name in printed - families(table):
        yield f"{OUTPUT.name}: {name} is not what tools/dashboard.py calls it"


def codes():
    table = (ROOT / "checks/facts/reasons.def").read_text(encoding="utf-8")
    return set(re.findall(r'^PL_REASON\(\w+, "([^"]+)"', table, re.M))


def anchors(page):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    titles = re.findall(r"^#+ (.*)$", text, re.M)
    slugs = {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


def alerts():
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def check_rules():
    explained = set()
    for rule in alerts():
        name, notes = rule["alert"], rule["annotations"]
        reasons = set(notes["reasons"].split())
        explained |= reasons
        for unknown in reasons - codes():
            yield f"{name}: {unknown} is not a reason code"
        page, _, anchor = notes["runbook_url"].removeprefix(BASE).partition("#")
        if anchor not in anchors(page):
            yield f"{name}: docs/{page} has no #{anchor}"
        if name.lower() not in anchors("dashboards.md"):
            yield f"{name}: docs/dashboards.md does not explain it"
        if rule["labels"]["severity"] not in ("critical", "warning"):
            yield f"{name}: severity {rule['labels']['severity']}"
        if name.removeprefix("PrivateLink") not in TESTS.read_text(encoding="utf-8"):
            yield f"{name}: rules.test.yml does not test it"
    for missing in sorted(codes() - explained):
        yield f"no alert has the reason {missing}"


def mappings(panel):
    """All value mappings of a panel, including those of overrides."""
    config = panel.get("fieldConfig", {"defaults": {}, "overrides": []})
    yield from [config["defaults"].get("mappings", [])]
    for override in config["overrides"]:
        for item in override["properties"]:
            if item["id"] == "mappings":
                yield item["value"]


def steps(panel):
    config = panel.get("fieldConfig", {"defaults": {}, "overrides": []})
    yield config["defaults"].get("thresholds", {}).get("steps", [])
    for override in config["overrides"]:
        for item in override["properties"]:
            if item["id"] == "thresholds":
                yield item["value"]["steps"]


def check_colours():
    """UNKNOWN, UNPROVEN and NO DATA must have their own colours."""
    words = {"UNKNOWN": UNKNOWN, "UNPROVEN": UNKNOWN, "NO DATA": NO_DATA}
    seen = set()
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        if panel["type"] == "row":
            continue
        for group in mappings(panel):
            for mapping in group:
                for result in (mapping["options"] | {"r": mapping["options"].get("result")}).values():
                    if isinstance(result, dict) and result.get("text") in words:
                        seen.add(result["text"])
                        if result["color"] != words[result["text"]]:
                            yield f"{panel['title']}: {result['text']} is {result['color']}"
        for group in steps(panel):
            if group and "green" in group[0]["color"]:
                yield f"{panel['title']}: a value below every threshold is green"
        defaults = panel["fieldConfig"]["defaults"]
        if not list(steps(panel))[0]:
            yield f"{panel['title']}: no thresholds, and Grafana's default begins with green"
        if "noValue" not in defaults:
            yield f"{panel['title']}: does not set what is shown without data"
    if seen != set(words):
        yield f"the dashboard has no colour for {sorted(set(words) - seen)}"


def main():
    table = metric_table()
    problems = [*check_series(table), *check_rules(), *check_colours()]
    print("\n".join(problems) or f"{len(alerts())} alerts and {len(table)} metrics are consistent")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
