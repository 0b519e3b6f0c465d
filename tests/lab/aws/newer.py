"""What AWS has added to EC2's model since the botocore that Debian 12 packages (1.29.27), copied from
botocore 1.43.67, data/ec2/2016-11-15/service-2.json: the shapes and members that the fake uses."""

STRING, BOOLEAN = {"shape": "String"}, {"shape": "Boolean"}


def member(shape, name):
    return {"shape": shape, "locationName": name}


def structure(**members):
    """member name -> (shape, name on the wire)"""
    return {"type": "structure", "members": {name: member(*row) for name, row in members.items()}}


def items(shape):
    return {"type": "list", "member": {"shape": shape, "locationName": "item"}}


SHAPES = {
    "SubnetIpPrefixes": structure(SubnetId=("String", "subnetId"),
                                  IpPrefixes=("ValueStringList", "ipPrefixSet")),
    "SubnetIpPrefixesList": items("SubnetIpPrefixes"),
    "PrivateDnsSpecifiedDomainSet": items("String"),
    "PayerResponsibilityEntry": structure(
        Scope=("String", "scope"), PayerResponsibilityType=("String", "payerResponsibilityType")),
    "PayerResponsibilitySet": items("PayerResponsibilityEntry"),
    "VpcEndpointAssociation": structure(
        Id=("String", "id"), VpcEndpointId=("String", "vpcEndpointId"),
        ServiceNetworkArn=("String", "serviceNetworkArn"),
        ServiceNetworkName=("String", "serviceNetworkName"),
        AssociatedResourceAccessibility=("String", "associatedResourceAccessibility"),
        FailureReason=("String", "failureReason"), FailureCode=("String", "failureCode"),
        DnsEntry=("DnsEntry", "dnsEntry"), PrivateDnsEntry=("DnsEntry", "privateDnsEntry"),
        AssociatedResourceArn=("String", "associatedResourceArn"),
        ResourceConfigurationGroupArn=("String", "resourceConfigurationGroupArn"),
        Tags=("TagList", "tagSet")),
    "VpcEndpointAssociationSet": items("VpcEndpointAssociation"),
    "DescribeVpcEndpointAssociationsRequest": {
        "type": "structure",
        "members": {"DryRun": BOOLEAN, "VpcEndpointIds": member("VpcEndpointIdList", "VpcEndpointId"),
                    "Filters": member("FilterList", "Filter"), "MaxResults": {"shape": "Integer"},
                    "NextToken": STRING}},
    "DescribeVpcEndpointAssociationsResult": structure(
        VpcEndpointAssociations=("VpcEndpointAssociationSet", "vpcEndpointAssociationSet"),
        NextToken=("String", "nextToken")),
}
MEMBERS = {
    "VpcEndpoint": {
        "Ipv4Prefixes": member("SubnetIpPrefixesList", "ipv4PrefixSet"),
        "Ipv6Prefixes": member("SubnetIpPrefixesList", "ipv6PrefixSet"),
        "FailureReason": member("String", "failureReason"),
        "ServiceNetworkArn": member("String", "serviceNetworkArn"),
        "ResourceConfigurationArn": member("String", "resourceConfigurationArn"),
        "ServiceRegion": member("String", "serviceRegion"),
        "PayerResponsibilities": member("PayerResponsibilitySet", "payerResponsibilitySet")},
    "DnsOptions": {
        "PrivateDnsOnlyForInboundResolverEndpoint":
            member("Boolean", "privateDnsOnlyForInboundResolverEndpoint"),
        "PrivateDnsPreference": member("String", "privateDnsPreference"),
        "PrivateDnsSpecifiedDomains":
            member("PrivateDnsSpecifiedDomainSet", "privateDnsSpecifiedDomainSet")},
    "ServiceDetail": {
        "ServiceRegion": member("String", "serviceRegion"),
        "AvailabilityZoneIds": member("ValueStringList", "availabilityZoneIdSet")},
    "DescribeVpcEndpointServicesRequest": {
        "ServiceRegions": member("ValueStringList", "ServiceRegion")},
}
OPERATIONS = {
    "DescribeVpcEndpointAssociations": {
        "name": "DescribeVpcEndpointAssociations", "http": {"method": "POST", "requestUri": "/"},
        "input": {"shape": "DescribeVpcEndpointAssociationsRequest"},
        "output": {"shape": "DescribeVpcEndpointAssociationsResult"}},
}


def add_newer(model):
    """Adds to a model of EC2 what it does not have."""
    for name, shape in SHAPES.items():
        model["shapes"].setdefault(name, shape)
    for name, members in MEMBERS.items():
        for member_name, shape in members.items():
            model["shapes"][name]["members"].setdefault(member_name, shape)
    for name, operation in OPERATIONS.items():
        model["operations"].setdefault(name, operation)
