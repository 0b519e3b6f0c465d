// Tests the EC2 client when any allocation may fail, for each source of credentials.
/* Whichever allocation fails: the client says so, leaks nothing, and marks what is incomplete. */
#include "alloc_fail.h"
#include "aws/ec2/ec2.h"
#include "aws/poller.h"
#include "netns.h"
#include "probe/wire/tls_context.h"
#include "server.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ID "vpce-1"
#define KEYS "\"AccessKeyId\":\"AKID\",\"SecretAccessKey\":\"secret\""
#define LATER "\"Expiration\":\"2099-01-01T00:00:00Z\""

/* ---- the stand-in --------------------------------------------------------------------------- */

/* An endpoint of VPC Lattice. */
#define NETWORK                                                                                    \
  "<item><vpcEndpointId>vpce-2</vpcEndpointId><vpcEndpointType>ServiceNetwork</vpcEndpointType>"   \
  "<vpcId>vpc-1</vpcId><state>available</state><subnetIdSet><item>subnet-1</item></subnetIdSet>"   \
  "<networkInterfaceIdSet><item>eni-2</item></networkInterfaceIdSet><dnsOptions>"                  \
  "<privateDnsSpecifiedDomainSet><item>example.com</item></privateDnsSpecifiedDomainSet>"          \
  "</dnsOptions><ipv4PrefixSet><item><subnetId>subnet-1</subnetId><ipPrefixSet>"                   \
  "<item>10.0.2.16/28</item></ipPrefixSet></item></ipv4PrefixSet></item>"

/* What is answered to a request that holds `mark`. */
static const struct {
  const char *mark, *answer;
} answers[] = {
    {"PUT /latest/api/token ", "session"},
    {"GET /latest/meta-data/placement/region ", "eu-central-1"},
    {"GET /latest/meta-data/iam/security-credentials/ ", "monitor"},
    {"GET /latest/meta-data/iam/security-credentials/monitor ",
     "{\"Code\":\"Success\"," KEYS ",\"Token\":\"token\"," LATER "}"},
    {"GET /container ", "{" KEYS ",\"Token\":\"token\"," LATER "}"},
    {"Action=AssumeRoleWithWebIdentity&",
     "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
     "<AccessKeyId>AKID</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
     "<SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>"
     "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"},
    {"Action=AssumeRole&",
     "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>AKID</AccessKeyId>"
     "<SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>"
     "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>"
     "</AssumeRoleResponse>"},
    {"&NextToken=more",
     "<DescribeVpcEndpointsResponse><vpcEndpointSet><item><vpcEndpointId>" ID "</vpcEndpointId>"
     "<vpcEndpointType>Interface</vpcEndpointType><vpcId>vpc-1</vpcId><state>available</state>"
     "<serviceName>service</serviceName>"
     "<privateDnsEnabled>true</privateDnsEnabled><subnetIdSet><item>subnet-1</item></subnetIdSet>"
     "<groupSet><item><groupId>sg-1</groupId></item></groupSet><networkInterfaceIdSet>"
     "<item>eni-1</item><item>eni-2</item></networkInterfaceIdSet><dnsEntrySet><item>"
     "<dnsName>api.example.com</dnsName></item></dnsEntrySet></item>" NETWORK "</vpcEndpointSet>"
     "</DescribeVpcEndpointsResponse>"},
    {"Action=DescribeVpcEndpointAssociations&",
     "<DescribeVpcEndpointAssociationsResponse><vpcEndpointAssociationSet><item><vpcEndpointId>"
     "vpce-2</vpcEndpointId><associatedResourceAccessibility>AVAILABLE"
     "</associatedResourceAccessibility></item></vpcEndpointAssociationSet>"
     "</DescribeVpcEndpointAssociationsResponse>"},
    {"Action=DescribeVpcEndpointServices&",
     "<DescribeVpcEndpointServicesResponse><serviceDetailSet><item><serviceName>service"
     "</serviceName><availabilityZoneSet><item>eu-central-1a</item></availabilityZoneSet></item>"
     "</serviceDetailSet></DescribeVpcEndpointServicesResponse>"},
    {"Action=DescribeVpcEndpoints&",
     "<DescribeVpcEndpointsResponse><vpcEndpointSet/><nextToken>more</nextToken>"
     "</DescribeVpcEndpointsResponse>"},
    /* Without a zone, so the subnets are queried. */
    {"Action=DescribeNetworkInterfaces&",
     "<DescribeNetworkInterfacesResponse><networkInterfaceSet><item><networkInterfaceId>eni-1"
     "</networkInterfaceId><privateIpAddress>10.0.1.4</privateIpAddress></item><item>"
     "<networkInterfaceId>eni-2</networkInterfaceId><privateIpAddress>10.0.2.4</privateIpAddress>"
     "</item></networkInterfaceSet></DescribeNetworkInterfacesResponse>"},
    {"Action=DescribeSubnets&",
     "<DescribeSubnetsResponse><subnetSet><item><subnetId>subnet-1</subnetId><availabilityZone>"
     "eu-central-1a</availabilityZone></item></subnetSet></DescribeSubnetsResponse>"},
    {"Action=DescribeSecurityGroups&",
     "<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-1</groupId>"
     "<ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>443"
     "</toPort><ipRanges><item><cidrIp>10.0.0.0/16</cidrIp></item></ipRanges></item>"
     "</ipPermissions></item></securityGroupInfo></DescribeSecurityGroupsResponse>"},
    {"Action=DescribeVpcs&",
     "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId><cidrBlock>10.0.0.0/16</cidrBlock>"
     "</item></vpcSet></DescribeVpcsResponse>"},
    {"Attribute=enableDnsSupport",
     "<DescribeVpcAttributeResponse><enableDnsSupport><value>true</value></enableDnsSupport>"
     "</DescribeVpcAttributeResponse>"},
    {"Attribute=enableDnsHostnames",
     "<DescribeVpcAttributeResponse><enableDnsHostnames><value>true</value></enableDnsHostnames>"
     "</DescribeVpcAttributeResponse>"},
};

