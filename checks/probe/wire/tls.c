#include "probe/wire/tls.h"
#include "base/addr.h"
#include "base/buf.h"
#include "base/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECURITY_LEVEL 2 /* 112 bits: RSA 2048, SHA-2; SSL_CTX_set_security_level(3) */
#define TLS_1_2_CIPHERS "DEFAULT:!aNULL:!eNULL:!PSK:!SRP"
/* OpenSSL's own, less what the security level refuses. */
#define SIGNATURES                                                                                 \
  "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:rsa_pss_pss_sha256:rsa_pss_pss_sha384:"    \
  "rsa_pss_pss_sha512:rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:RSA+SHA256:"     \
  "RSA+SHA384:RSA+SHA512"

typedef struct anchor_set {
  SSL_CTX *ssl;
  const char *system; /* bundle or hashed directory; NULL where this system has none */
  pl_file_stamp system_stamp, ca_stamp;
} anchor_set;

struct pl_tls_library {
  OSSL_LIB_CTX *context;
  OSSL_PROVIDER *provider;
};

struct pl_tls_context {
  OSSL_LIB_CTX *library; /* NULL: the process's; borrowed */
  anchor_set current;
  char *ca_file;
  BIO_METHOD *socket_method;
};

struct pl_tls {
  SSL *ssl;
  int fd;
  bool blocked;           /* the last read found nothing */
  unsigned empty_records; /* read after the handshake, without data in them */
  size_t budget;          /* bytes that the other side may still send */
  int error;              /* errno of the last system call that failed for good */
  bool closed;            /* FIN was read */
  bool received;          /* at least one byte came */
  bool handshaken;
  /* What verification found; see note_problem. */
  bool chain_ok, name_ok;
  pl_certificate_time time;
  long problem; /* the first X509_V_ERR_ that is not about time; X509_V_OK for none */
};

/* ---- the library ---------------------------------------------------------------------------- */

typedef struct reason_text {
  char text[PL_LIMIT_TEXT];
} reason_text;

/* Of the oldest entry of OpenSSL's error queue, which is emptied. Where libcrypto's texts are not
 * loaded, it is a number; errstr(1ssl) has the text. */
static reason_text library_reason(void) {
  reason_text found = {"unknown error"};
  unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char *text = ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code)) : NULL;
  if (text == NULL)
    text = ERR_reason_error_string(code);
  if (text != NULL)
    pl_text_set_foreign(found.text, sizeof(found.text), text, strlen(text));
  else if (code != 0)
    snprintf(found.text, sizeof(found.text), "OpenSSL's error %08lX", code);
  return found;
}

/* Certificates name their digest by number, and OpenSSL finds those only among the registered ones.
 * Ciphers it finds without. */
static bool register_digests(void) {
  const EVP_MD *const digests[] = {EVP_md5(),        EVP_sha1(),       EVP_sha224(),
                                   EVP_sha256(),     EVP_sha384(),     EVP_sha512(),
                                   EVP_sha512_224(), EVP_sha512_256(), EVP_sha3_224(),
                                   EVP_sha3_256(),   EVP_sha3_384(),   EVP_sha3_512()};
  for (size_t i = 0; i < PL_COUNT_OF(digests); i++) {
    if (EVP_add_digest(digests[i]) != 1)
      return false;
  }
  return true;
}

/* A run is so short that registering every algorithm and every error text there is, and taking it
 * all down again, would be an eighth of it. */
pl_status pl_tls_library_init(pl_error *error) {
  uint64_t less = OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS |
                  OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT |
                  OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS;
  if (OPENSSL_init_crypto(less, NULL) != 1 ||
      OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1 || !register_digests())
    return pl_fail(error, PL_ERR_IO, "OpenSSL: %s", library_reason().text);
  return PL_OK;
}

