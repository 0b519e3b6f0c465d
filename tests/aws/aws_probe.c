/* What the tests of this folder drive: the AWS client, without the front ends around it.
 *
 *   aws_probe fetch [options] ID…  asks EC2 once, and prints what it says as "key value" lines
 *     --profile P --role-arn A --external-id E --region R --url U --timeout SECONDS
 *     --repeat N                   asks N times with the same client, and prints the last answer
 *   aws_probe poll SECONDS ID…     runs a poller, a second a question, and prints each change of
 *                                  outcome and state
 *   aws_probe hosts -              reads lines "SERVICE REGION VARIANT", and prints each host
 *   aws_probe sections KIND NAME FILE…
 *                                  prints a section of each shared AWS file; KIND is config or
 *                                  credentials
 */
#include "aws/credentials/profile.h"
#include "aws/ec2/ec2.h"
#include "aws/poller.h"
#include "base/file.h"
#include "facts/partition.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern char **environ;

static const char *read_variable(void *user, const char *name) {
  (void)user;
  return getenv(name);
}

/* ---- fetch ---------------------------------------------------------------------------------- */

static void print_details(const pl_endpoint *e) {
  static const char *const states[] = {"not-asked", "known", "old", "denied", "failed"};
  static const char *const tri[] = {"unknown", "no", "yes"};
  static const char *const sources[] = {"cidr", "prefix-list", "own-group", "other-group"};
  char text[PL_ADDR_TEXT];
  printf("state %s\ntype %s\nservice %s\nvpc %s\nprivate-dns %s\ncreated %lld\n", e->state_text,
         e->type_text, e->service_name, e->vpc, tri[e->private_dns], (long long)e->created);
  printf("dns-support %s\ndns-hostnames %s\ntruncated %d\n", tri[e->dns_support],
         tri[e->dns_hostnames], e->truncated);
  printf("addresses-known %d\n", pl_endpoint_addresses_known(e));
  for (pl_part part = 0; part < PL_PART_COUNT; part++)
    printf("part %s %s\n", pl_part_action(part), states[e->parts[part]]);
  printf("failure %s %s\nservice-region %s\nresource %s\n", e->failure_code, e->failure,
         e->service_region, e->resource);
  printf("ip-address-type %s\nrecord-type %s\ninbound-only %s\npreference %s\n", e->ip_address_type,
         e->record_type, tri[e->inbound_only], e->dns_preference);
  printf("provider-pays %d\noffered-name %s\nunused-zones %s\n", e->provider_pays, e->offered_name,
         e->unused_zones);
  for (size_t i = 0; i < e->dns_domain_count; i++)
    printf("domain %s\n", e->dns_domains[i].name);
  for (size_t i = 0; i < e->prefix_count; i++)
    printf("prefix %s/%u %s\n", pl_addr_format(&e->prefixes[i].cidr.address, text),
           e->prefixes[i].cidr.prefix, e->prefixes[i].zone);
  for (size_t i = 0; i < e->association_count; i++) {
    const pl_association *a = &e->associations[i];
    printf("association %s %s %s %s:%s\n", a->accessibility, a->name, a->private_name,
           a->failure_code, a->failure);
  }
  const char *name = pl_endpoint_private_name(e);
  printf("private-name %s\n", name == NULL ? "-" : name);
  for (size_t i = 0; i < e->dns_entry_count; i++)
    printf("dns %s\n", e->dns_entries[i].name);
  for (size_t i = 0; i < e->zone_count; i++)
    printf("zone %s\n", e->zones[i]);
  for (size_t i = 0; i < e->interface_count; i++) {
    const pl_interface *interface = &e->interfaces[i];
    printf("interface %s %s %s", interface->id, interface->zone, interface->subnet);
    for (size_t k = 0; k < interface->address_count; k++)
      printf(" %s", pl_addr_format(&interface->addresses[k], text));
    printf("\n");
  }
  for (size_t i = 0; i < e->rule_count; i++) {
    const pl_rule *rule = &e->rules[i];
    printf("rule %s %u-%u %s/%u\n", sources[rule->source], rule->first_port, rule->last_port,
           pl_addr_format(&rule->cidr.address, text), rule->cidr.prefix);
  }
  for (size_t i = 0; i < e->vpc_cidr_count; i++)
    printf("vpc-cidr %s/%u\n", pl_addr_format(&e->vpc_cidrs[i].address, text),
           e->vpc_cidrs[i].prefix);
}

