#!/usr/bin/python3
"""Servers that misbehave on purpose, one function each, named as in hosts.py.

Run as: farm.py FOLDER_WITH_CERTIFICATES [PORT:BEHAVIOUR ...]. Prints "ready" once everything listens.
"""

import base64
import gzip
import pathlib
import selectors
import socket
import ssl
import struct
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import farm_dns, hosts

SO_ORIGINAL_DST = 80  # linux/netfilter_ipv4.h
PATIENCE = 15  # seconds after which a connection is dropped, so that nothing piles up
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nOk."
HOSTILE = (b"a | time=0s;;;0 \x1b[31m\r\n\x00\xff\xfe'x'=1 <script>&\r\n"
           b"PRIVATELINK OK: all fine | status=0\r\n")
handlers = {}
certificates = sys.argv[1] if len(sys.argv) > 1 else "."


# ---- how a connection ends ----------------------------------------------------------------------

def hold(sock):
    """Sends nothing until the other side closes."""
    sock.settimeout(PATIENCE)
    while sock.recv(4096):
        pass


def reset(sock):
    """Ends the connection with a RST."""
    raw = sock.detach()
    plain = socket.socket(fileno=raw)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    plain.close()


def drip(sock, data, pause=0.25):
    """Sends `data` a byte at a time."""
    for byte in data:
        sock.sendall(bytes([byte]))
        time.sleep(pause)


# ---- before or inside the handshake -------------------------------------------------------------

def on_tcp(name):
    def register(function):
        handlers[name] = function
        return function
    return register


def hello(sock):
    """Reads the ClientHello."""
    return sock.recv(16384)


handlers["accept-silent"] = hold
handlers["accept-close"] = lambda sock: sock.close()
handlers["accept-reset"] = reset
handlers["hello-silent"] = lambda sock: (hello(sock), hold(sock))
handlers["hello-close"] = lambda sock: (hello(sock), sock.close())
handlers["hello-reset"] = lambda sock: (hello(sock), reset(sock))


def forward(one, other):
    """Copies what `one` sends, until it ends."""
    while data := one.recv(16384):
        other.sendall(data)
    other.shutdown(socket.SHUT_WR)


@on_tcp("name-filter")
def name_filter(sock):
    """Resets a connection for one server name, answers one for another name never, and lets all others pass."""
    first = hello(sock)
    if b"near-name-drop." in first:
        hold(sock)
    elif b"near-name." in first:
        reset(sock)
    else:
        there = sock.getsockopt(socket.SOL_IP, SO_ORIGINAL_DST, 16)
        with socket.create_connection((socket.inet_ntoa(there[4:8]), 443), PATIENCE) as server:
            server.sendall(first)
            threading.Thread(target=forward, args=(sock, server), daemon=True).start()
            forward(server, sock)


def alert(number):
    def send(sock):
        hello(sock)
        sock.sendall(bytes([0x15, 3, 3, 0, 2, 2, number]))  # RFC 8446 section 6: fatal
        sock.close()
    return send


for _number in (40, 49, 80, 112):
    handlers[f"alert-{_number}"] = alert(_number)


@on_tcp("plain-http")
def plain_http(sock):
    hello(sock)
    sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@on_tcp("ssh")
