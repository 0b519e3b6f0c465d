/* Any bytes as a shared AWS file, and its credential_process as a command line. */
#include "aws/credentials/process.h"
#include "aws/credentials/profile.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void split(const char *command) {
  char *words[8];
  const size_t room = strlen(command) + 1;
  char *storage = malloc(room);
  if (storage != NULL && pl_aws_split_command(command, storage, words, 8) == PL_OK) {
    size_t used = 0;
    for (size_t i = 0; words[i] != NULL; i++)
      used += strlen(words[i]) + 1;
    if (used > room)
      abort();
  }
  free(storage);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  for (unsigned file = 0; file < 3; file++) {
    pl_aws_section section;
    pl_error error = {""};
    if (pl_aws_section_read((const char *)data, size, (pl_aws_file)file, "default", &section,
                            &error) != PL_OK) {
      if (error.text[0] == '\0')
        abort();
      continue;
    }
    if (section.credential_process != NULL)
      split(section.credential_process);
    pl_aws_section_free(&section);
  }
  return 0;
}