/* Reads one complete request. False: the connection ended. */
static bool read_request(int fd, char *request, size_t size) {
  size_t length = 0;
  for (;;) {
    request[length] = '\0';
    const char *body = strstr(request, "\r\n\r\n");
    const char *count = strcasestr(request, "\r\ncontent-length:");
    const size_t wanted = count == NULL ? 0 : strtoul(strchr(count, ':') + 1, NULL, 10);
    if (body != NULL && strlen(body + 4) >= wanted)
      return true;
    const ssize_t got = read(fd, request + length, size - 1 - length);
    if (got <= 0)
      return false;
    length += (size_t)got;
  }
}

static void serve_apis(int fd, const server_script *script) {
  (void)script;
  char request[16384];
  while (read_request(fd, request, sizeof(request))) {
    const char *answer = NULL;
    for (size_t i = 0; i < PL_COUNT_OF(answers) && answer == NULL; i++) {
      if (strstr(request, answers[i].mark) != NULL)
        answer = answers[i].answer;
    }
    dprintf(fd, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s",
            answer != NULL ? "200 OK" : "404 No", answer != NULL ? strlen(answer) : 0,
            answer != NULL ? answer : "");
  }
}

/* ---- the world ------------------------------------------------------------------------------ */

typedef struct variable {
  const char *name, *value;
} variable;

static test_server server;
static char folder[] = "/tmp/pl-ec2-XXXXXX";
static char config_file[64], credentials_file[64], token_file[64];
static char url[64], container_url[80];

static void write_file(char *path, size_t size, const char *name, const char *text) {
  snprintf(path, size, "%s/%s", folder, name);
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
  close(fd);
}

static int set_up(void **state) {
  (void)state;
  netns_enter();
  pl_error error;
  if (pl_tls_library_init(&error) != PL_OK)
    return 1;
  static const server_script script = {.run = serve_apis};
  server = server_start("127.0.0.1", &script);
  snprintf(url, sizeof(url), "http://127.0.0.1:%u", (unsigned)server.port);
  snprintf(container_url, sizeof(container_url), "%s/container", url);
  if (mkdtemp(folder) == NULL)
    return 1;
  write_file(config_file, sizeof(config_file), "config",
             "[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n"
             "[profile process]\ncredential_process = /bin/echo '{\"Version\":1," KEYS "}'\n");
  write_file(credentials_file, sizeof(credentials_file), "credentials",
             "[base]\naws_access_key_id = AKID\naws_secret_access_key = secret\n");
  write_file(token_file, sizeof(token_file), "token", "identity\n");
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  server_stop(&server);
  unlink(config_file);
  unlink(credentials_file);
  unlink(token_file);
  return rmdir(folder);
}

