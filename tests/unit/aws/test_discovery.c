// Tests discovery: filters, templates, names, and the configuration that is written.
#include "alloc_fail.h"
#include "aws/discovery/request.h"
#include "aws/discovery/sections.h"
#include "base/ini.h"
#include "options/parse.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CHECK PL_FRONT_END_CONFIG
#define ROCKSET "com.amazonaws.vpce.eu-central-1.vpce-svc-02f409ce75f330219"
#define OTHER "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0"

/* ---- a discovery made by hand --------------------------------------------------------------- */

typedef struct world {
  pl_scope scopes[2];
  pl_discovery discovery;
  pl_templates templates;
  pl_sections sections;
} world;

static void begin(world *w) {
  *w = (world){.scopes = {{.region = "eu-central-1"},
                          {.region = "us-east-1", .role_arn = "arn:aws:iam::123456789012:role/r"}}};
  w->discovery = (pl_discovery){.scopes = w->scopes, .count = 2};
}

static void end(world *w) {
  pl_sections_free(&w->sections);
  pl_templates_free(&w->templates);
  for (size_t i = 0; i < PL_COUNT_OF(w->scopes); i++) {
    pl_ec2_answer_free(&w->scopes[i].answer);
    pl_endpoint_unref(w->scopes[i].problem);
  }
}

static void add_tag(pl_ec2_listed *listed, const char *key, const char *value) {
  pl_ec2_tag *tag = PL_EC2_ADD(listed->tags);
  assert_non_null(tag);
  *tag = (pl_ec2_tag){strdup(key), strdup(value)};
}

/* An available interface endpoint with private DNS on. `private_name` may be NULL. */
static pl_ec2_listed *add(pl_scope *scope, const char *id, const char *name, const char *service,
                          const char *private_name) {
  pl_ec2_listed *listed = PL_EC2_ADD(scope->answer.endpoints);
  assert_non_null(listed);
  assert_int_equal(pl_endpoint_create(id, &listed->endpoint), PL_OK);
  pl_endpoint *endpoint = listed->endpoint;
  snprintf(listed->id.text, sizeof(listed->id.text), "%s", id);
  endpoint->known = true;
  endpoint->state = PL_ENDPOINT_STATE_AVAILABLE;
  endpoint->type = PL_ENDPOINT_TYPE_INTERFACE;
  endpoint->private_dns = private_name != NULL ? PL_TRI_YES : PL_TRI_NO;
  snprintf(endpoint->service_name, sizeof(endpoint->service_name), "%s", service);
  if (private_name != NULL) {
    endpoint->dns_entries = calloc(2, sizeof(*endpoint->dns_entries));
    assert_non_null(endpoint->dns_entries);
    endpoint->dns_entry_count = 2;
    snprintf(endpoint->dns_entries[0].name, sizeof(endpoint->dns_entries[0].name),
             "%s-x.vpce-svc-1.eu-central-1.vpce.amazonaws.com", id);
    snprintf(endpoint->dns_entries[1].name, sizeof(endpoint->dns_entries[1].name), "%s",
             private_name);
  }
  if (name != NULL)
    add_tag(listed, "Name", name);
  return listed;
}

static void read_templates(world *w, const char *text) {
  pl_error error;
  if (pl_templates_read(text, strlen(text), "t.ini", CHECK, &w->templates, &error) != PL_OK)
    fail_msg("%s", error.text);
}

static void make(world *w) {
  pl_section_common common = {0};
  assert_int_equal(pl_sections_make(&w->discovery, &w->templates, &common, &w->sections), PL_OK);
}

static const pl_section *section_of(const world *w, const char *id) {
  size_t i = 0;
  while (i < w->sections.count && strcmp(w->sections.items[i].id, id) != 0)
    i++;
  if (i == w->sections.count)
    fail_msg("there is no section of %s", id);
  return &w->sections.items[i];
}

static void has_line(const pl_section *section, const char *line) {
  char wanted[512];
  assert_non_null(section);
  snprintf(wanted, sizeof(wanted), "\n%s\n", line);
  char *text = NULL;
  assert_true(asprintf(&text, "\n%s", section->text) > 0);
  if (strstr(text, wanted) == NULL)
    fail_msg("no line '%s' in:%s", line, text);
  free(text);
}

