#!/usr/bin/python3
"""The host of EC2 and STS in every region that botocore's partitions.json has, in every variant, against
botocore's own endpoint rules.

    tests/aws/run /usr/bin/python3 tests/aws/compared/endpoints.py AWS_PROBE
"""

import itertools
import subprocess
import sys

try:
    import botocore
    from botocore.endpoint_provider import EndpointProvider
    from botocore.exceptions import EndpointProviderError
    from botocore.loaders import Loader
except ImportError as missing:
    print(f"SKIPPED: {missing} (python3-botocore)", file=sys.stderr)
    sys.exit(77)

# Without an endpoint in the rules of an older botocore: "this partition does not support DualStack".
UNSUPPORTED = "support"


def main():
    loader = Loader()
    partitions = loader.load_data("partitions")
    regions = sorted(region for partition in partitions["partitions"]
                     for region in partition["regions"] if "global" not in region)
    asked, wanted, unsupported = [], [], 0
    for service in ("ec2", "sts"):
        rules = EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), partitions)
        for region, dual, fips in itertools.product(regions, (False, True), (False, True)):
            parameters = {"Region": region, "UseDualStack": dual, "UseFIPS": fips}
            if service == "sts":
                parameters["UseGlobalEndpoint"] = False
            try:
                url = rules.resolve_endpoint(**parameters).url
            except EndpointProviderError as error:
                assert UNSUPPORTED in str(error), error
                unsupported += 1
                continue
            asked.append(f"{service} {region} {dual + 2 * fips}")
            wanted.append(url)
    done = subprocess.run([sys.argv[1], "hosts", "-"], input="\n".join(asked) + "\n", text=True,
                          capture_output=True, check=True)
    got = [f"https://{line}" for line in done.stdout.splitlines()]
    different = [row for row in itertools.zip_longest(asked, wanted, got) if row[1] != row[2]]
    for row in different:
        print("FAIL", *row)
    print(f"{len(asked)} hosts compared with botocore {botocore.__version__}, {len(different)} differ, "
          f"{unsupported} are not in its rules")
    return 1 if different or len(asked) < 200 else 0


if __name__ == "__main__":
    sys.exit(main())
