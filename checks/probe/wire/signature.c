/* Matches an answer against the http: block signatures. */
#include "probe/wire/signature.h"
#include <regex.h>
#include <stdlib.h>
#include <string.h>

/* The regular expression of one signature. */
typedef struct expression {
  bool compiled;
  regex_t regex;
} expression;

struct pl_matcher {
  const pl_signatures *signatures;
  char body[PL_LIMIT_HTTP_BODY + 1];
  expression expressions[]; /* as many as signatures */
};

pl_status pl_matcher_create(const pl_signatures *signatures, pl_matcher **ret_matcher) {
  pl_matcher *matcher =
      calloc(1, sizeof(*matcher) + signatures->count * sizeof(*matcher->expressions));
  if (matcher == NULL)
    return PL_ERR_MEMORY;
  matcher->signatures = signatures;
  *ret_matcher = matcher;
  return PL_OK;
}

void pl_matcher_free(pl_matcher *matcher) {
  if (matcher == NULL)
    return;
  for (size_t i = 0; i < matcher->signatures->count; i++) {
    if (matcher->expressions[i].compiled)
      regfree(&matcher->expressions[i].regex);
  }
  free(matcher);
}

/* An expression that can't be compiled matches nothing: then the address counts as open. */
static bool body_matches(pl_matcher *matcher, size_t i) {
  const char *text = matcher->signatures->items[i].regex;
  expression *found = &matcher->expressions[i];
  if (text == NULL)
    return true;
  if (!found->compiled)
    found->compiled = regcomp(&found->regex, text, REG_EXTENDED | REG_ICASE | REG_NOSUB) == 0;
  return found->compiled && regexec(&found->regex, matcher->body, 0, NULL, 0) == 0;
}

static void keep_body(pl_matcher *matcher, const char *body, size_t length) {
  size_t kept = length < PL_LIMIT_HTTP_BODY ? length : PL_LIMIT_HTTP_BODY;
  for (size_t i = 0; i < kept; i++)
    matcher->body[i] = body[i] != '\0' ? body[i] : ' ';
  matcher->body[kept] = '\0';
}

int pl_matcher_match(pl_matcher *matcher, unsigned status, const char *body, size_t length) {
  int best = -1;
  keep_body(matcher, body, length);
  for (size_t i = 0; i < matcher->signatures->count; i++) {
    const pl_signature *signature = &matcher->signatures->items[i];
    if (signature->kind != PL_SIGNATURE_HTTP || signature->status != status)
      continue;
    if (best >= 0 && signature->evidence <= matcher->signatures->items[best].evidence)
      continue;
    if (body_matches(matcher, i))
      best = (int)i;
  }
  return best;
}
