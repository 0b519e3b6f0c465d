/* Feeds bytes to the reader of another host's result. A result is either used or refused with a
 * reason, and what is used has a status that can be one. */
#include "memory/private_evidence.h"
#include "options/spec.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
  if (!condition)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  pl_spec spec;
  pl_facts facts;
  pl_spec_init(&spec);
  pl_facts_init(&facts);
  spec.private_name = strdup("api.example.com");
  spec.public_name = strdup("api.example.com");
  spec.path = strdup("/");
  spec.port = 443;
  if (spec.private_name != NULL && spec.public_name != NULL && spec.path != NULL) {
    /* 2026-08-01T12:00:05Z */
    pl_private_evidence_judge(&spec, (const char *)data, size, 1785585605, &facts);
    uint16_t status = facts.private_evidence.status;
    require(facts.private_evidence.up == (facts.private_evidence.problem[0] == '\0'));
    require(status == 0 || (facts.private_evidence.up && status >= 100 && status <= 599));
  }
  pl_spec_free(&spec);
  pl_facts_free(&facts);
  return 0;
}
