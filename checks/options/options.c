#include "options/options.h"
#include "options/parse.h"
#include <stddef.h>
#include <string.h>
#include <strings.h>

static const pl_option options[PL_OPTION_COUNT] = {
#define PL_OPTION(id_, name_, letter_, argument_, group_, faces_, repeatable_, default_, help_)    \
  [PL_OPTION_##id_] = {.id = PL_OPTION_##id_,                                                      \
                       .name = name_,                                                              \
                       .letter = letter_,                                                          \
                       .argument = argument_,                                                      \
                       .group = group_,                                                            \
                       .front_ends = faces_,                                                       \
                       .repeatable = repeatable_,                                                  \
                       .default_text = default_,                                                   \
                       .help = help_},
#include "options/options.def"
#undef PL_OPTION
};

_Static_assert(PL_OPTION_COUNT <= PL_SPEC_OPTIONS_MAX, "pl_spec.layer has room for every option");
_Static_assert(sizeof(pl_depth) == sizeof(int) && sizeof(pl_expect_public) == sizeof(int) &&
                   sizeof(pl_expect_dns) == sizeof(int) && sizeof(pl_severity) == sizeof(int),
               "pl_parse_word stores enums as int");
_Static_assert(offsetof(pl_spec, certificate_critical) ==
                   offsetof(pl_spec, certificate_warning) + sizeof(unsigned),
               "pl_parse_certificate stores both");

static const char *const depth_words[] = {"tcp", "tls", "http", NULL};
static const char *const expect_words[] = {"blocked", "reachable", NULL};
static const char *const severity_words[] = {"ok", "warning", "critical", "unknown", NULL};
static const char *const dns_words[] = {"on", "off", "any", NULL};

/* Which parser fills which field; options of the front ends themselves have none. */
typedef struct rule {
  pl_parser parse;
  size_t offset;
  double min, max;
  uint16_t port;
  const char *const *words;
  bool (*valid)(const char *text);
  const char *wanted;
} rule;

#define FIELD(name) .offset = offsetof(pl_spec, name)

