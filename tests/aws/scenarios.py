#!/usr/bin/python3
"""The AWS client against the fake: every source of credentials, every kind of failure, every part
that can be missing. One function a scenario; its first line of documentation is its name."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))

from aws_fixture import ID, KEYS, REGION, ROLE, SECRET, make_fixture
from fake_aws import Fake


class Failure(Exception):
    pass


def require(condition, text):
    if not condition:
        raise Failure(text)


class Answer:
    """What aws_probe printed of one endpoint, and about itself."""

    def __init__(self, text, error):
        self.text, self.error = text, error
        self.rows = [line.split(" ", 1) for line in text.splitlines() if line]

    def all(self, key):
        return [row[1] if len(row) > 1 else "" for row in self.rows if row[0] == key]

    def __getitem__(self, key):
        found = self.all(key)
        return found[0] if found else None

    def part(self, action):
        return dict(row.split(" ") for row in self.all("part"))[f"ec2:{action}"]


class World:
    def __init__(self, program):
        self.program = program
        self.fake = Fake().start()
        self.fixture = self.fake.fixture
        self.folder = tempfile.mkdtemp(prefix="aws-scenarios-")

    def fresh(self):
        self.fake.reset(make_fixture())

    def environment(self, **more):
        environment = {"PATH": os.environ["PATH"], "HOME": os.path.join(self.folder, "nobody"),
                       "AWS_REGION": REGION, "AWS_ENDPOINT_URL": self.fake.url,
                       "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.fake.url, **KEYS,
                       "ASAN_OPTIONS": "detect_leaks=1"}
        environment.update(more)
        return {name: value for name, value in environment.items() if value is not None}

    def fetch(self, *arguments, ids=(ID,), **environment):
        done = subprocess.run([self.program, "fetch", *arguments, *ids], capture_output=True,
                              text=True, env=self.environment(**environment), timeout=60,
                              check=False)
        require(done.returncode == 0, f"exit {done.returncode}: {done.stderr[-2000:]}")
        for secret in [secret for secret, _ in self.fake.keys.values()] + \
                [token for _, token in self.fake.keys.values() if token]:
            require(secret not in done.stdout + done.stderr, "a secret was printed")
        return Answer(done.stdout, done.stderr)

    def file(self, name, text, mode=0o600):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as target:
            target.write(text)
        os.chmod(path, mode)
        return path

    def calls(self, action=None):
        names = [entry.get("action") for entry in self.fake.log if entry["method"] == "POST"]
        return names if action is None else names.count(action)


def without_keys(**more):
    return {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, **more}


def found(answer):
    require(answer["outcome"] == "found", f"{answer['outcome']}: {answer['code']} "
            f"{answer['message']}")
    return answer


def failed(answer, outcome, *texts):
    line = f"{answer['code']} {answer['message']} {answer['denied']}"
    require(answer["outcome"] == outcome, f"{answer['outcome']}: {line}")
    for text in texts:
        require(text in line, f"{text!r} is not in {line!r}")
    return answer


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
                          "DescribeSecurityGroups", "DescribeVpcs", "DescribeVpcAttribute",
                          "DescribeVpcAttribute"], w.calls())


def not_found(w):
    """an endpoint that is not listed"""
    a = failed(w.fetch(ids=("vpce-gone", ID)), "not found")
    require(a.all("outcome") == ["not found", "found"], a.text)


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
        interface["Ipv6Addresses"] = [{"Ipv6Address": "2001:db8::" + interface["SubnetId"][-1]}]
    a = found(w.fetch())
    require(all("2001:db8::" in row for row in a.all("interface")), a.text)


# ---- parts -------------------------------------------------------------------------------------


def parts_denied(w):
    """each secondary permission that is missing leaves out its part alone"""
    parts = ["DescribeNetworkInterfaces", "DescribeSecurityGroups", "DescribeVpcs",
             "DescribeVpcAttribute"]
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
    """nobody listens there"""
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


def pages(w):
    """a list of many pages"""
    w.fake.fixture = make_fixture(40)
    w.fake.behaviour.page_size = 7
    a = found(w.fetch(ids=(f"vpce-{39:017x}",)))
    require(w.calls("DescribeVpcEndpoints") == 6 and a["private-name"] == "api39.example.com",
            w.calls())


def repeated_token(w):
    """a list that never ends"""
    w.fake.behaviour.repeat_token = True
    failed(w.fetch(ids=("vpce-gone",)), "no usable answer", "same page")
    require(w.calls("DescribeVpcEndpoints") == 2, w.calls())


def too_many_pages(w):
    """more pages than are read"""
    w.fake.fixture = make_fixture(300)
    w.fake.behaviour.page_size = 5
    failed(w.fetch(ids=("vpce-gone",)), "no usable answer", "more pages")
    require(w.calls("DescribeVpcEndpoints") == 51, w.calls())


def fleet(w):
    """a thousand endpoints: at most twelve calls, little memory"""
    w.fake.fixture = make_fixture(1000, zones=2)
    a = w.fetch("--timeout", "60", ids=[f"vpce-{i:017x}" for i in range(1000)])
    require(a.all("outcome") == ["found"] * 1000, "not all were found")
    require(a.all("addresses-known") == ["1"] * 1000, "not all addresses are known")
    require(int(a["calls"]) <= 12, a["calls"])
    with open(w.program, "rb") as program:
        text = program.read()
    sanitised = b"__asan_init" in text or b"__tsan_init" in text
    require(sanitised or int(a["peak-kib"]) < 32 << 10, f"{a['peak-kib']} KiB")
    print(f"     1,000 endpoints: {a['calls']} calls, {a['elapsed']} s, {a['peak-kib']} KiB")


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
    """keys that have expired are told from a wrong clock"""
    w.fake.behaviour.expired_keys = ["AKIDEXAMPLE"]
    failed(w.fetch(), "credentials wrong or expired", "RequestExpired")
    require(w.calls("DescribeVpcEndpoints") == 2, w.calls())


def wrong_secret(w):
    """a wrong secret"""
    failed(w.fetch(AWS_SECRET_ACCESS_KEY="x" * 40), "credentials wrong or expired", "AuthFailure")


# ---- credentials -------------------------------------------------------------------------------


def environment_keys(w):
    """keys and session token of the environment"""
    access_key, secret, token = w.fake.new_keys()
    found(w.fetch(AWS_ACCESS_KEY_ID=access_key, AWS_SECRET_ACCESS_KEY=secret,
                  AWS_SESSION_TOKEN=token))
    failed(w.fetch(AWS_ACCESS_KEY_ID=access_key, AWS_SECRET_ACCESS_KEY=secret),
           "credentials wrong or expired")
    failed(w.fetch(AWS_SECRET_ACCESS_KEY=None), "no credentials", "AWS_SECRET_ACCESS_KEY")


def static_text(secret=SECRET):
    return f"aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = {secret}\n"


def shared_files(w):
    """the shared files: default profile, named one, credentials before config"""
    good = w.file("credentials", "[default]\n" + static_text() + "[other]\n" + static_text("x"))
    config = w.file("config", "[profile other]\nregion = eu-west-1\n[profile third]\n"
                    + static_text())
    files = without_keys(AWS_SHARED_CREDENTIALS_FILE=good, AWS_CONFIG_FILE=config)
    found(w.fetch(**files))
    found(w.fetch("--profile", "third", **files))
    found(w.fetch(AWS_PROFILE="third", **files))
    failed(w.fetch("--profile", "other", **files), "credentials wrong or expired")
    failed(w.fetch("--profile", "nobody", **files), "no credentials", "in neither")


def option_before_environment(w):
    """a profile that is named by option switches the environment's keys off"""
    files = {"AWS_SHARED_CREDENTIALS_FILE": w.file("c", "[p]\n" + static_text("x" * 40))}
    failed(w.fetch("--profile", "p", **files), "credentials wrong or expired")
    found(w.fetch(AWS_PROFILE="p", **files))