static void lacks(const pl_section *section, const char *text) {
  assert_non_null(section);
  if (strstr(section->text, text) != NULL)
    fail_msg("'%s' is in: %s", text, section->text);
}

#define ID1 "vpce-00000000000000001"
#define ID2 "vpce-00000000000000002"
#define ID3 "vpce-00000000000000003"

/* ---- filters -------------------------------------------------------------------------------- */

static void filters_are_read(void **state) {
  (void)state;
  static const struct {
    const char *text, *name, *first, *last;
    size_t count;
  } rows[] = {
      {"tag:team=data", "tag:team", "data", "data", 1},
      {"tag:team=data,web", "tag:team", "data", "web", 2},
      {"tag:a b=c=d", "tag:a b", "c=d", "c=d", 1},
      {"tag:empty=", "tag:empty", "", "", 1},
      {"tag-key=team", "tag-key", "team", "team", 1},
      {"vpc-id=vpc-1,vpc-2,vpc-3", "vpc-id", "vpc-1", "vpc-3", 3},
      {"vpc-endpoint-type=Interface", "vpc-endpoint-type", "Interface", "Interface", 1},
      {"service-name=com.amazonaws.*.s?m", "service-name", "com.amazonaws.*.s?m",
       "com.amazonaws.*.s?m", 1},
      {"Name=tag:team,Values=data,web", "tag:team", "data", "web", 2},
      {"Name=tag:a=b,Values=c", "tag:a=b", "c", "c", 1},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_ec2_condition condition;
    pl_error error;
    if (pl_filter_parse(rows[i].text, &condition, &error) != PL_OK)
      fail_msg("%s: %s", rows[i].text, error.text);
    assert_string_equal(condition.name, rows[i].name);
    assert_int_equal(condition.count, rows[i].count);
    assert_string_equal(condition.values[0], rows[i].first);
    assert_string_equal(condition.values[condition.count - 1], rows[i].last);
    pl_filter_free(&condition);
  }
}

static void filters_are_refused(void **state) {
  (void)state;
  static const char *const texts[] = {"",        "tag:team",       "=x", "tag:=x", "team=x",
                                      "state=x", "Name=x,Values=y"};
  for (size_t i = 0; i < PL_COUNT_OF(texts); i++) {
    pl_ec2_condition condition;
    pl_error error = {""};
    if (pl_filter_parse(texts[i], &condition, &error) != PL_ERR_INVALID)
      fail_msg("accepted: %s", texts[i]);
    assert_non_null(strstr(error.text, "tag:"));
  }
}

/* Each pair is asked once, and has one file of what is remembered. */
static void what_is_named_twice_counts_once(void **state) {
  (void)state;
  pl_request request = {.condition_count = 0};
  pl_error error;
  static const char *const values[] = {"eu-central-1,us-east-1,eu-central-1", "us-east-1"};
  for (size_t i = 0; i < PL_COUNT_OF(values); i++)
    assert_int_equal(pl_request_add(&request, PL_OPTION_REGION, values[i], &error), PL_OK);
  assert_int_equal(request.regions.count, 2);
  assert_string_equal(request.regions.items[0], "eu-central-1");
  assert_string_equal(request.regions.items[1], "us-east-1");
  assert_int_equal(pl_request_add(&request, PL_OPTION_REGION, "us-east-1,x y", &error),
                   PL_ERR_INVALID);
  pl_request_free(&request);
}

/* ---- names ---------------------------------------------------------------------------------- */

