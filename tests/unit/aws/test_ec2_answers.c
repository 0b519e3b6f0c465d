// Tests EC2's responses: their shapes, and hostile input.
#include "alloc_fail.h"
#include "aws/ec2/answers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define ENDPOINTS_BODY(inner)                                                                      \
  "<DescribeVpcEndpointsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">" inner        \
  "</DescribeVpcEndpointsResponse>"
#define ENDPOINTS(inner) HEAD ENDPOINTS_BODY(inner)

/* The example of the EC2 API reference, cut to what matters. */
static const char example[] = ENDPOINTS(
    "<requestId>8d3e7656</requestId><vpcEndpointSet><item>"
    "<policyDocument>{\"Statement\": [{\"Action\": \"&lt;*&gt;\"}]}</policyDocument>"
    "<dnsOptions><dnsRecordIpType>ipv4</dnsRecordIpType></dnsOptions>"
    "<routeTableIdSet/><dnsEntrySet>"
    "<item><hostedZoneId>Z7</hostedZoneId><dnsName>vpce-0f8-b.elb.us-east-1.vpce.amazonaws.com"
    "</dnsName></item><item><dnsName>api.example.com</dnsName></item></dnsEntrySet>"
    "<serviceName>com.amazonaws.us-east-1.elasticloadbalancing</serviceName>"
    "<privateDnsEnabled>false</privateDnsEnabled><groupSet><item><groupName>default</groupName>"
    "<groupId>sg-54e8bf31</groupId></item></groupSet><vpcEndpointId>vpce-0f8</vpcEndpointId>"
    "<subnetIdSet><item>subnet-d6</item></subnetIdSet><networkInterfaceIdSet><item>eni-2e</item>"
    "<item>eni-3f</item></networkInterfaceIdSet><vpcEndpointType>Interface</vpcEndpointType>"
    "<vpcId>vpc-1a</vpcId><creationTimestamp>2017-09-05T17:55:27.583Z</creationTimestamp>"
    "<attachment><state>attached</state></attachment><future><state>x</state></future>"
    "<state>available</state><tagSet><item><key>state</key><value>y</value></item></tagSet>"
    "</item></vpcEndpointSet><nextToken/>");

static pl_xml_end read_bytes(pl_ec2_action action, const char *text, size_t length,
                             pl_ec2_answer *answer) {
  pl_ec2_reader *reader;
  assert_int_equal(pl_ec2_reader_create(action, answer, &reader), PL_OK);
  (void)pl_xml_feed(pl_ec2_reader_xml(reader), text, length);
  const pl_xml_end end = pl_xml_finish(pl_ec2_reader_xml(reader));
  if (end != PL_XML_COMPLETE)
    pl_ec2_reader_undo(reader);
  pl_ec2_reader_free(reader);
  return end;
}

static void test_example(void **unused) {
  (void)unused;
  pl_ec2_answer answer = {0};
  assert_int_equal(read_bytes(PL_EC2_DESCRIBE_VPC_ENDPOINTS, example, strlen(example), &answer),
                   PL_XML_COMPLETE);
  assert_int_equal(answer.endpoints.count, 1);
  assert_null(answer.next_token);
  const pl_ec2_listed *listed = &answer.endpoints.items[0];
  const pl_endpoint *e = listed->endpoint;
  assert_string_equal(e->id, "vpce-0f8");
  assert_string_equal(e->state_text, "available"); /* not what <attachment> says */
  assert_int_equal(e->state, PL_ENDPOINT_STATE_AVAILABLE);
  assert_int_equal(e->type, PL_ENDPOINT_TYPE_INTERFACE);
  assert_int_equal(e->private_dns, PL_TRI_NO);
  assert_string_equal(e->record_type, "ipv4");
  assert_int_equal(e->created, 1504634127);
  assert_int_equal(e->dns_entry_count, 2);
  assert_string_equal(pl_endpoint_private_name(e), "api.example.com");
  assert_int_equal(listed->interfaces.count, 2);
  assert_string_equal(listed->groups.items[0].text, "sg-54e8bf31");
  pl_ec2_answer_free(&answer);
}

static size_t record_count(const pl_ec2_answer *answer) {
  return answer->endpoints.count + answer->interfaces.count + answer->rules.count +
         answer->subnets.count + answer->blocks.count + answer->groups.count + answer->vpcs.count +
         answer->associations.count + answer->services.count +
         (answer->dns_support != PL_TRI_UNKNOWN) + (answer->dns_hostnames != PL_TRI_UNKNOWN);
}