/* For each source of credentials its variables; a URL of "" is the stand-in's. */
static const struct source {
  const char *name, *profile;
  variable variables[4];
} sources[] = {
    {"environment",
     NULL,
     {{"AWS_REGION", "eu-central-1"},
      {"AWS_ACCESS_KEY_ID", "AKID"},
      {"AWS_SECRET_ACCESS_KEY", "secret"}}},
    {"role of a profile", "role", {{"AWS_REGION", "eu-central-1"}}},
    {"credential_process", "process", {{"AWS_REGION", "eu-central-1"}}},
    {"web identity",
     NULL,
     {{"AWS_REGION", "eu-central-1"},
      {"AWS_ROLE_ARN", "arn:aws:iam::1:role/r"},
      {"AWS_WEB_IDENTITY_TOKEN_FILE", token_file}}},
    {"container",
     NULL,
     {{"AWS_REGION", "eu-central-1"}, {"AWS_CONTAINER_CREDENTIALS_FULL_URI", container_url}}},
    {"instance metadata, and the region from it", NULL, {{NULL, NULL}}},
};

static const char *read_variable(void *user, const char *name) {
  const struct source *source = user;
  const variable common[] = {{"AWS_ENDPOINT_URL", url},
                             {"AWS_EC2_METADATA_SERVICE_ENDPOINT", url},
                             {"AWS_CONFIG_FILE", config_file},
                             {"AWS_SHARED_CREDENTIALS_FILE", credentials_file}};
  for (size_t i = 0; i < PL_COUNT_OF(common); i++) {
    if (strcmp(common[i].name, name) == 0)
      return common[i].value;
  }
  for (size_t i = 0; i < PL_COUNT_OF(source->variables); i++) {
    if (source->variables[i].name != NULL && strcmp(source->variables[i].name, name) == 0)
      return source->variables[i].value;
  }
  return NULL;
}

/* ---- tests ---------------------------------------------------------------------------------- */

enum { INTERFACE, LATTICE, COUNT };

/* Everything from the environment to the endpoints, as a front end does it. */
static pl_status fetch(const struct source *source, pl_endpoint *ret_endpoints[COUNT]) {
  static const char *const ids[COUNT] = {[INTERFACE] = ID, [LATTICE] = "vpce-2"};
  pl_aws_environment environment;
  pl_ec2 *ec2 = NULL;
  pl_status status = pl_aws_environment_read(read_variable, (void *)(uintptr_t)source,
                                             (char *const[]){NULL}, &environment);
  if (status != PL_OK)
    return status;
  const pl_ec2_config config = {.profile = source->profile,
                                .clock = pl_clock_system(),
                                .detail_interval = PL_SEC,
                                .environment = &environment};
  status = pl_ec2_create(&config, &ec2);
  if (status == PL_OK)
    status = pl_ec2_fetch(ec2, ids, COUNT, config.clock.monotonic(NULL) + 20 * PL_SEC, NULL,
                          ret_endpoints);
  pl_ec2_free(ec2);
  pl_aws_environment_free(&environment);
  return status;
}

/* Nothing is missing, and nothing is said to be known that is not. */
static void assert_marked(const char *name, unsigned nth, const pl_endpoint *e) {
  const bool whole = e->interface_count == 2 && e->interfaces[0].address_count == 1;
  if (e->outcome != PL_EC2_FOUND) {
    if (e->known || e->outcome == PL_EC2_NOT_FOUND || e->message[0] == '\0')
      fail_msg("%s, allocation %u: %s: %s", name, nth, pl_ec2_outcome_name(e->outcome), e->message);
    return;
  }
  if (e->state != PL_ENDPOINT_STATE_AVAILABLE || e->dns_entry_count != 1 ||
      (e->parts[PL_PART_INTERFACES] == PL_PART_KNOWN && !whole) ||
      (e->zones_known && e->zone_count != 1) ||
      (e->parts[PL_PART_GROUPS] == PL_PART_KNOWN && e->rule_count != 1) ||
      (e->parts[PL_PART_VPC_CIDRS] == PL_PART_KNOWN && e->vpc_cidr_count != 1) ||
      (e->parts[PL_PART_VPC_DNS] == PL_PART_KNOWN &&
       (e->dns_support != PL_TRI_YES || e->dns_hostnames != PL_TRI_YES)))
    fail_msg("%s, allocation %u: a part that is not whole is said to be known", name, nth);
}

