/* Ed25519 keys: makes and reads them, signs and verifies. */
#include "evidence/log/sign.h"
#include "base/file.h"
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RAW_BYTES 32

struct pl_signing_key {
  EVP_PKEY *key;
  char id[PL_KEY_ID];
};

/* Takes over the key, also on failure. PL_ERR_INVALID: no Ed25519 key, or none at all. */
static pl_status wrap(EVP_PKEY *key, pl_signing_key **ret_key) {
  uint8_t raw[RAW_BYTES];
  size_t length = sizeof(raw);
  char hex[PL_HASH_HEX];
  if (key == NULL || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key, raw, &length) != 1) {
    EVP_PKEY_free(key);
    return PL_ERR_INVALID;
  }
  pl_signing_key *wrapped = calloc(1, sizeof(*wrapped));
  if (wrapped == NULL) {
    EVP_PKEY_free(key);
    return PL_ERR_MEMORY;
  }
  pl_sha256 hash = pl_sha256_of((const char *)raw, length);
  pl_sha256_hex(&hash, hex);
  memcpy(wrapped->id, hex, PL_KEY_ID - 1);
  wrapped->key = key;
  *ret_key = wrapped;
  return PL_OK;
}

void pl_signing_key_free(pl_signing_key *key) {
  if (key == NULL)
    return;
  EVP_PKEY_free(key->key);
  free(key);
}

const char *pl_signing_key_id(const pl_signing_key *key) { return key->id; }

/* OpenSSL must not ask for a password at the terminal. */
static char no_password[] = "";

pl_status pl_signing_key_read(const char *path, pl_signing_key **ret_key, pl_error *error) {
  char *text;
  pl_status status = pl_secret_read_lines(path, &text, error);
  if (status != PL_OK)
    return status;
  BIO *bio = BIO_new_mem_buf(text, -1);
  status = PL_ERR_MEMORY;
  if (bio != NULL)
    status = wrap(PEM_read_bio_PrivateKey(bio, NULL, NULL, no_password), ret_key);
  BIO_free(bio);
  pl_secret_free(text);
  ERR_clear_error();
  if (status == PL_ERR_MEMORY)
    return pl_fail(error, status, "%s: out of memory", path);
  if (status != PL_OK)
    return pl_fail(error, status,
                   "%s: must be an Ed25519 private key (PEM, without a password), such as "
                   "--make-evidence-key writes",
                   path);
  return PL_OK;
}

bool pl_signing_sign(const pl_signing_key *key, const char *bytes, size_t length,
                     uint8_t ret_signature[PL_SIGNATURE_BYTES]) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  size_t size = PL_SIGNATURE_BYTES;
  bool done =
      context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, key->key) == 1 &&
      EVP_DigestSign(context, ret_signature, &size, (const unsigned char *)bytes, length) == 1;
  EVP_MD_CTX_free(context);
  return done;
}

bool pl_signing_verify(const pl_signing_key *key, const char *bytes, size_t length,
                       const uint8_t signature[PL_SIGNATURE_BYTES]) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  bool good = context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->key) == 1 &&
              EVP_DigestVerify(context, signature, PL_SIGNATURE_BYTES, (const unsigned char *)bytes,
                               length) == 1;
  EVP_MD_CTX_free(context);
  return good;
}

/* ---- new keys ------------------------------------------------------------------------------- */

static pl_status write_pem(const char *path, mode_t mode, BIO *bio, pl_error *error) {
  char *text;
  long length = BIO_get_mem_data(bio, &text);
  return pl_file_create(path, mode, text, (size_t)length, error);
}

/* Secret memory, which OpenSSL overwrites when it frees it. */
static pl_status write_private(const char *path, EVP_PKEY *key, pl_error *error) {
  BIO *bio = BIO_new(BIO_s_secmem());
  pl_status status = PL_ERR_MEMORY;
  if (bio != NULL && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1)
    status = write_pem(path, 0600, bio, error);
  else
    pl_error_set(error, "out of memory");
  BIO_free(bio);
  return status;
}

static pl_status write_public(const char *path, EVP_PKEY *key, pl_error *error) {
  BIO *bio = BIO_new(BIO_s_mem());
  pl_status status = PL_ERR_MEMORY;
  if (bio != NULL && PEM_write_bio_PUBKEY(bio, key) == 1)
    status = write_pem(path, 0644, bio, error);
  else
    pl_error_set(error, "out of memory");
  BIO_free(bio);
  return status;
}

pl_status pl_signing_key_make(const char *path, char ret_id[PL_KEY_ID], pl_error *error) {
  char public_path[PL_LIMIT_VALUE + sizeof(".pub")];
  if (strlen(path) > PL_LIMIT_VALUE)
    return pl_fail(error, PL_ERR_LIMIT, "the name of the file is too long");
  pl_signing_key *key;
  if (wrap(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), &key) != PL_OK)
    return pl_fail(error, PL_ERR_MEMORY, "no key could be made");
  snprintf(public_path, sizeof(public_path), "%s.pub", path);
  pl_status status = write_private(path, key->key, error);
  if (status == PL_OK) {
    status = write_public(public_path, key->key, error);
    if (status != PL_OK)
      (void)unlink(path); /* a key that nobody can verify */
  }
  if (status == PL_OK)
    memcpy(ret_id, key->id, PL_KEY_ID);
  pl_signing_key_free(key);
  return status;
}

/* ---- public keys ---------------------------------------------------------------------------- */

pl_status pl_public_keys_read(const char *path, pl_public_keys *ret_keys, pl_error *error) {
  pl_public_keys keys = {.count = 0};
  char *text;
  size_t length;
  pl_status status = pl_file_read(path, PL_LIMIT_PEM, &text, &length, error);
  if (status != PL_OK)
    return status;
  size_t wanted = 0;
  for (const char *at = text; (at = strstr(at, "-----BEGIN")) != NULL; at++)
    wanted++;
  BIO *bio = BIO_new_mem_buf(text, (int)length);
  status = bio != NULL ? PL_OK : PL_ERR_MEMORY;
  while (status == PL_OK && keys.count < PL_LIMIT_KEYS) {
    status = wrap(PEM_read_bio_PUBKEY(bio, NULL, NULL, no_password), &keys.items[keys.count]);
    keys.count += status == PL_OK;
  }
  ERR_clear_error();
  BIO_free(bio);
  free(text);
  if (keys.count > 0 && keys.count == wanted) {
    *ret_keys = keys;
    return PL_OK;
  }
  pl_public_keys_free(&keys);
  if (status == PL_ERR_MEMORY)
    return pl_fail(error, status, "%s: out of memory", path);
  return pl_fail(error, PL_ERR_INVALID, "%s: must hold Ed25519 public keys (PEM), at most %d", path,
                 PL_LIMIT_KEYS);
}

void pl_public_keys_free(pl_public_keys *keys) {
  for (size_t i = 0; i < keys->count; i++)
    pl_signing_key_free(keys->items[i]);
  keys->count = 0;
}

const pl_signing_key *pl_public_keys_find(const pl_public_keys *keys, pl_slice id) {
  for (size_t i = 0; i < keys->count; i++) {
    if (pl_slice_is(id, keys->items[i]->id))
      return keys->items[i];
  }
  return NULL;
}
