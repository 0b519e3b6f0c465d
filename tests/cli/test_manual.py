#!/usr/bin/python3
"""The man page has every option, metric and reason code of the tables, and groff accepts it. The
completion offers the right words. The sample configuration is accepted.

    test_manual.py MANUAL PROGRAM
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPTIONS = ROOT / "checks/options"


def names(table, pattern):
    return re.findall(pattern, (OPTIONS / table).read_text(), re.S)


def manual_problems(path):
    text = re.sub(r"\\f[BIR]", " ", pathlib.Path(path).read_text()).replace("\\-", "-")
    options = names("options.def", r'PL_OPTION\(\w+, "([^"]+)"[^;]*?PL_GROUP_\w+,\s*(\w+)')
    wanted = [f"--{name}" for name, front_ends in options if front_ends != "IN_PLUGIN"]
    wanted += names("../facts/reasons.def", r'PL_REASON\(\w+, "([^"]+)"')
    wanted += [name for name, daemon_only in
               names("../facts/metrics.def", r'PL_METRIC\(\w+, "([^"]+)", \w+, (?:"[^"]*", ){4}(\w+)')
               if daemon_only == "false"]
    yield from (f"the manual lacks {word}" for word in wanted
                if not re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", text))
    if re.search(r"@[A-Z_]+@", text):
        yield "a field of the template was not filled in"
    if shutil.which("groff"):
        # -dAD=l: groff 1.23 ignores .ad in the page, and warns about long words that it cannot adjust.
        done = subprocess.run(["groff", "-man", "-dAD=l", "-Tutf8", "-ww", "-z", path],
                              capture_output=True, text=True, check=False)
        yield from done.stderr.splitlines()


def completions(program, *words, **options):
    script = (f'. {ROOT}/nagios/check_privatelink.bash; COMP_WORDS=("$@"); '
              "COMP_CWORD=$(($# - 1)); _check_privatelink; printf '%s\\n' \"${COMPREPLY[@]}\"")
    done = subprocess.run(["bash", "-c", script, "bash", program, *words], capture_output=True,
                          text=True, check=True, **options)
    return done.stdout.split()


def completion_problems(program):
    config = f"{ROOT}/nagios/privatelink.ini"
    rows = [
        (["--public-r"], {"--public-resolver"}),
        (["--probe", ""], {"tcp", "tls", "http"}),
        (["--on-unproven", "=", "un"], {"unknown"}),
        (["--preset", "rock"], {"rockset"}),
        (["--check", "p"], {"port", "public"}),
        (["--print-config", ""], {"ini", "collectd"}),
        (["--config", config, "--endpoint", "b"], {"billing"}),
    ]
    for words, wanted in rows:
        found = set(completions(program, *words))
        if found != wanted:
            yield f"completion of {words}: {sorted(found)}, not {sorted(wanted)}"


def planted_problems(program):
    """A program of that name in the current directory is not run, however it is found."""
    with tempfile.TemporaryDirectory() as folder:
        planted = pathlib.Path(folder, "check_privatelink")
        planted.write_text("#!/bin/sh\necho >ran\n")
        planted.chmod(0o755)
        away = os.path.dirname(program)
        for command, path in (("./check_privatelink", "/usr/bin:/bin"),
                              ("check_privatelink", ".:/usr/bin:/bin"),
                              ("check_privatelink", ":/usr/bin:/bin"),
                              ("./check_privatelink", f"{away}:/usr/bin:/bin")):
            found = completions(command, "--pub", cwd=folder, env={"PATH": path})
            if pathlib.Path(folder, "ran").exists():
                yield f"completion of {command} with PATH={path} runs a file of the current directory"
            if away in path and "--public-name" not in found:
                yield f"completion of {command} does not use the installed program"
        completions(program, "--pub/p;1e touch ran;#", "x", cwd=folder)
        if pathlib.Path(folder, "ran").exists():
            yield "completion runs a command that is in an option"


def command_problems():
    """Every macro in the command definitions is in quotes."""
    for path in (ROOT / "nagios/definitions").iterdir():
        for line in path.read_text().splitlines():
            if re.match(r"\s*command(_line|\[)", line) and re.search(r"(?<!')\$(ARG\d+|HOST\w+)\$|\$(ARG\d+|HOST\w+)\$(?!')", line):
                yield f"{path.name}: a macro without quotes: {line.strip()}"


def sample_problems(program):
    """The timeout is too short to send anything: only reading the file is tested."""
    done = subprocess.run([program, "--config", f"{ROOT}/nagios/privatelink.ini", "--output", "json",
                           "--timeout", "0.1"], capture_output=True, text=True, check=False,
                          env={"PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true"})
    for endpoint in json.loads(done.stdout)["endpoints"]:
        if endpoint["reason"] == "usage":
            yield f"the sample configuration: {endpoint['name']}: {endpoint['summary']}"


def main(manual, program):
    problems = [*manual_problems(manual), *completion_problems(os.path.abspath(program)),
                *planted_problems(os.path.abspath(program)), *command_problems(), *sample_problems(program)]
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
