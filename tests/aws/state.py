#!/usr/bin/python3
"""check_privatelink --check state against the fake EC2: every row of the state check, and every way
in which the API can fail, each with its exit code and reason code.

    tests/aws/run /usr/bin/python3 tests/aws/state.py CHECK_PRIVATELINK
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab.aws.fake import Fake
from lab.aws.fixture import ID, KEYS, REGION, ROLE, SECRET, make_fixture

SERVICE = f"com.amazonaws.vpce.{REGION}.vpce-svc-0123456789abcdef0"
FOREVER = 1000  # times that a fault is repeated

OK, WARNING, CRITICAL, UNKNOWN = range(4)


def endpoint(**changes):
    """A world in which the endpoint differs so."""
    return lambda fake: fake.behaviour.state.update({ID: changes})


def created_now(seconds=0, **changes):
    """The same, and the endpoint was created just now, or so many seconds ago."""
    return lambda fake: fake.behaviour.state.update(
        {ID: {"CreationTimestamp": fake.iso(seconds), **changes}})


def resource(accessibility, **more):
    """A world in which the endpoint is of type Resource, with one association."""
    def change(fake):
        endpoint(VpcEndpointType="Resource", ServiceName=None, DnsEntries=[])(fake)
        fake.fixture["VpcEndpointAssociations"].append(
            {"Id": "a", "VpcEndpointId": ID, "AssociatedResourceAccessibility": accessibility,
             "PrivateDnsEntry": {"DnsName": "db.example.com"}, **more})
    return change


def rule(**permission):
    """A world in which the endpoint's security group has one inbound rule."""
    def change(fake):
        base = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [],
                "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}
        fake.fixture["SecurityGroups"][0]["IpPermissions"] = [base | permission]
    return change


def attribute(**values):
    return lambda fake: next(iter(fake.fixture["VpcAttributes"].values())).update(values)


def denied(*actions):
    return lambda fake: fake.behaviour.denied.extend(actions)


def fault(**what):
    return lambda fake: fake.behaviour.faults.append({"times": FOREVER} | what)


def fixture(**shape):
    return lambda fake: fake.reset(make_fixture(**shape))


def nothing(fake):
    del fake


def without_keys(**more):
    return {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, **more}


STATIC = f"aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = {SECRET}\n"
ANSWER = json.dumps({"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": SECRET})
# In {folder}; "open" is the one that others may read.
FILES = {
    "credentials": f"[default]\n{STATIC}[other]\n{STATIC}",
    "open": f"[default]\n{STATIC}",
    "config": f"[profile role]\nrole_arn = {ROLE}\nsource_profile = other\n"
              f"[profile instance]\nrole_arn = {ROLE}\ncredential_source = Ec2InstanceMetadata\n"
              f"[profile process]\ncredential_process = /bin/echo '{ANSWER}'\n",
    "token": "identity.token.text\n",
}


