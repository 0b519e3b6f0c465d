"""Which identity is used, and which settings: each case as botocore decides it (botocore 1.43.67, the
file in brackets), or as the AWS SDKs and Tools Reference Guide says ("SDK guide")."""

import json
import os
import socket
import ssl
import threading

from aws.probe import failed, found, require, role_files, static_text, without_keys
from lab.aws.fixture import ROLE, SECRET
from lab.pki import Pki


def untouched(world):
    """The instance's role was not asked for."""
    require(not any(e["path"].startswith("/latest") for e in world.fake.log), world.fake.log)


def no_such_profile(w):
    """a named profile that does not exist is an error [session.py get_scoped_config]"""
    files = w.file("config", "[profile other]\nregion = eu-west-1\n")
    for variable in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        failed(w.fetch(**without_keys(AWS_CONFIG_FILE=files, **{variable: "gone"})), "no credentials",
               "profile gone", "in neither")
    failed(w.fetch("--profile", "gone", AWS_CONFIG_FILE=files), "no credentials", "profile gone")
    failed(w.fetch(AWS_PROFILE="default", AWS_CONFIG_FILE=files), "no credentials",
           "profile default")
    require(w.calls() == [], w.calls())
    untouched(w)


def no_such_profile_beside_keys(w):
    """keys in the environment do not make up for a profile that does not exist [session.py]"""
    failed(w.fetch(AWS_PROFILE="gone"), "no credentials", "profile gone")
    require(w.calls() == [], w.calls())


def no_such_profile_and_no_region(w):
    """the region is not taken from the instance's metadata for such a profile"""
    failed(w.fetch(AWS_PROFILE="gone", AWS_REGION=None), "no credentials", "profile gone")
    untouched(w)


def profile_without_credentials(w):
    """a profile that exists and has only a region: the chain goes on [credentials.py]"""
    config = w.file("config", "[profile p]\nregion = eu-west-1\n")
    a = found(w.fetch(**without_keys(AWS_PROFILE="p", AWS_CONFIG_FILE=config)))
    require(a["credentials"].startswith("instance metadata (ASIA"), a["credentials"])


def role_without_source(w):
    """role_arn without a source [credentials.py _get_role_config: PartialCredentialsError]"""
    text = f"[default]\nrole_arn = {ROLE}\n[profile p]\nrole_arn = {ROLE}\n" + static_text()
    for profile in ([], ["--profile", "p"]):
        failed(w.fetch(*profile, **role_files(w, text)), "no credentials",
               "source_profile, credential_source or web_identity_token_file")
    require(w.calls() == [], w.calls())
    untouched(w)


def role_with_two_sources(w):
    """role_arn with both sources [credentials.py _get_role_config: InvalidConfigError]"""
    text = (f"[profile p]\nrole_arn = {ROLE}\nsource_profile = base\n"
            "credential_source = Ec2InstanceMetadata\n")
    failed(w.fetch("--profile", "p", **role_files(w, text)), "no credentials", "both source_profile")
    untouched(w)


def source_profile_is_gone(w):
    """source_profile names a profile that does not exist [_validate_source_profile]"""
    text = f"[profile p]\nrole_arn = {ROLE}\nsource_profile = gone\n"
    failed(w.fetch("--profile", "p", **role_files(w, text)), "no credentials", "profile gone",
           "in neither")
    untouched(w)


def source_profile_is_empty(w):
    """source_profile names a profile without credentials ["The source profile must have credentials"]"""
    text = f"[profile p]\nrole_arn = {ROLE}\nsource_profile = q\n[profile q]\nregion = eu-west-1\n"
    failed(w.fetch("--profile", "p", **role_files(w, text)), "no credentials",
           "source_profile q has no credentials")
    untouched(w)


def source_profile_with_a_role(w):
    """static keys of a source profile go before its own role [_resolve_credentials_from_profile]"""
    text = (f"[profile p]\nrole_arn = {ROLE}\nsource_profile = mid\n[profile mid]\n"
            f"role_arn = {ROLE}-mid\nsource_profile = base\n" + static_text())
    found(w.fetch("--profile", "p", **role_files(w, text)))
    roles = [e["parameters"]["RoleArn"] for e in w.fake.log if e.get("action") == "AssumeRole"]
    require(roles == [ROLE], roles)


