#!/usr/bin/python3
"""Grafana's dashboard, and the rules that give collectd's values the names of check_privatelink, from the
table of metrics.

    tools/dashboard.py           writes collectd/dashboards/privatelink.json and
                                 collectd/alerts/privatelink-collectd.rules.yml
    tools/dashboard.py --check   fails where one of them is not current

What is said here once for all panels: a value counts only while it is fresh (younger than $silent
seconds); what was there within a day and is not any more is drawn as NO DATA, in a colour of its own,
as UNKNOWN and UNPROVEN are.
"""

import json
import pathlib
import re
import sys
from collections import namedtuple

ROOT = pathlib.Path(__file__).resolve().parents[1]
TABLE = ROOT / "checks/facts/metrics.def"
TARGET = ROOT / "collectd/dashboards/privatelink.json"
RULES = ROOT / "collectd/alerts/privatelink-collectd.rules.yml"
UID = "privatelink-monitor"

OK, WARNING, CRITICAL = "green", "yellow", "red"
UNKNOWN = "purple"
NO_DATA = "#808080"
NEUTRAL = "text"

Metric = namedtuple("Metric", "name check unit type help")


def metric_table():
    """Name -> Metric, from the table of the code."""
    row = re.compile(r'^PL_METRIC\(\w+, "([^"]+)", PL_CHECK_(\w+), "([^"]*)", "([^"]+)",.*, "([^"]*)"\)$', re.M)
    found = row.findall(TABLE.read_text(encoding="utf-8"))
    return {name: Metric(name, check.lower(), unit, kind, text) for name, check, unit, kind, text in found}


def family(metric):
    """The name of the metric in check_privatelink --output prometheus."""
    name = metric.name.removesuffix("_days")
    return "privatelink_" + name + ("_seconds" if metric.unit == "s" or name != metric.name else "")


def series_name(collectd_type):
    """The name that write_prometheus gives to values of a type. It has the data source in it, unless
    that is "value"."""
    return f"collectd_privatelink_{collectd_type}" + (
        "_seconds" if collectd_type == "duration" else "")


METRICS = metric_table()

# ---- queries ------------------------------------------------------------------------------------

BY_ENDPOINT = "instance, endpoint"
OF = 'instance=~"$host",endpoint=~"$endpoint"'


def values(name, label=None):
    """The selector of a metric; with `label`, of the values that have it."""
    chosen = f'{label}!=""' if label else 'zone="",address=""'
    return f"{family(METRICS[name])}{{{chosen},{OF}}}"


def fresh(selector):
    return (f"({selector} and on ({BY_ENDPOINT}) "
            "privatelink_last_round_timestamp_seconds > time() - $silent)")


def now(name):
    """The present value, one row for each endpoint."""
    scale = " / 86400" if name.endswith("_days") else ""
    return f"max by ({BY_ENDPOINT}) {fresh(values(name))}{scale}"


def or_gone(name, code, label=None):
    """The same if it was there in the last day, then as `code`. With `label`, one row for each."""
    selector = values(name, label)
    rows = f"{BY_ENDPOINT}, {label}" if label else BY_ENDPOINT
    return (f"(max by ({rows}) {fresh(selector)}"
            f" or max by ({rows}) (present_over_time({selector}[1d]) * 0 + {code}))")


def counted(status):
    """How many endpoints have this status: 4 is NO DATA."""
    return f"count({or_gone('status', 4)} == {status}) or vector(0)"


def since(name):
    """Seconds since the value changed, at most a day."""
    selector = values(name)
    changed = f"max_over_time(timestamp({selector} != {selector} offset 1m)[1d:1m])"
    begun = f"min_over_time(timestamp({selector})[1d:1m])"
    return f"time() - max by ({BY_ENDPOINT}) ({changed} or {begun})"


STATUSES = ["state_status", "dns_status", "port_status", "public_status"]
PHASES = ["dns_time", "connect_time", "tls_time", "first_byte_time"]

# ---- colours ------------------------------------------------------------------------------------


