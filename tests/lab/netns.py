"""Network namespaces of the lab: one world, and clients that are joined to it by a wire each.

The lab process moves into namespaces of its own (network, mount, and user where it is not root),
so that nothing here touches the host's network, and everything is gone when the process ends.
"""

import ctypes
import fcntl
import json
import os
import struct
import subprocess

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
MS_REC = 0x4000
MS_PRIVATE = 1 << 18
MS_BIND = 0x1000
PR_SET_PDEATHSIG = 1
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 0x0001, 0x1000
SIGKILL = 9

libc = ctypes.CDLL(None, use_errno=True)


class LabError(Exception):
    """The lab can't be set up here, and why."""


def _call(what, result):
    if result != 0:
        raise LabError(f"{what}: {os.strerror(ctypes.get_errno())}")


def enter():
    """Leaves the host: new network and mount namespaces, rootless where need be."""
    uid, gid = os.getuid(), os.getgid()
    flags = CLONE_NEWNET | CLONE_NEWNS
    if uid != 0:
        flags |= CLONE_NEWUSER
    _call("new namespaces (are unprivileged user namespaces allowed here?)", libc.unshare(flags))
    if uid != 0:
        for file, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
            with open(f"/proc/self/{file}", "w", encoding="ascii") as stream:
                stream.write(text)
    _call("private mounts", libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    run(["ip", "link", "set", "lo", "up"])


def bind_file(source, target):
    """Replaces the file `target` with `source`, for this lab only."""
    _call(f"bind {target}", libc.mount(os.fsencode(source), os.fsencode(target), None, MS_BIND, None))


def die_with_parent():
    """For preexec_fn: the child never outlives the lab."""
    libc.prctl(PR_SET_PDEATHSIG, SIGKILL)


def run(command, text=None, check=True):
    """Runs a setup command in the present namespace and returns its output."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False,
                          timeout=30)
    if check and done.returncode != 0:
        raise LabError(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}\n{text or ''}")
    return done.stdout


def tunnel(namespace, name):
    """A network device in `namespace` whose packets are read and written through the descriptor
    that is returned (Documentation/networking/tuntap.rst)."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _call("enter", libc.setns(namespace.fd, CLONE_NEWNET))
        end = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
        _call("return", libc.setns(home, CLONE_NEWNET))
    except OSError as error:
        raise LabError(f"/dev/net/tun: {error}") from error
    finally:
        os.close(home)
    return end


class Namespace:
    """A network namespace held open by a descriptor; commands enter it through nsenter."""

    def __init__(self, new=True):
        home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            if new:
                _call("network namespace", libc.unshare(CLONE_NEWNET))
            self.fd = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            _call("return", libc.setns(home, CLONE_NEWNET))
        finally:
            os.close(home)
        self.path = f"/proc/{os.getpid()}/fd/{self.fd}"

    def wrap(self, command):
        """The command line that runs `command` in here."""
        return ["nsenter", f"--net={self.path}", "--"] + list(command)

    def run(self, command, text=None, check=True):
        return run(self.wrap(command), text, check)

    def ip(self, batch):
        """Several `ip` commands, one a line."""
        return self.run(["ip", "-batch", "-"], text=batch)

    def nft(self, rules, check=True):
        return self.run(["nft", "-f", "-"], text=rules, check=check)

    def change(self, rules):
        """The rules of a table of their own, in place of those before, in one step: no packet sees the time
        between."""
        self.nft("table inet demo\ndelete table inet demo\ntable inet demo {" + rules + "}\n")

    def set(self, name, value):
        """Writes a file of /proc/sys/net; returns whether that is possible here."""
        return subprocess.run(self.wrap(["sh", "-c", f"echo {value} >/proc/sys/net/{name}"]),
                              stderr=subprocess.DEVNULL, check=False).returncode == 0

    def counter(self, name):
        """Packets of the named counter in table inet lab."""
        listing = json.loads(self.run(["nft", "-j", "list", "counter", "inet", "lab", name]))
        return next(item["counter"]["packets"] for item in listing["nftables"] if "counter" in item)

    def start(self, command, **options):
        """A background process in here that dies with the lab."""
        return subprocess.Popen(self.wrap(command), preexec_fn=die_with_parent, **options)


def wire(one, device, address, other, other_device, other_address):
    """A pair of devices between two namespaces, with an IPv4 address each."""
    one.ip(f"link add {device} type veth peer name {other_device} netns {other.path}\n")
    for namespace, name, own in ((one, device, address), (other, other_device, other_address)):
        namespace.ip(f"link set lo up\nlink set {name} addrgenmode none\naddr add {own} dev {name}\n"
                     f"link set {name} up\n")


def join(world, client, index, ipv4=True, ipv6=True, routes=True):
    """A wire between the world and a client. The client's default routes lead to the
    world, where `routes` says so."""
    link, net4, net6 = f"w{index}", f"10.0.9.{4 * index}", f"3ffe:db8:9:{index:x}"
    base = int(net4.rsplit(".", 1)[1])
    world.ip(f"link add {link} type veth peer name c0\n"
             f"link set {link} addrgenmode none\n"
             "link set c0 addrgenmode none\n"
             f"link set c0 netns {client.path}\n"
             f"addr add 10.0.9.{base + 1}/30 dev {link}\n"
             f"addr add {net6}::1/64 dev {link} nodad\n"
             # Neighbour discovery (RFC 4861 7.2.2) asks from a link-local address.
             f"addr add fe80::1/64 dev {link} nodad\n"
             f"link set {link} up\n")
    lines = ["link set lo up"]
    if ipv4:
        lines += [f"addr add 10.0.9.{base + 2}/30 dev c0"]
    if ipv6:
        lines += [f"addr add {net6}::2/64 dev c0 nodad", "addr add fe80::2/64 dev c0 nodad"]
    lines += ["link set c0 up"]
    if ipv4 and routes:
        lines += [f"route add default via 10.0.9.{base + 1}"]
    if ipv6 and routes:
        lines += [f"route add default via {net6}::1"]
    client.ip("\n".join(lines) + "\n")
