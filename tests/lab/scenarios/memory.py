"""What a check remembers between runs: the alarm, a damaged state, and a directory of another user."""

import fcntl
import glob
import os
import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

from lab.case import Case, need

# Every other explanation of the block is accepted: these scenarios are about the memory alone.
PROVEN = "--name api --blocked-by http:403:Forbidden --accept tenant,request,inspection"


def _folder(lab, name):
    path = os.path.join(lab.world.folder, f"state-{name}")
    shutil.rmtree(path, ignore_errors=True)
    return path


def _run(lab, public, folder=None, more="", client="host", **options):
    state = f"--state-dir {folder}" if folder else ""
    case = Case("", "ok", public, more=f"{PROVEN} --public-ca-file {{ca}} {state} {more}")
    return lab.run(client, case.arguments(lab.words), **options)


def _story(lab, folder, rounds, more="", **options):
    """Each round: what is public, the exit code, and what the text must contain."""
    for number, (public, code, text) in enumerate(rounds):
        run = _run(lab, public, folder, more, **options)
        need(run.code == code and text in run.stdout,
             f"run {number + 1} ({public}): exit {run.code}, must be {code} with {text!r}:\n{run.stdout}")


def _file(folder):
    files = glob.glob(os.path.join(folder, "*.json"))
    need(len(files) == 1, f"{folder} has {os.listdir(folder)}")
    return files[0]


def alarm(lab):
    """After `open` the alarm stays until the second proven block in a row"""
    folder = _folder(lab, "alarm")
    _story(lab, folder, [
        ("s403", 0, "1/1 blocked"),
        ("open", 2, "[public.open]"),
        ("s403", 2, "was open, 1 of 2 blocks proven since"),
        ("s451", 2, "OPEN"),
        ("s403", 2, "was open, 1 of 2 blocks proven since"),
        ("stranger", 2, "was open, 0 of 2 blocks proven since: UNPROVEN"),
        ("s403", 2, "was open, 1 of 2 blocks proven since"),
        ("s403", 0, "1/1 blocked"),
    ])
    need(os.stat(folder).st_mode & 0o7777 == 0o700, "the directory is not private")
    need(os.stat(_file(folder)).st_mode & 0o7777 == 0o600, "the file is not private")
    need(os.listdir(folder) == [os.path.basename(_file(folder))], f"left over: {os.listdir(folder)}")


def recovery(lab):
    """--recovery says how many proven blocks end it"""
    _story(lab, _folder(lab, "one"), [("open", 2, ""), ("s403", 0, "")], "--recovery 1")
    _story(lab, _folder(lab, "three"), [
        ("open", 2, ""), ("s403", 2, "1 of 3"), ("s403", 2, "2 of 3"), ("s403", 0, "")], "--recovery 3")


def without(lab):
    """Without a state directory, each run stands alone"""
    _story(lab, None, [("open", 2, ""), ("s403", 0, "")])


def unproven(lab):
    """After an unproven run, the first proven block is not OK; the first run of all is"""
    _story(lab, _folder(lab, "unproven"), [
        ("stranger", 3, "UNPROVEN"), ("s403", 3, "1 of 2 blocks proven since"), ("s403", 0, "")])


def environment(lab):
    """The directory of NAGIOS_PLUGIN_STATE_DIRECTORY, then of MP_STATE_PATH"""
    first, second = _folder(lab, "nagios"), _folder(lab, "mp")
    _story(lab, None, [("open", 2, ""), ("s403", 2, "was open")],
           env={"NAGIOS_PLUGIN_STATE_DIRECTORY": first, "MP_STATE_PATH": second})
    _file(first)
    need(not os.path.exists(second), "both directories are used")
    _story(lab, None, [("open", 2, ""), ("s403", 2, "was open")],
           env={"NAGIOS_PLUGIN_STATE_DIRECTORY": "", "MP_STATE_PATH": second})
    option = _folder(lab, "option")
    _story(lab, option, [("s403", 0, "")], env={"MP_STATE_PATH": second})


def damaged(lab):
    """A torn, empty or unreadable file is no OK, until two blocks are proven"""
    folder = _folder(lab, "damaged")
    for how in (lambda path: os.truncate(path, 100), lambda path: os.truncate(path, 0),
                lambda path: os.chmod(path, 0o666),
                lambda path: (os.remove(path), os.symlink("/etc/passwd", path))):
        _story(lab, folder, [("s403", 0, "")])
        how(_file(folder))
        _story(lab, folder, [("s403", 3, "[public.memory]"),
                             ("s403", 0, "")])


def locked(lab):
    """A new alarm waits for a state directory that is locked; if it can't be stored, the line says so"""
    for held, end, text in ((1.5, "", "was open, 0 of 2"), (60, "the alarm is not remembered", "UNPROVEN: ")):
        folder = _folder(lab, "locked")
        _story(lab, folder, [("s403", 0, "")])
        directory = os.open(folder, os.O_RDONLY)
        fcntl.flock(directory, fcntl.LOCK_EX)
        timer = threading.Timer(held, fcntl.flock, (directory, fcntl.LOCK_UN))
        timer.start()
        _story(lab, folder, [("open", 2, end)], "--timeout 4")
        timer.cancel()
        os.close(directory)
        _story(lab, folder, [("stranger", 2 if end == "" else 3, text)])


