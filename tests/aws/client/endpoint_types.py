"""PrivateLink of 2026 on the wire: endpoint types, associations, prefixes, DNS options, services. The
shapes are those of botocore's model of EC2 (tests/lab/aws/newer.py)."""

from aws.probe import found, require
from lab.aws.fixture import ID, REGION, make_fixture

LATTICE = f"arn:aws:vpc-lattice:{REGION}:123456789012:"


def change(world, **fields):
    world.fake.behaviour.state = {ID: fields}


def associate(world, name, state="AVAILABLE", endpoint=ID, **more):
    world.fake.fixture["VpcEndpointAssociations"].append({
        "Id": f"vpce-assoc-{name}", "VpcEndpointId": endpoint, "AssociatedResourceAccessibility": state,
        "AssociatedResourceArn": LATTICE + f"resourceconfiguration/rcfg-{name}",
        "DnsEntry": {"DnsName": f"{name}.{ID}.rcfg.{REGION}.vpce.amazonaws.com", "HostedZoneId": "Z1"},
        "PrivateDnsEntry": {"DnsName": f"{name}.example.com", "HostedZoneId": "Z2"}, **more})


RESOURCE = {"VpcEndpointType": "Resource", "ServiceName": None, "DnsEntries": [],
            "ResourceConfigurationArn": LATTICE + "resourceconfiguration/rcfg-db"}
NETWORK = {"VpcEndpointType": "ServiceNetwork", "ServiceName": None, "DnsEntries": [],
           "ServiceNetworkArn": LATTICE + "servicenetwork/sn-1",
           "Ipv4Prefixes": [{"SubnetId": f"subnet-00000000{z:09x}",
                             "IpPrefixes": [f"10.0.{z * 64 + 1}.16/28"]} for z in range(3)]}


def resource(w):
    """type Resource: its resource, and the private name from the association"""
    change(w, **RESOURCE)
    associate(w, "db")
    associate(w, "other", endpoint="vpce-another")
    a = found(w.fetch())
    require(a["type"] == "Resource" and a["resource"].endswith("rcfg-db"), a.text)
    require(a.all("association") == [f"AVAILABLE db.{ID}.rcfg.{REGION}.vpce.amazonaws.com "
                                     "db.example.com :"], a.text)
    require(a["private-name"] == "db.example.com" and a["addresses-known"] == "1", a.text)
    require(len(a.all("interface")) == 3 and a.all("prefix") == [], a.text)
    require("DescribeVpcEndpointServices" not in w.calls(), w.calls())


def service_network(w):
    """type ServiceNetwork: prefixes in each zone; its interfaces have no address to probe"""
    change(w, **NETWORK)
    for name in ("db", "cache"):
        associate(w, name)
    a = found(w.fetch())
    require(a.all("prefix")[:3] == [f"10.0.{z * 64 + 1}.16/28 {REGION}{'abc'[z]}" for z in range(3)],
            a.text)
    # The interfaces' own addresses are the endpoint's, too.
    require(a.all("prefix")[3:] == [f"10.0.{z * 64}.4/32 {REGION}{'abc'[z]}" for z in range(3)], a.text)
    require([len(row.split()) for row in a.all("interface")] == [3, 3, 3], a.text)
    require(a["addresses-known"] == "1" and len(a.all("association")) == 2, a.text)
    require(len(a.all("zone")) == 3 and a["resource"].endswith("sn-1"), a.text)


def prefixes_without_interfaces(w):
    """the addresses are known by the prefixes alone only if there are no interfaces"""
    change(w, **NETWORK, NetworkInterfaceIds=[])
    a = found(w.fetch())
    require(a["addresses-known"] == "1" and len(a.all("zone")) == 3, a.text)
    change(w, **NETWORK)
    w.fake.behaviour.denied = ["DescribeNetworkInterfaces"]
    require(found(w.fetch())["addresses-known"] == "0", "")


def prefixes_that_do_not_fit(w):
    """more prefixes than are read: an address outside them may be the endpoint's own"""
    for count, interfaces, known in ((252, None, "1"), (253, None, "1"), (254, None, "0"), (257, None, "0"),
                                     (256, [], "1"), (257, [], "0")):
        prefixes = [f"10.0.{i // 16}.{i % 16 * 16}/28" for i in range(count)]
        ids = {} if interfaces is None else {"NetworkInterfaceIds": interfaces}
        change(w, **NETWORK | ids | {"Ipv4Prefixes": [
            {"SubnetId": "subnet-00000000000000000", "IpPrefixes": prefixes}]})
        a = found(w.fetch())
        require(a["addresses-known"] == known, f"{count} {interfaces}: {a['addresses-known']}")


def prefixes_over_ipv6(w):
    """IPv6 prefixes"""
    change(w, **{**NETWORK, "Ipv4Prefixes": [], "Ipv6Prefixes": [
        {"SubnetId": "subnet-00000000000000000", "IpPrefixes": ["2001:db8:0:1::/80"]}]})
    require(f"prefix 2001:db8:0:1::/80 {REGION}a" in found(w.fetch()).text, "")


def associations_denied(w):
    """DescribeVpcEndpointAssociations is optional: without it the rest is known"""
    change(w, **RESOURCE)
    w.fake.behaviour.denied = ["DescribeVpcEndpointAssociations"]
    a = found(w.fetch())
    require(a.part("DescribeVpcEndpointAssociations") == "denied", a.text)
    require(a.part("DescribeNetworkInterfaces") == "known" and a["private-name"] == "-", a.text)


