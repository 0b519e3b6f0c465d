/* The table of AWS partitions and the names that follow from it. */
#include "facts/partition.h"
#include "base/buf.h"
#include <string.h>
#include <strings.h>

typedef struct partition {
  const char *region_prefix;
  const char *domain;
  const char *dual_stack_domain;
  bool plain_is_fips; /* the ordinary names are the FIPS ones; dual-stack names have their own */
} partition;

/* As in botocore 1.43.67: partitions.json, and the endpoint rules of EC2 and STS. The last row has
 * all other regions. */
static const partition partitions[] = {
    {"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn", false},
    {"us-gov-", "amazonaws.com", "api.aws", true},
    {"us-iso-", "c2s.ic.gov", "api.aws.ic.gov", false},
    {"us-isob-", "sc2s.sgov.gov", "api.aws.scloud", false},
    {"us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov", false},
    {"eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", false},
    {"eusc-", "amazonaws.eu", "api.amazonwebservices.eu", false},
    {"", "amazonaws.com", "api.aws", false},
};

static bool region_valid(const char *region) {
  size_t length = strlen(region);
  return length > 0 && length <= 32 &&
         strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == length && region[0] != '-' &&
         region[length - 1] != '-';
}

static const partition *find_partition(const char *region) {
  const partition *p = partitions;
  while (strncmp(region, p->region_prefix, strlen(p->region_prefix)) != 0)
    p++;
  return p;
}

pl_status pl_aws_host(const char *service, const char *region, unsigned variant, char *ret_host,
                      size_t size) {
  if (!region_valid(region))
    return PL_ERR_INVALID;
  const partition *p = find_partition(region);
  bool dual_stack = (variant & PL_AWS_HOST_DUAL_STACK) != 0;
  bool fips = (variant & PL_AWS_HOST_FIPS) != 0 && (dual_stack || !p->plain_is_fips);
  pl_buf buf;
  pl_buf_fixed(&buf, ret_host, size);
  pl_buf_addf(&buf, "%s%s.%s.%s", service, fips ? "-fips" : "", region,
              dual_stack ? p->dual_stack_domain : p->domain);
  return pl_buf_status(&buf);
}

/* Whether the first `length` bytes of `name` end in `tail`, which is then cut off. */
static bool cut_tail(const char *name, size_t *length, const char *tail) {
  size_t size = strlen(tail);
  if (*length < size || strncasecmp(name + *length - size, tail, size) != 0)
    return false;
  *length -= size;
  return true;
}

bool pl_aws_is_vpce_name(const char *name) {
  size_t whole = strlen(name);
  if (whole > 0 && name[whole - 1] == '.')
    whole--;
  for (size_t i = 0; i < PL_COUNT_OF(partitions); i++) {
    size_t length = whole;
    if (cut_tail(name, &length, partitions[i].domain) && cut_tail(name, &length, ".vpce."))
      return true;
  }
  return false;
}

bool pl_aws_is_zone_of(const char *zone, const char *region) {
  size_t length = strlen(region), rest = strlen(zone) - length;
  if (strncmp(zone, region, length) != 0)
    return false;
  bool letter = zone[length + rest - 1] >= 'a';
  return rest == 1 ? letter : rest > 2 && zone[length] == '-' && letter;
}
