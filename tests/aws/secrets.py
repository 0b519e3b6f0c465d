#!/usr/bin/python3
"""No secret key, session token or signature is in an output, a log, a command line, the environment
or a file of check_privatelink or the plugin, whatever fails. check_privatelink writes no core dump.

    tests/aws/run /usr/bin/python3 tests/aws/secrets.py CHECK_PRIVATELINK [PRIVATELINK_SO]
"""

import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab.aws.fake import Fake
from lab.aws.fixture import ID, REGION, ROLE, SECRET, make_fixture

OUTPUTS = ([], ["-vvv"], ["--explain"], ["--output", "json"])
COLLECTD_CONF = """
BaseDir "{folder}"
PIDFile "{folder}/pid"
PluginDir "{folder}/plugins"
TypesDB "/usr/share/collectd/types.db"
Interval 1
LoadPlugin logfile
<Plugin logfile>
  LogLevel debug
  File "{folder}/log"
</Plugin>
LoadPlugin privatelink
<Plugin privatelink>
  StateInterval 1
  <Endpoint "one">
    EndpointId "{id}"
    Check "state"
  </Endpoint>
</Plugin>
"""
COLLECTD = shutil.which("collectd", path="/usr/sbin:/usr/bin")


class Failure(Exception):
    pass


