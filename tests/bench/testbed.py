"""The testbed of the benchmark: a network namespace with addresses, names and servers (lab.c), and
processes whose cost is measured."""

import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import netns

RESOLVER = "10.53.0.1"
NETWORKS = ["10.53.0.0/24", "10.64.0.0/16", "10.65.0.0/16", "10.66.0.0/16", "52.58.0.0/16"]
# As in lab.c.
PORTS = {"p256": 443, "rsa": 4430}
SILENT_PORT = 4431
COUNTERS = ("questions", "connections", "handshakes", "answers")


class Skipped(Exception):
    """This machine does not have what a measurement needs."""


class Testbed:
    """One for each process. The process enters it, and it is removed when the process ends."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.check = self.program("nagios/check_privatelink")
        self.raw = self.program("tests/bench/bench_raw")
        self.probe = self.program("tests/bench/bench_probe")
        self.fleet = self.program("tests/bench/bench_fleet")
        processors = sorted(os.sched_getaffinity(0))
        self.server_processors = processors[:1]
        self.folder = tempfile.mkdtemp(prefix="privatelink-bench-")
        try:
            netns.enter()
        except netns.LabError as error:
            raise Skipped(str(error)) from error
        netns.run(["ip", "-batch", "-"], "link add c0 type veth peer name c1\n"
                  # The host needs an address that is not a loopback address.
                  "addr add 10.53.1.1/30 dev c0\nlink set c0 up\nlink set c1 up\n"
                  + "".join(f"route add local {network} dev lo\n" for network in NETWORKS))
        netns.run(["nft", "-f", "-"], "table inet bench { chain input { type filter hook input "
                  "priority 0; ip daddr 10.65.0.0/16 tcp dport 443 drop; }; }")
        resolv = os.path.join(self.folder, "resolv.conf")
        with open(resolv, "w", encoding="ascii") as file:
            file.write(f"nameserver {RESOLVER}\n")
        netns.bind_file(resolv, os.path.realpath("/etc/resolv.conf"))
        # The servers run on one processor, and what is measured on another.
        self.lab = subprocess.Popen([self.program("tests/bench/bench_lab"), self.folder],
                                    stdout=subprocess.PIPE, preexec_fn=lambda: (
                                        netns.die_with_parent(),
                                        os.sched_setaffinity(0, self.server_processors)))
        if self.lab.stdout.readline() != b"ready\n":
            raise SystemExit("bench_lab did not start")
        os.sched_setaffinity(0, processors[-1:])

    def program(self, path):
        path = os.path.join(self.build, path)
        if not os.path.exists(path):
            raise SystemExit(f"{path} is not built: cmake --preset release && "
                             "cmake --build --preset release")
        return path

    def static_check(self):
        """The program of the static build, in the folder next to the build that is measured."""
        path = os.path.join(os.path.dirname(self.build), "static", "nagios", "check_privatelink")
        if not os.path.exists(path):
            raise Skipped("not built: cmake --preset static && cmake --build --preset static")
        return path

    def close(self):
        self.lab.kill()
        self.lab.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def ca(self, kind="p256"):
        return os.path.join(self.folder, f"{kind}.pem")

    def served(self):
        with open(os.path.join(self.folder, "counters"), "rb") as file:
            return dict(zip(COUNTERS, struct.unpack("4Q", file.read(32))))

    def raw_command(self, count, concurrency, kind="p256", addresses=1000):
        return [self.raw, self.ca(kind), PORTS[kind], count, concurrency, addresses]

    def probe_command(self, count, *options, kind="p256"):
        return [self.probe, "--ca-file", self.ca(kind), "--port", PORTS[kind], *options, count]


class Cost:
    """The cost of a finished process."""

    def __init__(self, status, usage, seconds, output):
        self.ok = status == 0
        self.cpu = usage.ru_utime + usage.ru_stime
        self.faults = usage.ru_minflt + usage.ru_majflt
        self.rss_kb = usage.ru_maxrss
        self.seconds = seconds
        self.output = output

    def json(self):
        """The output of bench_probe."""
        if not self.ok:
            raise SystemExit(f"bench_probe failed: {self.output}")
        return json.loads(self.output)


def cost(command, environment=None):
    """Runs a command, and waits for it and its children."""
    with tempfile.TemporaryFile() as output:
        begin = time.monotonic()
        process = subprocess.Popen([str(word) for word in command], stdout=output, stderr=output,
                                   stdin=subprocess.DEVNULL, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        seconds = time.monotonic() - begin
        output.seek(0)
        return Cost(status, usage, seconds, output.read().decode("utf-8", "replace"))


class Profile:
    """A run under callgrind: the number of instructions, and of calls of a function."""

    def __init__(self, bed, command):
        path = os.path.join(bed.folder, "callgrind.out")
        done = cost(["valgrind", "--tool=callgrind", f"--callgrind-out-file={path}", *command])
        found = re.search(r"Collected : (\d+)", done.output)
        if not done.ok or not found:
            raise SystemExit(f"{command[0]} failed under callgrind: {done.output}")
        self.instructions = int(found[1])
        with open(path, encoding="utf-8", errors="replace") as file:
            self._calls = _count_calls(file)

    def calls(self, function):
        return self._calls.get(function, 0)


def _count_calls(lines):
    """Callgrind writes "(id) name" once for each function, and after that only "(id)"."""
    names, calls, callee = {}, {}, None
    for line in lines:
        named = re.match(r"c?fn=\((\d+)\)(?: (.*))?", line)
        if named:
            if named[2]:
                names[named[1]] = named[2].strip()
            if line.startswith("cfn="):
                callee = names[named[1]]
        elif line.startswith("calls="):
            calls[callee] = calls.get(callee, 0) + int(line[6:].split()[0])
    return calls
