#!/usr/bin/python3
"""Definitions for Icinga Director and Zabbix, from the tables of options, metrics and checks.

    tools/definitions.py           writes nagios/definitions/icinga2-director.json and zabbix-template.yaml
    tools/definitions.py --check   fails where one of these files is not current
"""

import hashlib
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
DEFINITIONS = ROOT / "nagios/definitions"
METRIC = re.compile(r'^PL_METRIC\(\w+, "([^"]+)", \w+, "([^"]*)", "[^"]*", "[^"]*", "[^"]*", (\w+), .*, "([^"]*)"\)$',
                    re.M)
# tools/tables writes these from the table of options.
ARGUMENT = re.compile(r'^    "--([a-z0-9-]+)" = \{\n(.*?)^      description = "(.*?)"$', re.M | re.S)


def uuid(key):
    """A UUID of version 4 that stays the same, without hyphens."""
    digits = hashlib.sha256(("privatelink-monitor " + key).encode()).hexdigest()[:32]
    return digits[:12] + "4" + digits[13:16] + "8" + digits[17:]


def hyphened(digits):
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


# ---- Icinga Director ----------------------------------------------------------------------------

def data_type(name):
    return "Icinga\\Module\\Director\\DataType\\DataType" + name


def arguments():
    """(option, "flag", "list" or "text", help), as in the CheckCommand for Icinga 2."""
    text = (DEFINITIONS / "icinga2.conf").read_text(encoding="utf-8")
    for name, body, description in ARGUMENT.findall(text):
        flag = "value =" not in body or "privatelink_verbosity" in body
        repeated = not flag and "privatelink_list" not in body and name in ("warning", "critical", "blocked-by")
        yield name, "flag" if flag else "list" if repeated else "text", description


def director():
    """A command with a field for each option, and a service template that uses it."""
    command, fields = {}, {}
    for number, (name, kind, description) in enumerate(arguments(), 1):
        variable = "privatelink_" + name.replace("-", "_")
        command["--" + name] = {"set_if" if kind == "flag" else "value": f"${variable}$",
                                "description": description}
        fields[str(number)] = {
            "varname": variable, "caption": f"PrivateLink: --{name}", "description": description,
            "datatype": data_type({"flag": "Boolean", "list": "Array", "text": "String"}[kind]), "format": None,
            "settings": {"visibility": "visible"} if kind == "text" else {},
            "uuid": hyphened(uuid("field " + name))}
    uses = [{"datafield_id": int(number), "is_required": "n", "var_filter": None} for number in fields]
    return json.dumps({
        "Command": {"cmd-privatelink": {
            "arguments": command, "command": "PluginContribDir + /check_privatelink", "disabled": False,
            "fields": uses, "imports": [], "is_string": None, "methods_execute": "PluginCheck",
            "object_name": "cmd-privatelink", "object_type": "object", "timeout": "60", "vars": {}, "zone": None,
            "uuid": hyphened(uuid("command"))}},
        "ServiceTemplate": {"tpl-service-privatelink": {
            "check_command": "cmd-privatelink", "check_interval": "60", "retry_interval": "30",
            "max_check_attempts": "2", "disabled": False, "fields": [], "imports": [],
            "object_name": "tpl-service-privatelink", "object_type": "template", "vars": {},
            "uuid": hyphened(uuid("service template"))}},
        "Datafield": fields}, indent=1) + "\n"


# ---- Zabbix -------------------------------------------------------------------------------------

def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def step(kind, parameters, *others):
    return [f"- type: {kind}", "  parameters:", *(f"    - {quoted(text)}" for text in parameters), *others]


def item(name, key, value_type, path, description, *others, delay=None):
    """An item prototype that takes its value from the JSON of the master item. null is no value."""
    endpoint = "$.endpoints[?(@.name=='{#ENDPOINT}')]"
    steps = step("JSONPATH", [f"{endpoint}.{path}.first()"], "  error_handler: DISCARD_VALUE")
    steps += step("NOT_MATCHES_REGEX", ["^null$"], "  error_handler: DISCARD_VALUE")
    if delay:
        steps += step("DISCARD_UNCHANGED_HEARTBEAT", [delay])
    return [f"- uuid: {uuid('zabbix item ' + key)}", f"  name: {quoted('{#ENDPOINT}: ' + name)}", "  type: DEPENDENT",
            f"  key: {quoted(f'privatelink.{key}[{{#ENDPOINT}}]')}", "  delay: '0'", f"  value_type: {value_type}", *others,
            f"  description: {quoted(description)}",
            "  preprocessing:", *("    " + line for line in steps),
            "  master_item:", "    key: privatelink.json",
            "  tags:", "    - tag: endpoint", "      value: '{#ENDPOINT}'"]