def words(*pairs):
    return [{"type": "value", "options": {
        str(value): {"text": text, "color": colour, "index": index}
        for index, (value, text, colour) in enumerate(pairs)}}]


SEVERITY = words((0, "OK", OK), (1, "WARNING", WARNING), (2, "CRITICAL", CRITICAL),
                 (3, "UNKNOWN", UNKNOWN), (4, "NO DATA", NO_DATA))
VERDICT = words((0, "BLOCKED", OK), (1, "OPEN", CRITICAL), (2, "UNPROVEN", UNKNOWN),
                (3, "NO DATA", NO_DATA))
ALARM = words((0, "no", NEUTRAL), (1, "ALARM", CRITICAL), (2, "NO DATA", NO_DATA))
UP = words((0, "DOWN", CRITICAL), (1, "up", OK), (2, "NO DATA", NO_DATA))
IN_ZONE = words((0, "DOWN", CRITICAL), (-1, "NO DATA", NO_DATA))
AVAILABLE = words((0, "not available", CRITICAL), (1, "available", OK), (2, "NO DATA", NO_DATA))


def steps(base, *above):
    """Thresholds. The base is the colour of values below all of them, and of values without a mapping."""
    rows = [{"color": base, "value": None}]
    rows += [{"color": colour, "value": value} for value, colour in above]
    return {"mode": "absolute", "steps": rows}


PLAIN = steps(NEUTRAL)

# ---- panels -------------------------------------------------------------------------------------

SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def target(index, query, legend, instant=False):
    made = {"refId": chr(ord("A") + index), "datasource": SOURCE, "expr": query, "editorMode": "code",
            "instant": instant, "range": not instant, "legendFormat": legend}
    return made | ({"format": "table"} if instant and not legend else {})


def panel(kind, title, place, queries, *, text, options, legend="{{endpoint}}", custom=None,
          mappings=(), thresholds=PLAIN, unit=None, overrides=(), instant=False, colour="thresholds"):
    """`queries` are expressions, or (expression, legend)."""
    pairs = [item if isinstance(item, tuple) else (item, legend) for item in queries]
    x, y, width, height = place
    defaults = {"color": {"mode": colour}, "mappings": list(mappings), "thresholds": thresholds,
                "noValue": "no data", "custom": custom or {}}
    if unit:
        defaults["unit"] = unit
    return {"type": kind, "title": title, "description": text, "datasource": SOURCE,
            "gridPos": {"x": x, "y": y, "w": width, "h": height},
            "targets": [target(i, query, name, instant) for i, (query, name) in enumerate(pairs)],
            "fieldConfig": {"defaults": defaults, "overrides": list(overrides)},
            "options": options}


