"""Output: a broken stdout, hostile text, length and spelling."""

import os
import re
import signal
import subprocess
import time

from lab import invariants
from lab.case import BASE, DOCUMENTED, Case, need

PROOF = "403 over verified TLS; the private side answers"

CASES = [
    Case("hostile certificate names", "hostile", "hostile-stranger", dns="OK", port="OK",
         public_is="UNKNOWN public.intercepted", verbose=True),
    Case("hostile bodies", "hostile-200", "hostile-403", dns="OK", port="OK", public_is="OK",
         proven=PROOF, split=True, more="--blocked-by http:403:time=0s --user-agent client/1.0",
         verbose=True),
    Case("a locale with decimal commas", "ok", "s403", dns="OK", port="OK", public_is="OK", proven=PROOF,
         more=DOCUMENTED,
         env={"LC_ALL": "de_DE.UTF-8", "LC_NUMERIC": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}),
    Case("sixty dead addresses fit into the limit", "ok", dns="OK", port="WARNING port.some-down",
         more="--address " + ",".join(f"10.99.0.{n}" for n in range(1, 60)), verbose=True),
    Case("a long name fits into the limit", "ok", "s403", dns="OK", port="OK", public_is="OK",
         proven=PROOF, more=DOCUMENTED + " --name " + "n" * 64),
]


def _healthy(lab):
    return Case("", "ok", "s403", more=DOCUMENTED).arguments(lab.words)


def broken_stdout(lab):
    """stdout that is full or closed: exit 3, whatever was found."""
    for form in ([], ["--output", "json"], ["--explain"], ["--help"], ["--list-presets"]):
        with open("/dev/full", "wb") as full:
            run = lab.run("host", _healthy(lab) + form, stdout=full)
        need(run.code == 3, f"/dev/full, {form}: exit {run.code}")
        run = lab.run("host", _healthy(lab) + form, prefix="sh -c 'exec \"$@\" >&-' sh", stdout=None)
        need(run.code == 3, f"closed, {form}: exit {run.code}")


def closed_descriptors(lab):
    """Descriptors 0 to 2 closed at the start: nothing is written into a socket."""
    run = lab.run("host", _healthy(lab), prefix="sh -c 'exec \"$@\" <&- >&- 2>&-' sh")
    need(run.code == 3, f"exit {run.code}")
    run = lab.run("host", _healthy(lab), prefix="sh -c 'exec \"$@\" <&- 2>&-' sh")
    need(run.code == 0 and run.stdout.startswith("PRIVATELINK OK: "), f"exit {run.code}: {run.stdout}")


def pipe_closed(lab):
    """A reader that closes the pipe: no crash."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        run = lab.run("host", _healthy(lab), stdout=writer)
    finally:
        os.close(writer)
    need(run.code in (3, -signal.SIGPIPE), f"exit {run.code}")


def terminated(lab):
    """A signal in the middle: it ends at once, with one line that says UNKNOWN."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1,
               signal.SIGUSR2)
    command = lab.world.clients["host"].wrap([lab.binary] + Case("", "drop", "drop").arguments(lab.words))
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                 for _ in numbers]
    time.sleep(1.0)
    for number, process in zip(numbers, processes):
        process.send_signal(number)
    for number, process in zip(numbers, processes):
        text, errors = process.communicate(timeout=3)
        need(process.returncode == 3 and text.startswith("PRIVATELINK UNKNOWN: stopped")
             and text.count("\n") == 1 and not errors,
             f"{number.name}: exit {process.returncode}: {text} {errors}")


