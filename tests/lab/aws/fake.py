#!/usr/bin/python3
"""A fake EC2, STS, instance metadata service and container endpoint, on loopback.

The shapes of requests and answers, and the check of signatures, come from botocore's service
models and signer, so that they are AWS's idea of its API and not this project's. Parameters that
the model does not know are refused. What is invented: the texts of errors, and the values of the
fixture unless one is given.

    fake.py [--port N] [--fixture FILE | --endpoints N] [--port-file FILE]

Behaviour is changed while it runs by POSTing a JSON object to /_control (see `Behaviour`); GET /_log
returns one line of JSON for each call that was answered. GET /_fixture returns the fixture as the
AWS CLI would print it.
"""

import argparse
import datetime
import gzip
import hashlib
import http.server
import json
import pathlib
import re
import socket
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from lab.aws.fixture import ACCOUNT, FILTERS, IDS, REGION, SECRET, make_fixture
from lab.aws.model import MODELS, ApiError, emit_error, emit_output, parse_input

# After lab.aws.model, which reports it if botocore is missing.
import botocore.auth
import botocore.awsrequest
import botocore.credentials

WINDOW = 300  # seconds that a signature's date may be off


class Behaviour:
    """What /_control may set: one attribute each."""

    def __init__(self):
        self.faults = []          # see `fault`: each {"action", "times", and what it does}
        self.denied = []          # actions that the policy does not allow
        self.denied_scopes = []   # pairs [account, region] where it allows nothing
        self.skew = 0             # seconds that this side's clock is ahead
        self.compress = False     # the answers, if the client says that it takes gzip
        self.page_size = 1000     # entries of one page at most
        self.repeat_token = False # every page has the same nextToken
        self.unlisted = []        # endpoints that exist and that a list does not have yet
        self.state = {}           # endpoint id -> changes of its fixture entry
        self.homes = {}           # endpoint id -> [account of the role, region] that can list it
        self.expired_keys = []    # access keys that have expired
        self.session_seconds = 3600
        self.metadata = {"role": "monitor", "region": REGION, "token_status": 200,
                         "status": 200, "expires_in": 3600, "code": "Success"}
        self.container = {"token": None, "expires_in": 3600, "status": 200}
        self.external_id = None   # what AssumeRole wants
        self.deny_assume = False
        self.identity_token = "identity.token.text"


def filtered(kind, name, entry):
    """The values of an entry that a filter of this name compares."""
    tags = entry.get("Tags", [])
    if name.startswith("tag:"):
        return [tag["Value"] for tag in tags if tag["Key"] == name[4:]]
    if name == "tag-key":
        return [tag["Key"] for tag in tags]
    field = FILTERS[kind].get(name)
    if field is None:
        raise ApiError(400, "InvalidParameterValue", f"The filter {name} is invalid")
    return [entry.get(field)]


def matches(value, patterns):
    """EC2 user guide, "Filter resources": * is any text, ? is one character, \\ takes the next literally."""
    def expression(pattern):
        parts = re.findall(r"\\.|.", pattern, re.S)
        return "".join({"*": ".*", "?": "."}.get(part, re.escape(part[-1])) for part in parts)
    return value is not None and any(re.fullmatch(expression(pattern), value, re.S)
                                     for pattern in patterns)


class QuietServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        # A client that hung up is what some tests are about.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class QuietServer6(QuietServer):
    address_family = socket.AF_INET6


