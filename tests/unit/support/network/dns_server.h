/* A DNS server for tests: a thread that answers from a table, over UDP and TCP, and counts the
 * questions. */
#ifndef PL_TESTS_DNS_SERVER_H
#define PL_TESTS_DNS_SERVER_H

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

typedef enum dns_manner {
  DNS_MANNER_ANSWER,     /* the row's addresses, or a SOA if it has none of the type */
  DNS_MANNER_RCODE,      /* the row's code */
  DNS_MANNER_SILENT,     /* nothing */
  DNS_MANNER_LOSE_FIRST, /* no answer to the first question, then as ANSWER */
  DNS_MANNER_TRUNCATE,   /* TC over UDP, then as ANSWER over TCP */
  DNS_MANNER_TC_CLOSE,   /* TC over UDP, then the connection is closed */
  DNS_MANNER_JUNK,       /* wrong ids, an empty datagram and bytes that are no DNS, then silence */
} dns_manner;

typedef struct dns_row {
  const char *name; /* "*" stands for every name; NULL ends the table */
  dns_manner manner;
  unsigned rcode;
  const char *ipv4, *ipv6; /* addresses, separated by spaces; NULL for none */
  const char *alias;       /* a CNAME to this one, which owns the addresses */
} dns_row;

typedef struct dns_server {
  const dns_row *rows;
  int udp, tcp, stop;
  uint16_t port;
  pthread_t thread;
  atomic_uint udp_questions, tcp_questions;
} dns_server;

typedef struct dns_question {
  const uint8_t *bytes; /* header and question */
  size_t length;
  char name[256];
  unsigned type;
} dns_question;

static inline bool dns_question_read(const uint8_t *bytes, size_t size, dns_question *question) {
  size_t at = 12, length = 0;
  while (at < size && bytes[at] != 0 && at + bytes[at] < size && length + bytes[at] < 250) {
    if (length > 0)
      question->name[length++] = '.';
    memcpy(question->name + length, bytes + at + 1, bytes[at]);
    length += bytes[at];
    at += (size_t)bytes[at] + 1;
  }
  question->name[length] = '\0';
  if (at + 5 > size)
    return false;
  question->type = (unsigned)(bytes[at + 1] << 8 | bytes[at + 2]);
  question->bytes = bytes;
  question->length = at + 5;
  return true;
}

static inline const dns_row *dns_row_find(const dns_row *rows, const char *name) {
  for (; rows->name != NULL; rows++) {
    if (strcmp(rows->name, "*") == 0 || strcasecmp(rows->name, name) == 0)
      return rows;
  }
  return NULL;
}

static inline size_t dns_put_head(uint8_t *reply, uint16_t owner, unsigned type, size_t size) {
  const uint8_t head[] = {
      (uint8_t)(0xc0 | owner >> 8), (uint8_t)owner, 0, (uint8_t)type, 0, 1, 0, 0, 0, 60,
      (uint8_t)(size >> 8),         (uint8_t)size};
  memcpy(reply, head, sizeof(head));
  return sizeof(head);
}

static inline size_t dns_put_name(uint8_t *reply, const char *name) {
  size_t at = 0;
  while (*name != '\0') {
    size_t size = strcspn(name, ".");
    reply[at++] = (uint8_t)size;
    memcpy(reply + at, name, size);
    at += size;
    name += size + (name[size] == '.' ? 1 : 0);
  }
  reply[at++] = 0;
  return at;
}

static inline size_t dns_put_addresses(uint8_t *reply, uint16_t owner, unsigned type,
                                       const char *texts, unsigned *count) {
  char text[64];
  size_t at = 0;
  const size_t size = type == 1 ? 4 : 16;
  while (texts != NULL && *texts != '\0') {
    size_t length = strcspn(texts, " ");
    memcpy(text, texts, length);
    text[length] = '\0';
    at += dns_put_head(reply + at, owner, type, size);
    inet_pton(type == 1 ? AF_INET : AF_INET6, text, reply + at);
    at += size;
    ++*count;
    texts += length + (texts[length] == ' ' ? 1 : 0);
  }
  return at;
}

static inline size_t dns_put_answers(const dns_row *row, const dns_question *question,
                                     uint8_t *reply) {
  size_t at = question->length;
  unsigned answers = 0;
  uint16_t owner = 12;
  if (row->alias != NULL) {
    uint8_t name[256];
    size_t size = dns_put_name(name, row->alias);
    at += dns_put_head(reply + at, owner, 5, size);
    owner = (uint16_t)at;
    memcpy(reply + at, name, size);
    at += size;
    answers++;
  }
  const unsigned before = answers;
  at += dns_put_addresses(reply + at, owner, question->type,
                          question->type == 1 ? row->ipv4 : row->ipv6, &answers);
  reply[7] = (uint8_t)answers;
  if (answers == before) {
    at += dns_put_head(reply + at, 12, 6, 22);
    memset(reply + at, 0, 22);
    at += 22;
    reply[9] = 1;
  }
  return at;
}

