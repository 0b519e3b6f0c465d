"""The world in which aws_probe runs: the fake, a folder for shared files, what a fetch printed, and
what must be true of it."""

import os
import subprocess
import tempfile

from lab.aws.fake import Fake
from lab.aws.fixture import ID, KEYS, REGION, SECRET, make_fixture


class Failure(Exception):
    pass


def require(condition, text):
    if not condition:
        raise Failure(text)


class Answer:
    """What aws_probe printed of one endpoint, and about itself."""

    def __init__(self, text, error):
        self.text, self.error = text, error
        self.rows = [line.split(" ", 1) for line in text.splitlines() if line]

    def all(self, key):
        return [row[1] if len(row) > 1 else "" for row in self.rows if row[0] == key]

    def __getitem__(self, key):
        found = self.all(key)
        return found[0] if found else None

    def part(self, action):
        return dict(row.split(" ") for row in self.all("part"))[f"ec2:{action}"]


class World:
    def __init__(self, program):
        self.program = program
        self.fake = Fake().start()
        self.fixture = self.fake.fixture
        self.folder = tempfile.mkdtemp(prefix="aws-scenarios-")

    def fresh(self):
        self.fake.reset(make_fixture())

    def environment(self, **more):
        environment = {"PATH": os.environ["PATH"], "HOME": os.path.join(self.folder, "nobody"),
                       "AWS_REGION": REGION, "AWS_ENDPOINT_URL": self.fake.url,
                       "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.fake.url, **KEYS,
                       "ASAN_OPTIONS": "detect_leaks=1"}
        environment.update(more)
        return {name: value for name, value in environment.items() if value is not None}

    def fetch(self, *arguments, ids=(ID,), **environment):
        done = subprocess.run([self.program, "fetch", *arguments, *ids], capture_output=True,
                              text=True, env=self.environment(**environment), timeout=60,
                              check=False)
        require(done.returncode == 0, f"exit {done.returncode}: {done.stderr[-2000:]}")
        for secret in [secret for secret, _ in self.fake.keys.values()] + \
                [token for _, token in self.fake.keys.values() if token]:
            require(secret not in done.stdout + done.stderr, "a secret was printed")
        return Answer(done.stdout, done.stderr)

    def file(self, name, text, mode=0o600):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as target:
            target.write(text)
        os.chmod(path, mode)
        return path

    def calls(self, action=None):
        names = [entry.get("action") for entry in self.fake.log if entry["method"] == "POST"]
        return names if action is None else names.count(action)


def without_keys(**more):
    return {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, **more}


def found(answer):
    require(answer["outcome"] == "found", f"{answer['outcome']}: {answer['code']} "
            f"{answer['message']}")
    return answer


def failed(answer, outcome, *texts):
    line = f"{answer['code']} {answer['message']} {answer['denied']}"
    require(answer["outcome"] == outcome, f"{answer['outcome']}: {line}")
    for text in texts:
        require(text in line, f"{text!r} is not in {line!r}")
    return answer


def static_text(secret=SECRET):
    return f"aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = {secret}\n"


def role_files(w, text):
    return without_keys(
        AWS_CONFIG_FILE=w.file("config", text),
        AWS_SHARED_CREDENTIALS_FILE=w.file("credentials", "[base]\n" + static_text()))


def scenarios_of(module):
    """Its functions of one argument `w`, in their order. One function a scenario; its first line of
    documentation is its name."""
    return [value for value in vars(module).values()
            if callable(value) and getattr(value, "__code__", None) is not None
            and value.__code__.co_varnames[:1] == ("w",) and value.__code__.co_argcount == 1]
