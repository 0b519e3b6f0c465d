"""The evidence log: what a run adds, what --verify-evidence finds, and time stamps as files."""

import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

from lab.case import Case, need

# Every other explanation of the block is accepted: these scenarios are about the log alone.
PROVEN = "--name api --blocked-by http:403:Forbidden --accept tenant,request,inspection"


def _folder(lab, name):
    path = os.path.join(lab.world.folder, f"evidence-{name}")
    shutil.rmtree(path, ignore_errors=True)
    os.mkdir(path, 0o700)
    return path


def _command(lab, words, code, text):
    """Runs the check without a check; returns what it says."""
    run = lab.run("host", words.split())
    need(run.code == code and text in run.stdout,
         f"{words}: exit {run.code}, must be {code} with {text!r}:\n{run.stdout}{run.stderr}")
    return run.stdout


def _key(lab, folder):
    said = _command(lab, f"--make-evidence-key {folder}/key", 0, "private key")
    need(os.stat(f"{folder}/key").st_mode & 0o7777 == 0o600, "the key is not private")
    return said


def _round(lab, folder, public, code, text="", more="", **options):
    case = Case("", "ok", public, more=f"{PROVEN} --public-ca-file {{ca}} --evidence {folder}/log "
                                       f"--evidence-key {folder}/key {more}")
    run = lab.run("host", case.arguments(lab.words), **options)
    need(run.code == code and text in run.stdout,
         f"{public}: exit {run.code}, must be {code} with {text!r}:\n{run.stdout}")


def _verify(lab, folder, code, text, more=""):
    return _command(lab, f"--verify-evidence {folder}/log --public-key {folder}/key.pub {more}", code, text)


def _file(folder):
    """The newest."""
    return sorted(glob.glob(f"{folder}/log/*.jsonl"))[-1]


def _lines(folder, of="verdict"):
    lines = []
    for path in sorted(glob.glob(f"{folder}/log/*.jsonl")):
        with open(path, encoding="utf-8") as file:
            lines += [json.loads(line) for line in file]
    return [line for line in lines if line["type"] == of]


def changes(lab):
    """A line for each verdict that changed, and each is judged again with the same result"""
    folder = _folder(lab, "changes")
    _key(lab, folder)
    for public, code in (("s403", 0), ("s403", 0), ("open", 2), ("open", 2), ("s403", 0)):
        _round(lab, folder, public, code)
    _round(lab, folder, "s403", 0, more="--timeout 11")
    found = [(line["why"], line["verdict"]["public"], line["verdict"]["severity"]) for line in _lines(folder)]
    # Another public name is another configuration.
    need(found == [("first", "blocked", 0), ("configuration", "open", 2), ("configuration", "blocked", 0),
                   ("configuration", "blocked", 0)], f"{found}")
    need(_lines(folder)[0]["verdict"]["rivals"]["tenant"] == "accepted", "the rivals are missing")
    need(len(_lines(folder, "signature")) == 4, "a line is not signed")
    said = _verify(lab, folder, 0, "EVIDENCE OK: the whole log is good")
    need("verdicts: 4, judged again with the same result: 4" in said, said)
    need(os.stat(_file(folder)).st_mode & 0o7777 == 0o600, "the file is not private")


def changed(lab):
    """The first bad line is named: a changed verdict, another key, a missing line, a torn one"""
    folder = _folder(lab, "changed")
    _key(lab, folder)
    for public, code in (("open", 2), ("s403", 0)):
        _round(lab, folder, public, code)
    path = _file(folder)
    name = os.path.basename(path)
    with open(path, encoding="utf-8") as file:
        lines = file.readlines()
    # Lines: day, open, signature, blocked, signature.
    for text, wanted in (
            (lines[:1] + [lines[1].replace('"public":"open"', '"public":"blocked"')] + lines[2:],
             f"{name}:2: the facts of api give another verdict"),
            (lines[:2] + [re.sub('"key":".{16}', '"key":"' + 16 * "0", lines[2])] + lines[3:],
             f"{name}:3: signed with another key"),
            (lines[:3] + lines[4:], f"{name}:4: the line before it was changed, or lines are missing"),
            (lines[:4] + [lines[4][:50]], f"{name}:5: the last line is torn")):
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(text))
        _verify(lab, folder, 2, f"EVIDENCE CRITICAL: {wanted}")
    # The newest lines are missing: nothing inside the log shows that.
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(lines[:3]))
    head = hashlib.sha256(lines[4].rstrip("\n").encode()).hexdigest()
    _verify(lab, folder, 0, "the whole log is good")
    _verify(lab, folder, 2, "lines at the end were removed", f"--known-head {head}")


