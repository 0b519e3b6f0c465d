#!/usr/bin/python3
"""Prints rules.test.yml with the values of check_privatelink in place of collectd's: the same tests for the
other front end. The time of the last round is the time of each value of a status."""

import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from dashboard import METRICS, family  # noqa: E402

SERIES = re.compile(r'collectd_privatelink_\w+\{type="([a-z_]+)(?:-([^"]+))?",privatelink="(\w+)",instance="(\w+)"\}')
# What only check_privatelink has.
OWN = """
  - name: a check that runs once has no alarm
    interval: 1m
    input_series:
      - series: privatelink_public_status{endpoint="a",check="public",instance="h"}
        values: "2x2 3x2 0x90"
      - series: privatelink_public_verdict{endpoint="a",check="public",instance="h"}
        values: "1x2 2x2 0x90"
      - series: privatelink_public_status{endpoint="reachable",check="public",instance="h"}
        values: "0x90"
      - series: privatelink_public_verdict{endpoint="reachable",check="public",instance="h"}
        values: "1x90"
      - series: privatelink_last_round_timestamp_seconds{endpoint="a",instance="h"}
        values: "0+60x90"
    promql_expr_test:
      - expr: count by (endpoint) (ALERTS{alertname="PrivateLinkPublicOpen"})
        eval_time: 2m
        exp_samples: [{labels: '{endpoint="a"}', value: 1}]
      - expr: count by (endpoint) (ALERTS{alertname="PrivateLinkPublicOpen"})
        eval_time: 5m
        exp_samples: [{labels: '{endpoint="a"}', value: 1}]
      - expr: ALERTS{endpoint!=""}
        eval_time: 80m
  - name: an alert names the reasons of now
    interval: 1m
    input_series:
      - series: privatelink_addresses_public{endpoint="a",check="dns",instance="h"}
        values: 1x9
      - series: privatelink_reason_info{endpoint="a",check="dns",reason="dns.public-answer",severity="CRITICAL",instance="h"}
        values: 1x9
    alert_rule_test:
      - alertname: PrivateLinkDnsPublicAnswer
        eval_time: 1m
        exp_alerts:
          - exp_labels: {severity: critical, endpoint: a, check: dns, instance: h}
            exp_annotations:
              summary: "a: private DNS answers with a public address"
              reasons_now: "dns: dns.public-answer "
              description: "On h the private name of a resolves to public addresses (1). Traffic leaves the VPC."
              reasons: dns.public-answer
              runbook_url: https://docs.example.com/privatelink-monitor/reasons.md#dns.public-answer
"""


def expanded(values):
    """One word for each value: "2x3" is four values, "1+2x3" counts up."""
    for word in str(values).split():
        match = re.fullmatch(r"(_|-?[\d.]+)(?:([+-][\d.]+))?x(\d+)", word)
        if not match:
            yield word
            continue
        first, step, count = match.groups()
        for index in range(int(count) + (first != "_")):
            yield first if first == "_" or not step else f"{float(first) + index * float(step):g}"


def seconds(interval):
    return int(interval[:-1]) * {"s": 1, "m": 60, "h": 3600}[interval[-1]]


def converted(item, interval):
    """The series of the other front end."""
    name, part, endpoint, host = SERIES.fullmatch(item["series"]).groups()
    metric = METRICS[name]
    labels = [f'endpoint="{endpoint}"', f'instance="{host}"']
    if metric.check != "count":
        labels.append(f'check="{metric.check}"')
    if part:
        labels.append(f'{"address" if re.search("[.:]", part) else "zone"}="{part}"')
    values = [*expanded(item["values"])]
    if name.endswith("_days"):
        values = [f"{float(v) * 86400:g}" if re.match(r"-?\d", v) else v for v in values]
    yield {"series": f"{family(metric)}{{{','.join(labels)}}}", "values": " ".join(values)}
    if name == "status":
        times = [str(index * seconds(interval)) if re.match(r"-?\d", v) else v
                 for index, v in enumerate(values)]
        yield {"series": f"privatelink_last_round_timestamp_seconds{{{','.join(labels)}}}",
               "values": " ".join(times)}


def main():
    tests = yaml.safe_load((ROOT / "tests/dashboards/rules.test.yml").read_text(encoding="utf-8"))
    tests["rule_files"] = [str(ROOT / "collectd/alerts/privatelink.rules.yml")]
    tests["group_eval_order"] = ["privatelink"]
    for test in tests["tests"]:
        test["input_series"] = [made for item in test["input_series"]
                                for made in (converted(item, test["interval"])
                                             if item["series"].startswith("collectd_") else [item])]
    tests["tests"] += yaml.safe_load(OWN)
    print(yaml.safe_dump(tests, width=10000))


if __name__ == "__main__":
    main()
