#!/usr/bin/python3
"""The signer against botocore's: 3,000 random requests of the shape that the client sends. And the
comparison against itself: every mutant of the signer, its own code with one thing changed, must be
found out.

    sigv4_diff.py SIGV4_PROBE C_COMPILER
"""

import os
import random
import re
import subprocess
import sys
import tempfile

try:
    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials
except ImportError:
    print("SKIPPED: python3-botocore is not installed", file=sys.stderr)
    sys.exit(77)

COUNT = 3000
ALPHABET = ("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
            "-._~%+&=/ *!'();:@,?#[]\"\\<>|^`{}\0\t\néüß€𝄞")


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
    """What the program prints, which is incomplete if it fails."""
    result = subprocess.run([program], input="".join(map(line, cases)), text=True,
                            capture_output=True, check=False, timeout=120)
    return result.stdout.splitlines()


# ---- mutants -----------------------------------------------------------------------------------

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
SOURCE = "checks/aws/sigv4.c"
BESIDE = ["tests/aws/compared/sigv4_probe.c", "checks/base/buf.c", "checks/base/utf8.c",
          "checks/base/status.c"]

# What a signer is got wrong in: name, text of the source, what stands there instead.
MUTATIONS = [
    ("upper case hex", "0123456789abcdef", "0123456789ABCDEF"),
    ("the nibbles swapped", "digits[digest[i] >> 4]", "digits[digest[i] & 15]"),
    ("SHA-512/256 for the hash", "NULL, EVP_sha256(), NULL", "NULL, EVP_sha512_256(), NULL"),
    ("SHA3 for the HMAC", "HMAC(EVP_sha256()", "HMAC(EVP_sha3_256()"),
    ("the key without AWS4", '"AWS4%s", request->secret_key', '"%s", request->secret_key'),
    ("the access key for the secret", '"AWS4%s", request->secret_key',
     '"AWS4%s", request->access_key'),
    ("the key of the whole date", "hmac(seed, buf.length, day,", "hmac(seed, buf.length, \"\","),
    ("region and service swapped in the key",
     "request->region, ret_key);\n  if (status == PL_OK)\n    status = hmac(ret_key, DIGEST, "
     "request->service",
     "request->service, ret_key);\n  if (status == PL_OK)\n    status = hmac(ret_key, DIGEST, "
     "request->region"),
    ("no region in the key", "status = hmac(ret_key, DIGEST, request->region, ret_key);",
     "status = PL_OK;"),
    ("the key not ended", 'status = hmac(ret_key, DIGEST, "aws4_request", ret_key);',
     "status = PL_OK;"),
    ("half the key", "hmac(key, DIGEST, text, digest)", "hmac(key, DIGEST / 2, text, digest)"),
    ("host after the date", '"host:%s\\nx-amz-date:%s\\n", request->host, date',
     '"x-amz-date:%s\\nhost:%s\\n", date, request->host'),
    ("names in another order", "%shost;x-amz-date%s", "%sx-amz-date;host%s"),
    ("the token not signed", "if (request->session_token != NULL)\n", "if (false)\n"),
    ("the token's name left out", '"" : ";x-amz-security-token"', '"" : ""'),
    ("the token's name always there", 'request->session_token == NULL ? ""',
     'request->session_token == NULL ? ";x-amz-security-token"'),
    ("the content type not signed", "if (request->content_type != NULL)\n", "if (false)\n"),
    ("the content type's name left out", '"" : "content-type;"', '"" : ""'),
    ("the body not hashed", "hash_hex(request->body, request->body_length, payload)",
     "hash_hex(request->body, 0, payload)"),
    ("the body up to a NUL", "hash_hex(request->body, request->body_length, payload)",
     "hash_hex(request->body, strlen(request->body), payload)"),
    ("no empty line after the headers", "  pl_buf_add_char(&buf, '\\n');\n", ""),
    ("a newline after the request", '"\\n%s", payload', '"\\n%s\\n", payload'),
    ("local time", "gmtime_r(&now", "localtime_r(&now"),
    ("the year of the week", '"%Y%m%dT', '"%G%m%dT'),
    ("twelve hours", "T%H%M", "T%I%M"),
    ("a day of seven digits", "sizeof(day) - 1)", "sizeof(day) - 2)"),
    ("region and service swapped in the scope", "day, request->region, request->service",
     "day, request->service, request->region"),
    ("the scope's day is the date", '"%s/%s/%s/aws4_request", day,',
     '"%s/%s/%s/aws4_request", signature.date,'),
    ("the string to sign without its scope", "signature.date, scope, hash",
     'signature.date, "", hash'),
    ("the secret for the access key", "request->access_key,", "request->secret_key,"),
    ("the signed names unlike the hashed ones", "add_signed_names(&buf, request);\n  pl_buf_addf("
     '&buf, ", Sig', 'pl_buf_add(&buf, "host;x-amz-date");\n  pl_buf_addf(&buf, ", Sig'),
]


