/* Reads the XML answers of AWS's Query APIs piece by piece, with expat.
 *
 * An element is identified by its path below the root, so the <status> of an <attachment> is not
 * confused with another <status>. A document type declaration ends the reading: AWS sends none, and
 * attacks on XML readers use the entities in it. One thread at a time for each pl_xml.
 */
#ifndef PL_AWS_XML_H
#define PL_AWS_XML_H

#include "base/limits.h"
#include "base/status.h"

typedef enum pl_xml_end {
  PL_XML_COMPLETE,  /* a complete document with the expected root */
  PL_XML_ERROR,     /* a complete error document; see pl_xml_error_code */
  PL_XML_MALFORMED, /* not XML, or incomplete */
  PL_XML_ROOT,      /* XML, but with another root */
  PL_XML_DOCTYPE,
  PL_XML_LIMIT,      /* nested too deeply, or names too long */
  PL_XML_INCOMPLETE, /* the text of `essential` could not be stored */
  PL_XML_MEMORY,
} pl_xml_end;

const char *pl_xml_end_text(pl_xml_end end); /* for a person; static storage */

/* `path` is, for example, "vpcEndpointSet/item/state". `text` is the text of the element, or "" if
 * it has child elements or more than PL_LIMIT_XML_TEXT bytes. Both are valid until the callback
 * returns. If a callback returns false (no memory), reading ends. */
typedef struct pl_xml_handler {
  const char *root;      /* expected */
  const char *essential; /* path of an element whose text must be stored; may be NULL */
  bool (*begin)(void *user, const char *path);
  bool (*end)(void *user, const char *path, const char *text);
  void *user;
} pl_xml_handler;

typedef struct pl_xml pl_xml;

/* Copies the handler. Its `root`, `essential` and `user` must outlive the reader. */
pl_status pl_xml_create(const pl_xml_handler *handler, pl_xml **ret_xml) PL_MUST_USE;
/* NULL is fine. */
void pl_xml_free(pl_xml *xml);

/* False if more input is of no use. */
bool pl_xml_feed(pl_xml *xml, const char *bytes, size_t length);
/* Ends the document. Call it once. */
pl_xml_end pl_xml_finish(pl_xml *xml);

/* Code and message of an error document: <Response><Errors><Error> of EC2, <ErrorResponse><Error>
 * of STS. Safe to print; "" if there is none. Without what may be a secret. */
const char *pl_xml_error_code(const pl_xml *xml);
const char *pl_xml_error_message(const pl_xml *xml);

#endif
