/* Resolvers for tests that speak DNS over HTTPS and over TLS, right or wrong, on server.h. */
#ifndef PL_TEST_SECURE_SERVER_H
#define PL_TEST_SECURE_SERVER_H

#include "dns_server.h"
#include "server.h"

typedef enum secure_manner {
  SECURE_ANSWER,         /* the row's addresses; NXDOMAIN where there is no row */
  SECURE_CHUNKED,        /* HTTPS: in two chunks */
  SECURE_UNTIL_CLOSE,    /* HTTPS: without a length; closes after it */
  SECURE_NOT_FOUND,      /* HTTPS: 404, with a body */
  SECURE_REDIRECT,       /* HTTPS: 302 to a path that answers */
  SECURE_ENDLESS_HEADER, /* HTTPS */
  SECURE_PIECES,         /* a byte in each TLS record */
  SECURE_BAD_VERSION,    /* NOERROR and no records, but with the extended code BADVERS */
  SECURE_WRONG_ID,
  SECURE_WRONG_QUESTION,
  SECURE_REFLECT, /* the question itself */
  SECURE_TEXT,    /* bytes that are no DNS */
  SECURE_EMPTY,   /* a message of no bytes */
  SECURE_TWICE,   /* each answer two times */
  SECURE_SILENT,  /* reads, never answers */
  SECURE_DRIP,    /* announces much and sends a byte every 20 ms, for ever */
  SECURE_FLOOD,   /* announces as much as can be, and sends for ever */
  SECURE_CLOSE,   /* closes after the question */
  SECURE_MANNERS,
} secure_manner;

/* Shared by all processes of the servers. */
typedef struct secure_tally {
  atomic_uint connections, questions;
} secure_tally;

typedef struct secure_script {
  server_script base;  /* `run` is secure_serve */
  const dns_row *rows; /* a row with the manner SILENT is never answered */
  secure_manner manner;
  bool https;
  unsigned per_connection; /* answers, after which it closes; 0: no limit */
  unsigned pause;          /* before each answer, ms */
  secure_tally *tally;
} secure_script;

void secure_serve(int fd, const server_script *script);

/* A zeroed tally; it lives as long as the process. */
secure_tally *secure_tally_make(void);

#endif
