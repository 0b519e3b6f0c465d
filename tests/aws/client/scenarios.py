#!/usr/bin/python3
"""The AWS client against the fake: what is read, every kind of failure, every part that can be
missing; then the scenarios of credentials and of the poller."""

import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from aws.client import credentials, endpoint_types, identity, poller
from aws.probe import Failure, World, failed, found, require, scenarios_of, without_keys
from lab.aws.fixture import ID, REGION, ROLE, make_fixture


# ---- what is read ------------------------------------------------------------------------------


def everything_is_read(w):
    """everything that EC2 says is read"""
    a = found(w.fetch())
    require(a["state"] == "available" and a["type"] == "Interface" and a["private-dns"] == "yes",
            a.text)
    require(a["created"] == "1704164645", a["created"])
    require(a.all("zone") == [f"{REGION}{z}" for z in "abc"], a.text)
    require(a.all("interface") == [
        f"eni-000000000{z:08x} {REGION}{'abc'[z]} subnet-00000000{z:09x} 10.0.{z * 64}.4"
        for z in range(3)], a.text)
    require(a["private-name"] == "api0.example.com" and len(a.all("dns")) == 5, a.text)
    require(a.all("rule") == ["cidr 443-443 10.0.0.0/16", "own-group 0-65535 -/0"], a.text)
    require(a["vpc-cidr"] == "10.0.0.0/16", a.text)
    require("100.64.0.0/16" not in a.text, "a block that is gone")
    require(a["dns-support"] == "yes" and a["dns-hostnames"] == "yes", a.text)
    require(a["addresses-known"] == "1", a.text)
    require(w.calls() == ["DescribeVpcEndpoints", "DescribeNetworkInterfaces",
                          "DescribeSecurityGroups", "DescribeVpcs", "DescribeVpcEndpointServices",
                          "DescribeVpcAttribute", "DescribeVpcAttribute"], w.calls())


def not_found(w):
    """an endpoint that is not listed"""
    a = failed(w.fetch(ids=("vpce-gone", ID)), "not found")
    require(a.all("outcome") == ["not found", "found"], a.text)


def not_found_is_confirmed(w):
    """an endpoint that the list lacks is requested once by its id; the identity is named
    [eventual consistency: "Ensure idempotency in Amazon EC2 API requests" and the EC2 API guide]"""
    a = w.fetch("--repeat", "3", ids=("vpce-gone", ID))
    require(a.all("outcome") == ["not found", "found"], a.text)
    asked = [e["parameters"] for e in w.fake.log if e.get("action") == "DescribeVpcEndpoints"]
    alone = [p["VpcEndpointId.1"] for p in asked if "VpcEndpointId.1" in p]
    require(alone == ["vpce-gone"] and len(asked) == 4, asked)
    require(a["credentials"] == "environment (AKID…)", a["credentials"])


def list_is_late(w):
    """an endpoint that the list lacks and that exists"""
    w.fake.behaviour.unlisted = [ID]
    a = found(w.fetch())
    require(a["state"] == "available" and a["addresses-known"] == "1", a.text)


def not_confirmed(w):
    """an endpoint that the list lacks while the second request fails: not known"""
    table = [("RequestLimitExceeded", 503, "throttled"), ("UnauthorizedOperation", 403, "denied"),
             ("InternalError", 500, "no usable answer"),
             ("InvalidVpcEndpointId.Malformed", 400, "refused")]
    for code, status, outcome in table:
        w.fake.behaviour.faults = [{"action": "DescribeVpcEndpoints", "times": 9, "code": code,
                                    "http": status, "parameter": "VpcEndpointId.1"}]
        failed(w.fetch(ids=("vpce-gone",)), outcome)


def many_are_missing(w):
    """of many missing endpoints, twenty are confirmed after each list; the others are not known"""
    ids = [f"vpce-f{i:016x}" for i in range(30)]
    outcomes = w.fetch(ids=ids).all("outcome")
    require(outcomes.count("not found") == 20 and outcomes.count("no usable answer") == 10, outcomes)
    w.fake.log.clear()
    require(w.fetch("--repeat", "2", ids=ids).all("outcome") == ["not found"] * 30, "")
    require(w.calls("DescribeVpcEndpoints") == 32, w.calls())


