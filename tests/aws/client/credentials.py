"""Every source of credentials, and every way in which it fails."""

import json
import os
import subprocess
import time

from aws.probe import failed, found, require, role_files, static_text, without_keys
from lab.aws.fixture import ID, ROLE, SECRET


def environment_keys(w):
    """keys and session token of the environment"""
    access_key, secret, token = w.fake.new_keys()
    found(w.fetch(AWS_ACCESS_KEY_ID=access_key, AWS_SECRET_ACCESS_KEY=secret,
                  AWS_SESSION_TOKEN=token))
    failed(w.fetch(AWS_ACCESS_KEY_ID=access_key, AWS_SECRET_ACCESS_KEY=secret),
           "credentials wrong or expired")
    failed(w.fetch(AWS_SECRET_ACCESS_KEY=None), "no credentials", "AWS_SECRET_ACCESS_KEY")


def shared_files(w):
    """the shared files: default profile, named one, credentials before config"""
    good = w.file("credentials", "[default]\n" + static_text() + "[other]\n" + static_text("x"))
    config = w.file("config", "[profile other]\nregion = eu-west-1\n[profile third]\n"
                    + static_text())
    files = without_keys(AWS_SHARED_CREDENTIALS_FILE=good, AWS_CONFIG_FILE=config)
    found(w.fetch(**files))
    found(w.fetch("--profile", "third", **files))
    found(w.fetch(AWS_PROFILE="third", **files))
    failed(w.fetch("--profile", "other", **files), "credentials wrong or expired")
    failed(w.fetch("--profile", "nobody", **files), "no credentials", "in neither")


def option_before_environment(w):
    """a profile that is named by option switches the environment's keys off"""
    files = {"AWS_SHARED_CREDENTIALS_FILE": w.file("c", "[p]\n" + static_text("x" * 40))}
    failed(w.fetch("--profile", "p", **files), "credentials wrong or expired")
    found(w.fetch(AWS_PROFILE="p", **files))


def home(w):
    """~/.aws"""
    os.makedirs(os.path.join(w.folder, "home/.aws"), exist_ok=True)
    w.file("home/.aws/credentials", "[default]\n" + static_text())
    found(w.fetch(**without_keys(HOME=os.path.join(w.folder, "home"))))


def readable_by_others(w):
    """a file with a secret that others may read is refused, in one line"""
    for mode in (0o644, 0o640, 0o604, 0o620):
        path = w.file("open", "[default]\n" + static_text(), mode)
        a = failed(w.fetch(**without_keys(AWS_SHARED_CREDENTIALS_FILE=path)), "no credentials",
                   "chmod 600", path)
        require(w.calls() == [], "something was sent")
        require(a["message"].count("\n") == 0, a.text)
    harmless = w.file("harmless", "[default]\nregion = eu-west-1\n", 0o644)
    found(w.fetch(AWS_CONFIG_FILE=harmless))


def source_profile(w):
    """a role with source_profile, and a chain of two"""
    text = (f"[profile mon]\nrole_arn = {ROLE}\nsource_profile = base\nexternal_id = e-1\n"
            "role_session_name = me-too\nduration_seconds = 900\n"
            f"[profile two]\nrole_arn = {ROLE}2\nsource_profile = mon\nexternal_id = e-1\n")
    w.fake.behaviour.external_id = "e-1"
    found(w.fetch("--profile", "mon", **role_files(w, text)))
    call = next(e for e in w.fake.log if e.get("action") == "AssumeRole")["parameters"]
    require(call["RoleSessionName"] == "me-too" and call["DurationSeconds"] == "900", call)
    w.fake.log.clear()
    found(w.fetch(AWS_PROFILE="two", **role_files(w, text)))
    require(w.calls("AssumeRole") == 2, w.calls())


def role_circles(w):
    """source_profile entries that form a circle"""
    text = (f"[profile a]\nrole_arn = {ROLE}\nsource_profile = b\n"
            f"[profile b]\nrole_arn = {ROLE}\nsource_profile = a\n")
    failed(w.fetch("--profile", "a", **role_files(w, text)), "no credentials", "circle")
    require(w.calls() == [], w.calls())