static void names_are_made_valid(void **state) {
  (void)state;
  static const struct {
    const char *text, *name;
  } rows[] = {
      {"prod", "prod"},
      {"Prod_1.eu", "Prod_1.eu"},
      {"endpoint <0> & more", "endpoint-0-more"},
      {"a]\n[*]\naccept = tenant", "a-accept-tenant"},
      {"  spaces  ", "spaces"},
      {"Z\xc3\xbcrich", "Z-rich"},
      {"\xff\xfe", ""},
      {"", ""},
      {"---", ""},
      {"-x-", "x"},
      {"\"quoted\" \\ back", "quoted-back"},
      {"0123456789012345678901234567890123456789012345678901234567890123456789",
       "0123456789012345678901234567890123456789012345678901234567890123"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    char name[PL_LIMIT_NAME + 1];
    pl_section_name(rows[i].text, name);
    assert_string_equal(name, rows[i].name);
  }
}

static void a_new_endpoint_takes_no_name(void **state) {
  (void)state;
  world w;
  begin(&w);
  add(&w.scopes[0], ID1, "prod", OTHER, NULL)->endpoint->created = 300;
  add(&w.scopes[0], ID2, "prod", OTHER, NULL)->endpoint->created = 200;
  add(&w.scopes[1], ID3, NULL, OTHER, NULL)->endpoint->created = 100;
  add(&w.scopes[1], "vpce-00000000000000004", "mine", OTHER, NULL);
  add(&w.scopes[1], "vpce-00000000000000005", ID3, OTHER, NULL)->endpoint->created = 400;
  read_templates(&w, "[mine]\nprivate-name = a.example\n");
  make(&w);
  assert_int_equal(w.sections.count, 5);
  assert_string_equal(section_of(&w, ID2)->name, "prod");
  assert_string_equal(section_of(&w, ID1)->name, "prod-00000000000000001");
  assert_string_equal(section_of(&w, ID3)->name, ID3);
  assert_string_equal(section_of(&w, "vpce-00000000000000004")->name, "mine-00000000000000004");
  assert_string_equal(section_of(&w, "vpce-00000000000000005")->name, ID3 "-00000000000000005");
  end(&w);
}

static void a_tag_takes_no_name_of_a_further_section(void **state) {
  (void)state;
  static const struct {
    const char *id, *tag, *name;
  } rows[] = {
      {ID1, "api.dns-2", "api.dns-2-00000000000000001"},
      {ID2, "api.dns-", "api.dns"},
      {ID3, "api.dns", "api.dns-00000000000000003-2"},
      {"vpce-00000000000000004", "api.dns-x", "api.dns-x"},
      {"vpce-0000000000000000a", "api.dns", "api.dns-0000000000000000a"},
  };
  world w;
  begin(&w);
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++)
    add(&w.scopes[0], rows[i].id, rows[i].tag, OTHER, NULL);
  make(&w);
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++)
    assert_string_equal(section_of(&w, rows[i].id)->name, rows[i].name);
  end(&w);
}

/* ---- sections ------------------------------------------------------------------------------- */

static void what_the_api_says_is_written(void **state) {
  (void)state;
  world w;
  begin(&w);
  add(&w.scopes[0], ID1, "rockset", ROCKSET, "api.example.com");
  add(&w.scopes[1], ID2, "across", ROCKSET, "api.example.com");
  pl_ec2_listed *plain = add(&w.scopes[1], ID3, "plain", OTHER, "b.example.com");
  snprintf(plain->endpoint->service_region, sizeof(plain->endpoint->service_region), "eu-west-1");
  make(&w);
  const pl_section *first = section_of(&w, ID1);
  has_line(first, "endpoint-id = " ID1);
  has_line(first, "region = eu-central-1");
  has_line(first, "preset = rockset");
  has_line(first, "service-name = " ROCKSET);
  has_line(first, "private-name = api.example.com");
  lacks(first, "aws-role-arn");
  lacks(first, "private-dns"); /* the preset wants it on */
  lacks(first, "service-region");
  lacks(first, "check");
  const pl_section *second = section_of(&w, ID2);
  has_line(second, "aws-role-arn = arn:aws:iam::123456789012:role/r");
  has_line(second, "service-region = eu-central-1");
  const pl_section *third = section_of(&w, ID3);
  has_line(third, "private-dns = on");
  has_line(third, "service-region = eu-west-1");
  lacks(third, "preset");
  end(&w);
}

static void what_has_no_name_is_checked_for_its_state(void **state) {
  (void)state;
  static const struct {
    const char *name;
    pl_endpoint_type type;
    const char *private_name;
    bool state_only;
  } rows[] = {
      {"interface", PL_ENDPOINT_TYPE_INTERFACE, "a.example", false},
      {"private DNS off", PL_ENDPOINT_TYPE_INTERFACE, NULL, true},
      {"a wildcard only", PL_ENDPOINT_TYPE_INTERFACE, "*.a.example", true},
      {"load balancer", PL_ENDPOINT_TYPE_GATEWAY_LOAD_BALANCER, NULL, true},
      {"resource, learned later", PL_ENDPOINT_TYPE_RESOURCE, "*.a.example", false},
      {"resource without private DNS", PL_ENDPOINT_TYPE_RESOURCE, NULL, true},
      {"type of the future", PL_ENDPOINT_TYPE_UNKNOWN, NULL, true},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    world w;
    begin(&w);
    add(&w.scopes[0], ID1, rows[i].name, OTHER, rows[i].private_name)->endpoint->type =
        rows[i].type;
    make(&w);
    if ((strstr(section_of(&w, ID1)->text, "check = state\n") != NULL) != rows[i].state_only)
      fail_msg("%s: %s", rows[i].name, section_of(&w, ID1)->text);
    end(&w);
  }
}