/* A response that is cut is never an answer, and none of its records stay. */
/* Tags are kept only if they are wanted, as their owner wrote them, and sorted. */
static void test_tags(void **unused) {
  (void)unused;
  static const char text[] =
      ENDPOINTS("<vpcEndpointSet><item><vpcEndpointId>vpce-1</vpcEndpointId><tagSet>"
                "<item><key>team</key><value>d\xc3\xa4ta &lt;1&gt;</value></item>"
                "<item><value>x\ny = z</value><key>Name</key></item><item><key>empty</key></item>"
                "<item><key>none</key><value/></item></tagSet></item>"
                "<item><vpcEndpointId>vpce-2</vpcEndpointId><tagSet/></item></vpcEndpointSet>");
  for (unsigned wanted = 0; wanted < 2; wanted++) {
    pl_ec2_answer answer = {.want_tags = wanted == 1};
    assert_int_equal(read_bytes(PL_EC2_DESCRIBE_VPC_ENDPOINTS, text, strlen(text), &answer),
                     PL_XML_COMPLETE);
    const pl_ec2_listed *first = &answer.endpoints.items[0];
    assert_int_equal(first->tags.count, wanted == 1 ? 4 : 0);
    assert_int_equal(answer.endpoints.items[1].tags.count, 0);
    if (wanted == 1) {
      assert_string_equal(first->tags.items[0].key, "Name");
      assert_string_equal(pl_ec2_tag_value(first, "Name"), "x\ny = z");
      assert_string_equal(pl_ec2_tag_value(first, "team"), "d\xc3\xa4ta <1>");
      assert_string_equal(pl_ec2_tag_value(first, "empty"), "");
      assert_string_equal(pl_ec2_tag_value(first, "none"), "");
    }
    assert_null(pl_ec2_tag_value(first, "name"));
    pl_ec2_answer_free(&answer);
  }
}

static void cut_at_every_byte(pl_ec2_action action, const char *text) {
  size_t length = strlen(text);
  while (length > 0 && text[length - 1] != '>')
    length--;
  pl_ec2_answer whole = {0};
  assert_int_equal(read_bytes(action, text, length, &whole), PL_XML_COMPLETE);
  assert_true(record_count(&whole) > 0);
  pl_ec2_answer_free(&whole);
  while (length-- > 0) {
    pl_ec2_answer answer = {0};
    assert_int_equal(read_bytes(action, text, length, &answer), PL_XML_MALFORMED);
    assert_int_equal(record_count(&answer), 0);
    assert_null(answer.next_token);
    pl_ec2_answer_free(&answer);
  }
}

/* The example, and the answer to each action that the fuzzer begins with. */
static void test_cut_at_every_byte(void **unused) {
  (void)unused;
  cut_at_every_byte(PL_EC2_DESCRIBE_VPC_ENDPOINTS, example);
  for (pl_ec2_action action = 0; action < PL_EC2_ACTION_COUNT; action++) {
    char path[128], text[16384];
    snprintf(path, sizeof(path), "tests/fuzz/corpus/ec2_xml/%s", pl_ec2_action_name(action));
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    const size_t length = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[length] = '\0';
    cut_at_every_byte(action, text + 1); /* the first byte selects the action in the fuzzer */
  }
}

/* Hundreds of thousands of ids in one endpoint: what is read of them is bounded, and they take no
 * time that grows with their square, which would be minutes here. */
static void test_flood_of_ids(void **unused) {
  (void)unused;
  enum { COUNT = 300000, SIZE = COUNT * 32 };
  char *text = malloc(SIZE);
  assert_non_null(text);
  size_t length = (size_t)sprintf(text, "<DescribeVpcEndpointsResponse><vpcEndpointSet><item>"
                                        "<vpcEndpointId>vpce-1</vpcEndpointId><groupSet/>"
                                        "<networkInterfaceIdSet>");
  for (unsigned i = 0; i < COUNT; i++)
    length += (size_t)sprintf(text + length, "<item>eni-%x</item>", i);
  length += (size_t)sprintf(text + length, "</networkInterfaceIdSet></item></vpcEndpointSet>"
                                           "</DescribeVpcEndpointsResponse>");
  pl_ec2_answer answer = {0};
  assert_int_equal(read_bytes(PL_EC2_DESCRIBE_VPC_ENDPOINTS, text, length, &answer),
                   PL_XML_COMPLETE);
  assert_int_equal(answer.endpoints.count, 1);
  assert_int_equal(answer.endpoints.items[0].interfaces.count, PL_LIMIT_AWS_RECORDS);
  assert_true(PL_EC2_FIND(answer.endpoints.items[0].interfaces, "eni-1f") != NULL);
  pl_ec2_answer_free(&answer);
  free(text);
}

