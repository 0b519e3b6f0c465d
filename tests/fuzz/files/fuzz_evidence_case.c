/* Any bytes as a recorded case, and as a line of --record: what is accepted can be judged, written
 * and read again with the same text and the same verdict. */
#include "evidence/line.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
  if (!condition)
    abort();
}

/* Each difference can be named. */
static void try_line(const char *text, size_t length) {
  static pl_verdict verdict;
  char storage[PL_LIMIT_SUMMARY];
  pl_buf difference;
  pl_evidence_case c;
  pl_evidence_verdict recorded;
  pl_error error = {""};
  pl_buf_fixed(&difference, storage, sizeof(storage));
  pl_status status = pl_evidence_line_read(text, length, &c, &recorded, &error);
  require((status == PL_OK) == (error.text[0] == '\0'));
  if (status != PL_OK)
    return;
  pl_evidence_case_judge(&c, &verdict);
  pl_evidence_verdict now = pl_evidence_verdict_of(&verdict);
  pl_evidence_compare(&recorded, &now, &difference);
  char *again = pl_evidence_line_write(&c.spec, &c.facts, &c.notes, c.wall_now, &recorded);
  require(again != NULL);
  free(again);
  pl_evidence_case_free(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static pl_verdict first, second;
  pl_evidence_case c, again;
  pl_error error = {""};
  try_line((const char *)data, size);
  pl_status status = pl_evidence_case_read((const char *)data, size, &c, &error);
  require((status == PL_OK) == (error.text[0] == '\0'));
  if (status != PL_OK)
    return 0;
  pl_evidence_case_judge(&c, &first);
  char *text = pl_evidence_case_write(&c.spec, &c.facts, &c.notes, c.wall_now);
  require(text != NULL);
  require(pl_evidence_case_read(text, strlen(text), &again, &error) == PL_OK);
  pl_evidence_case_judge(&again, &second);
  require(first.severity == second.severity && first.public_verdict == second.public_verdict);
  for (size_t i = 0; i < PL_CHECK_COUNT; i++)
    require(strcmp(first.checks[i].summary, second.checks[i].summary) == 0);
  char *copy = pl_evidence_case_write(&again.spec, &again.facts, &again.notes, again.wall_now);
  require(copy != NULL && strcmp(text, copy) == 0);
  free(copy);
  free(text);
  pl_evidence_case_free(&again);
  pl_evidence_case_free(&c);
  return 0;
}