static void assert_network(const char *name, unsigned nth, const pl_endpoint *e) {
  if (e->outcome != PL_EC2_FOUND) {
    if (e->known || e->outcome == PL_EC2_NOT_FOUND || e->message[0] == '\0')
      fail_msg("%s, allocation %u: %s: %s", name, nth, pl_ec2_outcome_name(e->outcome), e->message);
    return;
  }
  const bool interfaces = e->parts[PL_PART_INTERFACES] == PL_PART_KNOWN;
  if (e->dns_domain_count != 1 || e->prefix_count < 1 || (interfaces && e->prefix_count != 2) ||
      pl_endpoint_addresses_known(e) != interfaces ||
      (e->parts[PL_PART_ASSOCIATIONS] == PL_PART_KNOWN && e->association_count != 1))
    fail_msg("%s, allocation %u: a part of the service network is said to be known", name, nth);
}

static void assert_whole(const char *name, const pl_endpoint *e) {
  if (e->outcome != PL_EC2_FOUND)
    fail_msg("%s: %s: %s %s", name, pl_ec2_outcome_name(e->outcome), e->code, e->message);
  for (pl_part part = 0; part < PL_PART_COUNT; part++) {
    /* An endpoint of type Interface has no associations. */
    if (e->parts[part] != (part == PL_PART_ASSOCIATIONS ? PL_PART_NOT_ASKED : PL_PART_KNOWN))
      fail_msg("%s: %s is not known", name, pl_part_action(part));
  }
}

static void every_allocation_fails_once(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(sources); i++) {
    unsigned nth = 1;
    for (;; nth++) {
      pl_endpoint *endpoints[COUNT] = {NULL};
      alloc_fail_arm(nth);
      const pl_status status = fetch(&sources[i], endpoints);
      const bool failed = alloc_fail_disarm();
      if (status != PL_OK) {
        assert_int_equal(status, PL_ERR_MEMORY);
        assert_null(endpoints[INTERFACE]);
        assert_null(endpoints[LATTICE]);
      } else {
        assert_marked(sources[i].name, nth, endpoints[INTERFACE]);
        assert_network(sources[i].name, nth, endpoints[LATTICE]);
      }
      if (!failed) {
        assert_int_equal(status, PL_OK);
        assert_whole(sources[i].name, endpoints[INTERFACE]);
        assert_int_equal(endpoints[LATTICE]->parts[PL_PART_ASSOCIATIONS], PL_PART_KNOWN);
        assert_true(pl_endpoint_addresses_known(endpoints[LATTICE]));
      }
      pl_endpoint_unref(endpoints[INTERFACE]);
      pl_endpoint_unref(endpoints[LATTICE]);
      if (!failed)
        break;
    }
    print_message("%s: %u allocations\n", sources[i].name, nth - 1);
  }
}

static void a_poller_is_made_whole_or_not_at_all(void **state) {
  (void)state;
  static char id[] = ID, first[] = "eu-central-1", second[] = "eu-west-1", profile[] = "role";
  const pl_spec specs[] = {{.endpoint_id = id, .region = first},
                           {.endpoint_id = id, .region = second, .aws_profile = profile},
                           {.endpoint_id = id, .region = first},
                           {.region = first}};
  const pl_spec *const pointers[] = {&specs[0], &specs[1], &specs[2], &specs[3]};
  pl_aws_environment environment;
  assert_int_equal(pl_aws_environment_read(read_variable, (void *)(uintptr_t)&sources[0],
                                           (char *const[]){NULL}, &environment),
                   PL_OK);
  const pl_poller_config config = {.clock = pl_clock_system(), .environment = &environment};
  for (unsigned nth = 1;; nth++) {
    pl_poller *poller = NULL;
    alloc_fail_arm(nth);
    const pl_status status = pl_poller_create(&config, pointers, PL_COUNT_OF(pointers), &poller);
    const bool failed = alloc_fail_disarm();
    assert_int_equal(status, failed ? PL_ERR_MEMORY : PL_OK);
    pl_poller_free(poller);
    if (!failed)
      break;
  }
  pl_aws_environment_free(&environment);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_allocation_fails_once),
      cmocka_unit_test(a_poller_is_made_whole_or_not_at_all),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
