/* Reads a DNS message as the answer to one question. */
#include "probe/dns/dns_answer.h"
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 255   /* bytes of a name on the wire, RFC 1035 3.1 */
#define RECORD_SIZE 11u /* least bytes of a record: the root, type, class, TTL, length */
#define CLASS_IN 1
#define TYPE_NS 2
#define TYPE_CNAME 5
#define TYPE_SOA 6
#define TYPE_OPT 41
#define FLAG_RESPONSE 0x8000u
#define FLAG_TRUNCATED 0x0200u
#define FLAG_RECURSION 0x0080u /* available */
#define OPCODE_MASK 0x7800u
#define FLAG_RECURSION_DESIRED 0x0100u
#define RCODE_MASK 0x000fu
#define UDP_SIZE 1232 /* of the answers that we take over UDP: no fragments on any common link */

enum { RCODE_NOERROR = 0, RCODE_SERVFAIL = 2, RCODE_NXDOMAIN = 3, RCODE_REFUSED = 5 };

/* A name as on the wire (length, label, … 0), without pointers and in lower case. Two names are
 * equal if their bytes are. */
typedef struct wire_name {
  uint8_t bytes[NAME_SIZE];
  size_t length;
} wire_name;

/* Reads forward through a message. Once `bad` is set it stays set, and all numbers are zero. */
typedef struct reader {
  const uint8_t *message;
  size_t length;
  size_t at;
  bool bad;
} reader;

typedef struct record {
  wire_name owner;
  uint16_t type;
  uint16_t class;
  uint32_t ttl_field; /* as it stands */
  uint32_t ttl;
  size_t data; /* offset of the RDATA */
  size_t data_length;
  wire_name target; /* of a CNAME; empty if its RDATA is not exactly one name */
} record;

typedef struct message {
  reader body; /* starts after the question */
  unsigned flags;
  unsigned rcode; /* with its extension, where the message has one */
  unsigned answers, authorities, additionals;
  wire_name question;
  unsigned question_type, question_class;
  bool has_question;
  record *records; /* of all sections, in order; each name in them is decoded once */
} message;

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c; }