def home(w):
    """~/.aws"""
    os.makedirs(os.path.join(w.folder, "home/.aws"), exist_ok=True)
    w.file("home/.aws/credentials", "[default]\n" + static_text())
    found(w.fetch(**without_keys(HOME=os.path.join(w.folder, "home"))))


def readable_by_others(w):
    """a file with a secret that others may read is refused, in one line"""
    for mode in (0o644, 0o640, 0o604, 0o620):
        path = w.file("open", "[default]\n" + static_text(), mode)
        a = failed(w.fetch(**without_keys(AWS_SHARED_CREDENTIALS_FILE=path)), "no credentials",
                   "chmod 600", path)
        require(w.calls() == [], "something was sent")
        require(a["message"].count("\n") == 0, a.text)
    harmless = w.file("harmless", "[default]\nregion = eu-west-1\n", 0o644)
    found(w.fetch(AWS_CONFIG_FILE=harmless))


def role_files(w, text):
    return without_keys(
        AWS_CONFIG_FILE=w.file("config", text),
        AWS_SHARED_CREDENTIALS_FILE=w.file("credentials", "[base]\n" + static_text()))


def source_profile(w):
    """a role with source_profile, and a chain of two"""
    text = (f"[profile mon]\nrole_arn = {ROLE}\nsource_profile = base\nexternal_id = e-1\n"
            "role_session_name = me-too\nduration_seconds = 900\n"
            f"[profile two]\nrole_arn = {ROLE}2\nsource_profile = mon\nexternal_id = e-1\n")
    w.fake.behaviour.external_id = "e-1"
    found(w.fetch("--profile", "mon", **role_files(w, text)))
    call = next(e for e in w.fake.log if e.get("action") == "AssumeRole")["parameters"]
    require(call["RoleSessionName"] == "me-too" and call["DurationSeconds"] == "900", call)
    w.fake.log.clear()
    found(w.fetch(AWS_PROFILE="two", **role_files(w, text)))
    require(w.calls("AssumeRole") == 2, w.calls())


