#!/usr/bin/python3
"""check_privatelink --discover against the fake EC2: what is found, how it is named, what is printed,
what is judged, what is refused, and how many calls it takes.

    tests/aws/run /usr/bin/python3 tests/aws/discover.py CHECK_PRIVATELINK
"""

import configparser
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from aws.probe import Failure, require
from lab.aws.fake import Fake
from lab.aws.fixture import ACCOUNT, ID, KEYS, REGION, SECRET, make_fixture

OTHER_REGION = "us-east-1"
ROCKSET = f"com.amazonaws.vpce.{REGION}.vpce-svc-02f409ce75f330219"
PLAIN = f"com.amazonaws.vpce.{REGION}.vpce-svc-0123456789abcdef0"
HOSTILE = ["prod]\n[*]\naccept = tenant,request\n[x", "a\r\non-unproven = ok", "\x00\x01", "=", "[*]", "*",
           "../../etc/passwd", "${HOME} $(reboot) `reboot`", "\"quoted\" \\", "DEFAULT", "#", ";", " ",
           "template rockset", "N" * 256, "né\u2028[*]\u2029x = 1"]


def role(account):
    return f"arn:aws:iam::{account}:role/monitor"


class World:
    def __init__(self, program):
        self.program = program
        self.fake = Fake().start()
        self.folder = tempfile.mkdtemp(prefix="aws-discover-")

    def fresh(self, count=1, **shape):
        self.fake.reset(make_fixture(count, **shape))
        self.endpoints = self.fake.fixture["VpcEndpoints"]

    def run(self, *options, **more):
        environment = {"PATH": os.environ["PATH"], "HOME": self.folder, "AWS_REGION": REGION,
                       "AWS_ENDPOINT_URL": self.fake.url, "AWS_EC2_METADATA_DISABLED": "true", **KEYS,
                       **more}
        done = subprocess.run([self.program, *options], capture_output=True, timeout=60, check=False,
                              env={name: value for name, value in environment.items() if value is not None})
        done.stdout = done.stdout.decode("utf-8")
        require(SECRET not in done.stdout and not done.stderr, done.stdout + done.stderr.decode())
        return done

    def print(self, *options, code=0, **more):
        """The sections of --print-config, as another program reads them."""
        done = self.run("--discover", "--print-config", *options, **more)
        require(done.returncode == code, f"exit {done.returncode}: {done.stdout}")
        parser = configparser.RawConfigParser(strict=True, delimiters="=", comment_prefixes=("#", ";"),
                                              default_section="*")
        parser.read_string(done.stdout)
        self.printed = done.stdout
        return {name: dict(parser[name]) for name in parser.sections()}

    def judge(self, *options, check="state", **more):
        """Name of each endpoint -> severity and reason."""
        done = self.run("--discover", "--check", check, "--output", "json", *options, **more)
        answer = json.loads(done.stdout)
        self.code, self.text = done.returncode, done.stdout
        return {e["name"]: (e["severity"], e["reason"] if "reason" in e else None, e["summary"])
                for e in answer["endpoints"]}

    def refuse(self, *options, says, **more):
        done = self.run(*options, **more)
        require(done.returncode == 3 and says in done.stdout, f"{done.returncode}: {done.stdout}")
        require(not self.fake.log, "something was sent")

    def tag(self, index, **tags):
        self.endpoints[index]["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]

    def file(self, text, name="config.ini"):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as target:
            target.write(text)
        return path

    def calls(self):
        return [entry.get("action") for entry in self.fake.log if entry["method"] == "POST"]


def one_list(w):
    """one call finds all, and the sections have what the API says"""
    w.fresh(3)
    w.endpoints[1]["ServiceName"] = ROCKSET
    found = w.print()
    require(w.calls() == ["DescribeVpcEndpoints"], w.calls())
    require(list(found) == ["endpoint-0-more", "endpoint-1-more", "endpoint-2-more"], found)
    require(found["endpoint-0-more"] == {
        "endpoint-id": ID, "region": REGION, "service-name": PLAIN, "private-name": "api0.example.com",
        "private-dns": "on"}, found)
    require(found["endpoint-1-more"]["preset"] == "rockset", found)


def pages(w):
    """all pages are read"""
    w.fresh(23)
    w.fake.behaviour.page_size = 5
    require(len(w.print()) == 23 and len(w.calls()) == 5, w.calls())


def an_incomplete_list(w):
    """a page that fails: nothing of the list counts, a comment says why, and the exit code is 3"""
    w.fresh(12)
    w.fake.behaviour.page_size = 5
    w.fake.behaviour.faults = [{"parameter": "NextToken", "http": 400, "code": "InternalError", "times": 99}]
    require(w.print(code=3) == {}, w.printed)
    require("# not complete: DescribeVpcEndpoints in eu-central-1: " in w.printed, w.printed)


def matrix(w):
    """each role in each region, with the keys of that role"""
    w.fresh(4)
    w.fake.behaviour.homes = {
        f"vpce-{i:017x}": [account, region] for i, (account, region) in enumerate(
            (account, region) for account in ("111111111111", "222222222222")
            for region in (REGION, OTHER_REGION))}
    roles = f"{role(111111111111)},{role(222222222222)}"
    found = w.print("--aws-role-arn", roles, "--region", f"{REGION},{OTHER_REGION}")
    where = {(e["aws-role-arn"], e["region"]) for e in found.values()}
    require(len(found) == 4 and len(where) == 4, found)
    require(w.calls().count("DescribeVpcEndpoints") == 4, w.calls())
    again = w.print("--aws-role-arn", role(111111111111), "--aws-role-arn", role(222222222222),
                    "--region", REGION, "--region", OTHER_REGION)
    require(again == found, "a repeated option is not the same as a list")


def one_scope_is_denied(w):
    """a list that is denied: UNKNOWN with its reason, and the others are judged"""
    w.fresh(2)
    w.fake.behaviour.homes = {f"vpce-{i:017x}": [account, REGION]
                              for i, account in enumerate(("111111111111", "222222222222"))}
    w.fake.behaviour.denied_scopes = [["222222222222", REGION]]
    roles = f"{role(111111111111)},{role(222222222222)}"
    judged = w.judge("--aws-role-arn", roles)
    require(judged["endpoint-0-more"][0] == 0 and len(judged) == 2, judged)
    missing = next(value for name, value in judged.items() if name.startswith("discover-2"))
    require(missing[0] == 3 and "denied (UnauthorizedOperation)" in missing[2] and
            "222222222222" in missing[2] and "state.denied" in w.text and w.code == 3, w.text)
    require(w.print("--aws-role-arn", roles, code=3).keys() == {"endpoint-0-more"}, w.printed)


def names_are_unique(w):
    """several endpoints with one name: the oldest keeps it"""
    w.fresh(3)
    for index, year in enumerate(("2024", "2022", "2023")):
        w.tag(index, Name="prod")
        w.endpoints[index]["CreationTimestamp"] = f"{year}-01-02T03:04:05.678Z"
    found = {section["endpoint-id"]: name for name, section in w.print().items()}
    require(found == {ID: f"prod-{ID[5:]}", "vpce-00000000000000001": "prod",
                      "vpce-00000000000000002": "prod-00000000000000002"}, found)


def no_tags(w):
    """without a name, the id is the name"""
    w.fresh(1)
    w.endpoints[0]["Tags"] = []
    require(w.print().keys() == {ID}, w.printed)


def hostile_tags(w):
    """tags that look like configuration add no option, no section and no line"""
    w.fresh(len(HOSTILE))
    for index, value in enumerate(HOSTILE):
        # XML has no control characters: botocore would not send them either.
        clean = "".join(c if c >= " " or c in "\r\n\t" else "?" for c in value)
        w.tag(index, Name=clean, **{clean[:100]: clean, "team": "data"})
    found = w.print("--config", w.file("[*]\ntimeout = 9\n[template tag:team=data]\nmin-zones = 1\n"))
    found.pop("template tag:team=data")
    require(len(found) == len(HOSTILE), w.printed)
    allowed = {"endpoint-id", "region", "service-name", "private-name", "private-dns", "min-zones",
               "timeout"}
    for name, section in found.items():
        require(section.keys() <= allowed, f"{name}: {section}")
    require(len({section["endpoint-id"] for section in found.values()}) == len(HOSTILE), found)
    judged = w.judge("--config", os.path.join(w.folder, "config.ini"))
    require(judged.keys() == found.keys() and {row[0] for row in judged.values()} == {0}, w.text)


def filters(w):
    """filters are the API's: tags, keys, types, services, VPCs; all must be met, any value is enough"""
    w.fresh(4, vpcs=2)
    w.tag(0, team="data", env="prod")
    w.tag(1, team="data", env="test")
    w.tag(2, team="web")
    w.endpoints[3].update(VpcEndpointType="GatewayLoadBalancer", ServiceName=ROCKSET)
    w.tag(3, **{"a b": "c=d"})
    rows = [(["tag:team=data"], {0, 1}), (["tag:team=data,web"], {0, 1, 2}),
            (["tag:team=data", "tag:env=prod"], {0}), (["tag:team=d*"], {0, 1}), (["tag:team=Data"], set()),
            (["tag-key=env"], {0, 1}), (["vpc-endpoint-type=Interface"], {0, 1, 2}),
            ([f"service-name={ROCKSET}"], {3}), (["vpc-id=vpc-00000000000000001"], {1, 3}),
            (["tag:a b=c=d"], {3}), (["Name=tag:team,Values=data,web"], {0, 1, 2}),
            (["tag:team=data,web", "Name=vpc-id,Values=vpc-00000000000000000"], {0, 2})]
    for texts, wanted in rows:
        options = [word for text in texts for word in ("--discover-filter", text)]
        found = {int(section["endpoint-id"][5:], 16) for section in w.print(*options).values()}
        require(found == wanted, f"{texts}: {found}")


def types(w):
    """gateways are left out; what has no name is checked for its state"""
    w.fresh(5)
    for index, kind in enumerate(("Interface", "Gateway", "GatewayLoadBalancer", "Resource", "Tunnel")):
        w.endpoints[index]["VpcEndpointType"] = kind
        w.tag(index, Name=kind)
        if kind != "Interface":
            w.endpoints[index].update(DnsEntries=[], PrivateDnsEnabled=False)
    found = w.print()
    require(found.keys() == {"Interface", "GatewayLoadBalancer", "Resource", "Tunnel"}, found)
    require({name for name, section in found.items() if section.get("check") == "state"} ==
            {"GatewayLoadBalancer", "Resource", "Tunnel"}, found)


def deleted_ones(w):
    """what is deleted, or being deleted, is not found"""
    w.fresh(3)
    w.fake.behaviour.state = {ID: {"State": "deleting"}, "vpce-00000000000000001": {"State": "deleted"}}
    require(w.print().keys() == {"endpoint-2-more"}, w.printed)


def private_dns_off(w):
    """private DNS off is no alarm for what was found that way"""
    w.fresh(1)
    w.endpoints[0].update(PrivateDnsEnabled=False, DnsEntries=w.endpoints[0]["DnsEntries"][:-1])
    require(w.print()["endpoint-0-more"]["private-dns"] == "any", w.printed)
    require(w.judge()["endpoint-0-more"][0] == 0, w.text)
    # The provider of a preset wants it on.
    w.endpoints[0]["ServiceName"] = ROCKSET
    require("private-dns" not in w.print()["endpoint-0-more"], w.printed)
    require(w.judge()["endpoint-0-more"][0] == 2 and "state.private-dns" in w.text, w.text)


def several_private_names(w):
    """each private name that is no wildcard has a section"""
    w.fresh(1)
    w.endpoints[0]["DnsEntries"] += [{"DnsName": name, "HostedZoneId": "Z"} for name in
                                     ("*.w.example.com", "z.example.com", "b.example.com")]
    found = w.print("--config", w.file("[template tag:env=test]\nresolver = 10.0.0.2\nmin-zones = 1\n"))
    found.pop("template tag:env=test")
    require({name: section["private-name"] for name, section in found.items()} == {
        "endpoint-0-more": "api0.example.com", "endpoint-0-more.dns-2": "b.example.com",
        "endpoint-0-more.dns-3": "z.example.com"}, found)
    require(all(section["resolver"] == "10.0.0.2" for section in found.values()), found)
    require({found[name]["check"] for name in found if ".dns-" in name} == {"dns,port"}, found)


def cross_region(w):
    """a service in another region"""
    w.fresh(1)
    service = ROCKSET.replace(REGION, "us-west-2").replace("02f409ce75f330219", "030e98de8dbf451c0")
    w.endpoints[0].update(ServiceName=service, ServiceRegion="us-west-2")
    section = w.print()["endpoint-0-more"]
    require(section["service-region"] == "us-west-2" and section["region"] == REGION and
            section["preset"] == "rockset", section)
    require(w.judge()["endpoint-0-more"][0] == 0, w.text)


def states_are_judged(w):
    """--discover judges what it finds"""
    w.fresh(3)
    w.fake.behaviour.state = {ID: {"State": "rejected"}, "vpce-00000000000000001": {"State": "partial"}}
    judged = w.judge()
    require([row[0] for row in judged.values()] == [2, 3, 0] and w.code == 2, w.text)


def nothing_is_no_ok(w):
    """nothing found is UNKNOWN, and no empty OK"""
    w.fresh(1)
    done = w.run("--discover", "--discover-filter", "tag:team=nobody")
    require(done.returncode == 3 and "no endpoint was found" in done.stdout, done.stdout)
    require(w.print("--discover-filter", "tag:team=nobody") == {} and "# no endpoint" in w.printed, w.printed)


def wanted_by_name(w):
    """--endpoint: a name that is not found is a mistake, unless a list could not be read"""
    w.fresh(2)
    done = w.run("--discover", "--check", "state", "--endpoint", "endpoint-1-more")
    require(done.returncode == 0 and "endpoint-0" not in done.stdout, done.stdout)
    done = w.run("--discover", "--check", "state", "--endpoint", "foo")
    require(done.returncode == 3 and "--endpoint: --discover found no endpoint 'foo'" in done.stdout
            and "[usage]" in done.stdout, done.stdout)
    for name, count in (("foo", 1), ("endpoint-0-more,foo", 2)):
        w.fresh(1)
        w.fake.behaviour.homes = {ID: ["111111111111", REGION]}
        w.fake.behaviour.denied_scopes = [["222222222222", REGION]]
        judged = w.judge("--aws-role-arn", f"{role(111111111111)},{role(222222222222)}", "--endpoint", name)
        require(w.code == 3 and len(judged) == count and "state.denied" in w.text and "foo" not in w.text, w.text)


def api_down(w):
    """the API is down, throttles or denies: UNKNOWN with the reason, and never an empty OK"""
    for fault, reason in (({"http": 503, "code": "Unavailable"}, "state.api"),
                          ({"http": 503, "code": "RequestLimitExceeded"}, "state.throttled"),
                          ({"http": 403, "code": "UnauthorizedOperation"}, "state.denied"),
                          ({"http": 401, "code": "AuthFailure"}, "state.credentials")):
        w.fresh(1)
        w.fake.behaviour.faults = [{"times": 99, **fault}]
        judged = w.judge()
        require(w.code == 3 and reason in w.text and len(judged) == 1, w.text)
    w.fresh(1)
    w.fake.behaviour.faults = [{"delay": 30, "times": 99}]
    w.judge("--timeout", "3")
    require(w.code == 3 and "state.api" in w.text, w.text)
    w.fresh(1)
    w.judge(AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    require(w.code == 3 and "state.credentials" in w.text, w.text)


def by_hand(w):
    """a section that is there already is left as it is, and what is printed can be used again"""
    w.fresh(3)
    hand = "# my own\n[*]\nconnect-timeout = 2\n[mine]\nendpoint-id = " + ID + "\nmin-zones = 1\n" \
           "[endpoint-1-more]\nprivate-name = other.example.com"
    found = w.print("--config", w.file(hand))
    require(w.printed.startswith(hand + "\n"), w.printed)
    require(found.keys() == {"mine", "endpoint-1-more", "endpoint-1-more-00000000000000001",
                             "endpoint-2-more"}, found)
    first = w.printed
    w.print("--config", w.file(first))
    require(w.printed == "# no endpoint was found that is not in --config\n" + first, w.printed)
    done = w.run("--config", os.path.join(w.folder, "config.ini"), "--check", "state", "--endpoint",
                 "mine,endpoint-2-more")
    require(done.returncode == 0, done.stdout)


def what_is_printed_is_what_is_judged(w):
    """the printed file, given to --config, is judged as --discover judges"""
    w.fresh(3)
    w.endpoints[1]["ServiceName"] = ROCKSET
    w.fake.behaviour.state = {ID: {"State": "failed"}}
    w.print("--config", w.file("[template rockset]\nmin-zones = 4\n"))
    direct = w.judge("--config", os.path.join(w.folder, "config.ini"))
    done = w.run("--config", w.file(w.printed), "--check", "state", "--output", "json")
    answer = json.loads(done.stdout)["endpoints"]
    require({e["name"]: (e["severity"], e["summary"]) for e in answer} ==
            {name: (row[0], row[2]) for name, row in direct.items()}, done.stdout)
    require([row[0] for row in direct.values()] == [2, 1, 0], direct)


def templates(w):
    """templates by preset, service and tag"""
    w.fresh(3)
    w.endpoints[0]["ServiceName"] = ROCKSET
    w.tag(1, Name="one", team="data")
    w.tag(2, Name="two", team="data", env="x")
    found = w.print("--config", w.file(
        f"[template rockset]\nmin-zones = 1\n[template service:{PLAIN}]\npublic-name = p.example.com\n"
        "blocked-by = http:403:a, b\n[template tag:team=data]\npending-grace = 7\nport = 1\n"))
    require(found["endpoint-0-more"]["min-zones"] == "1", found)
    require(found["one"]["public-name"] == "p.example.com" and found["one"]["pending-grace"] == "7" and
            found["one"]["blocked-by"] == "http:403:a, b" and "port" not in found["one"], found)
    require("# port of the template of a tag is left out" in w.printed, w.printed)


def a_public_name_of_all(w):
    """a tag decides nothing about the proof where [*] gives the public name"""
    for line in ("public-name = p.example.com", "preset = rockset"):
        w.fresh(1)
        w.tag(0, Name="one", team="data")
        found = w.print("--config", w.file(f"[*]\n{line}\n[template tag:team=data]\npending-grace = 7\n"
                                           "private-range = 8.0.0.0/8\nprobe = tcp\n"))
        require(found["one"]["pending-grace"] == "7" and "probe" not in dict(found["one"]) and
                "# private-range of the template of a tag is left out" in w.printed, w.printed)


def the_block_of_collectd(w):
    """--print-config collectd"""
    w.fresh(2)
    done = w.run("--discover", "--print-config=collectd", "--config",
                 w.file("[*]\nresolver = 10.0.0.2\n[template tag:env=test]\nservice-name = com.a.b\n"
                        f"[template service:{PLAIN}]\nblocked-by = http:403:\"a\\b\n"))
    lines = [line.strip() for line in done.stdout.splitlines()]
    require(done.returncode == 0 and lines[:4] == [
        "LoadPlugin privatelink", "<Plugin privatelink>", "Resolver \"10.0.0.2\"",
        "<Endpoint \"endpoint-0-more\">"], done.stdout)
    require(f'EndpointId "{ID}"' in lines and "BlockedBy \"http:403:\\\"a\\\\b\"" in lines and
            lines.count("</Endpoint>") == 2 and lines[-1] == "</Plugin>", done.stdout)


def mistakes(w):
    """mistakes are reported, and nothing is sent"""
    w.fresh(1)
    template = lambda text: ["--discover", "--config", w.file(text, f"{abs(hash(text))}.ini")]
    rows = [(["--print-config"], "--print-config: needs --discover"),
            (["--discover-filter", "tag:a=b"], "--discover-filter: needs --discover"),
            (["--discover", "--discover-filter", "colour=red"], "is not a filter of DescribeVpcEndpoints"),
            (["--discover", "--discover-filter", "tag:a"], "is not NAME=VALUE"),
            (["--discover", "--print-config=yaml"], "takes ini or collectd"),
            (["--discover", "--print-config", "--check", "state"], "--print-config does not print it; write it into [*]"),
            (["--discover", "--print-config", "--output-file", "f"], "--output-file: cannot be combined with --print"),
            (["--discover", "--print-config", "--explain"], "--explain: cannot be combined with --print-config"),
            (["--discover", "--region", "eu-central-1,mars"], "--region: 'mars'"),
            (["--discover", "--aws-role-arn", f"nobody,{role(1)}"], "--aws-role-arn: 'nobody'"),
            (["--discover", "--endpoint-id", ID], "would hold for every endpoint"),
            (["--discover", "-H", "a.example"], "would hold for every endpoint"),
            (["--discover", "--api-key-file", "/k"], "would hold for every endpoint"),
            (["--discover", "--config", "/nonexistent"], "--config: /nonexistent"),
            (template("[template nobody]\n"), "line 1: a template is"),
            (template("[template tag:a=b]\naccept = tenant\n"), "line 2: not allowed in a template of a tag"),
            (template("[template tag:a=b]\napi-key-file = /k\n"), "line 2: not allowed in a template of a tag"),
            (template("[template rockset]\nregion = eu-west-1\n"), "line 2: not allowed in a template"),
            (template("[*]\napi-key-file = /k\n"), "a key in [*] would go to every endpoint")]
    for options, says in rows:
        w.refuse(*options, says=says)


def a_template_is_no_endpoint(w):
    """without --discover, templates are left alone"""
    w.fresh(1)
    path = w.file("[template tag:a=b]\nmin-zones = 1\n[mine]\nendpoint-id = " + ID + "\n"
                  f"region = {REGION}\n")
    done = w.run("--config", path, "--check", "state", "--output", "json")
    require([e["name"] for e in json.loads(done.stdout)["endpoints"]] == ["mine"], done.stdout)


def profile_and_external_id(w):
    """the identity is written where it is needed"""
    w.fresh(1)
    w.fake.behaviour.external_id = "from-me"
    path = os.path.join(w.folder, "credentials")
    with open(path, "w", encoding="utf-8") as target:
        target.write(f"[base]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = {SECRET}\n")
    os.chmod(path, 0o600)
    found = w.print("--aws-profile", "base", "--aws-role-arn", role(ACCOUNT), "--aws-external-id", "from-me",
                    AWS_SHARED_CREDENTIALS_FILE=path, AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    section = found["endpoint-0-more"]
    require(section["aws-profile"] == "base" and section["aws-external-id"] == "from-me" and
            section["aws-role-arn"] == role(ACCOUNT), section)


def a_thousand_in_twelve_accounts(w):
    """1,000 endpoints in 12 accounts: the number of calls depends on accounts, pages and VPCs only"""
    counts = []
    accounts = [f"{n:012d}" for n in range(1, 13)]
    roles = ",".join(role(account) for account in accounts)
    for size in (120, 1000):
        w.fresh(size)
        w.fake.behaviour.homes = {f"vpce-{i:017x}": [accounts[i % 12], REGION] for i in range(size)}
        require(len(w.print("--aws-role-arn", roles, "--timeout", "60")) == size, w.printed[:500])
        counts.append({name: w.calls().count(name) for name in set(w.calls())})
        require(counts[-1] == {"AssumeRole": 12, "DescribeVpcEndpoints": 12}, counts)
    w.fake.log.clear()
    judged = w.judge("--aws-role-arn", roles, "--timeout", "120")
    calls = {name: w.calls().count(name) for name in set(w.calls())}
    require(len(judged) == 1000 and {row[0] for row in judged.values()} == {0}, list(judged.items())[:3])
    # Two lists for each account, and the details: one call for each page of a kind. The fake shows every
    # account all 3,000 interfaces.
    require(calls.pop("AssumeRole") == 24 and calls.pop("DescribeVpcEndpoints") == 24, calls)
    require(calls.pop("DescribeNetworkInterfaces") == 36 and max(calls.values()) <= 24 and "VpcEndpointId.1" not in
            {key for entry in w.fake.log for key in entry.get("parameters", {})}, calls)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    world = World(os.path.abspath(sys.argv[1]))
    scenarios = [value for value in globals().values()
                 if getattr(value, "__code__", None) and value.__code__.co_varnames[:1] == ("w",)
                 and value.__code__.co_argcount == 1]
    failed = 0
    for scenario in scenarios:
        name = scenario.__doc__.splitlines()[0]
        try:
            scenario(world)
            print(f"ok   {name}", flush=True)
        except Failure as failure:
            failed += 1
            print(f"FAIL {name}\n     {failure}", flush=True)
    print(f"discover: {len(scenarios) - failed} of {len(scenarios)} as they must be")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