/* Private names in any order, among them wildcards: each usable one has a section. */
static void each_private_name_has_a_section(void **state) {
  (void)state;
  static const char *const orders[][5] = {
      {"a.example", "b.example", "*.w.example", "c.example", "A.example."},
      {"*.w.example", "a.example", "c.example", "b.example", "b.example"},
  };
  static const char wanted[] =
      "\n[many.dns-2]\nendpoint-id = " ID1 "\nregion = eu-central-1\nservice-name = " ROCKSET
      "\nresolver = 10.0.0.2\nfurther-names = skip\nprivate-name = b.example\ncheck = dns,port\n"
      "\n[many.dns-3]\nendpoint-id = " ID1 "\nregion = eu-central-1\nservice-name = " ROCKSET
      "\nresolver = 10.0.0.2\nfurther-names = skip\nprivate-name = c.example\ncheck = dns,port\n";
  for (size_t i = 0; i < PL_COUNT_OF(orders); i++) {
    world w;
    begin(&w);
    pl_ec2_listed *listed = add(&w.scopes[0], ID1, "many", ROCKSET, "x.example");
    free(listed->endpoint->dns_entries);
    listed->endpoint->dns_entries = calloc(5, sizeof(*listed->endpoint->dns_entries));
    assert_non_null(listed->endpoint->dns_entries);
    listed->endpoint->dns_entry_count = 5;
    for (size_t k = 0; k < 5; k++)
      snprintf(listed->endpoint->dns_entries[k].name, sizeof(pl_dns_entry), "%s", orders[i][k]);
    read_templates(&w, "[template rockset]\nresolver = 10.0.0.2\napi-key-file = /k\n"
                       "blocked-by = tcp:refused\nwarning = public_open=0\n");
    make(&w);
    pl_buf buf;
    pl_buf_init(&buf, 1 << 16);
    pl_section_add(&buf, &w.sections.items[0]);
    if (strstr(pl_buf_text(&buf), wanted) == NULL || strstr(pl_buf_text(&buf), "dns-4") != NULL)
      fail_msg("%s", pl_buf_text(&buf));
    has_line(&w.sections.items[0], "private-name = a.example");
    has_line(&w.sections.items[0], "further-names = skip"); /* each is judged once */
    pl_buf_free(&buf);
    end(&w);
  }
}

static void some_endpoints_have_no_section(void **state) {
  (void)state;
  world w;
  begin(&w);
  add(&w.scopes[0], ID1, "g", OTHER, NULL)->endpoint->type = PL_ENDPOINT_TYPE_GATEWAY;
  add(&w.scopes[0], ID2, "d", OTHER, NULL)->endpoint->state = PL_ENDPOINT_STATE_DELETING;
  add(&w.scopes[0], ID3, "d", OTHER, NULL)->endpoint->state = PL_ENDPOINT_STATE_DELETED;
  add(&w.scopes[0], "vpce-00000000000000004", "by hand", OTHER, NULL);
  add(&w.scopes[0], "vpce-00000000000000005", "both", OTHER, NULL);
  add(&w.scopes[1], "vpce-00000000000000005", "both", OTHER, NULL);
  read_templates(&w, "[x]\nendpoint-id = vpce-00000000000000004\n");
  make(&w);
  assert_int_equal(w.sections.count, 1);
  assert_int_equal(w.sections.left_out, 3);
  has_line(&w.sections.items[0], "region = eu-central-1"); /* the first scope's */
  end(&w);
}

/* ---- templates ------------------------------------------------------------------------------ */