def role_beats_keys_of_its_profile(w):
    """the chosen profile's own role goes before its keys [order of the providers]"""
    text = f"[profile p]\nrole_arn = {ROLE}\nsource_profile = base\n" + static_text("x" * 40)
    found(w.fetch("--profile", "p", **role_files(w, text)))
    require(w.calls("AssumeRole") == 1, w.calls())


def web_identity_beats_source_profile(w):
    """a role with a token file and a source_profile [_has_assume_role_config_vars]"""
    token = w.file("token", "identity.token.text")
    text = (f"[profile p]\nrole_arn = {ROLE}\nsource_profile = base\n"
            f"web_identity_token_file = {token}\n")
    found(w.fetch("--profile", "p", **role_files(w, text)))
    require("AssumeRoleWithWebIdentity" in w.calls() and w.calls("AssumeRole") == 0, w.calls())


def empty_values(w):
    """a key without a value, as of a template, is no missing one [profile mappings in credentials.py]"""
    for text in ("role_arn =\n" + static_text(), "role_arn =\nsource_profile = base\n",
                 f"role_arn = {ROLE}\nsource_profile =\n", "credential_process =\n",
                 "aws_access_key_id =\naws_secret_access_key =\n"):
        failed(w.fetch("--profile", "p", **role_files(w, "[profile p]\n" + text)), "no credentials")
    require(w.calls() == [], w.calls())
    untouched(w)


def web_identity_of_both(w):
    """a variable goes before the profile, for the role and for the file [_get_config]"""
    token = w.file("token", "identity.token.text")
    text = f"[default]\nrole_arn = {ROLE}\nweb_identity_token_file = {token}\n"
    for variables, wanted in (({"AWS_ROLE_ARN": ROLE + "-env"}, ROLE + "-env"),
                              ({"AWS_WEB_IDENTITY_TOKEN_FILE": token}, ROLE)):
        w.fake.log.clear()
        found(w.fetch(**role_files(w, text), **variables))
        roles = [e["parameters"]["RoleArn"] for e in w.fake.log
                 if e.get("action") == "AssumeRoleWithWebIdentity"]
        require(roles == [wanted], roles)


def upper_case_keys(w):
    """keys in upper case, in an indented section [configloader.py]"""
    text = "[base]\n" + static_text().upper().replace(SECRET.upper(), SECRET).replace(
        "aws_", "  aws_").replace("AWS_", "  AWS_")
    found(w.fetch("--profile", "base", **without_keys(
        AWS_SHARED_CREDENTIALS_FILE=w.file("credentials", text))))


def refused_lines(w):
    """a key before any section, and an empty key: file and line [configparser, strict]"""
    for text, line in ((static_text() + "[default]\n", "line 1"), ("[default]\n= x\n", "line 2")):
        path = w.file("credentials", text)
        failed(w.fetch(**without_keys(AWS_SHARED_CREDENTIALS_FILE=path)), "no credentials", path, line)
    untouched(w)


def comments(w):
    """an inline comment is part of the value; a whole line is not [RawConfigParser's defaults]"""
    text = "[default]\naws_access_key_id = AKIDEXAMPLE\n  # more\naws_secret_access_key = " + SECRET
    found(w.fetch(**without_keys(AWS_SHARED_CREDENTIALS_FILE=w.file("c", text + "\n"))))
    failed(w.fetch(**without_keys(AWS_SHARED_CREDENTIALS_FILE=w.file("c", text + " # mine\n"))),
           "no credentials", "characters")


def home_in_paths(w):
    """'~' in the variables and in the files [os.path.expanduser in configloader.py]"""
    os.makedirs(os.path.join(w.folder, "h"), exist_ok=True)
    w.file("h/credentials", "[default]\n" + static_text())
    home = {"HOME": os.path.join(w.folder, "h")}
    found(w.fetch(**without_keys(**home, AWS_SHARED_CREDENTIALS_FILE="~/credentials")))
    w.file("h/token", "identity.token.text")
    w.file("h/config", f"[default]\nrole_arn = {ROLE}\nweb_identity_token_file = ~/token\n")
    found(w.fetch(**without_keys(**home, AWS_CONFIG_FILE="~/config")))
    found(w.fetch(**without_keys(**home, AWS_ROLE_ARN=ROLE, AWS_WEB_IDENTITY_TOKEN_FILE="~/token")))
    w.fake.behaviour.container["token"] = "t"
    w.file("h/pod", "t")
    found(w.fetch(**without_keys(**home, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE="~/pod",
                                 AWS_CONTAINER_CREDENTIALS_FULL_URI=w.fake.url + "/container")))


