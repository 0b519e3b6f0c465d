#!/usr/bin/python3
"""The CPU time of a poll of the EC2 API for a thousand endpoints: the difference between many polls and
one. Prints JSON.

    tests/aws/run /usr/bin/python3 tests/bench/poller.py AWS_PROBE
"""

import json
import os
import statistics
import sys

from testbed import cost

from aws.probe import World
from lab.aws.fixture import make_fixture

ENDPOINTS, POLLS, TURNS = 1000, 11, 5


def poll(world, count):
    ids = [f"vpce-{i:017x}" for i in range(ENDPOINTS)]
    done = cost([world.program, "fetch", "--timeout", "60", "--repeat", count, *ids],
                world.environment())
    if not done.ok or done.output.count("outcome found") != ENDPOINTS:
        raise SystemExit(f"not all endpoints were found: {done.output[-500:]}")
    return done.cpu


def main():
    world = World(os.path.abspath(sys.argv[1]))
    world.fake.fixture = make_fixture(ENDPOINTS, zones=2)
    costs = [(poll(world, POLLS) - poll(world, 1)) / (POLLS - 1) for _ in range(TURNS)]
    world.fake.log.clear()
    poll(world, 1)
    print(json.dumps({"endpoints": ENDPOINTS, "cpu_ms": round(statistics.median(costs) * 1e3, 1),
                      "listing_calls": world.calls("DescribeVpcEndpoints"),
                      "calls": len(world.calls())}))


if __name__ == "__main__":
    main()
