"""Many endpoints in one run, and the files that describe them."""

import json
import os

from lab import hosts, invariants
from lab.case import BASE, Case, need


def _batch_file(lab, name, text):
    common = "[*]\n" + "".join(f"{key[2:]} = {value.format(**lab.words)}\n"
                               for key, value in BASE.items() if key != "--timeout")
    return lab.world.file(name, common + text)


def five_hundred(lab):
    """500 endpoints, a fifth of them silent: within the timeout, with one set of witnesses."""
    text = "".join(f"[e{n}]\nprivate-name = e{n}.private.lab.test\n"
                   f"public-name = e{n}.public.lab.test\nwitness = counted-witness.lab.test\n"
                   "accept = tenant,request\n"
                   for n in range(hosts.BATCH))
    path = _batch_file(lab, "batch.ini", text)
    before = lab.world.here.counter("counted_witness")
    run = lab.run("host", ["--config", path, "--timeout", "30", "--output", "json"], limit=30)
    witnesses = lab.world.here.counter("counted_witness") - before
    result = invariants.json_form(run)
    lab.in_time(run, result["duration"], 30)  # in turn, they would take ten minutes
    # One a second alongside the attempts, and one with a TTL of 1, for all endpoints together.
    need(3 <= witnesses <= result["duration"] + 2, f"{witnesses} connections to the witness")
    severities = [endpoint["severity"] for endpoint in result["endpoints"]]
    need(len(severities) == hosts.BATCH, f"{len(severities)} endpoints")
    need(severities.count(0) == hosts.BATCH * 4 // 5 and severities.count(2) == hosts.BATCH // 5,
         f"severities: {[severities.count(value) for value in range(4)]}")
    text_run = lab.run("host", ["--config", path, "--timeout", "30"], limit=30)
    invariants.text_form(text_run)
    for total in ("endpoints=500", "ok=400", "warning=0", "critical=100", "unknown=0"):
        need(total in text_run.stdout, f"{total} is missing: {text_run.stdout}")
    lab.texts.append(("batch", text_run.stdout))


def one_mistake(lab):
    """A section with a mistake is one UNKNOWN endpoint with its line; the others run."""
    path = _batch_file(lab, "mistake.ini",
                       "[good]\nprivate-name = ok.private.lab.test\n"
                       "[bad]\nprivate-name = ok.private.lab.test\nport = 99999\n"
                       "[worse]\nno-such-option = 1\n")
    as_json, as_text = lab.both("host", ["--config", path])
    result = invariants.json_form(as_json)
    need([endpoint["severity"] for endpoint in result["endpoints"]] == [0, 3, 3],
         f"{[(endpoint['name'], endpoint['severity']) for endpoint in result['endpoints']]}")
    need(as_text.code == 3 and "bad" in as_text.stdout and "port" in as_text.stdout, as_text.stdout)
    lab.texts.append(("one mistake", as_text.stdout))


def recorded(lab):
    """--record appends a line for each endpoint that ran; a file that can't be written costs no result."""
    path = _batch_file(lab, "recorded.ini",
                       "[good]\nprivate-name = ok.private.lab.test\n"
                       "[dead]\nprivate-name = drop.private.lab.test\n"
                       "[bad]\nport = 99999\n")
    record = os.path.join(lab.world.folder, "recorded")
    for _ in range(2):
        lab.run("host", ["--config", path, "--record", record])
    need(os.stat(record).st_mode & 0o777 == 0o600, "the record is not for its user only")
    run = lab.run("empty", ["--replay", record])
    need(run.code == 0 and "4 the same, 0 differ, 0 not read" in run.stdout, run.stdout)
    for name in ("good", "dead"):
        need(run.stdout.count(f": {name}: ") == 2, f"{name}: {run.stdout}")
    run = lab.run("host", ["--config", path, "--endpoint", "good", "--record", "/nonexistent/record"])
    need(run.code == 1 and run.stdout.startswith("PRIVATELINK WARNING: good: ")
         and "(not recorded: /nonexistent/record: No such file or directory) [evidence.failed]"
         in run.stdout.splitlines()[0], run.stdout)
    run = lab.run("host", ["--config", path, "--endpoint", "dead", "--record", "/nonexistent/record",
                           "--output", "json"])
    need(run.code == 2 and json.loads(run.stdout)["unrecorded"].startswith("/nonexistent/record: "), run.stdout)