def row(title, y):
    return {"type": "row", "title": title, "collapsed": False, "panels": [],
            "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}}


def helps(*names):
    """The table's own words."""
    return "\n".join(f"`{name}`: {METRICS[name].help}" for name in names)


LEGEND = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
TOOLTIP = {"mode": "multi", "sort": "none"}


def timeline(title, place, queries, mappings, text, **more):
    return panel("state-timeline", title, place, queries, text=text, mappings=mappings,
                 custom={"fillOpacity": 80, "lineWidth": 0},
                 options={"mergeValues": True, "showValue": "auto", "rowHeight": 0.85,
                          "alignValue": "left", "legend": LEGEND, "tooltip": TOOLTIP}, **more)


def lines(title, place, queries, text, **more):
    marks = {"thresholdsStyle": {"mode": "dashed" if "thresholds" in more else "off"}}
    return panel("timeseries", title, place, queries, text=text, colour="palette-classic",
                 custom={"drawStyle": "line", "lineWidth": 1, "showPoints": "auto",
                         "spanNulls": False, **marks},
                 options={"legend": LEGEND, "tooltip": TOOLTIP}, **more)


def stat(title, place, query, thresholds, text):
    return panel("stat", title, place, [(query, title)], text=text, thresholds=thresholds,
                 instant=True, options={
                     "colorMode": "background", "graphMode": "none", "justifyMode": "center",
                     "textMode": "value", "orientation": "auto", "wideLayout": True,
                     "percentChangeColorMode": "standard", "showPercentChange": False,
                     "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}})


# ---- the fleet's table --------------------------------------------------------------------------

# Title, query, mappings, thresholds, unit.
COLUMNS = [
    ("Status", or_gone("status", 4), SEVERITY, PLAIN, None),
    *((name.removesuffix("_status"), or_gone(name, 4), SEVERITY, PLAIN, None) for name in STATUSES),
    ("Public endpoint", or_gone("public_verdict", 3), VERDICT, PLAIN, None),
    ("Alarm", or_gone("public_alarm", 2), ALARM, PLAIN, None),
    ("Status since", since("status"), [], PLAIN, "s"),
    ("Last proof", now("public_proof_age"), [], steps(NEUTRAL, (900, WARNING), (3600, CRITICAL)), "s"),
    ("Up", now("addresses_up"), [], PLAIN, None),
    ("of", now("addresses"), [], PLAIN, None),
    ("Certificate", now("certificate_days"), [], steps(CRITICAL, (7, WARNING), (14, OK)), "d"),
]


def column_override(title, mappings, thresholds, unit):
    coloured = bool(mappings) or len(thresholds["steps"]) > 1
    properties = [
        {"id": "mappings", "value": mappings},
        {"id": "thresholds", "value": thresholds},
        {"id": "custom.cellOptions",
         "value": {"type": "color-background", "mode": "basic"} if coloured else {"type": "auto"}},
    ]
    if unit:
        properties.append({"id": "unit", "value": unit})
    return {"matcher": {"id": "byName", "options": title}, "properties": properties}


def fleet(place):
    link = {"title": "Only ${__value.text}", "url":
            f"/d/{UID}?var-datasource=${{datasource}}&var-endpoint=${{__value.text}}&${{__url_time_range}}"}
    overrides = [column_override(*(column[:1] + column[2:])) for column in COLUMNS]
    overrides.append({"matcher": {"id": "byName", "options": "Endpoint"},
                      "properties": [{"id": "links", "value": [link]}]})
    made = panel(
        "table", "Endpoints", place, [column[1] for column in COLUMNS], legend="", instant=True,
        text="One row for each endpoint that was heard of within a day. Status since: a day at most.\n"
             + helps("status", "public_verdict", "public_alarm", "public_proof_age"),
        overrides=overrides, custom={"align": "auto", "cellOptions": {"type": "auto"},
                                     "inspect": False},
        options={"showHeader": True, "cellHeight": "sm", "frameIndex": 0,
                 "sortBy": [{"displayName": "Endpoint", "desc": False}]})
    names = {"instance": "Host", "endpoint": "Endpoint"}
    names |= {f"Value #{chr(ord('A') + i)}": column[0] for i, column in enumerate(COLUMNS)}
    made["transformations"] = [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {
            "excludeByName": {"Time": True}, "renameByName": names,
            "indexByName": {name: index for index, name in enumerate(["endpoint", "instance",
                                                                      *list(names)[2:]])}}}]
    return made


# ---- the dashboard ------------------------------------------------------------------------------


def counts(y):
    texts = [("OK", 0, OK), ("WARNING", 1, WARNING), ("CRITICAL", 2, CRITICAL),
             ("UNKNOWN", 3, UNKNOWN), ("NO DATA", 4, NO_DATA)]
    made = [stat(word, (index * 4, y, 4, 3), counted(status), steps(NEUTRAL, (1, colour)),
                 f"endpoints whose status is {word}")
            for index, (word, status, colour) in enumerate(texts)]
    made.append(stat("OPEN", (20, y, 4, 3), f"count({now('public_alarm')} == 1) or vector(0)",
                     steps(NEUTRAL, (1, CRITICAL)), helps("public_alarm")))
    return made


def public_side(y):
    return [
        timeline("Public endpoint", (0, y, 24, 7), [or_gone("public_verdict", 3)], VERDICT,
                 helps("public_verdict")),
        timeline("Alarm", (0, y + 7, 12, 6), [or_gone("public_alarm", 2)], ALARM,
                 helps("public_alarm")),
        lines("Since the last proof", (12, y + 7, 12, 6), [now("public_proof_age")],
              helps("public_proof_age"), unit="s", thresholds=steps(NEUTRAL, (3600, CRITICAL))),
        timeline("Public addresses", (0, y + 13, 12, 7),
                 [or_gone("public_verdict", 3, "address")], VERDICT,
                 helps("public_verdict") + ", of each address", legend="{{endpoint}} {{address}}"),
        lines("Public addresses, HTTP status", (12, y + 13, 12, 7), [
            (now("public_addresses"), "{{endpoint}} judged"),
            (now("public_open"), "{{endpoint}} open"),
            (now("public_http_status"), "{{endpoint}} HTTP status")],
              helps("public_addresses", "public_open", "public_http_status"),
              overrides=[{"matcher": {"id": "byFrameRefID", "options": "C"}, "properties": [
                  {"id": "custom.axisPlacement", "value": "right"}]}]),
        lines("Explanations not ruled out", (0, y + 20, 12, 6), [now("public_rivals")],
              helps("public_rivals")),
        lines("Age of the baseline", (12, y + 20, 12, 6), [now("public_baseline_age")],
              helps("public_baseline_age"), unit="s"),
    ]


def reasons(y):
    query = f"privatelink_reason_info{{{OF}}}"
    return [timeline("Reasons", (0, y, 24, 7),
                     [f"max by ({BY_ENDPOINT}, check, reason, severity) {fresh(query)}"],
                     words((1, "now", WARNING)),
                     "The reasons of every check that is not OK or not proven. collectd does not send them.",
                     legend="{{endpoint}} {{check}}: {{reason}} {{severity}}")]


def private_side(y):
    return [
        timeline("Checks", (0, y, 24, 8), [
            (or_gone(name, 4), "{{endpoint}} " + name.removesuffix("_status"))
            for name in STATUSES], SEVERITY, helps(*STATUSES)),
        timeline("Zones", (0, y + 8, 12, 7), [or_gone("addresses_up", -1, "zone")], IN_ZONE,
                 "Addresses that are up in each zone; where the EC2 API tells the zones.",
                 legend="{{endpoint}} {{zone}}", thresholds=steps(CRITICAL, (1, OK))),
        timeline("Addresses", (12, y + 8, 12, 7), [or_gone("addresses_up", 2, "address")], UP,
                 "Each private address.", legend="{{endpoint}} {{address}}"),
        lines("Latency by phase", (0, y + 15, 12, 8), [
            (now(name), "{{endpoint}} " + name.removesuffix("_time")) for name in PHASES],
              helps(*PHASES), unit="s"),
        lines("Latency", (12, y + 15, 12, 8), [
            (now("time"), "{{endpoint}} all phases"),
            (now("scheduling_delay"), "{{endpoint}} of it the prober's own")],
              helps("time", "scheduling_delay"), unit="s"),
        lines("Private addresses", (0, y + 23, 8, 7), [
            (now("addresses"), "{{endpoint}} probed"), (now("addresses_up"), "{{endpoint}} up"),
            (now("addresses_public"), "{{endpoint}} public")],
              helps("addresses", "addresses_up", "addresses_public")),
        lines("TTL of the private answers", (8, y + 23, 8, 7), [now("dns_ttl")], helps("dns_ttl"),
              unit="s"),
        panel("bargauge", "Certificate", (16, y + 23, 8, 7), [now("certificate_days")],
              text=helps("certificate_days"), unit="d", instant=True,
              thresholds=steps(CRITICAL, (7, WARNING), (14, OK)), options={
                  "displayMode": "basic", "orientation": "horizontal", "valueMode": "color",
                  "showUnfilled": True, "minVizWidth": 8, "minVizHeight": 16, "maxVizHeight": 300,
                  "namePlacement": "auto", "sizing": "auto", "legend": LEGEND,
                  "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}),
    ]


def api_side(y):
    return [
        timeline("State", (0, y, 12, 6), [or_gone("endpoint_available", 2)], AVAILABLE,
                 helps("endpoint_available")),
        lines("Age of the EC2 API's answer", (12, y, 12, 6), [now("state_age")], helps("state_age"),
              unit="s"),
        lines("Zones and interfaces", (0, y + 6, 12, 6), [
            (now("zones"), "{{endpoint}} zones"), (now("interfaces"), "{{endpoint}} interfaces")],
              helps("zones", "interfaces")),
        lines("Price per hour", (12, y + 6, 12, 6), [now("hourly_cost")], helps("hourly_cost")),
    ]


def variables():
    label_values = "label_values(privatelink_status%s, %s)"

    def from_label(name, title, query):
        return {"name": name, "label": title, "type": "query", "datasource": SOURCE, "hide": 0,
                "query": {"query": query, "refId": name}, "refresh": 2, "sort": 1, "multi": True,
                "includeAll": True, "allValue": ".*", "current": {"text": "All", "value": "$__all"}}

    def choice(value, chosen="180"):
        return {"text": value, "value": value, "selected": value == chosen}

    ages = ["30", "180", "600", "1800"]
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus",
         "hide": 0},
        from_label("host", "Host", label_values % ("", "instance")),
        from_label("endpoint", "Endpoint", label_values % ('{instance=~"$host"}', "endpoint")),
        {"name": "silent", "label": "NO DATA after (s)", "type": "custom", "hide": 0,
         "query": ",".join(ages), "options": [choice(age) for age in ages], "current": choice("180"),
         "description": "Seconds without a new round: three intervals."},
    ]


def dashboard():
    panels = [*counts(0), fleet((0, 3, 24, 9)), *reasons(12),
              row("Public endpoint of $endpoint", 19), *public_side(20),
              row("Private side of $endpoint", 46), *private_side(47),
              row("VPC endpoint of $endpoint, as the EC2 API has it", 77), *api_side(78)]
    for number, item in enumerate(panels, start=1):
        item["id"] = number
    return {
        "uid": UID, "title": "PrivateLink", "tags": ["privatelink"],
        "description": "AWS PrivateLink endpoints, and proof that the public one stays blocked",
        "schemaVersion": 39, "version": 1, "editable": True, "graphTooltip": 1, "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"}, "timezone": "browser",
        "templating": {"list": variables()}, "annotations": {"list": []}, "panels": panels,
    }


# ---- collectd's names ---------------------------------------------------------------------------

HEAD = """\
# Recording rules for Prometheus: the values of the collectd plugin, with the names and labels of
# check_privatelink --output prometheus, which the alert rules, the dashboard and the console use.
# tools/dashboard.py writes this file.

groups:
  - name: privatelink-collectd
    rules:
"""


def renamed(query, *labels):
    """`labels` are (name, label of collectd, expression)."""
    for label, source, expression in [("endpoint", "privatelink", "(.*)"), *labels]:
        query = f'label_replace({query}, "{label}", "$1", "{source}", "{expression}")'
    return f"max without (privatelink, type) ({query})"


def record(name, expression, check="count"):
    labels = f"        labels: {{check: {check}}}\n" if check != "count" else ""
    return f"      - record: {name}\n        expr: |\n          {expression}\n{labels}"


def collectd_rules():
    made = [record("privatelink_last_round_timestamp_seconds",
                   renamed(f'timestamp({series_name("gauge")}{{type="status"}})'))]
    for metric in METRICS.values():
        scale = " * 86400" if metric.name.endswith("_days") else ""
        query = renamed(f'{series_name(metric.type)}{{type=~"{metric.name}(-.*)?"}}',
                        ("address", "type", f"{metric.name}-(.*[.:].*)"),
                        ("zone", "type", f"{metric.name}-([^.:]+)"))
        made.append(record(family(metric), query + scale, metric.check))
    return HEAD + "".join(made)


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    for path, text in ((TARGET, json.dumps(dashboard(), indent=1) + "\n"), (RULES, collectd_rules())):
        if not sys.argv[1:]:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{path.relative_to(ROOT)} is not current: run tools/dashboard.py")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