def ends_its_children(lab):
    """A signal also ends a credential_process, with the processes that it has started."""
    pids = os.path.join(lab.world.folder, "pids")
    script = lab.world.file("slow-credentials", f"""#!/bin/sh
sleep 60 &
echo $$ $! >{pids}.part
mv {pids}.part {pids}
wait
""", 0o700)
    config = lab.world.file("aws-config", f"[default]\ncredential_process = {script}\n", 0o600)
    for number in (signal.SIGTERM, signal.SIGALRM):
        process = subprocess.Popen(
            lab.world.clients["host"].wrap([lab.binary, "--check", "state", "--endpoint-id",
                                            "vpce-0123456789abcdef0", "--region", "eu-central-1"]),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], "AWS_CONFIG_FILE": config, "AWS_EC2_METADATA_DISABLED": "true"})
        end = time.monotonic() + 8
        while not os.path.exists(pids) and time.monotonic() < end:
            time.sleep(0.02)
        with open(pids, encoding="ascii") as stream:
            children = stream.read().split()
        os.unlink(pids)
        process.send_signal(number)
        process.communicate(timeout=3)
        end = time.monotonic() + 3
        while any(_runs(pid) for pid in children) and time.monotonic() < end:
            time.sleep(0.02)
        need(len(children) == 2 and not any(_runs(pid) for pid in children),
             f"{number.name}: still running: {children}")


def _runs(pid):
    """A process that has ended and that nobody has waited for does not run."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stream:
            return stream.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def explained(lab):
    """--explain: every step, the reason and what to do next; no colour in a pipe."""
    for case in (Case("", "ok", "s403"), Case("", "one-dead", "open", more="--tls-name ok.private.lab.test"),
                 Case("", "nowhere", "drop"), Case("", "hostile", "hostile-stranger")):
        plain = lab.run("host", case.arguments(lab.words))
        run = lab.run("host", case.arguments(lab.words) + ["--explain"])
        invariants.clean(run)
        need(run.code == plain.code, f"exit {run.code} with --explain, {plain.code} without")
        need(not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", run.stdout), f"control characters: {run.stdout!r}")
        for reason in re.findall(r"\[([a-z]+\.[a-z-]+)\]$", plain.stdout, re.M):
            need(reason in run.stdout, f"{reason} is not explained:\n{run.stdout}")


def output_file(lab):
    """--output-file replaces a file as a whole, in every form. A run without a result leaves it alone."""
    path = os.path.join(lab.world.folder, "result")
    for form, begin in (("text", "PRIVATELINK OK"), ("json", '{"schema":1'), ("prometheus", "# HELP privatelink_status ")):
        run = lab.run("host", _healthy(lab) + ["--output", form, "--output-file", path])
        need(run.code == 0 and run.stdout == "", f"{form}: exit {run.code}, {run.stdout!r}")
        with open(path, encoding="utf-8") as stream:
            content = stream.read()
        need(content.startswith(begin) and content.endswith("\n"), f"{form}: {content[:80]!r}")
        need(os.stat(path).st_mode & 0o777 == 0o644, f"{form}: mode {os.stat(path).st_mode:o}")
    need('privatelink_public_verdict{endpoint="' in content and "_state_" not in content,
         f"only what is known: {content}")
    for more in (["--port", "0"], ["--output-file", f"{lab.world.folder}/missing/file"]):
        run = lab.run("host", _healthy(lab) + ["--output", "prometheus", "--output-file", path] + more)
        need(run.code == 3 and "UNKNOWN" in run.stdout, f"{more}: exit {run.code}, {run.stdout}")
        with open(path, encoding="utf-8") as stream:
            need(stream.read() == content, f"{more}: the file has changed")
    left = [name for name in os.listdir(lab.world.folder) if name.startswith("result.")]
    need(not left, f"temporary files are left: {left}")


def version_and_help(lab):
    """-V, -h and --list-presets: exit 3 as in monitoring-plugins, and text that fits a page's width."""
    for option, start in (("-V", "check_privatelink"), ("-h", "check_privatelink")):
        run = lab.run("host", [option])
        need(run.code == 3 and start in run.stdout, f"{option}: exit {run.code}: {run.stdout[:200]}")
        invariants.clean(run)
    run = lab.run("host", ["--list-presets"])
    need("rockset" in run.stdout, f"--list-presets: {run.stdout[:300]}")


