// Tests an endpoint as EC2 describes it: copies, addresses, names and age.
#include "alloc_fail.h"
#include "facts/endpoint.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static pl_addr address(uint8_t last) {
  return pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){10, 0, 0, last});
}

/* An endpoint as the API describes it: two interfaces, all lists filled, over static arrays. */
static pl_endpoint example(void) {
  static pl_dns_entry entries[] = {{"vpce-1.vpce-svc-1.eu-central-1.vpce.amazonaws.com"},
                                   {"api.example.com"}};
  static pl_interface interfaces[] = {{.id = "eni-1", .zone = "eu-central-1a", .address_count = 1},
                                      {.id = "eni-2", .zone = "eu-central-1b", .address_count = 1}};
  static pl_rule rules[] = {{.source = PL_RULE_PREFIX_LIST, .first_port = 443, .last_port = 443}};
  static pl_cidr cidrs[] = {{.prefix = 16}};
  static char zones[][32] = {"eu-central-1a", "eu-central-1b"};
  interfaces[0].addresses[0] = address(1);
  interfaces[1].addresses[0] = address(2);
  cidrs[0].address = address(0);
  return (pl_endpoint){.references = 1,
                       .outcome = PL_EC2_FOUND,
                       .known = true,
                       .answered = 100,
                       .id = "vpce-1",
                       .parts = {[PL_PART_INTERFACES] = PL_PART_KNOWN},
                       .dns_entries = entries,
                       .dns_entry_count = 2,
                       .interfaces = interfaces,
                       .interface_count = 2,
                       .rules = rules,
                       .rule_count = 1,
                       .vpc_cidrs = cidrs,
                       .vpc_cidr_count = 1,
                       .zones = zones,
                       .zone_count = 2,
                       .zones_known = true};
}

static void a_copy_is_alike_and_shares_nothing(void **state) {
  (void)state;
  const pl_endpoint original = example();
  for (unsigned nth = 1;; nth++) {
    pl_endpoint *copy = NULL;
    alloc_fail_arm(nth);
    pl_status status = pl_endpoint_copy(&original, &copy);
    if (alloc_fail_disarm()) {
      assert_int_equal(status, PL_ERR_MEMORY);
      assert_null(copy);
      continue;
    }
    assert_int_equal(status, PL_OK);
    assert_string_equal(copy->id, "vpce-1");
    assert_ptr_not_equal(copy->dns_entries, original.dns_entries);
    assert_ptr_not_equal(copy->zones, original.zones);
    assert_memory_equal(copy->interfaces, original.interfaces, 2 * sizeof(pl_interface));
    assert_memory_equal(copy->rules, original.rules, sizeof(pl_rule));
    assert_memory_equal(copy->vpc_cidrs, original.vpc_cidrs, sizeof(pl_cidr));
    assert_string_equal(copy->zones[1], "eu-central-1b");
    pl_endpoint_unref(copy);
    assert_int_equal(nth, 7); /* the endpoint and its five lists */
    break;
  }
}

static void an_endpoint_lives_as_long_as_it_is_counted(void **state) {
  (void)state;
  pl_endpoint *endpoint;
  alloc_fail_arm(1);
  assert_int_equal(pl_endpoint_create("vpce-1", &endpoint), PL_ERR_MEMORY);
  assert_true(alloc_fail_disarm());
  assert_int_equal(pl_endpoint_create("vpce-1|\n", &endpoint), PL_OK);
  assert_string_equal(endpoint->id, "vpce-1??");
  assert_int_equal(endpoint->outcome, PL_EC2_UNUSABLE);
  assert_ptr_equal(pl_endpoint_ref(endpoint), endpoint);
  pl_endpoint_unref(endpoint);
  assert_string_equal(endpoint->id, "vpce-1??"); /* still there */
  pl_endpoint *copy;
  assert_int_equal(pl_endpoint_copy(endpoint, &copy), PL_OK); /* of one without lists */
  assert_null(copy->interfaces);
  pl_endpoint_unref(copy);
  pl_endpoint_unref(endpoint);
  assert_null(pl_endpoint_ref(NULL));
  pl_endpoint_unref(NULL);
}