static void templates_add_options(void **state) {
  (void)state;
  world w;
  begin(&w);
  add(&w.scopes[0], ID1, "one", ROCKSET, "api.example.com");
  pl_ec2_listed *second = add(&w.scopes[0], ID2, "two", OTHER, "b.example.com");
  add_tag(second, "team", "data");
  add_tag(second, "env", "test");
  add(&w.scopes[0], ID3, "three", OTHER, NULL);
  read_templates(&w, "[template tag:team=data]\nmin-zones = 1\npublic-name = p.example\n"
                     "[template tag:env=test]\nmin-zones = 3\nmin-up = 2\n"
                     "[template rockset]\napi-key-file = /k\naccept = tenant\n"
                     "[template service:" OTHER "]\nprivate-name = c.example\nport = 8443\n");
  make(&w);
  has_line(section_of(&w, ID1), "api-key-file = /k");
  has_line(section_of(&w, ID1), "accept = tenant");
  lacks(section_of(&w, ID1), "8443");
  has_line(section_of(&w, ID2), "private-name = c.example"); /* in place of what was found */
  lacks(section_of(&w, ID2), "b.example.com");
  has_line(section_of(&w, ID2), "min-zones = 1"); /* only the first tag counts */
  lacks(section_of(&w, ID2), "min-up");
  has_line(section_of(&w, ID2), "public-name = p.example");
  lacks(section_of(&w, ID3), "min-zones");
  lacks(section_of(&w, ID3), "check"); /* it has a name now */
  end(&w);
}

/* A tag may add a public side. It may not change one, or where a key goes. */
static void a_tag_changes_no_public_side(void **state) {
  (void)state;
  static const struct {
    const char *name, *service, *rest;
    bool limited;
  } rows[] = {
      {"the preset has a public name", ROCKSET, "", true},
      {"a service has one", OTHER, "[template service:" OTHER "]\npublic-name = p.example\n", true},
      {"a service has a key", OTHER, "[template service:" OTHER "]\napi-key-file = /k\n", true},
      {"there is none", OTHER, "", false},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    world w;
    begin(&w);
    add_tag(add(&w.scopes[0], ID1, "one", rows[i].service, "api.example.com"), "t", "x");
    char text[1024];
    snprintf(text, sizeof(text),
             "[template tag:t=x]\npublic-name = evil.example\nprivate-name = evil.example\n"
             "path = /evil\nca-file = /evil\nport = 666\npreset = snowflake\nmin-zones = 1\n%s",
             rows[i].rest);
    read_templates(&w, text);
    make(&w);
    const pl_section *section = section_of(&w, ID1);
    bool changed = strstr(section->text, "evil") != NULL || strstr(section->text, "666") != NULL ||
                   strstr(section->text, "snowflake") != NULL;
    if (changed == rows[i].limited)
      fail_msg("%s: %s", rows[i].name, section->text);
    has_line(section, "min-zones = 1");
    if (rows[i].limited)
      has_line(section,
               "# public-name of the template of a tag is left out: see docs/discovery.md");
    end(&w);
  }
}

static void wrong_templates_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *text, *wanted;
  } rows[] = {
      {"[template unknown]\n", "t.ini line 1: a template is [template PRESET]"},
      {"[template tag:team]\n", "[template tag:KEY=VALUE]"},
      {"[template rockset]\nno-such = 1\n", "t.ini line 2: unknown option"},
      {"[template rockset]\nmin-zones = many\n", "t.ini line 2: --min-zones"},
      {"[template rockset]\nendpoint-id = " ID1 "\n", "the discovery gives this option"},
      {"[template rockset]\nregion = eu-west-1\n", "the discovery gives this option"},
      {"[template rockset]\naws-role-arn = arn:aws:iam::1:role/x\n", "the discovery gives"},
      {"[template rockset]\njunk\n", "no '='"},
      {"[*]\napi-key-file = /k\n", "a key in [*] would go to every endpoint"},
      {"[*]\nclient-key = /k\n", "a key in [*] would go to every endpoint"},
  };
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    pl_templates templates;
    pl_error error = {""};
    pl_status status =
        pl_templates_read(rows[i].text, strlen(rows[i].text), "t.ini", CHECK, &templates, &error);
    assert_int_equal(status, PL_ERR_INVALID);
    if (strstr(error.text, rows[i].wanted) == NULL)
      fail_msg("%s: %s", rows[i].text, error.text);
  }
}