pl_status pl_tls_library_create(pl_tls_library **ret_library, pl_error *error) {
  pl_tls_library *library = calloc(1, sizeof(*library));
  if (library == NULL)
    return pl_fail(error, PL_ERR_MEMORY, "out of memory");
  library->context = OSSL_LIB_CTX_new();
  if (library->context != NULL)
    library->provider = OSSL_PROVIDER_load(library->context, "default");
  if (library->provider == NULL) {
    pl_tls_library_free(library);
    return pl_fail(error, PL_ERR_IO, "OpenSSL: %s", library_reason().text);
  }
  *ret_library = library;
  return PL_OK;
}

void pl_tls_library_free(pl_tls_library *library) {
  if (library == NULL)
    return;
  if (library->provider != NULL)
    OSSL_PROVIDER_unload(library->provider);
  OSSL_LIB_CTX_free(library->context);
  free(library);
}

/* ---- the socket under a session ------------------------------------------------------------- */

/* OpenSSL's own socket BIO uses write(), which raises SIGPIPE, and leaves errno to chance. */
static ssize_t receive(int fd, char *bytes, size_t size) {
  ssize_t length;
  do
    length = recv(fd, bytes, size, MSG_DONTWAIT);
  while (length < 0 && errno == EINTR);
  return length;
}

static ssize_t transmit(int fd, const char *bytes, size_t size, int flags) {
  ssize_t length;
  do
    length = send(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT | flags);
  while (length < 0 && errno == EINTR);
  return length;
}

/* The budget ends a session that sends without end where OpenSSL does not count. */
static int socket_read(BIO *bio, char *bytes, int size) {
  pl_tls *tls = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (tls->budget == 0)
    return -1;
  size_t wanted = (size_t)size < tls->budget ? (size_t)size : tls->budget;
  ssize_t length = receive(tls->fd, bytes, wanted);
  if (length > 0) {
    tls->received = true;
    tls->budget -= (size_t)length;
  } else if (length == 0) {
    tls->closed = true;
  } else if (errno == EAGAIN) {
    tls->blocked = true;
    BIO_set_retry_read(bio);
  } else {
    tls->error = errno;
  }
  return (int)length;
}

/* In TLS 1.3 the client has the last word of a handshake. In TLS 1.2 the server has. */
static bool ends_handshake(const pl_tls *tls) {
  return SSL_get_state(tls->ssl) == TLS_ST_CW_FINISHED && SSL_version(tls->ssl) == TLS1_3_VERSION;
}

/* The end of a handshake shares a segment with the request behind it. Where none follows, close()
 * sends what the kernel has kept. */
static int socket_write(BIO *bio, const char *bytes, int size) {
  pl_tls *tls = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  ssize_t length = transmit(tls->fd, bytes, (size_t)size, ends_handshake(tls) ? MSG_MORE : 0);
  if (length < 0 && errno == EAGAIN)
    BIO_set_retry_write(bio);
  else if (length < 0)
    tls->error = errno;
  return (int)length;
}

static long socket_control(BIO *bio, int command, long number, void *pointer) {
  (void)number;
  (void)pointer;
  if (command == BIO_CTRL_FLUSH)
    return 1; /* nothing is held back */
  if (command == BIO_CTRL_EOF)
    return ((const pl_tls *)BIO_get_data(bio))->closed;
  return 0;
}

