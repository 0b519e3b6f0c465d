/* Splits INI text into events. */
#include "base/ini.h"
#include "base/limits.h"
#include <string.h>

#define TEXT(number) #number
#define NUMBER_TEXT(number) TEXT(number)

typedef struct ini_reader {
  pl_ini_callback callback;
  void *user;
  unsigned line;
  char section[PL_LIMIT_CONFIG_LINE + 1];
  char text[PL_LIMIT_CONFIG_LINE + 1]; /* the line; split into strings in place */
} ini_reader;

/* `problem` is NULL for a header that can be read. */
static pl_status emit_header(ini_reader *reader, const char *problem) {
  pl_ini_event event = {
      .section = reader->section, .problem = problem, .is_header = true, .line = reader->line};
  return reader->callback(reader->user, &event);
}

static pl_status emit_entry(ini_reader *reader, const char *key, const char *value) {
  pl_ini_event event = {
      .section = reader->section, .key = key, .value = value, .line = reader->line};
  return reader->callback(reader->user, &event);
}

static pl_status emit_problem(ini_reader *reader, const char *problem) {
  pl_ini_event event = {.section = reader->section, .problem = problem, .line = reader->line};
  return reader->callback(reader->user, &event);
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static bool is_comment(char c) { return c == '#' || c == ';'; }

/* Cuts white space off both ends, in place. */
static char *trim(char *text) {
  while (is_blank(*text))
    text++;
  size_t length = strlen(text);
  while (length > 0 && is_blank(text[length - 1]))
    length--;
  text[length] = '\0';
  return text;
}

static pl_status read_header(ini_reader *reader, char *text) {
  char *name = text + 1;
  char *close = strchr(name, ']');
  char *rest = NULL;
  if (close != NULL) {
    *close = '\0';
    rest = trim(close + 1);
  }
  /* Also for a bad header: the lines below it must not count as part of the section before. */
  name = trim(name);
  memcpy(reader->section, name, strlen(name) + 1);
  if (rest == NULL)
    return emit_header(reader, "no ']' at the end of the section's name");
  if (*rest != '\0' && !is_comment(*rest))
    return emit_header(reader, "text after ']': write the section's name on a line of its own");
  if (*name == '\0')
    return emit_header(reader, "no name between '[' and ']'");
  return emit_header(reader, NULL);
}

static pl_status read_entry(ini_reader *reader, char *text) {
  char *equals = strchr(text, '=');
  if (equals == NULL)
    return emit_problem(reader, "no '=': a line is [section], key = value, or # comment");
  *equals = '\0';
  char *key = trim(text);
  if (*key == '\0')
    return emit_problem(reader, "no key before '='");
  return emit_entry(reader, key, trim(equals + 1));
}

/* A line that cannot be stored as a string. If it may be a header, the next lines have no section.
 */
static pl_status refuse_line(ini_reader *reader, const char *text, size_t length,
                             const char *problem) {
  while (length > 0 && is_blank(*text)) {
    text++;
    length--;
  }
  if (length == 0 || *text != '[')
    return emit_problem(reader, problem);
  reader->section[0] = '\0';
  return emit_header(reader, problem);
}

static pl_status read_line(ini_reader *reader, const char *text, size_t length) {
  if (length > 0 && text[length - 1] == '\r')
    length--;
  if (length > PL_LIMIT_CONFIG_LINE)
    return refuse_line(reader, text, length,
                       "line too long: at most " NUMBER_TEXT(PL_LIMIT_CONFIG_LINE) " bytes");
  if (memchr(text, '\0', length) != NULL)
    return refuse_line(reader, text, length, "NUL byte: the file must be plain text");
  memcpy(reader->text, text, length);
  reader->text[length] = '\0';
  char *line = trim(reader->text);
  if (*line == '\0' || is_comment(*line))
    return PL_OK;
  return *line == '[' ? read_header(reader, line) : read_entry(reader, line);
}

pl_status pl_ini_read(const char *text, size_t length, pl_ini_callback callback, void *user) {
  ini_reader reader = {.callback = callback, .user = user};
  static const char byte_order_mark[] = {'\xef', '\xbb', '\xbf'};
  if (length >= sizeof(byte_order_mark) &&
      memcmp(text, byte_order_mark, sizeof(byte_order_mark)) == 0) {
    text += sizeof(byte_order_mark);
    length -= sizeof(byte_order_mark);
  }
  while (length > 0) {
    const char *newline = memchr(text, '\n', length);
    size_t line = newline == NULL ? length : (size_t)(newline - text);
    reader.line++;
    pl_status status = read_line(&reader, text, line);
    if (status != PL_OK)
      return status;
    size_t taken = newline == NULL ? line : line + 1;
    text += taken;
    length -= taken;
  }
  return PL_OK;
}
