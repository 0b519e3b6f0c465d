#!/usr/bin/python3
"""Which values an endpoint has with Report and ReportAddresses, and the meta data of the statuses as
write_http sends them.

    tests/plugin/outputs/report.py PRIVATELINK_SO
"""

import http.server
import json
import pathlib
import re
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from plugin.daemon import Daemon, Listener, Story, main, must, resolvers

ESSENTIAL = {"gauge-status", "gauge-dns_status", "gauge-port_status", "gauge-public_status",
             "gauge-public_verdict", "bool-public_alarm"}
ADDRESS = re.compile(r"-\d+\.\d+\.\d+\.\d+$")

BLOCKS = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicCaFile "{ca_file}"
  PublicResolver {resolvers}
  Witness "witness.lab.test"
  PrivateName "ok.private.lab.test"
  PublicName "open.public.lab.test"
  Region "eu-central-1"
  Check "dns" "port" "public"
  EndpointId "vpce-0abc123def4567890"
  <Endpoint "essential">
    Report "essential"
  </Endpoint>
  <Endpoint "totals">
    ReportAddresses false
  </Endpoint>
  <Endpoint "all">
  </Endpoint>
</Plugin>
"""
WRITER = """
LoadPlugin write_http
<Plugin write_http>
  <Node "values">
    URL "http://{address}:{port}/"
    Format "JSON"
    BufferSize 1024
  </Node>
</Plugin>
"""


class Values:
    """An HTTP server that receives values from write_http."""

    def __init__(self):
        self.items = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(handler):
                self.items += json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
                handler.send_response(200)
                handler.send_header("Content-Length", "0")
                handler.end_headers()

            def log_message(handler, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((Listener.ADDRESS, 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.configuration = WRITER.format(address=Listener.ADDRESS, port=self.server.server_address[1])

    def meta(self, name, metric):
        """The newest."""
        return next((item.get("meta", {}) for item in reversed(self.items)
                     if (item["plugin_instance"], item["type_instance"]) == (name, metric)), None)


class Report(Story):
    def __init__(self, world, plugin):
        self.values = Values()
        self.daemon = Daemon(world, plugin, BLOCKS.format(ca_file=world.pki.ca_file, resolvers=resolvers()),
                             head=self.values.configuration)

    def values_are_chosen(self):
        d = self.daemon
        d.wait("every endpoint has had rounds", lambda: all(
            len(d.rows("gauge-public_verdict", name)) >= 2 for name in ("essential", "totals", "all")))
        must("the essential values, and no other", d.names("essential") == ESSENTIAL)
        of_addresses = {name for name in d.names("all") if ADDRESS.search(name)}
        must(f"{len(of_addresses)} values of addresses", len(of_addresses) >= 4)
        must("all but those of addresses", d.names("totals") == d.names("all") - of_addresses)

    def reasons_are_data(self):
        get = self.values.meta
        self.daemon.wait("write_http sends values", lambda: all(
            get(name, metric) is not None for name in ("all", "essential")
            for metric in ("status", "public_status", "dns_status")))
        for name in ("all", "essential"):
            must(f"{name}: status has reason, region and endpoint id", get(name, "status") == {
                "reason": "public.open", "region": "eu-central-1", "endpoint_id": "vpce-0abc123def4567890"})
            must(f"{name}: public_status has its reason", get(name, "public_status") == {"reason": "public.open"})
            must(f"{name}: a check that is OK has none", not get(name, "dns_status"))


if __name__ == "__main__":
    sys.exit(main(__doc__, Report, Report.values_are_chosen, Report.reasons_are_data, Report.ends))