def not_ok(lab):
    """--on-unproven ok does not make an unknown alarm OK"""
    folder = _folder(lab, "not-ok")
    _story(lab, folder, [("s403", 0, "")])
    os.truncate(_file(folder), 10)
    _story(lab, folder, [("s403", 3, "UNPROVEN"), ("s403", 0, "")], "--on-unproven ok")


def refused(lab):
    """A directory that others may write, and a link to one, are refused"""
    folder = _folder(lab, "refused")
    os.mkdir(folder)
    os.chmod(folder, 0o777)
    _story(lab, folder, [("s403", 3, "chmod go-w")] * 3)
    need(os.listdir(folder) == [], "something was written to it")
    os.chmod(folder, 0o700)
    link = _folder(lab, "link")
    os.symlink(folder, link)
    _story(lab, link, [("s403", 3, "not a link")])
    os.unlink(link)


def only_the_state_file(lab):
    """A caller's arguments make it write one file, whose name they do not choose, and follow no link"""
    folder, elsewhere = _folder(lab, "only"), _folder(lab, "elsewhere")
    os.mkdir(folder, 0o700)
    os.mkdir(elsewhere, 0o700)
    victim = os.path.join(elsewhere, "victim")
    with open(victim, "w", encoding="ascii") as stream:
        stream.write("as it was")
    before = sorted(os.listdir(lab.world.folder))
    _story(lab, folder, [("s403", 0, "")])
    name = os.path.basename(_file(folder))
    need(re.fullmatch(r"[0-9a-f]{16}\.json", name), name)
    os.remove(os.path.join(folder, name))
    os.symlink(victim, os.path.join(folder, name))
    _story(lab, folder, [("s403", 3, "[public.memory]"), ("s403", 0, "")])
    _story(lab, folder, [("s403", 3, "--name")], f"--name ../{os.path.basename(elsewhere)}/victim")
    need(open(victim, encoding="ascii").read() == "as it was", "the target of a link was written")
    need(os.listdir(elsewhere) == ["victim"], f"left over: {os.listdir(elsewhere)}")
    need(os.listdir(folder) == [name] and not os.path.islink(_file(folder)), f"{os.listdir(folder)}")
    need(sorted(os.listdir(lab.world.folder)) == before, "a file was written elsewhere")


def another_user(lab):
    """Another user's directory is read, and never written"""
    folder = _folder(lab, "another")
    _story(lab, folder, [("open", 2, "")])
    os.chmod(folder, 0o755)
    os.chmod(_file(folder), 0o644)
    before = open(_file(folder), encoding="utf-8").read()
    for path in (folder, _file(folder)):
        os.chown(path, 1, 1)
    _story(lab, folder, [("s403", 2, "1 of 2"), ("s403", 2, "1 of 2")])
    need(open(_file(folder), encoding="utf-8").read() == before, "it was written")


def no_space(lab):
    """A full disk ends no alarm, and hides none"""
    folder, full = _folder(lab, "full"), {"prefix": "prlimit --fsize=0"}
    _story(lab, folder, [("open", 2, ""), ("s403", 2, "1 of 2")])
    _story(lab, folder, [("s403", 1, "can't be written")] * 2, **full)
    _story(lab, folder, [("s403", 0, ""), ("s403", 0, "")])
    _story(lab, folder, [("open", 2, "")], **full)
    _story(lab, folder, [("s403", 3, "[public.memory]"), ("s403", 0, "")])


def at_once(lab):
    """Many runs at once tear nothing, and one that sees it open is not forgotten"""
    folder = _folder(lab, "once")
    _story(lab, folder, [("s403", 0, "")])
    with ThreadPoolExecutor(6) as pool:
        runs = list(pool.map(lambda public: _run(lab, public, folder), ["s403"] * 5 + ["open"]))
    need(all("public.memory" not in run.stdout for run in runs), "a run found a torn file")
    need(runs[-1].code == 2, f"open: exit {runs[-1].code}")
    _story(lab, folder, [("open", 2, ""), ("s403", 2, "1 of 2"), ("s403", 0, "")])


def other_endpoints(lab):
    """Each name has a file of its own"""
    folder = _folder(lab, "names")
    _story(lab, folder, [("open", 2, "")])
    _story(lab, folder, [("s403", 0, "")], "--name other")
    need(len(os.listdir(folder)) == 2, f"{os.listdir(folder)}")


def reachable(lab):
    """Where it is to be reachable, open is no alarm; the block after it needs two runs"""
    folder = _folder(lab, "reachable")
    _story(lab, folder, [("open", 0, "")] * 2, "--expect-public reachable")
    _story(lab, folder, [("s403", 3, "1 of 2"), ("s403", 0, "")])


SPECIALS = [alarm, recovery, without, unproven, environment, damaged, locked, not_ok, refused,
            only_the_state_file, another_user, no_space, at_once, other_endpoints, reachable]
