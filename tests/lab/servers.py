"""Configuration of the real servers: unbound for both sides' resolvers, nginx for TLS and HTTP."""

import ipaddress
import os

from lab import hosts


def _record(name, address):
    kind = "AAAA" if ":" in address else "A"
    return f'    local-data: "{name}. 60 IN {kind} {address}"\n'


def unbound(folder, label, interfaces, zone, extra=""):
    """Writes one unbound's configuration; returns the command that runs it."""
    tops = sorted({"lab.test" if name.endswith("lab.test") else name for name in zone})
    text = ('server:\n    verbosity: 0\n    use-syslog: no\n    username: ""\n    chroot: ""\n'
            f'    directory: "{folder}"\n    pidfile: ""\n    num-threads: 1\n'
            f'    logfile: "{folder}/{label}.log"\n'
            '    module-config: "iterator"\n    do-daemonize: no\n    rrset-roundrobin: no\n'
            '    access-control: 0.0.0.0/0 allow\n    access-control: ::/0 allow\n'
            '    local-zone: "." static\n')
    text += "".join(f"    interface: {address}\n" for address in interfaces)
    for top in tops:
        text += (f'    local-zone: "{top}." static\n'
                 f'    local-data: "{top}. 60 IN SOA ns.{top}. admin.{top}. 1 60 60 60 60"\n')
    for name, addresses in sorted(zone.items()):
        text += "".join(_record(name, address) for address in addresses)
    path = os.path.join(folder, f"{label}.conf")
    with open(path, "w", encoding="ascii") as stream:
        stream.write(text + extra + "remote-control:\n    control-enable: no\n")
    return ["unbound", "-d", "-c", path]


def tls_unbound(folder, pki, label, addresses, zone):
    """One that also speaks DNS over TLS."""
    certificate = pki.path("resolver")
    return unbound(folder, label, addresses + [f"{address}@853" for address in addresses], zone,
                   f'    tls-service-pem: "{certificate}"\n    tls-service-key: "{certificate}"\n')


def unbound_commands(folder, pki):
    """The VPC's resolver and the public one: the same names, seen from two sides. The public one
    also speaks DNS over TLS."""
    public = hosts.PUBLIC_RESOLVERS + hosts.PUBLIC_RESOLVERS6
    zones = "".join(f'    local-zone: "{name}.private.lab.test." {kind}\n' for name, kind in (
        ("unbound-refuse", "always_refuse"), ("unbound-deny", "always_deny"),
        ("unbound-nodata", "always_nodata"), ("unbound-nxdomain", "always_nxdomain"),
        ("unbound-null", "always_null")))
    return [
        unbound(folder, "vpc-resolver",
                [hosts.VPC_RESOLVER, hosts.VPC_RESOLVER_TOO, hosts.VPC_RESOLVER6,
                 hosts.LOSSY_RESOLVER], hosts.PRIVATE_ZONE, zones),
        tls_unbound(folder, pki, "public-resolver", public, hosts.PUBLIC_ZONE),
    ]


STRANGE_NAME = '    if ($known_name = 0) { return 404 "no such host"; }\n'


def _listen(address, more):
    shown = f"[{address}]" if ipaddress.ip_address(address).version == 6 else address
    return f"    listen {shown}:443 {more}ssl;\n"


def _server(addresses, certificate, body, more=""):
    return ("  server {\n" + "".join("  " + _listen(address, more) for address in addresses)
            + f"    ssl_certificate {certificate};\n    ssl_certificate_key {certificate};\n"
            + body + "  }\n")


# "WORD STATUS": which requests get STATUS, while the others get 200.
CONDITIONS = {"key": '$http_authorization = ""', "agent": "$http_user_agent !~ ^client",
              "root": "$request_uri = /"}


