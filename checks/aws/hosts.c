#include "aws/hosts.h"
#include "base/buf.h"
#include <string.h>

/* Partitions, told by the beginning of a region's name. NULL: the partition has no such names. */
static const struct {
  const char *prefix;
  const char *suffix;
  const char *dual_stack_suffix;
} partitions[] = {
    {"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"us-gov-", "amazonaws.com", "api.aws"},
    {"us-iso-", "c2s.ic.gov", NULL},
    {"us-isob-", "sc2s.sgov.gov", NULL},
    {"us-isof-", "csp.hci.ic.gov", NULL},
    {"eu-isoe-", "cloud.adc-e.uk", NULL},
    {"eusc-", "amazonaws.eu", NULL},
    {"", "amazonaws.com", "api.aws"},
};

static bool region_valid(const char *region) {
  size_t length = strlen(region);
  return length > 0 && length <= 32 &&
         strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == length && region[0] != '-' &&
         region[length - 1] != '-';
}

pl_status pl_aws_url(const char *service, const char *region, bool dual_stack, bool fips,
                     char *ret_url, size_t size) {
  if (!region_valid(region))
    return PL_ERR_INVALID;
  size_t i = 0;
  while (strncmp(region, partitions[i].prefix, strlen(partitions[i].prefix)) != 0)
    i++;
  bool government = strcmp(partitions[i].prefix, "us-gov-") == 0;
  bool both = dual_stack && partitions[i].dual_stack_suffix != NULL;
  pl_buf buf;
  pl_buf_fixed(&buf, ret_url, size);
  /* GovCloud's ordinary names are the FIPS ones. */
  pl_buf_addf(&buf, "https://%s%s.%s.%s", service, fips && !government ? "-fips" : "", region,
              both ? partitions[i].dual_stack_suffix : partitions[i].suffix);
  return pl_buf_status(&buf);
}
