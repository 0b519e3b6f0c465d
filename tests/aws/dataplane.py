#!/usr/bin/python3
"""The checks that need no API tell the truth whatever the API does: without credentials, with wrong
ones, while it hangs, denies, throttles, or is not there. In the lab, with a fake EC2 in it.

    tests/aws/dataplane.py CHECK_PRIVATELINK
"""

import json
import pathlib
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import hosts
from lab.aws.fake import Fake
from lab.aws.fixture import ID, KEYS, REGION, make_fixture
from lab.case import SEVERITIES, Case, Failure, need
from lab.netns import LabError
from lab.runner import Lab
from lab.world import World

HERE = "10.0.9.5"  # the world's end of the wire to the client "host"

# What the API does: environment, behaviour, what `state` must say of it.
APIS = {
    "all is well": (KEYS, {}, "OK"),
    "no credentials": ({"AWS_EC2_METADATA_DISABLED": "true"}, {}, "UNKNOWN state.credentials"),
    "a wrong secret": ({**KEYS, "AWS_SECRET_ACCESS_KEY": "wrong"}, {}, "UNKNOWN state.credentials"),
    "it hangs": (KEYS, {"faults": [{"delay": 60, "times": 99}]}, "UNKNOWN state.api"),
    "it denies": (KEYS, {"denied": ["DescribeVpcEndpoints"]}, "UNKNOWN state.denied"),
    "it throttles": (KEYS, {"faults": [{"http": 503, "code": "RequestLimitExceeded", "times": 99}]},
                     "UNKNOWN state.throttled"),
    "it denies the interfaces": (KEYS, {"denied": ["DescribeNetworkInterfaces"]}, "OK"),
    "nobody is there": ({**KEYS, "AWS_ENDPOINT_URL": f"http://{HERE}:1"}, {}, "UNKNOWN state.api"),
}

# What the data plane does: names of hosts.py, and what dns, port and public must say, whatever the
# API does. NOT_KNOWN: whether the public address is the endpoint's own, only the API could say.
NOT_KNOWN = "as state"
ITS_REASON = {"it denies the interfaces": "UNKNOWN state.denied"}  # where it is not that of `state`
PLANES = {
    "well and blocked": ("api", "s403", "OK", "OK", "OK"),
    "the public endpoint is open": ("api", "open", "OK", "OK", "CRITICAL public.open"),
    "no private address answers": ("drop", "s403", "OK", "CRITICAL port.timeout",
                                   "UNKNOWN public.service-down"),
    "a public address among the private answers": ("leak", None, NOT_KNOWN, "OK", None),
}


def fixture(name="api"):
    """The endpoint, with the addresses of the lab's private side and a private name of it."""
    made = make_fixture()
    made["VpcEndpoints"][0]["DnsEntries"][-1]["DnsName"] = f"{name}.private.lab.test"
    for zone, interface in enumerate(made["NetworkInterfaces"], start=1):
        address = hosts.private("ok", zone)
        interface["PrivateIpAddress"] = address
        interface["PrivateIpAddresses"] = [{"PrivateIpAddress": address, "Primary": True}]
    return made


def said(check):
    if check["severity"] is None:
        return None
    reason = check["reason"]
    return SEVERITIES[check["severity"]] + (f" {reason}" if reason else "")


def attempt(lab, api, plane):
    environment, behaviour, state = APIS[api]
    private, public, *rest = PLANES[plane]
    fake = Fake(fixture(private), host=HERE).start()
    for name, value in behaviour.items():
        setattr(fake.behaviour, name, value)
    more = f"--endpoint-id {ID} --region {REGION} --private-dns any --accept request --check state,dns,port"
    case = Case(plane, private, public, more=more + (",public" if public else ""))
    run = lab.run("host", case.arguments(lab.words) + ["--output", "json"],
                  env={"AWS_ENDPOINT_URL": fake.url, **environment})
    checks = {check["check"]: said(check) for check in json.loads(run.stdout)["endpoints"][0]["checks"]}
    rest = [ITS_REASON.get(api, state) if word == NOT_KNOWN else word for word in rest]
    wanted = dict(zip(("state", "dns", "port", "public"), (state, *rest)))
    need(checks == wanted, f"{checks}, must be {wanted}")