static void print_endpoint(const pl_endpoint *e) {
  printf("endpoint %s\noutcome %s\n", e->id, pl_ec2_outcome_name(e->outcome));
  printf("code %s\nmessage %s\ndenied %s\n", e->code, e->message, e->denied);
  printf("credentials %s\n", e->credentials);
  if (e->known)
    print_details(e);
}

typedef struct options {
  pl_ec2_config config;
  double timeout;
  long repeat;
  char **ids;
  size_t id_count;
} options;

static bool parse(int count, char **arguments, options *o) {
  const struct {
    const char *name;
    const char **field;
  } texts[] = {
      {"--profile", &o->config.profile},         {"--role-arn", &o->config.role_arn},
      {"--external-id", &o->config.external_id}, {"--region", &o->config.region},
      {"--url", &o->config.endpoint_url},        {"--readable-file", &o->config.readable_file},
  };
  int i = 0;
  while (i + 1 < count && strncmp(arguments[i], "--", 2) == 0) {
    bool found = false;
    for (size_t k = 0; k < PL_COUNT_OF(texts); k++) {
      if (strcmp(arguments[i], texts[k].name) == 0) {
        *texts[k].field = arguments[i + 1];
        found = true;
      }
    }
    if (strcmp(arguments[i], "--timeout") == 0)
      o->timeout = strtod(arguments[i + 1], NULL);
    else if (strcmp(arguments[i], "--repeat") == 0)
      o->repeat = strtol(arguments[i + 1], NULL, 10);
    else if (!found)
      return false;
    i += 2;
  }
  o->ids = arguments + i;
  o->id_count = (size_t)(count - i);
  return o->id_count > 0;
}

/* The peak of this program alone: getrusage counts what was forked before the exec, too. */
static long peak_kib(void) {
  char line[256];
  long peak = 0;
  FILE *status = fopen("/proc/self/status", "re");
  while (status != NULL && fgets(line, sizeof(line), status) != NULL) {
    if (strncmp(line, "VmHWM:", strlen("VmHWM:")) == 0)
      peak = strtol(line + strlen("VmHWM:"), NULL, 10);
  }
  if (status != NULL)
    fclose(status);
  return peak;
}

static int fetch(int count, char **arguments) {
  options o = {.timeout = 10, .repeat = 1};
  pl_aws_environment environment;
  pl_ec2 *ec2 = NULL;
  int failed = 1;
  if (pl_aws_environment_read(read_variable, NULL, environ, &environment) != PL_OK)
    return 1;
  o.config.clock = pl_clock_system();
  o.config.environment = &environment;
  if (!parse(count, arguments, &o))
    goto out;
  pl_endpoint **endpoints = calloc(o.id_count, sizeof(pl_endpoint *));
  if (endpoints != NULL && pl_ec2_create(&o.config, &ec2) == PL_OK) {
    const pl_nsec begin = o.config.clock.monotonic(NULL);
    for (long i = 0; i < o.repeat; i++) {
      for (size_t k = 0; k < o.id_count; k++) {
        pl_endpoint_unref(endpoints[k]);
        endpoints[k] = NULL;
      }
      const pl_nsec deadline =
          o.config.clock.monotonic(NULL) + (pl_nsec)(o.timeout * (double)PL_SEC);
      failed = pl_ec2_fetch(ec2, (const char *const *)o.ids, o.id_count, deadline, NULL,
                            endpoints) != PL_OK;
    }
    for (size_t k = 0; k < o.id_count && failed == 0; k++)
      print_endpoint(endpoints[k]);
    printf("elapsed %.3f\npeak-kib %ld\n", pl_seconds(o.config.clock.monotonic(NULL) - begin),
           peak_kib());
    for (size_t k = 0; k < o.id_count; k++)
      pl_endpoint_unref(endpoints[k]);
  }
  free(endpoints);
out:
  pl_ec2_free(ec2);
  pl_aws_environment_free(&environment);
  return failed;
}

/* ---- poll ----------------------------------------------------------------------------------- */

static void watch(pl_poller *poller, size_t count, pl_nsec end, char last[][256]) {
  const pl_clock clock = pl_clock_system();
  while (clock.monotonic(NULL) < end) {
    for (size_t i = 0; i < count; i++) {
      char line[256] = "";
      pl_endpoint *e = pl_poller_get(poller, i);
      if (e != NULL)
        snprintf(line, sizeof(line), "%s %s known=%d state=%s pending=%d", e->id,
                 pl_ec2_outcome_name(e->outcome), e->known, e->state_text, e->pending_since > 0);
      pl_endpoint_unref(e);
      if (strcmp(line, last[i]) != 0) {
        printf("%s\n", line);
        fflush(stdout);
        memcpy(last[i], line, sizeof(line));
      }
    }
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
  }
}

