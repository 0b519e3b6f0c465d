"""Bad input: one line that names the option, exit 3, and no packet."""

import os

from lab.case import Failure, need

# Option that must be named, command line.
LINES = [
    ("--bogus", "-H a.test --bogus"),
    ("--bogus", "-H a.test --bogus=1"),
    ("--private-name", "-H"),
    ("--private-name", "-H 'bad name'"),
    ("--private-name", "-H ''"),
    ("--private-name", "-H -a.test"),
    ("--private-name", "-H a..test"),
    ("--private-name", f"-H {'a' * 64}.test"),
    ("--private-name", f"-H {'.'.join(['a' * 60] * 5)}"),
    ("--private-name", "-H 'a|b.test'"),
    ("--public-name", "--public-name 'b;touch x'"),
    ("--name", "-H a.test --name 'two words'"),
    ("--name", f"-H a.test --name {'n' * 65}"),
    ("--port", "-H a.test -p 0"),
    ("--port", "-H a.test -p 65536"),
    ("--port", "-H a.test -p https"),
    ("--port", "-H a.test -p 443x"),
    ("--endpoint-id", "-H a.test --endpoint-id vpce"),
    ("--preset", "--preset nosuch"),
    ("--region", "--preset rockset"),
    ("--region", "--preset rockset --region mars-north-1"),
    ("--address", "-H a.test --address 10.0.0"),
    ("--check", "-H a.test --check dns,everything"),
    ("--check", "-H a.test --check ''"),
    ("--private-name", "--public-name b.test --check dns"),
    ("--private-name", "--public-name b.test --check port,public"),
    ("--public-name", "-H a.test --check dns,public"),
    ("--endpoint-id", "-H a.test --check state"),
    ("--resolver", "-H a.test --resolver dns.test"),
    ("--resolver", "-H a.test --resolver 10.0.0.2:99999"),
    ("--resolver", "-H a.test --resolver 10.0.0.2,"),
    ("--resolver", "-H a.test --resolver " + ",".join(f"10.0.0.{n}" for n in range(1, 20))),
    ("--private-range", "-H a.test --private-range 10.0.0.1/8"),
    ("--private-range", "-H a.test --private-range 10.0.0.0/33"),
    ("--probe", "-H a.test --probe udp"),
    ("--path", "-H a.test --path health"),
    ("--path", "-H a.test --path '/a b'"),
    ("--path", "-H a.test --path '/a\r\nX: y'"),
    ("--expect-status", "-H a.test --expect-status 99"),
    ("--expect-status", "-H a.test --expect-status 300-200"),
    ("--expect-status", "-H a.test --expect-status 200-"),
    ("--api-key-file", "-H a.test --api-key-file /nonexistent/key"),
    ("--tls-name", "-H a.test --tls-name 'x y'"),
    ("--ca-file", "-H a.test --ca-file /nonexistent/ca.pem"),
    ("--ca-file", "-H a.test --ca-file {empty}"),
    ("--certificate", "-H a.test --certificate soon"),
    ("--certificate", "-H a.test --certificate 1,2,3"),
    ("--min-up", "-H a.test --min-up -1"),
    ("--expect-public", "--public-name b.test --expect-public open"),
    ("--public-resolver", "--public-name b.test --public-resolver one.one"),
    ("--public-probe", "--public-name b.test --public-probe icmp"),
    ("--public-address", "--public-name b.test --public-address b.test"),
    ("--blocked-by", "--public-name b.test --blocked-by http:200"),
    ("--blocked-by", "--public-name b.test --blocked-by http:99"),
    ("--blocked-by", "--public-name b.test --blocked-by http:302"),
    ("--blocked-by", "--public-name b.test --blocked-by 'http:403:['"),
    ("--blocked-by", "--public-name b.test --blocked-by tcp:reset"),
    ("--blocked-by", "--public-name b.test --blocked-by tls:alert=256"),
    ("--blocked-by", "--public-name b.test --blocked-by dns:nodata"),
    ("--witness", "--public-name b.test --witness 'a b'"),
    ("--witness", "--public-name b.test --witness a.test:0"),
    ("--on-unproven", "--public-name b.test --on-unproven never"),
    ("--timeout", "-H a.test -t 0"),
    ("--timeout", "-H a.test -t -1"),
    ("--timeout", "-H a.test -t ten"),
    ("--timeout", "-H a.test -t nan"),
    ("--timeout", "-H a.test -t inf"),
    ("--timeout", "-H a.test -t 1e9"),
    ("--connect-timeout", "-H a.test --connect-timeout 0"),
    ("--response-timeout", "-H a.test --response-timeout 3s"),
    ("--warning", "-H a.test -w 20:10"),
    ("--warning", "-H a.test -w time=fast"),
    ("--critical", "-H a.test -c ''"),
    ("--warning", "-H a.test -w nosuch=1"),
    ("--warning", "-H a.test -w zones=2:"),
    ("--critical", "-H a.test --region eu-central-1 -c addresses_up-us-east-1a=1:"),
    ("--client-key", "-H a.test --client-cert {ca}"),
    ("--client-cert", "-H a.test --client-key {key}"),
    ("--output", "-H a.test --output xml"),
    ("--config", "--config /nonexistent/file.ini"),
    ("--config", "--config /"),
    ("--endpoint", "--config {ini} --endpoint nosuch"),
    ("--extra-opts", "--extra-opts=x@/nonexistent/file.ini"),
    ("", "-H a.test surplus"),
    ("", ""),
]


