/* Any bytes as an answer that holds credentials: the first byte chooses the source. A value
 * that is accepted fits in a header. */
#include "aws/credentials/json.h"
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require_visible(const char *text) {
  for (; *text != '\0'; text++) {
    if (*text <= ' ' || *text > '~')
      abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  pl_aws_keys *keys;
  pl_error error = {""};
  if (size == 0 || pl_aws_keys_create(&keys) != PL_OK)
    return 0;
  const pl_status status = pl_aws_json_read((pl_aws_json)(data[0] % 3), (const char *)data + 1,
                                            size - 1, "source", keys, &error);
  if (status == PL_OK) {
    require_visible(keys->access_key);
    require_visible(keys->secret_key);
    require_visible(keys->session_token);
    if (keys->access_key[0] == '\0' || keys->secret_key[0] == '\0')
      abort();
  } else if (error.text[0] == '\0') {
    abort();
  }
  pl_aws_keys_free(keys);
  return 0;
}
