/* Feeds bytes to the reader of SCT lists. A list that it accepts is one that OpenSSL reads, too. */
#include "probe/wire/scts.h"
#include <openssl/ct.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint8_t *copy = malloc(size > 0 ? size : 1);
  if (copy == NULL)
    return 0;
  memcpy(copy, data, size);
  bool valid = pl_scts_valid(copy, size);
  const unsigned char *at = copy;
  STACK_OF(SCT) *list = valid ? d2i_SCT_LIST(NULL, &at, (long)size) : NULL;
  if (valid && (list == NULL || sk_SCT_num(list) < 1 || at != copy + size))
    abort();
  SCT_LIST_free(list);
  free(copy);
  return 0;
}
