/* Streaming reader for the answers of AWS's Query APIs, over expat. The only file that sees it.
 *
 * Elements are told by their whole path below the root, so that a <status> inside an <attachment>
 * is not the <status> of what it is attached to. A document type declaration ends the reading: no
 * answer of AWS has one, and entities are what XML is attacked with. One thread at a time.
 */
#ifndef PL_AWS_XML_H
#define PL_AWS_XML_H

#include "base/limits.h"
#include "base/status.h"

typedef enum pl_xml_end {
  PL_XML_COMPLETE,  /* a whole document with the root that was expected */
  PL_XML_ERROR,     /* a whole error document; see pl_xml_error_code */
  PL_XML_MALFORMED, /* no XML, or cut */
  PL_XML_ROOT,      /* XML, but with another root */
  PL_XML_DOCTYPE,
  PL_XML_LIMIT,      /* nested too deeply, or names too long */
  PL_XML_INCOMPLETE, /* `essential` was there, but its text could not be kept */
  PL_XML_MEMORY,
} pl_xml_end;

const char *pl_xml_end_text(pl_xml_end end); /* for a person: "not XML" … */

/* `path` is "vpcEndpointSet/item/state". `text` is the element's own text where it has no child
 * elements and no more of it than PL_LIMIT_XML_TEXT, else "". Both live until the callback
 * returns; false (no memory) ends the reading. */
typedef struct pl_xml_handler {
  const char *root;      /* expected */
  const char *essential; /* path of an element whose text must not get lost; may be NULL */
  bool (*begin)(void *user, const char *path);
  bool (*end)(void *user, const char *path, const char *text);
  void *user;
} pl_xml_handler;

typedef struct pl_xml pl_xml;

/* `secret`: whatever the parser frees is wiped before. The handler is copied. */
pl_status pl_xml_create(const pl_xml_handler *handler, bool secret, pl_xml **ret_xml) PL_MUST_USE;
void pl_xml_free(pl_xml *xml);

/* False once there is no use in more. */
bool pl_xml_feed(pl_xml *xml, const char *bytes, size_t length);
/* Ends the document. Once. */
pl_xml_end pl_xml_finish(pl_xml *xml);

/* Of an error document: <Response><Errors><Error> as EC2 has it, <ErrorResponse><Error> as STS.
 * Made safe to print; "" where there is none. */
const char *pl_xml_error_code(const pl_xml *xml);
const char *pl_xml_error_message(const pl_xml *xml);

#endif
