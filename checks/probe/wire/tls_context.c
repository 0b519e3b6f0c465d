/* Sets up OpenSSL for probes: the library, its settings, and the trust anchors. */
#include "probe/wire/tls_context.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "probe/wire/tls_chains.h"
#include "probe/wire/tls_provider.h"
#include "probe/wire/tls_socket.h"
#include "probe/wire/tls_verify.h"
#include <dirent.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECURITY_LEVEL 2 /* 112 bits: RSA 2048, SHA-2; SSL_CTX_set_security_level(3) */
/* Without finite-field Diffie-Hellman: the server chooses the modulus, and one of 10,000 bits takes
 * 0.7 s of CPU time before the certificate is verified. */
#define TLS_1_2_CIPHERS "DEFAULT:!aNULL:!eNULL:!PSK:!SRP:!kDHE"
/* OpenSSL's own, less what the security level refuses. */
#define SIGNATURES                                                                                 \
  "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:rsa_pss_pss_sha256:rsa_pss_pss_sha384:"    \
  "rsa_pss_pss_sha512:rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:RSA+SHA256:"     \
  "RSA+SHA384:RSA+SHA512"

typedef struct anchor_set {
  SSL_CTX *ssl;       /* trusts the system's and the given ones */
  X509_STORE *given;  /* those of the CA file alone; NULL without one */
  const char *system; /* bundle or hashed directory; NULL if this system has none */
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
  pl_tls_chains *chains; /* verified with `current`; NULL: no memory */
};

/* ---- the library ----------------------------------------------------------------------------- */

typedef struct reason_text {
  char text[PL_LIMIT_TEXT];
} reason_text;

/* The oldest entry of OpenSSL's error queue, which it empties. It is a number if libcrypto's texts
 * are not loaded; errstr(1ssl) prints the text. */
static reason_text library_reason(void) {
  reason_text found = {"unknown error"};
  unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char *text = ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code)) : NULL;
  if (text == NULL)
    text = ERR_reason_error_string(code);
  if (text != NULL)
    pl_text_set_printable(found.text, sizeof(found.text), text, strlen(text));
  else if (code != 0)
    pl_text_setf(found.text, sizeof(found.text), "OpenSSL's error %08lX", code);
  return found;
}

/* Certificates name their digest by number, and OpenSSL finds a number only among the registered
 * digests. Ciphers need no registration. */
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

/* To register and free every algorithm and error text would take an eighth of a run. */
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
    return pl_fail_memory(error);
  library->context = OSSL_LIB_CTX_new();
  if (library->context != NULL)
    library->provider = pl_tls_provider_load(library->context);
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
/* ---- trust anchors --------------------------------------------------------------------------- */

/* "0a1b2c3d.0", as openssl-rehash(1) names them. */
static bool is_hash_name(const char *name) {
  return strspn(name, "0123456789abcdef") == 8 && strcmp(name + 8, ".0") == 0;
}

/* Reads small pieces, since one of the first few names is enough. readdir(3) makes the kernel list
 * the whole directory, which takes longer than a connect. */
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

/* Where distributions keep their anchors. A hashed directory comes first, since OpenSSL reads only
 * the anchor that it needs from it. Parsing a whole bundle costs more than the rest of a check. The
 * environment (SSL_CERT_FILE, SSL_CERT_DIR) is not used. */
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

/* Reads the CA file, and trusts what is in it. */
static bool load_given(anchor_set *anchors, OSSL_LIB_CTX *library, const char *ca_file) {
  anchors->given = X509_STORE_new();
  if (anchors->given == NULL ||
      X509_STORE_load_file_ex(anchors->given, ca_file, library, NULL) != 1)
    return false;
  const STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(anchors->given);
  for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
    X509 *anchor = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
    if (anchor != NULL && X509_STORE_add_cert(SSL_CTX_get_cert_store(anchors->ssl), anchor) != 1)
      return false;
  }
  return true;
}

static void free_anchors(anchor_set *anchors) {
  SSL_CTX_free(anchors->ssl);
  X509_STORE_free(anchors->given);
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
  if (ca_file != NULL && !load_given(anchors, context->library, ca_file))
    return pl_fail(error, PL_ERR_INVALID, "%s: no trust anchors in PEM form: %s", ca_file,
                   library_reason().text);
  return PL_OK;
}

/* ---- contexts -------------------------------------------------------------------------------- */

/* Sets everything again that a configuration file of the process may have changed. */
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
  SSL_CTX_set0_CA_list(ssl, NULL);
  pl_tls_verify_set(ssl);
  X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                             X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  /* The macros want them writable. */
  char groups[] = "X25519:P-256:P-384:P-521", signatures[] = SIGNATURES;
  /* A certificate that the user gives as an anchor is one, self-signed or not (RFC 5280 6.1.1). */
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
    free_anchors(&built);
    return status;
  }
  *ret_anchors = built;
  return PL_OK;
}

pl_status pl_tls_context_create(const pl_tls_library *library, const char *ca_file,
                                pl_tls_context **ret_context, pl_error *error) {
  pl_tls_context *context = calloc(1, sizeof(*context));
  if (context == NULL)
    return pl_fail_memory(error);
  pl_status status = PL_OK;
  context->library = library != NULL ? library->context : NULL;
  if (ca_file != NULL && (context->ca_file = strdup(ca_file)) == NULL)
    status = pl_fail_memory(error);
  else if ((context->socket_method = pl_tls_socket_method()) == NULL)
    status = pl_fail(error, PL_ERR_MEMORY, "OpenSSL: %s", library_reason().text);
  if (status == PL_OK)
    status = build_anchors(context, &context->current, error);
  if (status == PL_OK)
    *ret_context = context;
  else
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
  pl_tls_chains_forget(context->chains);
  free_anchors(current); /* sessions under way keep what they trust */
  *current = built;
  return PL_OK;
}

pl_status pl_tls_context_remember(pl_tls_context *context, const pl_clock *clock) {
  return pl_tls_chains_create(context->library, clock, &context->chains);
}

bool pl_tls_context_is_current(const pl_tls_context *context, const SSL *ssl) {
  return SSL_get_SSL_CTX(ssl) == context->current.ssl;
}

pl_tls_chains *pl_tls_context_chains(const pl_tls_context *context, const SSL *ssl) {
  return pl_tls_context_is_current(context, ssl) ? context->chains : NULL;
}

OSSL_LIB_CTX *pl_tls_context_keys(const pl_tls_context *context) {
  return context->library != NULL ? pl_tls_provider_keys(context->library) : NULL;
}

SSL *pl_tls_context_open(const pl_tls_context *context, pl_tls_socket *socket) {
  SSL *ssl = SSL_new(context->current.ssl);
  BIO *bio = ssl != NULL ? BIO_new(context->socket_method) : NULL;
  if (bio == NULL) {
    SSL_free(ssl);
    return NULL;
  }
  SSL_certs_clear(ssl); /* no configuration can make this a client with a certificate */
  socket->ssl = ssl;
  BIO_set_data(bio, socket);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  return ssl;
}

void pl_tls_context_free(pl_tls_context *context) {
  if (context == NULL)
    return;
  pl_tls_chains_free(context->chains);
  free_anchors(&context->current);
  BIO_meth_free(context->socket_method);
  free(context->ca_file);
  free(context);
}

bool pl_tls_context_gave(const pl_tls_context *context, const X509 *anchor) {
  if (context->current.given == NULL)
    return false;
  const STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(context->current.given);
  for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
    const X509 *given = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
    if (given != NULL && X509_cmp(given, anchor) == 0)
      return true;
  }
  return false;
}
