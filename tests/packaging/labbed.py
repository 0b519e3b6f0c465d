"""A root in the lab, as a host of its VPC: what the packages' defaults lead to is there, so that
configurations need nothing that is the lab's but names."""

import roots  # noqa: F401  first: it tells where the lab is
import hosts
from demo import BLOCKED

# The public resolvers that are asked by default, and the lab's.
DEFAULTS = f"""
  chain defaults {{
    type nat hook prerouting priority -105;
    ip daddr {{ 1.1.1.1, 8.8.8.8 }} meta l4proto {{ tcp, udp }} th dport 53 dnat ip to {hosts.PUBLIC_RESOLVERS[0]}
    ip6 daddr {{ 2606:4700:4700::1111, 2001:4860:4860::8888 }} meta l4proto {{ tcp, udp }} th dport 53 dnat ip6 to {hosts.PUBLIC_RESOLVERS6[0]}
  }}
"""


def join(root, world):
    """Puts the root into the lab: its network, resolver and authority."""
    with open(world.pki.ca_file, encoding="ascii") as stream:
        root.write("/usr/local/share/ca-certificates/lab.crt", stream.read())
    root.run("update-ca-certificates")
    root.write("/etc/resolv.conf", f"nameserver {hosts.VPC_RESOLVER}\n")
    root.namespace = world.clients["host"]
    change(world, BLOCKED)


def leave(root):
    """Back to this host's network; the authority is trusted no more."""
    root.namespace = None
    root.run("rm", "/usr/local/share/ca-certificates/lab.crt")
    root.run("update-ca-certificates", "--fresh")


def change(world, rules=""):
    """What is between the root and the public endpoint now."""
    world.here.run(["nft", "delete table inet demo"], check=False)
    world.here.nft("table inet demo {" + DEFAULTS + rules + "}\n")
