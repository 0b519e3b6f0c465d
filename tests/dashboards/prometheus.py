"""Runs a real Prometheus in the lab with the project's alert rules, and evaluates the queries of the
dashboard."""

import json
import os
import pathlib
import re
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "collectd/alerts/privatelink.rules.yml"
COLLECTD = ROOT / "collectd/alerts/privatelink-collectd.rules.yml"
DASHBOARD = ROOT / "collectd/dashboards/privatelink.json"
CONSOLE = ROOT / "collectd/dashboards/privatelink.html"
URL = "http://127.0.0.1:9090"
SILENT = 8  # seconds without a value until an endpoint is silent, in this test

CONFIGURATION = """
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: ["{folder}/*.rules.yml"]
scrape_configs:
  - job_name: {job}
    honor_labels: true
    honor_timestamps: false
    static_configs:
      - targets: ["{target}"]
        labels: {{instance: lab}}
"""


def with_short_times(text):
    """The rules with shorter times and no other change."""
    for pattern, replacement, count in ((r"\n( +)for: \d+[mh]\n", r"\n\1for: 2s\n", 13),
                                        (r"> 3600\b", f"> {SILENT}", 1),
                                        (r"last_seen > 180\b", f"last_seen > {SILENT}", 1)):
        text, found = re.subn(pattern, replacement, text)
        if found != count:
            raise ValueError(f"{pattern}: {found} times in the rules, not {count}")
    return text


class Prometheus:
    def __init__(self, world, job, target):
        folder = os.path.join(world.folder, "prometheus")
        os.makedirs(os.path.join(folder, "consoles"))
        world.file("prometheus/privatelink.rules.yml", with_short_times(RULES.read_text(encoding="utf-8")))
        if job == "collectd":
            world.file("prometheus/privatelink-collectd.rules.yml", COLLECTD.read_text(encoding="utf-8"))
        page = CONSOLE.read_text(encoding="utf-8")
        world.file("prometheus/consoles/privatelink.html",
                   page.replace("time() - 180", f"time() - {SILENT}").replace("[1d:1m]", "[1d:1s]"))
        shutil.copy(CONSOLE, os.path.join(folder, "consoles", "as-shipped.html"))
        config = world.file("prometheus/prometheus.yml",
                            CONFIGURATION.format(folder=folder, job=job, target=target))
        self.process = world.here.start(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
             "--web.listen-address=127.0.0.1:9090", f"--web.console.templates={folder}/consoles",
             "--log.level=warn"], stderr=open(os.path.join(folder, "log"), "wb"))
        world.processes.append(self.process)
        self.log_file = os.path.join(folder, "log")
        self.fired = set()

    def log(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as stream:
            return stream.read()

    def get(self, path, **parameters):
        query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        try:
            with urllib.request.urlopen(URL + path + query, timeout=10) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            return f"HTTP {error.code}: {error.read().decode()}"

    def is_up(self):
        try:
            return "Ready" in self.get("/-/ready")
        except OSError:
            return False

    def firing(self):
        """{(alert, endpoint)}, without zones, addresses and checks."""
        answer = json.loads(self.get("/api/v1/alerts"))
        found = {(a["labels"]["alertname"].removeprefix("PrivateLink"),
                  a["labels"].get("endpoint", ""))
                 for a in answer["data"]["alerts"] if a["state"] == "firing"}
        self.fired |= {name for name, _ in found}
        return found

    def alerts(self, name):
        """The labels of each firing alert of this name."""
        answer = json.loads(self.get("/api/v1/alerts"))
        return [a["labels"] for a in answer["data"]["alerts"]
                if a["state"] == "firing" and a["labels"]["alertname"] == "PrivateLink" + name]


    def reasons(self, name):
        answer = json.loads(self.get("/api/v1/alerts"))
        return [a["annotations"].get("reasons_now", "") for a in answer["data"]["alerts"]
                if a["state"] == "firing" and a["labels"]["alertname"] == "PrivateLink" + name]


# ---- panels -------------------------------------------------------------------------------------


class Row:
    """One row of a query's result: labels, newest value, text and colour."""

    def __init__(self, labels, value, text, colour):
        self.labels, self.value, self.text, self.colour = labels, value, text, colour

    def __repr__(self):
        return f"{self.labels} {self.value} {self.text} {self.colour}"


def style_of(mappings, steps, value):
    """Text and colour as in Grafana: a mapping takes precedence over thresholds."""
    for mapping in mappings:
        found = mapping["options"].get(f"{value:g}")
        if found:
            return found["text"], found["color"]
    reached = [step for step in steps if step["value"] is None or value >= step["value"]]
    return f"{value:.3g}", reached[-1]["color"]


class Panels:
    """The dashboard's queries, with its variables filled in."""

    def __init__(self, prometheus):
        self.prometheus = prometheus
        panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
        self.panels = [panel for panel in panels if panel["type"] != "row"]

    @staticmethod
    def styles(panel):
        """Name, target, mappings and thresholds of each target of a panel."""
        config = panel["fieldConfig"]
        for target in panel["targets"]:
            yield (panel["title"], target, config["defaults"]["mappings"],
                   config["defaults"]["thresholds"]["steps"])

    @staticmethod
    def columns(panel):
        names = panel["transformations"][1]["options"]["renameByName"]
        own = {override["matcher"]["options"]: {item["id"]: item["value"]
                                                for item in override["properties"]}
               for override in panel["fieldConfig"]["overrides"]}
        for target in panel["targets"]:
            title = names[f"Value #{target['refId']}"]
            yield (f"Endpoints: {title}", target, own[title]["mappings"],
                   own[title]["thresholds"]["steps"])

    def queries(self):
        for panel in self.panels:
            yield from self.columns(panel) if panel["type"] == "table" else self.styles(panel)

    def ask(self, target):
        query = (target["expr"].replace("$silent", str(SILENT)).replace("$host", ".*")
                 .replace("$endpoint", ".*").replace("1d:1m", "1d:1s").replace("offset 1m", "offset 1s"))
        if "$" in query.replace('"$1"', ""):
            raise ValueError(f"a variable without a value: {query}")
        if target["instant"]:
            answer = self.prometheus.get("/api/v1/query", query=query)
        else:
            now = time.time()
            answer = self.prometheus.get("/api/v1/query_range", query=query, start=now - 60, end=now,
                                         step=1)
        if not answer.startswith("{"):
            raise ValueError(f"{answer}\n{query}")
        end = time.time()
        for row in json.loads(answer)["data"]["result"]:
            when, value = row["value"] if target["instant"] else row["values"][-1]
            # A series that has ended shows nothing at the right side.
            if when > end - 2:
                yield row["metric"], float(value)

    def read(self):
        """{title: rows}: everything that the dashboard shows now."""
        shown = {}
        for title, target, mappings, steps in self.queries():
            rows = shown.setdefault(title, [])
            for labels, value in self.ask(target):
                rows.append(Row(labels, value, *style_of(mappings, steps, value)))
        return shown