static void addresses_are_the_interfaces(void **state) {
  (void)state;
  pl_endpoint endpoint = example();
  const pl_addr own = address(2), foreign = address(9);
  assert_true(pl_endpoint_addresses_known(&endpoint));
  assert_true(pl_endpoint_has_address(&endpoint, &own));
  assert_false(pl_endpoint_has_address(&endpoint, &foreign));
  assert_string_equal(pl_endpoint_zone_of(&endpoint, &own), "eu-central-1b");
  assert_string_equal(pl_endpoint_zone_of(&endpoint, &foreign), "");
  endpoint.parts[PL_PART_INTERFACES] = PL_PART_DENIED;
  assert_false(pl_endpoint_addresses_known(&endpoint));
  endpoint.parts[PL_PART_INTERFACES] = PL_PART_KNOWN;
  endpoint.interface_count = 0;
  assert_false(pl_endpoint_addresses_known(&endpoint));
  endpoint.known = false;
  assert_false(pl_endpoint_addresses_known(&endpoint));
  assert_false(pl_endpoint_has_address(&endpoint, &own));
  assert_false(pl_endpoint_addresses_known(NULL));
  assert_false(pl_endpoint_has_address(NULL, &own));
}

static void dns_may_leave_a_family_out(void **state) {
  (void)state;
  static const struct {
    const char *type;
    bool ipv4, ipv6;
  } cases[] = {{"", true, true},
               {"ipv4", true, false},
               {"IPv6", false, true},
               {"dualstack", true, true},
               {"service-defined", true, true}};
  pl_endpoint endpoint = example();
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    snprintf(endpoint.record_type, sizeof(endpoint.record_type), "%s", cases[i].type);
    assert_int_equal(pl_endpoint_in_dns(&endpoint, PL_FAMILY_IPV4), cases[i].ipv4);
    assert_int_equal(pl_endpoint_in_dns(&endpoint, PL_FAMILY_IPV6), cases[i].ipv6);
  }
  assert_true(pl_endpoint_in_dns(NULL, PL_FAMILY_IPV4));
}

/* An endpoint of a service network: one address for each resource, inside its prefixes. */
static void addresses_are_inside_the_prefixes(void **state) {
  (void)state;
  pl_prefix prefix = {.zone = "eu-central-1c"};
  pl_addr first, last, next;
  assert_int_equal(pl_cidr_parse("10.0.1.16/28", &prefix.cidr), PL_OK);
  assert_int_equal(pl_addr_parse("10.0.1.16", &first), PL_OK);
  assert_int_equal(pl_addr_parse("10.0.1.31", &last), PL_OK);
  assert_int_equal(pl_addr_parse("10.0.1.32", &next), PL_OK);
  pl_endpoint endpoint = {.known = true, .prefixes = &prefix, .prefix_count = 1};
  assert_true(pl_endpoint_addresses_known(&endpoint));
  assert_true(pl_endpoint_has_address(&endpoint, &first));
  assert_true(pl_endpoint_has_address(&endpoint, &last));
  assert_false(pl_endpoint_has_address(&endpoint, &next));
  assert_string_equal(pl_endpoint_zone_of(&endpoint, &last), "eu-central-1c");
  endpoint.interface_count = 1; /* it was not read, so its address may be missing */
  endpoint.interfaces = &(pl_interface){.id = "eni-1"};
  assert_false(pl_endpoint_addresses_known(&endpoint));
  endpoint.parts[PL_PART_INTERFACES] = PL_PART_KNOWN;
  assert_true(pl_endpoint_addresses_known(&endpoint));
  pl_endpoint *copy;
  assert_int_equal(pl_endpoint_copy(&endpoint, &copy), PL_OK);
  assert_true(copy->prefixes != &prefix && pl_endpoint_has_address(copy, &first));
  pl_endpoint_unref(copy);
}

/* VPC Lattice has the private names in the associations. */
static void the_private_name_may_be_of_an_association(void **state) {
  (void)state;
  pl_association associations[] = {
      {.private_name = ""}, {.private_name = "*.example.com"}, {.private_name = "db.example.com"}};
  pl_endpoint endpoint = {
      .known = true, .associations = associations, .association_count = PL_COUNT_OF(associations)};
  assert_string_equal(pl_endpoint_private_name(&endpoint), "db.example.com");
  endpoint.association_count = 2;
  assert_null(pl_endpoint_private_name(&endpoint));
}