static inline size_t dns_reply(const dns_row *row, const dns_question *question, bool truncate,
                               uint8_t *reply) {
  memcpy(reply, question->bytes, question->length);
  memset(reply + 6, 0, 6);
  reply[2] = (uint8_t)(0x81 | (truncate ? 2 : 0));
  reply[3] = (uint8_t)(0x80 | (row->manner == DNS_MANNER_RCODE ? row->rcode : 0));
  if (truncate || row->manner == DNS_MANNER_RCODE)
    return question->length;
  return dns_put_answers(row, question, reply);
}

static inline void dns_serve_junk(int fd, const dns_question *question, const struct sockaddr *to,
                                  socklen_t to_size) {
  uint8_t reply[512];
  const dns_row row = {.manner = DNS_MANNER_ANSWER, .ipv4 = "10.66.66.66"};
  size_t length = dns_reply(&row, question, false, reply);
  reply[0] ^= 0x55;
  (void)sendto(fd, reply, length, 0, to, to_size);
  (void)sendto(fd, reply, 0, 0, to, to_size);
  (void)sendto(fd, "no DNS at all", 13, 0, to, to_size);
}

static inline void dns_serve_udp(dns_server *server) {
  uint8_t bytes[2048], reply[8192];
  struct sockaddr_storage from;
  socklen_t from_size = sizeof(from);
  dns_question question;
  ssize_t size =
      recvfrom(server->udp, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &from_size);
  if (size <= 0 || !dns_question_read(bytes, (size_t)size, &question))
    return;
  const unsigned number = atomic_fetch_add(&server->udp_questions, 1) + 1;
  const dns_row *row = dns_row_find(server->rows, question.name);
  const dns_row missing = {.manner = DNS_MANNER_RCODE, .rcode = 3};
  row = row != NULL ? row : &missing;
  if (row->manner == DNS_MANNER_SILENT || (row->manner == DNS_MANNER_LOSE_FIRST && number == 1))
    return;
  if (row->manner == DNS_MANNER_JUNK) {
    dns_serve_junk(server->udp, &question, (struct sockaddr *)&from, from_size);
    return;
  }
  const bool truncate = row->manner == DNS_MANNER_TRUNCATE || row->manner == DNS_MANNER_TC_CLOSE;
  size_t length = dns_reply(row, &question, truncate, reply);
  (void)sendto(server->udp, reply, length, 0, (struct sockaddr *)&from, from_size);
}

static inline void dns_serve_tcp(dns_server *server) {
  uint8_t bytes[2048], reply[8192];
  dns_question question;
  int fd = accept(server->tcp, NULL, NULL);
  if (fd < 0)
    return;
  atomic_fetch_add(&server->tcp_questions, 1);
  ssize_t size = recv(fd, bytes, 2, MSG_WAITALL);
  if (size == 2)
    size = recv(fd, bytes, (size_t)(bytes[0] << 8 | bytes[1]) % sizeof(bytes), MSG_WAITALL);
  if (size > 12 && dns_question_read(bytes, (size_t)size, &question)) {
    const dns_row *row = dns_row_find(server->rows, question.name);
    if (row != NULL && row->manner != DNS_MANNER_TC_CLOSE) {
      size_t length = dns_reply(row, &question, false, reply + 2);
      reply[0] = (uint8_t)(length >> 8);
      reply[1] = (uint8_t)length;
      (void)send(fd, reply, length + 2, MSG_NOSIGNAL);
    }
  }
  close(fd);
}

static inline void *dns_server_run(void *user) {
  dns_server *server = user;
  for (;;) {
    struct pollfd fds[] = {{.fd = server->stop, .events = POLLIN},
                           {.fd = server->udp, .events = POLLIN},
                           {.fd = server->tcp, .events = POLLIN}};
    if (poll(fds, 3, -1) < 0 && errno != EINTR)
      return NULL;
    if (fds[0].revents != 0)
      return NULL;
    if (fds[1].revents != 0)
      dns_serve_udp(server);
    if (fds[2].revents != 0)
      dns_serve_tcp(server);
  }
}

static inline bool dns_server_bind(dns_server *server, const char *address) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(server->port)};
  socklen_t size = sizeof(name);
  const int buffer = 4 << 20;
  inet_pton(AF_INET, address, &name.sin_addr);
  server->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  server->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  (void)setsockopt(server->udp, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
  if (bind(server->tcp, (struct sockaddr *)&name, size) != 0 || listen(server->tcp, 64) != 0 ||
      getsockname(server->tcp, (struct sockaddr *)&name, &size) != 0)
    return false;
  server->port = ntohs(name.sin_port);
  return bind(server->udp, (struct sockaddr *)&name, size) == 0;
}

/* Starts on `address` and `port` (0: a free port, which is then in server->port). */
static inline bool dns_server_start(dns_server *server, const char *address, uint16_t port,
                                    const dns_row *rows) {
  *server = (dns_server){.rows = rows, .port = port};
  server->stop = eventfd(0, EFD_CLOEXEC);
  return server->stop >= 0 && dns_server_bind(server, address) &&
         pthread_create(&server->thread, NULL, dns_server_run, server) == 0;
}

static inline void dns_server_stop(dns_server *server) {
  const uint64_t one = 1;
  if (write(server->stop, &one, sizeof(one)) != sizeof(one))
    return;
  pthread_join(server->thread, NULL);
  close(server->stop);
  close(server->udp);
  close(server->tcp);
}

#endif
