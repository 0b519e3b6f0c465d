"""The poller over time: what it keeps, what it forgets, and when keys are replaced."""

import subprocess
import time

from aws.probe import require, role_files, static_text, without_keys
from lab.aws.fixture import ID, ROLE


def poll(w, seconds, *ids, script=(), **environment):
    """Runs a poller and, at the given times, changes the fake's behaviour."""
    with subprocess.Popen([w.program, "poll", str(seconds), *ids], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True,
                          env=w.environment(**environment)) as child:
        begin = time.monotonic()
        for moment, change in script:
            time.sleep(max(0, begin + moment - time.monotonic()))
            change()
        out, err = child.communicate(timeout=60)
    require(child.returncode == 0, err[-2000:])
    return out.splitlines()


def poller_keeps(w):
    """the poller keeps the last answer while the API fails, and reports the failure"""
    def fail():
        w.fake.behaviour.faults = [{"action": "DescribeVpcEndpoints", "times": 1000,
                                    "code": "AuthFailure", "http": 401}]

    def repair():
        w.fake.behaviour.faults = []
    lines = poll(w, 6, ID, script=[(2, fail), (4, repair)])
    require(lines[:-1] == [
        f"{ID} found known=1 state=available pending=0",
        f"{ID} credentials wrong or expired known=1 state=available pending=0",
        f"{ID} found known=1 state=available pending=0"], lines)


def poller_forgets(w):
    """an endpoint that is gone is gone at once"""
    lines = poll(w, 4, ID, "vpce-other", script=[(2, lambda: w.fake.fixture.update(
        VpcEndpoints=[]))])
    require(f"{ID} found known=1 state=available pending=0" in lines, lines)
    require(lines[-2] == f"{ID} not found known=0 state= pending=0", lines)
    require("vpce-other not found known=0 state= pending=0" in lines, lines)


def poller_first_seen(w):
    """pending counts from when it was first seen"""
    def pending():
        w.fake.behaviour.state = {ID: {"State": "pending"}}
    lines = poll(w, 4, ID, script=[(2, pending)])
    require(lines[-2] == f"{ID} found known=1 state=pending pending=1", lines)


def refreshed_before_the_end(w):
    """keys of a role are replaced before they expire, so that nothing is ever refused"""
    w.fake.behaviour.session_seconds = 4
    config = w.file("role", f"[default]\nrole_arn = {ROLE}\nsource_profile = base\n")
    lines = poll(w, 7, ID, **{**role_files(w, ""), "AWS_CONFIG_FILE": config})
    require(lines[:-1] == [f"{ID} found known=1 state=available pending=0"], lines)
    require(w.calls("AssumeRole") >= 3, w.calls())


def refresh_fails(w):
    """keys that can't be replaced serve until they expire, and no longer"""
    w.fake.behaviour.session_seconds = 5
    config = w.file("role", f"[default]\nrole_arn = {ROLE}\nsource_profile = base\n")
    calls = []

    def deny():
        w.fake.behaviour.deny_assume = True

    def count():
        calls.extend(w.calls())
    lines = poll(w, 8, ID, script=[(1, deny), (4, count)],
                 **{**role_files(w, ""), "AWS_CONFIG_FILE": config})
    require(calls.count("AssumeRole") >= 2, f"no refresh was tried: {calls}")
    require(lines[:-1] == [f"{ID} found known=1 state=available pending=0",
                           f"{ID} no credentials known=1 state=available pending=0"], lines)


def metadata_outage(w):
    """an outage of the metadata service: its keys are used beyond their end"""
    w.fake.behaviour.metadata["expires_in"] = 4

    def fail():
        w.fake.behaviour.metadata["status"] = 500
    lines = poll(w, 7, ID, script=[(1, fail)], **without_keys())
    asked = [e for e in w.fake.log if e["path"].endswith("security-credentials/")]
    require(len(asked) >= 2, "no refresh was tried")
    require(lines[:-1] == [f"{ID} found known=1 state=available pending=0"], lines)


def keys_are_rotated(w):
    """keys that were replaced in the shared file are read again when the API refuses the old ones"""
    path = w.file("credentials", "[default]\n" + static_text())

    def rotate():
        w.fake.keys["AKIDNEW"] = ("n" * 40, None)
        w.file("credentials", "[default]\naws_access_key_id = AKIDNEW\n"
               f"aws_secret_access_key = {'n' * 40}\n")
        w.fake.behaviour.expired_keys = ["AKIDEXAMPLE"]
    lines = poll(w, 4, ID, script=[(1.5, rotate)],
                 **without_keys(AWS_SHARED_CREDENTIALS_FILE=path))
    require(lines[:-1] == [f"{ID} found known=1 state=available pending=0"], lines)


def region_is_corrected(w):
    """a region that can't be used is read again from the profile that was corrected"""
    path = w.file("config", "[default]\nregion = eu_central_1\n")

    def correct():
        w.file("config", "[default]\nregion = eu-west-1\n")
    lines = poll(w, 4, ID, script=[(1.5, correct)], AWS_REGION=None, AWS_ENDPOINT_URL=None,
                 AWS_CONFIG_FILE=path, https_proxy=w.fake.url)
    require(lines[0] == f"{ID} could not ask known=0 state= pending=0", lines)
    asked = {e["path"] for e in w.fake.log if e["method"] == "CONNECT"}
    require(asked == {"ec2.eu-west-1.amazonaws.com:443"}, (asked, lines))


def denied_details(w):
    """a part that is not allowed is asked for once in a detail interval, as one that is"""
    w.fake.behaviour.denied = ["DescribeVpcEndpointServices", "DescribeSecurityGroups"]
    poll(w, 3.5, ID)
    asked = {name: w.calls(name) for name in ("DescribeVpcEndpoints", "DescribeNetworkInterfaces",
                                              "DescribeVpcEndpointServices", "DescribeSecurityGroups")}
    require(asked.pop("DescribeVpcEndpoints") >= 3 and set(asked.values()) == {1}, asked)


def poller_ends(w):
    """the poller ends in well under a second, with a call in flight"""
    w.fake.behaviour.faults = [{"delay": 4, "times": 1000}]
    lines = poll(w, 0.5, ID)
    require(float(lines[-1].split()[1]) < 0.5, lines)
