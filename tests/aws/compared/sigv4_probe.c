/* Signs the requests on stdin, for sigv4_diff.py: a line of hexadecimal fields each (host, content
 * type or "-", body, region, service, access key, secret, session token or "-", time in decimal).
 * Prints what the headers X-Amz-Date and Authorization would hold, a line each. */
#include "aws/sigv4.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS 9

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place; the bytes decoded. */
static size_t decode_hex(char *text) {
  size_t length = 0;
  for (const char *c = text; hex_digit(c[0]) >= 0 && hex_digit(c[1]) >= 0; c += 2)
    text[length++] = (char)(hex_digit(c[0]) << 4 | hex_digit(c[1]));
  text[length] = '\0';
  return length;
}

static int sign_line(char *line) {
  char *fields[FIELDS];
  size_t lengths[FIELDS];
  char *rest = line;
  for (size_t i = 0; i < FIELDS; i++) {
    fields[i] = strsep(&rest, " \n");
    if (fields[i] == NULL)
      return 1;
    const bool plain = i == FIELDS - 1 || strcmp(fields[i], "-") == 0;
    lengths[i] = plain ? strlen(fields[i]) : decode_hex(fields[i]);
  }
  const pl_sigv4_request request = {
      .host = fields[0],
      .content_type = strcmp(fields[1], "-") == 0 ? NULL : fields[1],
      .body = fields[2],
      .body_length = lengths[2],
      .region = fields[3],
      .service = fields[4],
      .access_key = fields[5],
      .secret_key = fields[6],
      .session_token = strcmp(fields[7], "-") == 0 ? NULL : fields[7],
      .time = strtoll(fields[8], NULL, 10),
  };
  pl_sigv4_signature signature;
  if (pl_sigv4_sign(&request, &signature) != PL_OK)
    return 1;
  printf("%s %s\n", signature.date, signature.authorization);
  return 0;
}

int main(void) {
  char *line = NULL;
  size_t room = 0;
  int failed = 0;
  while (failed == 0 && getline(&line, &room, stdin) > 0)
    failed = sign_line(line);
  free(line);
  return failed;
}
