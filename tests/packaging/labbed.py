"""Puts a clean Debian system into the lab's VPC. The default resolvers work there, so a configuration
needs only the names of the lab."""

import roots  # noqa: F401  first: it adds tests/ to sys.path
from lab import hosts
from lab.demo import BLOCKED

# Redirects the default public resolvers to the lab's.
DEFAULTS = f"""
  chain defaults {{
    type nat hook prerouting priority -105;
    ip daddr {{ 1.1.1.1, 8.8.8.8 }} meta l4proto {{ tcp, udp }} th dport 53 dnat ip to {hosts.PUBLIC_RESOLVERS[0]}
    ip6 daddr {{ 2606:4700:4700::1111, 2001:4860:4860::8888 }} meta l4proto {{ tcp, udp }} th dport 53 dnat ip6 to {hosts.PUBLIC_RESOLVERS6[0]}
  }}
"""
# In the system's trust store, and for --public-ca-file: the lab's certificates are in no log of CT.
CA = "/usr/local/share/ca-certificates/lab.crt"


def join(root, world):
    """Gives the system the lab's network, resolver and CA."""
    with open(world.pki.ca_file, encoding="ascii") as stream:
        root.write(CA, stream.read())
    root.run("update-ca-certificates")
    root.write("/etc/resolv.conf", f"nameserver {hosts.VPC_RESOLVER}\n")
    root.namespace = world.clients["host"]
    change(world, BLOCKED)


def leave(root):
    """Gives it this host's network again, and removes the CA."""
    root.namespace = None
    root.run("rm", CA)
    root.run("update-ca-certificates", "--fresh")


def change(world, rules=""):
    """Sets the packet rules between the system and the public endpoint."""
    world.here.change(DEFAULTS + rules)
