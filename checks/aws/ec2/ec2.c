/* Fetches endpoints: finds the region, URL and credentials, lists, and builds the endpoints. */
#include "aws/ec2/ec2.h"
#include "aws/credentials/credentials.h"
#include "aws/credentials/settings.h"
#include "aws/ec2/assemble.h"
#include "aws/transport.h"
#include <stdlib.h>
#include <string.h>

#define API_VERSION "2016-11-15"

struct pl_ec2 {
  pl_ec2_config config;
  pl_aws_environment given;    /* the caller's, with the option */
  pl_aws_settings *settings;   /* NULL: not known yet */
  char region[64];             /* "": not known yet */
  char url[512];               /* "": not known yet */
  pl_credentials *credentials; /* NULL until region and URL are known */
  pl_ec2_api api;
  pl_ec2_details details;
  pl_ec2_ids gone; /* see confirm_missing */
};

/* ---- creation ------------------------------------------------------------------------------- */

pl_status pl_ec2_create(const pl_ec2_config *config, pl_ec2 **ret_ec2) {
  pl_ec2 *ec2 = calloc(1, sizeof(*ec2));
  if (ec2 == NULL)
    return PL_ERR_MEMORY;
  ec2->config = *config;
  ec2->given = *config->environment;
  ec2->given.readable_file = config->readable_file;
  ec2->details.interval = config->detail_interval;
  if (config->region != NULL)
    pl_text_set_printable(ec2->region, sizeof(ec2->region), config->region, strlen(config->region));
  *ret_ec2 = ec2;
  return PL_OK;
}

void pl_ec2_free(pl_ec2 *ec2) {
  if (ec2 == NULL)
    return;
  pl_aws_service_close(&ec2->api.service);
  pl_credentials_free(ec2->credentials);
  pl_aws_settings_free(ec2->settings);
  pl_ec2_details_free(&ec2->details);
  pl_ec2_ids_free(&ec2->gone);
  free(ec2);
}

void pl_ec2_renew_interfaces(pl_ec2 *ec2) { pl_ec2_details_renew_interfaces(&ec2->details); }

const char *pl_ec2_region(const pl_ec2 *ec2) { return ec2->region; }

/* ---- region, URL and credentials ------------------------------------------------------------ */

/* From the option or the settings; else the default host of the region. */
static pl_status choose_url(pl_ec2 *ec2, pl_error *error) {
  const pl_aws_environment *e = &ec2->settings->environment;
  const char *url =
      ec2->config.endpoint_url != NULL ? ec2->config.endpoint_url : e->endpoint_url_ec2;
  char host[PL_LIMIT_HOST + 8];
  if (url == NULL) {
    pl_status status = pl_aws_url("ec2", ec2->region, e, ec2->url, sizeof(ec2->url));
    if (status != PL_OK)
      status = pl_fail(error, status, "the region's name can't be used: %s", ec2->region);
    return status;
  }
  if (pl_aws_flag(e->fips) || pl_aws_flag(e->dual_stack))
    return pl_fail(error, PL_ERR_INVALID, PL_AWS_VARIANT_AND_URL);
  if (pl_url_host(url, false, host, sizeof(host)) != PL_OK || strlen(url) >= sizeof(ec2->url))
    return pl_fail(error, PL_ERR_INVALID,
                   "the EC2 endpoint URL is not https://HOST[:PORT] or http://HOST[:PORT]");
  pl_text_set_printable(ec2->url, sizeof(ec2->url), url, strlen(url));
  return PL_OK;
}

/* Finds settings, region, URL and credentials. If that fails, the next fetch does it again. The
 * context gets the settings. */
