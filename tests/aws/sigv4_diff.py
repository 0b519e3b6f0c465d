#!/usr/bin/python3
"""The signer against botocore's: 3,000 random requests of the shape that the client sends, and a
signer that was changed on purpose, which must be found out."""

import random
import subprocess
import sys

try:
    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials
except ImportError:
    print("SKIPPED: python3-botocore is not installed", file=sys.stderr)
    sys.exit(77)

COUNT = 3000
ALPHABET = ("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
            "-._~%+&=/ *!'();:@,?#[]\"\\<>|^`{}\t\néüß€𝄞")


def random_case(rng):
    word = lambda low, high, letters="abcdefghijklmnopqrstuvwxyz0123456789-": "".join(
        rng.choice(letters) for _ in range(rng.randint(low, high)))
    host = word(1, 30) + rng.choice([".amazonaws.com", ".api.aws", ".amazonaws.com.cn", ""])
    if rng.random() < 0.3:
        host += f":{rng.randint(1, 65535)}"
    if rng.random() < 0.05:
        host = f"[fd00::{rng.randint(1, 0xffff):x}]:{rng.randint(1, 65535)}"
    base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
    return {
        "host": host,
        "type": rng.choice(["application/x-www-form-urlencoded; charset=utf-8",
                            "application/x-www-form-urlencoded", None]),
        "body": word(0, 400, ALPHABET).encode(),
        "region": rng.choice(["us-east-1", "cn-north-1", "us-gov-west-1", word(1, 20)]),
        "service": rng.choice(["ec2", "sts", "monitoring", word(1, 12)]),
        "access": "AKIA" + word(16, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        "secret": word(40, 40, base64),
        "token": word(1, 2000, base64) if rng.random() < 0.5 else None,
        "time": rng.randint(0, 4102444799),
    }


def expected(case):
    import datetime
    when = datetime.datetime.fromtimestamp(case["time"], datetime.timezone.utc)
    headers = {"Host": case["host"], "X-Amz-Date": when.strftime("%Y%m%dT%H%M%SZ")}
    if case["type"]:
        headers["Content-Type"] = case["type"]
    if case["token"]:
        headers["X-Amz-Security-Token"] = case["token"]
    request = botocore.awsrequest.AWSRequest(method="POST", url="http://unused/",
                                             data=case["body"], headers=headers)
    request.context["timestamp"] = headers["X-Amz-Date"]
    signer = botocore.auth.SigV4Auth(
        botocore.credentials.Credentials(case["access"], case["secret"]),
        case["service"], case["region"])
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    names = signer.signed_headers(signer.headers_to_sign(request))
    return (f"{headers['X-Amz-Date']} AWS4-HMAC-SHA256 Credential={signer.scope(request)}, "
            f"SignedHeaders={names}, Signature={signature}")


def line(case):
    fields = [case["host"], case["type"], case["body"], case["region"], case["service"],
              case["access"], case["secret"], case["token"]]
    encode = lambda f: "-" if f is None else (f if isinstance(f, bytes) else f.encode()).hex()
    return " ".join([*map(encode, fields), str(case["time"])]) + "\n"


def run(program, cases):
    result = subprocess.run([program, "sign"], input="".join(map(line, cases)), text=True,
                            capture_output=True, check=True, timeout=120)
    return result.stdout.splitlines()


def main():
    program = sys.argv[1]
    rng = random.Random(20150830)
    cases = [random_case(rng) for _ in range(COUNT)]
    wanted = [expected(case) for case in cases]
    got = run(program, cases)
    different = [i for i in range(COUNT) if i >= len(got) or got[i] != wanted[i]]
    for i in different[:3]:
        print(f"case {i}: {cases[i]}\n  wanted {wanted[i]}\n  got    {got[i:i + 1]}")
    print(f"{COUNT} requests, {len(different)} signed differently")
    # The comparison itself: each part of a request, changed, changes every signature.
    for part, change in {"host": lambda v: v + "x", "body": lambda v: v + b"x",
                         "region": lambda v: v + "x", "service": lambda v: v + "x",
                         "secret": lambda v: v[:-1] + ("A" if v[-1] != "A" else "B"),
                         "time": lambda v: v + 1}.items():
        changed = [{**case, part: change(case[part])} for case in cases[:100]]
        same = sum(a == b for a, b in zip(run(program, changed), wanted))
        print(f"  {part} changed: {same} of 100 signed alike")
        if same:
            return 1
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
