#!/usr/bin/python3
"""The check `state` in the container's root, against the fake EC2 at the name and port of the real one: over HTTPS with
the CAs of the root, with compressed answers, and through a proxy with a password.

    tests/aws/run /usr/bin/python3 tests/packaging/ec2.py CHECK ROOT

CHECK runs the check in ROOT. The name is added to ROOT, and for a while a CA.
"""

import base64
import contextlib
import os
import pathlib
import shutil
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab.aws.fake import Fake
from lab.aws.fixture import ID, KEYS, REGION
from lab.pki import Pki

HOST = f"ec2.{REGION}.amazonaws.com"
OK, UNKNOWN = 0, 3
PASSWORD = "user:of the proxy"


class Proxy(socketserver.StreamRequestHandler):
    """CONNECT, for those who have the password."""

    asked = []

    def handle(self):
        head = []
        while (line := self.rfile.readline().strip()) != b"":
            head.append(line.decode())
        wanted = "Proxy-Authorization: Basic " + base64.b64encode(PASSWORD.encode()).decode()
        if wanted not in head:
            self.wfile.write(b"HTTP/1.1 407 Password\r\nContent-Length: 0\r\n\r\n")
            return
        self.asked.append(head[0])
        with socket.create_connection(("127.0.0.1", 443)) as server:
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=copy, args=(server, self.connection))
            back.start()
            copy(self.connection, server)
            back.join()


def copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class World:
    def __init__(self, program, root):
        self.program, self.root = program, root
        self.fake = Fake().start()
        self.fake.behaviour.compress = True
        with open(f"{root}/etc/hosts", "w", encoding="utf-8") as hosts:
            hosts.write(f"127.0.0.1 {HOST}\n")
        self.folder = tempfile.mkdtemp(prefix="ec2-")
        pki = Pki(self.folder, [HOST])
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pki.path("witness"))
        self.fake.listen("127.0.0.1", 443, tls)
        self.ca = pathlib.Path(pki.ca_file).read_bytes()
        proxy = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Proxy)
        proxy.daemon_threads = True
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        self.proxy = f"http://{PASSWORD.replace(' ', '%20')}@127.0.0.1:{proxy.server_address[1]}"

    @contextlib.contextmanager
    def trust(self):
        """The root has the CA meanwhile."""
        path = pathlib.Path(self.root, "etc/ssl/certs/ca-certificates.crt")
        before = path.read_bytes()
        path.write_bytes(before + self.ca)
        try:
            yield
        finally:
            path.write_bytes(before)

    def check(self, name, code, says, **environment):
        self.fake.log.clear()
        done = subprocess.run(
            [self.program, "--check", "state", "--endpoint-id", ID], capture_output=True, text=True, timeout=60,
            check=False, env={"PATH": os.environ["PATH"], "AWS_REGION": REGION,
                              "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.fake.url, **environment})
        asked = [(entry["host"], "gzip" in str(entry["encoding"])) for entry in self.fake.log
                 if entry.get("action") == "DescribeVpcEndpoints"]
        good = (done.returncode == code and says in done.stdout and
                asked == ([(HOST, True)] if code == OK else []))
        print(f"ok  {name}" if good else
              f"FAIL {name}: exit {done.returncode}: {done.stdout}{done.stderr}, {asked}", flush=True)
        return good


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    world = World(*sys.argv[1:])
    available = "available, private DNS on, 3 zones"
    good = world.check("a CA that is not in the root", UNKNOWN, "certificate", **KEYS)
    with world.trust():
        good &= world.check("a CA of the root", OK, available, **KEYS)
        good &= world.check("instance metadata", OK, available)
        good &= world.check("a proxy", OK, available, https_proxy=world.proxy, **KEYS)
        good &= Proxy.asked == [f"CONNECT {HOST}:443 HTTP/1.1"]
        good &= world.check("a proxy without its password", UNKNOWN, "407",
                            https_proxy=world.proxy.replace("user:", "other:"), **KEYS)
    shutil.rmtree(world.folder)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
