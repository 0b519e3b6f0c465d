"""The account that the fake EC2 shows: its endpoints and what belongs to them, keys and a role."""

import json

REGION = "eu-central-1"
ACCOUNT = "123456789012"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET}
ID = "vpce-00000000000000000"  # of the fixture's first endpoint
ROLE = f"arn:aws:iam::{ACCOUNT}:role/monitor"


def make_fixture(count=1, zones=3, vpcs=1):
    """`count` interface endpoints, each with an interface in each zone."""
    fixture = {
        "VpcEndpoints": [], "NetworkInterfaces": [], "SecurityGroups": [], "Subnets": [],
        "Vpcs": [], "VpcAttributes": {}, "VpcEndpointAssociations": [],
        "VpcEndpointServices": [
            {"ServiceName": f"com.amazonaws.vpce.{REGION}.vpce-svc-0123456789abcdef0",
             "ServiceId": "vpce-svc-0123456789abcdef0", "ServiceRegion": REGION,
             "ServiceType": [{"ServiceType": "Interface"}], "Owner": "210987654321",
             "AvailabilityZones": [REGION + letter for letter in "abc"],
             "BaseEndpointDnsNames": [], "PrivateDnsName": "*.example.com",
             "PrivateDnsNames": [{"PrivateDnsName": "*.example.com"},
                                 {"PrivateDnsName": "api0.example.com"}],
             "PrivateDnsNameVerificationState": "verified", "AcceptanceRequired": True,
             "ManagesVpcEndpoints": False, "VpcEndpointPolicySupported": False,
             "SupportedIpAddressTypes": ["ipv4"], "Tags": []}],
    }
    letters = "abcdef"
    for v in range(vpcs):
        vpc = f"vpc-{v:017x}"
        fixture["Vpcs"].append({
            "VpcId": vpc, "CidrBlock": f"10.{v}.0.0/16", "State": "available",
            "CidrBlockAssociationSet": [
                {"AssociationId": f"vpc-cidr-assoc-{v:017x}", "CidrBlock": f"10.{v}.0.0/16",
                 "CidrBlockState": {"State": "associated"}},
                {"AssociationId": f"vpc-cidr-assoc-1{v:016x}", "CidrBlock": f"100.{64 + v}.0.0/16",
                 "CidrBlockState": {"State": "disassociated"}}],
            "Ipv6CidrBlockAssociationSet": [], "IsDefault": False})
        fixture["VpcAttributes"][vpc] = {"enableDnsSupport": True, "enableDnsHostnames": True}
        fixture["SecurityGroups"].append({
            "GroupId": f"sg-{v:017x}", "GroupName": "endpoints", "VpcId": vpc, "OwnerId": ACCOUNT,
            "Description": "clients", "Tags": [],
            "IpPermissions": [
                {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
                 "IpRanges": [{"CidrIp": f"10.{v}.0.0/16", "Description": "the VPC"}],
                 "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []},
                {"IpProtocol": "udp", "FromPort": 443, "ToPort": 443,
                 "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
                 "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []},
                {"IpProtocol": "-1", "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [],
                 "UserIdGroupPairs": [{"GroupId": f"sg-{v:017x}", "UserId": ACCOUNT}]}],
            "IpPermissionsEgress": [
                {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [],
                 "PrefixListIds": [], "UserIdGroupPairs": []}]})
        for z in range(zones):
            fixture["Subnets"].append({
                "SubnetId": f"subnet-{v:08x}{z:09x}", "VpcId": vpc, "State": "available",
                "AvailabilityZone": REGION + letters[z], "AvailabilityZoneId": f"euc1-az{z + 1}",
                "CidrBlock": f"10.{v}.{z * 64}.0/18", "AvailableIpAddressCount": 16000})
    for i in range(count):
        v, vpc = i % vpcs, f"vpc-{i % vpcs:017x}"
        endpoint = f"vpce-{i:017x}"
        service = f"com.amazonaws.vpce.{REGION}.vpce-svc-0123456789abcdef0"
        stem = f"vpce-svc-0123456789abcdef0.{REGION}.vpce.amazonaws.com"
        interfaces = []
        for z in range(zones):
            interface = f"eni-{i:09x}{z:08x}"
            interfaces.append(interface)
            host = i // vpcs
            address = f"10.{v}.{z * 64 + host // 250}.{host % 250 + 4}"
            fixture["NetworkInterfaces"].append({
                "NetworkInterfaceId": interface, "VpcId": vpc,
                "SubnetId": f"subnet-{v:08x}{z:09x}", "AvailabilityZone": REGION + letters[z],
                "Description": f"VPC Endpoint Interface {endpoint}", "OwnerId": ACCOUNT,
                "InterfaceType": "vpc_endpoint", "RequesterManaged": True, "Status": "in-use",
                "Attachment": {"AttachmentId": f"eni-attach-{i:017x}", "DeviceIndex": 1,
                               "InstanceOwnerId": "amazon-aws", "Status": "attached",
                               "DeleteOnTermination": False},
                "Groups": [{"GroupId": f"sg-{v:017x}", "GroupName": "endpoints"}],
                "PrivateIpAddress": address,
                "PrivateIpAddresses": [{"PrivateIpAddress": address, "Primary": True}],
                "Ipv6Addresses": [], "TagSet": []})
        names = [f"{endpoint}-abcdefgh.{stem}"]
        names += [f"{endpoint}-abcdefgh-{REGION}{letters[z]}.{stem}" for z in range(zones)]
        entries = [{"DnsName": name, "HostedZoneId": "Z273ZU8SZ5RJPC"} for name in names]
        entries.append({"DnsName": f"api{i}.example.com", "HostedZoneId": "Z00000000PRIVATE"})
        fixture["VpcEndpoints"].append({
            "VpcEndpointId": endpoint, "VpcEndpointType": "Interface", "VpcId": vpc,
            "ServiceName": service, "State": "available", "OwnerId": ACCOUNT,
            "PolicyDocument": json.dumps({"Statement": [{"Action": "*", "Effect": "Allow",
                                                         "Principal": "*", "Resource": "*"}]}),
            "RouteTableIds": [], "SubnetIds": [f"subnet-{v:08x}{z:09x}" for z in range(zones)],
            "Groups": [{"GroupId": f"sg-{v:017x}", "GroupName": "endpoints"}],
            "IpAddressType": "ipv4", "DnsOptions": {"DnsRecordIpType": "ipv4"},
            "PrivateDnsEnabled": True, "RequesterManaged": False,
            "NetworkInterfaceIds": interfaces, "DnsEntries": entries,
            "CreationTimestamp": "2024-01-02T03:04:05.678Z",
            "Tags": [{"Key": "Name", "Value": f"endpoint <{i}> & more"},
                     {"Key": "env", "Value": "test"}]})
    return fixture


FILTERS = {
    "VpcEndpoints": {"vpc-endpoint-id": "VpcEndpointId", "vpc-id": "VpcId",
                     "vpc-endpoint-state": "State", "vpc-endpoint-type": "VpcEndpointType",
                     "service-name": "ServiceName", "service-region": "ServiceRegion",
                     "ip-address-type": "IpAddressType"},
    "NetworkInterfaces": {"network-interface-id": "NetworkInterfaceId", "vpc-id": "VpcId",
                          "interface-type": "InterfaceType", "subnet-id": "SubnetId"},
    "SecurityGroups": {"group-id": "GroupId", "vpc-id": "VpcId", "group-name": "GroupName"},
    "Subnets": {"subnet-id": "SubnetId", "vpc-id": "VpcId"},
    "Vpcs": {"vpc-id": "VpcId"},
    "VpcEndpointAssociations": {"vpc-endpoint-id": "VpcEndpointId"},
    "VpcEndpointServices": {"service-name": "ServiceName", "service-region": "ServiceRegion"},
}
IDS = {
    "VpcEndpoints": ("VpcEndpointIds", "VpcEndpointId", "InvalidVpcEndpointId.NotFound"),
    "NetworkInterfaces": ("NetworkInterfaceIds", "NetworkInterfaceId",
                          "InvalidNetworkInterfaceID.NotFound"),
    "SecurityGroups": ("GroupIds", "GroupId", "InvalidGroup.NotFound"),
    "Subnets": ("SubnetIds", "SubnetId", "InvalidSubnetID.NotFound"),
    "Vpcs": ("VpcIds", "VpcId", "InvalidVpcID.NotFound"),
    "VpcEndpointAssociations": ("VpcEndpointIds", "VpcEndpointId", "InvalidVpcEndpointId.NotFound"),
    "VpcEndpointServices": ("ServiceNames", "ServiceName", "InvalidServiceName"),
}
