#include "aws/credentials/profile.h"
#include "aws/ec2/internal.h"
#include "aws/transport.h"
#include <stdlib.h>
#include <string.h>

#define API_VERSION "2016-11-15"

/* ---- creation ------------------------------------------------------------------------------- */

static bool copy_text(const char *text, char **ret_copy) {
  *ret_copy = text == NULL ? NULL : strdup(text);
  return text == NULL || *ret_copy != NULL;
}

pl_status pl_ec2_create(const pl_ec2_config *config, pl_ec2 **ret_ec2) {
  pl_ec2 *ec2 = calloc(1, sizeof(*ec2));
  if (ec2 == NULL)
    return PL_ERR_MEMORY;
  ec2->clock = config->clock;
  ec2->detail_interval = config->detail_interval;
  ec2->environment = config->environment;
  if (config->region != NULL)
    pl_text_set_foreign(ec2->region, sizeof(ec2->region), config->region, strlen(config->region));
  if (!copy_text(config->profile, &ec2->profile) || !copy_text(config->role_arn, &ec2->role_arn) ||
      !copy_text(config->external_id, &ec2->external_id) ||
      !copy_text(config->endpoint_url, &ec2->endpoint_url)) {
    pl_ec2_free(ec2);
    return PL_ERR_MEMORY;
  }
  *ret_ec2 = ec2;
  return PL_OK;
}

void pl_ec2_free(pl_ec2 *ec2) {
  if (ec2 == NULL)
    return;
  pl_aws_service_close(&ec2->service);
  pl_credentials_free(ec2->credentials);
  for (pl_part part = 0; part < PL_PART_COUNT; part++)
    pl_ec2_answer_free(&ec2->parts[part].answer);
  free(ec2->vpcs);
  free(ec2->profile);
  free(ec2->role_arn);
  free(ec2->external_id);
  free(ec2->endpoint_url);
  free(ec2);
}

unsigned pl_ec2_call_count(const pl_ec2 *ec2) { return ec2->calls; }

/* ---- where and as whom ---------------------------------------------------------------------- */

/* By option, environment or profile, in this order; the region's own host else. A profile that
 * can't be read says so when its credentials are wanted. */
static pl_status choose_url(pl_ec2 *ec2, pl_error *error) {
  const pl_aws_environment *e = ec2->environment;
  const char *profile_name = ec2->profile != NULL ? ec2->profile : e->profile;
  pl_aws_profile profile = {0};
  pl_error ignored;
  if (pl_aws_profile_read(profile_name == NULL ? "default" : profile_name, e, &profile, &ignored) !=
      PL_OK)
    profile = (pl_aws_profile){0};
  pl_status status = PL_OK;
  const char *const given[] = {ec2->endpoint_url, e->endpoint_url_ec2, e->endpoint_url,
                               profile.config.endpoint_url};
  const char *url = NULL;
  for (size_t i = 0; i < PL_COUNT_OF(given) && url == NULL; i++)
    url = given[i];
  char host[PL_LIMIT_HOST + 8];
  if (url == NULL) {
    status = pl_aws_url("ec2", ec2->region, e, ec2->url, sizeof(ec2->url));
    if (status != PL_OK)
      status = pl_fail(error, status, "the region's name can't be used: %s", ec2->region);
  } else if (pl_url_host(url, false, host, sizeof(host)) != PL_OK ||
             strlen(url) >= sizeof(ec2->url)) {
    status = pl_fail(error, PL_ERR_INVALID,
                     "the EC2 endpoint URL is not https://HOST[:PORT] or http://HOST[:PORT]");
  } else {
    pl_text_set_foreign(ec2->url, sizeof(ec2->url), url, strlen(url));
  }
  pl_aws_profile_free(&profile);
  return status;
}

/* Region, URL and credentials, once: what fails is tried again at the next fetch. */
static pl_status prepare(pl_ec2 *ec2, const pl_aws_context *context, pl_error *error) {
  if (ec2->credentials != NULL)
    return PL_OK;
  pl_status status = PL_OK;
  if (ec2->region[0] == '\0')
    status = pl_aws_region_find(ec2->profile, context, ec2->region, sizeof(ec2->region), error);
  if (status == PL_OK)
    status = choose_url(ec2, error);
  if (status != PL_OK)
    return status;
  pl_credentials_config config = {.profile = ec2->profile,
                                  .role_arn = ec2->role_arn,
                                  .external_id = ec2->external_id,
                                  .region = ec2->region};
  status = pl_credentials_create(&config, &ec2->credentials);
  if (status != PL_OK)
    return pl_fail(error, status, "no memory");
  ec2->service = (pl_aws_service){
      .name = "ec2", .version = API_VERSION, .region = ec2->region, .url = ec2->url};
  return PL_OK;
}

/* ---- the fetch ------------------------------------------------------------------------------ */