static const rule rules[PL_OPTION_COUNT] = {
    [PL_OPTION_PRIVATE_NAME] = {pl_parse_string, FIELD(private_name), .valid = pl_host_valid,
                                .wanted = "a host name"},
    [PL_OPTION_NAME] = {pl_parse_string, FIELD(name), .valid = pl_valid_name,
                        .wanted = "1 to 64 letters, digits, '_', '.' and '-'"},
    [PL_OPTION_PUBLIC_NAME] = {pl_parse_string, FIELD(public_name), .valid = pl_host_valid,
                               .wanted = "a host name"},
    [PL_OPTION_PORT] = {pl_parse_port, FIELD(port), .min = 1, .max = 65535},
    [PL_OPTION_ENDPOINT_ID] = {pl_parse_string, FIELD(endpoint_id), .valid = pl_valid_endpoint_id,
                               .wanted = "a VPC endpoint id such as vpce-0abc123def4567890"},
    [PL_OPTION_REGION] = {pl_parse_string, FIELD(region), .valid = pl_valid_region,
                          .wanted = "an AWS region such as eu-central-1"},
    [PL_OPTION_PRESET] = {pl_parse_preset, FIELD(preset)},
    [PL_OPTION_ADDRESS] = {pl_parse_addresses, FIELD(addresses)},
    [PL_OPTION_CHECK] = {pl_parse_checks, FIELD(checks_named)},
    [PL_OPTION_RESOLVER] = {pl_parse_sockaddrs, FIELD(resolvers), .port = 53},
    [PL_OPTION_PRIVATE_RANGE] = {pl_parse_cidrs, FIELD(private_ranges)},
    [PL_OPTION_PROBE] = {pl_parse_word, FIELD(probe), .words = depth_words},
    [PL_OPTION_PATH] = {pl_parse_string, FIELD(path), .valid = pl_valid_path,
                        .wanted = "a path that begins with '/', in visible ASCII"},
    [PL_OPTION_EXPECT_STATUS] = {pl_parse_statuses, FIELD(expect_status)},
    [PL_OPTION_API_KEY_FILE] = {pl_parse_string, FIELD(api_key_file), .valid = pl_valid_file,
                                .wanted = "a file's name"},
    [PL_OPTION_API_KEY_SCHEME] = {pl_parse_string, FIELD(api_key_scheme), .valid = pl_valid_scheme,
                                  .wanted = "an authorization scheme such as Bearer, or 'none'"},
    [PL_OPTION_TLS_NAME] = {pl_parse_string, FIELD(tls_name), .valid = pl_host_valid,
                            .wanted = "a host name"},
    [PL_OPTION_CA_FILE] = {pl_parse_string, FIELD(ca_file), .valid = pl_valid_file,
                           .wanted = "a file's name"},
    [PL_OPTION_CERTIFICATE] = {pl_parse_certificate, FIELD(certificate_warning), .max = 3650},
    [PL_OPTION_MIN_UP] = {pl_parse_unsigned, FIELD(min_up), .min = 1, .max = PL_LIMIT_ADDRESSES},
    [PL_OPTION_EXPECT_PUBLIC] = {pl_parse_word, FIELD(expect_public), .words = expect_words},
    [PL_OPTION_PUBLIC_RESOLVER] = {pl_parse_sockaddrs, FIELD(public_resolvers), .port = 53},
    [PL_OPTION_PUBLIC_PROBE] = {pl_parse_word, FIELD(public_probe), .words = depth_words},
    [PL_OPTION_PUBLIC_ADDRESS] = {pl_parse_addresses, FIELD(public_addresses)},
    [PL_OPTION_BLOCKED_BY] = {pl_parse_signatures, FIELD(blocked_by)},
    [PL_OPTION_WITNESS] = {pl_parse_witnesses, FIELD(witnesses), .port = 443},
    [PL_OPTION_ON_UNPROVEN] = {pl_parse_word, FIELD(on_unproven), .words = severity_words},
    [PL_OPTION_SERVICE_NAME] = {pl_parse_string, FIELD(service_name),
                                .valid = pl_valid_service_name,
                                .wanted = "a service name such as "
                                          "com.amazonaws.vpce.REGION.vpce-svc-ID"},
    [PL_OPTION_PENDING_GRACE] = {pl_parse_seconds, FIELD(pending_grace), .max = 604800},
    [PL_OPTION_MIN_ZONES] = {pl_parse_unsigned, FIELD(min_zones), .max = PL_LIMIT_ZONES},
    [PL_OPTION_PRIVATE_DNS] = {pl_parse_word, FIELD(private_dns), .words = dns_words},
    [PL_OPTION_AWS_PROFILE] = {pl_parse_string, FIELD(aws_profile), .valid = pl_valid_profile,
                               .wanted = "a profile's name"},
    [PL_OPTION_AWS_ROLE_ARN] = {pl_parse_string, FIELD(aws_role_arn), .valid = pl_valid_role_arn,
                                .wanted = "a role such as arn:aws:iam::123456789012:role/NAME"},
    [PL_OPTION_AWS_EXTERNAL_ID] = {pl_parse_string, FIELD(aws_external_id),
                                   .valid = pl_valid_external_id,
                                   .wanted = "an external id: 2 to 1224 letters, digits, "
                                             "_+=,.@:/-"},
    [PL_OPTION_AWS_ENDPOINT_URL] = {pl_parse_string, FIELD(aws_endpoint_url), .valid = pl_valid_url,
                                    .wanted = "a URL such as https://ec2.eu-west-1.amazonaws.com"},
    [PL_OPTION_HOURLY_PRICE] = {pl_parse_number, FIELD(hourly_price), .max = 1000},
    [PL_OPTION_TIMEOUT] = {pl_parse_seconds, FIELD(timeout), .min = 0.1, .max = PL_LIMIT_TIMEOUT},
    [PL_OPTION_CONNECT_TIMEOUT] = {pl_parse_seconds, FIELD(connect_timeout), .min = 0.01,
                                   .max = PL_LIMIT_TIMEOUT},
    [PL_OPTION_RESPONSE_TIMEOUT] = {pl_parse_seconds, FIELD(response_timeout), .min = 0.01,
                                    .max = PL_LIMIT_TIMEOUT},
    [PL_OPTION_WARNING] = {pl_parse_thresholds, FIELD(warning)},
    [PL_OPTION_CRITICAL] = {pl_parse_thresholds, FIELD(critical)},
    [PL_OPTION_INTERVAL] = {pl_parse_seconds, FIELD(interval), .min = 0.1, .max = 86400},
    [PL_OPTION_RECOVERY] = {pl_parse_unsigned, FIELD(recovery), .min = 1, .max = 100},
    [PL_OPTION_STATE_INTERVAL] = {pl_parse_seconds, FIELD(state_interval), .min = 1, .max = 86400},
    [PL_OPTION_DETAIL_INTERVAL] = {pl_parse_seconds, FIELD(detail_interval), .min = 1,
                                   .max = 86400},
    [PL_OPTION_MAX_CONNECTIONS] = {pl_parse_unsigned, FIELD(max_connections), .min = 16,
                                   .max = 65536},
    [PL_OPTION_USE_IPV4] = {pl_parse_flag, FIELD(ipv4_only)},
    [PL_OPTION_USE_IPV6] = {pl_parse_flag, FIELD(ipv6_only)},
};

