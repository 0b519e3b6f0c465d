"""DNS servers that misbehave on purpose, one function each, named as in hosts.py. The public ones
also speak DNS over TLS (RFC 7858) and over HTTPS (RFC 8484), with a certificate that is right.

A function gets the query and whether it came over TCP, and returns the datagrams to send back.
"""

import base64
import itertools
import re
import socket
import struct
import threading
import time

from dnslib import (A, AAAA, CNAME, EDNS0, QTYPE, RCODE, RR, SOA, DNSHeader, DNSQuestion,
                    DNSRecord)

from lab import hosts

RESET, HANG = object(), object()
handlers = {}


def behaviour(name):
    def register(function):
        handlers[name] = function
        return function
    return register


def right(query, zone, ttl=60):
    """The right answer."""
    reply = query.reply()
    name = str(query.q.qname).rstrip(".").lower()
    if name not in zone:
        reply.header.rcode = RCODE.NXDOMAIN
    want6 = query.q.qtype == QTYPE.AAAA
    for address in zone.get(name, []):
        if (":" in address) == want6:
            add(reply, query.q.qname, address, ttl)
    if not reply.rr:
        reply.add_auth(RR("lab.test", QTYPE.SOA, ttl=ttl,
                          rdata=SOA("ns.lab.test", "admin.lab.test", (1, 60, 60, 60, 60))))
    return reply


def add(reply, name, address, ttl=60):
    if ":" in address:
        reply.add_answer(RR(name, QTYPE.AAAA, ttl=ttl, rdata=AAAA(address)))
    else:
        reply.add_answer(RR(name, QTYPE.A, ttl=ttl, rdata=A(address)))


def alias(reply, name, target):
    reply.add_answer(RR(name, QTYPE.CNAME, ttl=60, rdata=CNAME(target)))


def code(name, rcode):
    @behaviour(name)
    def answer(query, zone, tcp):
        reply = query.reply()
        reply.header.rcode = rcode
        return [reply.pack()]


code("servfail", RCODE.SERVFAIL)
code("refused", RCODE.REFUSED)
code("notimp", RCODE.NOTIMP)
code("formerr", RCODE.FORMERR)
code("nxdomain", RCODE.NXDOMAIN)


@behaviour("silent")
def silent(query, zone, tcp):
    return []


@behaviour("slow")
def slow(query, zone, tcp):
    time.sleep(20)
    return [right(query, zone).pack()]


@behaviour("nodata")
def nodata(query, zone, tcp):
    return [right(query, {str(query.q.qname).rstrip(".").lower(): []}).pack()]


def truncated(query):
    reply = query.reply()
    reply.header.tc = 1
    return [reply.pack()]


@behaviour("tc")
def tc(query, zone, tcp):
    return [right(query, zone).pack()] if tcp else truncated(query)


@behaviour("tc-reset")
def tc_reset(query, zone, tcp):
    return RESET if tcp else truncated(query)


@behaviour("tc-hang")
def tc_hang(query, zone, tcp):
    return HANG if tcp else truncated(query)


@behaviour("loop")
def loop(query, zone, tcp):
    reply = query.reply()
    alias(reply, query.q.qname, "l1.lab.test")
    alias(reply, "l1.lab.test", "l2.lab.test")
    alias(reply, "l2.lab.test", "l1.lab.test")
    return [reply.pack()]


@behaviour("self-cname")
def self_cname(query, zone, tcp):
    reply = query.reply()
    alias(reply, query.q.qname, query.q.qname)
    return [reply.pack()]


@behaviour("dangling")
def dangling(query, zone, tcp):
    """A CNAME, and nothing about its target: not even an SOA."""
    reply = query.reply()
    alias(reply, query.q.qname, "nowhere.lab.test")
    return [reply.pack()]


@behaviour("dangling-nxdomain")
def dangling_nxdomain(query, zone, tcp):
    """The name is there, and is an alias of one that is not (RFC 2308 2.1)."""
    reply = query.reply()
    alias(reply, query.q.qname, "nowhere.lab.test")
    reply.header.rcode = RCODE.NXDOMAIN
    reply.add_auth(RR("lab.test", QTYPE.SOA, ttl=60,
                      rdata=SOA("ns.lab.test", "admin.lab.test", (1, 60, 60, 60, 60))))
    return [reply.pack()]


@behaviour("chain")
def chain(query, zone, tcp):
    """Thirty aliases, then the zone's right answer."""
    answer, reply, name = right(query, zone), query.reply(), query.q.qname
    for number in range(30):
        alias(reply, name, f"c{number}.lab.test")
        name = f"c{number}.lab.test"
    for record in answer.rr:
        add(reply, name, str(record.rdata))
    for record in answer.auth:
        reply.add_auth(record)
    return [reply.pack()]


