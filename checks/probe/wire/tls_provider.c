/* Leaves out of OpenSSL's default provider what a TLS client does not use. */
#include "probe/wire/tls_provider.h"
#include "base/status.h"
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define NAME "privatelink"
#define ALGORITHMS 64 /* of one operation */

/* What stays of an operation (provider(7)); everything, if it has no row. */
static const struct {
  int operation;
  const char *names;     /* with a space after each; NULL: all that have the structure */
  const char *structure; /* a part of the algorithm's properties */
} rows[] = {
    {OSSL_OP_DIGEST, "SHA1 SHA2-224 SHA2-256 SHA2-384 SHA2-512 MD5 MD5-SHA1 SM3 ", NULL},
    {OSSL_OP_CIPHER,
     "AES-128-GCM AES-256-GCM ChaCha20-Poly1305 AES-128-CBC AES-256-CBC "
     "AES-128-CBC-HMAC-SHA1 AES-256-CBC-HMAC-SHA1 AES-128-CBC-HMAC-SHA256 "
     "AES-256-CBC-HMAC-SHA256 ",
     NULL},
    {OSSL_OP_MAC, "HMAC ", NULL},
    {OSSL_OP_KDF, "HKDF TLS13-KDF TLS1-PRF ", NULL},
    {OSSL_OP_KEYMGMT, "DH DHX DSA RSA RSA-PSS EC X25519 X448 ED25519 ED448 SM2 HMAC ", NULL},
    {OSSL_OP_DECODER, NULL, "structure=SubjectPublicKeyInfo"},
};

/* A provider's functions get no pointer of ours, so what they need is here. It is set once, and
 * stays until the process ends. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static OSSL_LIB_CTX *whole_context;
static OSSL_PROVIDER *whole; /* NULL: the default provider itself is used */
static OSSL_ALGORITHM kept[PL_COUNT_OF(rows)][ALGORITHMS + 1];

/* Only the first of an algorithm's names counts: they are "SHA1:SHA-1:SSL3-SHA1:1.3.14.3.2.26". */
static bool has_name(const char *names, const OSSL_ALGORITHM *algorithm) {
  size_t length = strcspn(algorithm->algorithm_names, ":");
  for (const char *at = names; *at != '\0'; at += strcspn(at, " ") + 1) {
    if (strncmp(at, algorithm->algorithm_names, length) == 0 && at[length] == ' ')
      return true;
  }
  return false;
}

static bool is_kept(size_t row, const OSSL_ALGORITHM *algorithm) {
  return rows[row].names != NULL
             ? has_name(rows[row].names, algorithm)
             : strstr(algorithm->property_definition, rows[row].structure) != NULL;
}

static bool fill(size_t row, OSSL_PROVIDER *loaded) {
  int no_cache;
  const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(loaded, rows[row].operation, &no_cache);
  size_t count = 0;
  for (; all != NULL && all->algorithm_names != NULL; all++) {
    if (!is_kept(row, all))
      continue;
    if (count == ALGORITHMS)
      return false;
    kept[row][count++] = *all;
  }
  return count > 0;
}

static void prepare(void) {
  whole_context = OSSL_LIB_CTX_new();
  OSSL_PROVIDER *loaded =
      whole_context != NULL ? OSSL_PROVIDER_load(whole_context, "default") : NULL;
  bool filled = loaded != NULL;
  for (size_t i = 0; i < PL_COUNT_OF(rows) && filled; i++)
    filled = fill(i, loaded);
  if (filled)
    whole = loaded;
}

static const OSSL_ALGORITHM *query_operation(void *provider, int operation, int *ret_no_cache) {
  (void)provider;
  for (size_t i = 0; i < PL_COUNT_OF(rows); i++) {
    if (rows[i].operation == operation) {
      *ret_no_cache = 0;
      return kept[i];
    }
  }
  return OSSL_PROVIDER_query_operation(whole, operation, ret_no_cache);
}

static int get_capabilities(void *provider, const char *capability, OSSL_CALLBACK *callback,
                            void *user) {
  (void)provider;
  return OSSL_PROVIDER_get_capabilities(whole, capability, callback, user);
}

/* provider-base(7). The algorithms are those of the default provider, and get its context. */
static int start(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core,
                 const OSSL_DISPATCH **ret_functions, void **ret_provider) {
  static const OSSL_DISPATCH functions[] = {
      {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query_operation},
      {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))get_capabilities},
      {0, NULL}};
  (void)handle, (void)core;
  *ret_functions = functions;
  *ret_provider = OSSL_PROVIDER_get0_provider_ctx(whole);
  return 1;
}

static bool is_slow(void) { return OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2; }

OSSL_PROVIDER *pl_tls_provider_load(OSSL_LIB_CTX *context) {
  if (is_slow())
    (void)pthread_once(&once, prepare);
  if (whole == NULL || OSSL_PROVIDER_add_builtin(context, NAME, start) != 1)
    return OSSL_PROVIDER_load(context, "default");
  return OSSL_PROVIDER_load(context, NAME);
}

OSSL_LIB_CTX *pl_tls_provider_keys(OSSL_LIB_CTX *context) {
  return OSSL_PROVIDER_available(context, NAME) ? whole_context : context;
}