const char *pl_option_group_title(pl_option_group group) {
  static const char *const titles[PL_GROUP_COUNT] = {
      [PL_GROUP_ENDPOINT] = "Which endpoint",         [PL_GROUP_CHECKS] = "Which checks",
      [PL_GROUP_DNS] = "Private DNS (dns)",           [PL_GROUP_PORT] = "Private addresses (port)",
      [PL_GROUP_PUBLIC] = "Public endpoint (public)", [PL_GROUP_STATE] = "Endpoint state (state)",
      [PL_GROUP_GENERAL] = "Everything else",
  };
  return titles[group];
}

const pl_option *pl_option_at(pl_option_id id) { return &options[id]; }

/* Same letters in the same order, hyphens of the option's name left out, case aside. */
static bool collectd_name_equal(const char *key, const char *name) {
  for (; *name != '\0'; name++) {
    if (*name == '-')
      continue;
    if (strncasecmp(key, name, 1) != 0)
      return false;
    key++;
  }
  return *key == '\0';
}

const pl_option *pl_option_find(const char *key, unsigned front_ends) {
  for (size_t i = 0; i < PL_OPTION_COUNT; i++) {
    if ((options[i].front_ends & front_ends) != 0 &&
        (strcmp(options[i].name, key) == 0 ||
         ((front_ends & PL_FRONT_END_PLUGIN) != 0 && collectd_name_equal(key, options[i].name))))
      return &options[i];
  }
  return NULL;
}

const pl_option *pl_option_find_letter(char letter) {
  for (size_t i = 0; i < PL_OPTION_COUNT; i++) {
    if (letter != 0 && options[i].letter == letter)
      return &options[i];
  }
  return NULL;
}

void pl_option_add_collectd_name(pl_buf *buf, const pl_option *option) {
  bool upper = true;
  for (const char *c = option->name; *c != '\0'; c++) {
    if (*c != '-')
      pl_buf_add_char(buf, upper && *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
    upper = *c == '-';
  }
}

pl_status pl_spec_set(pl_spec *spec, pl_option_id id, pl_layer layer, const char *const *arguments,
                      size_t count, pl_error *error) {
  const rule *r = &rules[id];
  const char *name = options[id].name;
  if (r->parse == NULL)
    return pl_fail(error, PL_ERR_INVALID, "--%s: is not an option of an endpoint", name);
  /* A value of a lower layer is checked all the same, in a spec that is thrown away. */
  pl_spec scratch;
  bool kept = layer >= (pl_layer)spec->layer[id];
  if (!kept)
    pl_spec_init(&scratch);
  pl_input input = {
      .arguments = arguments,
      .count = count,
      .target = (char *)(kept ? spec : &scratch) + r->offset,
      .append = kept && options[id].repeatable && layer == (pl_layer)spec->layer[id],
      .min = r->min,
      .max = r->max,
      .port = r->port,
      .evidence = layer > PL_LAYER_PRESET ? PL_EVIDENCE_PROOF : PL_EVIDENCE_DEFAULT,
      .words = r->words,
      .valid = r->valid,
      .wanted = r->wanted,
  };
  pl_error problem;
  pl_status status = r->parse(&input, &problem);
  if (!kept)
    pl_spec_free(&scratch);
  if (status != PL_OK)
    return pl_fail(error, status, "--%s: %s", name, problem.text);
  if (kept)
    spec->layer[id] = (uint8_t)layer;
  return PL_OK;
}

bool pl_spec_given(const pl_spec *spec, pl_option_id id) {
  return spec->layer[id] > PL_LAYER_PRESET;
}