def role_of_itself(w):
    """a profile that is its own source_profile, with keys of its own"""
    text = f"[profile base]\nrole_arn = {ROLE}\nsource_profile = base\n"
    found(w.fetch("--profile", "base", **role_files(w, text)))


def credential_sources(w):
    """a role with credential_source: environment, instance, container"""
    base = f"[profile r]\nrole_arn = {ROLE}\ncredential_source = "
    found(w.fetch("--profile", "r", AWS_CONFIG_FILE=w.file("c1", base + "Environment\n")))
    found(w.fetch("--profile", "r", **role_files(w, base + "Ec2InstanceMetadata\n")))
    found(w.fetch("--profile", "r", **role_files(w, base + "EcsContainer\n"),
                  AWS_CONTAINER_CREDENTIALS_FULL_URI=w.fake.url + "/container"))
    require(w.calls("AssumeRole") == 3, w.calls())
    failed(w.fetch("--profile", "r", **role_files(w, base + "Moon\n")), "no credentials",
           "credential_source")


def role_by_option(w):
    """a role by option, with external id"""
    w.fake.behaviour.external_id = "secret-id"
    found(w.fetch("--role-arn", ROLE, "--external-id", "secret-id"))
    failed(w.fetch("--role-arn", ROLE), "no credentials", ROLE, "AccessDenied")


def sts_denied(w):
    """STS refuses: not tried again"""
    w.fake.behaviour.deny_assume = True
    failed(w.fetch("--role-arn", ROLE), "no credentials", "AccessDenied")
    require(w.calls("AssumeRole") == 1, w.calls())


def sts_passes(w):
    """STS is throttled once"""
    w.fake.behaviour.faults = [{"action": "AssumeRole", "code": "Throttling", "http": 400}]
    found(w.fetch("--role-arn", ROLE))


def sts_expired(w):
    """keys that STS takes for expired"""
    w.fake.behaviour.expired_keys = ["AKIDEXAMPLE"]
    failed(w.fetch("--role-arn", ROLE), "no credentials", "ExpiredToken")


def process(w):
    """credential_process: words and quotes, no shell"""
    access_key, secret, token = w.fake.new_keys()
    answer = {"Version": 1, "AccessKeyId": access_key, "SecretAccessKey": secret,
              "SessionToken": token, "Expiration": "2099-01-01T00:00:00Z"}
    script = w.file("helper.py", "import sys\nassert sys.argv[1:] == ['a b', '$HOME', ''], sys.argv\n"
                    f"print({json.dumps(json.dumps(answer))})\n")
    text = f"[profile p]\ncredential_process = /usr/bin/python3 {script} 'a b' $HOME \"\"\n"
    found(w.fetch("--profile", "p", **without_keys(AWS_CONFIG_FILE=w.file("config", text))))


def process_fails(w):
    """credential_process that hangs, prints rubbish, or does not exist"""
    table = [("/usr/bin/python3 -c 'import time; time.sleep(60)'", "in time"),
             ("/bin/echo nonsense", "not JSON"), ("/bin/true", "printed nothing"),
             ("/nonexistent/helper", "No such file"), ("'open quote", "open quote"),
             ("/bin/echo '{\"Version\": 2}'", "Version"),
             ("/bin/echo '{\"Version\": 1, \"AccessKeyId\": \"A\"}'", "missing"),
             ("/bin/cat /dev/zero", "too long")]
    for command, text in table:
        config = w.file("config", f"[profile p]\ncredential_process = {command}\n")
        begin = time.monotonic()
        a = w.fetch("--profile", "p", "--timeout", "2", **without_keys(AWS_CONFIG_FILE=config))
        require(text in a["message"], f"{command}: {a.text}")
        require(time.monotonic() - begin < 5, f"{command} took too long")