static pl_status prepare(pl_ec2 *ec2, pl_aws_context *context, pl_aws_end *ret_end,
                         pl_error *error) {
  pl_status status = PL_OK;
  *ret_end = PL_AWS_NO_CREDENTIALS;
  if (ec2->settings == NULL)
    status = pl_aws_settings_read(ec2->config.profile, &ec2->given, &ec2->settings, error);
  if (status != PL_OK)
    return status;
  context->environment = &ec2->settings->environment;
  if (ec2->credentials != NULL)
    return PL_OK;
  *ret_end = PL_AWS_LOCAL;
  if (ec2->region[0] == '\0')
    status = pl_aws_region_find(&ec2->settings->profile, context, ec2->region, sizeof(ec2->region),
                                error);
  if (status == PL_OK)
    status = choose_url(ec2, error);
  if (status != PL_OK) {
    pl_aws_settings_free(ec2->settings); /* the user may correct the file that is wrong */
    ec2->settings = NULL;
    if (ec2->config.region == NULL)
      ec2->region[0] = '\0'; /* it was of that file */
    context->environment = ec2->config.environment;
    return status;
  }
  pl_credentials_config config = {.profile = ec2->config.profile,
                                  .role_arn = ec2->config.role_arn,
                                  .external_id = ec2->config.external_id,
                                  .region = ec2->region};
  status = pl_credentials_create(&config, &ec2->credentials);
  if (status != PL_OK)
    return pl_fail(error, status, "out of memory");
  ec2->api.signer = pl_credentials_signer(ec2->credentials);
  ec2->api.service = (pl_aws_service){
      .name = "ec2", .version = API_VERSION, .region = ec2->region, .url = ec2->url};
  return PL_OK;
}

/* ---- the fetch ------------------------------------------------------------------------------ */

static bool says_gone(const pl_aws_result *result) {
  return strcmp(result->code, "InvalidVpcEndpointId.NotFound") == 0 ||
         strcmp(result->code, "InvalidVpcEndpoint.NotFound") == 0;
}

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
  return says_gone(result) ? PL_EC2_NOT_FOUND : outcomes[result->end];
}

/* The identity that was used, and the region that was asked. */
static void note_source(const pl_ec2 *ec2, const pl_aws_result *result, pl_endpoint *endpoint) {
  const char *source = result->end == PL_AWS_NO_CREDENTIALS || ec2->credentials == NULL
                           ? ""
                           : pl_credentials_source(ec2->credentials);
  pl_text_set_printable(endpoint->credentials, sizeof(endpoint->credentials), source,
                        strlen(source));
  memcpy(endpoint->region, ec2->region, sizeof(endpoint->region));
}

/* An endpoint that could not be read, with the reason. */
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

static bool is_wanted(void *user, const char *id) {
  const pl_ec2_ids *wanted = user;
  return PL_EC2_FIND(*wanted, id) != NULL;
}

/* A list is eventually consistent: an endpoint that it does not have may exist. So each missing one
 * is requested once by its id. `ec2->gone` has those that do not exist, until a list has them
 * again. `ret_doubt` is the result for the missing ones that are not in it. */
static pl_status confirm_missing(pl_ec2 *ec2, const pl_ec2_ids *wanted, pl_ec2_answer *listed,
                                 const pl_aws_context *context, pl_aws_result *ret_doubt) {
  pl_ec2_ids gone = {0}, known = {0};
  unsigned calls = 0;
  bool failed = false;
  pl_status status = PL_OK;
  for (size_t i = 0; i < listed->endpoints.count && status == PL_OK; i++)
    status = pl_ec2_ids_append(&known, &listed->endpoints.items[i].id, 1);
  pl_ec2_ids_sort(&known);
  for (size_t i = 0; i < wanted->count && status == PL_OK; i++) {
    const pl_ec2_id *id = &wanted->items[i];
    if (PL_EC2_FIND(known, id->text) != NULL)
      continue;
    pl_aws_result result = {.end = PL_AWS_OK};
    bool confirmed = PL_EC2_FIND(ec2->gone, id->text) != NULL;
    if (!confirmed && !failed && calls++ < PL_LIMIT_AWS_CONFIRM) {
      pl_ec2_list_one(&ec2->api, id->text, listed, context, &result);
      confirmed = says_gone(&result);
      failed = !confirmed && result.end != PL_AWS_OK;
    }
    if (failed)
      *ret_doubt = result.end == PL_AWS_OK ? *ret_doubt : result;
    if (confirmed)
      status = pl_ec2_ids_append(&gone, id, 1);
  }
  pl_ec2_ids_sort(&gone);
  pl_ec2_ids_free(&known);
  pl_ec2_ids_free(&ec2->gone);
  ec2->gone = gone;
  return status;
}

static pl_aws_context context_of(const pl_ec2 *ec2, pl_nsec deadline, const atomic_bool *cancel) {
  return (pl_aws_context){.clock = ec2->config.clock,
                          .deadline = deadline,
                          .cancel = cancel,
                          .environment = ec2->config.environment};
}

