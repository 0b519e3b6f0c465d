/* How long the answer for a whole region takes to read, and how much memory: a benchmark, no test.
 *
 *   ec2_parse [ENDPOINTS]     default: 1,000 endpoints
 *
 * The yardstick is expat itself, over the same bytes in the same run, with nothing to call. Medians
 * of 15 turns, taken in turn, of processor time. */
#include "aws/ec2/answers.h"
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TURNS 15
#define PIECE 16384 /* as libcurl hands it over */
#define ITEM_MAX 4096

static double cpu_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* One endpoint as EC2 tells it: a policy, four names, two interfaces, two tags. */
static size_t add_item(char *out, unsigned i) {
  int length = snprintf(
      out, ITEM_MAX,
      "<item><policyDocument>{\"Statement\": [{\"Action\": \"*\", \"Effect\": \"Allow\", "
      "\"Principal\": \"*\", \"Resource\": \"*\"}]}</policyDocument><routeTableIdSet/>"
      "<privateDnsEnabled>true</privateDnsEnabled><requesterManaged>false</requesterManaged>"
      "<groupSet><item><groupName>default</groupName><groupId>sg-%017x</groupId></item></groupSet>"
      "<vpcEndpointId>vpce-%017x</vpcEndpointId><vpcEndpointType>Interface</vpcEndpointType>"
      "<serviceName>com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0</serviceName>"
      "<vpcId>vpc-%017x</vpcId><creationTimestamp>2017-09-05T17:55:27.583Z</creationTimestamp>"
      "<state>available</state><subnetIdSet><item>subnet-%08x1</item><item>subnet-%08x2</item>"
      "</subnetIdSet><networkInterfaceIdSet><item>eni-%08x1</item><item>eni-%08x2</item>"
      "</networkInterfaceIdSet><tagSet><item><key>Name</key><value>endpoint %u</value></item>"
      "<item><key>env</key><value>test</value></item></tagSet><dnsEntrySet>",
      i % 7, i, i % 3, i % 3, i % 3, i, i, i);
  static const char *const zones[] = {"", "-eu-central-1a", "-eu-central-1b"};
  for (size_t z = 0; z < PL_COUNT_OF(zones); z++)
    length += snprintf(out + length, ITEM_MAX - (size_t)length,
                       "<item><hostedZoneId>Z273ZU8SZ5RJPC</hostedZoneId><dnsName>vpce-%017x-abcdef"
                       "gh%s.vpce-svc-0123456789abcdef0.eu-central-1.vpce.amazonaws.com</dnsName>"
                       "</item>",
                       i, zones[z]);
  length += snprintf(out + length, ITEM_MAX - (size_t)length,
                     "<item><hostedZoneId>Z0</hostedZoneId><dnsName>api%u.example.com</dnsName>"
                     "</item></dnsEntrySet></item>",
                     i);
  return (size_t)length;
}

static char *make_answer(unsigned count, size_t *ret_length) {
  static const char head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                             "<DescribeVpcEndpointsResponse xmlns=\"http://ec2.amazonaws.com/doc/"
                             "2016-11-15/\"><requestId>1</requestId><vpcEndpointSet>";
  static const char tail[] = "</vpcEndpointSet></DescribeVpcEndpointsResponse>";
  char *text = malloc(sizeof(head) + sizeof(tail) + (size_t)count * ITEM_MAX);
  if (text == NULL)
    return NULL;
  memcpy(text, head, sizeof(head) - 1);
  size_t length = sizeof(head) - 1;
  for (unsigned i = 0; i < count; i++)
    length += add_item(text + length, i);
  memcpy(text + length, tail, sizeof(tail) - 1);
  *ret_length = length + sizeof(tail) - 1;
  return text;
}

static double time_expat(const char *text, size_t length) {
  const double begin = cpu_ms();
  XML_Parser parser = XML_ParserCreate(NULL);
  for (size_t at = 0; parser != NULL && at < length; at += PIECE)
    (void)XML_Parse(parser, text + at, (int)(length - at < PIECE ? length - at : PIECE),
                    length - at <= PIECE);
  XML_ParserFree(parser);
  return cpu_ms() - begin;
}

/* Negative where it could not be read. */
static double time_reader(const char *text, size_t length, size_t wanted) {
  const double begin = cpu_ms();
  pl_ec2_answer answer = {0};
  pl_ec2_reader *reader = NULL;
  bool good = pl_ec2_reader_create(PL_EC2_DESCRIBE_VPC_ENDPOINTS, &answer, &reader) == PL_OK;
  for (size_t at = 0; good && at < length; at += PIECE)
    good = pl_xml_feed(pl_ec2_reader_xml(reader), text + at,
                       length - at < PIECE ? length - at : PIECE);
  good = good && pl_xml_finish(pl_ec2_reader_xml(reader)) == PL_XML_COMPLETE;
  pl_ec2_answer_sort(&answer);
  const double took = cpu_ms() - begin;
  good = good && answer.endpoints.count == wanted;
  pl_ec2_reader_free(reader);
  pl_ec2_answer_free(&answer);
  return good ? took : -1;
}

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* VmHWM or VmRSS, in KiB. */
static long memory_kib(const char *what) {
  char line[256];
  long kib = 0;
  FILE *status = fopen("/proc/self/status", "re");
  while (status != NULL && fgets(line, sizeof(line), status) != NULL) {
    if (strncmp(line, what, strlen(what)) == 0)
      kib = strtol(line + strlen(what) + 1, NULL, 10);
  }
  if (status != NULL)
    fclose(status);
  return kib;
}

int main(int count, char **arguments) {
  const unsigned endpoints = count > 1 ? (unsigned)strtoul(arguments[1], NULL, 10) : 1000;
  double own[TURNS], bare[TURNS];
  size_t length = 0;
  char *text = make_answer(endpoints, &length);
  if (text == NULL)
    return 1;
  const long before = memory_kib("VmRSS");
  for (size_t turn = 0; turn < TURNS; turn++) {
    bare[turn] = time_expat(text, length);
    own[turn] = time_reader(text, length, endpoints);
    if (own[turn] < 0) {
      fprintf(stderr, "the answer can't be read\n");
      return 1;
    }
  }
  qsort(own, TURNS, sizeof(*own), compare);
  qsort(bare, TURNS, sizeof(*bare), compare);
  printf("endpoints %u\nbytes %zu\nread-ms %.1f\nexpat-ms %.1f\nratio %.2f\nmemory-kib %ld\n",
         endpoints, length, own[TURNS / 2], bare[TURNS / 2], own[TURNS / 2] / bare[TURNS / 2],
         memory_kib("VmHWM") - before);
  free(text);
  return 0;
}
