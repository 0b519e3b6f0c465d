/* Requests the pages of EC2 lists, and VPC attributes. */
#include "aws/ec2/list.h"
#include <stdlib.h>
#include <string.h>

typedef struct page {
  pl_ec2_action action;
  pl_ec2_answer *answer;
  pl_ec2_reader *reader;
} page;

static pl_xml *start_page(void *user) {
  page *p = user;
  if (pl_ec2_reader_create(p->action, p->answer, &p->reader) != PL_OK)
    return NULL;
  return pl_ec2_reader_xml(p->reader);
}

static void stop_page(void *user, bool good) {
  page *p = user;
  if (!good)
    pl_ec2_reader_undo(p->reader);
  pl_ec2_reader_free(p->reader);
  p->reader = NULL;
}

static void set_problem(pl_aws_result *result, pl_aws_end end, const char *text) {
  *result = (pl_aws_result){.end = end};
  pl_text_set_printable(result->message, sizeof(result->message), text, strlen(text));
}

/* Frees the body. */
static void call(pl_ec2_api *api, pl_ec2_action action, pl_buf *body, pl_ec2_answer *answer,
                 const pl_aws_context *context, pl_aws_result *ret_result) {
  page p = {.action = action, .answer = answer};
  pl_aws_reading reading = {.start = start_page, .stop = stop_page, .user = &p};
  if (pl_buf_status(body) != PL_OK) {
    set_problem(ret_result, PL_AWS_LOCAL, "out of memory");
  } else {
    pl_aws_call(&api->service, &api->signer, pl_buf_text(body), &reading, context, ret_result);
  }
  pl_buf_free(body);
}

static void start_body(pl_buf *body, pl_ec2_action action) {
  pl_buf_init(body, PL_LIMIT_AWS_FORM);
  pl_aws_form_add(body, "Action", pl_ec2_action_name(action));
}

static void add_one(pl_buf *body, const char *name, size_t index, const char *value) {
  char text[64];
  pl_text_setf(text, sizeof(text), "%s.%zu", name, index + 1);
  pl_aws_form_add(body, text, value);
}

static void add_numbered(pl_buf *body, const char *name, const pl_ec2_ids *values) {
  for (size_t i = 0; i < values->count; i++)
    add_one(body, name, i, values->items[i].text);
}

static void add_conditions(pl_buf *body, const pl_ec2_condition *conditions, size_t count) {
  for (size_t i = 0; i < count; i++) {
    char text[64];
    pl_buf name;
    pl_buf_fixed(&name, text, sizeof(text));
    pl_buf_addf(&name, "Filter.%zu.Name", i + 1);
    pl_aws_form_add(body, text, conditions[i].name);
    pl_buf_clear(&name);
    pl_buf_addf(&name, "Filter.%zu.Value", i + 1);
    for (size_t k = 0; k < conditions[i].count; k++)
      add_one(body, text, k, conditions[i].values[k]);
  }
}

static void add_filter(pl_buf *body, const pl_ec2_filter *f) {
  if (f == NULL)
    return;
  if (f->regions != NULL)
    add_numbered(body, "ServiceRegion", f->regions);
  add_conditions(body, f->conditions, f->condition_count);
  if (f->ids == NULL)
    return;
  if (f->ids->count > PL_LIMIT_AWS_FILTER) {
    if (f->wide_name != NULL) {
      pl_aws_form_add(body, "Filter.1.Name", f->wide_name);
      for (size_t i = 0; f->wide_values[i] != NULL; i++)
        add_one(body, "Filter.1.Value", i, f->wide_values[i]);
    }
    return;
  }
  pl_aws_form_add(body, "Filter.1.Name", f->name);
  add_numbered(body, "Filter.1.Value", f->ids);
}

void pl_ec2_list(pl_ec2_api *api, pl_ec2_action action, const pl_ec2_filter *f, size_t enough,
                 pl_ec2_answer *answer, const pl_aws_context *context, pl_aws_result *ret_result) {
  char *tokens[PL_LIMIT_AWS_PAGES] = {0};
  size_t pages = 0;
  for (;;) {
    pl_buf body;
    start_body(&body, action);
    pl_aws_form_add(&body, "MaxResults", "1000");
    add_filter(&body, f);
    if (answer->next_token != NULL)
      pl_aws_form_add(&body, "NextToken", answer->next_token);
    call(api, action, &body, answer, context, ret_result);
    if (ret_result->end != PL_AWS_OK || answer->next_token == NULL ||
        (enough > 0 && answer->endpoints.count >= enough))
      break;
    bool repeated = false;
    for (size_t i = 0; i < pages && !repeated; i++)
      repeated = strcmp(tokens[i], answer->next_token) == 0;
    if (repeated || pages == PL_LIMIT_AWS_PAGES) {
      set_problem(ret_result, PL_AWS_UNREACHABLE,
                  repeated ? "the API sends the same page again and again"
                           : "the list has more pages than this program reads");
      break;
    }
    tokens[pages] = strdup(answer->next_token);
    if (tokens[pages] == NULL) {
      set_problem(ret_result, PL_AWS_UNREACHABLE, "out of memory");
      break;
    }
    pages++;
  }
  while (pages > 0)
    free(tokens[--pages]);
}

void pl_ec2_list_one(pl_ec2_api *api, const char *id, pl_ec2_answer *answer,
                     const pl_aws_context *context, pl_aws_result *ret_result) {
  pl_buf body;
  start_body(&body, PL_EC2_DESCRIBE_VPC_ENDPOINTS);
  pl_aws_form_add(&body, "VpcEndpointId.1", id);
  call(api, PL_EC2_DESCRIBE_VPC_ENDPOINTS, &body, answer, context, ret_result);
}

void pl_ec2_list_attribute(pl_ec2_api *api, const char *vpc, const char *attribute,
                           pl_ec2_answer *answer, const pl_aws_context *context,
                           pl_aws_result *ret_result) {
  pl_buf body;
  start_body(&body, PL_EC2_DESCRIBE_VPC_ATTRIBUTE);
  pl_aws_form_add(&body, "VpcId", vpc);
  pl_aws_form_add(&body, "Attribute", attribute);
  call(api, PL_EC2_DESCRIBE_VPC_ATTRIBUTE, &body, answer, context, ret_result);
}
