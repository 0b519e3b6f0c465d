"""Port: each address of the private side is probed on its own."""

from case import Case


def one(name, verdict, **options):
    """One private address with this behaviour."""
    return Case(f"private: {name}", name, dns="OK", port=verdict, **options)


def each(names, verdict):
    return [one(name, verdict) for name in names.split()]


CASES = [
    Case("three of three", "ok", dns="OK", port="OK"),
    Case("one zone dead", "one-dead", dns="OK", port="WARNING port.some-down",
         more="--tls-name ok.private.lab.test", findings=("port.timeout",), says=("10.0.2.80",), verbose=True),
    Case("one zone refuses", "one-refused", dns="OK", port="WARNING port.some-down",
         more="--tls-name ok.private.lab.test", findings=("port.refused",)),
    Case("one zone answers 503", "one-s503", dns="OK", port="WARNING port.some-down",
         more="--tls-name ok.private.lab.test", findings=("port.http-status",)),
    Case("two zones dead", "two-dead", dns="OK", port="WARNING port.some-down",
         more="--tls-name ok.private.lab.test", findings=("port.timeout",)),
    Case("two zones dead, two wanted", "two-dead", dns="OK", port="CRITICAL port.timeout",
         more="--tls-name ok.private.lab.test --min-up 2"),
    Case("all zones dead", "all-dead", dns="OK", port="CRITICAL port.timeout"),
    Case("a stranger in one zone", "one-stranger", dns="OK", port="CRITICAL port.certificate",
         more="--tls-name ok.private.lab.test"),
    Case("an expired certificate in one zone", "one-expired", dns="OK",
         port="CRITICAL port.certificate-expiry", more="--tls-name ok.private.lab.test"),
    *each("rst", "CRITICAL port.refused"),
    *each("drop", "CRITICAL port.timeout"),
    *each("admin-prohibited host-unreachable net-unreachable port-unreachable",
          "CRITICAL port.unreachable"),
    *each("first-syn-lost", "OK"),
    *each("accept-silent hello-silent drip-tls mtu-hole", "CRITICAL port.timeout"),
    *each("accept-close accept-reset hello-close hello-reset half-handshake-reset",
          "CRITICAL port.reset"),
    *each("alert-40 alert-49 alert-80 alert-112 sni-reject plain-http ssh tls-11 client-cert-12",
          "CRITICAL port.tls"),
    *each("no-san sha-1 wrong-name stranger self-signed wrong-usage no-intermediate hostile-stranger rsa-1024",
          "CRITICAL port.certificate"),
    *each("expired not-yet very-soon", "CRITICAL port.certificate-expiry"),
    *each("soon", "WARNING port.certificate-expiry"),
    *each("intermediate reversed-chain thousand-names hostile", "OK"),
    *each("request-reset request-close late-reset client-cert-13", "CRITICAL port.reset"),
    *each("request-silent drip-headers", "CRITICAL port.timeout"),
    *each("garbage endless-headers http-09 bad-status http2 nul-header escape-header", "CRITICAL port.http-status"),
    one("endless-100", "CRITICAL port.http-status", more="--response-timeout 8"),
    *each("endless-body huge-length gzip-bomb drip-body hostile-200", "OK"),
    *each("bad-chunk short-body slow-flights", "OK"),
    *each("s401 s403 s404 s421 s429 redirect", "OK"),
    *each("s500 s503", "CRITICAL port.http-status"),
    Case("a status that is not expected", "s401", dns="OK", port="CRITICAL port.http-status",
         more="--expect-status 200-399"),
    Case("a status that is expected", "s503", dns="OK", port="OK", more="--expect-status 200-399,503"),
    Case("--probe tcp is satisfied by a connect", "accept-silent", dns="OK", port="OK",
         more="--probe tcp"),
    Case("--probe tls is satisfied by a handshake", "request-silent", dns="OK", port="OK",
         more="--probe tls"),
    Case("--probe tls looks at the certificate", "stranger", dns="OK",
         port="CRITICAL port.certificate", more="--probe tls"),
    Case("--tls-name", "wrong-name", dns="OK", port="OK", more="--tls-name elsewhere.test"),
    Case("an unknown authority without --ca-file", "ok", dns="OK", port="CRITICAL port.certificate",
         without=("--ca-file",)),
    Case("--address adds a dead one", "ok", dns="OK", port="WARNING port.some-down",
         more="--address 10.0.1.80", says=("10.0.1.80",)),
    Case("--address alone", "nowhere", dns="CRITICAL dns.nxdomain", port="OK",
         more="--address 10.0.1.10"),
    Case("a public --address is never probed as private", "ok", dns="OK", port="OK",
         more="--address {pub_drop}"),
    Case("--certificate 5,2", "very-soon", dns="OK", port="WARNING port.certificate-expiry",
         more="--certificate 5,2"),
    Case("an API key that the service wants", "keyed", dns="OK", port="OK",
         more="--api-key-file {key} --expect-status 200"),
    Case("the same without the key", "keyed", dns="OK", port="CRITICAL port.http-status",
         more="--expect-status 200"),
    Case("cut by --timeout", "drop", dns="OK", port="UNKNOWN port.local-failure",
         more="--timeout 1.5 --connect-timeout 3"),
    Case("only IPv6 of a dual name", "dual", dns="OK", port="OK", more="-6 --tls-name ok.private.lab.test"),
    Case("a threshold raises", "ok", dns="OK", port="WARNING threshold", more="-w addresses_up=4:"),
]