/* Every option that a tag must not decide, by its name. */
static void a_tag_decides_no_proof(void **state) {
  (void)state;
  static const char *const lines[] = {
      "accept = tenant",
      "blocked-by = tcp:refused",
      "on-unproven = ok",
      "proof = standard",
      "expect-public = reachable",
      "public-probe = tcp",
      "public-resolver = 1.1.1.1",
      "public-dns = plain",
      "public-address = 8.8.8.8",
      "public-ca-file = /x",
      "public-control = a.example",
      "private-evidence = /x",
      "witness = a.example",
      "baseline-age = 9999",
      "recovery = 1",
      "check = state",
      "use-ipv4 = yes",
      "use-ipv6 = yes",
      "api-key-file = /x",
      "public-key-file = /x",
      "client-cert = /x",
      "client-key = /x",
  };
  for (size_t i = 0; i < PL_COUNT_OF(lines); i++) {
    static const char *const kinds[] = {"tag:team=data", "rockset"};
    for (size_t k = 0; k < PL_COUNT_OF(kinds); k++) {
      char text[256];
      snprintf(text, sizeof(text), "[template %s]\n%s\n", kinds[k], lines[i]);
      pl_templates templates;
      pl_error error = {""};
      pl_status status = pl_templates_read(text, strlen(text), "t.ini", CHECK, &templates, &error);
      if (status != (k == 0 ? PL_ERR_INVALID : PL_OK))
        fail_msg("%s: %d %s", text, status, error.text);
      if (status == PL_OK)
        pl_templates_free(&templates);
    }
  }
}

/* ---- hostile input -------------------------------------------------------------------------- */

typedef struct read_back {
  const pl_sections *sections;
  size_t sections_seen, ids_seen;
  const pl_section *now;
} read_back;

/* The only options that an endpoint without templates may have. */
static bool is_expected(const char *key) {
  static const char *const keys[] = {"endpoint-id",  "region", "aws-role-arn",
                                     "service-name", "preset", "private-name",
                                     "private-dns",  "check",  "service-region"};
  for (size_t i = 0; i < PL_COUNT_OF(keys); i++) {
    if (strcmp(key, keys[i]) == 0)
      return true;
  }
  return false;
}

static pl_status on_event(void *user, const pl_ini_event *event) {
  read_back *r = user;
  assert_null(event->problem);
  if (event->key == NULL) {
    assert_true(r->sections_seen < r->sections->count);
    r->now = &r->sections->items[r->sections_seen++];
    assert_string_equal(event->section, r->now->name);
    assert_true(pl_valid_name(event->section));
    return PL_OK;
  }
  assert_true(is_expected(event->key));
  if (strcmp(event->key, "endpoint-id") == 0) {
    assert_string_equal(event->value, r->now->id);
    r->ids_seen++;
  }
  pl_spec spec;
  pl_error error;
  pl_spec_init(&spec);
  const pl_option *option = pl_option_find(event->key, PL_FRONT_END_CONFIG);
  if (pl_spec_set(&spec, option->id, PL_LAYER_SECTION, &event->value, 1, &error) != PL_OK)
    fail_msg("%s = %s: %s", event->key, event->value, error.text);
  pl_spec_free(&spec);
  return PL_OK;
}

static char *random_text(char *text, size_t size) {
  static const char bad[] = "\n\r]['\"\\=;#*% \t-_.a0";
  size_t length = (size_t)rand() % (size - 1);
  for (size_t i = 0; i < length; i++) {
    int any = 1 + rand() % 255;
    text[i] = rand() % 2 == 0 ? bad[(size_t)rand() % (sizeof(bad) - 1)] : (char)any;
  }
  text[length] = '\0';
  return text;
}

/* Whatever bytes names, tags, services and DNS names have, the text has the endpoints that were
 * found, with valid values, and nothing else. */
static void random_tags_add_nothing(void **state) {
  (void)state;
  srand(20261130);
  for (unsigned round = 0; round < 3000; round++) {
    world w;
    begin(&w);
    for (unsigned i = 0; i < 4; i++) {
      char id[32], name[80], service[60], dns[60], key[40], value[200];
      snprintf(id, sizeof(id), "vpce-%017x", i);
      pl_ec2_listed *listed = add(&w.scopes[i % 2], id, random_text(name, sizeof(name)),
                                  rand() % 2 == 0 ? ROCKSET : random_text(service, sizeof(service)),
                                  rand() % 2 == 0 ? "a.example" : random_text(dns, sizeof(dns)));
      add_tag(listed, random_text(key, sizeof(key)), random_text(value, sizeof(value)));
      random_text(listed->endpoint->service_region, sizeof(listed->endpoint->service_region));
    }
    make(&w);
    assert_int_equal(w.sections.count, 4);
    pl_buf buf;
    pl_buf_init(&buf, 1 << 20);
    for (size_t i = 0; i < w.sections.count; i++)
      pl_section_add(&buf, &w.sections.items[i]);
    read_back r = {.sections = &w.sections};
    assert_int_equal(pl_ini_read(pl_buf_text(&buf), buf.length, on_event, &r), PL_OK);
    assert_int_equal(r.sections_seen, 4);
    assert_int_equal(r.ids_seen, 4);
    pl_buf_free(&buf);
    end(&w);
  }
}

