/* Reads the filters of a discovery. */
#include "aws/discovery/filter.h"
#include "options/parse.h"
#include <stdlib.h>
#include <string.h>

#define CLI_NAME "Name="
#define CLI_VALUES ",Values="

/* EC2 API reference, DescribeVpcEndpoints, "Filter.N". */
static bool is_known(const char *name) {
  static const char *const names[] = {"ip-address-type",   "service-name",    "service-region",
                                      "tag-key",           "vpc-endpoint-id", "vpc-endpoint-state",
                                      "vpc-endpoint-type", "vpc-id"};
  for (size_t i = 0; i < PL_COUNT_OF(names); i++) {
    if (strcmp(name, names[i]) == 0)
      return true;
  }
  return strncmp(name, "tag:", 4) == 0 && name[4] != '\0';
}

static pl_status add_values(pl_ec2_condition *condition, const char *text) {
  for (const char *rest = text; rest != NULL;) {
    size_t length = strcspn(rest, ",");
    char **values = realloc(condition->values, (condition->count + 1) * sizeof(*values));
    if (values == NULL)
      return PL_ERR_MEMORY;
    condition->values = values;
    values[condition->count] = strndup(rest, length);
    if (values[condition->count] == NULL)
      return PL_ERR_MEMORY;
    condition->count++;
    rest = rest[length] == ',' ? rest + length + 1 : NULL;
  }
  return PL_OK;
}

pl_status pl_filter_parse(const char *text, pl_ec2_condition *ret_condition, pl_error *error) {
  pl_ec2_condition condition = {0};
  const char *name = text, *values = strchr(text, '=');
  size_t length = values != NULL ? (size_t)(values - text) : 0, separator = 1;
  const char *cli = strstr(text, CLI_VALUES);
  if (strncmp(text, CLI_NAME, strlen(CLI_NAME)) == 0 && cli != NULL) {
    name = text + strlen(CLI_NAME);
    values = cli;
    length = (size_t)(cli - name);
    separator = strlen(CLI_VALUES);
  }
  if (values == NULL || length == 0)
    return pl_value_fail(error, text, " is not NAME=VALUE,... such as tag:team=data");
  condition.name = strndup(name, length);
  pl_status status = condition.name != NULL ? PL_OK : PL_ERR_MEMORY;
  if (status == PL_OK && !is_known(condition.name))
    status = pl_value_fail(error, condition.name,
                           " is not a filter of DescribeVpcEndpoints, such as tag:KEY, tag-key, "
                           "service-name, vpc-endpoint-type or vpc-id");
  if (status == PL_OK)
    status = add_values(&condition, values + separator);
  if (status == PL_OK && condition.count > PL_LIMIT_AWS_FILTER)
    status = pl_fail(error, PL_ERR_LIMIT, "takes at most %d values", PL_LIMIT_AWS_FILTER);
  if (status == PL_ERR_MEMORY)
    pl_error_set(error, "out of memory");
  if (status == PL_OK)
    *ret_condition = condition;
  else
    pl_filter_free(&condition);
  return status;
}

void pl_filter_free(pl_ec2_condition *condition) {
  for (size_t i = 0; i < condition->count; i++)
    free(condition->values[i]);
  free(condition->values);
  free(condition->name);
  *condition = (pl_ec2_condition){0};
}
