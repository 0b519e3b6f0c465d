/* Reads XML with expat, and gives each element with its path. */
#include "aws/xml.h"
#include "aws/context.h"
#include <expat.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_BYTES 1024

struct pl_xml {
  pl_xml_handler handler;
  XML_Parser parser;
  pl_xml_end end; /* PL_XML_COMPLETE: no problem so far */
  unsigned depth; /* open elements, with the root */
  bool error_document;
  char path[PATH_MAX_BYTES]; /* below the root */
  size_t path_length;
  bool leaf;     /* no child element since the last start tag */
  bool overflow; /* the text is longer than the limit */
  pl_buf text;
  char code[PL_LIMIT_AWS_CODE + 1], message[PL_LIMIT_TEXT];
};

const char *pl_xml_end_text(pl_xml_end end) {
  static const char *const texts[] = {
      [PL_XML_COMPLETE] = "complete",
      [PL_XML_ERROR] = "an error",
      [PL_XML_MALFORMED] = "the answer is not XML, or is cut",
      [PL_XML_ROOT] = "the answer is XML of another kind",
      [PL_XML_DOCTYPE] = "the answer has a document type declaration, which is refused",
      [PL_XML_LIMIT] = "the answer is nested too deeply",
      [PL_XML_INCOMPLETE] = "the answer has a part that is too long to be read",
      [PL_XML_MEMORY] = "out of memory",
  };
  return texts[end];
}

static void stop(pl_xml *xml, pl_xml_end end) {
  if (xml->end == PL_XML_COMPLETE)
    xml->end = end;
  XML_StopParser(xml->parser, XML_FALSE);
}

/* ---- the path ------------------------------------------------------------------------------- */

static bool push(pl_xml *xml, const char *name) {
  size_t length = strlen(name), separator = xml->path_length > 0 ? 1 : 0;
  if (length >= sizeof(xml->path) - xml->path_length - separator)
    return false;
  if (separator > 0)
    xml->path[xml->path_length++] = '/';
  memcpy(xml->path + xml->path_length, name, length + 1);
  xml->path_length += length;
  return true;
}

static void pop(pl_xml *xml) {
  const char *slash = strrchr(xml->path, '/');
  xml->path_length = slash == NULL ? 0 : (size_t)(slash - xml->path);
  xml->path[xml->path_length] = '\0';
}

static void check_root(pl_xml *xml, const char *name) {
  xml->error_document = strcmp(name, "Response") == 0 || strcmp(name, "ErrorResponse") == 0;
  if (!xml->error_document && strcmp(name, xml->handler.root) != 0)
    stop(xml, PL_XML_ROOT);
}

/* ---- expat's callbacks ---------------------------------------------------------------------- */

static void on_start(void *user, const XML_Char *name, const XML_Char **attributes) {
  (void)attributes;
  pl_xml *xml = user;
  xml->depth++;
  xml->leaf = true;
  xml->overflow = false;
  pl_buf_clear(&xml->text);
  if (xml->depth == 1) {
    check_root(xml, name);
    return;
  }
  if (xml->depth > PL_LIMIT_XML_DEPTH || !push(xml, name)) {
    stop(xml, PL_XML_LIMIT);
    return;
  }
  if (!xml->error_document && xml->handler.begin != NULL &&
      !xml->handler.begin(xml->handler.user, xml->path))
    stop(xml, PL_XML_MEMORY);
}

static void keep_error(pl_xml *xml, char *text) {
  bool code = strcmp(xml->path, "Errors/Error/Code") == 0 || strcmp(xml->path, "Error/Code") == 0;
  bool message =
      strcmp(xml->path, "Errors/Error/Message") == 0 || strcmp(xml->path, "Error/Message") == 0;
  if (code || message)
    pl_aws_hide_secrets(text);
  if (code && xml->code[0] == '\0')
    pl_text_set_foreign(xml->code, sizeof(xml->code), text, strlen(text));
  if (message && xml->message[0] == '\0')
    pl_text_set_foreign(xml->message, sizeof(xml->message), text, strlen(text));
}