def role_circles(w):
    """a source_profile that goes round in circles"""
    text = (f"[profile a]\nrole_arn = {ROLE}\nsource_profile = b\n"
            f"[profile b]\nrole_arn = {ROLE}\nsource_profile = a\n")
    failed(w.fetch("--profile", "a", **role_files(w, text)), "no credentials", "circles")
    require(w.calls() == [], w.calls())


def role_of_itself(w):
    """a profile that is its own source_profile, with keys of its own"""
    text = f"[profile base]\nrole_arn = {ROLE}\nsource_profile = base\n"
    found(w.fetch("--profile", "base", **role_files(w, text)))


def credential_sources(w):
    """a role with credential_source: environment, instance, container"""
    base = f"[profile r]\nrole_arn = {ROLE}\ncredential_source = "
    found(w.fetch("--profile", "r", AWS_CONFIG_FILE=w.file("c1", base + "Environment\n")))
    found(w.fetch("--profile", "r", **role_files(w, base + "Ec2InstanceMetadata\n")))
    found(w.fetch("--profile", "r", **role_files(w, base + "EcsContainer\n"),
                  AWS_CONTAINER_CREDENTIALS_FULL_URI=w.fake.url + "/container"))
    require(w.calls("AssumeRole") == 3, w.calls())
    failed(w.fetch("--profile", "r", **role_files(w, base + "Moon\n")), "no credentials",
           "credential_source")


def role_by_option(w):
    """a role by option, with external id"""
    w.fake.behaviour.external_id = "secret-id"
    found(w.fetch("--role-arn", ROLE, "--external-id", "secret-id"))
    failed(w.fetch("--role-arn", ROLE), "no credentials", ROLE, "AccessDenied")


