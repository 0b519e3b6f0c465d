"""Clean Debian systems, unpacked from a base that is kept between runs. For programs that run under
tests/packaging/contained, which removes mounts and processes afterwards.

Bases and downloaded packages are kept in $XDG_CACHE_HOME/privatelink-monitor. A base that is older than
a week is built again. apt verifies the packages that it takes from there.
"""

import fcntl
import glob
import hashlib
import os
import pathlib
import shlex
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab.netns import die_with_parent

SCRATCH = os.environ.get("SCRATCH", "")
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
                     "privatelink-monitor")
WEEK = 7 * 24 * 3600
PATIENCE = 90  # seconds to wait for any event; the machine may be shared
# In every system, so that it can boot.
COMMON = ["systemd-sysv", "dbus", "sudo"]
SILENT_APT = ["-q", "-y", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=300"]
CLEAN = ["env", "-i", "--chdir=/", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
         "HOME=/root", "DEBIAN_FRONTEND=noninteractive"]
# Files that no package owns and that a running system changes.
CHANGING = ("dev", "proc", "run", "sys", "tmp", "var/cache", "var/log", "var/tmp", "var/lib/apt",
           "var/lib/dpkg", "var/lib/systemd", "etc/resolv.conf", "etc/machine-id",
           "etc/ld.so.cache",
           "var/lib/dbus", "etc/.updated", "var/.updated", "root", "test")


class Failure(Exception):
    """A requirement of the test is not met."""


def must(what, condition, details=""):
    if not condition:
        raise Failure(f"{what}: no\n{details}")
    print(f"ok  {what}", flush=True)


def wait(what, condition, patience=PATIENCE):
    """Waits for a true value of `condition`, and returns it."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            print(f"ok  {what}", flush=True)
            return value
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {patience} s")
        time.sleep(0.2)


def output(command, **options):
    """Runs a command and returns its output. Raises Failure with the output if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, check=False, errors="replace", **options)
    if done.returncode != 0:
        raise Failure(f"{shlex.join(command)}: exit {done.returncode}\n{done.stdout[-8000:]}")
    return done.stdout


