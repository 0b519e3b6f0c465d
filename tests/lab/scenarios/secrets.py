"""The API key: read safely, sent only to verified private addresses, and never shown."""

import base64
import glob
import os
import signal
import subprocess
import time

from lab import hosts
from lab.case import Case, need
from lab.runner import CANARY


def _refused(lab, path, what):
    run = lab.run("shared", ["-H", "ok.private.lab.test", "--api-key-file", path])
    need(run.code == 3 and "--api-key-file" in run.stdout and run.stdout.count("\n") == 1,
         f"{what}: exit {run.code}: {run.stdout}")
    need(CANARY not in run.stdout, f"{what}: the key is in the output")


def unsafe_files(lab):
    """A key file that others can read, a link, a FIFO, a directory, an empty file: refused."""
    folder = lab.world.folder
    for mode in (0o644, 0o640, 0o604, 0o660):
        _refused(lab, lab.world.file(f"key-{mode:o}", CANARY, mode), f"mode {mode:o}")
    link = os.path.join(folder, "key-link")
    os.symlink(lab.words["key"], link)
    _refused(lab, link, "symbolic link")
    fifo = os.path.join(folder, "key-fifo")
    os.mkfifo(fifo, 0o600)
    _refused(lab, fifo, "FIFO")
    _refused(lab, folder, "directory")
    _refused(lab, "/dev/null", "device")
    _refused(lab, lab.world.file("key-empty", "", 0o600), "empty")
    _refused(lab, lab.world.file("key-blank", "\n\n", 0o600), "blank")
    _refused(lab, lab.world.file("key-long", "k" * 5000, 0o600), "too long")
    _refused(lab, lab.world.file("key-lines", CANARY + "\r\nX-Evil: 1\n", 0o600), "two lines")


def _sent(lab, arguments, **options):
    """What nginx saw of one run: {address: [Authorization headers]}."""
    before = len(lab.world.requests())
    run = lab.run("host", arguments, **options)
    time.sleep(0.1)  # nginx writes its log after the answer
    seen = {}
    for line in lab.world.requests()[before:]:
        address, rest = line.split(" [", 1)
        seen.setdefault(address, []).append(rest.split("]")[0])
    return run, seen


def _key_to(lab, more, header):
    case = Case("", "keyed", "s403", more="--api-key-file {key} " + more)
    run, seen = _sent(lab, case.arguments(lab.words))
    need(CANARY not in run.stdout, "the key is in the output")
    private, public = seen.get(hosts.private("keyed"), []), seen.get(hosts.public("s403"), [])
    need(header in private, f"the private side saw {private}")
    need(set(private) <= {header, "-"}, f"the private side saw {private}")
    need(public and set(public) == {"-"}, f"the public side saw {public}")
    need(not any(CANARY in text for address, texts in seen.items() for text in texts
                 if address != hosts.private("keyed")), f"the key went elsewhere: {seen}")


def only_to_the_private_side(lab):
    """The key is sent to the private address, and not in the counter-proof or to the public one."""
    _key_to(lab, "", f"Bearer {CANARY}")


def schemes(lab):
    """--api-key-scheme names the scheme, and none sends the bare key."""
    _key_to(lab, "--api-key-scheme ApiKey", f"ApiKey {CANARY}")
    _key_to(lab, "--api-key-scheme none", CANARY)


def not_to_a_stranger(lab):
    """Over an unverified or expired certificate, nothing is sent at all."""
    for name in ("stranger", "expired", "wrong-name", "not-yet"):
        case = Case("", name, None, more="--api-key-file {key}")
        run, seen = _sent(lab, case.arguments(lab.words))
        texts = [text for texts in seen.values() for text in texts]
        need(not any(CANARY in text for text in texts), f"{name}: the key was sent: {seen}")
        need(run.code == 2, f"{name}: exit {run.code}")


def not_to_a_public_answer(lab):
    """If private DNS returns a public address, the key is not sent there."""
    case = Case("", "leak", None, more="--api-key-file {key} --tls-name ok.private.lab.test")
    _, seen = _sent(lab, case.arguments(lab.words))
    need(hosts.public("open") not in seen, f"the public address was asked: {seen}")


def not_to_a_public_range(lab):
    """--private-range does not make a public address one that gets the key."""
    case = Case("", "public-only", None, more="--api-key-file {key} --tls-name keyed.public.lab.test "
                "--private-range 0.0.0.0/0")
    run, seen = _sent(lab, case.arguments(lab.words) + ["-v"])
    need(seen.get(hosts.public("open")) == ["-"], f"the public address was not asked, or with a key: {seen}")
    need("asked without the API key" in run.stdout, f"the output does not say so: {run.stdout}")