static int poll_fleet(int count, char **arguments) {
  pl_aws_environment environment;
  pl_poller *poller = NULL;
  pl_error error = {""};
  const size_t id_count = count > 1 ? (size_t)(count - 1) : 0;
  pl_spec *specs = calloc(id_count + 1, sizeof(*specs));
  const pl_spec **pointers = calloc(id_count + 1, sizeof(*pointers));
  char(*last)[256] = calloc(id_count + 1, sizeof(*last));
  int failed = 1;
  if (specs == NULL || pointers == NULL || last == NULL || id_count == 0 ||
      pl_aws_environment_read(read_variable, NULL, environ, &environment) != PL_OK)
    return 1;
  for (size_t i = 0; i < id_count; i++) {
    specs[i].endpoint_id = arguments[i + 1];
    pointers[i] = &specs[i];
  }
  const pl_poller_config config = {.clock = pl_clock_system(),
                                   .environment = &environment,
                                   .interval = PL_SEC,
                                   .detail_interval = 5 * PL_SEC};
  if (pl_poller_create(&config, pointers, id_count, &poller) == PL_OK &&
      pl_poller_start(poller, &error) == PL_OK) {
    const pl_nsec end =
        config.clock.monotonic(NULL) + (pl_nsec)(strtod(arguments[0], NULL) * (double)PL_SEC);
    watch(poller, id_count, end, last);
    failed = 0;
  }
  const pl_nsec begin = config.clock.monotonic(NULL);
  pl_poller_free(poller);
  printf("shutdown %.3f\n", pl_seconds(config.clock.monotonic(NULL) - begin));
  pl_aws_environment_free(&environment);
  free(last);
  free(pointers);
  free(specs);
  return failed;
}

static int print_hosts(void) {
  char service[32], region[64], host[PL_LIMIT_HOST + 1];
  unsigned variant;
  while (scanf("%31s %63s %u", service, region, &variant) == 3) {
    if (pl_aws_host(service, region, variant, host, sizeof(host)) != PL_OK)
      return 1;
    puts(host);
  }
  return 0;
}

static int print_sections(int count, char **arguments) {
  const bool config = strcmp(arguments[0], "config") == 0;
  for (int i = 2; i < count; i++) {
    char *text = NULL;
    size_t length = 0;
    pl_error error = {""};
    pl_aws_section section = {0};
    if (pl_file_read(arguments[i], 1 << 20, &text, &length, &error) != PL_OK)
      return 1;
    const pl_status status =
        pl_aws_section_read(text, length, config ? PL_AWS_FILE_CONFIG : PL_AWS_FILE_CREDENTIALS,
                            arguments[1], &section, &error);
    printf("file %s\n", status == PL_OK ? "good" : "bad");
    const struct {
      const char *name, *value;
    } fields[] = {
#define PL_ROW(field, key) {key, section.field},
        PL_AWS_PROFILE_KEYS(PL_ROW)
#undef PL_ROW
    };
    for (size_t k = 0; k < PL_COUNT_OF(fields); k++) {
      if (fields[k].value != NULL)
        printf("%s=", fields[k].name);
      for (const char *c = fields[k].value; c != NULL && *c != '\0'; c++)
        fputs(*c == '\n' ? "\\n" : (const char[]){*c, '\0'}, stdout);
      if (fields[k].value != NULL)
        puts("");
    }
    pl_aws_section_free(&section);
    free(text);
  }
  return 0;
}

int main(int count, char **arguments) {
  if (count > 4 && strcmp(arguments[1], "sections") == 0)
    return print_sections(count - 2, arguments + 2);
  if (count > 2 && strcmp(arguments[1], "hosts") == 0)
    return print_hosts();
  if (count > 2 && strcmp(arguments[1], "fetch") == 0)
    return fetch(count - 2, arguments + 2);
  if (count > 2 && strcmp(arguments[1], "poll") == 0)
    return poll_fleet(count - 2, arguments + 2);
  fprintf(stderr, "usage: aws_probe fetch [options] ID... | poll SECONDS ID...\n");
  return 2;
}