static BIO_METHOD *socket_method_new(void) {
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

/* ---- trust anchors -------------------------------------------------------------------------- */

/* "0a1b2c3d.0", as openssl-rehash(1) names them. */
static bool is_hash_name(const char *name) {
  return strspn(name, "0123456789abcdef") == 8 && strcmp(name + 8, ".0") == 0;
}

/* In small pieces, since one of the first few names is enough: readdir(3) would have the kernel
 * list the whole directory, which takes longer than connecting does. */
static bool is_hashed_directory(const char *path) {
  union {
    struct dirent64 align;
    char bytes[1024];
  } piece;
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return false;
  bool found = false;
  ssize_t length;
  while (!found && (length = getdents64(fd, piece.bytes, sizeof(piece.bytes))) > 0) {
    const struct dirent64 *entry;
    for (ssize_t i = 0; !found && i < length; i += entry->d_reclen) {
      entry = (const void *)(piece.bytes + i);
      found = is_hash_name(entry->d_name);
    }
  }
  close(fd);
  return found;
}

/* Where distributions keep their anchors. A hashed directory comes first, since only the anchor
 * that is needed is read from it: parsing a whole bundle costs more than the rest of a check. The
 * environment (SSL_CERT_FILE, SSL_CERT_DIR) is not asked. */
static const char *find_system_anchors(bool *ret_directory) {
  const char *directories[] = {"/etc/ssl/certs", X509_get_default_cert_dir()};
  const char *bundles[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                           "/etc/ssl/ca-bundle.pem", X509_get_default_cert_file()};
  for (size_t i = 0; i < PL_COUNT_OF(directories); i++) {
    if (is_hashed_directory(directories[i])) {
      *ret_directory = true;
      return directories[i];
    }
  }
  *ret_directory = false;
  for (size_t i = 0; i < PL_COUNT_OF(bundles); i++) {
    if (pl_file_stamp_of(bundles[i]).exists)
      return bundles[i];
  }
  return NULL;
}

static bool load_system(X509_STORE *store, OSSL_LIB_CTX *library, const char *path,
                        bool directory) {
  if (directory)
    return X509_STORE_load_path(store, path) == 1;
  return X509_STORE_load_file_ex(store, path, library, NULL) == 1;
}

static pl_status load_anchors(const pl_tls_context *context, anchor_set *anchors, pl_error *error) {
  X509_STORE *store = SSL_CTX_get_cert_store(anchors->ssl);
  const char *ca_file = context->ca_file;
  bool directory;
  anchors->system = find_system_anchors(&directory);
  anchors->system_stamp = pl_file_stamp_of(anchors->system);
  anchors->ca_stamp = pl_file_stamp_of(ca_file);
  if (anchors->system != NULL && !load_system(store, context->library, anchors->system, directory))
    return pl_fail(error, PL_ERR_IO, "%s: %s", anchors->system, library_reason().text);
  if (anchors->system == NULL && ca_file == NULL)
    return pl_fail(error, PL_ERR_IO,
                   "this system has no trust anchors (ca-certificates), and none are given");
  if (ca_file != NULL && X509_STORE_load_file_ex(store, ca_file, context->library, NULL) != 1)
    return pl_fail(error, PL_ERR_INVALID, "%s: no trust anchors in PEM form: %s", ca_file,
                   library_reason().text);
  return PL_OK;
}

/* ---- verification --------------------------------------------------------------------------- */

/* Validity period, name and chain fail apart from each other: each means something else. */
static void note_problem(pl_tls *tls, int problem) {
  switch (problem) {
  case X509_V_ERR_CERT_HAS_EXPIRED:
    tls->time = PL_CERTIFICATE_EXPIRED;
    return;
  case X509_V_ERR_CERT_NOT_YET_VALID:
    if (tls->time != PL_CERTIFICATE_EXPIRED)
      tls->time = PL_CERTIFICATE_NOT_YET;
    return;
  case X509_V_ERR_HOSTNAME_MISMATCH:
  case X509_V_ERR_IP_ADDRESS_MISMATCH:
    tls->name_ok = false;
    break;
  default:
    tls->chain_ok = false;
    break;
  }
  if (tls->problem == X509_V_OK)
    tls->problem = problem;
}

/* Always accepts, so that every problem is seen; nothing is sent before they were looked at. */
static int verify_callback(int accepted, X509_STORE_CTX *store) {
  const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  if (!accepted)
    note_problem(SSL_get_app_data(ssl), X509_STORE_CTX_get_error(store));
  return 1;
}

static int64_t seconds_of(const ASN1_TIME *time) {
  struct tm parts;
  if (ASN1_TIME_to_tm(time, &parts) != 1)
    return 0;
  return timegm(&parts);
}

static void set_name(char *storage, size_t size, const X509_NAME *name) {
  BIO *bio = BIO_new(BIO_s_mem());
  char *text = NULL;
  long length = 0;
  if (bio != NULL && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0)
    length = BIO_get_mem_data(bio, &text);
  pl_text_set_foreign(storage, size, length > 0 ? text : "", length > 0 ? (size_t)length : 0);
  BIO_free(bio);
}

/* What the leaf says of itself. Nothing is proven by it before the handshake is complete. */
static void describe_leaf(const pl_tls *tls, pl_certificate *certificate) {
  const X509 *leaf = SSL_get0_peer_certificate(tls->ssl);
  if (leaf == NULL || certificate->seen)
    return;
  certificate->seen = true;
  certificate->not_before = seconds_of(X509_get0_notBefore(leaf));
  certificate->not_after = seconds_of(X509_get0_notAfter(leaf));
  set_name(certificate->subject, sizeof(certificate->subject), X509_get_subject_name(leaf));
  set_name(certificate->issuer, sizeof(certificate->issuer), X509_get_issuer_name(leaf));
  (void)X509_digest(leaf, EVP_sha256(), certificate->sha256, NULL);
}

/* Only now has the other side shown that it holds the key. */
static void judge_leaf(pl_tls *tls, pl_certificate *certificate) {
  if (!certificate->seen)
    return;
  long result = SSL_get_verify_result(tls->ssl);
  if (result != X509_V_OK)
    note_problem(tls, (int)result);
  certificate->chain_ok = tls->chain_ok;
  certificate->name_ok = tls->name_ok;
  certificate->time = tls->time;
  if (tls->problem == X509_V_OK)
    return;
  const char *text = X509_verify_cert_error_string(tls->problem);
  pl_text_set_foreign(certificate->problem, sizeof(certificate->problem), text, strlen(text));
}

/* ---- contexts ------------------------------------------------------------------------------- */

/* Everything is set here, whatever a configuration file that the process has loaded may say. */
static bool configure(SSL_CTX *ssl) {
  SSL_CTX_set_security_level(ssl, SECURITY_LEVEL);
  SSL_CTX_clear_options(ssl, SSL_CTX_get_options(ssl));
  SSL_CTX_set_options(ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                               SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
  SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_clear_mode(ssl, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_read_ahead(ssl, 1);
  SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, verify_callback);
  SSL_CTX_set0_CA_list(ssl, NULL);
  X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                             X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  /* The macros want them writable. */
  char groups[] = "X25519:P-256:P-384:P-521", signatures[] = SIGNATURES;
  /* What the user calls an anchor is one, self-signed or not (RFC 5280 6.1.1). */
  return X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN) == 1 &&
         SSL_CTX_set0_verify_cert_store(ssl, NULL) == 1 &&
         SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(ssl, 0) == 1 &&
         SSL_CTX_set_cipher_list(ssl, TLS_1_2_CIPHERS) == 1 &&
         SSL_CTX_set_ciphersuites(ssl, TLS_DEFAULT_CIPHERSUITES) == 1 &&
         SSL_CTX_set1_groups_list(ssl, groups) == 1 &&
         SSL_CTX_set1_sigalgs_list(ssl, signatures) == 1;
}

static pl_status build_anchors(const pl_tls_context *context, anchor_set *ret_anchors,
                               pl_error *error) {
  anchor_set built = {.ssl = SSL_CTX_new_ex(context->library, NULL, TLS_client_method())};
  if (built.ssl == NULL || !configure(built.ssl)) {
    SSL_CTX_free(built.ssl);
    return pl_fail(error, PL_ERR_IO, "OpenSSL: %s", library_reason().text);
  }
  pl_status status = load_anchors(context, &built, error);
  if (status != PL_OK) {
    SSL_CTX_free(built.ssl);
    return status;
  }
  *ret_anchors = built;
  return PL_OK;
}

pl_status pl_tls_context_create(const pl_tls_library *library, const char *ca_file,
                                pl_tls_context **ret_context, pl_error *error) {
  pl_status status = PL_ERR_MEMORY;
  pl_tls_context *context = calloc(1, sizeof(*context));
  if (context == NULL)
    return pl_fail(error, status, "out of memory");
  context->library = library != NULL ? library->context : NULL;
  if (ca_file != NULL && (context->ca_file = strdup(ca_file)) == NULL) {
    (void)pl_fail(error, status, "out of memory");
    goto out;
  }
  context->socket_method = socket_method_new();
  if (context->socket_method == NULL) {
    (void)pl_fail(error, status, "OpenSSL: %s", library_reason().text);
    goto out;
  }
  status = build_anchors(context, &context->current, error);
  if (status != PL_OK)
    goto out;
  *ret_context = context;
  context = NULL;
out:
  pl_tls_context_free(context);
  return status;
}

pl_status pl_tls_context_refresh(pl_tls_context *context, pl_error *error) {
  anchor_set *current = &context->current;
  bool directory;
  const char *system = find_system_anchors(&directory);
  pl_file_stamp system_stamp = pl_file_stamp_of(system);
  pl_file_stamp ca_stamp = pl_file_stamp_of(context->ca_file);
  if (pl_file_stamp_equal(&current->system_stamp, &system_stamp) &&
      pl_file_stamp_equal(&current->ca_stamp, &ca_stamp))
    return PL_OK;
  anchor_set built;
  pl_status status = build_anchors(context, &built, error);
  if (status != PL_OK)
    return status;
  SSL_CTX_free(current->ssl); /* sessions under way keep theirs */
  *current = built;
  return PL_OK;
}

void pl_tls_context_free(pl_tls_context *context) {
  if (context == NULL)
    return;
  SSL_CTX_free(context->current.ssl);
  BIO_meth_free(context->socket_method);
  free(context->ca_file);
  free(context);
}

/* ---- sessions ------------------------------------------------------------------------------- */

/* A host name is sent (RFC 6066 3: without the dot at its end) and checked, a numeric address is
 * only checked. */
static pl_status set_server_name(SSL *ssl, const char *name) {
  pl_addr address;
  if (pl_addr_parse(name, &address) == PL_OK)
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1 ? PL_OK : PL_ERR_MEMORY;
  char host[PL_LIMIT_HOST + 1];
  size_t length = strlen(name);
  if (length > 0 && name[length - 1] == '.')
    length--;
  if (length == 0 || length > PL_LIMIT_HOST)
    return PL_ERR_INVALID;
  memcpy(host, name, length);
  host[length] = '\0';
  if (SSL_set_tlsext_host_name(ssl, host) != 1 || SSL_set1_host(ssl, host) != 1)
    return PL_ERR_MEMORY;
  return PL_OK;
}

static pl_status attach_socket(pl_tls *tls, const BIO_METHOD *method) {
  BIO *bio = BIO_new(method);
  if (bio == NULL)
    return PL_ERR_MEMORY;
  BIO_set_data(bio, tls);
  BIO_set_init(bio, 1);
  SSL_set_bio(tls->ssl, bio, bio);
  return SSL_set_app_data(tls->ssl, tls) == 1 ? PL_OK : PL_ERR_MEMORY;
}

pl_status pl_tls_create(pl_tls_context *context, int fd, const char *name, pl_tls **ret_tls) {
  pl_tls *tls = calloc(1, sizeof(*tls));
  if (tls == NULL)
    return PL_ERR_MEMORY;
  *tls = (pl_tls){.fd = fd,
                  .budget = PL_LIMIT_TLS_BYTES,
                  .chain_ok = true,
                  .name_ok = true,
                  .time = PL_CERTIFICATE_VALID,
                  .problem = X509_V_OK};
  tls->ssl = SSL_new(context->current.ssl);
  if (tls->ssl != NULL)
    SSL_certs_clear(tls->ssl); /* no configuration can make this a client with a certificate */
  pl_status status = tls->ssl == NULL ? PL_ERR_MEMORY : attach_socket(tls, context->socket_method);
  if (status == PL_OK)
    status = set_server_name(tls->ssl, name);
  ERR_clear_error();
  if (status != PL_OK) {
    pl_tls_free(tls);
    return status;
  }
  SSL_set_connect_state(tls->ssl);
  *ret_tls = tls;
  return PL_OK;
}

void pl_tls_free(pl_tls *tls) {
  if (tls == NULL)
    return;
  SSL_free(tls->ssl);
  free(tls);
}

/* Received alerts have reasons of their own (SSL_AD_REASON_OFFSET, ssl.h); the ones that this side
 * sends have none. */
static bool is_received_alert(unsigned long code) {
  return ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) >= SSL_AD_REASON_OFFSET &&
         ERR_GET_REASON(code) < SSL_AD_REASON_OFFSET + 256;
}