def late(lab):
    """The API answers in time for `state`, but too late to ask for the name that it gives."""
    fake = Fake(fixture(), host=HERE).start()
    fake.behaviour.faults = [{"delay": 4.5, "times": 1}]
    more = f"--endpoint-id {ID} --region {REGION} --check state,dns,port -c addresses_up=1: --output json"
    run = lab.run("host", Case("late", None, None, more=more).arguments(lab.words),
                  env={"AWS_ENDPOINT_URL": fake.url, **KEYS})
    endpoint = json.loads(run.stdout)["endpoints"][0]
    checks = {check["check"]: said(check) for check in endpoint["checks"]}
    need(checks["state"] == "OK", f"{checks}")
    need(checks["dns"] == checks["port"] == "UNKNOWN state.api", f"{checks}")
    need("was not probed" not in run.stdout and "no resolver" not in run.stdout, run.stdout)
    thresholds = [finding["text"] for check in endpoint["checks"] for finding in check["findings"]
                  if finding["reason"] == "threshold"]
    need(len(thresholds) == 1 and "[state.api]" in thresholds[0], f"{thresholds}")
    need(endpoint["metrics"]["addresses_up"] is None, f"{endpoint['metrics']}")


def record_type(lab):
    """DnsRecordIpType says ipv4: no client gets the IPv6 addresses of the interfaces, which are dead."""
    for kind, verdict in (("ipv4", "OK"), ("dualstack", "WARNING port.some-down")):
        made = fixture()
        made["VpcEndpoints"][0]["DnsOptions"] = {"DnsRecordIpType": kind}
        for interface in made["NetworkInterfaces"]:
            interface["Ipv6Addresses"] = [{"Ipv6Address": hosts.private6("drop")}]
        fake = Fake(made, host=HERE).start()
        more = f"--endpoint-id {ID} --region {REGION} --private-dns any --check state,dns,port --output json"
        run = lab.run("host", Case("", "api", more=more).arguments(lab.words),
                      env={"AWS_ENDPOINT_URL": fake.url, **KEYS})
        port = json.loads(run.stdout)["endpoints"][0]["checks"][2]
        need(said(port) == verdict, f"{kind}: {port}")
        left_out = "IPv6 not judged: not in DNS (DnsRecordIpType)" in port["summary"]
        need(left_out == (kind == "ipv4"), f"{kind}: {port['summary']}")


# Further private names: what the API does, the name, further options, what dns must say, and words.
FURTHER = {
    "right": ("all is well", "ok", "", "OK", "the same for 1 further name"),
    "public": ("all is well", "leak", "", "CRITICAL dns.public-answer", "leak.private.lab.test -> 30."),
    "public, not wanted": ("all is well", "leak", "--further-names skip", "OK", "api.private.lab.test -> "),
    "not the endpoint's": ("all is well", "one-stranger", "", "CRITICAL dns.foreign-address",
                           "one-stranger.private.lab.test -> 10."),
    "NXDOMAIN": ("all is well", "unbound-nxdomain", "", "CRITICAL dns.nxdomain",
                 "unbound-nxdomain.private.lab.test does not exist"),
    "empty": ("all is well", "unbound-nodata", "", "CRITICAL dns.empty",
              "unbound-nodata.private.lab.test has no A record"),
    "refused": ("all is well", "unbound-refuse", "", "CRITICAL dns.refused", "unbound-refuse.private.lab.test A"),
    "silence": ("all is well", "unbound-deny", "", "CRITICAL dns.timeout", "unbound-deny.private.lab.test A"),
    "silence to the end": ("all is well", "unbound-deny", "--timeout 1.5 --connect-timeout 1.5",
                           "UNKNOWN dns.local-failure", "unbound-deny.private.lab.test A"),
    "public, it is late": ("it is late", "leak", "", "UNKNOWN state.api",
                           "too late to ask for their addresses: leak.private.lab.test"),
    "public, it denies": ("it denies", "leak", "", "OK", "api.private.lab.test -> "),
    "public, it hangs": ("it hangs", "leak", "", "OK", "api.private.lab.test -> "),
}