@behaviour("many")
def many(query, zone, tcp):
    if not tcp:
        return truncated(query)
    reply = query.reply()
    if query.q.qtype == QTYPE.A:
        net = "10.20" if zone is hosts.PRIVATE_ZONE else "30.18"
        for number in range(500):
            add(reply, query.q.qname, f"{net}.{number // 250}.{number % 250 + 1}")
    return [reply.pack()]


@behaviour("big-udp")
def big_udp(query, zone, tcp):
    reply = query.reply()
    if query.q.qtype == QTYPE.A:
        for number in range(60):
            add(reply, query.q.qname, f"10.20.1.{number + 1}")
    return [reply.pack()]


@behaviour("rebind")
def rebind(query, zone, tcp):
    reply = query.reply()
    if query.q.qtype == QTYPE.A:
        for address in ("169.254.169.254", "127.0.0.1", "0.0.0.0"):
            add(reply, query.q.qname, address)
    return [reply.pack()]


@behaviour("wrong-id")
def wrong_id(query, zone, tcp):
    reply = right(query, zone)
    reply.header.id ^= 0x5555
    return [reply.pack()]


@behaviour("wrong-question")
def wrong_question(query, zone, tcp):
    other = DNSRecord(DNSHeader(id=query.header.id, qr=1, aa=1, ra=1),
                      q=DNSQuestion("other.lab.test", query.q.qtype))
    add(other, "other.lab.test", "10.0.1.10")
    return [other.pack()]


@behaviour("garbage")
def garbage(query, zone, tcp):
    return [b"\xde\xad\xbe\xef" * 16]


@behaviour("empty")
def empty(query, zone, tcp):
    return [b""]


@behaviour("cut")
def cut(query, zone, tcp):
    packed = right(query, zone).pack()
    return [packed[:len(packed) - 7]]


@behaviour("count")
def count(query, zone, tcp):
    """Announces 65,535 answers and sends one."""
    packed = bytearray(right(query, zone).pack())
    packed[6:8] = b"\xff\xff"
    return [bytes(packed)]


def question_and(query, tail, answers=1):
    """A reply with the question, and raw bytes in place of its records."""
    bare = query.reply()
    packed = bytearray(bare.pack())
    packed[6:8] = struct.pack("!H", answers)
    return [bytes(packed) + tail]


@behaviour("short-rdata")
def short_rdata(query, zone, tcp):
    return question_and(query, b"\xc0\x0c" + struct.pack("!HHIH", query.q.qtype, 1, 60, 3) + b"\x0a\x00\x01")


@behaviour("pointer-loop")
def pointer_loop(query, zone, tcp):
    here = len(query.reply().pack())
    pointer = struct.pack("!H", 0xC000 | here)
    return question_and(query, pointer + struct.pack("!HHIH", query.q.qtype, 1, 60, 4) + b"\x0a\x00\x01\x0a")


@behaviour("unrelated")
def unrelated(query, zone, tcp):
    reply = query.reply()
    add(reply, "other.lab.test", "10.0.1.10")
    add(reply, "other.lab.test", "fd00:1::10")
    return [reply.pack()]


@behaviour("reflect")
def reflect(query, zone, tcp):
    return [query.pack()]


@behaviour("ttl-zero")
def ttl_zero(query, zone, tcp):
    return [right(query, zone, ttl=0).pack()]


@behaviour("ttl-huge")
def ttl_huge(query, zone, tcp):
    return [right(query, zone, ttl=0xffffffff).pack()]


def says(name, addresses):
    """Gives these addresses for every name; `addresses` is a function."""
    @behaviour(name)
    def answer(query, zone, tcp):
        reply = query.reply()
        if query.q.qtype == QTYPE.A:
            for address in addresses():
                add(reply, query.q.qname, address, ttl=1)
        return [reply.pack()]


turn = itertools.count()
says("says-open", lambda: [hosts.public("open")])
says("says-silent", lambda: [hosts.public("drop")])
# Two resolvers that differ, and change with each answer: addresses of one provider that all block.
says("rotates", lambda: [hosts.public(("drop", "drop-too")[next(turn) % 2])])
says("rotates-too", lambda: [hosts.public(("drop-too", "rst")[next(turn) % 2])])
# The answer that this resolver has in its cache: eight of the provider's forty addresses.
says("pool", lambda: hosts.POOL[:8])