REPLACED = ["-H keyed401.private.lab.test", "--address {priv_keyed401}", "--port 8443",
            "--tls-name keyed.public.lab.test", "--ca-file {ca}", "--private-range 10.0.0.0/8",
            "--resolver 10.0.0.4", "--endpoint-id vpce-0123456789abcdef0",
            "--aws-endpoint-url https://127.0.0.1"]


def not_where_the_command_line_says(lab):
    """The command line cannot decide where the key of a configuration file goes."""
    config = lab.world.file("keyed.ini", f"""[keyed]
private-name = keyed.private.lab.test
resolver = {hosts.VPC_RESOLVER}
ca-file = {lab.words['ca']}
api-key-file = {lab.words['key']}
""")
    aside = lab.world.file("aside.ini", "[aside]\naddress = {priv_keyed401}\n".format(**lab.words))
    run, seen = _sent(lab, ["--config", config, "--extra-opts", f"aside@{aside}"])
    need(not seen and run.code == 3 and "where the key goes" in run.stdout, f"--extra-opts: {run.stdout} {seen}")
    for source in (["--config", config], ["--extra-opts", f"keyed@{config}"]):
        run, seen = _sent(lab, source)
        need(f"Bearer {CANARY}" in seen.get(hosts.private("keyed"), []), f"no key was sent: {seen} {run}")
        for option in REPLACED:
            more = option.format(**lab.words).split()
            run, seen = _sent(lab, source + more)
            need(not seen and run.code == 3 and "where the key goes" in run.stdout,
                 f"{more}: {run.stdout} {seen}")
        run, seen = _sent(lab, source + ["--path", "/other", "--timeout", "9"])
        need(f"Bearer {CANARY}" in seen.get(hosts.private("keyed"), []), f"other options: {run.stdout}")


def not_after_a_redirect(lab):
    """A redirect is not followed."""
    case = Case("", "redirect", "redirect", more="--api-key-file {key}")
    _, seen = _sent(lab, case.arguments(lab.words))
    need(set(seen) <= {hosts.private("redirect"), hosts.public("redirect"), hosts.WITNESS,
                       hosts.WITNESS6}, f"asked: {seen}")


def not_in_the_command_line(lab):
    """The key is not in argv, environment or a core dump."""
    case = Case("", "drop", None, more="--api-key-file {key}")
    folder = os.path.join(lab.world.folder, "cores")
    os.makedirs(folder, exist_ok=True)
    process = subprocess.Popen(
        lab.world.clients["host"].wrap(["prlimit", "--core=unlimited", lab.binary]
                                       + case.arguments(lab.words)),
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "ASAN_OPTIONS": "disable_coredump=0"})
    time.sleep(1.0)
    for part in ("cmdline", "environ"):
        with open(f"/proc/{process.pid}/{part}", "rb") as stream:
            need(CANARY.encode() not in stream.read(), f"the key is in /proc/PID/{part}")
    process.send_signal(signal.SIGQUIT)
    process.communicate(timeout=20)
    need(not glob.glob(os.path.join(folder, "*")), f"a core dump was written: {os.listdir(folder)}")


def everything_explained(lab):
    """Not even -vvv and --explain show it."""
    case = Case("", "keyed", "s403", more="--api-key-file {key}")
    for form in (["-vvv"], ["--explain"], ["--output", "json"]):
        run = lab.run("host", case.arguments(lab.words) + form)
        need(CANARY not in run.stdout + run.stderr, f"{form} shows the key")


def _forms():
    """The key, and what a server may make of it."""
    half = CANARY[:len(CANARY) // 2]
    coded = base64.b64encode(CANARY.encode()).decode().rstrip("=")
    return [CANARY.lower(), half.lower(), coded.lower()]


def not_by_an_echo(lab):
    """A server that repeats the key does not get it printed, in any form of output."""
    for name in ("echo-plain", "echo-lower", "echo-half", "echo-base64", "echo-garbage"):
        case = Case("", name, "s403", more="--api-key-file {key}")
        for form in (["-vvv"], ["--explain"], ["--output", "json"]):
            run = lab.run("host", case.arguments(lab.words) + form)
            shown = (run.stdout + run.stderr).lower()
            need(not any(text in shown for text in _forms()), f"{name} {form}: {run.stdout}")
        if name != "echo-garbage":
            need("is not valid" in shown, f"{name}: no sample of the answer without a key: {shown}")


SPECIALS = [not_by_an_echo, unsafe_files, only_to_the_private_side, schemes, not_to_a_stranger,
            not_to_a_public_answer, not_to_a_public_range, not_where_the_command_line_says, not_after_a_redirect, not_in_the_command_line,
            everything_explained]