def no_space(lab):
    """A full disk is evidence.failed, and the check goes on; the next run with room says so"""
    folder = _folder(lab, "full")
    _key(lab, folder)
    _round(lab, folder, "s403", 0)
    full = {"prefix": "prlimit --fsize=0"}
    _round(lab, folder, "open", 2, "[public.open]", **full)
    _round(lab, folder, "s403", 1, "[evidence.failed]", **full)  # as the last line, but one is missing
    _round(lab, folder, "s451", 2, "public", **full)
    _round(lab, folder, "s403", 1, "[evidence.failed]", "--timeout 11", **full)
    _round(lab, folder, "open", 2)
    need(_lines(folder)[-1]["why"] == "failed", "no line says that others are missing")
    _verify(lab, folder, 0, "the whole log is good")
    os.chmod(f"{folder}/log", 0o777)
    _round(lab, folder, "s403", 1, "chmod go-w")


def at_once(lab):
    """Many runs at once tear nothing"""
    folder = _folder(lab, "once")
    _key(lab, folder)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda i: _round(lab, folder, "s403" if i % 2 else "open", 2 * (1 - i % 2),
                                       more=f"--name api-{i}"), range(6)))
    need(len(_lines(folder)) == 6, f"{len(_lines(folder))} lines")
    _verify(lab, folder, 0, "the whole log is good")


def stopped(lab):
    """An endpoint that is no longer checked is no gap"""
    folder = _folder(lab, "stopped")
    _key(lab, folder)
    _round(lab, folder, "s403", 0)
    log = f"--evidence {folder}/log --evidence-key {folder}/key"
    _command(lab, f"--stop-evidence apo {log}", 0, "the name is wrong")
    said = _command(lab, f"--stop-evidence api {log}", 0, "no longer checked")
    need("wrong" not in said, said)
    need(_lines(folder, "stop")[-1]["endpoint"] == "api", "there is no line of it")
    _verify(lab, folder, 0, "the whole log is good")
    _round(lab, folder, "s403", 0)
    need(len(_lines(folder)) == 2, "it is checked again, but has no new line")


def reported(lab):
    """A report has each verdict and its end; it is broken if the log is"""
    folder = _folder(lab, "reported")
    _key(lab, folder)
    for public, code in (("s403", 0), ("open", 2), ("s403", 0)):
        _round(lab, folder, public, code)
    key = f"--public-key {folder}/key.pub"
    report = json.loads(_command(lab, f"--report {folder}/log {key} --output json", 0, '"signed":"verified"'))
    (endpoint,) = report["endpoints"]
    (check,) = [one for one in endpoint["checks"] if one["check"] == "public"]
    found = [(one["state"], one["reason"], one["ended_by"]["state"]) for one in check["exceptions"]]
    need(found == [("open", "public.open", "blocked")], f"{check}")
    need({one["rival"] for one in endpoint["accepted"]} >= {"tenant"}, f"{endpoint['accepted']}")
    need(len(endpoint["configurations"]) == 3, f"{endpoint['configurations']}")
    _command(lab, f"--report {folder}/log --to 2020-01-01 --from 2019-01-01", 0, "has no endpoint up to")
    _command(lab, f"--report {folder}/log --from 2199-01-01", 3, "the period is empty")
    _command(lab, f"--report {folder}/log --to 1.1.2026", 3, "--to: must be YYYY-MM-DD")
    _command(lab, f"--report {folder}/log --output-file {folder}/page --output html", 0, "")
    with open(_file(folder), "r+", encoding="utf-8") as file:
        text = file.read().replace('"public":"open"', '"public":"blocked"')
        file.seek(0)
        file.write(text)
        file.truncate()
    for form, part in (("text", "EVIDENCE CRITICAL: the log is broken"), ("json", '"intact":false'),
                       ("html", 'class="state broken">EVIDENCE CRITICAL: the log is broken')):
        _command(lab, f"--report {folder}/log {key} --output {form}", 2, part)