def thresholds(lab):
    """-w and -c raise the severity with the reason threshold, and never lower it."""
    for options, code in ((["-w", "addresses_up=4:"], 1), (["-c", "addresses_up=4:"], 2),
                          (["-w", "addresses_up=3:"], 0), (["-c", "100"], 0),
                          (["-w", "@0:100"], 1),
                          (["-w", "addresses_up-eu-central-1a=0:"], 3)):
        as_json, as_text = lab.both("host", Case("", "ok").arguments(lab.words) + options)
        need(as_json.code == as_text.code == code, f"{options}: exit {as_text.code}, {as_json.code}: {as_text.stdout}")
        invariants.text_form(as_text)
        invariants.json_form(as_json)
        lab.texts.append((f"threshold {options}", as_text.stdout))
        need(code == 0 or "threshold" in as_text.stdout, f"{options}: {as_text.stdout}")


def unproven_ok(lab):
    """--on-unproven ok is the user's choice: OK, and still called UNPROVEN."""
    case = Case("", "ok", "drop", more="--witness dead-witness.lab.test --on-unproven ok")
    run = lab.run("host", case.arguments(lab.words))
    need(run.code == 0 and "UNPROVEN" in run.stdout and "public.no-egress" in run.stdout, run.stdout)


def healthy_section(lab):
    """A healthy section is not cut: all its performance data, and a line for each check, without totals."""
    body = "".join(f"{key} = {value}\n" for key, value in (
        ("private-name", "s403.split.lab.test"), ("public-name", "s403.split.lab.test"),
        ("resolver", BASE["--resolver"]), ("public-resolver", BASE["--public-resolver"]),
        ("witness", BASE["--witness"]), ("ca-file", lab.words["ca"]), ("public-ca-file", lab.words["ca"]),
        ("blocked-by", "http:403:^Forbidden"), ("user-agent", "client/1.0")))
    for name in ("db", "rockset-prod", "a-name-of-25-characters-xx"):
        path = lab.world.file("healthy.ini", f"[{name}]\n{body}")
        as_json, run = lab.both("host", ["--config", path])
        need(set(invariants.text_form(run)) == {"dns", "port", "public"}, run.stdout)
        metrics = invariants.json_form(as_json)["endpoints"][0]["metrics"]
        head = run.stdout.split("\n")[0]
        need(run.code == 0 and "..." not in run.stdout and "(cut)" not in run.stdout, run.stdout)
        need("endpoints=" not in head and all(f" {name}.{metric}=" in head for metric in metrics), head)
        lab.texts.append((f"healthy section {name}", run.stdout))


def unknown_omitted(lab):
    """--omit-unknown leaves out the values U, and nothing else."""
    arguments = Case("", "nowhere", "s403").arguments(lab.words)
    plain, run = lab.run("host", arguments), lab.run("host", arguments + ["--omit-unknown"])
    invariants.text_form(run)
    items = [[item.split("=")[0] for item in one.stdout.split("\n")[0].split(" | ")[1].split()
              if not re.search("=U(;|$)", item)] for one in (plain, run)]
    need("=U" in plain.stdout and "=U" not in run.stdout and items[0] == items[1], f"{plain.stdout}{run.stdout}")
    lab.texts.append(("omit unknown", run.stdout))


def needs_no_witness(lab):
    """An HTTP block does not wait for a witness: it is reported while the silent one is still asked."""
    case = Case("", "ok", "s403", split=True, more=DOCUMENTED + " --witness dead-witness.lab.test --connect-timeout 9")
    result = invariants.json_form(lab.run("host", case.arguments(lab.words) + ["--output", "json"]))
    public = result["endpoints"][0]["checks"][-1]
    need(public["verdict"] == "blocked", public["summary"])
    need(public["witnesses"] and not any(witness["probes"] for witness in public["witnesses"]), public["witnesses"])
    text = lab.run("host", case.arguments(lab.words) + ["-vvv"]).stdout
    need("time limit" not in text, text)


SPECIALS = [broken_stdout, closed_descriptors, pipe_closed, terminated, ends_its_children, explained, version_and_help,
            output_file, thresholds, unproven_ok, healthy_section, unknown_omitted, needs_no_witness]