/* Until the answer has `enough` endpoints (0: all that the filter finds). */
static pl_aws_result list_endpoints(pl_ec2 *ec2, const pl_ec2_filter *filter, size_t enough,
                                    pl_ec2_answer *answer, pl_aws_context *context) {
  pl_error error = {""};
  pl_aws_result result = {.end = PL_AWS_LOCAL};
  if (prepare(ec2, context, &result.end, &error) == PL_OK)
    pl_ec2_list(&ec2->api, PL_EC2_DESCRIBE_VPC_ENDPOINTS, filter, enough, answer, context, &result);
  else
    pl_text_set_printable(result.message, sizeof(result.message), error.text, strlen(error.text));
  return result;
}

/* The list of a fetch. */
typedef struct fetched {
  pl_ec2_answer listed;
  pl_aws_result result;
  pl_aws_result doubt; /* of confirm_missing */
  pl_nsec when;
} fetched;

/* Fills all entries, or none. */
static pl_status make_endpoints(const pl_ec2 *ec2, const char *const *ids, size_t count,
                                const fetched *f, pl_endpoint **ret_endpoints) {
  pl_endpoint **endpoints = calloc(count == 0 ? 1 : count, sizeof(pl_endpoint *));
  if (endpoints == NULL)
    return PL_ERR_MEMORY;
  pl_status status = PL_OK;
  size_t made = 0;
  for (; made < count && status == PL_OK; made++) {
    const pl_ec2_listed *item = PL_EC2_FIND(f->listed.endpoints, ids[made]);
    bool doubtful = f->result.end == PL_AWS_OK && PL_EC2_FIND(ec2->gone, ids[made]) == NULL;
    status = item != NULL
                 ? pl_ec2_assemble(&ec2->details, item, ec2->region, f->when, &endpoints[made])
                 : make_unknown(ids[made], doubtful ? &f->doubt : &f->result, &endpoints[made]);
    if (status != PL_OK)
      break;
    note_source(ec2, &f->result, endpoints[made]);
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
  pl_aws_context context = context_of(ec2, deadline, cancel);
  pl_ec2_ids wanted = {0};
  fetched f = {.listed = {.want = is_wanted, .user = &wanted},
               .doubt = {.end = PL_AWS_UNREACHABLE,
                         .message = "the list does not have it, and this is not confirmed yet"}};
  pl_status status = PL_OK;
  for (size_t i = 0; i < count && status == PL_OK; i++)
    status = pl_ec2_ids_add(&wanted, ids[i]);
  if (status != PL_OK)
    goto out;
  pl_ec2_ids_sort(&wanted);
  pl_ec2_filter filter = {.name = "vpc-endpoint-id", .ids = &wanted};
  f.result = list_endpoints(ec2, &filter, wanted.count, &f.listed, &context);
  if (f.result.end == PL_AWS_OK)
    status = confirm_missing(ec2, &wanted, &f.listed, &context, &f.doubt);
  f.when = pl_clock_now(&ec2->config.clock);
  pl_ec2_answer_sort(&f.listed);
  /* An incomplete list is of use for the endpoints that it has. */
  if (f.listed.endpoints.count > 0 && status == PL_OK)
    status = pl_ec2_details_refresh(&ec2->details, &ec2->api, &f.listed, &context);
  if (status == PL_OK)
    status = make_endpoints(ec2, ids, count, &f, ret_endpoints);
out:
  pl_ec2_answer_free(&f.listed);
  pl_ec2_ids_free(&wanted);
  return status;
}

pl_status pl_ec2_find_all(pl_ec2 *ec2, const pl_ec2_condition *conditions, size_t count,
                          pl_nsec deadline, const atomic_bool *cancel, pl_ec2_answer *ret_answer,
                          pl_endpoint **ret_problem) {
  pl_aws_context context = context_of(ec2, deadline, cancel);
  pl_ec2_filter filter = {.conditions = conditions, .condition_count = count};
  pl_ec2_answer answer = {.want_tags = true};
  pl_endpoint *problem = NULL;
  pl_status status = PL_OK;
  pl_aws_result result = list_endpoints(ec2, &filter, 0, &answer, &context);
  if (result.end == PL_AWS_OK && answer.truncated)
    result = (pl_aws_result){.end = PL_AWS_UNREACHABLE,
                             .message = "the list has more endpoints than this program reads"};
  if (result.end != PL_AWS_OK) {
    pl_ec2_answer_free(&answer);
    status = make_unknown("", &result, &problem);
  }
  if (status != PL_OK)
    return status;
  if (problem != NULL)
    note_source(ec2, &result, problem);
  pl_ec2_answer_sort(&answer);
  *ret_answer = answer;
  *ret_problem = problem;
  return PL_OK;
}
