#!/usr/bin/python3
"""Random shared AWS files and variables: this project and botocore use the same identity, or both refuse.

    tests/aws/run /usr/bin/python3 tests/aws/compared/identities.py AWS_PROBE [COUNT [SEED]]

botocore's STS, metadata service and container endpoint are replaced by functions. An identity is written
as the chain of calls that give it: "role R1 <- keys AKIAENV".
"""

import json
import os
import pathlib
import random
import shutil
import sys
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

try:
    import botocore.credentials
    import botocore.session
    from botocore.exceptions import BotoCoreError, InfiniteLoopConfigError
except ImportError as missing:
    print(f"SKIPPED: {missing} (python3-botocore)", file=sys.stderr)
    sys.exit(77)

from aws.probe import World
from lab.aws.fixture import ACCOUNT, SECRET

CAT = shutil.which("cat")
SOURCES = ["Environment", "Ec2InstanceMetadata", "EcsContainer", "Moon"]
VARIABLES = ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ROLE_ARN",
             "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_ROLE_SESSION_NAME"]
REFUSED = "refused"
CIRCLE = "circle"  # which is no circle here if one of its profiles has keys


def role(name):
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def make_case(seed, folder):
    """(configuration file, credentials file, variables, profile of the option or None)"""
    random.seed(seed)
    choose, chance = random.choice, random.random
    names = ["default", "p", "q"]
    token = os.path.join(folder, "token")

    def settings(name, where):
        rows = []
        if chance() < 0.4:
            rows.append(("role_arn", choose([role(f"{where}-{name}")] * 9 + [""])))
            if chance() < 0.7:
                rows.append(("source_profile", choose(names + ["gone"])))
            if chance() < 0.2:
                rows.append(("credential_source", choose(SOURCES)))
        if chance() < 0.15:
            rows.append(("web_identity_token_file", token))
            if not any(key == "role_arn" for key, _ in rows) and chance() < 0.5:
                rows.append(("role_arn", role(f"{where}-{name}")))
        if chance() < 0.15:
            rows.append(("role_session_name", f"{where}-{name}"))
        if chance() < 0.4:
            rows += [("aws_access_key_id", f"AKIA{where}{name}".upper()), ("aws_secret_access_key", SECRET)]
            if chance() < 0.1:
                rows.pop()  # a secret without its access key is ignored by botocore, and refused here
        if chance() < 0.1:
            rows.append(("credential_process", f"{CAT} {folder}/process-{where}-{name}"))
        if chance() < 0.1:
            rows.append(("region", "eu-west-1"))
        random.shuffle(rows)
        return "".join(f"{key} = {value}\n" for key, value in rows)

    files = []
    for where in ("config", "credentials"):
        text = ""
        for name in names:
            if chance() < 0.6:
                prefixes = ["profile "] if name != "default" else choose([[""], ["profile "], ["", "profile "]])
                for prefix in prefixes if where == "config" else [""]:
                    text += f"[{prefix}{name}]\n" + settings(name, where)
        files.append(text)
    variables = {}
    if chance() < 0.3:
        variables["AWS_PROFILE"] = choose(names)
    if chance() < 0.15:
        variables.update(AWS_ACCESS_KEY_ID="AKIAENV", AWS_SECRET_ACCESS_KEY=SECRET)
    if chance() < 0.2:
        variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = token
    if chance() < 0.2:
        variables["AWS_ROLE_ARN"] = role("env")
    if chance() < 0.1:
        variables["AWS_ROLE_SESSION_NAME"] = "env"
    if chance() < 0.2:
        variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1/container"
    return (*files, variables, choose([None, None, *names]))


# ---- botocore ----------------------------------------------------------------------------------


class Sts:
    """A client of STS that remembers which chain each access key stands for."""

    def __init__(self, chains, signer):
        self.chains, self.signer = chains, signer

    def give(self, call, arguments, base):
        chain = f"{call} {arguments['RoleArn'].rpartition('/')[2]} {session_name(arguments)}{base}"
        key = f"ASIA{len(self.chains)}"
        self.chains[key] = chain
        return {"Credentials": {"AccessKeyId": key, "SecretAccessKey": SECRET, "SessionToken": "t",
                                "Expiration": "2099-01-01T00:00:00Z"},
                "AssumedRoleUser": {"AssumedRoleId": "x", "Arn": arguments["RoleArn"]}}

    def assume_role(self, **arguments):
        if not arguments["RoleArn"]:
            raise ValueError("STS refuses this")
        return self.give("role", arguments, " <- " + chain_of(self.chains, self.signer))

    def assume_role_with_web_identity(self, **arguments):
        return self.give("web identity", arguments, "")


def session_name(parameters):
    """Only one that a file or a variable gives: others are made up."""
    name = parameters.get("RoleSessionName", "")
    return f"({name})" if name.startswith(("config-", "credentials-", "env")) else ""


def chain_of(chains, key):
    return chains.get(key, "keys " + key)