def sts_denied(w):
    """STS refuses: not tried again"""
    w.fake.behaviour.deny_assume = True
    failed(w.fetch("--role-arn", ROLE), "no credentials", "AccessDenied")
    require(w.calls("AssumeRole") == 1, w.calls())


def sts_passes(w):
    """STS is throttled once"""
    w.fake.behaviour.faults = [{"action": "AssumeRole", "code": "Throttling", "http": 400}]
    found(w.fetch("--role-arn", ROLE))


def sts_expired(w):
    """keys that STS takes for expired"""
    w.fake.behaviour.expired_keys = ["AKIDEXAMPLE"]
    failed(w.fetch("--role-arn", ROLE), "no credentials", "ExpiredToken")


def process(w):
    """credential_process: words and quotes, no shell"""
    access_key, secret, token = w.fake.new_keys()
    answer = {"Version": 1, "AccessKeyId": access_key, "SecretAccessKey": secret,
              "SessionToken": token, "Expiration": "2099-01-01T00:00:00Z"}
    script = w.file("helper.py", "import sys\nassert sys.argv[1:] == ['a b', '$HOME', ''], sys.argv\n"
                    f"print({json.dumps(json.dumps(answer))})\n")
    text = f"[profile p]\ncredential_process = /usr/bin/python3 {script} 'a b' $HOME \"\"\n"
    found(w.fetch("--profile", "p", **without_keys(AWS_CONFIG_FILE=w.file("config", text))))


def process_fails(w):
    """credential_process that hangs, prints rubbish, or does not exist"""
    table = [("/usr/bin/python3 -c 'import time; time.sleep(60)'", "in time"),
             ("/bin/echo nonsense", "not JSON"), ("/bin/true", "printed nothing"),
             ("/nonexistent/helper", "No such file"), ("'open quote", "open quote"),
             ("/bin/echo '{\"Version\": 2}'", "Version"),
             ("/bin/echo '{\"Version\": 1, \"AccessKeyId\": \"A\"}'", "missing"),
             ("/bin/cat /dev/zero", "too long")]
    for command, text in table:
        config = w.file("config", f"[profile p]\ncredential_process = {command}\n")
        begin = time.monotonic()
        a = w.fetch("--profile", "p", "--timeout", "2", **without_keys(AWS_CONFIG_FILE=config))
        require(text in a["message"], f"{command}: {a.text}")
        require(time.monotonic() - begin < 5, f"{command} took too long")


def process_without_sigchld(w):
    """credential_process where SIGCHLD is ignored, as in collectd: judged by its output"""
    answer = {"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": SECRET}
    script = w.file("helper.py", f"print({json.dumps(json.dumps(answer))})\n")
    config = w.file("config", f"[profile p]\ncredential_process = /usr/bin/python3 {script}\n")
    done = subprocess.run(
        ["sh", "-c", 'trap "" CHLD; exec "$@"', "sh", w.program, "fetch", "--profile", "p", ID],
        capture_output=True, text=True, timeout=60, check=False,
        env=w.environment(**without_keys(AWS_CONFIG_FILE=config)))
    require("outcome found" in done.stdout, done.stdout + done.stderr)


def web_identity(w):
    """web identity of the environment and of a profile; the call is not signed"""
    token = w.file("token", "identity.token.text\n", 0o644)
    found(w.fetch(**without_keys(AWS_ROLE_ARN=ROLE, AWS_WEB_IDENTITY_TOKEN_FILE=token)))
    text = f"[profile web]\nrole_arn = {ROLE}\nweb_identity_token_file = {token}\n"
    found(w.fetch("--profile", "web", **without_keys(AWS_CONFIG_FILE=w.file("config", text))))
    require(w.calls("AssumeRoleWithWebIdentity") == 2, w.calls())
    wrong = w.file("token", "another\n")
    failed(w.fetch(**without_keys(AWS_ROLE_ARN=ROLE, AWS_WEB_IDENTITY_TOKEN_FILE=wrong)),
           "no credentials", "InvalidIdentityToken")
    failed(w.fetch(**without_keys(AWS_ROLE_ARN=ROLE, AWS_WEB_IDENTITY_TOKEN_FILE="/gone")),
           "no credentials", "/gone")