static void on_end(void *user, const XML_Char *name) {
  (void)name;
  pl_xml *xml = user;
  if (xml->end != PL_XML_COMPLETE) /* expat calls this for an empty element even after a stop */
    return;
  bool kept = xml->leaf && !xml->overflow;
  const char *text = kept ? pl_buf_text(&xml->text) : "";
  const char *essential = xml->handler.essential;
  if (xml->depth > 1) {
    if (xml->error_document && kept && xml->text.length > 0)
      keep_error(xml, xml->text.data);
    else if (!xml->error_document && !kept && essential != NULL &&
             strcmp(xml->path, essential) == 0)
      stop(xml, PL_XML_INCOMPLETE);
    else if (!xml->error_document && !xml->handler.end(xml->handler.user, xml->path, text))
      stop(xml, PL_XML_MEMORY);
    pop(xml);
  }
  xml->depth--;
  xml->leaf = false;
}

static void on_text(void *user, const XML_Char *text, int length) {
  pl_xml *xml = user;
  if (!xml->leaf || xml->overflow)
    return;
  pl_buf_add_bytes(&xml->text, text, (size_t)length);
  if (xml->text.failed)
    stop(xml, PL_XML_MEMORY);
  else if (xml->text.truncated)
    xml->overflow = true;
}

static void on_doctype(void *user, const XML_Char *name, const XML_Char *system_id,
                       const XML_Char *public_id, int has_internal_subset) {
  (void)name, (void)system_id, (void)public_id, (void)has_internal_subset;
  stop(user, PL_XML_DOCTYPE);
}

/* ---- the reader ----------------------------------------------------------------------------- */

pl_status pl_xml_create(const pl_xml_handler *handler, pl_xml **ret_xml) {
  pl_xml *xml = calloc(1, sizeof(*xml));
  if (xml == NULL)
    return PL_ERR_MEMORY;
  xml->handler = *handler;
  xml->parser = XML_ParserCreate(NULL);
  if (xml->parser == NULL) {
    free(xml);
    return PL_ERR_MEMORY;
  }
  pl_buf_init(&xml->text, PL_LIMIT_XML_TEXT);
  XML_SetUserData(xml->parser, xml);
  XML_SetElementHandler(xml->parser, on_start, on_end);
  XML_SetCharacterDataHandler(xml->parser, on_text);
  XML_SetStartDoctypeDeclHandler(xml->parser, on_doctype);
  *ret_xml = xml;
  return PL_OK;
}

void pl_xml_free(pl_xml *xml) {
  if (xml == NULL)
    return;
  XML_ParserFree(xml->parser);
  pl_buf_free(&xml->text);
  free(xml);
}

static bool parse(pl_xml *xml, const char *bytes, size_t length, bool last) {
  if (xml->end != PL_XML_COMPLETE)
    return false;
  if (XML_Parse(xml->parser, bytes, (int)length, last) == XML_STATUS_OK)
    return true;
  if (xml->end == PL_XML_COMPLETE)
    xml->end =
        XML_GetErrorCode(xml->parser) == XML_ERROR_NO_MEMORY ? PL_XML_MEMORY : PL_XML_MALFORMED;
  return false;
}

bool pl_xml_feed(pl_xml *xml, const char *bytes, size_t length) {
  enum { PIECE = 1 << 20 }; /* expat takes an int */
  while (length > PIECE) {
    if (!parse(xml, bytes, PIECE, false))
      return false;
    bytes += PIECE;
    length -= PIECE;
  }
  return parse(xml, bytes, length, false);
}

pl_xml_end pl_xml_finish(pl_xml *xml) {
  if (!parse(xml, "", 0, true))
    return xml->end;
  return xml->error_document ? PL_XML_ERROR : PL_XML_COMPLETE;
}

const char *pl_xml_error_code(const pl_xml *xml) { return xml->code; }

const char *pl_xml_error_message(const pl_xml *xml) { return xml->message; }
