#!/usr/bin/python3
"""The definitions for other monitoring systems fit the program: each option, metric and line of output that
they use is there. No Director (which needs a database), Checkmk, Zabbix server or Telegraf runs here: their formats are
compared with what their sources read.

    test_definitions.py PROGRAM CONFIGURED
CONFIGURED is the folder with the files that have the paths of this installation.
"""
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

try:
    import tomllib

    import yaml
except ImportError as missing:
    print(f"SKIPPED: {missing}")
    sys.exit(77)

DEFINITIONS = pathlib.Path(__file__).resolve().parents[2] / "nagios/definitions"
UUID = re.compile(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}")
# What Telegraf's parser for data_format = "nagios" accepts as one item of performance data.
TELEGRAF = re.compile(r"^([^=]+)=([\d.+eE-]+)([\w/%]*)(;[\d.+eE:~@-]*){0,2}(;[\d.+eE-]*){0,2}$")
# A closed port of this host: all checks run, and send nothing to another host.
SECTION = """private-name = a.example
public-name = b.example
resolver = 127.0.0.1:9
public-resolver = 127.0.0.1:9
endpoint-id = vpce-0abc123def4567890
region = eu-central-1
hourly-price = 0.01
timeout = 1
"""

# Options that no monitoring system gives.
FOR_PEOPLE = {"--help", "--version", "--list-presets", "--explain", "--print-config", "--output-file", "--serve",
              "--replay", "--make-evidence-key", "--verify-evidence", "--report", "--from", "--to", "--public-key", "--known-head", "--evidence-ca",
              "--evidence-request", "--evidence-response", "--stop-evidence"}


def check(program, *arguments):
    environment = {"PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true"}
    return subprocess.run([program, *arguments], capture_output=True, text=True, env=environment, check=False).stdout


def director_problems(options):
    basket = json.loads((DEFINITIONS / "icinga2-director.json").read_text())
    command, fields = basket["Command"]["cmd-privatelink"], basket["Datafield"]
    uuids = [part["uuid"] for part in (command, basket["ServiceTemplate"]["tpl-service-privatelink"], *fields.values())]
    if len(set(uuids)) != len(uuids) or not all(UUID.fullmatch(one.replace("-", "")) for one in uuids):
        yield "Director: UUIDs"
    used = {name: next(value for key, value in argument.items() if key in ("set_if", "value"))
            for name, argument in command["arguments"].items()}
    missing = options - set(used) - FOR_PEOPLE
    if set(used) - options or missing:
        yield f"Director: options {set(used) - options}, missing {missing}"
    if set(used.values()) != {f"${field['varname']}$" for field in fields.values()}:
        yield "Director: an argument without a field, or a field without an argument"
    if sorted(use["datafield_id"] for use in command["fields"]) != sorted(map(int, fields)):
        yield "Director: fields of the command"
    for field in fields.values():
        option = "--" + field["varname"].removeprefix("privatelink_").replace("_", "-")
        if ("set_if" in command["arguments"][option]) != field["datatype"].endswith("Boolean"):
            yield f"Director: {option} is {field['datatype']}"


def at(path, endpoint):
    """The value of a JSONPath of the template."""
    rest = path.removeprefix("$.endpoints[?(@.name=='{#ENDPOINT}')]").removesuffix(".first()")
    for word in re.findall(r"\.(\w+)|\['([^']+)'\]", rest):
        endpoint = endpoint[word[0] or word[1]]
    return endpoint