static pl_ec2_outcome outcome_of(const pl_aws_result *result) {
  static const pl_ec2_outcome outcomes[] = {
      [PL_AWS_OK] = PL_EC2_NOT_FOUND,
      [PL_AWS_UNREACHABLE] = PL_EC2_UNREACHABLE,
      [PL_AWS_CUT] = PL_EC2_CUT,
      [PL_AWS_THROTTLED] = PL_EC2_THROTTLED,
      [PL_AWS_DENIED] = PL_EC2_DENIED,
      [PL_AWS_NO_CREDENTIALS] = PL_EC2_NO_CREDENTIALS,
      [PL_AWS_BAD_CREDENTIALS] = PL_EC2_BAD_CREDENTIALS,
      [PL_AWS_REFUSED] = PL_EC2_REFUSED,
      [PL_AWS_LOCAL] = PL_EC2_UNUSABLE,
  };
  bool gone = strcmp(result->code, "InvalidVpcEndpointId.NotFound") == 0 ||
              strcmp(result->code, "InvalidVpcEndpoint.NotFound") == 0;
  return gone ? PL_EC2_NOT_FOUND : outcomes[result->end];
}

/* An endpoint of which nothing is known but why. */
static pl_status make_unknown(const char *id, const pl_aws_result *result,
                              pl_endpoint **ret_endpoint) {
  pl_endpoint *endpoint;
  pl_status status = pl_endpoint_create(id, &endpoint);
  if (status != PL_OK)
    return status;
  endpoint->outcome = outcome_of(result);
  memcpy(endpoint->code, result->code, sizeof(endpoint->code));
  memcpy(endpoint->message, result->message, sizeof(endpoint->message));
  if (endpoint->outcome == PL_EC2_DENIED) {
    static const char action[] = "ec2:DescribeVpcEndpoints";
    memcpy(endpoint->denied, action, sizeof(action));
  }
  *ret_endpoint = endpoint;
  return PL_OK;
}

typedef struct wanted {
  const char **ids; /* sorted, each once */
  size_t count;
} wanted;

static int compare_pointers(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int find_pointer(const void *key, const void *item) {
  return strcmp(key, *(const char *const *)item);
}

static bool is_wanted(void *user, const char *id) {
  const wanted *w = user;
  return w->count > 0 && bsearch(id, w->ids, w->count, sizeof(*w->ids), find_pointer) != NULL;
}

static pl_status collect_wanted(const char *const *ids, size_t count, wanted *w) {
  *w = (wanted){.ids = calloc(count == 0 ? 1 : count, sizeof(*w->ids))};
  if (w->ids == NULL)
    return PL_ERR_MEMORY;
  for (size_t i = 0; i < count; i++)
    w->ids[i] = ids[i];
  if (count > 1)
    qsort(w->ids, count, sizeof(*w->ids), compare_pointers);
  for (size_t i = 0; i < count; i++) {
    if (w->count == 0 || strcmp(w->ids[w->count - 1], w->ids[i]) != 0)
      w->ids[w->count++] = w->ids[i];
  }
  return PL_OK;
}

/* Fills every entry, or none. */
static pl_status make_endpoints(const pl_ec2 *ec2, const char *const *ids, size_t count,
                                const pl_ec2_answer *listed, const pl_aws_result *result,
                                pl_nsec now, pl_endpoint **ret_endpoints) {
  pl_endpoint **endpoints = calloc(count == 0 ? 1 : count, sizeof(pl_endpoint *));
  if (endpoints == NULL)
    return PL_ERR_MEMORY;
  pl_status status = PL_OK;
  const char *source = result->end == PL_AWS_NO_CREDENTIALS || ec2->credentials == NULL
                           ? ""
                           : pl_credentials_source(ec2->credentials);
  size_t made = 0;
  for (; made < count && status == PL_OK; made++) {
    const pl_ec2_listed *item = pl_ec2_find_listed(listed, ids[made]);
    status = item != NULL ? pl_ec2_assemble(ec2, item, now, &endpoints[made])
                          : make_unknown(ids[made], result, &endpoints[made]);
    if (status == PL_OK)
      pl_text_set_foreign(endpoints[made]->credentials, sizeof(endpoints[made]->credentials),
                          source, strlen(source));
  }
  for (size_t i = 0; i < count; i++) {
    if (status == PL_OK)
      ret_endpoints[i] = endpoints[i];
    else
      pl_endpoint_unref(endpoints[i]);
  }
  free(endpoints);
  return status;
}

pl_status pl_ec2_fetch(pl_ec2 *ec2, const char *const *ids, size_t count, pl_nsec deadline,
                       const atomic_bool *cancel, pl_endpoint **ret_endpoints) {
  pl_aws_context context = {
      .clock = ec2->clock, .deadline = deadline, .cancel = cancel, .environment = ec2->environment};
  wanted w;
  pl_error error = {""};
  pl_aws_result result = {.end = PL_AWS_LOCAL};
  pl_status status = collect_wanted(ids, count, &w);
  if (status != PL_OK)
    return status;
  pl_ec2_answer listed = {.want = is_wanted, .user = &w};
  if (prepare(ec2, &context, &error) == PL_OK)
    pl_ec2_list(ec2, PL_EC2_DESCRIBE_VPC_ENDPOINTS, NULL, w.count, &listed, &context, &result);
  else
    pl_text_set_foreign(result.message, sizeof(result.message), error.text, strlen(error.text));
  pl_nsec now = ec2->clock.monotonic(ec2->clock.user);
  pl_ec2_answer_sort(&listed);
  /* A list that broke off is still good for what it held. */
  if (listed.endpoint_count > 0)
    status = pl_ec2_refresh(ec2, &listed, &context);
  if (status == PL_OK)
    status = make_endpoints(ec2, ids, count, &listed, &result, now, ret_endpoints);
  pl_ec2_answer_free(&listed);
  free(w.ids);
  return status;
}
