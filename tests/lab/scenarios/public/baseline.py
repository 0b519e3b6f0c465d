"""Public: what a check remembers of the time when the endpoint was open, and what proves nothing."""

import glob
import os
from concurrent.futures import ThreadPoolExecutor

from lab.case import Case, need

OPEN = "--expect-public reachable"
SILENT = "--witness {witness} --public-resolver {outer_says_silent}"  # later, each name leads to a silent address
TENANT = "public.tenant"


def _folder(lab, name):
    path = os.path.join(lab.world.folder, f"baseline-{name}")
    os.mkdir(path, 0o700)
    return path


def _run(lab, folder, public, more, want, private="ok"):
    """`want`: "OK", or the reason that must be in the text."""
    case = Case("", private, public, more=f"--name api --state-dir {folder} --recovery 1 {more}")
    run = lab.run("host", case.arguments(lab.words))
    right = run.code == 0 if want == "OK" else run.code != 0 and f"[{want}]" in run.stdout
    need(right, f"{public} {more}: exit {run.code}, must be {want}:\n{run.stdout}")
    return run.stdout


def recorded(lab):
    """Open with 200, and blocked later: the baseline rules the tenant out."""
    folder = _folder(lab, "recorded")
    text = _run(lab, folder, "open", OPEN, "OK")
    need("1/1 addresses open; baseline recorded" in text, text)
    _run(lab, folder, "open", SILENT, "OK")


def not_recorded(lab):
    """A wildcard, a 404, a status above 499 and an authority of nobody give no baseline."""
    for public, want, why in (("wild-200", "OK", "another name is answered in the same way"),
                              ("s404", "OK", "a status of 401 or below 400"), ("s500", "public.open", "401 or below 400 at --path"),
                              ("expired", "public.open", "a certificate with SCTs")):
        folder = _folder(lab, public)
        text = _run(lab, folder, public, OPEN, want)
        need("baseline recorded" not in text and "no baseline: " in text and why in text, f"{public}: {text}")
        _run(lab, folder, public, SILENT, TENANT)


def wildcard_certificate(lab):
    """With --public-probe tls, a certificate for any name gives no baseline, and the line says what does."""
    folder = _folder(lab, "tls")
    text = _run(lab, folder, "open", OPEN + " --public-probe tls", "OK")
    need("no baseline: the certificate is good for another name, too" in text and "--accept tenant" in text, text)
    text = _run(lab, folder, "open", OPEN + " --public-probe tcp", "OK")
    need("no baseline: --public-probe tcp sees no certificate" in text, text)


def of_another_name(lab):
    """The same state, and another public name, port or path: it counts no more."""
    folder = _folder(lab, "another")
    _run(lab, folder, "open", OPEN, "OK")
    _run(lab, folder, "s403", SILENT, TENANT)
    folder = _folder(lab, "path")
    _run(lab, folder, "open", OPEN, "OK")
    _run(lab, folder, "open", f"{SILENT} --path /v2", TENANT)


def private_side_changed(lab):
    """The private side answers otherwise than when the endpoint was open: it does not count."""
    folder = _folder(lab, "private")
    _run(lab, folder, "open", OPEN, "OK")
    _run(lab, folder, "open", SILENT, TENANT, private="s401")


def copied(lab):
    """The file of another endpoint under this endpoint's name is no baseline of it."""
    folder, mine = _folder(lab, "theirs"), _folder(lab, "mine")
    _run(lab, folder, "open", OPEN, "OK")
    with open(glob.glob(os.path.join(folder, "*.json"))[0], encoding="utf-8") as stream:
        text = stream.read()
    path = os.path.join(mine, os.path.basename(glob.glob(os.path.join(folder, "*.json"))[0]))
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    _run(lab, mine, "s404", SILENT, TENANT)


def _garbage(path):
    with open(path, "w", encoding="utf-8") as stream:
        stream.write('{"version": 1, "baseline": 1}')


HARMS = {"torn": lambda path: os.truncate(path, os.path.getsize(path) // 2), "garbage": _garbage,
         "writable": lambda path: os.chmod(path, 0o666), "foreign": lambda path: os.chown(path, 7, 7)}


def damaged(lab):
    """A baseline in a file that is torn, garbage, another user's or open to all is not believed."""
    def harmed(name):
        folder = _folder(lab, name)
        _run(lab, folder, "open", OPEN, "OK")
        HARMS[name](glob.glob(os.path.join(folder, "*.json"))[0])
        case = Case("", "ok", "open", more=f"--name api --state-dir {folder} --recovery 1 {SILENT}")
        run = lab.run("host", case.arguments(lab.words))
        need(run.code == 3, f"{name}: exit {run.code}: {run.stdout}")

    with ThreadPoolExecutor(len(HARMS)) as pool:
        list(pool.map(harmed, HARMS))


SPECIALS = [recorded, not_recorded, wildcard_certificate, of_another_name, private_side_changed, copied, damaged]