class World:
    def __init__(self, program, plugin):
        self.program, self.plugin = program, plugin
        self.fake = Fake().start()
        self.folder = tempfile.mkdtemp(prefix="aws-secrets-")

    def file(self, name, text, mode=0o600):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as target:
            target.write(text)
        os.chmod(path, mode)
        return path

    def environment(self, more):
        environment = {"PATH": os.environ["PATH"], "HOME": os.path.join(self.folder, "nobody"),
                       "AWS_REGION": REGION, "AWS_ENDPOINT_URL": self.fake.url,
                       "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.fake.url}
        return environment | more

    def command(self, options):
        return [self.program, "--check", "state", "--endpoint-id", ID, *options]

    def clean(self, what, text):
        for secret in self.fake.secrets():
            # The first half of a long one counts, too.
            if secret in text or (len(secret) >= 40 and secret[:20] in text):
                raise Failure(f"{what}: {secret!r} is in {text!r}")


# ---- sources: options and environment of each --------------------------------------------------


def temporary_keys(w):
    access_key, secret, token = w.fake.new_keys()
    return [], {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret,
                "AWS_SESSION_TOKEN": token}


def shared_file(w):
    path = w.file("credentials", "[default]\naws_access_key_id = AKIDEXAMPLE\n"
                  f"aws_secret_access_key = {SECRET}\n")
    return [], {"AWS_SHARED_CREDENTIALS_FILE": path}


def role(w):
    _, environment = shared_file(w)
    return ["--aws-role-arn", ROLE], environment


def process(w):
    access_key, secret, token = w.fake.new_keys()
    answer = w.file("answer", json.dumps({"Version": 1, "AccessKeyId": access_key,
                                          "SecretAccessKey": secret, "SessionToken": token}))
    config = w.file("config", f"[profile p]\ncredential_process = /bin/cat {answer}\n")
    return ["--aws-profile", "p"], {"AWS_CONFIG_FILE": config}


def web_identity(w):
    token = w.file("token", w.fake.behaviour.identity_token)
    return [], {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": token}


def container(w):
    w.fake.behaviour.container["token"] = "pod-token-0123456789-0123456789-0123456789"
    return [], {"AWS_CONTAINER_CREDENTIALS_FULL_URI": w.fake.url + "/container",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": w.fake.behaviour.container["token"]}


def metadata(w):
    del w
    return [], {}


SOURCES = [temporary_keys, shared_file, role, process, web_identity, container, metadata]
FAULTS = {
    "all is well": [],
    "the API echoes what it was sent": [{"code": "SignatureDoesNotMatch", "http": 403, "times": 99,
                                         "echo": True}],
    "an error code of the future": [{"code": "Odd", "http": 400, "times": 99, "echo": True}],
}


# ---- the checks --------------------------------------------------------------------------------


def outputs(w):
    """No secret is in an output, for every source, whatever fails."""
    for source in SOURCES:
        for name, faults in FAULTS.items():
            for output in OUTPUTS:
                w.fake.reset(make_fixture())
                options, environment = source(w)
                w.fake.behaviour.faults = [{**fault, "action": "DescribeVpcEndpoints"}
                                           for fault in faults]
                done = subprocess.run(w.command([*options, "-t", "2", *output]), timeout=60,
                                      capture_output=True, text=True, check=False,
                                      env=w.environment(environment))
                if not done.stdout:
                    raise Failure(f"{source.__name__}, {name}: no output: {done.stderr}")
                w.clean(f"{source.__name__}, {name}, {output}", done.stdout + done.stderr)


def hang(w, source):
    """The program while it has its credentials and waits for the API."""
    w.fake.reset(make_fixture())
    options, environment = source(w)
    w.fake.behaviour.faults = [{"action": "DescribeVpcEndpoints", "delay": 15, "times": 99}]
    child = subprocess.Popen(
        w.command([*options, "-t", "12"]), env=w.environment(environment), cwd=w.folder,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2))
    end = time.monotonic() + 10
    while not any(entry.get("action") == "DescribeVpcEndpoints" for entry in list(w.fake.log)):
        if time.monotonic() > end or child.poll() is not None:
            raise Failure(f"{source.__name__}: the API was not asked")
        time.sleep(0.02)
    return child


def no_core(w):
    """A signal that dumps core writes no core dump, and no other file."""
    before = set(os.listdir(w.folder))
    child = hang(w, temporary_keys)
    with open(f"/proc/{child.pid}/limits", encoding="utf-8") as file:
        limits = [line for line in file if line.startswith("Max core file size")]
    child.send_signal(signal.SIGQUIT)
    child.wait(20)
    if limits[0].split()[4:6] != ["0", "0"]:
        raise Failure(limits[0])
    written = set(os.listdir(w.folder)) - before
    if written:
        raise Failure(f"files were written: {written}")


def process_table(w):
    """No secret is in /proc/PID/environ or /proc/PID/cmdline, for every source."""
    for source in SOURCES:
        child = hang(w, source)
        try:
            for name in ("environ", "cmdline"):
                with open(f"/proc/{child.pid}/{name}", "rb") as file:
                    text = file.read().decode(errors="replace")
                if not text:
                    raise Failure(f"{source.__name__}: {name} is empty")
                w.clean(f"{source.__name__}: {name}", text)
        finally:
            child.kill()
            child.wait()


def daemon_log(w):
    """No secret is in collectd's log and output at the level debug."""
    if w.plugin is None or COLLECTD is None:
        print("     SKIPPED: collectd's log (no plugin given, or collectd is not installed)")
        return
    log = os.path.join(w.folder, "log")
    plugins = os.path.join(w.folder, "plugins")
    os.makedirs(plugins, exist_ok=True)
    for path in (w.plugin, "/usr/lib/collectd/logfile.so"):
        shutil.copy(path, plugins)
    configuration = w.file("collectd.conf", COLLECTD_CONF.format(folder=w.folder, id=ID))
    w.fake.reset(make_fixture())
    _, environment = temporary_keys(w)
    child = subprocess.Popen([COLLECTD, "-f", "-C", configuration], env=w.environment(environment),
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    time.sleep(3)
    for faults in list(FAULTS.values())[1:]:
        w.fake.behaviour.faults = [dict(fault) for fault in faults]
        time.sleep(3)
    child.terminate()
    said, _ = child.communicate(timeout=20)
    with open(log, encoding="utf-8") as file:
        text = file.read() + said
    if "state.credentials" not in text:
        raise Failure(f"the daemon logged no failure: {text}")
    w.clean("log", text)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    w = World(os.path.abspath(sys.argv[1]),
              os.path.abspath(sys.argv[2]) if len(sys.argv) == 3 else None)
    bad = 0
    for check in (outputs, no_core, process_table, daemon_log):
        try:
            check(w)
            print(f"ok   {check.__doc__}", flush=True)
        except Failure as failure:
            bad += 1
            print(f"FAIL {check.__doc__}\n     {failure}", flush=True)
    shutil.rmtree(w.folder)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