AUTHORITY = """cd {folder} &&
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=ca -days 9 &&
openssl req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=tsa &&
printf 'extendedKeyUsage=critical,timeStamping\\nkeyUsage=critical,digitalSignature\\n' >ext &&
openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 9 -extfile ext -out tsa.pem &&
printf '[tsa]\\ndefault_tsa=t\\n[t]\\nserial={folder}/serial\\nsigner_digest=sha256\\ndefault_policy=1.2.3.4\\n' >conf &&
printf 'digests=sha256\\ness_cert_id_alg=sha256\\n' >>conf"""


def _shell(script):
    done = subprocess.run(script, shell=True, capture_output=True, text=True, check=False)
    need(done.returncode == 0, f"{script}:\n{done.stderr}")


def stamped(lab):
    """A time stamp of openssl ts is added and verified; one of another authority is not good"""
    folder = _folder(lab, "stamped")
    _key(lab, folder)
    _round(lab, folder, "s403", 0)
    _shell(AUTHORITY.format(folder=folder))
    log = f"--evidence {folder}/log --evidence-key {folder}/key"
    said = _command(lab, f"--evidence-request {folder}/tsq {log}", 0, "request for line number 3")
    head = said.split()[-1]
    _shell(f"cd {folder} && openssl ts -reply -config conf -queryfile tsq -signer tsa.pem -inkey tsa.key -out tsr")
    _verify(lab, folder, 2, "no line that is left has a good time stamp", f"--evidence-ca {folder}/ca.pem")
    _shell(f"cd {folder} && openssl ts -verify -queryfile tsq -in tsr -CAfile ca.pem")
    _round(lab, folder, "open", 2)
    _command(lab, f"--evidence-response {folder}/tsr {log}", 0, "line number 3 has a time stamp of")
    _command(lab, f"--evidence-response {folder}/tsq {log}", 3, "not a response of a time-stamping authority")
    more = f"--evidence-ca {folder}/ca.pem --known-head {head}"
    _command(lab, f"--verify-evidence {folder}/log --evidence-ca {folder}/ca.pem", 0,
             "nobody has rewritten what the last time stamp covers")
    need("time stamps: 1, the last of" in _verify(lab, folder, 0, "whole log is good", more), "no stamp")
    _shell(f"openssl req -x509 -newkey rsa:2048 -nodes -keyout {folder}/o.key -out {folder}/o.pem -subj /CN=o -days 9")
    _verify(lab, folder, 2, "the time stamp is not good", f"--evidence-ca {folder}/o.pem")


def refused(lab):
    """Mistakes are named: no log, an existing key, no such directory, a hash that is none"""
    folder = _folder(lab, "refused")
    _key(lab, folder)
    _command(lab, f"--make-evidence-key {folder}/key", 3, f"--make-evidence-key: {folder}/key: cannot be written: File exists")
    _command(lab, f"--evidence-request {folder}/tsq", 3, "--evidence: needed")
    _command(lab, f"--verify-evidence {folder}/none", 3, f"{folder}/none: the evidence directory can't be opened")
    _command(lab, f"--verify-evidence {folder} --public-key {folder}/none", 3, f"--public-key: {folder}/none: cannot")
    _command(lab, f"--report {folder} --evidence-ca {folder}/key", 3,
             f"--evidence-ca: {folder}/key: no CA certificates can be read")
    need("1970" not in _command(lab, f"--verify-evidence {folder}", 2, "holds no evidence log"), "a time of no line")
    _command(lab, f"--verify-evidence {folder} --known-head x", 3, "--known-head")
    _command(lab, f"--verify-evidence {folder} --make-evidence-key k", 3, "cannot be combined with another command")


SPECIALS = [changes, changed, no_space, at_once, stopped, reported, stamped, refused]
