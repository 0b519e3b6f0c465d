#include "aws/query.h"
#include "aws/sigv4.h"
#include "aws/transport.h"
#include <stdlib.h>
#include <string.h>

#define TRIES 3
#define CONNECT_TIMEOUT (5 * PL_SEC)
#define CALL_TIMEOUT (30 * PL_SEC)
#define SKEW_TOLERATED 240 /* seconds; AWS accepts a little more */
#define CONTENT_TYPE "application/x-www-form-urlencoded; charset=utf-8"
#define HEADER_MAX 20480

/* How an error code is taken. Codes of EC2 ("Error codes for the Amazon EC2 API"), of STS, and the
 * common ones; whatever is not listed is PL_AWS_REFUSED. */
typedef enum code_class {
  CODE_THROTTLED, /* try again */
  CODE_TRANSIENT, /* try again */
  CODE_DENIED,
  CODE_IDENTITY, /* wrong clock, or keys that are wrong or expired */
} code_class;

static const struct {
  const char *code;
  code_class class;
} codes[] = {
    {"RequestLimitExceeded", CODE_THROTTLED},
    {"Throttling", CODE_THROTTLED},
    {"ThrottlingException", CODE_THROTTLED},
    {"ThrottledException", CODE_THROTTLED},
    {"RequestThrottled", CODE_THROTTLED},
    {"RequestThrottledException", CODE_THROTTLED},
    {"EC2ThrottledException", CODE_THROTTLED},
    {"TooManyRequestsException", CODE_THROTTLED},
    {"SlowDown", CODE_THROTTLED},
    {"BandwidthLimitExceeded", CODE_THROTTLED},
    {"InternalError", CODE_TRANSIENT},
    {"InternalFailure", CODE_TRANSIENT},
    {"Unavailable", CODE_TRANSIENT},
    {"ServiceUnavailable", CODE_TRANSIENT},
    {"RequestTimeout", CODE_TRANSIENT},
    {"RequestTimeoutException", CODE_TRANSIENT},
    {"IDPCommunicationError", CODE_TRANSIENT},
    {"UnauthorizedOperation", CODE_DENIED},
    {"AccessDenied", CODE_DENIED},
    {"AccessDeniedException", CODE_DENIED},
    {"RequestExpired", CODE_IDENTITY},
    {"RequestTimeTooSkewed", CODE_IDENTITY},
    {"RequestInTheFuture", CODE_IDENTITY},
    {"AuthFailure", CODE_IDENTITY},
    {"SignatureDoesNotMatch", CODE_IDENTITY},
    {"InvalidSignatureException", CODE_IDENTITY},
    {"InvalidClientTokenId", CODE_IDENTITY},
    {"UnrecognizedClientException", CODE_IDENTITY},
    {"ExpiredToken", CODE_IDENTITY},
    {"ExpiredTokenException", CODE_IDENTITY},
    {"InvalidIdentityToken", CODE_IDENTITY},
    {"InvalidAccessKeyId", CODE_IDENTITY},
    {"MissingAuthenticationToken", CODE_IDENTITY},
    {"IncompleteSignature", CODE_IDENTITY},
};

/* One try: what went over the wire, and what came back. */
typedef struct attempt {
  pl_http_result http;
  pl_xml *xml;
  pl_xml_end document;
  bool again;    /* the failure may pass */
  bool identity; /* clock or credentials */
} attempt;

void pl_aws_service_close(pl_aws_service *service) { pl_http_session_close(&service->session); }

static void set_message(pl_aws_result *result, const char *text) {
  pl_text_set_foreign(result->message, sizeof(result->message), text, strlen(text));
}

/* ---- sending -------------------------------------------------------------------------------- */

static bool on_body(void *user, const char *bytes, size_t length) {
  /* What the reader does not want any more is still received, so that the status is known. */
  attempt *a = user;
  (void)pl_xml_feed(a->xml, bytes, length);
  return true;
}

/* The three headers that carry the signature; `headers` are wiped and freed by free_headers. */
typedef struct signed_headers {
  pl_buf date, token, authorization;
} signed_headers;

static void free_headers(signed_headers *headers) {
  pl_buf *const all[] = {&headers->date, &headers->token, &headers->authorization};
  for (size_t i = 0; i < PL_COUNT_OF(all); i++) {
    if (all[i]->data != NULL)
      explicit_bzero(all[i]->data, all[i]->capacity);
    pl_buf_free(all[i]);
  }
}