def mutants(source):
    """Pairs of a name and a changed source: the table's, and each string with one letter changed."""
    for name, old, new in MUTATIONS:
        if source.count(old) != 1:
            sys.exit(f"mutant {name!r}: {old!r} is in {SOURCE} {source.count(old)} times")
        yield name, source.replace(old, new)
    for match in re.finditer(r'"(?:[^"\\\n]|\\.)+"', source):
        letters = [i for i in range(*match.span())
                   if source[i].isalnum() and source[i - 1] not in "%\\"]
        before = source[source.rfind("\n", 0, match.start()) + 1:match.start()]
        if not letters or "#include" in before or "/*" in before:
            continue
        place = letters[-1]
        changed = "x" if source[place] != "x" else "y"
        yield f"{match[0]} with {changed!r} at {place - match.start()}", \
            source[:place] + changed + source[place + 1:]


def survivors(compiler, cases, wanted):
    """Names of the mutants that sign everything as botocore does, or can't be compiled."""
    result, count = [], 0
    with open(os.path.join(ROOT, SOURCE), encoding="utf-8") as file:
        source = file.read()
    with tempfile.TemporaryDirectory(prefix="sigv4-mutants-") as folder:
        build = [compiler, "-std=gnu17", f"-I{ROOT}/checks"]
        objects = []
        for i, path in enumerate(BESIDE):
            objects.append(os.path.join(folder, f"{i}.o"))
            subprocess.run([*build, "-c", os.path.join(ROOT, path), "-o", objects[-1]], check=True)
        path, program = os.path.join(folder, "mutant.c"), os.path.join(folder, "mutant")
        for name, text in mutants(source):
            count += 1
            with open(path, "w", encoding="utf-8") as target:
                target.write(text)
            built = subprocess.run([*build, path, *objects, "-o", program, "-lcrypto"], check=False)
            if built.returncode != 0:
                result.append(f"{name}: does not compile")
            elif run(program, cases) == wanted:
                result.append(name)
    print(f"{count} mutants of the signer, {len(result)} not found out")
    return result


def main():
    program, compiler = sys.argv[1:]
    # A mutant that takes the local time must not be right by chance.
    os.environ["TZ"] = "Asia/Kathmandu"
    rng = random.Random(20150830)
    cases = [random_case(rng) for _ in range(COUNT)]
    wanted = [expected(case) for case in cases]
    got = run(program, cases)
    different = [i for i in range(COUNT) if i >= len(got) or got[i] != wanted[i]]
    for i in different[:3]:
        print(f"case {i}: {cases[i]}\n  wanted {wanted[i]}\n  got    {got[i:i + 1]}")
    print(f"{COUNT} requests, {len(different)} signed differently")
    alive = survivors(compiler, cases, wanted)
    for name in alive:
        print(f"  {name}")
    return 1 if different or alive else 0


if __name__ == "__main__":
    sys.exit(main())