static pl_tls_step step_of_queue(pl_attempt_result *attempt) {
  pl_tls_step step = PL_TLS_GARBAGE;
  for (unsigned long code; (code = ERR_get_error()) != 0;) {
    if (is_received_alert(code)) {
      attempt->alert = (int16_t)(ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET);
      step = PL_TLS_ALERT;
    } else if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE) {
      attempt->error = ENOMEM;
      step = PL_TLS_LOCAL;
    }
  }
  return step;
}

/* Why the last call on the session did not end well. The socket is asked before OpenSSL's queue:
 * it knows a RST from a FIN. */
static pl_tls_step step_of_failure(const pl_tls *tls, int result, pl_attempt_result *attempt) {
  int reason = SSL_get_error(tls->ssl, result);
  if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE)
    return PL_TLS_AGAIN;
  if (reason == SSL_ERROR_ZERO_RETURN)
    return PL_TLS_CLOSED;
  if (tls->error != 0) {
    attempt->error = tls->error;
    return tls->error == ECONNRESET || tls->error == EPIPE ? PL_TLS_RESET : PL_TLS_LOCAL;
  }
  if (tls->closed)
    return PL_TLS_CLOSED;
  return step_of_queue(attempt);
}

pl_tls_step pl_tls_handshake(pl_tls *tls, int64_t wall_now, pl_attempt_result *attempt) {
  X509_VERIFY_PARAM_set_time(SSL_get0_param(tls->ssl), (time_t)wall_now);
  ERR_clear_error();
  int result = SSL_do_handshake(tls->ssl);
  tls->handshaken = result == 1;
  pl_tls_step step = tls->handshaken ? PL_TLS_DONE : step_of_failure(tls, result, attempt);
  attempt->tls_bytes = tls->received;
  describe_leaf(tls, &attempt->certificate);
  if (tls->handshaken) {
    attempt->tls_version = (uint16_t)SSL_version(tls->ssl);
    judge_leaf(tls, &attempt->certificate);
  }
  ERR_clear_error();
  return step;
}