def container(w):
    """container endpoint, with a token from a file or the environment"""
    w.fake.behaviour.container["token"] = "secret token"
    uri = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": w.fake.url + "/container"}
    path = w.file("pod-token", "secret token\n")
    found(w.fetch(**without_keys(**uri), AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=path))
    found(w.fetch(**without_keys(**uri), AWS_CONTAINER_AUTHORIZATION_TOKEN="secret token"))
    a = failed(w.fetch(**without_keys(**uri)), "no credentials", "401")
    require(not any(e["path"].startswith("/latest") for e in w.fake.log), a.text)
    bad = w.file("pod-token", "two\nlines")
    failed(w.fetch(**without_keys(**uri), AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=bad),
           "no credentials", "header")


def container_hosts(w):
    """a container endpoint elsewhere, over plain HTTP, is refused"""
    for url in ("http://10.0.0.1/x", "http://example.com/", "http://169.254.169.254/", "file:///x",
                "http://169.254.170.2.example.com/"):
        failed(w.fetch(**without_keys(AWS_CONTAINER_CREDENTIALS_FULL_URI=url)), "no credentials",
               "AWS_CONTAINER_CREDENTIALS_FULL_URI")


def container_answers(w):
    """answers of the container endpoint that can't be used"""
    uri = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": w.fake.url + "/container"}
    table = [("[]", "no JSON object"), ("{}", "missing"), ("{", "not JSON"), ("x" * 70000, "answer"),
             ('{"AccessKeyId":"A","AccessKeyId":"B"}', "not JSON"),
             ('{"AccessKeyId":"A\\u0000","SecretAccessKey":"B"}', "not JSON"),
             ('{"AccessKeyId":"A\\n","SecretAccessKey":"B"}', "characters"),
             ('{"AccessKeyId":"A","SecretAccessKey":"B","Expiration":"soon"}', "Expiration"),
             ('{"AccessKeyId":"A","SecretAccessKey":"' + "s" * 300 + '"}', "too long")]
    for body, text in table:
        w.fake.behaviour.faults = [{"action": "container", "body": body, "times": 9}]
        failed(w.fetch(**without_keys(**uri)), "no credentials", text)


def metadata(w):
    """instance metadata, version 2, and the region from it"""
    found(w.fetch(**without_keys(AWS_REGION=None)))
    paths = [e["path"] for e in w.fake.log if e["method"] in ("GET", "PUT")]
    require("/latest/meta-data/placement/region" in paths, paths)
    require("/latest/meta-data/iam/security-credentials/monitor" in paths, paths)
    for base in (w.fake.url + "/", w.fake.url):
        found(w.fetch(**without_keys(AWS_EC2_METADATA_SERVICE_ENDPOINT=base)))


def metadata_fails(w):
    """instance metadata that is off, has no role, refuses, or hangs"""
    settings = w.fake.behaviour.metadata
    failed(w.fetch(**without_keys(AWS_EC2_METADATA_DISABLED="true")), "no credentials",
           "AWS_EC2_METADATA_DISABLED")
    settings["role"] = None
    failed(w.fetch(**without_keys()), "no credentials", "no role")
    settings["role"] = "monitor"
    settings["code"] = "AssumeRoleUnauthorizedAccess"
    failed(w.fetch(**without_keys()), "no credentials", "AssumeRoleUnauthorizedAccess")
    settings["code"] = "Success"
    settings["token_status"] = 403
    failed(w.fetch(**without_keys()), "no credentials", "turned off")
    settings["token_status"] = 200
    w.fake.behaviour.faults = [{"action": "metadata-token", "delay": 3, "times": 9}]
    failed(w.fetch(**without_keys()), "no credentials", "hop limit")
    failed(w.fetch(**without_keys(AWS_EC2_METADATA_SERVICE_ENDPOINT="http://127.0.0.1:1")),
           "no credentials", "instance metadata")