def ssh(sock):
    sock.sendall(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
    hold(sock)


@on_tcp("drip-tls")
def drip_tls(sock):
    hello(sock)
    drip(sock, b"\x16\x03\x03\x10\x00\x02\x00\x0f\xfc\x03\x03" + bytes(80))


@on_tcp("half-handshake-reset")
def half_handshake_reset(sock):
    """The start of a ServerHello record, then a RST: no certificate was seen."""
    hello(sock)
    sock.sendall(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03" + bytes(20))
    time.sleep(0.2)
    reset(sock)


# ---- after a good handshake ---------------------------------------------------------------------

def context(certificate="good", **attributes):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_ciphers("ALL:@SECLEVEL=0")
    path = f"{certificates}/{certificate}.pem"
    made.load_cert_chain(path)
    for key, value in attributes.items():
        setattr(made, key, value)
    return made


def request(sock):
    """Reads one request's head."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(4096)
        if not more:
            break
        data += more
    return data


def over_tls(name, certificate="good", read=True, **attributes):
    """Registers a function that is called after the handshake and the request."""
    def register(function):
        made = []

        def serve(sock):
            if not made:
                made.append(context(certificate, **attributes))
            with made[0].wrap_socket(sock, server_side=True) as tls:
                if read:
                    request(tls)
                function(tls)
        handlers[name] = serve
        return function
    return register


def sends(name, data, **options):
    over_tls(name, **options)(lambda tls: tls.sendall(data))


sends("tls-11", ANSWER, minimum_version=ssl.TLSVersion.TLSv1,
      maximum_version=ssl.TLSVersion.TLSv1_1)
sends("rsa-1024", ANSWER, certificate="rsa-1024")
over_tls("request-reset")(reset)
over_tls("late-reset", read=False)(reset)
over_tls("request-close")(lambda tls: None)
over_tls("request-silent")(hold)
sends("garbage", b"\x00\x01\x02 not http at all \xff\xfe\r\n\r\n" * 20)
sends("huge-length", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nOk.")
sends("bad-chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nOk.\r\n0\r\n\r\n")
sends("chunked-403", b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n"
      b"3;note=x\r\nFor\r\n6\r\nbidden\r\n0\r\nTrailer: x\r\n\r\n")
# Only the final status of the first response counts, whatever stands before or after it.
sends("hints-200", b"HTTP/1.1 103 Early Hints\r\nX-Next: HTTP/1.1 403 Forbidden\r\n\r\n"
      b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nForbidden")
sends("200-then-403", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
      b"HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\nConnection: close\r\n\r\nForbidden")
sends("short-body", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nOk.")
sends("sha-1", ANSWER, certificate="sha-1")
sends("gzip-bomb", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 65536\r\n\r\n"
      + b"\x1f\x8b\x08\x00" + bytes(65532))
sends("http-09", b"<html>hello</html>")
sends("bad-status", b"HTTP/1.1 9999 Nonsense\r\n\r\n")
sends("nul-header", b"HTTP/1.1 200 OK\r\nServer: a\x00b\r\nContent-Length: 3\r\n\r\nOk.")
sends("http2", b"\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x08\x07" + bytes(12))
sends("hostile-403", b"HTTP/1.1 403 a | time=0s;;;0 <b>\r\nServer: a | b=1\r\nConnection: close\r\n\r\n"
      + HOSTILE)
sends("hostile-200", b"HTTP/1.1 200 OK\r\nServer: a | b=1\r\nConnection: close\r\n\r\n" + HOSTILE)
sends("escape-header", b"HTTP/1.1 403 \x1b[31mno\r\nServer: \x1b[2J|\r\nConnection: close\r\n\r\n")


def refusal(text, *headers):
    """A 403 whose body is the text that a provider documents for a block."""
    lines = [b"HTTP/1.1 403 Forbidden", *headers, b"Connection: close", b"", text]
    return b"\r\n".join(lines)


BLOCK_TEXT = b"blocked by a network policy"
sends("body-cut", refusal(BLOCK_TEXT[:10], b"Content-Length: %d" % len(BLOCK_TEXT)))
sends("body-gzip", refusal(gzip.compress(BLOCK_TEXT), b"Content-Encoding: gzip"))
sends("body-long", refusal(b" " * 8192 + BLOCK_TEXT))
sends("long-line", b"HTTP/1.1 403 Forbidden\r\n" + b"x" * 600 + b"\r\n\r\n" + BLOCK_TEXT)


@over_tls("body-late")
def body_late(tls):
    tls.sendall(refusal(b"", b"Content-Length: %d" % len(BLOCK_TEXT)))
    hold(tls)


def forever(name, start, chunk, pause=0.0):
    @over_tls(name)
    def flood(tls):
        tls.sendall(start)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            tls.sendall(chunk)
            time.sleep(pause)


forever("endless-headers", b"HTTP/1.1 200 OK\r\n", b"X-Filler: " + b"a" * 1000 + b"\r\n")
forever("drip-headers", b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", pause=0.5)
forever("endless-100", b"", b"HTTP/1.1 100 Continue\r\n\r\n")
forever("endless-body", b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 4096)
forever("drip-body", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"a", pause=0.5)


@over_tls("slow-flights")
def slow_flights(tls):
    """A server that answers as late as one at the other end of the world."""
    for part in (ANSWER[:9], ANSWER[9:40], ANSWER[40:]):
        time.sleep(0.3)
        tls.sendall(part)


def echoes(name, form, head=b"HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n"):
    @over_tls(name, read=False)
    def echo(tls):
        headers = dict(line.split(b": ", 1) for line in request(tls).split(b"\r\n") if b": " in line)
        key = headers.get(b"Authorization", b" ").split(b" ", 1)[1]
        tls.sendall(head + b"key " + form(key) + b" is not valid")


echoes("echo-plain", lambda key: key)
echoes("echo-lower", bytes.lower)
echoes("echo-half", lambda key: key[:len(key) // 2])
echoes("echo-base64", base64.b64encode)
echoes("echo-garbage", lambda key: key, head=b"")


def demands_certificate(name, version):
    def serve(sock):
        made = context(minimum_version=version, maximum_version=version)
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_verify_locations(f"{certificates}/ca.pem")
        with made.wrap_socket(sock, server_side=True) as tls:
            request(tls)
            tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    handlers[name] = serve


demands_certificate("client-cert-12", ssl.TLSVersion.TLSv1_2)
demands_certificate("client-cert-13", ssl.TLSVersion.TLSv1_3)


@over_tls("portal", certificate="stranger")
def portal(tls):
    tls.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 12\r\n\r\nplease login")


# ---- listening ----------------------------------------------------------------------------------

def listen(address, port=443):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.bind((address, port))
    sock.listen(64)
    return sock


def serve(handler, sock):
    sock.settimeout(PATIENCE)
    try:
        handler(sock)
    except (OSError, ValueError):  # the client may close at any time
        pass
    finally:
        try:
            sock.close()
        except OSError:
            pass


def main():
    chooser = selectors.DefaultSelector()
    if len(sys.argv) > 2:  # only these behaviours, as proxies on the way
        for word in sys.argv[2:]:
            port, behaviour = word.split(":")
            chooser.register(listen("0.0.0.0", int(port)), selectors.EVENT_READ, handlers[behaviour])
        accept_all(chooser)
    for item in hosts.BEHAVIOURS:
        if item.server == "farm":
            for address in hosts.everywhere(item.name):
                chooser.register(listen(address), selectors.EVENT_READ, handlers[item.name])
    for address in ("0.0.0.0", "::"):
        chooser.register(listen(address, hosts.PORTAL_PORT), selectors.EVENT_READ,
                         handlers["portal"])
    farm_dns.start(context("resolver"))
    print("ready", flush=True)
    accept_all(chooser)


def accept_all(chooser):
    while True:
        for key, _ in chooser.select():
            sock, _ = key.fileobj.accept()
            threading.Thread(target=serve, args=(key.data, sock), daemon=True).start()


if __name__ == "__main__":
    main()