class Fake:
    def __init__(self, fixture=None, port=0, host="127.0.0.1"):
        self.fixture = fixture or make_fixture()
        self.behaviour = Behaviour()
        self.keys = {"AKIDEXAMPLE": (SECRET, None)}  # access key -> secret, session token
        self.sequence = 0
        self.log = []
        self.lock = threading.RLock()
        self.accounts = {}  # access key -> account of the role
        self.ends = {}  # access key -> when it expires, where that is enforced
        self.tokens = set()      # of the metadata service
        self.signatures = set()  # that came with a request
        self.handler = type("Handler", (RequestHandler,), {"fake": self})
        self.server = QuietServer((host, port), self.handler)
        self.port = self.server.server_address[1]
        self.url = f"http://{host}:{self.port}"

    def start(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def listen(self, address, port, tls=None):
        """Answers at another address, too; over TLS with an ssl.SSLContext."""
        server_class = QuietServer6 if ":" in address else QuietServer
        server = server_class((address, port), self.handler)
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def secrets(self):
        """Every secret that only the two sides may see."""
        with self.lock:
            found = {part for pair in self.keys.values() for part in pair if part}
            found |= self.tokens | self.signatures | {self.behaviour.identity_token}
            return found | {self.behaviour.container["token"]} - {None}

    def reset(self, fixture=None):
        with self.lock:
            self.behaviour = Behaviour()
            self.log.clear()
            if fixture is not None:
                self.fixture = fixture

    def now(self):
        return time.time() + self.behaviour.skew

    def new_keys(self, prefix="ASIA"):
        with self.lock:
            self.sequence += 1
            seed = hashlib.sha256(f"{prefix}{self.sequence}".encode()).hexdigest()
            access_key = f"{prefix}{seed[:16].upper()}"
            secret, token = f"{seed[:38]}+/", f"{seed}{seed}/+=="
            self.keys[access_key] = (secret, token)
            return access_key, secret, token

    def iso(self, seconds_from_now):
        when = datetime.datetime.fromtimestamp(self.now() + seconds_from_now, datetime.timezone.utc)
        return when.strftime("%Y-%m-%dT%H:%M:%SZ")

    # -- signatures --

    def check_signature(self, service, method, host, headers, body):
        version_error = "SignatureDoesNotMatch" if service == "sts" else "AuthFailure"
        authorization = headers.get("Authorization", "")
        match = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, "
            r"SignedHeaders=([^,]+), Signature=([0-9a-f]{64})", authorization)
        if not match:
            raise ApiError(403, "MissingAuthenticationToken", "The request is not signed")
        access_key, day, region, signed_service, signed, signature = match.groups()
        self.signatures.add(signature)
        if access_key not in self.keys:
            code = "InvalidClientTokenId" if service == "sts" else "AuthFailure"
            raise ApiError(403 if service == "sts" else 401, code,
                           "AWS was not able to validate the provided access credentials")
        secret, token = self.keys[access_key]
        if signed_service != service:
            raise ApiError(403, "SignatureDoesNotMatch", "Credential should be scoped to service")
        date = headers.get("X-Amz-Date", "")
        when = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(
            tzinfo=datetime.timezone.utc).timestamp()
        names = signed.split(";")
        if token is not None and ("x-amz-security-token" not in names or
                                  headers.get("X-Amz-Security-Token") != token):
            raise ApiError(401, version_error, "The session token is missing, unsigned or wrong")
        for needed in ("host", "x-amz-date"):
            if needed not in names:
                raise ApiError(403, "SignatureDoesNotMatch", f"{needed} is not signed")
        request = botocore.awsrequest.AWSRequest(
            method=method, url=f"http://{host}/", data=body,
            headers={name: headers[name] for name in names if name != "host"})
        request.context["timestamp"] = date
        signer = botocore.auth.SigV4Auth(botocore.credentials.Credentials(access_key, secret),
                                         signed_service, region)
        canonical = signer.canonical_request(request)
        expected = signer.signature(signer.string_to_sign(request, canonical), request)
        if expected != signature or day != date[:8]:
            raise ApiError(401, version_error,
                           "AWS was not able to validate the provided access credentials")
        if abs(when - self.now()) > WINDOW:
            raise ApiError(400, "RequestExpired", "Request has expired.")
        if access_key in self.behaviour.expired_keys or \
                self.now() > self.ends.get(access_key, float("inf")):
            raise ApiError(400, "ExpiredToken" if service == "sts" else "RequestExpired",
                           "Request has expired.")
        return access_key

    # -- EC2 --

    def describe(self, kind, arguments, caller=None):
        entries = self.fixture[kind]
        if kind == "VpcEndpoints" and self.behaviour.homes:
            entries = [e for e in entries
                       if self.behaviour.homes.get(e["VpcEndpointId"], caller) == caller]
        if kind == "VpcEndpoints" and self.behaviour.state:
            entries = [{**e, **self.behaviour.state.get(e["VpcEndpointId"], {})} for e in entries]
            entries = [{k: v for k, v in e.items() if v is not None} for e in entries]
        if kind == "VpcEndpointServices":
            regions = arguments.get("ServiceRegions", [REGION])
            entries = [e for e in entries if e["ServiceRegion"] in regions]
        parameter, key, not_found = IDS[kind]
        wanted = arguments.get(parameter)
        if wanted:
            missing = set(wanted) - {e[key] for e in entries}
            if missing:
                raise ApiError(400, not_found, f"{sorted(missing)[0]} does not exist")
            if "MaxResults" in arguments:
                raise ApiError(400, "InvalidParameterCombination",
                               "MaxResults and ids exclude one another")
            entries = [e for e in entries if e[key] in wanted]
        else:
            entries = [e for e in entries if e[key] not in self.behaviour.unlisted]
        for row in arguments.get("Filters", []):
            if len(row.get("Values", [])) > 200:
                raise ApiError(400, "FilterLimitExceeded", "more than 200 values")
            entries = [e for e in entries
                       if any(matches(value, row["Values"]) for value in filtered(kind, row["Name"], e))]
        output = "ServiceDetails" if kind == "VpcEndpointServices" else kind
        if "MaxResults" not in arguments and "NextToken" not in arguments:
            return {output: entries}
        size = arguments.get("MaxResults", 1000)
        if size < 5:
            raise ApiError(400, "InvalidParameterValue", "MaxResults is at least 5")
        size = min(size, self.behaviour.page_size, 1000)
        start = 0
        if "NextToken" in arguments:
            match = re.fullmatch(r"page\+/=(\d+)&%", arguments["NextToken"])
            if not match:
                raise ApiError(400, "InvalidNextToken", "The token is invalid")
            start = int(match.group(1))
        result = {output: entries[start:start + size], "NextToken": ""}
        if self.behaviour.repeat_token:
            result["NextToken"] = "page+/=0&%"
        elif start + size < len(entries):
            result["NextToken"] = f"page+/={start + size}&%"
        return result

    def ec2(self, name, arguments, access_key, region):
        if name in self.behaviour.denied:
            raise ApiError(403, "UnauthorizedOperation",
                           f"You are not authorized to perform this operation. ec2:{name}")
        kinds = {f"Describe{kind}": kind for kind in IDS}
        if name in kinds:
            caller = [self.accounts.get(access_key, ACCOUNT), region]
            if caller in self.behaviour.denied_scopes:
                raise ApiError(403, "UnauthorizedOperation", "You are not authorized")
            return self.describe(kinds[name], arguments, caller)
        if name == "DescribeVpcAttribute":
            attributes = self.fixture["VpcAttributes"].get(arguments["VpcId"])
            if attributes is None:
                raise ApiError(400, "InvalidVpcID.NotFound", "The vpc ID does not exist")
            attribute = arguments["Attribute"]
            key = attribute[0].upper() + attribute[1:]
            return {"VpcId": arguments["VpcId"], key: {"Value": attributes[attribute]}}
        raise ApiError(400, "InvalidAction", f"The action {name} is not valid")

    # -- STS --

    def sts(self, name, arguments, access_key):
        if name == "GetCallerIdentity":
            return {"Account": ACCOUNT, "UserId": access_key, "Arn": f"arn:aws:iam::{ACCOUNT}:root"}
        if name == "AssumeRole":
            if self.behaviour.deny_assume:
                raise ApiError(403, "AccessDenied", "is not authorized to perform: sts:AssumeRole")
            if arguments.get("ExternalId") != self.behaviour.external_id:
                raise ApiError(403, "AccessDenied", "the external id does not match")
        elif name == "AssumeRoleWithWebIdentity":
            if arguments["WebIdentityToken"] != self.behaviour.identity_token:
                raise ApiError(400, "InvalidIdentityToken", "No OpenIDConnect provider found")
        else:
            raise ApiError(400, "InvalidAction", f"Could not find operation {name}")
        if len(arguments["RoleSessionName"]) < 2:
            raise ApiError(400, "ValidationError", "roleSessionName is too short")
        access_key, secret, token = self.new_keys()
        self.ends[access_key] = int(self.now() + self.behaviour.session_seconds)
        self.accounts[access_key] = arguments["RoleArn"].split(":")[4]
        return {
            "Credentials": {"AccessKeyId": access_key, "SecretAccessKey": secret,
                            "SessionToken": token,
                            "Expiration": self.iso(self.behaviour.session_seconds)},
            "AssumedRoleUser": {"AssumedRoleId": "AROA:" + arguments["RoleSessionName"],
                                "Arn": arguments["RoleArn"]}}

    # -- faults --

    def take_fault(self, action, form=None):
        with self.lock:
            for fault in self.behaviour.faults:
                needed = fault.get("parameter")
                if fault.get("action", action) == action and fault.get("times", 1) > 0 and \
                        (needed is None or needed in (form or {})):
                    fault["times"] = fault.get("times", 1) - 1
                    return fault
        return None


class RequestHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake = None

    def log_message(self, *arguments):
        pass

    def date_time_string(self, timestamp=None):
        return super().date_time_string(timestamp if timestamp is not None else self.fake.now())

    def respond(self, status, text, content_type="text/xml;charset=UTF-8", headers=None, cut=None):
        body = text.encode()
        compress = self.fake.behaviour.compress and "gzip" in self.headers.get("Accept-Encoding", "")
        if compress:
            body = gzip.compress(body)
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if compress:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body if cut is None else body[:cut])
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        if cut is not None:
            self.close_connection = True

    def read_body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def note(self, **entry):
        with self.fake.lock:
            self.fake.log.append({"time": time.time(), **entry})

    # -- metadata, container, control --

    def do_PUT(self):
        self.read_body()
        metadata = self.fake.behaviour.metadata
        self.note(path=self.path, method="PUT", local=self.connection.getsockname()[0])
        self.apply_delay("metadata-token")
        if self.path != "/latest/api/token":
            return self.respond(404, "")
        seconds = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
        if not seconds.isdigit() or not 1 <= int(seconds) <= 21600:
            return self.respond(400, "")
        if metadata["token_status"] != 200:
            return self.respond(metadata["token_status"], "")
        with self.fake.lock:
            self.fake.sequence += 1
            token = f"AQAEAtoken{self.fake.sequence}=="
            self.fake.tokens.add(token)
        self.respond(200, token, "text/plain")

    def apply_delay(self, action):
        fault = self.fake.take_fault(action)
        if fault and "delay" in fault:
            time.sleep(fault["delay"])
        return fault

    def credentials_json(self, settings, access_key, secret, token):
        return {"AccessKeyId": access_key, "SecretAccessKey": secret, "Token": token,
                "Expiration": self.fake.iso(settings["expires_in"])}

    def do_GET(self):
        path = self.path
        if path == "/_log":
            return self.respond(200, "".join(json.dumps(e) + "\n" for e in self.fake.log),
                                "application/json")
        if path == "/_fixture":
            return self.respond(200, json.dumps(self.fake.fixture), "application/json")
        self.note(path=path, method="GET", local=self.connection.getsockname()[0])
        if path.startswith("/latest/"):
            return self.metadata(path)
        if path.startswith("/container"):
            settings = self.fake.behaviour.container
            fault = self.apply_delay("container")
            if fault and "body" in fault:
                return self.respond(fault.get("http", 200), fault["body"], "application/json")
            if settings["status"] != 200:
                return self.respond(settings["status"], "")
            if settings["token"] is not None and self.headers.get("Authorization") != \
                    settings["token"]:
                return self.respond(401, "")
            keys = self.fake.new_keys()
            answer = {**self.credentials_json(settings, *keys), "AccountId": ACCOUNT}
            return self.respond(200, json.dumps(answer), "application/json")
        return self.respond(404, "")

    def metadata(self, path):
        settings = self.fake.behaviour.metadata
        token = self.headers.get("X-aws-ec2-metadata-token")
        fault = self.apply_delay("metadata")
        if fault and "http" in fault:
            return self.respond(fault["http"], fault.get("body", ""))
        if token not in self.fake.tokens:
            return self.respond(401, "")
        if settings["status"] != 200:
            return self.respond(settings["status"], "")
        base = "/latest/meta-data/iam/security-credentials/"
        if path == "/latest/meta-data/placement/region":
            return self.respond(200, settings["region"], "text/plain")
        if path == base:
            if settings["role"] is None:
                return self.respond(404, "")
            return self.respond(200, settings["role"], "text/plain")
        if path == base + str(settings["role"]):
            if settings["code"] != "Success":
                return self.respond(200, json.dumps({"Code": settings["code"], "Message": "no"}))
            keys = self.fake.new_keys()
            answer = {"Code": "Success", "LastUpdated": self.fake.iso(-60), "Type": "AWS-HMAC",
                      **self.credentials_json(settings, *keys)}
            return self.respond(200, json.dumps(answer), "application/json")
        return self.respond(404, "")

    # -- the APIs --

    def do_CONNECT(self):
        self.note(path=self.path, method="CONNECT")
        self.respond(502, "")

    def do_POST(self):
        body = self.read_body()
        if self.path == "/_control":
            with self.fake.lock:
                for name, value in json.loads(body).items():
                    if not hasattr(self.fake.behaviour, name):
                        return self.respond(400, f"no such behaviour: {name}\n")
                    current = getattr(self.fake.behaviour, name)
                    if name in ("metadata", "container"):
                        current.update(value)
                    else:
                        setattr(self.fake.behaviour, name, value)
            return self.respond(200, "ok\n")
        form = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True,
                                           strict_parsing=True))
        action = form.get("Action", "")
        scope = self.headers.get("Authorization", "").partition("Credential=")[2].split(",")[0]
        self.note(path=self.path, method="POST", action=action, host=self.headers["Host"],
                  encoding=self.headers["Accept-Encoding"],
                  local=self.connection.getsockname()[0], scope=scope.split("/")[1:],
                  parameters={k: v for k, v in form.items() if k != "WebIdentityToken"})
        fault = self.take_and_apply(action, form)
        if fault == "done":
            return None
        with self.fake.lock:
            self.fake.sequence += 1
            request_id = f"00000000-0000-4000-8000-{self.fake.sequence:012d}"
        try:
            status, text = 200, self.answer(action, form, body, request_id)
        except ApiError as error:
            status, text = error.status, emit_error(form.get("Version"), error, request_id)
        cut = fault.get("cut") if fault else None
        return self.respond(status, text, cut=cut)

    def take_and_apply(self, action, form):
        """Applies the next fault; "done" where it has answered already."""
        fault = self.fake.take_fault(action, form)
        if fault is None:
            return None
        if "delay" in fault:
            time.sleep(fault["delay"])
        if fault.get("drop"):
            self.close_connection = True
            self.connection.close()
            return "done"
        if "body" in fault:
            self.respond(fault.get("http", 200), fault["body"], fault.get("type", "text/xml"))
            return "done"
        if "fill" in fault:  # an endless body: [text, times]
            self.respond(200, fault["fill"][0] * fault["fill"][1])
            return "done"
        if "code" in fault:
            message = fault.get("message", "as the script has it")
            if fault.get("echo"):  # as the real one does with a signature that does not match
                message += " ".join(self.headers.get(name, "") for name in
                                    ("Authorization", "X-Amz-Security-Token"))
                self.fake.signatures.add(message.rsplit("Signature=", 1)[-1][:64])
            error = ApiError(fault.get("http", 503), fault["code"], message)
            self.respond(error.status, emit_error(form.get("Version"), error, "script"))
            return "done"
        if "http" in fault:
            self.respond(fault["http"], fault.get("html", "<html><body>502 proxy</body></html>"),
                         "text/html")
            return "done"
        return fault

    def answer(self, action, form, body, request_id):
        model = MODELS.get(form.get("Version"))
        if model is None or self.path != "/":
            raise ApiError(400, "InvalidParameterValue", "no such API version or path")
        if action not in model.operation_names:
            raise ApiError(400, "InvalidAction", f"The action {action} is not valid")
        service = "sts" if model is MODELS["2011-06-15"] else "ec2"
        if not self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            raise ApiError(415, "UnsupportedMediaType", "not a form")
        access_key = None
        if action != "AssumeRoleWithWebIdentity":
            access_key = self.fake.check_signature(service, "POST", self.headers["Host"],
                                                   self.headers, body)
        operation = model.operation_model(action)
        arguments = parse_input(model, operation, form)
        if service == "ec2":
            region = self.headers["Authorization"].split("/")[2]
            result = self.fake.ec2(action, arguments, access_key, region)
        else:
            result = self.fake.sts(action, arguments, access_key)
        return emit_output(model, operation, result, request_id)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file", help="the port is written here once it listens")
    parser.add_argument("--fixture", help="JSON as /_fixture returns it")
    parser.add_argument("--endpoints", type=int, default=1)
    arguments = parser.parse_args()
    fixture = None
    if arguments.fixture:
        with open(arguments.fixture, encoding="utf-8") as source:
            fixture = json.load(source)
    fake = Fake(fixture or make_fixture(arguments.endpoints), arguments.port)
    if arguments.port_file:
        with open(arguments.port_file, "w", encoding="utf-8") as target:
            target.write(f"{fake.port}\n")
    print(fake.url, flush=True)
    fake.server.serve_forever()


if __name__ == "__main__":
    main()