def metadata_token_is_gone(w):
    """a session token that is gone is replaced"""
    w.fake.behaviour.faults = [{"action": "metadata", "http": 401}]
    found(w.fetch(**without_keys()))


def static_stability(w):
    """expired keys of the metadata service are used all the same"""
    w.fake.behaviour.metadata["expires_in"] = -60
    found(w.fetch("--repeat", "2", **without_keys()))
    asked = [e for e in w.fake.log if e["path"].endswith("/monitor")]
    require(len(asked) == 1, "they are not asked for each time")


def sso_and_mfa(w):
    """what is not supported says so"""
    text = "[profile s]\nsso_session = x\n[profile m]\nmfa_serial = y\n"
    text += f"role_arn = {ROLE}\nsource_profile = base\n"
    failed(w.fetch("--profile", "s", **role_files(w, text)), "no credentials", "SSO",
           "credential_process")
    failed(w.fetch("--profile", "m", **role_files(w, text)), "no credentials", "MFA")


def bad_files(w):
    """shared files that can't be read"""
    for text, problem in (("[default\n", "line 1"), ("[default]\nnonsense\n", "line 2"),
                          ("[default]\nx = \0\n", "NUL")):
        failed(w.fetch(**without_keys(AWS_CONFIG_FILE=w.file("config", text))), "no credentials",
               problem)


def no_region(w):
    """no region anywhere"""
    failed(w.fetch(AWS_REGION=None, AWS_EC2_METADATA_DISABLED="true"), "could not ask", "no region")
    failed(w.fetch("--region", "../x", AWS_ENDPOINT_URL=None), "could not ask", "region")


def region_of_profile(w):
    """the profile's region, and its URL"""
    config = w.file("config", f"[default]\nregion = eu-west-1\nendpoint_url = {w.fake.url}\n")
    found(w.fetch(AWS_REGION=None, AWS_ENDPOINT_URL=None, AWS_CONFIG_FILE=config))


# ---- the poller --------------------------------------------------------------------------------


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
    """the poller keeps what was known while the API fails, and says so"""
    def fail():
        w.fake.behaviour.faults = [{"action": "DescribeVpcEndpoints", "times": 1000,
                                    "code": "AuthFailure", "http": 401}]

    def mend():
        w.fake.behaviour.faults = []
    lines = poll(w, 6, ID, script=[(2, fail), (4, mend)])
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
    """keys that were replaced in the shared file are read anew when the old ones are refused"""
    path = w.file("credentials", "[default]\n" + static_text())

    def rotate():
        w.fake.keys["AKIDNEW"] = ("n" * 40, None)
        w.file("credentials", "[default]\naws_access_key_id = AKIDNEW\n"
               f"aws_secret_access_key = {'n' * 40}\n")
        w.fake.behaviour.expired_keys = ["AKIDEXAMPLE"]
    lines = poll(w, 4, ID, script=[(1.5, rotate)],
                 **without_keys(AWS_SHARED_CREDENTIALS_FILE=path))
    require(lines[:-1] == [f"{ID} found known=1 state=available pending=0"], lines)


def poller_ends(w):
    """the poller ends in well under a second, with a call in flight"""
    w.fake.behaviour.faults = [{"delay": 4, "times": 1000}]
    lines = poll(w, 0.5, ID)
    require(float(lines[-1].split()[1]) < 0.5, lines)


SCENARIOS = [value for value in list(globals().values())
             if callable(value) and getattr(value, "__code__", None) is not None
             and value.__code__.co_varnames[:1] == ("w",) and value.__code__.co_argcount == 1]


def main():
    w = World(sys.argv[1])
    only = sys.argv[2] if len(sys.argv) > 2 else ""
    bad = 0
    for scenario in SCENARIOS:
        name = scenario.__doc__.strip()
        if only not in name and only != scenario.__name__:
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
