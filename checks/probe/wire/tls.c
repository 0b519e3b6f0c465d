/* Runs one TLS session: handshake, what the certificates say, and moving bytes. */
#include "probe/wire/tls.h"
#include "base/addr.h"
#include "base/buf.h"
#include "probe/wire/scts.h"
#include "probe/wire/tls_identity.h"
#include "probe/wire/tls_limits.h"
#include "probe/wire/tls_socket.h"
#include "probe/wire/tls_verify.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

struct pl_tls {
  const pl_tls_context *context;
  SSL *ssl;
  pl_tls_socket socket;
  const char *client_cert, *client_key; /* PEM; borrowed; NULL: none */
  bool unusable;                        /* both can't be used */
  bool established;                     /* the handshake is complete */
  unsigned empty_records;               /* read after the handshake, without data in them */
  pl_tls_verification verification;
};

/* ---- certificates ---------------------------------------------------------------------------- */

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

/* Only those in the certificate. What else may carry SCTs (RFC 6962 3.3), a TLS extension and OCSP,
 * would have to be asked for. */
static bool has_scts(const X509 *leaf) {
  int index = X509_get_ext_by_NID(leaf, NID_ct_precert_scts, -1);
  if (index < 0)
    return false;
  const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(X509_get_ext(leaf, index));
  return pl_scts_valid(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
}

/* What the certificate says. It proves nothing before the handshake is complete. */
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
  certificate->has_scts = has_scts(leaf);
}

/* Whether the chain that was verified ends in a certificate of the CA file. */
static bool has_given_anchor(const pl_tls *tls) {
  const STACK_OF(X509) *chain = SSL_get0_verified_chain(tls->ssl);
  int count = sk_X509_num(chain);
  return count > 0 && pl_tls_context_gave(tls->context, sk_X509_value(chain, count - 1));
}

/* The certificates after the leaf end the chain's validity too. */
static void describe_issuers(const pl_tls *tls, pl_certificate *certificate) {
  const STACK_OF(X509) *chain = SSL_get0_verified_chain(tls->ssl);
  for (int i = 1; i < sk_X509_num(chain); i++) {
    const X509 *issuer = sk_X509_value(chain, i);
    int64_t not_after = seconds_of(X509_get0_notAfter(issuer));
    if (certificate->issuer_not_after != 0 && not_after >= certificate->issuer_not_after)
      continue;
    certificate->issuer_not_after = not_after;
    certificate->issuer_not_before = seconds_of(X509_get0_notBefore(issuer));
    set_name(certificate->issuer_subject, sizeof(certificate->issuer_subject),
             X509_get_subject_name(issuer));
  }
}

/* After the handshake, when the other side has shown that it holds the key. */
static void judge_leaf(pl_tls *tls, pl_certificate *certificate) {
  pl_tls_verification *v = &tls->verification;
  if (v->known) {
    *certificate = v->certificate;
    return;
  }
  if (!certificate->seen)
    return;
  long result = SSL_get_verify_result(tls->ssl);
  if (result != X509_V_OK)
    pl_tls_verify_note(v, (int)result);
  certificate->chain_ok = v->chain_ok;
  certificate->name_ok = v->name_ok;
  certificate->time = v->time;
  certificate->public_anchor = v->chain_ok && has_given_anchor(tls);
  describe_issuers(tls, certificate);
  pl_tls_verify_remember(v, tls->ssl, certificate);
  if (v->problem == X509_V_OK)
    return;
  const char *text = X509_verify_cert_error_string(v->problem);
  pl_text_set_foreign(certificate->problem, sizeof(certificate->problem), text, strlen(text));
}

/* Counts what carries no data: tickets, key updates. OpenSSL may read many of them in one call. */
static void note_message(int written, int version, int type, const void *bytes, size_t length,
                         SSL *ssl, void *user) {
  pl_tls *tls = user;
  (void)version;
  if (written || type != SSL3_RT_HANDSHAKE)
    return;
  if (tls->established)
    tls->empty_records++;
  else
    pl_tls_verify_message(&tls->verification, ssl, bytes, length);
}

/* ---- sessions -------------------------------------------------------------------------------- */

/* Sends and checks a host name (RFC 6066 3: without the dot at its end). A numeric address is only
 * checked. */
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

pl_status pl_tls_create(const pl_tls_context *context, int fd, const char *name, pl_tls **ret_tls) {
  pl_tls *tls = calloc(1, sizeof(*tls));
  if (tls == NULL)
    return PL_ERR_MEMORY;
  *tls = (pl_tls){.context = context, .socket = {.fd = fd, .budget = PL_LIMIT_TLS_BYTES}};
  tls->ssl = pl_tls_context_open(context, &tls->socket);
  pl_status status = PL_ERR_MEMORY;
  if (tls->ssl != NULL)
    status = pl_tls_verify_begin(&tls->verification, tls->ssl);
  if (status == PL_OK)
    status = set_server_name(tls->ssl, name);
  ERR_clear_error();
  if (status != PL_OK) {
    pl_tls_free(tls);
    return status;
  }
  SSL_set_msg_callback(tls->ssl, note_message);
  SSL_set_msg_callback_arg(tls->ssl, tls);
  SSL_set_connect_state(tls->ssl);
  *ret_tls = tls;
  return PL_OK;
}