@behaviour("aaaa-badvers")
def aaaa_badvers(query, zone, tcp):
    """NOERROR in the header, BADVERS in the extended code (RFC 6891 6.1.3): this is not NODATA."""
    if query.q.qtype != QTYPE.AAAA:
        return [right(query, zone).pack()]
    reply = query.reply()
    reply.add_ar(EDNS0(ext_rcode=1))
    return [reply.pack()]


def only(name, kind, other):
    """Right for one record type, something else for the other."""
    @behaviour(name)
    def answer(query, zone, tcp):
        if query.q.qtype == kind:
            return other(query, zone, tcp)
        return [right(query, zone).pack()]


only("aaaa-servfail", QTYPE.AAAA, handlers["servfail"])
only("aaaa-silent", QTYPE.AAAA, handlers["silent"])
only("a-servfail", QTYPE.A, handlers["servfail"])
only("nxdomain-a", QTYPE.A, handlers["nxdomain"])


# ---- listening ----------------------------------------------------------------------------------

def _udp(sock, handler, zone):
    while True:
        data, peer = sock.recvfrom(4096)
        threading.Thread(target=_answer_udp, args=(sock, handler, zone, data, peer),
                         daemon=True).start()


def _answer_udp(sock, handler, zone, data, peer):
    for message in handler(DNSRecord.parse(data), zone, False):
        sock.sendto(message, peer)


def _accept(sock, answer, *rest):
    while True:
        connection, _ = sock.accept()
        threading.Thread(target=_answer, args=(connection, answer, *rest), daemon=True).start()


def _answer(connection, answer, handler, zone, context=None):
    connection.settimeout(15)
    try:
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        while answer(connection, handler, zone):
            pass
    except OSError:
        pass
    finally:
        connection.close()


def _exactly(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def _say(connection, answers, form):
    """Sends answers, or does what one of the two words says. False: the connection is over."""
    if answers is RESET:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False
    if answers is HANG:
        connection.recv(1)
        return False
    for message in answers:
        connection.sendall(form(message))
    return True


def _answer_tcp(connection, handler, zone):
    """One question over TCP or TLS (RFC 7766)."""
    data = _exactly(connection, struct.unpack("!H", _exactly(connection, 2))[0])
    return _say(connection, handler(DNSRecord.parse(data), zone, True),
                lambda message: struct.pack("!H", len(message)) + message)


def _answer_http(connection, handler, zone):
    """One question over HTTPS."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += _exactly(connection, 1)
    found = re.match(rb"GET /dns-query\?dns=([\w-]+) HTTP/1.1\r\n", head)
    if not found:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        return True
    data = base64.urlsafe_b64decode(found[1] + b"==")
    return _say(connection, handler(DNSRecord.parse(data), zone, True),
                lambda message: b"HTTP/1.1 200 OK\r\nContent-Type: application/dns-message\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(message), message))


def _relay(connection, *_):
    """nginx in front of a real resolver, which has no HTTP/1.1 itself: asks the resolver over TCP."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += _exactly(connection, 1)
    data = base64.urlsafe_b64decode(re.search(rb"\?dns=([\w-]+)", head)[1] + b"==")
    address = re.search(rb"\r\nX-Resolver: (\S+)", head)[1].decode()
    with socket.create_connection((address, 53), 5) as resolver:
        resolver.sendall(struct.pack("!H", len(data)) + data)
        message = _exactly(resolver, struct.unpack("!H", _exactly(resolver, 2))[0])
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/dns-message\r\n"
                       b"Content-Length: %d\r\n\r\n%s" % (len(message), message))
    return True


def _listen(address, port, *rest):
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    sock.listen(64)
    threading.Thread(target=_accept, args=(sock, *rest), daemon=True).start()


def start(context):
    """Listens for every behaviour but "closed", on both sides. `context` is TLS for the public one."""
    for name in hosts.DNS_BEHAVIOURS:
        if name == "closed":
            continue
        for address, zone in ((hosts.resolver(name), hosts.PRIVATE_ZONE),
                              (hosts.public_resolver(name), hosts.PUBLIC_ZONE)):
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.bind((address, 53))
            threading.Thread(target=_udp, args=(udp, handlers[name], zone), daemon=True).start()
            _listen(address, 53, _answer_tcp, handlers[name], zone)
        _listen(address, 853, _answer_tcp, handlers[name], zone, context)
        _listen(address, 443, _answer_http, handlers[name], zone, context)
    _listen("127.0.0.1", hosts.RELAY_PORT, _relay, None, None)