def picked(lab):
    """--endpoint picks sections; the perfdata labels carry the endpoint's name."""
    path = _batch_file(lab, "picked.ini", "".join(
        f"[{name}]\nprivate-name = {name}.private.lab.test\n" for name in ("ok", "dual", "drop")))
    run = lab.run("host", ["--config", path, "--endpoint", "ok,dual", "-v"])
    invariants.text_form(run, limited=False)
    need(run.code == 0 and "ok.time=" in run.stdout, run.stdout)
    need("drop" not in run.stdout, f"an endpoint that was not picked: {run.stdout}")
    lab.texts.append(("picked", run.stdout))


def precedence(lab):
    """The command line wins over a section, and a section over [*]."""
    path = _batch_file(lab, "precedence.ini", "[one]\nprivate-name = accept-silent.private.lab.test\n"
                                              "probe = tcp\n")
    need(lab.run("host", ["--config", path]).code == 0, "the section's probe = tcp")
    need(lab.run("host", ["--config", path, "--probe", "tls"]).code == 2, "the command line's tls")


def odd_files(lab):
    """Byte order mark, CR LF, NUL bytes, huge lines, a file cut in the middle: no crash."""
    good = "[ok]\nprivate-name = ok.private.lab.test\n"
    texts = {"bom": "\ufeff" + good, "crlf": good.replace("\n", "\r\n"), "nul": good + "path = /\0x\n",
             "huge": good + "path = /" + "x" * 100000 + "\n", "cut": good[:-5], "no-section": "port = 1\n",
             "twice": good + good, "only-common": "", "bracket": "[ok\n", "colour": "[\x1b[31m]\n"}
    for name, text in texts.items():
        path = _batch_file(lab, f"odd-{name}.ini", text)
        run = lab.run("host", ["--config", path, "--timeout", "5"])
        invariants.text_form(run)
        lab.texts.append((f"odd file {name}", run.stdout))
        if name in ("crlf",):
            need(run.code == 0, f"{name}: {run.stdout}")


def extra_opts(lab):
    """--extra-opts reads a section as other plugins do."""
    path = lab.world.file("plugins.ini", "[privatelink]\nprivate-name=ok.private.lab.test\n"
                          f"ca-file={lab.words['ca']}\npublic-ca-file={lab.words['ca']}\nresolver={hosts.VPC_RESOLVER}\n")
    run = lab.run("host", [f"--extra-opts=privatelink@{path}"])
    need(run.code == 0, run.stdout)


def same_as_alone(lab):
    """An endpoint gets the same verdict in a batch as alone."""
    sides = [("ok", "s403"), ("ok", "open"), ("all-dead", "drop"), ("keyed", "s403"), ("ok", "stranger")]
    path = _batch_file(lab, "same.ini", "".join(
        f"[{a}-{b}]\nprivate-name = {a}.private.lab.test\npublic-name = {b}.public.lab.test\n"
        for a, b in sides))
    result = invariants.json_form(lab.run("host", ["--config", path, "--output", "json"]))
    for endpoint, (private, public) in zip(result["endpoints"], sides):
        alone = invariants.json_form(lab.run(
            "host", Case("", private, public).arguments(lab.words) + ["--output", "json"]))
        have, want = ([(check["check"], check["severity"], check["reason"]) for check in one["checks"]]
                      for one in (endpoint, alone["endpoints"][0]))
        need(have == want, f"{private}, {public}: {have} in a batch, {want} alone")


def ten_broken(lab):
    """All names of ten broken endpoints are on the first line, before the totals; the rest is whole."""
    names = [f"broken-{n}" for n in range(10)]
    path = _batch_file(lab, "ten.ini", "[fine]\nprivate-name = ok.private.lab.test\n" + "".join(
        f"[{name}]\nprivate-name = {'nowhere' if n % 2 else 'stranger'}.private.lab.test\n"
        for n, name in enumerate(names)))
    as_json, run = lab.both("host", ["--config", path])
    invariants.text_form(run)
    head, _, perfdata = run.stdout.split("\n")[0].partition(" | ")
    result = invariants.json_form(as_json)
    for endpoint in result["endpoints"]:
        item = f"{endpoint['name']} [{endpoint['reason']}]"
        need((item in head) == (endpoint["severity"] != 0), f"{item}: {head}")
    need(perfdata.startswith("endpoints=11 ok=1 warning=0 critical=10 unknown=0"), perfdata)
    labels = [item.split("=")[0].split(".") for item in perfdata.split()[5:]]
    for name in {label[0] for label in labels}:
        wanted = next(endpoint for endpoint in result["endpoints"] if endpoint["name"] == name)["metrics"]
        have = {label[1] for label in labels if label[0] == name}
        need(have == set(wanted), f"{name} has {sorted(have)}")
    lab.texts.append(("ten broken", run.stdout))


SPECIALS = [five_hundred, one_mistake, recorded, picked, precedence, odd_files, extra_opts, same_as_alone, ten_broken]
