/* Any regular expression that the options accept, on any body: the first line of the input is the
 * expression, the rest is the body. */
#include "options/options.h"
#include "probe/wire/signature.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void match(const pl_signatures *signatures, const char *body, size_t length) {
  pl_matcher *matcher;
  if (pl_matcher_create(signatures, &matcher) != PL_OK)
    return;
  const int first = pl_matcher_match(matcher, 403, body, length);
  if (first != pl_matcher_match(matcher, 403, body, length) || first >= (int)signatures->count ||
      pl_matcher_match(matcher, 404, body, length) != -1)
    abort();
  pl_matcher_free(matcher);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char text[PL_LIMIT_REGEX + 32];
  const uint8_t *end = memchr(data, '\n', size);
  if (end == NULL || (size_t)(end - data) > PL_LIMIT_REGEX)
    return 0;
  snprintf(text, sizeof(text), "http:403:%.*s", (int)(end - data), (const char *)data);
  const char *argument = text;
  pl_spec spec;
  pl_spec_init(&spec);
  if (pl_spec_set(&spec, PL_OPTION_BLOCKED_BY, PL_LAYER_SECTION, &argument, 1, NULL) == PL_OK)
    match(&spec.blocked_by, (const char *)end + 1, (size_t)(data + size - end - 1));
  pl_spec_free(&spec);
  return 0;
}