static pl_status sign(const pl_aws_service *service, const pl_aws_keys *keys, const char *host,
                      const char *body, int64_t now, signed_headers *headers) {
  pl_sigv4_signature signature;
  bool token = keys->session_token[0] != '\0';
  pl_sigv4_request request = {
      .host = host,
      .content_type = CONTENT_TYPE,
      .body = body,
      .body_length = strlen(body),
      .region = service->region,
      .service = service->name,
      .access_key = keys->access_key,
      .secret_key = keys->secret_key,
      .session_token = token ? keys->session_token : NULL,
      .time = now + service->skew,
  };
  pl_status status = pl_sigv4_sign(&request, &signature);
  if (status != PL_OK)
    return status;
  pl_buf_addf(&headers->date, "X-Amz-Date: %s", signature.date);
  if (token)
    pl_buf_addf(&headers->token, "X-Amz-Security-Token: %s", keys->session_token);
  pl_buf_addf(&headers->authorization, "Authorization: %s", signature.authorization);
  if (pl_buf_status(&headers->date) != PL_OK || pl_buf_status(&headers->token) != PL_OK)
    return PL_ERR_MEMORY;
  return pl_buf_status(&headers->authorization);
}

/* Sends once and reads the answer. A failure before anything was sent is PL_TRANSFER_LOCAL. */
static void send_once(pl_aws_service *service, const pl_aws_keys *keys, const char *body,
                      bool secret, const pl_aws_context *context, attempt *a) {
  char host[PL_LIMIT_HOST + 8], host_header[PL_LIMIT_HOST + 16];
  signed_headers headers;
  pl_buf_init(&headers.date, HEADER_MAX);
  pl_buf_init(&headers.token, HEADER_MAX);
  pl_buf_init(&headers.authorization, HEADER_MAX);
  a->http = (pl_http_result){.end = PL_TRANSFER_LOCAL};
  pl_status status = pl_url_host(service->url, true, host, sizeof(host));
  if (status == PL_OK && keys != NULL)
    status = sign(service, keys, host, body, pl_aws_wall(context), &headers);
  if (status != PL_OK) {
    static const char text[] = "the request can't be signed";
    pl_text_set_foreign(a->http.problem, sizeof(a->http.problem), text, sizeof(text) - 1);
    free_headers(&headers);
    return;
  }
  pl_buf buf;
  pl_buf_fixed(&buf, host_header, sizeof(host_header));
  pl_buf_addf(&buf, "Host: %s", host);
  pl_http_exchange exchange = {
      .method = "POST",
      .url = service->url,
      .headers = {"Content-Type: " CONTENT_TYPE, host_header},
      .body = body,
      .body_length = strlen(body),
      .session = &service->session,
      .secret = secret,
      .ca_bundle = context->environment->ca_bundle,
      .connect_timeout = CONNECT_TIMEOUT,
      .timeout = CALL_TIMEOUT,
      .max_bytes = PL_LIMIT_AWS_ANSWER,
      .on_body = on_body,
      .user = a,
  };
  if (keys != NULL) {
    exchange.headers[2] = pl_buf_text(&headers.authorization);
    exchange.headers[3] = pl_buf_text(&headers.date);
    if (keys->session_token[0] != '\0')
      exchange.headers[4] = pl_buf_text(&headers.token);
  }
  pl_http_perform(&exchange, context, &a->http);
  free_headers(&headers);
}

/* ---- reading -------------------------------------------------------------------------------- */

static void judge_code(attempt *a, pl_aws_result *result) {
  pl_text_set_foreign(result->code, sizeof(result->code), pl_xml_error_code(a->xml),
                      strlen(pl_xml_error_code(a->xml)));
  set_message(result, pl_xml_error_message(a->xml));
  result->end = PL_AWS_REFUSED;
  a->again = a->http.status >= 500;
  if (a->again)
    result->end = PL_AWS_UNREACHABLE;
  for (size_t i = 0; i < PL_COUNT_OF(codes); i++) {
    if (strcmp(codes[i].code, result->code) != 0)
      continue;
    switch (codes[i].class) {
    case CODE_THROTTLED:
      result->end = PL_AWS_THROTTLED;
      a->again = true;
      return;
    case CODE_TRANSIENT:
      result->end = PL_AWS_UNREACHABLE;
      a->again = true;
      return;
    case CODE_DENIED:
      result->end = PL_AWS_DENIED;
      a->again = false;
      return;
    case CODE_IDENTITY:
      result->end = PL_AWS_BAD_CREDENTIALS;
      a->again = false;
      a->identity = true;
      return;
    }
  }
}

static void judge_answer(attempt *a, pl_aws_result *result) {
  pl_buf text;
  pl_buf_fixed(&text, result->message, sizeof(result->message));
  bool good_status = a->http.status >= 200 && a->http.status < 300;
  if (a->document == PL_XML_ERROR) {
    judge_code(a, result);
    return;
  }
  if (a->document == PL_XML_COMPLETE && good_status) {
    result->end = PL_AWS_OK;
    return;
  }
  if (a->document == PL_XML_MEMORY) {
    result->end = PL_AWS_LOCAL;
    pl_buf_add(&text, pl_xml_end_text(a->document));
    return;
  }
  /* HTML of a proxy, an empty body, half an answer: nothing of it is shown. */
  result->end = a->http.status == 429 ? PL_AWS_THROTTLED : PL_AWS_UNREACHABLE;
  a->again = a->http.status >= 500 || a->http.status == 429 || good_status;
  if (good_status)
    pl_buf_add(&text, pl_xml_end_text(a->document));
  else
    pl_buf_addf(&text, "HTTP status %u without an error that can be read", a->http.status);
}