static bool name_equal(const wire_name *a, const wire_name *b) {
  return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

static uint16_t read_u16(reader *r) {
  if (r->bad || r->length - r->at < 2) {
    r->bad = true;
    return 0;
  }
  uint16_t value = (uint16_t)(r->message[r->at] << 8 | r->message[r->at + 1]);
  r->at += 2;
  return value;
}

static uint32_t read_u32(reader *r) {
  uint32_t high = read_u16(r);
  return high << 16 | read_u16(r);
}

static void name_add_label(reader *r, size_t at, size_t size, wire_name *name) {
  /* One byte stays free for the root label. */
  if (r->length - at < size || name->length + size + 1 > NAME_SIZE) {
    r->bad = true;
    return;
  }
  name->bytes[name->length++] = (uint8_t)(size - 1);
  for (size_t i = 1; i < size; i++)
    name->bytes[name->length++] = lower(r->message[at + i]);
}

/* RFC 1035 4.1.4. Each pointer must lead to a place before the labels that it ends ("prior
 * occurrence"). This also ends loops. The number of pointers is limited too: without that, a large
 * message of pointers to pointers would take seconds. */
static void read_name(reader *r, wire_name *ret_name) {
  size_t start = r->at, at = start, end = 0;
  unsigned pointers = 0;
  ret_name->length = 0;
  while (!r->bad) {
    if (at >= r->length)
      break;
    uint8_t size = r->message[at];
    if (size == 0) {
      ret_name->bytes[ret_name->length++] = 0;
      r->at = end != 0 ? end : at + 1;
      return;
    }
    if (size < 0x40) {
      name_add_label(r, at, (size_t)size + 1, ret_name);
      at += (size_t)size + 1;
      continue;
    }
    if (size < 0xc0 || r->length - at < 2)
      break;
    size_t target = (size_t)(size & 0x3f) << 8 | r->message[at + 1];
    if (target >= start || ++pointers > PL_LIMIT_DNS_POINTERS)
      break;
    end = end != 0 ? end : at + 2;
    at = start = target;
  }
  r->bad = true;
}

/* The name in a record's RDATA, which it must fill. */
static void read_target(const reader *r, record *cname) {
  reader data = {.message = r->message, .length = r->length, .at = cname->data};
  read_name(&data, &cname->target);
  if (data.bad || data.at != cname->data + cname->data_length)
    cname->target.length = 0;
}

static void read_record(reader *r, record *ret_record) {
  read_name(r, &ret_record->owner);
  ret_record->type = read_u16(r);
  ret_record->class = read_u16(r);
  uint32_t ttl = ret_record->ttl_field = read_u32(r);
  ret_record->ttl = (ttl & 0x80000000u) != 0 ? 0 : ttl; /* RFC 2181 section 8 */
  ret_record->data_length = read_u16(r);
  ret_record->data = r->at;
  if (r->bad || r->length - r->at < ret_record->data_length) {
    r->bad = true;
    return;
  }
  r->at += ret_record->data_length;
  if (ret_record->type == TYPE_CNAME)
    read_target(r, ret_record);
}

static bool name_from_text(const char *text, wire_name *ret_name) {
  ret_name->length = 0;
  while (*text != '\0') {
    size_t size = strcspn(text, ".");
    if (size == 0 || size > PL_LIMIT_LABEL || ret_name->length + size + 2 > NAME_SIZE)
      return false;
    ret_name->bytes[ret_name->length++] = (uint8_t)size;
    for (size_t i = 0; i < size; i++)
      ret_name->bytes[ret_name->length++] = lower((uint8_t)text[i]);
    text += size;
    text += *text == '.' ? 1 : 0;
  }
  ret_name->bytes[ret_name->length++] = 0;
  return true;
}

static void name_to_text(const wire_name *name, char storage[PL_LIMIT_HOST + 1]) {
  char text[NAME_SIZE];
  size_t length = 0;
  for (size_t at = 0; name->bytes[at] != 0; at += (size_t)name->bytes[at] + 1) {
    if (length > 0)
      text[length++] = '.';
    for (size_t i = 1; i <= name->bytes[at]; i++) {
      char c = (char)name->bytes[at + i];
      text[length++] = c == '.' ? '?' : c; /* a dot inside a label would look like two labels */
    }
  }
  pl_text_set_foreign(storage, PL_LIMIT_HOST + 1, text, length);
}

/* ---- the message ----------------------------------------------------------------------------- */

static bool open_message(const uint8_t *bytes, size_t length, message *ret_message) {
  reader r = {.message = bytes, .length = length};
  (void)read_u16(&r); /* the id: the caller has compared it */
  ret_message->flags = read_u16(&r);
  ret_message->rcode = ret_message->flags & RCODE_MASK;
  unsigned questions = read_u16(&r);
  ret_message->answers = read_u16(&r);
  ret_message->authorities = read_u16(&r);
  ret_message->additionals = read_u16(&r);
  ret_message->has_question = questions == 1;
  if (questions == 1) {
    read_name(&r, &ret_message->question);
    ret_message->question_type = read_u16(&r);
    ret_message->question_class = read_u16(&r);
  }
  ret_message->body = r;
  return !r.bad && questions <= 1 && (ret_message->flags & FLAG_RESPONSE) != 0 &&
         (ret_message->flags & OPCODE_MASK) == 0;
}

/* Every section must have as many records as the header says. A message that is cut, or whose
 * counts are wrong, may lack the address that matters. There is at most one OPT (RFC 6891 6.1.1);
 * its TTL begins with the upper bits of the code (6.1.3). PL_OK without records: it is not whole.
 */
static pl_status read_records(message *m) {
  reader r = m->body;
  const size_t before = (size_t)m->answers + m->authorities, count = before + m->additionals;
  unsigned options = 0;
  if (count > (r.length - r.at) / RECORD_SIZE)
    return PL_OK;
  m->records = calloc(count + 1, sizeof(*m->records));
  if (m->records == NULL)
    return PL_ERR_MEMORY;
  for (size_t i = 0; i < count && !r.bad; i++) {
    read_record(&r, &m->records[i]);
    if (i < before || m->records[i].type != TYPE_OPT)
      continue;
    options++;
    m->rcode |= m->records[i].ttl_field >> 24 << 4;
  }
  if (r.bad || options > 1) {
    free(m->records);
    m->records = NULL;
  }
  return PL_OK;
}

/* What the answer section says about one owner. */
typedef struct owner_view {
  unsigned addresses, aliases;
  unsigned others; /* addresses or aliases that belong to another owner or class */
  uint32_t ttl;
  wire_name target;
  bool bad;
} owner_view;

static void view_alias(const record *cname, owner_view *view) {
  if (cname->target.length == 0) {
    view->bad = true;
    return;
  }
  if (view->aliases > 0 && !name_equal(&cname->target, &view->target))
    view->bad = true; /* RFC 1034 3.6.2: one alias a name */
  view->target = cname->target;
  view->aliases++;
}

/* Looks through the answer section for records of `owner`; its addresses go to `answers`. */
static pl_status view_owner(const message *m, const wire_name *owner, pl_dns_type type,
                            pl_addr_list *answers, owner_view *ret_view) {
  size_t size = type == PL_DNS_A ? 4 : 16;
  pl_family family = type == PL_DNS_A ? PL_FAMILY_IPV4 : PL_FAMILY_IPV6;
  *ret_view = (owner_view){.ttl = UINT32_MAX};
  for (unsigned i = 0; i < m->answers; i++) {
    const record *found = &m->records[i];
    if (found->type != TYPE_CNAME && found->type != PL_DNS_A && found->type != PL_DNS_AAAA)
      continue; /* RRSIG, DNAME (whose CNAME the server adds) and the like */
    if (found->class != CLASS_IN || !name_equal(&found->owner, owner) ||
        (found->type != TYPE_CNAME && found->type != (unsigned)type)) {
      ret_view->others++;
      continue;
    }
    if (found->ttl < ret_view->ttl)
      ret_view->ttl = found->ttl;
    if (found->type == TYPE_CNAME) {
      view_alias(found, ret_view);
      continue;
    }
    if (found->data_length != size) {
      ret_view->bad = true;
      continue;
    }
    ret_view->addresses++;
    pl_addr address = pl_addr_make(family, m->body.message + found->data);
    pl_status status = pl_addr_list_add(answers, &address);
    if (status != PL_OK)
      return status;
  }
  if (ret_view->addresses > 0 && ret_view->aliases > 0)
    ret_view->bad = true; /* RFC 1034 3.6.2: an alias has no other data */
  return PL_OK;
}

/* The end of a walk along the aliases. */
typedef struct chain {
  wire_name end;
  unsigned length;
  unsigned addresses;
  unsigned others; /* at the end of the chain: records that are no part of it */
  uint32_t ttl;
  bool bad;
} chain;

static pl_status follow_chain(const message *m, const wire_name *name, pl_dns_type type,
                              pl_addr_list *answers, chain *ret_chain) {
  unsigned followed = 0; /* alias records on the chain */
  owner_view view;
  *ret_chain = (chain){.end = *name, .ttl = UINT32_MAX};
  for (;;) {
    pl_status status = view_owner(m, &ret_chain->end, type, answers, &view);
    if (status != PL_OK)
      return status;
    if (view.ttl < ret_chain->ttl)
      ret_chain->ttl = view.ttl;
    /* The limit also finds loops. */
    ret_chain->bad = view.bad || (view.aliases > 0 && ret_chain->length == PL_LIMIT_DNS_CHAIN);
    if (ret_chain->bad || view.aliases == 0)
      break;
    followed += view.aliases;
    ret_chain->length++;
    ret_chain->end = view.target;
  }
  ret_chain->addresses = view.addresses;
  ret_chain->others = view.others >= followed ? view.others - followed : 0;
  return PL_OK;
}

typedef struct authority {
  bool soa, ns;
} authority;

static authority view_authority(const message *m) {
  authority seen = {0};
  for (unsigned i = 0; i < m->authorities; i++) {
    const unsigned type = m->records[m->answers + i].type;
    seen.soa = seen.soa || type == TYPE_SOA;
    seen.ns = seen.ns || type == TYPE_NS;
  }
  return seen;
}

/* Whether a NOERROR without an address means that there is none (RFC 2308 2.2). It does not in a
 * referral (NS without SOA), or if a server without recursion did not follow an alias into a zone
 * that it does not serve. */
static bool says_no_data(const message *m, const chain *c) {
  authority seen = view_authority(m);
  if (c->others > 0)
    return false;
  if (seen.soa)
    return true;
  return !seen.ns && (c->length == 0 || (m->flags & FLAG_RECURSION) != 0);
}

static pl_dns_outcome judge_chain(const message *m, const chain *c) {
  if (c->bad)
    return PL_DNS_MALFORMED;
  if (m->rcode == RCODE_NXDOMAIN)
    return c->addresses == 0 && c->others == 0 ? PL_DNS_NXDOMAIN : PL_DNS_MALFORMED;
  if (c->addresses > 0)
    return PL_DNS_ANSWER;
  return says_no_data(m, c) ? PL_DNS_NODATA : PL_DNS_MALFORMED;
}

static pl_status read_answer(const message *m, const wire_name *name, pl_dns_type type,
                             pl_dns_fact *fact) {
  /* Over UDP it would have been asked again. */
  bool stream = fact->over_tcp || fact->transport != PL_DNS_PLAIN;
  pl_addr_list answers = {0};
  chain c;
  pl_status status = follow_chain(m, name, type, &answers, &c);
  if (status != PL_OK) {
    pl_addr_list_free(&answers);
    return status;
  }
  fact->outcome = judge_chain(m, &c);
  if ((m->flags & FLAG_TRUNCATED) != 0) {
    if (!stream || fact->outcome != PL_DNS_ANSWER)
      fact->outcome = PL_DNS_MALFORMED;
    answers.truncated = true; /* more than a TCP message holds, RFC 2181 section 9 */
  }
  if (fact->outcome == PL_DNS_MALFORMED) {
    pl_addr_list_free(&answers);
    return PL_OK;
  }
  pl_addr_list_sort(&answers);
  fact->ttl = c.ttl == UINT32_MAX ? 0 : c.ttl;
  if (c.length > 0)
    name_to_text(&c.end, fact->canonical);
  if (fact->outcome == PL_DNS_ANSWER)
    fact->answers = answers;
  else
    pl_addr_list_free(&answers);
  return PL_OK;
}

/* `fact` has the code of the message. */
static pl_status read_message(const message *m, const wire_name *asked, pl_dns_type type,
                              pl_dns_fact *fact) {
  bool matches = m->has_question && m->question_type == (unsigned)type &&
                 m->question_class == CLASS_IN && name_equal(&m->question, asked);
  /* For an error the code is enough: some servers leave the question out. */
  if (m->has_question && !matches)
    return PL_OK;
  if (fact->rcode != RCODE_NOERROR && fact->rcode != RCODE_NXDOMAIN) {
    fact->outcome = fact->rcode == RCODE_SERVFAIL  ? PL_DNS_SERVFAIL
                    : fact->rcode == RCODE_REFUSED ? PL_DNS_REFUSED
                                                   : PL_DNS_RCODE;
    return PL_OK;
  }
  return matches && m->records != NULL ? read_answer(m, asked, type, fact) : PL_OK;
}

pl_status pl_dns_answer_read(const uint8_t *bytes, size_t length, const char *name,
                             pl_dns_type type, pl_dns_fact *fact) {
  message m = {0};
  wire_name asked;
  fact->outcome = PL_DNS_MALFORMED;
  fact->rcode = 0;
  fact->answers = (pl_addr_list){0};
  fact->canonical[0] = '\0';
  fact->ttl = 0;
  if (!name_from_text(name, &asked))
    return PL_ERR_INVALID;
  if (!open_message(bytes, length, &m))
    return PL_OK;
  pl_status status = read_records(&m);
  fact->rcode = (uint16_t)m.rcode;
  if (status == PL_OK)
    status = read_message(&m, &asked, type, fact);
  free(m.records);
  return status;
}

/* ---- questions ------------------------------------------------------------------------------ */

static size_t put_u16(uint8_t *bytes, unsigned value) {
  bytes[0] = (uint8_t)(value >> 8);
  bytes[1] = (uint8_t)value;
  return 2;
}

pl_status pl_dns_question_make(uint16_t id, const char *name, pl_dns_type type,
                               pl_dns_question *ret_question) {
  wire_name asked;
  if (!name_from_text(name, &asked))
    return PL_ERR_INVALID;
  const unsigned header[] = {id, FLAG_RECURSION_DESIRED, 1, 0, 0, 1};
  uint8_t *bytes = ret_question->bytes;
  size_t at = 0;
  for (size_t i = 0; i < PL_COUNT_OF(header); i++)
    at += put_u16(bytes + at, header[i]);
  memcpy(bytes + at, asked.bytes, asked.length);
  at += asked.length;
  at += put_u16(bytes + at, type);
  at += put_u16(bytes + at, CLASS_IN);
  bytes[at++] = 0; /* the root: RFC 6891 6.1.2 */
  at += put_u16(bytes + at, TYPE_OPT);
  at += put_u16(bytes + at, UDP_SIZE);
  memset(bytes + at, 0, 6); /* version, flags, and no options */
  ret_question->length = at + 6;
  return PL_OK;
}
