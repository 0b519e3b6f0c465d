#!/usr/bin/python3
"""The addresses of AWS, from end to end: host names of each partition over TLS, dual-stack names over
IPv6, and the metadata service and the container endpoints at their real addresses. The hosts file of
the namespace has only the right names, so a wrong name is not resolved.

    tests/aws/run /usr/bin/python3 tests/aws/client/places.py AWS_PROBE
"""

import os
import pathlib
import ssl
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from aws.probe import Failure, World, found, require, without_keys
from lab.aws.fixture import ROLE
from lab.pki import Pki

OVER_IPV4, OVER_IPV6 = "127.0.0.1", "::1"
DUAL, FIPS = {"AWS_USE_DUALSTACK_ENDPOINT": "true"}, {"AWS_USE_FIPS_ENDPOINT": "true"}

# region, environment, host of EC2, host of STS
PARTITIONS = [
    ("eu-central-1", {}, "ec2.eu-central-1.amazonaws.com", "sts.eu-central-1.amazonaws.com"),
    ("eu-central-1", DUAL, "ec2.eu-central-1.api.aws", "sts.eu-central-1.api.aws"),
    ("us-east-1", FIPS, "ec2-fips.us-east-1.amazonaws.com", "sts-fips.us-east-1.amazonaws.com"),
    ("cn-north-1", {}, "ec2.cn-north-1.amazonaws.com.cn", "sts.cn-north-1.amazonaws.com.cn"),
    ("cn-northwest-1", DUAL, "ec2.cn-northwest-1.api.amazonwebservices.com.cn",
     "sts.cn-northwest-1.api.amazonwebservices.com.cn"),
    ("us-gov-west-1", {}, "ec2.us-gov-west-1.amazonaws.com", "sts.us-gov-west-1.amazonaws.com"),
    ("us-gov-east-1", FIPS, "ec2.us-gov-east-1.amazonaws.com", "sts.us-gov-east-1.amazonaws.com"),
    ("us-gov-west-1", DUAL, "ec2.us-gov-west-1.api.aws", "sts.us-gov-west-1.api.aws"),
    ("us-gov-east-1", {**DUAL, **FIPS}, "ec2-fips.us-gov-east-1.api.aws",
     "sts-fips.us-gov-east-1.api.aws"),
    ("eusc-de-east-1", {}, "ec2.eusc-de-east-1.amazonaws.eu", "sts.eusc-de-east-1.amazonaws.eu"),
    ("eusc-de-east-1", DUAL, "ec2.eusc-de-east-1.api.amazonwebservices.eu",
     "sts.eusc-de-east-1.api.amazonwebservices.eu"),
    ("us-iso-east-1", DUAL, "ec2.us-iso-east-1.api.aws.ic.gov", "sts.us-iso-east-1.api.aws.ic.gov"),
    ("us-isob-east-1", FIPS, "ec2-fips.us-isob-east-1.sc2s.sgov.gov",
     "sts-fips.us-isob-east-1.sc2s.sgov.gov"),
]

# what, address of the service, environment, path that is asked for
SERVICES = [
    ("instance metadata over IPv4", "169.254.169.254", {}, "/latest/api/token"),
    ("instance metadata over IPv6", "fd00:ec2::254",
     {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"}, "/latest/api/token"),
    ("instance metadata at an IPv6 URL", "fd00:ec2::254",
     {"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://[fd00:ec2::254]/"}, "/latest/api/token"),
    ("ECS", "169.254.170.2", {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/container/task"},
     "/container/task"),
    ("EKS over IPv4", "169.254.170.23",
     {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/container/v1"},
     "/container/v1"),
    ("EKS over IPv6", "fd00:ec2::23",
     {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://[fd00:ec2::23]/container/v1"},
     "/container/v1"),
]
EVERYWHERE = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": None}


def over(environment):
    return OVER_IPV6 if environment.get("AWS_USE_DUALSTACK_ENDPOINT") else OVER_IPV4


def set_up(w):
    """The addresses, the names and the listeners."""
    for address in sorted({row[1] for row in SERVICES}):
        at_once = ["nodad"] if ":" in address else []
        subprocess.run(["ip", "address", "add", address, "dev", "lo", *at_once], check=True)
        w.fake.listen(address, 80)
    names = {host: over(row[1]) for row in PARTITIONS for host in row[2:]}
    hosts = w.file("hosts", "".join(f"{address} {name}\n" for name, address in names.items()), 0o644)
    subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)
    pki = Pki(w.folder, list(names))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pki.path("witness"))
    for address in (OVER_IPV4, OVER_IPV6):
        w.fake.listen(address, 443, tls)
    return os.path.join(w.folder, "ca.pem")


def partition(w, ca_file, row):
    region, environment, ec2, sts = row
    found(w.fetch("--role-arn", ROLE, AWS_REGION=region, AWS_ENDPOINT_URL=None,
                  AWS_CA_BUNDLE=ca_file, **environment))
    asked = {(entry["action"], entry["host"], entry["local"], entry["scope"][1], entry["scope"][2])
             for entry in w.fake.log
             if entry.get("action") in ("AssumeRole", "DescribeVpcEndpoints")}
    address = over(environment)
    require(asked == {("AssumeRole", sts, address, region, "sts"),
                      ("DescribeVpcEndpoints", ec2, address, region, "ec2")}, asked)


def service(w, row):
    _, address, environment, path = row
    found(w.fetch(**without_keys(**{**EVERYWHERE, **environment})))
    asked = {(entry["path"], entry["local"]) for entry in w.fake.log if entry["method"] != "POST"}
    require((path, address) in asked and {local for _, local in asked} == {address}, asked)


def main():
    w = World(sys.argv[1])
    ca_file = set_up(w)
    checks = [(f"{row[0]}{' dual-stack' if over(row[1]) == OVER_IPV6 else ''}"
               f"{' FIPS' if FIPS.items() <= row[1].items() else ''}: {row[2]}",
               lambda row=row: partition(w, ca_file, row)) for row in PARTITIONS]
    checks += [(row[0], lambda row=row: service(w, row)) for row in SERVICES]
    bad = 0
    for name, check in checks:
        w.fresh()
        try:
            check()
            print(f"ok   {name}", flush=True)
        except Failure as failure:
            bad += 1
            print(f"FAIL {name}\n     {failure}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
