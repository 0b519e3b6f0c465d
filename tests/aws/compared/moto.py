#!/usr/bin/python3
"""The client against moto, which nobody of this project wrote: with its check of signatures and
permissions switched on. What moto does otherwise than EC2 (no pages, no expiry, another error
document for a refusal) is not asked of it. Where moto_server is not installed, this is skipped,
loudly.

    tests/aws/run /usr/bin/python3 tests/aws/compared/moto.py AWS_PROBE
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

try:
    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials
except ImportError:
    print("SKIPPED: python3-botocore is not installed", file=sys.stderr)
    sys.exit(77)

REGION = "us-east-1"
# Whatever moto makes of the identity that does not come from its own IAM.
FIRST = ("AKIDFIRST", "first-secret")


class Failure(Exception):
    pass


def require(condition, text):
    if not condition:
        raise Failure(text)


class Moto:
    def __init__(self, program):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen([program, "-H", "127.0.0.1", "-p", str(port)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise Failure("moto_server did not start")

    def ask(self, service, version, action, keys=FIRST, **parameters):
        """One call of a Query API as JSON would have it: the XML, as text."""
        body = urllib.parse.urlencode({"Action": action, "Version": version, **parameters})
        request = botocore.awsrequest.AWSRequest(
            "POST", self.url + "/", data=body,
            headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
        botocore.auth.SigV4Auth(botocore.credentials.Credentials(*keys), service,
                                REGION).add_auth(request)
        sent = urllib.request.Request(request.url, body.encode(), dict(request.headers.items()))
        with urllib.request.urlopen(sent, timeout=30) as answer:
            return answer.read().decode()

    def check_signatures(self):
        """From now on; moto takes everything before."""
        request = urllib.request.Request(self.url + "/moto-api/reset-auth", b"0",
                                         {"Content-Type": "text/plain"})
        urllib.request.urlopen(request, timeout=30).close()


def between(text, tag):
    return text.split(f"<{tag}>", 1)[1].split(f"</{tag}>", 1)[0]


def fetch(program, moto, endpoint, keys, *options):
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_REGION": REGION,
                   "AWS_ENDPOINT_URL": moto.url, "AWS_EC2_METADATA_DISABLED": "true",
                   "AWS_ACCESS_KEY_ID": keys[0], "AWS_SECRET_ACCESS_KEY": keys[1]}
    # moto fails at the filter by id. With more ids than the filter takes, all endpoints are listed.
    more = [f"vpce-z{i}" for i in range(200)]
    done = subprocess.run([program, "fetch", *options, endpoint, *more], capture_output=True, text=True,
                          env=environment, timeout=60, check=False)
    require(done.returncode == 0, done.stderr[-2000:])
    return done.stdout


def user_with(moto, name, actions):
    """Keys of a user of moto's IAM who may do these."""
    moto.ask("iam", "2010-05-08", "CreateUser", UserName=name)
    policy = {"Version": "2012-10-17",
              "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    moto.ask("iam", "2010-05-08", "PutUserPolicy", UserName=name, PolicyName="p",
             PolicyDocument=json.dumps(policy))
    made = moto.ask("iam", "2010-05-08", "CreateAccessKey", UserName=name)
    return between(made, "AccessKeyId"), between(made, "SecretAccessKey")


def tell(program, moto):
    ec2 = lambda action, **more: moto.ask("ec2", "2016-11-15", action, **more)
    vpc = between(ec2("CreateVpc", CidrBlock="10.9.0.0/16"), "vpcId")
    subnet = between(ec2("CreateSubnet", VpcId=vpc, CidrBlock="10.9.1.0/24",
                         AvailabilityZone=REGION + "a"), "subnetId")
    made = ec2("CreateVpcEndpoint", VpcId=vpc, VpcEndpointType="Interface",
               ServiceName=f"com.amazonaws.{REGION}.ssm", **{"SubnetId.1": subnet})
    endpoint = between(made, "vpcEndpointId")
    policy = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../docs/iam-policy.json")
    with open(policy, encoding="utf-8") as file:
        allowed = json.load(file)["Statement"][0]["Action"]
    good = user_with(moto, "monitor", allowed)
    nobody = user_with(moto, "nobody", ["s3:ListAllMyBuckets"])
    role = between(moto.ask("iam", "2010-05-08", "CreateRole", RoleName="r", Path="/",
                            AssumeRolePolicyDocument=json.dumps({
                                "Version": "2012-10-17", "Statement": [
                                    {"Effect": "Allow", "Action": "sts:AssumeRole",
                                     "Principal": {"AWS": "*"}}]})), "Arn")
    moto.ask("iam", "2010-05-08", "PutRolePolicy", RoleName="r", PolicyName="p",
             PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
                 {"Effect": "Allow", "Action": allowed, "Resource": "*"}]}))
    assumer = user_with(moto, "assumer", ["sts:AssumeRole"])
    moto.check_signatures()

    text = fetch(program, moto, endpoint, good)
    for line in ("outcome found", "state available", "type Interface", f"vpc {vpc}",
                 "vpc-cidr 10.9.0.0/16", f"zone {REGION}a"):
        require(f"\n{line}\n" in text, f"{line!r} is not in {text}")
    print("ok   everything that docs/iam-policy.json allows is read")
    text = fetch(program, moto, "vpce-gone", good)
    require("outcome not found\n" in text, text)
    print("ok   an endpoint that is not there")
    text = fetch(program, moto, endpoint, (good[0], "wrong"))
    require("outcome credentials wrong or expired\n" in text, text)
    print("ok   a signature with a wrong secret")
    text = fetch(program, moto, endpoint, nobody)
    require("outcome denied\n" in text and "denied ec2:DescribeVpcEndpoints\n" in text, text)
    print("ok   a user without the permission")
    text = fetch(program, moto, endpoint, assumer, "--role-arn", role)
    require("outcome found\n" in text, text)
    print("ok   a role, and the session token in the signature")


def main():
    program = shutil.which("moto_server")
    usable = program and subprocess.run([program, "--help"], capture_output=True,
                                        check=False).returncode == 0
    if not usable:
        print("SKIPPED: moto_server is not installed (pip install 'moto[server]'; no Debian "
              "package). The client was NOT tested against moto.", file=sys.stderr)
        return 77
    moto = Moto(program)
    try:
        tell(sys.argv[1], moto)
    except Failure as failure:
        print(f"FAIL {failure}")
        return 1
    finally:
        moto.process.terminate()
        moto.process.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
