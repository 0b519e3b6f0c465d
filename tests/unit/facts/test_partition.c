/* Hosts of AWS services and names of endpoints, per partition. */
#include "base/limits.h"
#include "facts/partition.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define DUAL PL_AWS_HOST_DUAL_STACK
#define FIPS PL_AWS_HOST_FIPS

static void the_host_follows_from_service_region_and_variant(void **state) {
  (void)state;
  /* Cases of botocore 1.43.67: tests/functional/endpoint-rules/{ec2,sts}/endpoint-tests-1.json, and
   * for partitions that these do not have, data/partitions.json with the rules of EC2. */
  static const struct {
    const char *service, *region;
    unsigned variant;
    const char *host; /* NULL: the region can't be used */
  } cases[] = {
      {"ec2", "eu-central-1", 0, "ec2.eu-central-1.amazonaws.com"},
      {"ec2", "eu-central-1", DUAL, "ec2.eu-central-1.api.aws"},
      {"ec2", "us-east-1", FIPS, "ec2-fips.us-east-1.amazonaws.com"},
      {"sts", "us-east-1", DUAL | FIPS, "sts-fips.us-east-1.api.aws"},
      {"sts", "cn-north-1", 0, "sts.cn-north-1.amazonaws.com.cn"},
      {"ec2", "cn-north-1", DUAL, "ec2.cn-north-1.api.amazonwebservices.com.cn"},
      {"ec2", "us-gov-west-1", FIPS, "ec2.us-gov-west-1.amazonaws.com"},
      {"ec2", "us-gov-east-1", DUAL, "ec2.us-gov-east-1.api.aws"},
      {"ec2", "us-gov-east-1", DUAL | FIPS, "ec2-fips.us-gov-east-1.api.aws"},
      {"sts", "us-gov-east-1", FIPS, "sts.us-gov-east-1.amazonaws.com"},
      {"sts", "us-gov-east-1", DUAL | FIPS, "sts-fips.us-gov-east-1.api.aws"},
      {"ec2", "cn-north-1", DUAL | FIPS, "ec2-fips.cn-north-1.api.amazonwebservices.com.cn"},
      {"ec2", "cn-north-1", FIPS, "ec2-fips.cn-north-1.amazonaws.com.cn"},
      {"ec2", "us-iso-east-1", FIPS, "ec2-fips.us-iso-east-1.c2s.ic.gov"},
      {"ec2", "us-isob-east-1", FIPS, "ec2-fips.us-isob-east-1.sc2s.sgov.gov"},
      {"ec2", "us-iso-east-1", 0, "ec2.us-iso-east-1.c2s.ic.gov"},
      {"ec2", "us-iso-east-1", DUAL, "ec2.us-iso-east-1.api.aws.ic.gov"},
      {"ec2", "us-isob-east-1", DUAL, "ec2.us-isob-east-1.api.aws.scloud"},
      {"ec2", "us-isof-south-1", DUAL, "ec2.us-isof-south-1.api.aws.hci.ic.gov"},
      {"ec2", "eu-isoe-west-1", DUAL, "ec2.eu-isoe-west-1.api.cloud-aws.adc-e.uk"},
      {"ec2", "us-isob-east-1", 0, "ec2.us-isob-east-1.sc2s.sgov.gov"},
      {"ec2", "us-isof-south-1", 0, "ec2.us-isof-south-1.csp.hci.ic.gov"},
      {"ec2", "eu-isoe-west-1", 0, "ec2.eu-isoe-west-1.cloud.adc-e.uk"},
      {"ec2", "eusc-de-east-1", 0, "ec2.eusc-de-east-1.amazonaws.eu"},
      {"ec2", "eusc-de-east-1", DUAL, "ec2.eusc-de-east-1.api.amazonwebservices.eu"},
      {"ec2", "eusc-de-east-1", FIPS, "ec2-fips.eusc-de-east-1.amazonaws.eu"},
      {"ec2", "", 0, NULL},
      {"ec2", "a.b", 0, NULL},
      {"ec2", "EU", 0, NULL},
      {"ec2", "-eu", 0, NULL},
      {"ec2", "eu-", 0, NULL},
      {"ec2", "abcdefghijklmnopqrstuvwxyz-1234567", 0, NULL},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    char host[PL_LIMIT_HOST + 1] = "";
    pl_status status =
        pl_aws_host(cases[i].service, cases[i].region, cases[i].variant, host, sizeof(host));
    assert_int_equal(status, cases[i].host == NULL ? PL_ERR_INVALID : PL_OK);
    assert_string_equal(host, cases[i].host == NULL ? "" : cases[i].host);
  }
}

static void a_host_that_does_not_fit_is_an_error(void **state) {
  (void)state;
  static const char whole[] = "ec2.eu-central-1.amazonaws.com";
  char host[sizeof(whole)];
  assert_int_equal(pl_aws_host("ec2", "eu-central-1", 0, host, sizeof(whole) - 1), PL_ERR_LIMIT);
  assert_int_equal(pl_aws_host("ec2", "eu-central-1", 0, host, sizeof(whole)), PL_OK);
  assert_string_equal(host, whole);
}

static void every_partition_has_its_own_endpoint_names(void **state) {
  (void)state;
  static const struct {
    const char *name;
    bool is_aws;
  } cases[] = {
      {"vpce-1.vpce-svc-1.eu-central-1.vpce.amazonaws.com", true},
      {"vpce-1.VPCE.Amazonaws.com.", true},
      {"vpce-1.cn-north-1.vpce.amazonaws.com.cn", true},
      {"vpce-1.eusc-de-east-1.vpce.amazonaws.eu", true},
      {"vpce-1.us-iso-east-1.vpce.c2s.ic.gov", true},
      {"vpce-1.us-isob-east-1.vpce.sc2s.sgov.gov", true},
      {"vpce-1.us-isof-south-1.vpce.csp.hci.ic.gov", true},
      {"vpce-1.eu-isoe-west-1.vpce.cloud.adc-e.uk", true},
      {"evilvpce.amazonaws.com", false},
      {"a.vpce.amazonaws.com.example", false},
      {"a.vpce.amazonaws.com..", false},
      {"ec2.eu-central-1.amazonaws.com", false},
      {"api.example.com", false},
      {".", false},
      {"", false},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++)
    assert_int_equal(pl_aws_is_vpce_name(cases[i].name), cases[i].is_aws);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_host_follows_from_service_region_and_variant),
      cmocka_unit_test(a_host_that_does_not_fit_is_an_error),
      cmocka_unit_test(every_partition_has_its_own_endpoint_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