pl_tls_step pl_tls_write(pl_tls *tls, const char *bytes, size_t length, size_t *ret_written,
                         pl_attempt_result *attempt) {
  ERR_clear_error();
  int result = SSL_write_ex(tls->ssl, bytes, length, ret_written);
  pl_tls_step step = result == 1 ? PL_TLS_DONE : step_of_failure(tls, result, attempt);
  ERR_clear_error();
  return step;
}

/* Records without data (tickets, key updates) come back as "try again" although there was something
 * to read: SSL_MODE_AUTO_RETRY is off so that they can be counted. */
static bool only_a_record_without_data(pl_tls *tls, pl_tls_step step) {
  return step == PL_TLS_AGAIN && !tls->blocked;
}

pl_tls_step pl_tls_read(pl_tls *tls, char *bytes, size_t size, size_t *ret_read,
                        pl_attempt_result *attempt) {
  pl_tls_step step;
  do {
    if (tls->empty_records > PL_LIMIT_TLS_EMPTY)
      return PL_TLS_GARBAGE;
    tls->blocked = false;
    ERR_clear_error();
    int result = SSL_read_ex(tls->ssl, bytes, size, ret_read);
    step = result == 1 ? PL_TLS_DONE : step_of_failure(tls, result, attempt);
    tls->empty_records += only_a_record_without_data(tls, step);
  } while (only_a_record_without_data(tls, step));
  ERR_clear_error();
  return step;
}