def filter_by_id(w):
    """up to 200 endpoints are requested by id, not the whole account"""
    w.fake.fixture = make_fixture(300)
    ids = [f"vpce-{i:017x}" for i in range(200)]
    require(w.fetch(ids=ids).all("outcome") == ["found"] * 200, "")
    values = [[k for k in e["parameters"] if k.startswith("Filter.1.Value")] for e in w.fake.log
              if e.get("action") == "DescribeVpcEndpoints"]
    require([len(v) for v in values] == [200], values)


def same_id_twice(w):
    """one id asked for twice"""
    require(w.fetch(ids=(ID, ID)).all("outcome") == ["found", "found"], "")


def unknown_state(w):
    """a state that this program does not know is kept as text"""
    w.fake.behaviour.state = {ID: {"State": "hibernating"}}
    require(found(w.fetch())["state"] == "hibernating", "")


def gateway(w):
    """a gateway endpoint has neither interfaces nor groups"""
    w.fake.behaviour.state = {ID: {"VpcEndpointType": "Gateway", "NetworkInterfaceIds": [],
                                   "Groups": [], "SubnetIds": [], "DnsEntries": [],
                                   "PrivateDnsEnabled": False}}
    a = found(w.fetch())
    require(a["type"] == "Gateway" and a.all("interface") == [], a.text)


def load_balancer(w):
    """a GatewayLoadBalancer endpoint lacks whole elements"""
    w.fake.behaviour.state = {ID: {"VpcEndpointType": "GatewayLoadBalancer", "Groups": None,
                                   "DnsEntries": None, "PrivateDnsEnabled": None}}
    a = found(w.fetch())
    require(a["type"] == "GatewayLoadBalancer" and a["private-dns"] == "unknown", a.text)


def failure_reason(w):
    """an interface that has gone makes the addresses incomplete"""
    w.fake.fixture["NetworkInterfaces"].pop()
    a = found(w.fetch())
    require(a["addresses-known"] == "0" and a.part("DescribeNetworkInterfaces") == "failed", a.text)


def dual_stack_addresses(w):
    """IPv6 addresses of interfaces"""
    for interface in w.fake.fixture["NetworkInterfaces"]:
        interface["Ipv6Addresses"] = [{"Ipv6Address": "3ffe:db8::" + interface["SubnetId"][-1]}]
    a = found(w.fetch())
    require(all("3ffe:db8::" in row for row in a.all("interface")), a.text)


# ---- parts -------------------------------------------------------------------------------------


def parts_denied(w):
    """each secondary permission that is missing leaves out its part alone"""
    parts = ["DescribeNetworkInterfaces", "DescribeSecurityGroups", "DescribeVpcs",
             "DescribeVpcEndpointServices", "DescribeVpcAttribute"]
    for part in parts:
        w.fake.behaviour.denied = [part]
        a = found(w.fetch())
        for other in parts:
            require(a.part(other) == ("denied" if other == part else "known"), f"{part}: {a.text}")
        require(len(a.all("zone")) == 3, f"{part}: zones come from the subnets else")


def zones_from_subnets(w):
    """without interfaces, the zones come from the subnets; without both they are not known"""
    w.fake.behaviour.denied = ["DescribeNetworkInterfaces", "DescribeSubnets"]
    a = found(w.fetch())
    require(a.all("zone") == [] and a.part("DescribeSubnets") == "denied", a.text)
    require(a["addresses-known"] == "0" and len(a.all("interface")) == 3, a.text)


def part_fails(w):
    """a secondary call that fails leaves out its part alone"""
    w.fake.behaviour.faults = [{"action": "DescribeSecurityGroups", "http": 500, "times": 9,
                                "code": "InternalError"}]
    require(found(w.fetch()).part("DescribeSecurityGroups") == "failed", "")


def details_are_kept(w):
    """details are asked for once an interval, the list each time"""
    found(w.fetch("--repeat", "3"))
    require(w.calls("DescribeVpcEndpoints") == 3, w.calls())


# ---- errors ------------------------------------------------------------------------------------


def error_codes(w):
    """every error code of the API, and what becomes of it"""
    table = [
        ("UnauthorizedOperation", 403, "denied", 1), ("AuthFailure", 401,
                                                      "credentials wrong or expired", 2),
        ("RequestLimitExceeded", 503, "throttled", 3), ("Throttling", 400, "throttled", 3),
        ("InternalError", 500, "no usable answer", 3), ("Unavailable", 503, "no usable answer", 3),
        ("InvalidVpcEndpointId.NotFound", 400, "not found", 1),
        ("RequestExpired", 400, "credentials wrong or expired", 2),
        ("OptInRequired", 401, "refused", 1), ("InvalidParameterValue", 400, "refused", 1),
    ]
    for code, status, outcome, calls in table:
        w.fake.log.clear()
        w.fake.behaviour.faults = [{"action": "DescribeVpcEndpoints", "code": code, "http": status,
                                    "times": 9}]
        a = failed(w.fetch(), outcome)
        require(a["code"] == code, a.text)
        require(w.calls("DescribeVpcEndpoints") == calls, f"{code}: {w.calls()}")