def zabbix_problems(run):
    text = (DEFINITIONS / "zabbix-template.yaml").read_text()
    template = yaml.safe_load(text)["zabbix_export"]["templates"][0]
    uuids = re.findall(r"uuid: (\S+)", text)
    if len(set(uuids)) != len(uuids) or not all(map(UUID.fullmatch, uuids)):
        yield "Zabbix: UUIDs"
    rule, master = template["discovery_rules"][0], template["items"][0]["key"]
    names = [endpoint[rule["lld_macro_paths"][0]["path"].removeprefix("$.")] for endpoint in run["endpoints"]]
    if names != ["one", "two"] or rule["preprocessing"][0]["parameters"] != ["$.endpoints"]:
        yield f"Zabbix: the rule finds {names}"
    used = set()
    for item in rule["item_prototypes"]:
        path = item["preprocessing"][0]["parameters"][0]
        used.update(re.findall(r"metrics\['([^']+)'\]", path))
        try:
            value = at(path, run["endpoints"][1])
        except (KeyError, TypeError) as error:
            yield f"Zabbix: {item['key']}: {error}"
            continue
        if item["value_type"] == "FLOAT" and not isinstance(value, (int, float, type(None))):
            yield f"Zabbix: {item['key']} is {value!r}"
        if item["type"] != "DEPENDENT" or item["master_item"]["key"] != master or rule["master_item"]["key"] != master:
            yield f"Zabbix: {item['key']} does not depend on {master}"
    if used != set(run["endpoints"][0]["metrics"]):
        yield f"Zabbix: metrics {used ^ set(run['endpoints'][0]['metrics'])}"
    keys = {item["key"] for item in rule["item_prototypes"]}
    for trigger in rule["trigger_prototypes"]:
        for key in re.findall(r"agent/(privatelink\.[^)]+)\)", trigger["expression"] + trigger["event_name"]):
            if key not in keys:
                yield f"Zabbix: a trigger uses {key}"


def command_problems(line, config, program, options):
    """A command line with the paths of the installation."""
    words = shlex.split(line)
    if not words[0].endswith("/check_privatelink") or not words[2].endswith("/privatelink.ini"):
        yield f"paths: {line}"
    if not {word for word in words if word.startswith("--")} <= options:
        yield f"options: {line}"
    text = check(program, "--config", config, *words[3:])
    if not text.startswith(("PRIVATELINK ", "{")):
        yield f"{line}: {text}"


def agent_problems(folder, config, program, options):
    mrpe = [line for line in (folder / "checkmk-mrpe.cfg").read_text().splitlines() if not line.startswith("#")]
    found = re.fullmatch(r"([\w-]+) \(interval=\d+\) (/.*)", mrpe[0])
    user = re.search(r"^UserParameter=([\w.]+),(/.*)$", (folder / "zabbix-agent.conf").read_text(), re.M)
    plugin = tomllib.loads((folder / "telegraf.conf").read_text())["inputs"]["exec"][0]
    if len(mrpe) != 1 or not found or not user or plugin["data_format"] != "nagios":
        yield "a line has another form"
        return
    if user[1] != "privatelink.json":
        yield f"Zabbix: the agent's key is {user[1]}"
    for line in (found[2], user[2], plugin["commands"][0]):
        yield from command_problems(line, config, program, options)
    text = check(program, "--config", config, *shlex.split(plugin["commands"][0])[3:])
    items = text.splitlines()[0].partition("|")[2].split()
    yield from (f"Telegraf cannot read {item}" for item in items if not TELEGRAF.match(item))
    if not any(item.startswith("two.status=") for item in items):
        yield "Telegraf gets no status"


def main(program, folder):
    options = set(re.findall(r"^  (?:-\w, )?(--[a-z0-9-]+)", check(program, "--help"), re.M))
    with tempfile.TemporaryDirectory() as state:
        config = os.path.join(state, "privatelink.ini")
        section = SECTION + f"state-dir = {state}\n"
        pathlib.Path(config).write_text(f"[one]\n{section}[two]\n{section}")
        run = json.loads(check(program, "--config", config, "--output", "json"))
        problems = [*director_problems(options), *zabbix_problems(run),
                    *agent_problems(pathlib.Path(folder), config, program, options)]
    print("\n".join(problems) or "the definitions fit")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