def _answer(item):
    if item.server == "wall":
        return STRANGE_NAME + '    location / { return 200 "Ok."; }\n'
    if item.status == "reject":
        return "    ssl_reject_handshake on;\n"
    text = item.text.replace('"', '\\"')
    begin = "" if item.name in hosts.WILDCARD else STRANGE_NAME
    if isinstance(item.status, int):
        return begin + f'    location / {{ return {item.status} "{text}"; }}\n'
    word, status = item.status.split()
    if word == "mark":  # as Cloudflare marks what its bot protection answers
        return begin + ("    add_header cf-mitigated challenge always;\n"
                        f'    location / {{ return {status} "{text}"; }}\n')
    return begin + (f'    location / {{\n      if ({CONDITIONS[word]}) {{ return {status} "{text}"; }}\n'
                    '      return 200 "welcome";\n    }\n')


def _rejects_known(item, certificate):
    """Two servers at the same addresses: our names get an alert, all others a certificate."""
    addresses = hosts.everywhere(item.name)
    names = " ".join(f"{item.name}.{zone}.lab.test" for zone in ("private", "public", "split"))
    return (_server(addresses, certificate, f"    server_name {names};\n    ssl_reject_handshake on;\n")
            + _server(addresses, certificate, '    location / { return 404 "no such host"; }\n',
                      "default_server "))


def _known_names():
    """A map of nginx: 1 for the names of the lab, 0 for the others."""
    names = sorted(hosts.PRIVATE_ZONE.keys() | hosts.PUBLIC_ZONE.keys())
    return ("  map_hash_max_size 65536;\n  map_hash_bucket_size 256;\n  map $host $known_name {\n"
            '    default 0;\n    "~^[0-9.]+$" 1;\n    "~:" 1;\n    elsewhere.test 1;\n'
            '    "~^n[0-9]+[.](private|public)[.]lab[.]test$" 1;\n'  # of tests/plugin/scale.py
            + "".join(f"    {name} 1;\n" for name in names) + "  }\n")


def _relay():
    """DNS over HTTPS: farm_dns.py asks the resolver at the address that was connected to."""
    return ("    location = /dns-query {\n"
            f"      proxy_pass http://127.0.0.1:{hosts.RELAY_PORT};\n"
            "      proxy_http_version 1.1;\n      proxy_set_header X-Resolver $server_addr;\n"
            '      proxy_set_header Connection "";\n      access_log off;\n    }\n')


def nginx_command(folder, pki):
    """nginx for every behaviour that needs a real TLS server, and for the witnesses. Its access
    log says which address was sent which Authorization header."""
    servers = ""
    for item in hosts.BEHAVIOURS:
        if item.status == "reject known":
            servers += _rejects_known(item, pki.path(item.certificate))
        elif item.server == "nginx" or item.text == "ok":
            servers += _server(hosts.everywhere(item.name), pki.path(item.certificate), _answer(item))
    answer = '    location / { return 404 "witness"; }\n'
    good = [hosts.WITNESS, hosts.WITNESS6, hosts.DEAD_WITNESS, hosts.COUNTED_WITNESS,
            hosts.EC2_API]
    servers += _server(good, pki.path("witness"), answer)
    servers += _server(hosts.PUBLIC_RESOLVERS + hosts.PUBLIC_RESOLVERS6, pki.path("resolver"),
                       answer + _relay())
    servers += _server([hosts.EXPIRED_WITNESS], pki.path("witness-expired"), answer)
    servers += _server([hosts.NOT_YET_WITNESS], pki.path("witness-not-yet"), answer)
    servers += _server([hosts.STRANGER_WITNESS], pki.path("stranger"), answer)
    # Root of the lab's own user namespace, where no other user exists.
    text = ("user root root;\ndaemon off;\nmaster_process off;\nworker_processes 1;\n"
            f"pid {folder}/nginx.pid;\nerror_log {folder}/nginx-error.log;\n"
            "events { worker_connections 4096; }\nhttp {\n  server_tokens off;\n"
            "  log_format lab '$server_addr [$http_authorization] $status $host $request_uri';\n"
            f"  access_log {folder}/nginx-access.log lab;\n"
            + "".join(f"  {kind}_temp_path {folder}/{kind};\n"
                      for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
            + _known_names() + servers + "}\n")
    path = os.path.join(folder, "nginx.conf")
    with open(path, "w", encoding="ascii") as stream:
        stream.write(text)
    return ["nginx", "-c", path, "-e", f"{folder}/nginx-error.log"]