def denied_names_the_action(w):
    """a missing permission is named"""
    w.fake.behaviour.denied = ["DescribeVpcEndpoints"]
    failed(w.fetch(), "denied", "ec2:DescribeVpcEndpoints")


def passes(w):
    """two failures pass"""
    for fault in ({"http": 503, "code": "RequestLimitExceeded"}, {"http": 502}, {"drop": True},
                  {"cut": 300}):
        w.fake.log.clear()
        w.fake.behaviour.faults = [{"action": "DescribeVpcEndpoints", "times": 2, **fault}]
        a = found(w.fetch())
        require(w.calls("DescribeVpcEndpoints") == 3, f"{fault}: {w.calls()}")
        require(len(a.all("dns")) == 5, "a page that was cut is not read twice")


def hostile_bodies(w):
    """bodies that are no answer: said in words, nothing of them is shown"""
    doctype = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "x">]><DescribeVpcEndpointsResponse/>'
    table = [({"http": 502}, "HTTP status 502"), ({"http": 403}, "HTTP status 403"),
             ({"body": "<html><body>portal</body></html>"}, "XML of another kind"),
             ({"body": "{}"}, "not XML"), ({"body": ""}, "not XML"), ({"body": doctype}, "type decl"),
             ({"body": "<DescribeVpcEndpointsResponse>" + "<a>" * 100}, "nested too deeply"),
             ({"body": "<DescribeVpcEndpointsResponse><x/>"}, "cut"),
             ({"body": "<DescribeVpcEndpointsResponse><vpcEndpointSet/><nextToken>" + "a" * 70000
               + "</nextToken></DescribeVpcEndpointsResponse>"}, "too long to be read"),
             ({"fill": ["<!-- " + "x" * 1018 + "-->", 33000]}, "too large")]
    for fault, text in table:
        w.fake.behaviour.faults = [{"action": "DescribeVpcEndpoints", "times": 9, **fault}]
        a = failed(w.fetch(), "no usable answer", text)
        require("portal" not in a.text and "<" not in a["message"], a.text)


def error_text_is_safe(w):
    """an error message with control characters"""
    w.fake.behaviour.faults = [{"code": "Odd|Code", "http": 400, "times": 9,
                                "message": "a|b\n<c> \x7f perfdata=1"}]
    a = failed(w.fetch(), "refused")
    require(not re.search(r"[|<>\x7f]", a["code"] + a["message"]), a.text)


def slow(w):
    """an API that hangs: the deadline ends it"""
    w.fake.behaviour.faults = [{"action": "DescribeVpcEndpoints", "delay": 5, "times": 9}]
    begin = time.monotonic()
    failed(w.fetch("--timeout", "1"), "no answer before the deadline")
    require(time.monotonic() - begin < 3, "it took longer")


def slow_detail(w):
    """a secondary call that hangs: what was learned stands"""
    w.fake.behaviour.faults = [{"action": "DescribeSecurityGroups", "delay": 5, "times": 9}]
    a = found(w.fetch("--timeout", "2"))
    require(a.part("DescribeSecurityGroups") == "failed" and a["addresses-known"] == "1", a.text)


def nobody_listens(w):
    """no process listens at the URL"""
    failed(w.fetch(AWS_ENDPOINT_URL="http://127.0.0.1:1"), "no usable answer", "127.0.0.1")


def bad_urls(w):
    """URLs that can't be used"""
    for url in ("ftp://127.0.0.1", "http://user@127.0.0.1", "http://127.0.0.1/path",
                "http://127.0.0.1?x", "127.0.0.1", "http://"):
        failed(w.fetch("--url", url), "could not ask", "endpoint URL")


def proxy_is_used(w):
    """a proxy of the environment is used for the API, never for metadata"""
    a = w.fetch(AWS_ENDPOINT_URL="http://ec2.invalid", http_proxy=w.fake.url, **without_keys(),
                AWS_ENDPOINT_URL_STS=w.fake.url)
    require(any(e["path"].startswith("http://ec2.invalid") for e in w.fake.log
                if e["method"] == "POST"), w.fake.log)
    require(all(e["path"].startswith("/") for e in w.fake.log if e["method"] != "POST"), a.text)