# ---- endpoints ---------------------------------------------------------------------------------


NOWHERE = "http://127.0.0.1:1"


def endpoints_of_a_profile(w):
    """endpoint_url of the profile, for EC2 and STS [ConfiguredEndpointProvider]"""
    text = f"[profile p]\nrole_arn = {ROLE}\nsource_profile = base\nendpoint_url = {w.fake.url}\n"
    found(w.fetch("--profile", "p", **role_files(w, text), AWS_ENDPOINT_URL=None))


def endpoints_of_services(w):
    """a services section goes before endpoint_url, for each service [ConfiguredEndpointProvider]"""
    text = (f"[profile p]\nrole_arn = {ROLE}\nsource_profile = base\nendpoint_url = {NOWHERE}\n"
            "services = here\n[services other]\nec2 =\n  endpoint_url = http://127.0.0.1:2\n"
            f"[services here]\ns3 =\n  endpoint_url = {NOWHERE}\nec2 =\n  endpoint_url = {w.fake.url}\n"
            f"sts =\n  endpoint_url = {w.fake.url}\n")
    found(w.fetch("--profile", "p", **role_files(w, text), AWS_ENDPOINT_URL=None))
    text = text.replace(f"sts =\n  endpoint_url = {w.fake.url}", "")
    failed(w.fetch("--profile", "p", **role_files(w, text), AWS_ENDPOINT_URL=None), "no credentials",
           "STS")


def endpoints_of_the_environment(w):
    """variables go before the files, the service's own first [ConfiguredEndpointProvider]"""
    text = f"[default]\nendpoint_url = {NOWHERE}\nservices = s\n[services s]\nec2 =\n"
    text += f"  endpoint_url = {NOWHERE}\n"
    config = w.file("config", text)
    found(w.fetch(AWS_CONFIG_FILE=config))
    found(w.fetch(AWS_CONFIG_FILE=config, AWS_ENDPOINT_URL=NOWHERE, AWS_ENDPOINT_URL_EC2=w.fake.url))


def services_are_missing(w):
    """services names a section that does not exist ["the services configuration does not exist"]"""
    config = w.file("config", "[default]\nservices = gone\n")
    failed(w.fetch(AWS_CONFIG_FILE=config, AWS_ENDPOINT_URL=None), "no credentials",
           "[services gone]")
    found(w.fetch(AWS_CONFIG_FILE=config))
    config = w.file("config", f"[default]\nservices = gone\nendpoint_url = {w.fake.url}\n")
    failed(w.fetch(AWS_CONFIG_FILE=config, AWS_ENDPOINT_URL=None), "no credentials", "[services gone]")