static void each_further_name_is_given_once(void **state) {
  (void)state;
  static const struct {
    const char *what, *entries[5], *associations[3], *domain, *first, *wanted;
    pl_tri private_dns;
    bool unknown, truncated;
  } cases[] = {
      {"wildcards and names of AWS",
       {"*.example.com", "a.vpce.amazonaws.com", "one.example.com", "two.example.com"},
       {NULL},
       NULL,
       "one.example.com",
       "two.example.com ",
       PL_TRI_YES,
       false,
       false},
      {"the first may be any",
       {"one.example.com", "two.example.com", "*.example.com"},
       {NULL},
       NULL,
       "two.example.com",
       "one.example.com ",
       PL_TRI_YES,
       false,
       false},
      {"case and a dot make no other name",
       {"one.example.com", "ONE.example.com.", "Two.example.com", "two.example.com.",
        "two.example.com"},
       {"TWO.example.com"},
       NULL,
       "one.Example.com.",
       "Two.example.com ",
       PL_TRI_YES,
       false,
       false},
      {"a name below a wildcard",
       {"*.example.com", "one.example.net"},
       {NULL},
       NULL,
       "Alias.example.com.",
       "one.example.net ",
       PL_TRI_YES,
       false,
       false},
      {"the wildcard's own domain is not below it",
       {"*.example.com", "one.example.net"},
       {NULL},
       NULL,
       "example.com",
       "",
       PL_TRI_YES,
       false,
       false},
      {"no name of a section: all of them",
       {"one.example.com", "two.example.com"},
       {NULL},
       NULL,
       "",
       "one.example.com two.example.com ",
       PL_TRI_YES,
       false,
       false},
      {"a name that no entry has: the clients have DNS of their own",
       {"one.example.com"},
       {NULL},
       NULL,
       "alias.example.com",
       "",
       PL_TRI_YES,
       false,
       false},
      {"associations",
       {"one.example.com"},
       {"", "db.example.com", "*.example.com"},
       NULL,
       "one.example.com",
       "db.example.com ",
       PL_TRI_YES,
       false,
       false},
      {"what is no host name",
       {"one.example.com", "a b.example.com", "10.0.0.1", ""},
       {NULL},
       NULL,
       "one.example.com",
       "",
       PL_TRI_YES,
       false,
       false},
      {"private DNS is off",
       {"one.example.com", "two.example.com"},
       {NULL},
       NULL,
       "one.example.com",
       "",
       PL_TRI_NO,
       false,
       false},
      {"private DNS is not known",
       {"one.example.com", "two.example.com"},
       {NULL},
       NULL,
       "one.example.com",
       "",
       PL_TRI_UNKNOWN,
       false,
       false},
      {"nothing is known",
       {"one.example.com", "two.example.com"},
       {NULL},
       NULL,
       "one.example.com",
       "",
       PL_TRI_YES,
       true,
       false},
      {"no private name", {"one.example.com"}, {NULL}, NULL, NULL, "", PL_TRI_YES, false, false},
      {"names that private DNS leaves out",
       {"one.example.com", "two.example.org", "a.example.net."},
       {NULL},
       "*.example.net",
       "one.example.com",
       "a.example.net. ",
       PL_TRI_YES,
       false,
       false},
      {"not all specified domains are known",
       {"one.example.com", "two.example.org"},
       {NULL},
       "example.net",
       "one.example.com",
       "two.example.org ",
       PL_TRI_YES,
       false,
       true},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_dns_entry entries[5] = {0}, domain = {""};
    pl_association associations[3] = {0};
    pl_endpoint endpoint = {.known = !cases[i].unknown,
                            .private_dns = cases[i].private_dns,
                            .truncated = cases[i].truncated,
                            .dns_entries = entries,
                            .associations = associations,
                            .dns_domains = &domain};
    for (; endpoint.dns_entry_count < 5 && cases[i].entries[endpoint.dns_entry_count] != NULL;
         endpoint.dns_entry_count++)
      pl_text_set(entries[endpoint.dns_entry_count].name, sizeof(entries[0].name),
                  cases[i].entries[endpoint.dns_entry_count]);
    for (; endpoint.association_count < 3 &&
           cases[i].associations[endpoint.association_count] != NULL;
         endpoint.association_count++)
      pl_text_set(associations[endpoint.association_count].private_name,
                  sizeof(associations[0].private_name),
                  cases[i].associations[endpoint.association_count]);
    if (cases[i].domain != NULL) {
      pl_text_set(domain.name, sizeof(domain.name), cases[i].domain);
      pl_text_set(endpoint.dns_preference, sizeof(endpoint.dns_preference),
                  "SPECIFIED_DOMAINS_ONLY");
      endpoint.dns_domain_count = 1;
    }
    char found[256] = "";
    pl_buf buf;
    pl_buf_fixed(&buf, found, sizeof(found));
    const char *name;
    for (size_t cursor = 0;
         (name = pl_endpoint_next_name(&endpoint, cases[i].first, &cursor)) != NULL;)
      pl_buf_addf(&buf, "%s ", name);
    if (strcmp(found, cases[i].wanted) != 0)
      fail_msg("%s: %s", cases[i].what, found);
  }
  size_t cursor = 0;
  assert_null(pl_endpoint_next_name(NULL, "one.example.com", &cursor));
}