def status(command):
    """(exit code, standard output) of a command that may fail."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          stdin=subprocess.DEVNULL, check=False, errors="replace")
    return done.returncode, done.stdout


def mirror():
    """The Debian mirror that apt uses on this machine."""
    mirrors = output(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages",
                     "Label: Debian"]).split()
    if not mirrors:
        raise Failure("apt has no Debian mirror here; run apt-get update")
    return mirrors[0]


def base(suite, packages, architectures):
    """The archive of a new system of `suite` with these packages."""
    os.makedirs(CACHE, exist_ok=True)
    key = hashlib.sha256(" ".join(packages + architectures).encode()).hexdigest()[:12]
    path = os.path.join(CACHE, f"{suite}-{key}.tar.zst")
    with open(path + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(path) or time.time() - os.path.getmtime(path) > WEEK:
            output(["mmdebstrap", "--quiet", "--variant=apt", "--dpkgopt=force-unsafe-io",
                    *(["--architectures=" + ",".join(architectures)] if architectures else []),
                    "--include=" + ",".join(packages), suite, path + ".new.tar.zst", mirror()])
            os.rename(path + ".new.tar.zst", path)
    return path


def unpack(suite, packages=tuple(COMMON), architectures=()):
    """Unpacks a new system in a folder of $SCRATCH."""
    path = os.path.join(SCRATCH, suite)
    os.mkdir(path)
    output(["tar", "-C", path, "--zstd", "--numeric-owner", "-xf",
            base(suite, list(packages), list(architectures))])
    return path


class Root:
    """A clean Debian system in $SCRATCH, to run commands in. `plain`: a folder for chroot with these packages
    and no others. Otherwise it is a mount point, as the root of a system is, and can boot."""

    def __init__(self, suite, packages=(), plain=False, architectures=()):
        self.path = unpack(suite, ([] if plain else COMMON) + sorted(packages), architectures)
        if not plain:
            output(["mount", "--bind", self.path, self.path])
        self.namespace = None  # a namespace of the lab; None: this host's network
        os.makedirs(f"{self.path}/dev/shm", exist_ok=True)
        self.mount()
        archives = os.path.join(CACHE, suite + "-archives")
        os.makedirs(archives + "/partial", exist_ok=True)
        self._mount("--bind", archives, "/var/cache/apt/archives")
        self.write("/etc/resolv.conf", open("/etc/resolv.conf", encoding="utf-8").read())

    def _mount(self, *words):
        output(["mount", *words[:-1], self.path + words[-1]])

    def mount(self):
        """Mounts what programs expect."""
        self._mount("-t", "proc", "proc", "/proc")
        for folder in ("/run", "/dev/shm"):
            self._mount("-t", "tmpfs", "tmpfs", folder)
        os.mkdir(self.path + "/run/lock")

    def unmount(self):
        """Unmounts that again, for systemd, which mounts them itself."""
        output(["umount", *(self.path + folder for folder in ("/proc", "/run", "/dev/shm"))])

    def write(self, path, text, mode=0o644):
        target = self.path + path
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(target, mode)

    def append(self, path, text):
        with open(self.path + path, "a", encoding="utf-8") as stream:
            stream.write(text)

    def read(self, path):
        with open(self.path + path, encoding="utf-8", errors="replace") as stream:
            return stream.read()

    def take(self, *files):
        """Copies files into the folder /test, and returns their paths there."""
        os.makedirs(self.path + "/test", exist_ok=True)
        output(["cp", "-r", "-t", self.path + "/test", *files])
        return ["/test/" + os.path.basename(file) for file in files]

    def wrap(self, command):
        inner = ["chroot", self.path, *CLEAN, *command]
        return self.namespace.wrap(inner) if self.namespace else inner

    def run(self, *command):
        return output(self.wrap(command))

    def status(self, *command):
        """(exit code, standard output)"""
        return status(self.wrap(command))

    def start(self, *command, **options):
        """Starts a process that ends with the test."""
        return subprocess.Popen(self.wrap(command), stdin=subprocess.DEVNULL,
                                preexec_fn=die_with_parent, **options)

    def apt(self, *words):
        return self.run("apt-get", *SILENT_APT, *words)

    def files(self):
        """All files that a package could leave: path, type, mode and owner."""
        prune = [word for path in CHANGING for word in ("-path", f"{self.path}/{path}", "-o")]
        listing = output(["find", self.path, "(", *prune[:-1], ")", "-prune", "-o",
                          "-printf", "%P %y %m %u %g\n"])
        return set(listing.splitlines())


class Booted:
    """A system that boots with systemd in a namespace of the lab. Commands enter it from outside."""

    def __init__(self, root):
        self.root = root
        root.unmount()
        os.makedirs("/run/systemd/nspawn", exist_ok=True)
        output(["mount", "-t", "tmpfs", "tmpfs", "/run/systemd/nspawn"])
        # Without an entry or a unit on this host.
        command = ["systemd-nspawn", "--register=no", "--keep-unit", "--quiet", "--boot",
                   "--link-journal=no", "--timezone=off", "--resolv-conf=off",
                   f"--directory={root.path}"]
        if root.namespace:
            command += [f"--network-namespace-path={root.namespace.path}"]
        self.log = os.path.join(SCRATCH, "boot.log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, preexec_fn=die_with_parent)
        self.leader = None

    def boots(self):
        """Waits until systemd runs. False if it cannot boot on this machine; prints why."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < end:
            self.leader = self.leader or self._leader()
            if self.leader:
                code, state = self.status("systemctl", "is-system-running")
                if state.strip() in ("running", "degraded"):
                    return True
            time.sleep(0.3)
        with open(self.log, encoding="utf-8", errors="replace") as log:
            print("SKIPPED: systemd-nspawn does not boot here\n"
                  + log.read()[-2000:], flush=True)
        self._ended()
        return False

    def _leader(self):
        """The first process of the system."""
        for folder in glob.glob("/proc/[0-9]*"):
            try:
                with open(folder + "/status", encoding="utf-8") as status:
                    fields = dict(line.split(":\t", 1) for line in status)
            except OSError:  # it has ended
                continue
            if fields["Name"] == "systemd\n" and fields["NSpid"].split()[1:] == ["1"]:
                return os.path.basename(folder)
        return None

    def wrap(self, command):
        return ["nsenter", f"--target={self.leader}", "--mount", "--uts", "--ipc", "--net", "--pid",
                "--root", "--", *CLEAN, *command]

    def run(self, *command):
        return output(self.wrap(command))

    def status(self, *command):
        return status(self.wrap(command))

    def power_off(self):
        self.status("systemctl", "poweroff")
        self._ended()

    def _ended(self):
        if self.leader is None:
            self.process.kill()
        self.process.wait(timeout=PATIENCE)
        output(["umount", "/run/systemd/nspawn"])
        self.root.mount()


def packages_of(folder):
    """The two binary packages in `folder`."""
    found = [path for path in sorted(glob.glob(f"{folder}/*_*.deb")) if "-dbgsym_" not in path]
    if len(found) != 2:
        raise Failure(f"{folder} holds {len(found)} packages, not 2: {found}")
    return found


def run_story(story):
    """Runs a test, and returns the exit code."""
    try:
        story()
    except Failure as failure:
        print(f"FAIL {failure}", flush=True)
        return 1
    return 0
