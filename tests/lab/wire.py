#!/usr/bin/python3
"""A long and bad line between two tunnel devices: 200 ms there and back, jitter that turns packets
around, one in twenty lost, one in thirty doubled.

    wire.py DESCRIPTOR DESCRIPTOR
"""

import heapq
import os
import random
import selectors
import sys
import time

DELAY, JITTER = 0.1, 0.01  # seconds, one way
LOST, DOUBLED = 20, 30


def main():
    ends = [int(text) for text in sys.argv[1:3]]
    chance = random.Random(1)  # the same line in every run
    due = []  # (when, number, end, packet)
    number = 0
    chooser = selectors.DefaultSelector()
    for index, end in enumerate(ends):
        chooser.register(end, selectors.EVENT_READ, ends[1 - index])
    while True:
        wait = max(0.0, due[0][0] - time.monotonic()) if due else None
        for key, _ in chooser.select(wait):
            packet = os.read(key.fd, 65536)
            if chance.randrange(LOST) == 0:
                continue
            for _ in range(2 if chance.randrange(DOUBLED) == 0 else 1):
                number += 1
                when = time.monotonic() + DELAY + chance.uniform(-JITTER, JITTER)
                heapq.heappush(due, (when, number, key.data, packet))
        while due and due[0][0] <= time.monotonic():
            _, _, end, packet = heapq.heappop(due)
            os.write(end, packet)


if __name__ == "__main__":
    main()
