/* The data of one configured endpoint: its defaults, and what it owns. */
#include "options/spec.h"
#include "base/file.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

const pl_list_kind pl_list_of_addresses = {.size = sizeof(pl_sockaddr)};
const pl_list_kind pl_list_of_sockaddrs = {.size = sizeof(pl_sockaddr)};
const pl_list_kind pl_list_of_cidrs = {.size = sizeof(pl_cidr)};
const pl_list_kind pl_list_of_statuses = {.size = sizeof(pl_status_range)};
const pl_list_kind pl_list_of_thresholds = {.size = sizeof(pl_threshold)};
const pl_list_kind pl_list_of_signatures = {
    .size = sizeof(pl_signature), .owns = true, .string = offsetof(pl_signature, regex)};
const pl_list_kind pl_list_of_witnesses = {
    .size = sizeof(pl_witness_spec), .owns = true, .string = offsetof(pl_witness_spec, host)};

/* ---- defaults and memory -------------------------------------------------------------------- */

void pl_spec_init(pl_spec *spec) {
  *spec = (pl_spec){
      .port = 443,
      .probe = PL_DEPTH_HTTP,
      .certificate_warning = 14,
      .certificate_critical = 7,
      .min_up = 1,
      .expect_public = PL_EXPECT_BLOCKED,
      .public_probe = PL_DEPTH_HTTP,
      .on_unproven = PL_SEVERITY_UNKNOWN,
      .baseline_age = 400,
      .pending_grace = 900 * PL_SEC,
      .min_zones = 2,
      .private_dns = PL_EXPECT_DNS_ANY,
      .hourly_price = -1,
      .evidence_interval = 3600 * PL_SEC,
      .evidence_days = 400,
      .timeout = 10 * PL_SEC,
      .connect_timeout = 3 * PL_SEC,
      .response_timeout = 3 * PL_SEC,
      .recovery = 2,
      .confirm = 1,
      .report = PL_REPORT_ALL,
      .report_addresses = true,
      .chain_memory = true,
      .state_interval = 60 * PL_SEC,
      .detail_interval = 300 * PL_SEC,
  };
}

/* Every string and list that a spec owns, except the keys. */
static const size_t strings[] = {
#define PL_STRING(field, valid, wanted) offsetof(pl_spec, field),
#include "options/options.def"
};

static const struct {
  size_t list;
  const pl_list_kind *kind;
} lists[] = {
#define PL_LIST(field, kind, port) {offsetof(pl_spec, field), &pl_list_of_##kind},
#include "options/options.def"
};

static char **string_at(pl_spec *spec, size_t i) {
  return (char **)(void *)((char *)spec + strings[i]);
}

static pl_list *list_at(pl_spec *spec, size_t i) {
  return (pl_list *)(void *)((char *)spec + lists[i].list);
}

/* The strings come first, then the lists. */
static uint64_t bit_of_string(size_t i) { return UINT64_C(1) << i; }
static uint64_t bit_of_list(size_t i) { return bit_of_string(PL_COUNT_OF(strings) + i); }
_Static_assert(PL_COUNT_OF(strings) + PL_COUNT_OF(lists) <= 64, "the bits of `shared`");

void pl_spec_free(pl_spec *spec) {
  for (size_t i = 0; i < PL_COUNT_OF(strings); i++) {
    if ((spec->shared & bit_of_string(i)) == 0)
      free(*string_at(spec, i));
  }
  for (size_t i = 0; i < PL_COUNT_OF(lists); i++) {
    if ((spec->shared & bit_of_list(i)) == 0)
      pl_list_free(lists[i].kind, list_at(spec, i));
  }
  pl_secret_free(spec->api_key);
  pl_secret_free(spec->public_key);
  pl_secret_free(spec->client_key);
  free(spec->client_cert);
  pl_spec_init(spec);
}

pl_status pl_spec_copy(const pl_spec *spec, pl_spec *ret_spec) {
  pl_spec copy = *spec;
  /* Read again by pl_spec_read_files. */
  copy.api_key = copy.public_key = copy.client_key = copy.client_cert = NULL;
  copy.shared = 0;
  pl_status status = PL_OK;
  for (size_t i = 0; i < PL_COUNT_OF(strings); i++) {
    char **string = string_at(&copy, i);
    const char *original = status == PL_OK ? *string : NULL;
    *string = original != NULL ? strdup(original) : NULL;
    if (original != NULL && *string == NULL)
      status = PL_ERR_MEMORY;
  }
  for (size_t i = 0; i < PL_COUNT_OF(lists); i++) {
    if (status == PL_OK)
      status = pl_list_unshare(lists[i].kind, list_at(&copy, i));
    else
      *list_at(&copy, i) = (pl_list){0};
  }
  if (status != PL_OK) {
    pl_spec_free(&copy);
    return status;
  }
  *ret_spec = copy;
  return PL_OK;
}

void pl_spec_share(pl_spec *spec, pl_pool *pool) {
  for (size_t i = 0; i < PL_COUNT_OF(strings); i++) {
    char **string = string_at(spec, i), *kept;
    if (*string == NULL || (spec->shared & bit_of_string(i)) != 0 ||
        (kept = pl_pool_keep_text(pool, *string)) == NULL)
      continue;
    free(*string);
    *string = kept;
    spec->shared |= bit_of_string(i);
  }
  for (size_t i = 0; i < PL_COUNT_OF(lists); i++) {
    if ((spec->shared & bit_of_list(i)) == 0 &&
        pl_list_share(lists[i].kind, list_at(spec, i), pool) == PL_OK)
      spec->shared |= bit_of_list(i);
  }
}

/* ---- questions ------------------------------------------------------------------------------ */

bool pl_spec_is_private(const pl_spec *spec, const pl_addr *address) {
  for (size_t i = 0; i < spec->private_ranges.count; i++) {
    if (pl_cidr_contains(&spec->private_ranges.items[i], address))
      return true;
  }
  return false;
}

bool pl_spec_accepts_status(const pl_spec *spec, unsigned status) {
  if (spec->expect_status.count == 0) /* 407 and 421 come from another host than the service */
    return status < 500 && status != 407 && status != 421;
  for (size_t i = 0; i < spec->expect_status.count; i++) {
    const pl_status_range *range = &spec->expect_status.items[i];
    if (status >= range->first && status <= range->last)
      return true;
  }
  return false;
}

bool pl_spec_runs(const pl_spec *spec, pl_check check) {
  return (spec->checks & PL_CHECK_BIT(check)) != 0;
}

bool pl_spec_asks_further(const pl_spec *spec) {
  return pl_spec_runs(spec, PL_CHECK_DNS) && spec->further_names == PL_FURTHER_ASK;
}
