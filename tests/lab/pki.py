"""The lab's throw-away certificate authority, and a leaf for every way to be right or wrong."""

import datetime
import ipaddress
import os
import warnings

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab import hosts

warnings.filterwarnings("ignore", message="SHA1 signatures")  # one that is too weak is wanted
DAY = datetime.timedelta(days=1)
LAB_NAMES = ["*.private.lab.test", "*.public.lab.test", "*.split.lab.test",
             *(name for names in hosts.PRESET_NAMES for name in names[:2])]


def _name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _san(names):
    def one(name):
        try:
            return x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            return x509.DNSName(name)

    return x509.SubjectAlternativeName([one(name) for name in names])


class Authority:
    """A self-signed authority, or one that `parent` signed."""

    def __init__(self, common_name, parent=None, last=3650):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name(common_name)
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateBuilder()
                   .subject_name(self.name)
                   .issuer_name(parent.name if parent else self.name)
                   .public_key(self.key.public_key())
                   .serial_number(x509.random_serial_number())
                   .not_valid_before(now - 500 * DAY)
                   .not_valid_after(now + last * DAY)
                   .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True))
        self.certificate = builder.sign(parent.key if parent else self.key, hashes.SHA256())

    def leaf(self, common_name, names, first=-1, last=90, key=None, client_only=False,
             self_signed=False, digest=hashes.SHA256()):
        """A certificate for `names` (none: only the common name), valid from `first` to `last` days from now: (key, cert)."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.utcnow()
        usage = ExtendedKeyUsageOID.CLIENT_AUTH if client_only else ExtendedKeyUsageOID.SERVER_AUTH
        builder = (x509.CertificateBuilder()
                   .subject_name(_name(common_name))
                   .issuer_name(_name(common_name) if self_signed else self.name)
                   .public_key(key.public_key())
                   .serial_number(x509.random_serial_number())
                   .not_valid_before(now + first * DAY)
                   .not_valid_after(now + last * DAY)
                   .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
                   .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True))
        if names:
            builder = builder.add_extension(_san(names), critical=False)
        return key, builder.sign(key if self_signed else self.key, digest)


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


class Pki:
    """Writes everything into `folder`: ca.pem, and NAME.pem (key and chain) for each leaf."""

    def __init__(self, folder, witness_names, resolver_names=()):
        self.folder = folder
        root = Authority("Lab Root")
        middle = Authority("Lab Intermediate", parent=root)
        stranger = Authority("Stranger's Root")
        inspector = Authority("Inspector's Root")
        self.ca_file = os.path.join(folder, "ca.pem")
        for path, authority in ((self.ca_file, root), (self.path("stranger-ca"), stranger),
                                (self.path("inspector-ca"), inspector)):
            with open(path, "wb") as stream:
                stream.write(_pem(authority.certificate))
        self._write("good", root.leaf("lab", LAB_NAMES))
        self._write("soon", root.leaf("lab", LAB_NAMES, first=-80, last=10.5))
        self._write("very-soon", root.leaf("lab", LAB_NAMES, first=-80, last=3.5))
        self._write("short-lived", root.leaf("lab", LAB_NAMES, first=-2, last=4))
        self._write("expired", root.leaf("lab", LAB_NAMES, first=-400, last=-1))
        self._write("not-yet", root.leaf("lab", LAB_NAMES, first=2, last=90))
        self._write("wrong-name", root.leaf("elsewhere", ["elsewhere.test"]))
        self._write("stranger", stranger.leaf("lab", LAB_NAMES))
        self._write("inspector", inspector.leaf("lab", LAB_NAMES))
        self._write("self-signed", root.leaf("lab", LAB_NAMES, self_signed=True))
        self._write("wrong-usage", root.leaf("lab", LAB_NAMES, client_only=True))
        self._write("client", root.leaf("client", ["client.lab.test"], client_only=True))
        os.chmod(self.path("client"), 0o600)
        self._write("rsa-1024", root.leaf("lab", LAB_NAMES, key=rsa.generate_private_key(65537, 1024)))
        self._write("thousand-names", root.leaf(
            "lab", [f"h{number}.many.lab.test" for number in range(1000)] + LAB_NAMES))
        # A handshake that ends with a small packet after a large one.
        self._write("sixty-names", root.leaf(
            "lab", [f"h{number}.many.lab.test" for number in range(60)] + LAB_NAMES))
        self._write("hostile", root.leaf("x | y=1;\n\x1b[31m<b>", LAB_NAMES + ["a|b'=1.lab.test"]))
        self._write("hostile-stranger", stranger.leaf("x | time=0;\n\x1b[31m<b>", ["evil.lab.test"]))
        through_middle = middle.leaf("lab", LAB_NAMES)
        self._write("no-intermediate", through_middle)
        self._write("intermediate", through_middle, middle.certificate)
        lower = Authority("Lab Lower Intermediate", parent=middle)
        self._write("reversed-chain", lower.leaf("lab", LAB_NAMES), middle.certificate,
                    lower.certificate)
        for name, last in (("soon", 3.5), ("expired", -1)):
            short = Authority(f"Lab Intermediate {name}", parent=root, last=last)
            self._write(f"intermediate-{name}", short.leaf("lab", LAB_NAMES), short.certificate)
        self._write("no-san", root.leaf("no-san.public.lab.test", []))
        self._write("sha-1", root.leaf("lab", LAB_NAMES, digest=hashes.SHA1()))
        self._write("witness-not-yet", root.leaf("witness", witness_names, first=2))
        self._write("witness", root.leaf("witness", witness_names))
        self._write("resolver", root.leaf("resolver", resolver_names))
        self._write("witness-expired", root.leaf("witness", witness_names, first=-400, last=-1))

    def path(self, name):
        return os.path.join(self.folder, f"{name}.pem")

    def _write(self, name, leaf, *chain):
        key, certificate = leaf
        with open(self.path(name), "wb") as stream:
            stream.write(key.private_bytes(serialization.Encoding.PEM,
                                           serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))
            for item in (certificate, *chain):
                stream.write(_pem(item))