def trigger(severity, priority):
    """The verdict of the check as a problem, with its reason and text."""
    status, reason, summary = (f"last(/PrivateLink by Zabbix agent/privatelink.{key}[{{#ENDPOINT}}])"
                               for key in ("status", "reason", "summary"))
    return [f"- uuid: {uuid('zabbix trigger ' + severity)}",
            f"  expression: {quoted(f'{status}={SEVERITIES.index(severity)}')}",
            f"  name: {quoted(f'PrivateLink {{#ENDPOINT}}: {severity}')}",
            f"  event_name: {quoted(f'PrivateLink {{#ENDPOINT}}: {severity}: {{?{summary}}} [{{?{reason}}}]')}",
            f"  priority: {priority}"]


SEVERITIES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")


def zabbix():
    text = (ROOT / "checks/facts/metrics.def").read_text(encoding="utf-8")
    items = item("reason", "reason", "CHAR", "reason", "reason code of the worst finding", "  trends: '0'", delay="1h")
    items += item("summary", "summary", "TEXT", "summary", "the endpoint in one line", "  trends: '0'", delay="1h")
    for name, unit, daemon_only, description in METRIC.findall(text):
        if daemon_only == "false":
            items += item(name, name, "FLOAT", f"metrics['{name}']", description, *([f"  units: {unit}"] if unit else []))
    triggers = [line for severity, priority in (("CRITICAL", "HIGH"), ("UNKNOWN", "AVERAGE"), ("WARNING", "WARNING"))
                for line in trigger(severity, priority)]
    silent = "nodata(/PrivateLink by Zabbix agent/privatelink.json,10m)=1"
    lines = [
        "# Zabbix 6.0 and newer: a template with one item of the agent and dependent items for each endpoint.",
        "# tools/definitions.py writes this file: do not edit it.",
        "zabbix_export:", "  version: '6.0'",
        "  groups:", f"    - uuid: {uuid('zabbix group')}", "      name: Templates/Network services",
        "  templates:",
        f"    - uuid: {uuid('zabbix template')}", "      template: 'PrivateLink by Zabbix agent'",
        "      name: 'PrivateLink by Zabbix agent'",
        "      groups:", "        - name: Templates/Network services",
        "      items:",
        f"        - uuid: {uuid('zabbix master')}", "          name: 'PrivateLink: all endpoints'",
        "          key: privatelink.json", "          delay: 1m", "          history: 1h", "          trends: '0'",
        "          value_type: TEXT",
        "          triggers:",
        f"            - uuid: {uuid('zabbix silent')}", f"              expression: {quoted(silent)}",
        "              name: 'PrivateLink: no result for 10 minutes'", "              priority: AVERAGE",
        "      discovery_rules:",
        f"        - uuid: {uuid('zabbix discovery')}", "          name: 'PrivateLink: endpoints'",
        "          type: DEPENDENT", "          key: privatelink.endpoints", "          delay: '0'",
        "          master_item:", "            key: privatelink.json",
        "          preprocessing:", *("            " + line for line in step("JSONPATH", ["$.endpoints"])),
        "          lld_macro_paths:", "            - lld_macro: '{#ENDPOINT}'", "              path: $.name",
        "          item_prototypes:", *("            " + line for line in items),
        "          trigger_prototypes:", *("            " + line for line in triggers)]
    return "\n".join(lines) + "\n"


def main():
    current = True
    for name, text in (("icinga2-director.json", director()), ("zabbix-template.yaml", zabbix())):
        target = DEFINITIONS / name
        if sys.argv[1:] != ["--check"]:
            target.write_text(text, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != text:
            print(f"{target.relative_to(ROOT)} is not current: run tools/definitions.py")
            current = False
    return 0 if current else 1


if __name__ == "__main__":
    sys.exit(main())
