/* The socket under one TLS session, and what was seen on it. Each session owns one; the descriptor
 * belongs to the attempt. Loop thread. */
#ifndef PL_PROBE_WIRE_TLS_SOCKET_H
#define PL_PROBE_WIRE_TLS_SOCKET_H

#include <openssl/bio.h>
#include <stdbool.h>

typedef struct pl_tls_socket {
  const SSL *ssl; /* of the session, which owns it */
  int fd;
  size_t budget; /* bytes that may still be read */
  int error;     /* errno of the last system call that failed for good; 0 for none */
  bool blocked;  /* the last read found nothing; the session clears it */
  bool closed;   /* FIN was read */
  bool received; /* at least one byte was read */
} pl_tls_socket;

/* The methods of a BIO whose data is a pl_tls_socket. NULL without memory. Free with
 * BIO_meth_free. */
BIO_METHOD *pl_tls_socket_method(void);

#endif
