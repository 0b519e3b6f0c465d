/* Changes evidence logs in all the ways that somebody may try, and has them verified: no change may
 * stay undetected, and no log that was not changed may be called bad: mutate CHANGES CLEAN_LOGS.
 *
 * Logs with signatures are changed anywhere. In logs without, lines up to the one with a time stamp
 * are. What somebody keeps elsewhere is the hash of the last such line.
 */
#include "evidence/log/anchor.h"
#include "evidence/log/files.h"
#include "log_world.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PER_LOG 200 /* changes of one log */
#define LINES_MAX 400
#define FILES_MAX 8

static void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

/* ---- a log in memory ------------------------------------------------------------------------ */

typedef struct text_line {
  char *text; /* owned, without its newline */
  size_t file;
  bool cut; /* it has no newline */
} text_line;

typedef struct text_log {
  char names[FILES_MAX][PL_FILE_BYTES];
  size_t files, count;
  text_line lines[LINES_MAX];
  size_t guarded; /* lines from the first on that a signature or a time stamp covers */
} text_log;

static text_log *current; /* for take_line */
static size_t current_file;

static bool take_line(void *user, pl_slice line, bool torn) {
  (void)user;
  if (current->count == LINES_MAX || memchr(line.at, '\0', line.length) != NULL)
    fail("the log", "has too many lines");
  current->lines[current->count++] =
      (text_line){.text = strndup(line.at, line.length), .file = current_file, .cut = torn};
  return true;
}