/* An element's text that is longer than what is kept counts as none. */
static void test_long_text(void **unused) {
  (void)unused;
  enum { LENGTH = PL_LIMIT_XML_TEXT + 1 };
  char *text = malloc(LENGTH + 512);
  assert_non_null(text);
  const size_t head = (size_t)sprintf(text, "<DescribeVpcEndpointsResponse><vpcEndpointSet><item>"
                                            "<vpcEndpointId>vpce-1</vpcEndpointId><state>");
  memset(text + head, 'a', LENGTH);
  const size_t tail = (size_t)sprintf(text + head + LENGTH, "</state></item></vpcEndpointSet>"
                                                            "</DescribeVpcEndpointsResponse>");
  pl_ec2_answer answer = {0};
  assert_int_equal(read_bytes(PL_EC2_DESCRIBE_VPC_ENDPOINTS, text, head + LENGTH + tail, &answer),
                   PL_XML_COMPLETE);
  assert_string_equal(answer.endpoints.items[0].endpoint->state_text, "");
  assert_int_equal(answer.endpoints.items[0].endpoint->state, PL_ENDPOINT_STATE_UNKNOWN);
  pl_ec2_answer_free(&answer);
  free(text);
}

/* A token that can't be kept would make its page look like the last one, and what the other pages
 * have like something that is gone. */
static void test_next_token(void **unused) {
  (void)unused;
  static const struct {
    const char *name, *before, *after;
    size_t length;
    pl_xml_end end;
  } rows[] = {
      {"as long as is kept", "", "", PL_LIMIT_XML_TEXT, PL_XML_COMPLETE},
      {"longer", "", "", PL_LIMIT_XML_TEXT + 1, PL_XML_INCOMPLETE},
      {"elements inside", "<b/>", "", 8, PL_XML_INCOMPLETE},
      {"elements after it", "", "<b/>", 8, PL_XML_INCOMPLETE},
      {"none", "", "", 0, PL_XML_COMPLETE},
  };
  char *text = malloc(PL_LIMIT_XML_TEXT + 1024);
  assert_non_null(text);
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    size_t length = (size_t)sprintf(text,
                                    "<DescribeVpcEndpointsResponse><vpcEndpointSet><item>"
                                    "<vpcEndpointId>vpce-1</vpcEndpointId></item></vpcEndpointSet>"
                                    "<nextToken>%s",
                                    rows[i].before);
    memset(text + length, 'a', rows[i].length);
    length += rows[i].length;
    length += (size_t)sprintf(text + length, "%s</nextToken></DescribeVpcEndpointsResponse>",
                              rows[i].after);
    pl_ec2_answer answer = {0};
    const pl_xml_end end = read_bytes(PL_EC2_DESCRIBE_VPC_ENDPOINTS, text, length, &answer);
    if (end != rows[i].end)
      fail_msg("%s: %s", rows[i].name, pl_xml_end_text(end));
    assert_int_equal(answer.endpoints.count, end == PL_XML_COMPLETE ? 1 : 0);
    const size_t kept = answer.next_token == NULL ? 0 : strlen(answer.next_token);
    assert_int_equal(kept, end == PL_XML_COMPLETE ? rows[i].length : 0);
    pl_ec2_answer_free(&answer);
  }
  free(text);
}