static void the_private_name_is_the_first_that_is_not_of_aws(void **state) {
  (void)state;
  static const struct {
    const char *first, *second, *name; /* NULL: there is none to use */
  } cases[] = {
      {"vpce-1.vpce-svc-1.eu-central-1.vpce.amazonaws.com", "api.example.com", "api.example.com"},
      {"vpce-1.VPCE.Amazonaws.com.", "api.example.com", "api.example.com"},
      {"vpce-1.cn-north-1.vpce.amazonaws.com.cn", "api.example.com", "api.example.com"},
      {"vpce-1.eu-central-1.vpce.amazonaws.com", "*.example.com", NULL},
      {"*.example.com", "api.example.com", "api.example.com"},
      {"api.example.com", "*.example.com", "api.example.com"},
      {"a.vpce.amazonaws.com", "b.vpce.amazonaws.com", NULL},
      {"evilvpce.amazonaws.com.example", "b.vpce.amazonaws.com", "evilvpce.amazonaws.com.example"},
      {"", "api.example.com", "api.example.com"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    pl_dns_entry entries[2] = {0};
    strncat(entries[0].name, cases[i].first, PL_LIMIT_HOST);
    strncat(entries[1].name, cases[i].second, PL_LIMIT_HOST);
    const pl_endpoint endpoint = {.known = true, .dns_entries = entries, .dns_entry_count = 2};
    const char *name = pl_endpoint_private_name(&endpoint);
    if (cases[i].name == NULL)
      assert_null(name);
    else
      assert_string_equal(name, cases[i].name);
  }
  const pl_endpoint unknown = {.known = false};
  assert_null(pl_endpoint_private_name(&unknown));
  assert_null(pl_endpoint_private_name(NULL));
}

static void an_age_is_that_of_the_newest_answer(void **state) {
  (void)state;
  pl_endpoint endpoint = example();
  assert_int_equal(pl_endpoint_age(&endpoint, 150), 50);
  assert_int_equal(pl_endpoint_age(&endpoint, 50), 0);
  endpoint.known = false;
  assert_int_equal(pl_endpoint_age(&endpoint, 150), PL_NSEC_UNKNOWN);
  assert_int_equal(pl_endpoint_age(NULL, 150), PL_NSEC_UNKNOWN);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_copy_is_alike_and_shares_nothing),
      cmocka_unit_test(an_endpoint_lives_as_long_as_it_is_counted),
      cmocka_unit_test(addresses_are_the_interfaces),
      cmocka_unit_test(dns_may_leave_a_family_out),
      cmocka_unit_test(addresses_are_inside_the_prefixes),
      cmocka_unit_test(the_private_name_may_be_of_an_association),
      cmocka_unit_test(the_private_name_is_the_first_that_is_not_of_aws),
      cmocka_unit_test(each_further_name_is_given_once),
      cmocka_unit_test(an_age_is_that_of_the_newest_answer),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