def process_without_sigchld(w):
    """credential_process if SIGCHLD is ignored, as in collectd: only its output counts"""
    answer = {"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": SECRET}
    script = w.file("helper.py", f"print({json.dumps(json.dumps(answer))})\n")
    config = w.file("config", f"[profile p]\ncredential_process = /usr/bin/python3 {script}\n")
    done = subprocess.run(
        ["sh", "-c", 'trap "" CHLD; exec "$@"', "sh", w.program, "fetch", "--profile", "p", ID],
        capture_output=True, text=True, timeout=60, check=False,
        env=w.environment(**without_keys(AWS_CONFIG_FILE=config)))
    require("outcome found" in done.stdout, done.stdout + done.stderr)


def web_identity(w):
    """web identity of the environment and of a profile; the call is not signed"""
    token = w.file("token", "identity.token.text\n", 0o644)
    found(w.fetch(**without_keys(AWS_ROLE_ARN=ROLE, AWS_WEB_IDENTITY_TOKEN_FILE=token)))
    text = f"[profile web]\nrole_arn = {ROLE}\nweb_identity_token_file = {token}\n"
    found(w.fetch("--profile", "web", **without_keys(AWS_CONFIG_FILE=w.file("config", text))))
    require(w.calls("AssumeRoleWithWebIdentity") == 2, w.calls())
    wrong = w.file("token", "another\n")
    failed(w.fetch(**without_keys(AWS_ROLE_ARN=ROLE, AWS_WEB_IDENTITY_TOKEN_FILE=wrong)),
           "no credentials", "InvalidIdentityToken")
    failed(w.fetch(**without_keys(AWS_ROLE_ARN=ROLE, AWS_WEB_IDENTITY_TOKEN_FILE="/gone")),
           "no credentials", "/gone")


def container(w):
    """container endpoint, with a token from a file or the environment"""
    w.fake.behaviour.container["token"] = "secret token"
    uri = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": w.fake.url + "/container"}
    path = w.file("pod-token", "secret token\n")
    found(w.fetch(**without_keys(**uri), AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=path))
    found(w.fetch(**without_keys(**uri), AWS_CONTAINER_AUTHORIZATION_TOKEN="secret token"))
    a = failed(w.fetch(**without_keys(**uri)), "no credentials", "401")
    require(not any(e["path"].startswith("/latest") for e in w.fake.log), a.text)
    bad = w.file("pod-token", "two\nlines")
    failed(w.fetch(**without_keys(**uri), AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=bad),
           "no credentials", "header")


def container_query(w):
    """a query in the URI of the container endpoint [retrieve_full_uri]"""
    found(w.fetch(**without_keys(AWS_CONTAINER_CREDENTIALS_FULL_URI=w.fake.url + "/container?id=1")))
    require(w.fake.log[0]["path"] == "/container?id=1", w.fake.log)


def container_hosts(w):
    """a container endpoint on another host, over plain HTTP, is refused"""
    for url in ("http://10.0.0.1/x", "http://example.com/", "http://169.254.169.254/", "file:///x",
                "http://169.254.170.2.example.com/", "http://127.0.0.1@example.com/?x",
                "http://example.com?/127.0.0.1"):
        failed(w.fetch(**without_keys(AWS_CONTAINER_CREDENTIALS_FULL_URI=url)), "no credentials",
               "AWS_CONTAINER_CREDENTIALS_FULL_URI")


def container_answers(w):
    """answers of the container endpoint that can't be used"""
    uri = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": w.fake.url + "/container"}
    table = [("[]", "not a JSON object"), ("{}", "missing"), ("{", "not JSON"), ("x" * 70000, "answer"),
             ('{"AccessKeyId":"A","AccessKeyId":"B"}', "not JSON"),
             ('{"AccessKeyId":"A\\u0000","SecretAccessKey":"B"}', "not JSON"),
             ('{"AccessKeyId":"A\\n","SecretAccessKey":"B"}', "characters"),
             ('{"AccessKeyId":"A","SecretAccessKey":"B","Expiration":"soon"}', "Expiration"),
             ('{"AccessKeyId":"A","SecretAccessKey":"' + "s" * 300 + '"}', "too long")]
    for body, text in table:
        w.fake.behaviour.faults = [{"action": "container", "body": body, "times": 9}]
        failed(w.fetch(**without_keys(**uri)), "no credentials", text)