# name, what is different, further options, environment, exit code, reason, what the text says
ROWS = [
    ("available", nothing, "", {}, OK, None, "available, private DNS on, 3 zones"),
    ("another case of letters", endpoint(State="AVAILABLE"), "", {}, OK, None, "3 zones"),
    ("pending, of an old endpoint: an edit?", endpoint(State="pending"), "", {}, UNKNOWN, "state.pending",
     "an edit of a working endpoint looks the same"),
    ("pending within the grace", created_now(State="pending"), "", {}, WARNING, "state.pending",
     "pending"),
    ("pendingAcceptance within the grace", created_now(State="pendingAcceptance"), "", {}, WARNING,
     "state.pending-acceptance", "accept"),
    ("pending with no grace left", created_now(State="pending", seconds=-60), "--pending-grace 30",
     {}, CRITICAL, "state.pending", "pending"),
    ("pendingAcceptance", endpoint(State="pendingAcceptance"), "", {}, CRITICAL,
     "state.pending-acceptance", "accept"),
    ("rejected", endpoint(State="rejected"), "", {}, CRITICAL, "state.rejected", "rejected"),
    ("failed", endpoint(State="failed"), "", {}, CRITICAL, "state.failed", "failed"),
    ("expired", endpoint(State="expired"), "", {}, CRITICAL, "state.expired", "expired"),
    ("deleting", endpoint(State="deleting"), "", {}, CRITICAL, "state.deleted", "deleting"),
    ("deleted", endpoint(State="deleted"), "", {}, CRITICAL, "state.deleted", "deleted"),
    ("partial", endpoint(State="partial"), "", {}, UNKNOWN, "state.unknown", "partial"),
    ("a state of the future", endpoint(State="hibernating"), "", {}, UNKNOWN, "state.unknown",
     "hibernating"),
    ("not found", nothing, "--endpoint-id vpce-0fffffffffffffff0", {}, CRITICAL,
     "state.not-found", "no endpoint vpce-0fffffffffffffff0 in the account of environment "
     "(AKID…) in eu-central-1"),
    ("not found by an instance's role", nothing, "--endpoint-id vpce-0fffffffffffffff0",
     without_keys(), CRITICAL, "state.not-found", "in the account of instance metadata (ASIA…"),
    ("not found, and not confirmed", fault(http=503, code="Unavailable",
                                           parameter="VpcEndpointId.1"),
     "--endpoint-id vpce-0fffffffffffffff0", {}, UNKNOWN, "state.api", "Unavailable"),
    ("a list that is late", lambda fake: fake.behaviour.unlisted.append(ID), "", {}, OK, None,
     "available"),
    ("a profile that does not exist", nothing, "--aws-profile gone", {}, UNKNOWN,
     "state.credentials", "profile gone: in neither of the shared AWS files"),
    ("a profile of the environment that does not exist", nothing, "",
     without_keys(AWS_PROFILE="gone"), UNKNOWN, "state.credentials", "profile gone"),
    ("a secondary call that fails", fault(action="DescribeVpcs", http=500, code="InternalError"),
     "", {}, OK, None, "no answer: ec2:DescribeVpcs"),
    ("the service that is expected", nothing, f"--service-name {SERVICE}", {}, OK, None, ""),
    ("another service", nothing, "--service-name com.amazonaws.vpce.eu-west-1.vpce-svc-00", {},
     CRITICAL, "state.service-name", "expected"),
    ("private DNS off", endpoint(PrivateDnsEnabled=False), "", {}, CRITICAL, "state.private-dns",
     "private DNS is off"),
    ("private DNS off, as wanted", endpoint(PrivateDnsEnabled=False), "--private-dns off", {}, OK,
     None, "private DNS off"),
    ("private DNS on, not wanted", nothing, "--private-dns off", {}, CRITICAL,
     "state.private-dns", "private DNS is on"),
    ("private DNS of no interest", endpoint(PrivateDnsEnabled=False), "--private-dns any", {}, OK,
     None, ""),
    ("enableDnsSupport off", attribute(enableDnsSupport=False), "", {}, CRITICAL, "state.vpc-dns",
     "enableDnsSupport"),
    ("enableDnsHostnames off", attribute(enableDnsHostnames=False), "", {}, CRITICAL,
     "state.vpc-dns", "enableDnsHostnames"),
    ("VPC attributes off without private DNS", attribute(enableDnsSupport=False),
     "--private-dns any", {}, CRITICAL, "state.vpc-dns", "enableDnsSupport"),
    ("a rule for the VPC", rule(IpRanges=[{"CidrIp": "10.0.0.0/8"}]), "", {}, OK, None, ""),
    ("a rule for a part of the VPC", rule(IpRanges=[{"CidrIp": "10.0.3.0/24"}]), "", {}, OK, None,
     ""),
    ("a rule for somewhere else", rule(IpRanges=[{"CidrIp": "192.168.0.0/16"}]), "", {}, WARNING,
     "state.security-group", "no rule for the VPC"),
    ("a rule for another port", rule(FromPort=80, ToPort=80, IpRanges=[{"CidrIp": "0.0.0.0/0"}]),
     "", {}, WARNING, "state.security-group", "no rule"),
    ("a rule for the port that is watched", rule(FromPort=9000, ToPort=9999,
                                                 IpRanges=[{"CidrIp": "0.0.0.0/0"}]),
     "--port 9243", {}, OK, None, ""),
    ("a rule for its own members", rule(UserIdGroupPairs=[{"GroupId": "sg-" + "0" * 17}]), "", {},
     WARNING, "state.security-group", "only its own members"),
    ("a rule for another group", rule(UserIdGroupPairs=[{"GroupId": "sg-" + "1" * 17}]), "", {},
     OK, None, ""),
    ("a rule for a prefix list", rule(PrefixListIds=[{"PrefixListId": "pl-1"}]), "", {}, OK, None,
     ""),
    ("one zone", fixture(zones=1), "", {}, WARNING, "state.zones", "1 availability zone"),
    ("one zone is enough", fixture(zones=1), "--min-zones 1", {}, OK, None, "1 zone"),
    ("a load balancer", endpoint(VpcEndpointType="GatewayLoadBalancer", DnsEntries=None, Groups=None,
                                 PrivateDnsEnabled=None), "--private-dns any", {}, OK, None,
     "available, 3 zones"),
    ("a resource", resource("AVAILABLE"), "", {}, OK, None, "available, private DNS on, 3 zones"),
    ("a resource that failed", resource("FAILED", FailureCode="Gone"), "", {}, CRITICAL,
     "state.association", "resource db.example.com is FAILED: Gone"),
    ("a resource that is not known", denied("DescribeVpcEndpointAssociations"), "", {}, OK, None,
     "available"),
    ("a type of the future", endpoint(VpcEndpointType="Tunnel"), "", {}, UNKNOWN, "state.type",
     "Tunnel"),
    ("a service in another region", endpoint(ServiceRegion="us-east-1"),
     "--service-region us-east-1", {}, OK, None, ""),
    ("a service in the wrong region", endpoint(ServiceRegion="us-east-1"),
     "--service-region eu-west-1", {}, CRITICAL, "state.service-name", "expected eu-west-1"),
    ("clients elsewhere", rule(IpRanges=[{"CidrIp": "192.168.0.0/16"}]),
     "--client-range 192.168.4.0/24", {}, OK, None, "available"),
    ("clients that are not admitted", nothing, "--client-range 10.0.0.0/16,192.168.4.0/24", {},
     WARNING, "state.security-group", "does not admit all of 192.168.4.0/24 on port 443"),
    ("a last error", endpoint(LastError={"Code": "Odd", "Message": "try later"}), "", {}, OK, None,
     "last error: Odd: try later"),
    ("a gateway", endpoint(VpcEndpointType="Gateway"), "", {}, UNKNOWN, "state.type",
     "it cannot be checked here"),
    ("no permission", denied("DescribeVpcEndpoints"), "", {}, UNKNOWN, "state.denied",
     "ec2:DescribeVpcEndpoints"),
    ("no permission for interfaces", denied("DescribeNetworkInterfaces", "DescribeSubnets"), "",
     {}, OK, None, "ec2:DescribeNetworkInterfaces"),
    ("no permission for groups", denied("DescribeSecurityGroups"), "", {}, OK, None,
     "ec2:DescribeSecurityGroups"),
    ("no permission for attributes", denied("DescribeVpcAttribute"), "", {}, OK, None,
     "ec2:DescribeVpcAttribute"),
    ("no credentials", nothing, "", {"AWS_ACCESS_KEY_ID": None,
                                     "AWS_EC2_METADATA_DISABLED": "true"},
     UNKNOWN, "state.credentials", "no credentials"),
    ("a wrong secret", nothing, "", {"AWS_SECRET_ACCESS_KEY": "wrong"}, UNKNOWN,
     "state.credentials", ""),
    ("an unknown key", nothing, "", {"AWS_ACCESS_KEY_ID": "AKIANOBODY"}, UNKNOWN,
     "state.credentials", ""),
    ("throttled", fault(http=503, code="RequestLimitExceeded"), "", {}, UNKNOWN,
     "state.throttled", ""),
    ("throttled once", fault(http=503, code="RequestLimitExceeded", times=1), "", {}, OK, None,
     ""),
    ("an internal error", fault(http=500, code="InternalError"), "", {}, UNKNOWN, "state.api", ""),
    ("unavailable", fault(http=503, code="Unavailable"), "", {}, UNKNOWN, "state.api",
     "Unavailable"),
    ("a page of a proxy", fault(http=502), "", {}, UNKNOWN, "state.api", "HTTP status 502"),
    ("authentication fails", fault(http=401, code="AuthFailure"), "", {}, UNKNOWN,
     "state.credentials", "AuthFailure"),
    ("keys that have expired", lambda fake: fake.behaviour.expired_keys.append("AKIDEXAMPLE"), "",
     {}, UNKNOWN, "state.credentials", "RequestExpired"),
    ("the API says itself that it is not found",
     fault(http=400, code="InvalidVpcEndpointId.NotFound"), "", {}, CRITICAL, "state.not-found", ""),
    ("an error code of the future", fault(http=400, code="Odd"), "", {}, UNKNOWN, "state.api",
     "Odd"),
    ("a body that is cut", fault(cut=300), "", {}, UNKNOWN, "state.api", ""),
    ("it hangs", fault(delay=30), "--timeout 2", {}, UNKNOWN, "state.api", "deadline"),
    ("STS denies", lambda fake: setattr(fake.behaviour, "deny_assume", True),
     f"--aws-role-arn {ROLE}", {}, UNKNOWN, "state.credentials", "AccessDenied"),
    ("STS takes the keys for expired", fault(http=400, code="ExpiredTokenException"),
     f"--aws-role-arn {ROLE}", {}, UNKNOWN, "state.credentials", "ExpiredTokenException"),
    ("STS does not take the identity", nothing, "", without_keys(
        AWS_ROLE_ARN=ROLE, AWS_WEB_IDENTITY_TOKEN_FILE="{folder}/credentials"), UNKNOWN,
     "state.credentials", "InvalidIdentityToken"),
    ("a file that others may read", nothing, "", without_keys(
        AWS_SHARED_CREDENTIALS_FILE="{folder}/open"), UNKNOWN, "state.credentials", "chmod 600"),
    ("keys of the shared file", nothing, "", without_keys(
        AWS_SHARED_CREDENTIALS_FILE="{folder}/credentials"), OK, None, ""),
    ("keys of a profile", nothing, "--aws-profile other", {
        "AWS_SHARED_CREDENTIALS_FILE": "{folder}/credentials"}, OK, None, ""),
    ("a role by option", nothing, f"--aws-role-arn {ROLE}", {}, OK, None, ""),
    ("a role of a profile", nothing, "--aws-profile role", {
        "AWS_CONFIG_FILE": "{folder}/config",
        "AWS_SHARED_CREDENTIALS_FILE": "{folder}/credentials"}, OK, None, ""),
    ("a role with the instance's keys", nothing, "--aws-profile instance", {
        "AWS_CONFIG_FILE": "{folder}/config"}, OK, None, ""),
    ("credential_process", nothing, "--aws-profile process", {
        "AWS_CONFIG_FILE": "{folder}/config"}, OK, None, ""),
    ("web identity", nothing, "", without_keys(
        AWS_ROLE_ARN=ROLE, AWS_WEB_IDENTITY_TOKEN_FILE="{folder}/token"), OK, None, ""),
    ("the container endpoint", nothing, "", without_keys(
        AWS_CONTAINER_CREDENTIALS_FULL_URI="{url}/container"), OK, None, ""),
    ("instance metadata", nothing, "", without_keys(), OK, None, ""),
    ("nobody listens", nothing, "--aws-endpoint-url http://127.0.0.1:1", {}, UNKNOWN, "state.api",
     " ms: Connection refused"),
    ("a clock ten minutes off", lambda fake: setattr(fake.behaviour, "skew", 600), "", {}, OK, None,
     ""),
]


