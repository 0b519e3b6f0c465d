/* Moves the bytes of one TLS session over its socket, as a BIO of OpenSSL. */
#include "probe/wire/tls_socket.h"
#include <errno.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

/* OpenSSL does not limit everything that it reads. The budget ends a session with a server that
 * never stops sending. */
static int socket_read(BIO *bio, char *bytes, int size) {
  pl_tls_socket *s = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (s->budget == 0)
    return -1;
  size_t wanted = (size_t)size < s->budget ? (size_t)size : s->budget;
  ssize_t length;
  do
    length = recv(s->fd, bytes, wanted, MSG_DONTWAIT);
  while (length < 0 && errno == EINTR);
  if (length > 0) {
    s->received = true;
    s->budget -= (size_t)length;
  } else if (length == 0) {
    s->closed = true;
  } else if (errno == EAGAIN) {
    s->blocked = true;
    BIO_set_retry_read(bio);
  } else {
    s->error = errno;
  }
  return (int)length;
}

/* The client sends the last flight of a TLS 1.3 handshake, the server that of TLS 1.2. */
static bool ends_handshake(const pl_tls_socket *s) {
  return SSL_get_state(s->ssl) == TLS_ST_CW_FINISHED && SSL_version(s->ssl) == TLS1_3_VERSION;
}

/* The end of a handshake and the request share a segment. If there is no request, close() sends
 * what the kernel has kept. */
static int socket_write(BIO *bio, const char *bytes, int size) {
  pl_tls_socket *s = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  int flags = MSG_NOSIGNAL | MSG_DONTWAIT | (ends_handshake(s) ? MSG_MORE : 0);
  ssize_t length;
  do
    length = send(s->fd, bytes, (size_t)size, flags);
  while (length < 0 && errno == EINTR);
  if (length < 0 && errno == EAGAIN)
    BIO_set_retry_write(bio);
  else if (length < 0)
    s->error = errno;
  return (int)length;
}

static long socket_control(BIO *bio, int command, long number, void *pointer) {
  (void)number;
  (void)pointer;
  if (command == BIO_CTRL_FLUSH)
    return 1; /* nothing is held back */
  if (command == BIO_CTRL_EOF)
    return ((const pl_tls_socket *)BIO_get_data(bio))->closed;
  return 0;
}

/* OpenSSL's own socket BIO uses write(), which raises SIGPIPE, and errno may change before the
 * caller sees it. */
BIO_METHOD *pl_tls_socket_method(void) {
  BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "privatelink socket");
  if (method == NULL)
    return NULL;
  if (BIO_meth_set_read(method, socket_read) != 1 ||
      BIO_meth_set_write(method, socket_write) != 1 ||
      BIO_meth_set_ctrl(method, socket_control) != 1) {
    BIO_meth_free(method);
    return NULL;
  }
  return method;
}