# ---- pages -------------------------------------------------------------------------------------


MANY = [f"vpce-f{i:016x}" for i in range(200)]  # more than one filter takes, so all are listed


def pages(w):
    """a list of many pages"""
    w.fake.fixture = make_fixture(40)
    w.fake.behaviour.page_size = 7
    a = found(w.fetch(ids=(f"vpce-{39:017x}", *MANY)))
    require(w.calls("DescribeVpcEndpoints") == 6 + 20 and a["private-name"] == "api39.example.com",
            w.calls())


def repeated_token(w):
    """a list that never ends"""
    w.fake.behaviour.repeat_token = True
    failed(w.fetch(ids=("vpce-gone", *MANY)), "no usable answer", "same page")
    require(w.calls("DescribeVpcEndpoints") == 2, w.calls())


def too_many_pages(w):
    """more pages than are read"""
    w.fake.fixture = make_fixture(300)
    w.fake.behaviour.page_size = 1
    failed(w.fetch("--timeout", "60", ids=("vpce-gone", *MANY)), "no usable answer", "more pages")
    require(w.calls("DescribeVpcEndpoints") == 201, w.calls())


def fleet(w):
    """a thousand endpoints: at most twelve calls, little memory"""
    w.fake.fixture = make_fixture(1000, zones=2)
    a = w.fetch("--timeout", "60", ids=[f"vpce-{i:017x}" for i in range(1000)])
    require(a.all("outcome") == ["found"] * 1000, "not all were found")
    require(a.all("addresses-known") == ["1"] * 1000, "not all addresses are known")
    require(len(w.calls()) <= 12, w.calls())
    with open(w.program, "rb") as program:
        text = program.read()
    sanitised = b"__asan_init" in text or b"__tsan_init" in text
    require(sanitised or int(a["peak-kib"]) < 32 << 10, f"{a['peak-kib']} KiB")
    print(f"     1,000 endpoints: {len(w.calls())} calls, {a['elapsed']} s, {a['peak-kib']} KiB")


# ---- clock and expiry --------------------------------------------------------------------------


def skew(w):
    """a clock that is off by an hour is corrected by the Date header, once"""
    for seconds in (3600, -3600):
        w.fake.log.clear()
        w.fake.behaviour.skew = seconds
        found(w.fetch())
        require(w.calls("DescribeVpcEndpoints") == 2, w.calls())


def skew_at_sts(w):
    """STS is asked with a clock that is off, too"""
    w.fake.behaviour.skew = 3600
    found(w.fetch("--role-arn", ROLE))
    require(w.calls("AssumeRole") == 2, w.calls())


def skew_and_wrong_key(w):
    """a clock that is off does not hide a wrong key"""
    w.fake.behaviour.skew = 3600
    failed(w.fetch(AWS_SECRET_ACCESS_KEY="x" * 40), "credentials wrong or expired", "AuthFailure")


def expired_key(w):
    """expired keys are not confused with a wrong clock"""
    w.fake.behaviour.expired_keys = ["AKIDEXAMPLE"]
    failed(w.fetch(), "credentials wrong or expired", "RequestExpired")
    require(w.calls("DescribeVpcEndpoints") == 2, w.calls())


def wrong_secret(w):
    """a wrong secret"""
    failed(w.fetch(AWS_SECRET_ACCESS_KEY="x" * 40), "credentials wrong or expired", "AuthFailure")


SCENARIOS = [scenario for module in (sys.modules[__name__], credentials, identity, endpoint_types, poller)
             for scenario in scenarios_of(module)]


def main():
    w = World(sys.argv[1])
    only = sys.argv[2] if len(sys.argv) > 2 else ""
    bad = 0
    for scenario in SCENARIOS:
        name = scenario.__doc__.strip()
        if only not in name and only not in (scenario.__name__, scenario.__module__):
            continue
        w.fresh()
        begin = time.monotonic()
        try:
            scenario(w)
            print(f"ok   {time.monotonic() - begin:5.1f} s  {name}", flush=True)
        except Failure as failure:
            bad += 1
            print(f"FAIL {time.monotonic() - begin:5.1f} s  {name}\n     {failure}", flush=True)
    print(f"{len(SCENARIOS)} scenarios, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