# --explain: name, what is different, further options, environment, what it says
COST = "cost: 0.03 USD an hour, 21.9 USD a month: 3 zones at 0.01 USD, the price in US regions"
TOLD = [
    ("where the keys came from", nothing, "", {}, ["with the credentials from: environment (AKID…)\n"]),
    ("a role by option", nothing, f"--aws-role-arn {ROLE}", {},
     [f"with the credentials from: role {ROLE}, assumed with environment (ASIA…"]),
    ("instance metadata", nothing, "", {"AWS_ACCESS_KEY_ID": None},
     ["with the credentials from: instance metadata (ASIA…"]),
    ("no keys came from anywhere", nothing, "", {"AWS_ACCESS_KEY_ID": None,
                                                 "AWS_EC2_METADATA_DISABLED": "true"},
     ["EC2 API: no credentials: none in the environment or in profile default; "]),
    ("the API's own words", fault(http=403, code="UnauthorizedOperation", message=
                                  "User: arn:aws:sts::123456789012:assumed-role/PrivateLinkReader01"
                                  "InProduction/i is not authorized to perform: x with an explicit "
                                  "deny. Encoded authorization failure message: " + "aB3" * 40),
     "", {}, ["assumed-role/PrivateLinkReader01InProduction/i is not authorized to perform: x with an "
              "explicit deny. Encoded authorization failure message: ...left out...\n"]),
    ("a permission that is missing", denied("DescribeSecurityGroups", "DescribeVpcAttribute"), "",
     {}, ["not checked: the security group rules (missing permission ec2:DescribeSecurityGroups)\n",
          "not checked: the VPC's DNS attributes (missing permission ec2:DescribeVpcAttribute)\n"]),
    ("what it costs", nothing, "", {}, [COST, "AWS bills this until the endpoint is deleted\n"]),
    ("at a price", nothing, "--hourly-price 0.013", {},
     ["cost: 0.039 USD an hour, 28.47 USD a month: 3 zones at 0.013 USD\n"]),
    ("one that nobody can use", endpoint(State="rejected"), "", {},
     [COST, "until the endpoint is deleted, although nobody can use it now\n"]),
]


