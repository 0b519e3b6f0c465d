#!/usr/bin/python3
"""A long and bad line between two tunnel devices: 200 ms there and back, jitter that reorders packets,
one in twenty lost, one in thirty sent twice. What a flow sends after a loss gets through, so
that a connection is slow, but never dead by chance.

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
SPARED = 12  # packets of a flow, in either direction, after a lost one


def flow_of(packet):
    """Addresses and ports of an IPv4 or IPv6 packet without options, the same for both directions."""
    start, length = (12, 4) if packet[0] >> 4 == 4 else (8, 16)
    middle, end = start + length, start + 2 * length  # of the addresses; the ports are next
    return frozenset([packet[start:middle] + packet[end:end + 2],
                      packet[middle:end] + packet[end + 2:end + 4]])


class Loss:
    def __init__(self, chance):
        self.chance, self.spared = chance, {}

    def takes(self, packet):
        flow = flow_of(packet)
        spared = self.spared.get(flow, 0)
        if spared > 0:
            self.spared[flow] = spared - 1
        elif self.chance.randrange(LOST) == 0:
            self.spared[flow] = SPARED
            return True
        return False


def main():
    ends = [int(text) for text in sys.argv[1:3]]
    chance = random.Random(1)  # the same line in every run
    loss = Loss(chance)
    due = []  # (when, number, end, packet)
    number = 0
    chooser = selectors.DefaultSelector()
    for index, end in enumerate(ends):
        chooser.register(end, selectors.EVENT_READ, ends[1 - index])
    while True:
        wait = max(0.0, due[0][0] - time.monotonic()) if due else None
        for key, _ in chooser.select(wait):
            packet = os.read(key.fd, 65536)
            if loss.takes(packet):
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