static void test_interfaces(void **unused) {
  (void)unused;
  static const char text[] =
      HEAD "<DescribeNetworkInterfacesResponse><networkInterfaceSet><item>"
           "<attachment><status>attached</status><networkInterfaceId>no</networkInterfaceId>"
           "</attachment><privateIpAddress>10.0.1.4</privateIpAddress><privateIpAddressesSet><item>"
           "<privateIpAddress>10.0.1.4</privateIpAddress></item></privateIpAddressesSet>"
           "<ipv6AddressesSet><item><ipv6Address>3ffe:db8::1</ipv6Address></item>"
           "</ipv6AddressesSet><availabilityZone>us-east-1a</availabilityZone>"
           "<networkInterfaceId>eni-1</networkInterfaceId><subnetId>subnet-1</subnetId></item>"
           "</networkInterfaceSet><nextToken>a+b/=</nextToken>"
           "</DescribeNetworkInterfacesResponse>";
  pl_ec2_answer answer = {0};
  assert_int_equal(read_bytes(PL_EC2_DESCRIBE_NETWORK_INTERFACES, text, strlen(text), &answer),
                   PL_XML_COMPLETE);
  assert_int_equal(answer.interfaces.count, 1);
  assert_string_equal(answer.interfaces.items[0].id, "eni-1");
  assert_string_equal(answer.interfaces.items[0].zone, "us-east-1a");
  assert_int_equal(answer.interfaces.items[0].address_count, 2); /* the primary one once */
  assert_string_equal(answer.next_token, "a+b/=");
  pl_ec2_answer_free(&answer);
}

/* Ports and protocol after the sources: EC2 promises no order. */
static void test_rules(void **unused) {
  (void)unused;
  static const char text[] =
      HEAD "<DescribeSecurityGroupsResponse><securityGroupInfo><item><ipPermissions>"
           "<item><ipRanges><item><cidrIp>10.0.0.0/16</cidrIp></item></ipRanges>"
           "<toPort>443</toPort><fromPort>80</fromPort><ipProtocol>tcp</ipProtocol></item>"
           "<item><ipProtocol>udp</ipProtocol><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item>"
           "</ipRanges></item>"
           "<item><ipProtocol>-1</ipProtocol><groups><item><groupId>sg-2</groupId></item></groups>"
           "<prefixListIds><item><prefixListId>pl-1</prefixListId></item></prefixListIds></item>"
           "</ipPermissions><ipPermissionsEgress><item><ipProtocol>-1</ipProtocol><ipRanges><item>"
           "<cidrIp>0.0.0.0/0</cidrIp></item></ipRanges></item></ipPermissionsEgress>"
           "<groupId>sg-1</groupId></item></securityGroupInfo></DescribeSecurityGroupsResponse>";
  pl_ec2_answer answer = {0};
  assert_int_equal(read_bytes(PL_EC2_DESCRIBE_SECURITY_GROUPS, text, strlen(text), &answer),
                   PL_XML_COMPLETE);
  assert_int_equal(answer.rules.count, 3);
  assert_string_equal(answer.rules.items[0].group.text, "sg-1");
  assert_int_equal(answer.rules.items[0].rule.first_port, 80);
  assert_int_equal(answer.rules.items[0].rule.last_port, 443);
  assert_int_equal(answer.rules.items[1].rule.source, PL_RULE_OTHER_GROUP);
  assert_int_equal(answer.rules.items[1].rule.last_port, 65535);
  assert_int_equal(answer.rules.items[2].rule.source, PL_RULE_PREFIX_LIST);
  assert_false(answer.truncated);
  pl_ec2_answer_free(&answer);
}

