"""Builds the lab: the world with its servers and firewall, and the clients around it."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from dnslib import DNSRecord

from lab import hosts, netns, pki, servers

HERE = os.path.dirname(os.path.abspath(__file__))
PUBLIC_NETS = "{ 30.113.0.0/24, 30.51.100.0/24, 30.18.0.0/15 }"
PUBLIC_NETS6 = "{ 3ffe:db8:51::/48, 3ffe:db8:53::/48, 3ffe:db8:71::/48, 64:ff9b::/96 }"

# Each client is a separate host. Its index in the list is the number of its wire.
CLIENTS = [
    "host",      # healthy, IPv4 and IPv6
    "v4",        # no IPv6
    "v6",        # no IPv4; NAT64 is there
    "walled",    # its own firewall is in front of own-drop, own-rst, own-reject
    "inside",    # no egress path: everything public is dropped on the way
    "dns-only",  # public resolvers answer; everything else public is dropped
    "refused",   # a firewall on the way answers every public connection with a RST
    "portal",    # a captive portal answers every public TLS connection
    "no-route",  # no route to anything public
    "dead-gateway",
    "shared",    # for scenarios that change their host; they run one at a time
    "v6-bridge",  # as v6, and an IPv4 address without a route out, as a container bridge has
    "forbids",   # its own routes forbid some of the provider's addresses
    "slow",      # at the end of a line of 64 kbit/s
    "far",       # at the end of a long and bad line (wire.py)
    "vip",       # the provider's address "open" is one of its own, as on a load balancer's backend
    "tunnel",    # its route to the provider's address "open" is a dead tunnel
    "web",       # the witness's address is one of its own, and serves; nothing else public on 443
    "secured",   # an IPsec policy of its own, without keys, is for the provider's address "ipsec"
    "hijacked",  # port 53 leads to resolvers that lie
    "hijacked-all",  # the same, and public resolvers do not answer in any other way
]
# Clients of two routers in a row, IPv4 only. The first router has private addresses, the second public ones.
ROUTED = [
    "routed",    # its own rules, and those of the routers, concern some of the provider's addresses
    "muted",     # no ICMP comes back from the routers
    "flat",      # the routers do not decrement TTLs
    "eight",     # the first router gives each of its connections one of eight addresses
]
# Of the four equal-cost paths of the first router to "near-paths", those that are dead.
DEAD = (1, 2, 3)
NO_IPV4 = ("v6", "v6-bridge")


def _set(addresses):
    return "{ " + ", ".join(addresses) + " }"


def _public(*names):
    return _set([hosts.public(name) for name in names])


def _on(names, action4, action6=None):
    """Rules for the addresses of behaviours, both families."""
    four = [address for name in names for address in hosts.everywhere(name) if ":" not in address]
    six = [address for name in names for address in hosts.everywhere(name) if ":" in address]
    return (f"    ip daddr {_set(four)} {action4}\n"
            f"    ip6 daddr {_set(six)} {action6 or action4}\n")


def _wall(link):
    """The world's firewall; `link` maps a client to its wire."""
    reject = "reject with icmp type {0}", "reject with icmpv6 type {0}"
    first = "tcp flags & (syn | ack) == syn"
    rules = "table inet lab {\n  counter counted_witness { }\n"
    rules += "  set seen { type inet_service; flags dynamic; size 65535; timeout 1m; }\n"
    rules += "  set began { type inet_service; flags dynamic; size 65535; timeout 1m; }\n"
    rules += "  set begins { type inet_service; flags dynamic; size 65535; timeout 2950ms; }\n"
    rules += "  set asked { type inet_service; flags dynamic; size 65535; timeout 1m; }\n"
    rules += "  chain input {\n    type filter hook input priority 0;\n"
    rules += _on(["first-syn-lost"], f"{first} tcp sport != @seen add @seen {{ tcp sport }} drop")
    # The SYN of the third second is answered, whether the kernel sends one in the second or not.
    rules += _on(["late-syn-ack"], f"{first} tcp sport @begins drop")
    rules += _on(["late-syn-ack"], f"{first} tcp sport != @began add @began {{ tcp sport }} "
                 "add @begins { tcp sport } drop")
    rules += (f"    ip daddr {hosts.LOSSY_RESOLVER} udp dport 53 udp sport != @asked "
              "add @asked { udp sport } drop\n")
    rules += _on(["drop", "drop-too", "stale"], "drop")
    rules += _on(["rst"], "meta l4proto tcp reject with tcp reset")
    for name, four, six in (("admin-prohibited", "admin-prohibited", "admin-prohibited"),
                            ("host-unreachable", "host-unreachable", "addr-unreachable"),
                            ("net-unreachable", "net-unreachable", "no-route"),
                            ("port-unreachable", "port-unreachable", "port-unreachable")):
        rules += _on([name], reject[0].format(four), reject[1].format(six))
    rules += f"    ip daddr {hosts.DEAD_WITNESS} drop\n"
    rules += (f"    ip daddr {hosts.COUNTED_WITNESS} tcp dport 443 {first} "
              "counter name counted_witness\n")
    for client, action in (("inside", "drop"), ("dns-only", "tcp dport 443 drop"),
                           ("web", "tcp dport 443 drop"),
                           ("refused", "tcp dport 443 reject with tcp reset")):
        rules += f'    iifname "{link[client]}" ip daddr {PUBLIC_NETS} {action}\n'
        rules += f'    iifname "{link[client]}" ip6 daddr {PUBLIC_NETS6} {action}\n'
    # The provider lets every egress address in, but not this one.
    rules += f"    ip saddr 10.0.20.2 ip daddr {hosts.public('one-egress')} drop\n"
    # It lets one of the client's eight addresses in.
    rules += f"    ip saddr {{ 30.60.2.1-30.60.2.7 }} ip daddr {hosts.public('eight-egress')} drop\n"
    rules += (f'    iifname "{link["hijacked-all"]}" ip daddr {_set(hosts.PUBLIC_RESOLVERS)} '
              "tcp dport { 443, 853 } drop\n")
    rules += "  }\n  chain output {\n    type filter hook output priority 0;\n"
    rules += _on(["mtu-hole"], "meta length > 700 drop").replace("daddr", "saddr")
    # Before routing, which would answer that there is no route.
    rules += ("  }\n  chain nowhere {\n    type filter hook prerouting priority 0;\n"
              f"    ip daddr {{ {hosts.NOWHERE} }} drop\n    ip6 daddr {{ {hosts.NOWHERE6} }} drop\n"
              f"    ip daddr {_set(hosts.POOL[:-1])} drop\n")
    rules += "  }\n  chain portal {\n    type nat hook prerouting priority -100;\n"
    for family, nets in (("ip", PUBLIC_NETS), ("ip6", PUBLIC_NETS6)):
        rules += (f'    iifname "{link["portal"]}" {family} daddr {nets} tcp dport 443 '
                  f"redirect to :{hosts.PORTAL_PORT}\n")
    for real, liar in zip(hosts.PUBLIC_RESOLVERS, ("says-silent", "nxdomain")):
        rules += (f'    iifname {_set([link["hijacked"], link["hijacked-all"]])} ip daddr {real} '
                  f"th dport 53 dnat ip to {hosts.public_resolver(liar)}\n")
    return rules + "  }\n}\n"


