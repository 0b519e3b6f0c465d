#!/usr/bin/python3
"""The fake is what it claims to be: the stock AWS CLI reads back exactly its fixture."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from lab.aws.fake import Fake
from lab.aws.fixture import KEYS, REGION, make_fixture

AWS = "/usr/bin/aws" if os.path.exists("/usr/bin/aws") else shutil.which("aws")


def aws(fake, *arguments):
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_REGION": REGION,
                   "AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true", **KEYS}
    done = subprocess.run([AWS, *arguments, "--endpoint-url", fake.url, "--output", "json"],
                          capture_output=True, text=True, env=environment, timeout=120,
                          check=False)
    if done.returncode != 0:
        raise SystemExit(f"aws {' '.join(arguments)}: {done.stderr}")
    return json.loads(done.stdout)


def normalised(value):
    """Timestamps are written in more than one way."""
    if isinstance(value, dict):
        return {k: normalised(v) for k, v in value.items()}
    if isinstance(value, list):
        return [normalised(v) for v in value]
    if isinstance(value, str):
        return value.replace("+00:00", "Z").replace("678000Z", "678Z")
    return value


def main():
    if AWS is None:
        print("SKIPPED: no AWS CLI (awscli) is installed", file=sys.stderr)
        return 77
    fake = Fake(make_fixture(25, vpcs=2)).start()
    fake.behaviour.page_size = 10
    bad = 0
    for command, kind in (("describe-vpc-endpoints", "VpcEndpoints"),
                          ("describe-network-interfaces", "NetworkInterfaces"),
                          ("describe-security-groups", "SecurityGroups"),
                          ("describe-subnets", "Subnets"), ("describe-vpcs", "Vpcs")):
        got = aws(fake, "ec2", command, "--page-size", "10")[kind]
        same = normalised(got) == normalised(fake.fixture[kind])
        print(f"{'ok  ' if same else 'FAIL'} {command}: {len(got)} objects")
        bad += not same
    got = aws(fake, "ec2", "describe-vpc-attribute", "--vpc-id", "vpc-" + "0" * 17, "--attribute",
              "enableDnsSupport")
    bad += got["EnableDnsSupport"] != {"Value": True}
    got = aws(fake, "sts", "assume-role", "--role-arn", "arn:aws:iam::123456789012:role/monitor",
              "--role-session-name", "test")
    bad += got["Credentials"]["AccessKeyId"] not in fake.keys
    print(f"{bad} differences")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