def _expect_usage(lab, option, line):
    import shlex
    arguments = shlex.split(line.format(**lab.words))
    run = lab.run("shared", arguments)
    shown = f"$ check_privatelink {line}\n{run.stdout}{run.stderr}"
    need(run.code == 3, f"exit {run.code}: {shown}")
    need(not run.stderr or not run.stdout, f"lines on both streams: {shown}")
    text = run.stdout or run.stderr
    need(text.count("\n") == 1 and text.endswith("\n"), f"not one line: {shown}")
    need(text.startswith("PRIVATELINK UNKNOWN: "), f"first line: {shown}")
    need(option in text, f"{option} is not named: {shown}")
    lab.texts.append((f"input: {line}", text))


def every_mistake(lab):
    """Every mistake on the command line gives one line that names the option, and sends nothing."""
    client = lab.world.clients["shared"]
    client.nft("table inet lab {\n  counter sent { }\n  chain output {\n"
               "    type filter hook output priority 0;\n"
               "    meta l4proto { tcp, udp } counter name sent\n  }\n}\n")
    lab.words["empty"] = lab.world.file("empty.pem", "")
    lab.words["ini"] = lab.world.file("one.ini", "[a]\nprivate-name = a.test\n")
    problems = []
    for option, line in LINES:
        try:
            _expect_usage(lab, option, line)
            need(client.counter("sent") == 0, f"packets were sent: {line}")
        except Failure as failure:
            problems.append(str(failure))
    client.nft("delete table inet lab\n")
    need(not problems, f"{len(problems)} of {len(LINES)}\n" + "\n".join(problems))


def nothing_of_a_file(lab):
    """A file that is no configuration is refused without quoting it."""
    secret = lab.world.file("shadow", "root:$6$secret-hash:19000:0:99999:7:::\n", 0o600)
    for option in ("--config", "--extra-opts", "--ca-file", "--api-key-file"):
        value = f"x@{secret}" if option == "--extra-opts" else secret
        run = lab.run("shared", ["-H", "a.test", "--check", "dns", "-t", "1", f"{option}={value}"])
        need("secret-hash" not in run.stdout + run.stderr, f"{option} quotes the file: {run.stdout}")


def unreadable_paths(lab):
    """FIFOs, directories and devices instead of files don't hang it."""
    fifo = os.path.join(lab.world.folder, "fifo")
    os.mkfifo(fifo)
    for option in ("--config", "--ca-file", "--api-key-file"):
        for path in (fifo, "/", "/dev/null"):
            run = lab.run("shared", ["-H", "a.test", "--check", "dns", "-t", "1", f"{option}={path}"])
            need(run.code == 3, f"{option} {path}: exit {run.code}: {run.stdout}")


SPECIALS = [every_mistake, nothing_of_a_file, unreadable_paths]