def _lift_icmp_limits(namespace):
    """Removes the limit on ICMP errors, which would turn some rejects into silence. Where /proc/sys is
    read-only, as in some containers, the kernel's burst is enough for most."""
    for file, value in (("ipv4/icmp_ratelimit", "0"), ("ipv6/icmp/ratelimit", "0"),
                        ("ipv4/icmp_msgs_per_sec", "1000000"), ("ipv4/icmp_msgs_burst", "100000")):
        namespace.set(file, value)


def _own_wall():
    """The firewall of the client "walled" itself."""
    rules = "table inet own {\n  chain output {\n    type filter hook output priority 0;\n"
    rules += _on(["own-drop"], "drop")
    rules += _on(["own-rst"], "meta l4proto tcp reject with tcp reset")
    rules += _on(["own-reject"], "reject with icmp type admin-prohibited",
                 "reject with icmpv6 type admin-prohibited")
    # On the way to this client, where the server's kernel does not see that it is dropped.
    rules += "  }\n  chain way {\n    type filter hook prerouting priority 0;\n"
    rules += _on(["mtu-hole-tail"], "meta length > 700 drop").replace("daddr", "saddr")
    return rules + "  }\n}\n"


# The first router. One public address after the other is treated as a user's own network might.
FIRST_ROUTER = f"""table inet near {{
  chain arrive {{
    type filter hook prerouting priority raw;
    iifname "flat" ip ttl set 64
    ip daddr {hosts.public("near-rst")} meta l4proto tcp reject with tcp reset
  }}
  chain forward {{
    type filter hook forward priority 0;
    ip daddr {hosts.public("near-drop")} drop
    ip daddr {hosts.public("near-rst-forward")} meta l4proto tcp reject with tcp reset
    ip daddr {hosts.public("near-reject")} reject with icmp type admin-prohibited
  }}
  chain leave {{
    type nat hook postrouting priority srcnat;
    ip daddr {hosts.public("near-nat")} meta l4proto tcp masquerade to :40000-40003
    ip saddr 10.0.20.14 snat ip to numgen random mod 8 map {{ {", ".join(f"{n} : 30.60.2.{n}" for n in range(8))} }}
  }}
  chain speak {{
    type filter hook output priority 0;
    oifname "muted" icmp type time-exceeded drop
  }}
}}
"""
# The second router. A ClientHello is the first large packet of a connection.
SECOND_ROUTER = f"""table inet near {{
  chain arrive {{
    type filter hook prerouting priority raw;
    ip saddr 10.0.20.10 ip ttl set 64
  }}
  chain proxy {{
    type nat hook prerouting priority dstnat;
    ip daddr {hosts.public("near-proxy")} tcp dport 443 redirect to :{hosts.PORTAL_PORT}
    ip daddr {_public("near-name", "near-name-drop")} tcp dport 443 redirect to :{hosts.FILTER_PORT}
  }}
  chain forward {{
    type filter hook forward priority 0;
    ip daddr {hosts.public("near-sni")} tcp dport 443 meta length > 100 reject with tcp reset
  }}
  chain speak {{
    type filter hook output priority 0;
    ip daddr 10.0.20.6 icmp type time-exceeded drop
  }}
}}
"""
# The client "routed" itself, besides _own_wall().
OWN_RULES = f"""table inet more {{
  chain marks {{
    type route hook output priority mangle;
    ip daddr {hosts.public("marked")} meta mark set 7
  }}
  chain nat_output {{
    type nat hook output priority -100;
    ip daddr {hosts.public("own-redirect")} tcp dport 443 redirect to :9
    ip daddr {hosts.public("own-dnat")} tcp dport 443 dnat ip to 10.0.201.1
  }}
  chain arrive {{
    type filter hook input priority 0;
    ip saddr {hosts.public("own-input")} drop
  }}
}}
"""


