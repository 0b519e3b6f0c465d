/* Any bytes as a line of the evidence log, and as its time stamp: what is read refers to the line,
 * and numbers and times can be written again as they were. As lines of a report, they add up. */
#include "evidence/log/anchor.h"
#include "evidence/report/tally.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
  if (!condition)
    abort();
}

static void require_inside(pl_slice slice, const char *text, size_t size) {
  require(slice.at == NULL ||
          (slice.at >= text && slice.length <= size && slice.at + slice.length <= text + size));
}

/* The fields of every line can be written again, to the byte. */
static void check_again(const pl_log_line *line, const char *text, size_t size) {
  char storage[512];
  pl_buf buf;
  pl_buf_fixed(&buf, storage, sizeof(storage));
  pl_log_line_begin(&buf, line);
  require(pl_buf_status(&buf) == PL_OK);
  require(buf.length <= size && memcmp(storage, text, buf.length) == 0);
}

static void check_response(pl_slice text) {
  static uint8_t bytes[PL_LIMIT_TIME_STAMP];
  size_t length;
  pl_anchor anchor;
  pl_error error;
  pl_buf again;
  if (!pl_base64_parse(text, bytes, &length))
    return;
  pl_buf_init(&again, text.length + 1);
  pl_base64_add(&again, bytes, length);
  require(pl_slice_is(text, pl_buf_text(&again)));
  pl_buf_free(&again);
  (void)!pl_anchor_read(bytes, length, &anchor, &error);
}

/* The line twice, an hour apart. */
static void check_report(pl_log_line line) {
  pl_tally tally = {.to = line.wall + 7200 * PL_SEC};
  require(pl_tally_take(&tally, &line));
  line.wall += 3600 * PL_SEC;
  require(pl_tally_take(&tally, &line));
  require(pl_tally_end(&tally));
  for (size_t i = 0; i < tally.count; i++) {
    for (unsigned check = 0; check < PL_CHECK_COUNT; check++) {
      pl_nsec sum = 0;
      for (unsigned kind = 0; kind < PL_SPAN_KINDS; kind++)
        sum += tally.endpoints[i]->checks[check].totals[kind];
      require(sum == 7200 * PL_SEC);
    }
  }
  pl_tally_free(&tally);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *text = (const char *)data;
  pl_log_line line;
  pl_anchor anchor;
  pl_error error = {""};
  pl_seen_line seen;
  (void)pl_seen_read((pl_slice){.at = text, .length = size}, &seen);
  pl_status status = pl_log_line_parse(text, size, &line, &error);
  require((status == PL_OK) == (error.text[0] == '\0'));
  (void)!pl_anchor_read(data, size, &anchor, &error);
  if (status != PL_OK)
    return 0;
  check_again(&line, text, size);
  const pl_slice slices[] = {line.by,     line.after,    line.endpoint, line.why,
                             line.config, line.verdict,  line.facts,    line.key,
                             line.sig,    line.response, line.since,    line.text};
  for (size_t i = 0; i < PL_COUNT_OF(slices); i++)
    require_inside(slices[i], text, size);
  require(line.signed_length <= size);
  check_response(line.response);
  check_report(line);
  return 0;
}