def metadata(w):
    """instance metadata, version 2, and the region from it"""
    found(w.fetch(**without_keys(AWS_REGION=None)))
    paths = [e["path"] for e in w.fake.log if e["method"] in ("GET", "PUT")]
    require("/latest/meta-data/placement/region" in paths, paths)
    require("/latest/meta-data/iam/security-credentials/monitor" in paths, paths)
    for base in (w.fake.url + "/", w.fake.url):
        found(w.fetch(**without_keys(AWS_EC2_METADATA_SERVICE_ENDPOINT=base)))


def metadata_fails(w):
    """instance metadata that is off, has no role, refuses, or hangs"""
    settings = w.fake.behaviour.metadata
    failed(w.fetch(**without_keys(AWS_EC2_METADATA_DISABLED="true")), "no credentials",
           "AWS_EC2_METADATA_DISABLED")
    settings["role"] = None
    failed(w.fetch(**without_keys()), "no credentials", "no role")
    settings["role"] = "monitor"
    settings["code"] = "AssumeRoleUnauthorizedAccess"
    failed(w.fetch(**without_keys()), "no credentials", "AssumeRoleUnauthorizedAccess")
    settings["code"] = "Success"
    settings["token_status"] = 403
    failed(w.fetch(**without_keys()), "no credentials", "turned off")
    settings["token_status"] = 200
    w.fake.behaviour.faults = [{"action": "metadata-token", "delay": 3, "times": 9}]
    failed(w.fetch(**without_keys()), "no credentials", "hop limit")
    failed(w.fetch(**without_keys(AWS_EC2_METADATA_SERVICE_ENDPOINT="http://127.0.0.1:1")),
           "no credentials", "instance metadata")


def metadata_token_is_gone(w):
    """a session token that is gone is replaced"""
    w.fake.behaviour.faults = [{"action": "metadata", "http": 401}]
    found(w.fetch(**without_keys()))


def static_stability(w):
    """expired keys of the metadata service are used all the same"""
    w.fake.behaviour.metadata["expires_in"] = -60
    found(w.fetch("--repeat", "2", **without_keys()))
    asked = [e for e in w.fake.log if e["path"].endswith("/monitor")]
    require(len(asked) == 1, "they are not asked for each time")


def sso_and_mfa(w):
    """an unsupported source is named in the error"""
    text = "[profile s]\nsso_session = x\n[profile m]\nmfa_serial = y\n"
    text += f"role_arn = {ROLE}\nsource_profile = base\n"
    failed(w.fetch("--profile", "s", **role_files(w, text)), "no credentials", "SSO",
           "credential_process")
    failed(w.fetch("--profile", "m", **role_files(w, text)), "no credentials",
           "MFA (mfa_serial)", "use another role, or credential_process")


def bad_files(w):
    """shared files that can't be read"""
    for text, problem in (("[default\n", "line 1"), ("[default]\nnonsense\n", "line 2"),
                          ("[default]\nx = \0\n", "NUL")):
        failed(w.fetch(**without_keys(AWS_CONFIG_FILE=w.file("config", text))), "no credentials",
               problem)


def no_region(w):
    """no source has a region"""
    failed(w.fetch(AWS_REGION=None, AWS_EC2_METADATA_DISABLED="true"), "could not ask", "no region")
    failed(w.fetch("--region", "../x", AWS_ENDPOINT_URL=None), "could not ask", "region")


def region_of_profile(w):
    """the profile's region, and its URL"""
    config = w.file("config", f"[default]\nregion = eu-west-1\nendpoint_url = {w.fake.url}\n")
    found(w.fetch(AWS_REGION=None, AWS_ENDPOINT_URL=None, AWS_CONFIG_FILE=config))
