#!/usr/bin/python3
"""One daemon with other plugins that use libcurl and TLS libraries. Then daemons with environment
variables that must not change a verdict: OPENSSL_CONF, SSLKEYLOGFILE, proxies and others.

    tests/plugin/safety/neighbours.py PRIVATELINK_SO
"""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from lab.aws.fake import Fake
from lab.aws.fixture import ID, KEYS, REGION
from lab.demo import BLOCKED
from lab.runner import OPENSSL_WEAK
from plugin.daemon import HERE, Daemon, Listener, main, must, resolvers
from plugin.outputs.delivery import BLOCKS as CLOUD_BLOCKS, COLLECTOR, world_fixture

# Debian's collectd uses libcurl with GnuTLS. This plugin uses libcurl with OpenSSL.
OTHERS = """
LoadPlugin curl
<Plugin curl>
  <Page "witness">
    URL "https://witness.lab.test/"
    CACert "{ca_file}"
    MeasureResponseCode true
  </Page>
</Plugin>
LoadPlugin curl_json
<Plugin curl_json>
  <URL "{url}_fixture">
    Instance "fake"
    <Key "VpcEndpoints/0/PrivateDnsEnabled">
      Type "bool"
    </Key>
  </URL>
</Plugin>
"""
BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicCaFile "{ca_file}"
  PublicResolver {resolvers}
  Witness "witness.lab.test"
  ConnectTimeout 1.6
  <Endpoint "good">
    PrivateName "api.private.lab.test"
    PublicName "api.public.lab.test"
    Accept "tenant,request"
  </Endpoint>
  <Endpoint "old-tls">
    PrivateName "tls-11.private.lab.test"
  </Endpoint>
  <Endpoint "weak-key">
    PrivateName "rsa-1024.private.lab.test"
  </Endpoint>
  <Endpoint "stranger">
    PrivateName "api.private.lab.test"
    PublicName "stranger.public.lab.test"
    Accept "tenant,request"
  </Endpoint>
  <Endpoint "open">
    PrivateName "ok.private.lab.test"
    PublicName "open6.public.lab.test"
    Accept "tenant,request"
  </Endpoint>
</Plugin>
"""
# (endpoint, metric): the value, in every environment.
VERDICTS = {
    ("good", "gauge-status"): 0, ("good", "gauge-public_verdict"): 0,
    ("old-tls", "gauge-port_status"): 2, ("weak-key", "gauge-port_status"): 2,
    ("stranger", "gauge-public_verdict"): 2, ("stranger", "gauge-public_status"): 3,
    ("open", "gauge-public_verdict"): 1,
}


class Story:
    def __init__(self, world, plugin):
        self.world, self.plugin, self.running = world, plugin, []
        world.here.nft("table inet demo {" + BLOCKED + "}\n")
        self.words = {"ca_file": world.pki.ca_file, "resolvers": resolvers()}

    def start(self, name, blocks, head="", env=None):
        self.running = [Daemon(self.world, self.plugin, blocks, name=name, head=head, env=env)]
        return self.running[0]

    def side_by_side(self):
        fake, listener = Fake(world_fixture(), host=COLLECTOR).start(), Listener()
        d = self.start("beside", CLOUD_BLOCKS.format(region=REGION, id=ID, **self.words),
                       OTHERS.format(url=fake.url + "/", **self.words) + listener.configuration,
                       {**KEYS, "AWS_ENDPOINT_URL": fake.url,
                        "OPENSSL_CONF": self.world.file("weak.cnf", OPENSSL_WEAK)})
        d.wait("all four checks are OK", lambda: d.last("gauge-status") == 0
               and d.last("gauge-state_status") == 0)
        d.wait("the curl plugin gets its page", lambda: (
            d.rows("response_code", "witness", plugin="curl") or [(0, 0)])[-1][1] == 404)
        d.wait("the curl_json plugin gets its document", lambda: d.rows(
            "bool-VpcEndpoints-0-PrivateDnsEnabled", "fake", plugin="curl_json"))
        self.world.here.nft("flush table inet demo\n")
        d.wait("the write_http plugin sends the alarm", lambda: listener.of("lab-1", "FAILURE"))
        d.end()
        self.world.here.nft("table inet demo {" + BLOCKED + "}\n")

    def environments(self):
        keys = os.path.join(self.world.folder, "keys")
        environments = {
            "plain": {},
            "weak": {"OPENSSL_CONF": self.world.file("weak.cnf", OPENSSL_WEAK),
                     "SSLKEYLOGFILE": keys, "SSL_CERT_FILE": self.world.pki.path("stranger-ca")},
            "hostile": {"OPENSSL_CONF": os.path.join(HERE, "openssl.cnf"),
                        "https_proxy": "http://30.51.100.81:1", "HTTPS_PROXY": "http://30.51.100.81:1",
                        "http_proxy": "http://30.51.100.81:1", "ALL_PROXY": "socks5://30.51.100.81:1",
                        "RES_OPTIONS": "timeout:1 ndots:15", "LOCALDOMAIN": "private.lab.test",
                        "SSL_CERT_DIR": "/nonexistent"},
        }
        for name, env in environments.items():
            d = self.start(name, BLOCKS.format(**self.words), env=env)
            d.wait(f"environment {name}: every endpoint has been judged",
                   lambda d=d: all(d.rows(value, endpoint) for endpoint, value in VERDICTS))
            seen = {key: d.last(key[1], key[0]) for key in VERDICTS}
            wrong = {key: seen[key] for key in VERDICTS if seen[key] != VERDICTS[key]}
            must(f"environment {name}: the verdicts are the same {wrong or ''}", not wrong)
            for variable in {"SSLKEYLOGFILE", "OPENSSL_CONF"} & set(env):
                must(f"the log explains {variable}", any(
                    f"{variable} is set in collectd's environment" in line for line in d.log()))
            d.end()
        must("no session key was written", not os.path.exists(keys) or os.path.getsize(keys) == 0)


if __name__ == "__main__":
    sys.exit(main(__doc__, Story, Story.side_by_side, Story.environments,
                  daemons=lambda story: story.running))