def botocore_identity(paths, variables, profile):
    chains = {}
    fetched = {"role_name": "r", "access_key": "ASIAMETADATA", "secret_key": SECRET, "token": "t",
               "expiry_time": "2099-01-01T00:00:00Z"}
    container = {"AccessKeyId": "ASIACONTAINER", "SecretAccessKey": SECRET, "Token": "t",
                 "Expiration": "2099-01-01T00:00:00Z"}

    def client(_session, name, **arguments):
        assert name == "sts"
        return Sts(chains, arguments.get("aws_access_key_id"))

    environment = {"AWS_CONFIG_FILE": paths[0], "AWS_SHARED_CREDENTIALS_FILE": paths[1],
                   "PATH": os.environ["PATH"], **variables}
    module = "botocore.utils"
    with mock.patch.dict(os.environ, environment, clear=True), \
            mock.patch("botocore.session.Session.create_client", client), \
            mock.patch(f"{module}.InstanceMetadataFetcher.retrieve_iam_role_credentials",
                       lambda _self: fetched), \
            mock.patch(f"{module}.ContainerMetadataFetcher.retrieve_full_uri",
                       lambda _self, _url, headers=None: container):
        try:
            session = botocore.session.Session(profile=profile)
            session.get_scoped_config()  # as create_client does
            found = session.get_credentials()
            key = found.get_frozen_credentials().access_key if found is not None else None
        except InfiniteLoopConfigError:
            return CIRCLE
        except (BotoCoreError, KeyError, ValueError):
            return REFUSED
    if key == "ASIAMETADATA":
        return "metadata"
    return REFUSED if key is None else chain_of(
        {**chains, "ASIACONTAINER": "container"}, key).replace("keys ASIAMETADATA", "metadata").replace(
            "keys ASIACONTAINER", "container")


# ---- this project ------------------------------------------------------------------------------


class Watch:
    """Which key signed which call of the fake."""

    def __init__(self, fake):
        self.fake, self.chains, self.signer = fake, {}, None
        self.check, self.assume = fake.check_signature, fake.sts
        fake.check_signature, fake.sts = self.on_signature, self.on_sts

    def on_signature(self, *arguments):
        self.signer = self.check(*arguments)
        return self.signer

    def base(self):
        if not self.signer.startswith("ASIA"):
            return "keys " + self.signer
        container = any(e["path"].startswith("/container") for e in self.fake.log)
        return self.chains.get(self.signer, "container" if container else "metadata")

    def on_sts(self, name, arguments, access_key):
        answer = self.assume(name, arguments, access_key)
        call = "role" if name == "AssumeRole" else "web identity"
        base = " <- " + self.base() if name == "AssumeRole" else ""
        self.chains[answer["Credentials"]["AccessKeyId"]] = \
            f"{call} {arguments['RoleArn'].rpartition('/')[2]} {session_name(arguments)}{base}"
        return answer


def own_identity(world, watch, paths, variables, profile):
    watch.chains.clear()
    watch.signer = None
    world.fake.log.clear()
    given = dict.fromkeys(VARIABLES) | variables
    if "AWS_CONTAINER_CREDENTIALS_FULL_URI" in variables:
        given["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = world.fake.url + "/container"
    answer = world.fetch(*(["--profile", profile] if profile else []), AWS_CONFIG_FILE=paths[0],
                         AWS_SHARED_CREDENTIALS_FILE=paths[1], **given)
    if answer["outcome"] != "found":
        return f"{REFUSED}: {answer['outcome']}: {answer['message']}"
    return watch.base()


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    world = World(sys.argv[1])
    watch = Watch(world.fake)
    world.file("token", "identity.token.text")
    for name in ("default", "p", "q"):
        for where in ("config", "credentials"):
            key = f"AKIA{where}{name}".upper()
            world.fake.keys[key] = (SECRET, None)
            program = f"AKIA{where}{name}PROCESS".upper()
            world.fake.keys[program] = (SECRET, None)
            world.file(f"process-{where}-{name}", json.dumps(
                {"Version": 1, "AccessKeyId": program, "SecretAccessKey": SECRET}))
    world.fake.keys["AKIAENV"] = (SECRET, None)
    different = refused = 0
    kinds = set()
    for seed in range(first, first + count):
        config, credentials, variables, profile = make_case(seed, world.folder)
        paths = world.file("config", config), world.file("credentials", credentials)
        wanted = botocore_identity(paths, variables, profile)
        got = own_identity(world, watch, paths, variables, profile)
        refused += wanted == REFUSED
        kinds.add(wanted.partition(" ")[0])
        if wanted not in (got, CIRCLE) and not (wanted == REFUSED and got.startswith(REFUSED)):
            different += 1
            print(f"FAIL seed {seed}: botocore {wanted!r}, here {got!r}\noption {profile}, {variables}\n"
                  f"config:\n{config}credentials:\n{credentials}")
    print(f"{count} identities compared: {refused} refused, {different} differ; kinds: {sorted(kinds)}")
    return 1 if different or not refused or len(kinds) < 5 else 0


if __name__ == "__main__":
    sys.exit(main())