class World:
    def __init__(self, program):
        self.program = program
        self.fake = Fake().start()
        self.home = tempfile.mkdtemp(prefix="aws-state-")
        for name, text in FILES.items():
            with open(os.path.join(self.home, name), "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(file.name, 0o644 if name == "open" else 0o600)

    def run(self, options, more, output):
        environment = {"PATH": os.environ["PATH"], "HOME": self.home, "AWS_REGION": REGION,
                       "AWS_ENDPOINT_URL": self.fake.url,
                       "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.fake.url, **KEYS, **more}
        environment = {name: value.format(folder=self.home, url=self.fake.url)
                       for name, value in environment.items() if value is not None}
        command = [self.program, "--check", "state", "--endpoint-id", ID, "--output", output,
                   *options.split()]
        if output == "explain":
            command[command.index("--output"):command.index("--output") + 2] = ["--explain"]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60,
                              check=False)
        if SECRET in done.stdout + done.stderr:
            raise AssertionError("a secret was printed")
        return done

    def check(self, row):
        _, change, options, more, code, reason, says = row
        problems = []
        self.fake.reset(make_fixture())
        change(self.fake)
        done = self.run(options, more, "json")
        state = json.loads(done.stdout)["endpoints"][0]["checks"][0]
        if (done.returncode, state["severity"], state["reason"]) != (code, code, reason):
            problems.append(f"exit {done.returncode}, severity {state['severity']}, "
                            f"{state['reason']}, must be {code} {reason}: {state['summary']}")
        if says not in state["summary"]:
            problems.append(f"{says!r} is not in {state['summary']!r}")
        text = self.run(options, more, "text")
        if text.returncode != code or (reason or "[OK] state") not in text.stdout:
            problems.append(f"text, exit {text.returncode}: {text.stdout}")
        return problems


    def check_told(self, row):
        _, change, options, more, parts = row
        self.fake.reset(make_fixture())
        change(self.fake)
        text = self.run(options, more, "explain").stdout
        return [f"{part!r} is not in {text!r}" for part in parts if part not in text]

    def check_cost(self):
        """The metric is there only with a price."""
        self.fake.reset(make_fixture())
        without, priced = (self.run(options, {}, "text").stdout
                           for options in ("", "--hourly-price 0.02"))
        if "hourly_cost" in without or "hourly_cost=0.06;" not in priced:
            return [without, priced]
        return []

    def check_pending_remembered(self):
        """With a state directory, the grace of an old endpoint counts from the run that first saw it pending."""
        self.fake.reset(make_fixture())
        endpoint(State="pending")(self.fake)
        folder = os.path.join(self.home, "state")
        problems = []

        def see(options, code, says):
            text = self.run(f"--state-dir {folder} {options}", {}, "text").stdout
            if says not in text or f"status={code};" not in text:
                problems.append(f"status must be {code}, and {says!r} in {text!r}")

        see("", UNKNOWN, "an edit of a working endpoint looks the same")
        time.sleep(1.1)  # seconds are what is remembered
        see("", WARNING, "pending, first seen 0 min ago")
        see("--pending-grace 0", CRITICAL, "pending, first seen 0 min ago")
        self.fake.reset(make_fixture())
        see("--pending-grace 0", OK, "available")
        endpoint(State="pending")(self.fake)
        see("", WARNING, "pending, first seen 0 min ago")
        os.chmod(folder, 0o777)
        see("-v", UNKNOWN, "state directory")
        return problems


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    world = World(os.path.abspath(sys.argv[1]))
    checks = [(row[0], lambda row=row: world.check(row)) for row in ROWS]
    checks += [(f"told: {row[0]}", lambda row=row: world.check_told(row)) for row in TOLD]
    checks += [("hourly_cost only with a price", world.check_cost),
               ("pending, remembered", world.check_pending_remembered)]
    failed = 0
    for name, check in checks:
        problems = check()
        failed += bool(problems)
        print("\n     ".join([f"{'FAIL' if problems else 'ok  '} {name}", *problems]), flush=True)
    print(f"state: {len(checks) - failed} of {len(checks)} as they must be")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
