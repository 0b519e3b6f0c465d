#!/usr/bin/python3
"""Random shared AWS files, read by this project and by botocore's own loader: the same keys, or both
refuse the file.

    tests/aws/run /usr/bin/python3 tests/aws/compared/shared_files.py AWS_PROBE [COUNT [SEED]]
"""

import os
import random
import re
import subprocess
import sys
import tempfile
from configparser import DuplicateOptionError, DuplicateSectionError

try:
    import botocore.configloader
    from botocore.exceptions import ConfigParseError
except ImportError as missing:
    print(f"SKIPPED: {missing} (python3-botocore)", file=sys.stderr)
    sys.exit(77)

USED = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token", "role_arn",
        "source_profile", "region", "credential_process", "endpoint_url"]
KEYS = USED + ["output", "s3", "ec2"]
DUPLICATE = "duplicate"
VALUES = ["x", "a=b", "a:b", "x # y", "x ; y", "", "https://h:1/", "  padded  ", "[x]", "ä", "'q'"]
HEADERS = ["[default]", "[profile p]", "[profile  q]", '[profile "r s"]', "[p]", "[sso-session p]"]


def cased(choose, text):
    return "".join(choose([c, c, c.upper()]) for c in text)


def make_text(seed):
    """One file."""
    random.seed(seed)
    choose, chance = random.choice, random.random
    lines, headers, keys = [], HEADERS[:], []
    if chance() < 0.97:
        lines.append(headers.pop(random.randrange(len(headers))))
        keys = KEYS[:]
    for _ in range(random.randrange(12)):
        indent = choose(["", "", "", "  ", "    ", "\t"])
        kind = chance()
        if kind < 0.15 and headers:
            header = headers.pop(random.randrange(len(headers)))
            lines.append(indent + header + choose(["", "", " # c", ";c", " x"]))
            keys = KEYS[:]
        elif kind < 0.3:
            lines.append(indent + choose(["", "# c = d", "; c", "#[x]", "   "]))
        elif kind < 0.33:
            lines.append(indent + choose(["nonsense", "= v", "[", "[]", ":v"]))
        elif keys:
            key = keys.pop(random.randrange(len(keys)))
            blank = choose(["", " ", "\t "])
            lines.append(indent + cased(choose, key) + blank + choose("=== :") + blank + choose(VALUES))
    return choose(["\n", "\r\n"]).join(lines) + choose(["", "\n"])


def expected(path, kind, name):
    """The section as botocore reads it; None where the file is refused. DUPLICATE: refused for a reason
    that other SDKs do not share."""
    try:
        sections = botocore.configloader.raw_config_parse(path)
    except ConfigParseError as refusal:
        cause = refusal.kwargs["error"]
        return DUPLICATE if isinstance(cause, (DuplicateOptionError, DuplicateSectionError)) else None
    if kind == "config":
        sections = botocore.configloader.build_profile_map(sections)["profiles"]
    section = sections.get(name, {})
    # Blank lines inside a value are not kept, and no lines below a key without a value.
    values = {key: re.sub("\n+", "\n", value) if isinstance(value, str) else ""
              for key, value in section.items()}
    return {key: value for key, value in values.items()
            if key in USED and (value or key not in ("region", "endpoint_url"))}


def read(program, kind, name, paths):
    done = subprocess.run([program, "sections", kind, name, *paths], capture_output=True, check=True)
    answers = []
    for line in done.stdout.decode().splitlines():
        if line.startswith("file "):
            answers.append({} if line.endswith(" good") else None)
        else:
            key, _, value = line.partition("=")
            if key in USED:
                answers[-1][key] = value.replace("\\n", "\n")
    return answers


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    refused = different = filled = 0
    with tempfile.TemporaryDirectory(prefix="aws-shared-files-") as folder:
        paths = []
        for seed in range(first, first + count):
            paths.append(os.path.join(folder, str(seed)))
            with open(paths[-1], "w", encoding="utf-8", newline="") as target:
                target.write(make_text(seed))
        for kind, name in (("config", "default"), ("config", "p"), ("credentials", "p"),
                           ("credentials", "default")):
            for path, got in zip(paths, read(sys.argv[1], kind, name, paths), strict=True):
                wanted = expected(path, kind, name)
                refused += wanted is None
                filled += wanted not in (None, DUPLICATE, {})
                if wanted not in (got, DUPLICATE):
                    different += 1
                    with open(path, encoding="utf-8", newline="") as source:
                        print(f"FAIL {kind} {name}: {wanted} != {got}\n{source.read()!r}")
    print(f"{4 * count} sections compared: {refused} refused, {filled} with keys, {different} differ")
    return 1 if different or not refused or not filled else 0


if __name__ == "__main__":
    sys.exit(main())