static void judge_attempt(attempt *a, pl_aws_result *result) {
  *result = (pl_aws_result){.end = PL_AWS_UNREACHABLE};
  set_message(result, a->http.problem);
  switch (a->http.end) {
  case PL_TRANSFER_ANSWER:
    judge_answer(a, result);
    return;
  case PL_TRANSFER_NETWORK:
  case PL_TRANSFER_TIMEOUT:
    a->again = true;
    return;
  case PL_TRANSFER_TOO_LARGE:
  case PL_TRANSFER_STOPPED:
    return;
  case PL_TRANSFER_DEADLINE:
    result->end = PL_AWS_CUT;
    result->message[0] = '\0';
    return;
  case PL_TRANSFER_LOCAL:
    result->end = PL_AWS_LOCAL;
    return;
  }
}

static void try_once(pl_aws_service *service, const pl_aws_keys *keys, const char *body,
                     const pl_aws_reading *reading, const pl_aws_context *context, attempt *a,
                     pl_aws_result *result) {
  *a = (attempt){.xml = reading->start(reading->user)};
  if (a->xml == NULL) {
    *result = (pl_aws_result){.end = PL_AWS_LOCAL};
    set_message(result, "no memory");
    return;
  }
  send_once(service, keys, body, reading->secret, context, a);
  a->document = pl_xml_finish(a->xml);
  judge_attempt(a, result);
  reading->stop(reading->user, result->end == PL_AWS_OK);
}

/* ---- trying again --------------------------------------------------------------------------- */

/* Whether the clock of this host explains the refusal; then the signatures are dated anew. */
static bool learn_skew(pl_aws_service *service, const pl_aws_context *context, const attempt *a) {
  if (a->http.date == 0)
    return false;
  int64_t skew = a->http.date - pl_aws_wall(context);
  int64_t difference = skew > service->skew ? skew - service->skew : service->skew - skew;
  if (difference <= SKEW_TOLERATED)
    return false;
  service->skew = skew;
  return true;
}

/* A random part of 1 s, 2 s … false where there is no time for another try behind it. */
static bool back_off(const pl_aws_context *context, unsigned tries_done) {
  pl_nsec longest = PL_SEC << (tries_done - 1);
  pl_nsec pause = (pl_nsec)(pl_aws_random() * (double)longest);
  return pause < pl_aws_time_left(context) && pl_aws_sleep(context, pause);
}

static void add_version(pl_buf *form, const pl_aws_service *service, const char *body) {
  pl_buf_add(form, body);
  pl_aws_form_add(form, "Version", service->version);
}

void pl_aws_call(pl_aws_service *service, pl_credentials *credentials, const char *body,
                 const pl_aws_reading *reading, const pl_aws_context *context,
                 pl_aws_result *ret_result) {
  pl_buf form;
  pl_buf_init(&form, PL_LIMIT_AWS_FORM);
  add_version(&form, service, body);
  pl_aws_result result = {.end = PL_AWS_LOCAL};
  if (pl_buf_status(&form) != PL_OK)
    set_message(&result, "the request is too long");
  bool clock_tried = false, keys_tried = false;
  for (unsigned tries = 1; pl_buf_status(&form) == PL_OK; tries++) {
    const pl_aws_keys *keys = NULL;
    pl_error error;
    if (credentials != NULL && pl_credentials_get(credentials, context, &keys, &error) != PL_OK) {
      result = (pl_aws_result){.end = pl_aws_time_left(context) == 0 ? PL_AWS_CUT
                                                                     : PL_AWS_NO_CREDENTIALS};
      set_message(&result, error.text);
      break;
    }
    attempt a;
    try_once(service, keys, pl_buf_text(&form), reading, context, &a, &result);
    if (a.identity && !clock_tried && learn_skew(service, context, &a)) {
      clock_tried = true;
      continue;
    }
    if (a.identity && !keys_tried && credentials != NULL) {
      keys_tried = true;
      pl_credentials_drop(credentials);
      continue;
    }
    if (!a.again || tries >= TRIES || !back_off(context, tries))
      break;
  }
  if (form.data != NULL)
    explicit_bzero(form.data, form.capacity); /* a web identity token is one of the parameters */
  pl_buf_free(&form);
  *ret_result = result;
}