static void read_log(const log_world *world, text_log *log) {
  pl_log_files files;
  pl_error error;
  struct stat file;
  int dir = open(world->log, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  *log = (text_log){.files = 0};
  if (pl_log_list(dir, &files, &error) != PL_OK || files.count > FILES_MAX)
    fail("list", error.text);
  current = log;
  for (size_t i = 0; i < files.count; i++) {
    memcpy(log->names[log->files++], files.names[i], PL_FILE_BYTES);
    current_file = i;
    if (fstatat(dir, files.names[i], &file, 0) != 0 ||
        pl_log_each_line(dir, files.names[i], file.st_size, take_line, NULL, &error) != PL_OK)
      fail("read", error.text);
  }
  free(files.names);
  close(dir);
}

static void free_log(text_log *log) {
  for (size_t i = 0; i < log->count; i++)
    free(log->lines[i].text);
  log->count = 0;
}

static void copy_log(const text_log *from, text_log *to) {
  *to = *from;
  for (size_t i = 0; i < from->count; i++)
    to->lines[i].text = strdup(from->lines[i].text);
}

static void write_log(const log_world *world, const text_log *log) {
  char path[160];
  for (size_t file = 0; file < log->files; file++) {
    snprintf(path, sizeof(path), "%s/%s", world->log, log->names[file]);
    FILE *out = NULL;
    (void)unlink(path);
    for (size_t i = 0; i < log->count; i++) {
      if (log->lines[i].file != file)
        continue;
      if (out == NULL && (out = fopen(path, "w")) == NULL)
        fail(path, "cannot be written");
      fprintf(out, "%s%s", log->lines[i].text, log->lines[i].cut ? "" : "\n");
    }
    if (out != NULL && (chmod(path, 0600) != 0 || fclose(out) != 0))
      fail(path, "cannot be written");
  }
}

static bool equal_logs(const text_log *a, const text_log *b) {
  if (a->count != b->count)
    return false;
  for (size_t i = 0; i < a->count; i++) {
    if (a->lines[i].file != b->lines[i].file || a->lines[i].cut != b->lines[i].cut ||
        strcmp(a->lines[i].text, b->lines[i].text) != 0)
      return false;
  }
  return true;
}

/* ---- clean logs ----------------------------------------------------------------------------- */

static void stop_or_pass(log_world *world, pl_log *log) {
  pl_error error;
  pl_nsec pause = (pl_nsec)log_world_random(world, 5000) * PL_SEC;
  if (log_world_random(world, 12) == 0) {
    if (pl_log_append(log, PL_LINE_STOP, ",\"endpoint\":\"\"", &error) != PL_OK)
      fail("stop", error.text);
    pause += (pl_nsec)log_world_random(world, 40000) * PL_SEC;
  }
  world->wall += pause;
  world->uptime += pause;
}

/* Rounds of some endpoints over some days, by programs that come and go, and are torn sometimes. */
static void write_clean(log_world *world, bool with_key) {
  pl_log_config config = log_world_config(world);
  config.key = with_key ? world->key : NULL;
  config.days = log_world_random(world, 2) * 2;
  pl_log *log = log_world_open(world, &config);
  unsigned rounds = 4 + log_world_random(world, 24), endpoints = 1 + log_world_random(world, 3);
  for (unsigned i = 0; i < rounds; i++) {
    for (unsigned e = 0; e < endpoints; e++) {
      char name[32];
      snprintf(name, sizeof(name), "endpoint-%u", e);
      log_world_add(world, log, name, log_world_random(world, 4), 3600);
    }
    stop_or_pass(world, log);
    if (log_world_random(world, 3) > 0)
      continue;
    log_world_close(log);
    if (log_world_random(world, 3) == 0) {
      char command[200];
      snprintf(command, sizeof(command),
               "printf '{\"prev\":\"00' >> \"$(ls -r %s/*.jsonl | head -1)\"", world->log);
      if (system(command) != 0)
        fail(command, "failed");
    }
    log = log_world_open(world, &config);
  }
  log_world_add(world, log, "endpoint-0", 0, 3600);
  log_world_close(log);
}

/* ---- time stamps ---------------------------------------------------------------------------- */

static char ca_dir[64];

static void make_authority(void) {
  static const char script[] =
      "cd '%s' && "
      "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=ca -days "
      "3650 "
      "2>/dev/null && "
      "openssl req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=tsa 2>/dev/null "
      "&& "
      "printf 'extendedKeyUsage=critical,timeStamping\\nkeyUsage=critical,digitalSignature\\n' "
      ">ext && "
      "openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile "
      "ext "
      "-out tsa.pem 2>/dev/null && "
      "printf '[tsa]\\ndefault_tsa=t\\n[t]\\nserial=%%s/serial\\ncrypto_device=builtin\\n"
      "signer_digest=sha256\\ndefault_policy=1.2.3.4\\ndigests=sha256\\naccuracy=secs:1\\n"
      "ess_cert_id_alg=sha256\\n' '%s' >conf";
  char command[2048];
  snprintf(ca_dir, sizeof(ca_dir), "/tmp/authority.XXXXXX");
  if (mkdtemp(ca_dir) == NULL)
    fail("mkdtemp", "failed");
  snprintf(command, sizeof(command), script, ca_dir, ca_dir);
  if (system(command) != 0)
    fail("openssl", "cannot make a time-stamping authority");
}

static void stamp(const pl_buf *request, uint8_t *ret_response, size_t *ret_length) {
  char path[128], command[512];
  snprintf(path, sizeof(path), "%s/request", ca_dir);
  FILE *file = fopen(path, "w");
  fwrite(request->data, 1, request->length, file);
  fclose(file);
  snprintf(command, sizeof(command),
           "cd '%s' && openssl ts -reply -config conf -queryfile request -signer tsa.pem -inkey "
           "tsa.key -out response 2>/dev/null",
           ca_dir);
  if (system(command) != 0)
    fail("openssl ts", "failed");
  snprintf(path, sizeof(path), "%s/response", ca_dir);
  file = fopen(path, "r");
  *ret_length = fread(ret_response, 1, PL_LIMIT_TIME_STAMP, file);
  fclose(file);
}

/* Stamps the head. The authority has today's date, and so has the log from here on. */
static pl_sha256 add_anchor(log_world *world) {
  static uint8_t response[PL_LIMIT_TIME_STAMP];
  static char rest[2 * PL_LIMIT_TIME_STAMP];
  size_t length;
  pl_log_head head;
  pl_buf request, text;
  pl_error error;
  pl_log_config config = log_world_config(world);
  config.key = NULL;
  pl_log *log = log_world_open(world, &config);
  pl_buf_init(&request, 1024);
  if (pl_log_read_head(log, &head, &error) != PL_OK ||
      pl_anchor_request(&head.hash, &request, &error) != PL_OK)
    fail("request", error.text);
  stamp(&request, response, &length);
  pl_buf_free(&request);
  pl_buf_fixed(&text, rest, sizeof(rest));
  pl_buf_addf(&text, ",\"of\":%llu,\"response\":\"", (unsigned long long)head.seq);
  pl_base64_add(&text, response, length);
  pl_buf_add(&text, "\"");
  if (pl_log_append(log, PL_LINE_ANCHOR, rest, &error) != PL_OK)
    fail("anchor", error.text);
  log_world_close(log);
  return head.hash;
}

/* ---- changes -------------------------------------------------------------------------------- */

static unsigned pick(log_world *world, size_t below) {
  return log_world_random(world, (unsigned)below);
}

static void remove_lines(text_log *log, size_t at, size_t count) {
  for (size_t i = at; i < at + count; i++)
    free(log->lines[i].text);
  memmove(&log->lines[at], &log->lines[at + count],
          (log->count - at - count) * sizeof(log->lines[0]));
  log->count -= count;
}

static void flip(log_world *world, text_log *log) {
  text_line *line = &log->lines[pick(world, log->guarded)];
  size_t at = pick(world, strlen(line->text) + 1);
  char changed = (char)(line->text[at] ^ (1 << pick(world, 8)));
  if (at == strlen(line->text) || changed == '\0') /* its newline, or an end of the C string */
    line->cut = true;
  else
    line->text[at] = changed;
}

static void drop(log_world *world, text_log *log) {
  size_t at = pick(world, log->guarded), most = log->guarded - at;
  remove_lines(log, at, 1 + pick(world, most < 4 ? most : 4));
}

static void swap(log_world *world, text_log *log) {
  size_t a = pick(world, log->guarded), b = pick(world, log->guarded);
  char *text = log->lines[a].text;
  log->lines[a].text = log->lines[b].text;
  log->lines[b].text = text;
}

static void repeat(log_world *world, text_log *log) {
  size_t from = pick(world, log->guarded), at = pick(world, log->guarded);
  text_line line = {.text = strdup(log->lines[from].text), .file = log->lines[at].file};
  memmove(&log->lines[at + 1], &log->lines[at], (log->count - at) * sizeof(log->lines[0]));
  log->lines[at] = line;
  log->count++;
}

/* From a byte on, or from a line on, to the end of its file or of the log. */
static void cut_end(log_world *world, text_log *log) {
  size_t at = pick(world, log->guarded), file = log->lines[at].file, count = 0;
  bool to_the_end = pick(world, 2) == 0;
  while (at + 1 + count < log->count && (to_the_end || log->lines[at + 1 + count].file == file))
    count++;
  remove_lines(log, at + 1, count);
  if (pick(world, 2) == 0) {
    remove_lines(log, at, 1);
    return;
  }
  text_line *line = &log->lines[at];
  line->text[pick(world, strlen(line->text))] = '\0';
  line->cut = true;
}

static void drop_file(log_world *world, text_log *log) {
  size_t file = log->lines[pick(world, log->guarded)].file;
  for (size_t i = log->count; i > 0; i--) {
    if (log->lines[i - 1].file == file)
      remove_lines(log, i - 1, 1);
  }
}

/* Another digit in the line's time. */
static void change_time(log_world *world, char *text) {
  static const unsigned digits[] = {9, 12, 15, 18, 20, 25};
  char *time = strstr(text, "\"time\":\"");
  if (time != NULL) {
    char *digit = time + strlen("\"time\":\"") + digits[pick(world, PL_COUNT_OF(digits))];
    *digit = (char)('0' + (*digit - '0' + 1) % 6);
  }
}

static void move_time(log_world *world, text_log *log) {
  change_time(world, log->lines[pick(world, log->guarded)].text);
}

/* A verdict becomes better, with facts that agree. */
static void forge(char *text) {
  static const char *const parts[] = {"\"verdict\":{\"severity\":", "\"dns\":[",
                                      "\"case\":{\"severity\":"};
  for (size_t i = 0; i < PL_COUNT_OF(parts); i++) {
    char *at = strstr(text, parts[i]);
    if (at != NULL)
      at[strlen(parts[i])] = (char)('0' + (at[strlen(parts[i])] - '0' + 1) % 4);
  }
}

static void sign_again(const pl_signing_key *key, char **text) {
  char *sig = strstr(*text, ",\"sig\":\""), *id = strstr(*text, "\"key\":\"");
  uint8_t signature[PL_SIGNATURE_BYTES];
  pl_buf buf;
  if (sig == NULL || id == NULL)
    return;
  memcpy(id + strlen("\"key\":\""), pl_signing_key_id(key), PL_KEY_ID - 1);
  *sig = '\0';
  if (!pl_signing_sign(key, *text, strlen(*text), signature))
    fail("sign", "failed");
  char *fresh = malloc(2048);
  pl_buf_fixed(&buf, fresh, 2048);
  pl_buf_addf(&buf, "%s,\"sig\":\"", *text);
  pl_hex_add(&buf, signature, sizeof(signature));
  pl_buf_add(&buf, "\"}");
  free(*text);
  *text = fresh;
}

/* All that needs no secret: numbers and hashes of every line from `at` on. */
static void chain_again(const log_world *world, text_log *log, size_t at, bool sign) {
  pl_signing_key *key = NULL;
  pl_error error;
  char hex[PL_HASH_HEX], number[32];
  if (sign && pl_signing_key_read(world->other_key, &key, &error) != PL_OK)
    fail("key", error.text);
  for (size_t i = at > 0 ? at : 1; i < log->count; i++) {
    const char *before = log->lines[i - 1].text;
    char **text = &log->lines[i].text;
    char *seq = strstr(*text, "\"seq\":"), *of_before = strstr(before, "\"seq\":");
    if (strncmp(*text, "{\"prev\":\"", 9) != 0 || seq == NULL || of_before == NULL)
      continue; /* torn */
    pl_sha256 hash = pl_sha256_of(before, strlen(before));
    pl_sha256_hex(&hash, hex);
    memcpy(*text + 9, hex, PL_HASH_HEX - 1);
    snprintf(number, sizeof(number), "%lu", strtoul(of_before + 6, NULL, 10) + 1);
    char *rest = seq + 6 + strspn(seq + 6, "0123456789");
    char *fresh = malloc(strlen(*text) + 32);
    snprintf(fresh, strlen(*text) + 32, "%.*s%s%s", (int)(seq + 6 - *text), *text, number, rest);
    free(*text);
    *text = fresh;
    if (sign)
      sign_again(key, text);
  }
  pl_signing_key_free(key);
}

static void remove_signatures(text_log *log, size_t at) {
  for (size_t i = log->count; i > at; i--) {
    if (strstr(log->lines[i - 1].text, "\"type\":\"signature\"") != NULL)
      remove_lines(log, i - 1, 1);
  }
}

static void rewrite(log_world *world, text_log *log) {
  size_t at = pick(world, log->guarded);
  unsigned how = pick(world, 3), signatures = pick(world, 3);
  if (how == 0)
    change_time(world, log->lines[at].text);
  else if (how == 1)
    forge(log->lines[at].text);
  else
    remove_lines(log, at, 1);
  if (signatures == 0)
    remove_signatures(log, at);
  chain_again(world, log, at, signatures == 1);
}

typedef struct change {
  const char *name;
  void (*apply)(log_world *world, text_log *log);
} change;

static const change changes[] = {
    {"a bit flipped", flip},     {"lines dropped", drop}, {"lines swapped", swap},
    {"a line repeated", repeat}, {"cut", cut_end},        {"a file dropped", drop_file},
    {"a time moved", move_time}, {"rewritten", rewrite},  {"rewritten", rewrite},
};

/* ---- the whole ------------------------------------------------------------------------------ */

static void make_log(log_world *world, unsigned seed, bool with_key, pl_sha256 *ret_known,
                     text_log *ret_log) {
  world->seed = seed;
  log_world_make(world);
  /* The authority's clock is the real one, and no log reaches it: none is as long as this. */
  if (!with_key)
    world->wall = (time(NULL) - 40 * 24 * 3600) * PL_SEC;
  write_clean(world, with_key);
  if (with_key) {
    read_log(world, ret_log);
    ret_log->guarded = ret_log->count;
    const char *last = ret_log->lines[ret_log->count - 1].text;
    *ret_known = pl_sha256_of(last, strlen(last));
    return;
  }
  *ret_known = add_anchor(world);
  read_log(world, ret_log);
  ret_log->guarded = ret_log->count - 1;
}

static bool is_bad(const log_world *world, bool with_key, const pl_sha256 *known, char *ret_why) {
  char ca_file[128];
  pl_verify_config config = log_world_verify_config(world);
  if (!with_key) {
    snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", ca_dir);
    config.public_key = NULL;
    config.ca_file = ca_file;
  }
  config.known = known;
  pl_verify_report report = log_world_verify(&config);
  snprintf(ret_why, sizeof(report.problem), "%s", report.problem);
  char printable[sizeof(report.problem)];
  pl_text_set_printable(printable, sizeof(printable), ret_why, strlen(ret_why));
  if (strcmp(printable, ret_why) != 0)
    fail("a problem is not printable", printable);
  return report.problems > 0;
}

static void mutate_one(log_world *world, const text_log *log, bool with_key, const pl_sha256 *known,
                       unsigned *counts) {
  static text_log changed;
  char why[768];
  unsigned which = pick(world, PL_COUNT_OF(changes));
  copy_log(log, &changed);
  changes[which].apply(world, &changed);
  if (!equal_logs(log, &changed)) {
    write_log(world, &changed);
    if (!is_bad(world, with_key, known, why)) {
      fprintf(stderr, "%s: undetected, in a log %s; %s has it\n", changes[which].name,
              with_key ? "with signatures" : "with a time stamp", world->dir);
      exit(1);
    }
    counts[which]++;
  }
  free_log(&changed);
}

static unsigned mutate(unsigned seed, unsigned count) {
  static text_log log;
  unsigned counts[PL_COUNT_OF(changes)] = {0}, done = 0;
  for (unsigned logs = 0; done < count; logs++) {
    log_world world;
    pl_sha256 known;
    bool with_key = logs % 4 != 3;
    make_log(&world, seed + logs, with_key, &known, &log);
    for (unsigned i = 0; i < PER_LOG && done < count; i++) {
      mutate_one(&world, &log, with_key, &known, counts);
      done = 0;
      for (size_t c = 0; c < PL_COUNT_OF(changes); c++)
        done += counts[c];
    }
    free_log(&log);
    log_world_remove(&world);
  }
  for (size_t c = 0; c < PL_COUNT_OF(changes); c++)
    printf("  %6u %s\n", counts[c], changes[c].name);
  return done;
}

static void verify_clean(unsigned seed, unsigned count) {
  static text_log log;
  char why[768];
  for (unsigned i = 0; i < count; i++) {
    log_world world;
    pl_sha256 known;
    bool with_key = i % 10 != 9;
    make_log(&world, seed + i, with_key, &known, &log);
    if (is_bad(&world, with_key, &known, why))
      fail("a clean log is called bad", why);
    free_log(&log);
    log_world_remove(&world);
  }
}

int main(int argc, char **argv) {
  if (argc != 3)
    fail("usage", "mutate CHANGES CLEAN_LOGS");
  unsigned seed = (unsigned)time(NULL);
  printf("seed %u\n", seed);
  make_authority();
  unsigned done = mutate(seed, (unsigned)atoi(argv[1]));
  verify_clean(seed, (unsigned)atoi(argv[2]));
  printf("%u changes detected; %s clean logs are good\n", done, argv[2]);
  char command[128];
  snprintf(command, sizeof(command), "rm -rf '%s'", ca_dir);
  return system(command);
}