def further(lab, row):
    """A further private name of the endpoint is judged in the same section, and replay agrees."""
    api, name, more, verdict, words = FURTHER[row]
    made = fixture()
    made["VpcEndpoints"][0]["DnsEntries"][-1:] = [
        {"DnsName": entry, "HostedZoneId": "Z"} for entry in
        ("*.private.lab.test", "API.private.lab.test.", f"{name}.private.lab.test", f"{name.upper()}.private.lab.test.")]
    fake = Fake(made, host=HERE).start()
    late = {"faults": [{"delay": 4.5, "times": 1}]}
    for key, value in (late if api == "it is late" else APIS[api][1]).items():
        setattr(fake.behaviour, key, value)
    more = f"--endpoint-id {ID} --region {REGION} --private-dns any --check state,dns,port {more}"
    with tempfile.TemporaryDirectory() as folder:
        arguments = Case("", "api", more=more).arguments(lab.words)
        environment = {"AWS_ENDPOINT_URL": fake.url, **KEYS}
        run = lab.run("host", [*arguments, "--output", "json", "--record", f"{folder}/case"], env=environment)
        again = lab.run("host", ["--replay", f"{folder}/case", "--output", "json"])
    endpoint, replayed = (json.loads(done.stdout)["endpoints"][0] for done in (run, again))
    dns, port = endpoint["checks"][1:3]
    need(said(dns) == verdict and words in dns["summary"], f"{said(dns)} {dns['summary']}")
    need(said(port) == "OK", f"{port}")
    need(not replayed["replayed"]["differs"], f"{replayed['replayed']}")
    asked = {entry["name"] for entry in dns["further_names"]}
    need(asked == (set() if "skip" in more or "it" in api.split() else {f"{name}.private.lab.test"}), f"{asked}")
    if row == "public":
        text = lab.run("host", [*arguments, "--explain"], env=environment).stdout
        need("for A and AAAA of leak.private.lab.test" in text and
             f"$ dig @{hosts.VPC_RESOLVER} -p 53 leak.private.lab.test A" in text, text)


def discovered(lab):
    """Every private name of an endpoint that is found is judged, in any order, and wildcards are not."""
    names = ["*.private.lab.test", "leak.private.lab.test", "api.private.lab.test"]
    for order in (names, names[::-1]):
        made = fixture()
        entry = made["VpcEndpoints"][0]
        entry["Tags"] = [{"Key": "Name", "Value": "found"}]
        entry["DnsEntries"] = entry["DnsEntries"][:1] + [{"DnsName": name, "HostedZoneId": "Z"} for name in order]
        fake = Fake(made, host=HERE).start()
        more = f"--discover --region {REGION} --check dns --output json"
        run = lab.run("host", Case("", None, more=more).arguments(lab.words),
                      env={"AWS_ENDPOINT_URL": fake.url, **KEYS})
        found = {e["private_name"]: (e["name"], said(e["checks"][1])) for e in json.loads(run.stdout)["endpoints"]}
        usable = [name for name in order if "*" not in name]
        need(found == {"api.private.lab.test": (("found", "found.dns-2")[usable.index(names[2])], "OK"),
                       "leak.private.lab.test": (("found", "found.dns-2")[usable.index(names[1])],
                                                 "CRITICAL dns.public-answer")}, f"{found}")


def one(lab, api, plane):
    try:
        if api == "it is late":
            late(lab)
        elif api == "a further name":
            further(lab, plane)
        elif api == "--discover":
            discovered(lab)
        elif api == "DnsRecordIpType":
            record_type(lab)
        else:
            attempt(lab, api, plane)
        problem = ""
    except Failure as failure:
        problem = f"\n     {failure}"
    print(f"{'FAIL' if problem else 'ok  '} API: {api}; {plane}{problem}", flush=True)
    return not problem


def main():
    with World() as world:
        lab = Lab(world, sys.argv[1])
        # With the API well, the addresses of the endpoint are known, and only the good ones are its.
        table = [(api, plane) for api in APIS for plane in PLANES
                 if api != "all is well" or PLANES[plane][0] == "api"]
        table += [("it is late", "well"), ("DnsRecordIpType", "well"),
                  ("--discover", "several private names")]
        table += [("a further name", row) for row in FURTHER]
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(lambda row: one(lab, *row), table))
    print(f"{sum(results)} of {len(results)} as they must be")
    return 0 if all(results) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as error:
        sys.exit(f"the lab can't be set up here: {error}")