class World:
    """A context manager: everything runs inside it, and is gone after it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="privatelink-lab-")
        self.clients = {}
        self.routers = []  # the first and the second; none where packets cannot be forwarded
        self.processes = []

    def __enter__(self):
        try:
            netns.enter()
            self._build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _build(self):
        self.pki = pki.Pki(self.folder, hosts.WITNESS_NAMES, hosts.RESOLVER_NAMES)
        resolv = self.file("resolv.conf", f"nameserver {hosts.VPC_RESOLVER}\noptions timeout:1\n")
        netns.bind_file(resolv, "/etc/resolv.conf")
        self.here = netns.Namespace(new=False)
        addresses = {address for item in hosts.BEHAVIOURS for address in hosts.everywhere(item.name)}
        addresses |= set(hosts.WITNESS_NAMES[2:])
        addresses |= {hosts.VPC_RESOLVER, hosts.VPC_RESOLVER_TOO, hosts.VPC_RESOLVER6,
                      hosts.LOSSY_RESOLVER, hosts.EC2_API}
        addresses |= {address for name in hosts.DNS_BEHAVIOURS
                      for address in (hosts.resolver(name), hosts.public_resolver(name))}
        self.here.ip("".join(
            f"addr add {address}{'/128' if ':' in address else '/32'} dev lo"
            f"{' nodad' if ':' in address else ''}\n" for address in sorted(addresses)))
        link = {}
        for index, name in enumerate(CLIENTS, start=1):
            self.clients[name] = netns.Namespace()
            link[name] = f"w{index}"
            netns.join(self.here, self.clients[name], index, ipv4=name not in NO_IPV4, ipv6=name != "v4",
                       routes=name not in ("no-route", "dead-gateway"))
        self._odd_clients()
        self._routed_clients()
        self.here.nft(_wall(link))
        for namespace in (self.here, *self.routers):
            _lift_icmp_limits(namespace)
        self._serve()

    def _odd_clients(self):
        self.clients["empty"] = netns.Namespace()  # no network at all: for --replay
        self.clients["walled"].nft(_own_wall())
        for name in ("no-route", "dead-gateway"):
            wire = 4 * (CLIENTS.index(name) + 1)
            self.clients[name].ip(f"route add 10.0.0.0/16 via 10.0.9.{wire + 1}\n")
        # Gateways that the host expects on the wire, but that do not exist.
        number = CLIENTS.index("dead-gateway") + 1
        self.clients["dead-gateway"].ip(
            "addr add 10.0.200.2/24 dev c0\n"
            "route add default via 10.0.200.1\n"
            f"route add default via 3ffe:db8:9:{number:x}::99\n")

        shape = "root tbf rate 64kbit burst 1600 latency 5000ms"
        netns.run(["tc", "qdisc", "add", "dev", f"w{CLIENTS.index('slow') + 1}", *shape.split()])
        self.clients["slow"].run(["tc", "qdisc", "add", "dev", "c0", *shape.split()])
        if os.access("/dev/net/tun", os.R_OK | os.W_OK):  # else its line is not bad
            self._long_line(self.clients["far"])
        self.clients["v6-bridge"].ip("addr add 172.17.0.1/16 dev lo\n")
        self.clients["secured"].run(
            ["ip", "xfrm", "policy", "add", "dir", "out", "dst", hosts.public("ipsec"), "tmpl", "proto",
             "esp", "mode", "transport"], check=False)
        self.clients["vip"].ip(f"addr add {hosts.public('open')}/32 dev lo\n")
        self.clients["tunnel"].ip(
            "link add dead0 type veth peer name dead1\nlink set dead0 up\nlink set dead1 up\n"
            "addr add 10.0.201.2/24 dev dead0\nneigh add 10.0.201.1 lladdr 02:00:00:00:00:01 dev dead0\n"
            f"route add {hosts.public('open')}/32 via 10.0.201.1 dev dead0\n"
            "addr add fd00:201::2/64 dev dead0 nodad\n"
            "neigh add fd00:201::1 lladdr 02:00:00:00:00:01 dev dead0\n"
            f"route add {hosts.public6('open')}/128 via fd00:201::1 dev dead0\n")
        self.clients["web"].ip(f"addr add {hosts.WITNESS}/32 dev lo\n")
        self.clients["forbids"].ip(
            f"route add prohibit {hosts.public('drop')}/32\n"
            f"route add blackhole {hosts.public('drop-too')}/32\n"
            f"route add unreachable {hosts.public('rst')}/32\n"
            f"route add unreachable {hosts.public6('open')}/128\n")

    def _routed_clients(self):
        """client 10.0.20.x - first router 30.60.0.1 - 30.60.0.2 second router 30.60.1.2 - world"""
        first, second = netns.Namespace(), netns.Namespace()
        if not (first.set("ipv4/ip_forward", "1") and second.set("ipv4/ip_forward", "1")):
            return
        self.routers = [first, second]
        netns.wire(first, "up0", "30.60.0.1/30", second, "down0", "30.60.0.2/30")
        netns.wire(second, "up0", "30.60.1.2/30", self.here, "routers", "30.60.1.1/30")
        first.ip("route add default via 30.60.0.2\n")
        second.ip("route add default via 30.60.1.1\nroute add 10.0.20.0/24 via 30.60.0.1\n"
                  "route add 30.60.2.0/29 via 30.60.0.1\n")
        self.here.ip("route add 10.0.20.0/24 via 30.60.1.2\nroute add 30.60.2.0/29 via 30.60.1.2\nroute add 30.60.0.0/30 via 30.60.1.2\n")
        for number, name in enumerate(ROUTED):
            client = self.clients[name] = netns.Namespace()
            netns.wire(client, "c0", f"10.0.20.{4 * number + 2}/30", first, name,
                       f"10.0.20.{4 * number + 1}/30")
            client.ip(f"route add default via 10.0.20.{4 * number + 1}\n")
        first.nft(FIRST_ROUTER)
        first.ip("link add dead0 type veth peer name dead1\nlink set dead0 up\nlink set dead1 up\n"
                 "neigh add 10.0.201.1 lladdr 02:00:00:00:00:01 dev dead0\n"
                 "route add 10.0.201.1/32 dev dead0\n"
                 f"route add {hosts.public('near-path')}/32 via 10.0.201.1 dev dead0 onlink\n"
                 + "".join(f"neigh replace 10.0.201.{n} lladdr 02:00:00:00:00:01 dev dead0\n" for n in DEAD)
                 + f"route add {hosts.public('near-paths')}/32 nexthop via 30.60.0.2"
                 + "".join(f" nexthop via 10.0.201.{n} dev dead0 onlink" for n in DEAD) + "\n")
        # By addresses, protocol and ports. Policy 1 does the same for packets from a real wire, but takes the
        # hash that a socket on this machine has given its packet, which changes with each retransmission.
        first.set("ipv4/fib_multipath_hash_policy", "3")
        first.set("ipv4/fib_multipath_hash_fields", "55")
        second.nft(SECOND_ROUTER)
        client = self.clients["routed"]
        client.nft(_own_wall() + OWN_RULES)
        dead = "via 10.0.201.1 dev dead0 onlink src 10.0.20.2"
        client.ip("link add dead0 type veth peer name dead1\nlink set dead0 up\nlink set dead1 up\n"
                  "neigh add 10.0.201.1 lladdr 02:00:00:00:00:01 dev dead0\n"
                  f"route add default {dead} table 77\n"
                  "rule add fwmark 7 lookup 77\n"
                  f"rule add to {hosts.public('rule-for-tcp')} ipproto tcp lookup 77\n"
                  f"rule add to {hosts.public('rule-for-uid')} uidrange 0-0 lookup 77\n"
                  f"route add {hosts.public('unnumbered')}/32 {dead}\n"
                  f"route add {hosts.public('route-to-lo')}/32 dev lo\n")
        self._start(second.wrap([sys.executable, os.path.join(HERE, "farm.py"), self.folder,
                                 f"{hosts.PORTAL_PORT}:hello-reset",
                                 f"{hosts.FILTER_PORT}:name-filter"]))

    def _long_line(self, client):
        """Sends all of a client's traffic through wire.py."""
        ends = [netns.tunnel(client, "far0"), netns.tunnel(self.here, "far1")]
        for namespace, device, own in ((client, "far0", 2), (self.here, "far1", 1)):
            namespace.ip(f"addr add 10.0.8.{own}/30 dev {device}\n"
                     f"addr add 3ffe:db8:8::{own}/64 dev {device} nodad\n"
                     f"link set {device} up\n")
        client.ip("route replace default dev far0\nroute replace ::/0 dev far0\n")
        self._start([sys.executable, os.path.join(HERE, "wire.py"), *map(str, ends)], pass_fds=ends)
        for end in ends:
            os.close(end)

    def _serve(self):
        for command in servers.unbound_commands(self.folder, self.pki):
            self._start(command)
        self._start(servers.nginx_command(self.folder, self.pki))
        witness = self.pki.path("witness")
        self._start(self.clients["web"].wrap(
            ["openssl", "s_server", "-quiet", "-accept", f"{hosts.WITNESS}:443", "-cert", witness,
             "-key", witness]))
        farm = self._start([sys.executable, os.path.join(HERE, "farm.py"), self.folder],
                           stdout=subprocess.PIPE)
        if farm.stdout.readline() != b"ready\n":
            raise netns.LabError("farm.py did not start")
        self._wait("nginx", lambda: socket.create_connection((hosts.WITNESS, 443), 1).close())
        question = DNSRecord.question("witness.lab.test")
        for address in (hosts.VPC_RESOLVER, hosts.PUBLIC_RESOLVERS[0]):
            self._wait("unbound", lambda a=address: question.send(a, 53, timeout=1))

    def _start(self, command, **options):
        log = open(os.path.join(self.folder, "servers.log"), "ab")
        process = subprocess.Popen(command, preexec_fn=netns.die_with_parent, stderr=log,
                                   **({"stdout": log} | options))
        log.close()
        self.processes.append(process)
        return process

    def _wait(self, what, attempt):
        end = time.monotonic() + 15
        while True:
            try:
                attempt()
                return
            except OSError as error:
                if time.monotonic() > end:
                    with open(os.path.join(self.folder, "servers.log"), encoding="utf-8",
                              errors="replace") as log:
                        raise netns.LabError(f"{what} did not start: {error}\n{log.read()}") from error
                time.sleep(0.05)

    def file(self, name, text, mode=0o644):
        """Writes a file into the lab's folder and returns its path."""
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(path, mode)
        return path

    def requests(self):
        """nginx's log so far: server address [Authorization] status host URI."""
        with open(os.path.join(self.folder, "nginx-access.log"), encoding="utf-8",
                  errors="replace") as log:
            return log.read().splitlines()