def ignored_endpoints(w):
    """AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, and the key; never the option [args.py]"""
    url = {"AWS_ENDPOINT_URL": w.fake.url, "http_proxy": NOWHERE, "https_proxy": NOWHERE}
    failed(w.fetch(**url, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true"), "no usable answer")
    config = w.file("config", "[default]\nignore_configured_endpoint_urls = TRUE\n")
    failed(w.fetch(**url, AWS_CONFIG_FILE=config), "no usable answer")
    require(w.calls() == [], w.calls())
    found(w.fetch("--url", w.fake.url, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true"))


def variants_of_a_profile(w):
    """use_fips_endpoint and use_dualstack_endpoint of a profile; a variable goes before them"""
    config = w.file("config", "[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n")
    proxy = {"AWS_ENDPOINT_URL": None, "https_proxy": w.fake.url, "AWS_REGION": "us-east-1"}
    table = [({}, "ec2-fips.us-east-1.api.aws"),
             ({"AWS_USE_DUALSTACK_ENDPOINT": "false"}, "ec2-fips.us-east-1.amazonaws.com"),
             ({"AWS_USE_FIPS_ENDPOINT": "false"}, "ec2.us-east-1.api.aws")]
    for variables, host in table:
        w.fake.log.clear()
        answer = w.fetch("--timeout", "1", AWS_CONFIG_FILE=config, **proxy, **variables)
        # Which of the two depends on the time that the attempts take.
        require(answer["outcome"] in ("no usable answer", "no answer before the deadline"), answer)
        asked = {e["path"] for e in w.fake.log if e["method"] == "CONNECT"}
        require(asked == {host + ":443"}, asked)


def variant_and_url(w):
    """FIPS or dual stack with an endpoint URL ["Invalid Configuration" in endpoint-rule-set-1.json]"""
    for variable in ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"):
        failed(w.fetch(**{variable: "true"}), "could not ask", "exclude one another")
    require(w.calls() == [], w.calls())


def metadata_of_a_profile(w):
    """ec2_metadata_service_endpoint of a profile; an invalid mode is an error [utils.py]"""
    none = without_keys(AWS_EC2_METADATA_SERVICE_ENDPOINT=None)
    text = f"[default]\nec2_metadata_service_endpoint = {w.fake.url}\n"
    found(w.fetch(**none, AWS_CONFIG_FILE=w.file("config", text)))
    failed(w.fetch(**none, AWS_CONFIG_FILE=w.file(
        "config", text + "ec2_metadata_service_endpoint_mode = IPv5\n")), "no credentials", "IPv5")
    failed(w.fetch(**none, AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE="6",
                   AWS_CONFIG_FILE=w.file("config", text)), "no credentials", "IPv4 or IPv6")


def tls_port(world):
    """A port where the fake speaks TLS with a certificate for "localhost" of its own CA."""
    pki = Pki(world.folder, ["localhost"])
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pki.path("witness"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    world.fake.listen("127.0.0.1", port, tls)
    return f"https://localhost:{port}"


def certificates_of_a_profile(w):
    """ca_bundle of a profile, also with '~' [configprovider.py]"""
    url = {"AWS_ENDPOINT_URL": tls_port(w), "HOME": w.folder}
    found(w.fetch(**url, AWS_CONFIG_FILE=w.file("config", "[default]\nca_bundle = ~/ca.pem\n")))
    failed(w.fetch(**url, AWS_CONFIG_FILE=w.file("config", "[default]\nca_bundle = ~/gone.pem\n")),
           "could not ask", w.folder + "/gone.pem")


def bad_certificate(w):
    """a certificate that is not good: one attempt, for EC2 and for the container endpoint"""
    url, accepted = tls_port(w), []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def forward():
            while True:
                try:
                    client = server.accept()[0]
                except OSError:
                    return
                accepted.append(client)
                target = socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])))
                for a, b in ((client, target), (target, client)):
                    threading.Thread(target=copy, args=(a, b), daemon=True).start()

        def copy(source, target):
            try:
                while data := source.recv(65536):
                    target.sendall(data)
                target.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        threading.Thread(target=forward, daemon=True).start()
        here = f"https://localhost:{server.getsockname()[1]}"
        failed(w.fetch(AWS_ENDPOINT_URL=here), "no usable answer", "certificate")
        require(len(accepted) == 1, len(accepted))
        failed(w.fetch(**without_keys(AWS_CONTAINER_CREDENTIALS_FULL_URI=here + "/container")),
               "no credentials", "certificate")
        require(len(accepted) == 2, len(accepted))
        found(w.fetch(AWS_ENDPOINT_URL=here, AWS_CA_BUNDLE=os.path.join(w.folder, "ca.pem")))


def proxy_password(w):
    """a proxy whose URL can't be used: its password is not shown"""
    for proxy in ("http://me:hunter2@proxy:80x", "ftp://me:hunter2@proxy", "http://me:hun/ter2@proxy:80",
                  "me:hunter2@proxy:99999", "ftp://hunter2"):
        a = failed(w.fetch(AWS_ENDPOINT_URL=None, https_proxy=proxy), "could not ask", "https_proxy")
        require("hun" not in a.text + a.error, a.text)


# ---- programs, sign-in, files ------------------------------------------------------------------


def helper(w, lines):
    path = w.file("helper.py", "import sys\n" + lines)
    text = f"[profile p]\ncredential_process = /usr/bin/python3 {path}\n"
    return without_keys(AWS_CONFIG_FILE=w.file("config", text))


GOOD = {"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": SECRET}


def process_exit_status(w):
    """credential_process that fails: exit status, and the last line of its stderr [ProcessProvider]"""
    printed = f"print({json.dumps(json.dumps(GOOD))})\n"
    failed(w.fetch("--profile", "p", **helper(w, printed + "sys.stderr.write('Traceback\\n"
                                              "token is expired: log in\\n\\n')\nsys.exit(3)\n")),
           "no credentials", "exit status 3: token is expired: log in")
    require(w.calls() == [], w.calls())
    a = failed(w.fetch("--profile", "p", **helper(w, f"sys.exit('key {SECRET} is bad')\n")),
               "no credentials", "exit status 1", "...left out...")
    require(SECRET not in a.text, a.text)
    # Cut at its end, or at its beginning, a secret is too short to look like one.
    for text in (f"'a ' * 36 + '{SECRET}'", f"'{SECRET}' + ' a' * 500"):
        a = failed(w.fetch("--profile", "p", **helper(w, f"sys.exit({text})\n")), "no credentials",
                   "exit status 1")
        require(SECRET[:8] not in a.text and SECRET[-8:] not in a.text, a.text)


def process_stderr_is_long(w):
    """credential_process that writes a lot to stderr, and still works"""
    printed = f"sys.stderr.write('x' * 300000 + '\\n')\nprint({json.dumps(json.dumps(GOOD))})\n"
    found(w.fetch("--profile", "p", **helper(w, printed)))
    late = (f"print({json.dumps(json.dumps(GOOD))}, flush=True)\nimport os\nos.close(1)\n"
            "sys.stderr.write('x' * 300000 + '\\n')\n")
    found(w.fetch("--profile", "p", **helper(w, late)))


def process_does_not_end(w):
    """credential_process that prints keys, closes its output and stays"""
    lines = (f"print({json.dumps(json.dumps(GOOD))}, flush=True)\nimport os, time\nos.close(1)\n"
             "time.sleep(60)\n")
    a = w.fetch("--profile", "p", "--timeout", "1", **helper(w, lines))
    require(a["outcome"] != "found" and "did not end" in a["message"], a.text)


def offsets(w):
    """an expiration with +0000 is a date [dateutil in credentials.py]"""
    for end in ("2099-01-01T00:00:00+0000", "2099-01-01T01:00:00.5+01:00"):
        found(w.fetch("--profile", "p", **helper(w, f"print({json.dumps(json.dumps({**GOOD, 'Expiration': end}))})\n")))


def single_sign_on(w):
    """an SSO profile says what to do; its keys are not used in its place [order of the providers]"""
    text = ("[profile s]\nsso_session = x\nsso_account_id = 123456789012\nsso_role_name = r\n"
            + static_text() + "[profile l]\nlogin_session = arn:aws:iam::123456789012:user/me\n"
            f"[profile r]\nrole_arn = {ROLE}\nsource_profile = s2\n[profile s2]\nsso_session = x\n"
            "sso_account_id = 123456789012\n")
    for profile in ("s", "l", "r"):
        failed(w.fetch("--profile", profile, **role_files(w, text)), "no credentials", "SSO",
               "export-credentials --profile")
    require(w.calls() == [], w.calls())
    untouched(w)


def readable_by_name(w):
    """a file that others can read may be named: a Kubernetes secret, 0644 or 0440"""
    for mode in (0o644, 0o440):
        path = w.file("mounted", "[default]\n" + static_text(), mode)
        files = without_keys(AWS_SHARED_CREDENTIALS_FILE=path)
        failed(w.fetch(**files), "no credentials", "--aws-readable-file")
        failed(w.fetch("--readable-file", "/another", **files), "no credentials", "chmod 600")
        found(w.fetch("--readable-file", path, **files))
        found(w.fetch("--readable-file", "~/mounted", **files, HOME=w.folder))
        os.remove(path)
    path = w.file("mounted", "[default]\n" + static_text(), 0o666)
    failed(w.fetch("--readable-file", path, **without_keys(AWS_SHARED_CREDENTIALS_FILE=path)),
           "no credentials", "others may change it")


def readable_and_not_used(w):
    """such a file does not matter if its keys are not used"""
    path = w.file("open", "[default]\n" + static_text("x" * 40), 0o644)
    found(w.fetch(AWS_SHARED_CREDENTIALS_FILE=path))