def association_fails(w):
    """an association that failed: code and reason"""
    change(w, **RESOURCE)
    associate(w, "db", "FAILED", FailureCode="ResourceGone", FailureReason="the target is gone")
    require(found(w.fetch()).all("association")[0].endswith("ResourceGone:the target is gone"), "")


def interface_asks_no_association(w):
    """endpoints of other types are not asked for associations"""
    require(found(w.fetch()).part("DescribeVpcEndpointAssociations") == "not-asked", "")
    require(w.calls("DescribeVpcEndpointAssociations") == 0, w.calls())


def load_balancer_in_a_fleet(w):
    """more interfaces than one filter takes: those of a GatewayLoadBalancer have a type of their own"""
    # API reference, DescribeNetworkInterfaces, filter interface-type.
    w.fake.fixture = make_fixture(70)
    change(w, VpcEndpointType="GatewayLoadBalancer", DnsEntries=[])
    for interface in w.fake.fixture["NetworkInterfaces"][:3]:
        interface["InterfaceType"] = "gateway_load_balancer_endpoint"
    a = found(w.fetch(ids=[f"vpce-{i:017x}" for i in range(70)]))
    require(a.all("addresses-known") == ["1"] * 70, a.all("addresses-known"))
    asked = next(e["parameters"] for e in w.fake.log if e.get("action") == "DescribeNetworkInterfaces")
    require(asked["Filter.1.Name"] == "interface-type", asked)


def cross_region(w):
    """a service in another region is described there; its zones mean nothing here"""
    service = w.fake.fixture["VpcEndpointServices"][0]
    service.update(ServiceRegion="us-east-1", AvailabilityZones=["us-east-1a"])
    change(w, ServiceRegion="us-east-1", PrivateDnsEnabled=False)
    a = found(w.fetch())
    require(a["service-region"] == "us-east-1" and a["unused-zones"] == "", a.text)
    require(a["offered-name"] == "api0.example.com", a.text)
    asked = next(e["parameters"] for e in w.fake.log
                 if e.get("action") == "DescribeVpcEndpointServices")
    require({asked["ServiceRegion.1"], asked["ServiceRegion.2"]} == {"us-east-1", REGION}, asked)


def own_region(w):
    """the region of the service is that of the API: no other region is asked for"""
    change(w, ServiceRegion=REGION)
    found(w.fetch())
    asked = next(e["parameters"] for e in w.fake.log
                 if e.get("action") == "DescribeVpcEndpointServices")
    require("ServiceRegion.1" not in asked, asked)


def what_the_service_offers(w):
    """private names of the service, if they are verified, and zones that the endpoint does not use"""
    service = w.fake.fixture["VpcEndpointServices"][0]
    service["AvailabilityZones"] = [REGION + letter for letter in "abcde"]
    a = found(w.fetch())
    require(a["offered-name"] == "api0.example.com", a.text)
    require(a["unused-zones"] == f"{REGION}d, {REGION}e", a.text)
    service["PrivateDnsNameVerificationState"] = "pendingVerification"
    require(found(w.fetch())["offered-name"] == "", "not verified")
    w.fake.fixture["VpcEndpointServices"].clear()
    a = found(w.fetch())
    require(a["offered-name"] == "" and a.part("DescribeVpcEndpointServices") == "known", a.text)


def dns_options(w):
    """every DNS option, and who pays"""
    change(w, DnsOptions={"DnsRecordIpType": "service-defined",
                          "PrivateDnsOnlyForInboundResolverEndpoint": True,
                          "PrivateDnsPreference": "SPECIFIED_DOMAINS_ONLY",
                          "PrivateDnsSpecifiedDomains": ["a.example", "*.b.example"]},
           IpAddressType="dualstack",
           PayerResponsibilities=[{"Scope": "vpc-endpoint-charges",
                                   "PayerResponsibilityType": "vpc-endpoint-service-account"}])
    a = found(w.fetch())
    for line in ("record-type service-defined", "inbound-only yes", "ip-address-type dualstack",
                 "preference SPECIFIED_DOMAINS_ONLY", "provider-pays 1", "domain a.example",
                 "domain *.b.example"):
        require(f"\n{line}\n" in a.text, f"{line}: {a.text}")
    change(w, PayerResponsibilities=[{"Scope": "vpc-endpoint-charges",
                                      "PayerResponsibilityType": "vpc-endpoint-account"}])
    require(found(w.fetch())["provider-pays"] == "0", "")


def last_error(w):
    """lastError and failureReason"""
    change(w, LastError={"Code": "InternalFailure", "Message": "try again"})
    require(found(w.fetch())["failure"] == "InternalFailure try again", "")
    change(w, FailureReason="no capacity")
    require(found(w.fetch())["failure"] == " no capacity", "")


def private_names_in_any_order(w):
    """several private names and wildcards: the first that can be asked for"""
    names = ["*.example.com", "vpce-x.vpce-svc-1.eu-central-1.vpce.amazonaws.com", "one.example.com",
             "two.example.com"]
    for order in (names, names[::-1], names[2:] + names[:2]):
        change(w, DnsEntries=[{"DnsName": name, "HostedZoneId": "Z"} for name in order])
        wanted = next(name for name in order if name in ("one.example.com", "two.example.com"))
        require(found(w.fetch())["private-name"] == wanted, order)
