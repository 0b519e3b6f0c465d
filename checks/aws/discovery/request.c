/* Collects what a user wants to be found. */
#include "aws/discovery/request.h"
#include "options/options.h"
#include <stdlib.h>
#include <string.h>

bool pl_text_list_add(pl_text_list *list, const char *text, size_t length) {
  char **items = realloc(list->items, (list->count + 1) * sizeof(*items));
  if (items == NULL)
    return false;
  list->items = items;
  items[list->count] = strndup(text, length);
  return items[list->count] != NULL && ++list->count > 0;
}

void pl_text_list_free(pl_text_list *list) {
  for (size_t i = 0; i < list->count; i++)
    free(list->items[i]);
  free(list->items);
  *list = (pl_text_list){0};
}

/* Whether the last item was there before. */
static bool is_repeated(const pl_text_list *list) {
  for (size_t i = 0; i + 1 < list->count; i++) {
    if (strcmp(list->items[i], list->items[list->count - 1]) == 0)
      return true;
  }
  return false;
}

pl_status pl_request_add(pl_request *request, pl_option_id id, const char *value, pl_error *error) {
  bool regions = id == PL_OPTION_REGION;
  pl_text_list *list = regions ? &request->regions : &request->roles;
  pl_spec scratch;
  pl_status status = PL_OK;
  pl_spec_init(&scratch);
  for (const char *rest = value; rest != NULL && status == PL_OK;) {
    const char *end = strstr(rest, regions ? "," : ",arn:");
    if (!pl_text_list_add(list, rest, end != NULL ? (size_t)(end - rest) : strlen(rest))) {
      status = pl_fail_memory(error);
      break;
    }
    const char *item = list->items[list->count - 1];
    status = pl_spec_set(&scratch, id, PL_LAYER_SECTION, &item, 1, error);
    if (is_repeated(list))
      free(list->items[--list->count]);
    rest = end != NULL ? end + 1 : NULL;
  }
  pl_spec_free(&scratch);
  return status;
}

pl_status pl_request_add_filter(pl_request *request, const char *value, pl_error *error) {
  pl_ec2_condition *larger =
      realloc(request->conditions, (request->condition_count + 1) * sizeof(*larger));
  if (larger == NULL)
    return pl_fail_memory(error);
  request->conditions = larger;
  pl_status status = pl_filter_parse(value, &larger[request->condition_count], error);
  request->condition_count += status == PL_OK;
  return status;
}

pl_status pl_request_finish(pl_request *request, const pl_spec *common, pl_error *error) {
  pl_text_list *const lists[] = {&request->roles, &request->regions};
  const char *const values[] = {common->aws_role_arn, common->region};
  size_t pairs = 1;
  for (size_t i = 0; i < PL_COUNT_OF(lists); i++) {
    if (lists[i]->count == 0 && values[i] != NULL &&
        !pl_text_list_add(lists[i], values[i], strlen(values[i])))
      return pl_fail_memory(error);
    pairs *= lists[i]->count > 0 ? lists[i]->count : 1;
  }
  if (pairs > PL_LIMIT_AWS_SCOPES)
    return pl_fail(error, PL_ERR_LIMIT, "a discovery has at most %d pairs of a role and a region",
                   PL_LIMIT_AWS_SCOPES);
  return PL_OK;
}

void pl_request_free(pl_request *request) {
  pl_text_list_free(&request->roles);
  pl_text_list_free(&request->regions);
  for (size_t i = 0; i < request->condition_count; i++)
    pl_filter_free(&request->conditions[i]);
  free(request->conditions);
  *request = (pl_request){0};
}
