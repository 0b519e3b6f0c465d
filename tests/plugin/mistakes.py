#!/usr/bin/python3
"""`collectd -T` as an acceptance test: one line for each endpoint, and an exit code that fails for every kind
of mistake in the configuration, but not for an endpoint that is CRITICAL.

    tests/plugin/mistakes.py PRIVATELINK_SO
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from plugin.daemon import Daemon, main, must, resolvers

PATIENCE = 60  # seconds
COMMON = """
<Plugin privatelink>
  CaFile "{ca_file}"
  PublicCaFile "{ca_file}"
  PublicResolver {resolvers}
  Witness "witness.lab.test"
  {common}
  <Endpoint "good">
    PrivateName "ok.private.lab.test"
    PublicName "s403.public.lab.test"
    Accept "tenant,request"
  </Endpoint>
  {more}
</Plugin>
"""
ENDPOINT = """<Endpoint "other">
    PrivateName "ok.private.lab.test"
    {line}
  </Endpoint>"""


def with_line(line):
    return {"more": ENDPOINT.format(line=line)}


GOOD = "OK: good: "
# What is wrong: the configuration, a line of the log, the line of the endpoint "other" or None, and whether
# the endpoint "good" is watched.
MISTAKES = {
    "an unknown option": (with_line('Foo "1"'), r'<Endpoint "other">: there is no such option, ', True),
    "a misspelt option": (with_line('Prot 443'), r'<Endpoint "other">: .*did you mean Port\?', True),
    "the spelling of an INI file": (with_line('Connect_Timeout 1'), r"did you mean ConnectTimeout\?", True),
    "a value out of range": (with_line("Port 0"), r'<Endpoint "other">: Port: .*from 1 to 65535', True),
    "an empty list": (with_line('Check ""'), r'<Endpoint "other">: Check: an item of the list is empty',
                                  True),
    "an option for all endpoints": (with_line("MaxConnections 100"),
                                    r'"other">: MaxConnections: .*outside <Endpoint>', True),
    "a memory for one endpoint": (with_line("ChainMemory false"),
                                  r'"other">: ChainMemory: .*outside <Endpoint>', True),
    "a relative file name": (with_line('CaFile "ca.pem"'), r"\"other\">: CaFile: .*must begin with '/'", True),
    "a relative file name of the public side": (with_line('PublicCaFile "ca.pem"'),
                                                r"\"other\">: PublicCaFile: .*must begin with '/'", True),
    "a relative directory": (with_line('StateDir "state"'), r"\"other\">: StateDir: .*must begin with '/'", True),
    "a missing file": (with_line('ApiKeyFile "/nonexistent"'), r'"other">: ApiKeyFile: /nonexistent: ', True),
    "a file that others can read": (with_line('ApiKeyFile "{open_key}"'), r'"other">: ApiKeyFile: ', True),
    "a key of the evidence log that is none": (
        with_line('Evidence "/nonexistent"\n EvidenceKey "{open_key}"'),
        r'<Endpoint "other">: EvidenceKey: .*: must be readable by its owner only', True),
    "options that do not fit": (with_line('Check "public"'), r'"other">: .*PublicName', True),
    "a name that two blocks have": (with_line('Name "good"'), r"another block has the same name", True),
    "Include in an endpoint": (with_line('Include "/etc/x.conf"'),
                               r'"other">: collectd includes files only outside of <Plugin>', True),
    "a misspelt block": ({"more": '<Endpont "other">\n PrivateName "ok.private.lab.test"\n </Endpont>'},
                         r'<Endpoint "other">: there is no such block; did you mean <Endpoint>\?', True),
    "a misspelt block without lines": ({"more": '<Endpiont "other">\n </Endpiont>'},
                                       r'"other">: there is no such block; did you mean <Endpoint>\?', True),
    "an unknown block": ({"more": '<Nonsense "x">\n Port 1\n </Nonsense>'},
                         r"<Plugin privatelink>: Nonsense.*: there is no such block; it is left out", True),
    "Include in the plugin": ({"more": 'Include "/etc/x.conf"'},
                              r"<Plugin privatelink>: Include.*: collectd includes files only outside", True),
    "a missing file of endpoints": ({"common": 'EndpointsFile "/nonexistent"'},
                                    r"EndpointsFile: /nonexistent: .*; no endpoint is read from it", True),
    "a mistake in the file of endpoints": (
        {"common": 'EndpointsFile "{bad_file}"'},
        r'<Endpoint "filed">: {bad_file} line 2: there is no such option; did you mean PrivateName\?', True),
    "a header without an end in the file of endpoints": (
        {"common": 'EndpointsFile "{bad_file}"'},
        r'<Endpoint "half">: {bad_file} line 3: no .\]. at the end', True),
    "one name for all endpoints of the file": (
        {"common": 'EndpointsFile "{bad_common}"'}, r"{bad_common} line 2: Name: one name can't be common", True),
    "a misspelt option of Discover": ({"more": '<Discover "d">\n Tags "a"\n </Discover>'},
                                      r'<Discover "d">: takes only Filter, Templates, Region, AwsRoleArn, ', True),
    "a region of Discover that there is not": (
        {"more": '<Discover "d">\n Region "eu-west-1,mars"\n </Discover>'}, r'<Discover "d">: Region: .mars. is', True),
    "a filter that EC2 does not have": ({"more": '<Discover "d">\n Filter "colour=red"\n </Discover>'},
                                        r'<Discover "d">: Filter: .colour. is not a filter', True),
    "a name that Discover can't have": ({"more": '<Discover "a b">\n Region "eu-west-1"\n </Discover>'},
                                        r'<Discover "a b">: takes one name in quotes', True),
    "a name that two blocks of Discover have": (
        {"more": '<Discover "d">\n </Discover>\n<Discover "d">\n Region "eu-west-1"\n </Discover>'},
        r'<Discover "d">: another block has the same name; it finds no endpoints', True),
    "a missing file of templates": ({"more": '<Discover "d">\n Templates "/nonexistent"\n </Discover>'},
                                    r'<Discover "d">: Templates: /nonexistent: ', True),
    "a relative file of templates": ({"more": '<Discover "d">\n Templates "t.ini"\n </Discover>'},
                                     r"<Discover \"d\">: Templates: the file name must begin with '/'", True),
    "a template of a tag that proves": (
        {"more": '<Discover "d">\n Templates "{bad_template}"\n </Discover>'},
        r'<Discover "d">: .* line 2: not allowed in a template of a tag', True),
    "a common value": ({"common": "Port 0"}, r"<Plugin privatelink>: Port: .*no endpoint is watched", False),
    "an unknown common option": ({"common": 'PublicResolvr "192.0.2.1"'},
                                 r"<Plugin privatelink>: .*did you mean PublicResolver\?", False),
}


class Story:
    def __init__(self, world, plugin):
        self.world, self.plugin, self.runs = world, plugin, []
        self.bad_file = world.file("bad.ini", "[filed]\nprivate-nam = ok.private.lab.test\n"
                                                "[half\nprivate-name = ok.private.lab.test\n")
        self.bad_common = world.file("common.ini", "[*]\nname = x\n[a]\nprivate-name = ok.private.lab.test\n")
        self.bad_template = world.file("template.ini", "[template tag:a=b]\naccept = tenant\n")
        self.open_key = world.file("key", "secret\n", 0o644)

    def filled(self, text):
        """The text with the names of files."""
        for name in ("bad_file", "bad_common", "bad_template", "open_key"):
            text = text.replace(f"{{{name}}}", getattr(self, name))
        return text.replace("{ca_file}", self.world.pki.ca_file)

    def run(self, common="", more=""):
        """The lines that it prints, and the daemon."""
        text = COMMON.replace("{common}", common).replace("{more}", more)
        daemon = Daemon(self.world, self.plugin, self.filled(text.replace("{resolvers}", resolvers())),
                        name=f"test-{len(self.runs)}", mode="-T")
        self.runs = [*self.runs, daemon]
        daemon.process.wait(PATIENCE)
        lines = daemon.read("stdout").splitlines()
        return lines, daemon

    def good(self):
        lines, daemon = self.run(more='<Endpoint "down">\n PrivateName "rst.private.lab.test"\n </Endpoint>')
        must("exit code 0, also with an endpoint that is CRITICAL", daemon.process.returncode == 0)
        must("one line for each endpoint", sorted(line.split(" [")[0].split(":")[0:2] for line in lines)
             == [["CRITICAL", " down"], ["OK", " good"]])
        must("with the reason", any(line.endswith("[port.refused]") for line in lines))
        must("nothing is announced", not daemon.announced(""))

    def mistakes(self):
        for name, (options, pattern, watched) in MISTAKES.items():
            lines, daemon = self.run(**options)
            wanted = "privatelink plugin: .*" + self.filled(pattern)
            logged = [line for line in daemon.log() if re.search(wanted, line)]
            must(f"{name}: one line of the log", len(logged) == 1)
            must(f"{name}: exit code {daemon.process.returncode}", daemon.process.returncode == 1)
            good = [line for line in lines if line.startswith(GOOD if watched else "UNKNOWN: good: ")]
            must(f"{name}: the endpoint without a mistake is {'watched' if watched else 'not watched'}",
                 len(good) == 1)


if __name__ == "__main__":
    sys.exit(main(__doc__, Story, Story.good, Story.mistakes, daemons=lambda story: story.runs[-1:]))