/* ---- collectd ------------------------------------------------------------------------------- */

static void collectd_has_the_same(void **state) {
  (void)state;
  static const char ini[] = "# a comment\n[b]\nprivate-name = b.example\nblocked-by = "
                            "http:403:a \"b\\. c\"\n[template rockset]\nmin-up = 2\n[*]\n"
                            "resolver = 10.0.0.2, 10.0.0.3\n[c]\nreport-addresses = no\n"
                            "endpoint-id = " ID1 "\n";
  static const char wanted[] = "LoadPlugin privatelink\n<Plugin privatelink>\n"
                               "  Resolver \"10.0.0.2, 10.0.0.3\"\n"
                               "  <Endpoint \"b\">\n"
                               "    PrivateName \"b.example\"\n"
                               "    BlockedBy \"http:403:a \\\"b\\\\. c\\\"\"\n"
                               "  </Endpoint>\n"
                               "  <Endpoint \"c\">\n"
                               "    ReportAddresses \"no\"\n"
                               "    EndpointId \"" ID1 "\"\n"
                               "  </Endpoint>\n"
                               "</Plugin>\n";
  pl_buf buf;
  pl_buf_init(&buf, 1 << 16);
  assert_int_equal(pl_sections_add_collectd(&buf, ini, strlen(ini)), PL_OK);
  assert_string_equal(pl_buf_text(&buf), wanted);
  pl_buf_free(&buf);
}

/* ---- memory --------------------------------------------------------------------------------- */

static void no_memory_is_an_error(void **state) {
  (void)state;
  world w;
  begin(&w);
  add(&w.scopes[0], ID1, "one", ROCKSET, "api.example.com");
  add_tag(add(&w.scopes[0], ID2, "two", OTHER, NULL), "team", "data");
  static const char text[] = "[x]\nname = y\nendpoint-id = " ID3 "\n[template tag:team=data]\n"
                             "min-zones = 1\n[template service:a.b]\nport = 1\n";
  pl_section_common common = {0};
  pl_error error;
  for (unsigned nth = 1;; nth++) {
    alloc_fail_arm(nth);
    pl_status status = pl_templates_read(text, strlen(text), "t.ini", CHECK, &w.templates, &error);
    if (status == PL_OK)
      status = pl_sections_make(&w.discovery, &w.templates, &common, &w.sections);
    if (!alloc_fail_disarm()) {
      assert_int_equal(status, PL_OK);
      break;
    }
    assert_int_equal(status, PL_ERR_MEMORY);
    pl_templates_free(&w.templates);
  }
  assert_int_equal(w.sections.count, 2);
  end(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(filters_are_read),
      cmocka_unit_test(filters_are_refused),
      cmocka_unit_test(what_is_named_twice_counts_once),
      cmocka_unit_test(names_are_made_valid),
      cmocka_unit_test(a_new_endpoint_takes_no_name),
      cmocka_unit_test(a_tag_takes_no_name_of_a_further_section),
      cmocka_unit_test(what_the_api_says_is_written),
      cmocka_unit_test(what_has_no_name_is_checked_for_its_state),
      cmocka_unit_test(each_private_name_has_a_section),
      cmocka_unit_test(some_endpoints_have_no_section),
      cmocka_unit_test(templates_add_options),
      cmocka_unit_test(a_tag_changes_no_public_side),
      cmocka_unit_test(wrong_templates_are_refused),
      cmocka_unit_test(a_tag_decides_no_proof),
      cmocka_unit_test(random_tags_add_nothing),
      cmocka_unit_test(collectd_has_the_same),
      cmocka_unit_test(no_memory_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