static void test_hostile(void **unused) {
  (void)unused;
  static const struct {
    const char *name, *text;
    pl_xml_end end;
  } rows[] = {
      {"empty", "", PL_XML_MALFORMED},
      {"JSON", "{}", PL_XML_MALFORMED},
      {"HTML", "<html><body/></html>", PL_XML_ROOT},
      {"another answer", "<DescribeVpcsResponse/>", PL_XML_ROOT},
      {"empty list", ENDPOINTS("<vpcEndpointSet/>"), PL_XML_COMPLETE},
      {"unknown elements", ENDPOINTS("<a><b>c</b></a>"), PL_XML_COMPLETE},
      {"DOCTYPE", "<!DOCTYPE a><DescribeVpcEndpointsResponse/>", PL_XML_DOCTYPE},
      {"entity bomb",
       "<!DOCTYPE a [<!ENTITY a \"xxxxxxxxxx\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>"
       "<DescribeVpcEndpointsResponse>&b;&b;</DescribeVpcEndpointsResponse>",
       PL_XML_DOCTYPE},
      {"external entity",
       "<!DOCTYPE a [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>"
       "<DescribeVpcEndpointsResponse>&a;</DescribeVpcEndpointsResponse>",
       PL_XML_DOCTYPE},
      {"parameter entity",
       "<!DOCTYPE a SYSTEM \"http://192.0.2.1/a.dtd\" [<!ENTITY % b \"<!ENTITY c 'd'>\"> %b;]>"
       "<DescribeVpcEndpointsResponse/>",
       PL_XML_DOCTYPE},
      {"unknown entity", ENDPOINTS("&nbsp;"), PL_XML_MALFORMED},
      {"unknown encoding",
       "<?xml version=\"1.0\" encoding=\"EBCDIC\"?><DescribeVpcEndpointsResponse/>",
       PL_XML_MALFORMED},
      {"invalid UTF-8", ENDPOINTS("\xc3("), PL_XML_MALFORMED},
      {"control character", ENDPOINTS("<a>\x01</a>"), PL_XML_MALFORMED},
      {"NUL as a reference", ENDPOINTS("<a>&#0;</a>"), PL_XML_MALFORMED},
      {"attribute twice", ENDPOINTS("<a b='1' b='2'/>"), PL_XML_MALFORMED},
      {"crossed elements", ENDPOINTS("<a><b></a></b>"), PL_XML_MALFORMED},
      {"two roots", "<DescribeVpcEndpointsResponse/><DescribeVpcEndpointsResponse/>",
       PL_XML_MALFORMED},
      {"root of another namespace", "<x:DescribeVpcEndpointsResponse/>", PL_XML_ROOT},
      {"root in an envelope", "<a>" ENDPOINTS_BODY("") "</a>", PL_XML_ROOT},
      {"list in a wrong place", ENDPOINTS("<a><vpcEndpointSet><item/></vpcEndpointSet></a>"),
       PL_XML_COMPLETE},
      {"text after the root", ENDPOINTS("") "x", PL_XML_MALFORMED},
      {"EC2 error",
       "<Response><Errors><Error><Code>C</Code><Message>M</Message></Error></Errors></Response>",
       PL_XML_ERROR},
      {"STS error", "<ErrorResponse><Error><Code>C</Code></Error></ErrorResponse>", PL_XML_ERROR},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_ec2_answer answer = {0};
    const pl_xml_end end =
        read_bytes(PL_EC2_DESCRIBE_VPC_ENDPOINTS, rows[i].text, strlen(rows[i].text), &answer);
    if (end != rows[i].end)
      fail_msg("%s: %s", rows[i].name, pl_xml_end_text(end));
    assert_int_equal(answer.endpoints.count, 0);
    pl_ec2_answer_free(&answer);
  }
}

static void test_depth(void **unused) {
  (void)unused;
  static char text[200000] = "<DescribeVpcEndpointsResponse>";
  size_t length = strlen(text);
  while (length + 4 < sizeof(text)) {
    memcpy(text + length, "<a>", 3);
    length += 3;
  }
  pl_ec2_answer answer = {0};
  assert_int_equal(read_bytes(PL_EC2_DESCRIBE_VPC_ENDPOINTS, text, length, &answer), PL_XML_LIMIT);
  pl_ec2_answer_free(&answer);
}

/* Whatever allocation of ours fails: said so, and nothing leaks. */
static void test_no_memory(void **unused) {
  (void)unused;
  for (unsigned nth = 1;; nth++) {
    pl_ec2_answer answer = {0};
    pl_ec2_reader *reader = NULL;
    alloc_fail_arm(nth);
    pl_status status = pl_ec2_reader_create(PL_EC2_DESCRIBE_VPC_ENDPOINTS, &answer, &reader);
    pl_xml_end end = PL_XML_MEMORY;
    if (status == PL_OK) {
      (void)pl_xml_feed(pl_ec2_reader_xml(reader), example, strlen(example));
      end = pl_xml_finish(pl_ec2_reader_xml(reader));
    }
    const bool failed = alloc_fail_disarm();
    pl_ec2_reader_free(reader);
    pl_ec2_answer_free(&answer);
    assert_int_equal(end, failed ? PL_XML_MEMORY : PL_XML_COMPLETE);
    if (!failed)
      break;
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_example),
      cmocka_unit_test(test_tags),
      cmocka_unit_test(test_cut_at_every_byte),
      cmocka_unit_test(test_interfaces),
      cmocka_unit_test(test_rules),
      cmocka_unit_test(test_hostile),
      cmocka_unit_test(test_depth),
      cmocka_unit_test(test_no_memory),
      cmocka_unit_test(test_flood_of_ids),
      cmocka_unit_test(test_long_text),
      cmocka_unit_test(test_next_token),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