pl_status pl_tls_use_plain_hello(pl_tls *tls) {
  char groups[] = "P-256:P-384"; /* the macro wants it writable */
  bool set = SSL_set_max_proto_version(tls->ssl, TLS1_2_VERSION) == 1 &&
             SSL_set1_groups_list(tls->ssl, groups) == 1 &&
             SSL_set_alpn_protos(tls->ssl, NULL, 0) == 0;
  ERR_clear_error();
  return set ? PL_OK : PL_ERR_MEMORY;
}

void pl_tls_free(pl_tls *tls) {
  if (tls == NULL)
    return;
  SSL_free(tls->ssl);
  free(tls);
}

/* OpenSSL calls this after it has verified the server, if the server asks. */
static int give_certificate(SSL *ssl, void *user) {
  pl_tls *tls = user;
  const pl_tls_verification *v = &tls->verification;
  if (!v->chain_ok || !v->name_ok || v->time != PL_CERTIFICATE_VALID)
    return 1; /* without a certificate */
  tls->unusable = !pl_tls_identity_use(ssl, pl_tls_context_keys(tls->context), tls->client_cert,
                                       tls->client_key);
  return tls->unusable ? 0 : 1;
}

void pl_tls_set_identity(pl_tls *tls, const char *certificate, const char *key) {
  tls->client_cert = certificate;
  tls->client_key = key;
  SSL_set_cert_cb(tls->ssl, give_certificate, tls);
}

/* Only alerts from the other side have a reason from SSL_AD_REASON_OFFSET on (ssl.h). */
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

/* Why the last call on the session failed. The socket comes before OpenSSL's queue, since only it
 * knows a RST from a FIN. */
static pl_tls_step step_of_failure(const pl_tls *tls, int result, pl_attempt_result *attempt) {
  int reason = SSL_get_error(tls->ssl, result);
  if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE)
    return PL_TLS_AGAIN;
  if (tls->unusable) {
    attempt->error = EKEYREJECTED;
    return PL_TLS_LOCAL;
  }
  if (reason == SSL_ERROR_ZERO_RETURN)
    return PL_TLS_CLOSED;
  if (tls->socket.error != 0) {
    attempt->error = tls->socket.error;
    return tls->socket.error == ECONNRESET || tls->socket.error == EPIPE ? PL_TLS_RESET
                                                                         : PL_TLS_LOCAL;
  }
  if (tls->socket.closed)
    return PL_TLS_CLOSED;
  return step_of_queue(attempt);
}

/* The other side showed a certificate that was too costly to verify. It counts as a certificate
 * that is not trusted. OpenSSL keeps nothing of it. */
static pl_tls_step refuse_certificate(const char *problem, pl_certificate *certificate) {
  certificate->seen = true;
  certificate->time = PL_CERTIFICATE_VALID;
  pl_text_set_foreign(certificate->problem, sizeof(certificate->problem), problem, strlen(problem));
  return PL_TLS_DONE;
}

pl_tls_step pl_tls_handshake(pl_tls *tls, int64_t wall_now, pl_attempt_result *attempt) {
  X509_VERIFY_PARAM_set_time(SSL_get0_param(tls->ssl), (time_t)wall_now);
  tls->verification.now = wall_now;
  /* A session from before the last change of the anchors has neither the old memory nor the new. */
  tls->verification.chains = pl_tls_context_chains(tls->context, tls->ssl);
  ERR_clear_error();
  int result = SSL_do_handshake(tls->ssl);
  pl_tls_step step = result == 1 ? PL_TLS_DONE : step_of_failure(tls, result, attempt);
  attempt->tls_bytes = tls->socket.received;
  if (result != 1 || !tls->verification.known)
    describe_leaf(tls, &attempt->certificate);
  const char *exceeded = pl_tls_limits_exceeded(tls->ssl);
  if (result != 1 && exceeded != NULL) {
    step = refuse_certificate(exceeded, &attempt->certificate);
  } else if (step == PL_TLS_DONE) {
    tls->established = true;
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

/* For a record without data OpenSSL may return "try again", although it did read something. */
pl_tls_step pl_tls_read(pl_tls *tls, char *bytes, size_t size, size_t *ret_read,
                        pl_attempt_result *attempt) {
  pl_tls_step step;
  do {
    tls->socket.blocked = false;
    ERR_clear_error();
    int result = SSL_read_ex(tls->ssl, bytes, size, ret_read);
    step = result == 1 ? PL_TLS_DONE : step_of_failure(tls, result, attempt);
    if (tls->empty_records > PL_LIMIT_TLS_EMPTY)
      step = PL_TLS_GARBAGE;
  } while (step == PL_TLS_AGAIN && !tls->socket.blocked);
  ERR_clear_error();
  return step;
}

void pl_tls_renew_limits(pl_tls *tls) {
  tls->socket.budget = PL_LIMIT_TLS_BYTES;
  tls->empty_records = 0;
}

bool pl_tls_has_current_anchors(const pl_tls *tls) {
  return pl_tls_context_is_current(tls->context, tls->ssl);
}

void pl_tls_digest(const char *bytes, size_t length, uint8_t ret_sha256[32]) {
  if (EVP_Digest(bytes, length, ret_sha256, NULL, EVP_sha256(), NULL) != 1)
    memset(ret_sha256, 0, 32);
}
