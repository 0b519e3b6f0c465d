/* Signs, sends and repeats calls, and classifies their failures. */
#include "aws/query.h"
#include "aws/sigv4.h"
#include "aws/transport.h"
#include <string.h>

#define ATTEMPTS 3
#define CONNECT_TIMEOUT (5 * PL_SEC)
#define CALL_TIMEOUT (30 * PL_SEC)
#define SKEW_TOLERATED 240 /* seconds; AWS accepts 5 minutes */
#define CONTENT_TYPE "application/x-www-form-urlencoded; charset=utf-8"
#define HEADER_MAX 20480

/* What error codes mean: codes of EC2 ("Error codes for the Amazon EC2 API"), of STS, and common
 * ones. Any other code is PL_AWS_REFUSED. */
static const struct {
  pl_aws_end end;
  bool again; /* another attempt may help */
  const char *codes[16];
} meanings[] = {
    {PL_AWS_THROTTLED,
     true,
     {"RequestLimitExceeded", "Throttling", "ThrottlingException", "ThrottledException",
      "RequestThrottled", "RequestThrottledException", "EC2ThrottledException",
      "TooManyRequestsException", "SlowDown", "BandwidthLimitExceeded"}},
    {PL_AWS_UNREACHABLE,
     true,
     {"InternalError", "InternalFailure", "Unavailable", "ServiceUnavailable", "RequestTimeout",
      "RequestTimeoutException", "IDPCommunicationError"}},
    {PL_AWS_DENIED, false, {"UnauthorizedOperation", "AccessDenied", "AccessDeniedException"}},
    /* A wrong clock, or keys that are wrong or expired. */
    {PL_AWS_BAD_CREDENTIALS,
     false,
     {"RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture", "AuthFailure",
      "SignatureDoesNotMatch", "InvalidSignatureException", "InvalidClientTokenId",
      "UnrecognizedClientException", "ExpiredToken", "ExpiredTokenException",
      "InvalidIdentityToken", "InvalidAccessKeyId", "MissingAuthenticationToken",
      "IncompleteSignature"}},
};

/* One attempt: its HTTP exchange, and the document of the answer. */
typedef struct attempt {
  pl_http_result http;
  pl_xml *xml;
  pl_xml_end document;
  bool again; /* another attempt may help */
} attempt;

void pl_aws_service_close(pl_aws_service *service) { pl_http_session_close(&service->session); }

static void set_message(pl_aws_result *result, const char *text) {
  pl_text_set_printable(result->message, sizeof(result->message), text, strlen(text));
}

/* ---- sending -------------------------------------------------------------------------------- */

static bool on_body(void *user, const char *bytes, size_t length) {
  /* Even if the reader needs no more, the rest is received, so that the status is known. */
  attempt *a = user;
  (void)pl_xml_feed(a->xml, bytes, length);
  return true;
}

enum { AUTHORIZATION, DATE, TOKEN, SIGNED_HEADERS };

/* Adds the headers that hold the signature. */
static pl_status sign(const pl_aws_service *service, const pl_aws_keys *keys, const char *host,
                      const char *body, int64_t now, pl_buf headers[SIGNED_HEADERS]) {
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
  pl_buf_addf(&headers[AUTHORIZATION], "Authorization: %s", signature.authorization);
  pl_buf_addf(&headers[DATE], "X-Amz-Date: %s", signature.date);
  if (token)
    pl_buf_addf(&headers[TOKEN], "X-Amz-Security-Token: %s", keys->session_token);
  for (size_t i = 0; i < SIGNED_HEADERS && status == PL_OK; i++)
    status = pl_buf_status(&headers[i]);
  return status;
}

/* Sends the request once and receives the answer. PL_TRANSFER_LOCAL: nothing was sent. */
static void send_once(pl_aws_service *service, const pl_aws_keys *keys, const char *body,
                      const pl_aws_context *context, attempt *a) {
  char host[PL_LIMIT_HOST + 8], host_header[PL_LIMIT_HOST + 16];
  pl_buf headers[SIGNED_HEADERS];
  for (size_t i = 0; i < SIGNED_HEADERS; i++)
    pl_buf_init(&headers[i], HEADER_MAX);
  a->http = (pl_http_result){.end = PL_TRANSFER_LOCAL, .problem = "the request can't be signed"};
  pl_status status = pl_url_host(service->url, true, host, sizeof(host));
  if (status == PL_OK && keys != NULL)
    status = sign(service, keys, host, body, pl_aws_wall(context), headers);
  if (status == PL_OK) {
    pl_text_setf(host_header, sizeof(host_header), "Host: %s", host);
    pl_http_exchange exchange = {
        .method = "POST",
        .url = service->url,
        .headers = {"Content-Type: " CONTENT_TYPE, host_header},
        .body = body,
        .body_length = strlen(body),
        .session = &service->session,
        .compressed = true,
        .ca_bundle = context->environment->ca_bundle,
        .connect_timeout = CONNECT_TIMEOUT,
        .timeout = CALL_TIMEOUT,
        .max_bytes = PL_LIMIT_AWS_ANSWER,
        .on_body = on_body,
        .user = a,
    };
    size_t count = 2;
    for (size_t i = 0; i < SIGNED_HEADERS; i++) {
      if (headers[i].length > 0)
        exchange.headers[count++] = headers[i].data;
    }
    pl_http_perform(&exchange, context, &a->http);
  }
  for (size_t i = 0; i < SIGNED_HEADERS; i++)
    pl_buf_free(&headers[i]);
}

/* ---- reading -------------------------------------------------------------------------------- */

static void judge_code(attempt *a, pl_aws_result *result) {
  const char *code = pl_xml_error_code(a->xml);
  pl_text_set_foreign(result->code, sizeof(result->code), code, strlen(code));
  set_message(result, pl_xml_error_message(a->xml));
  a->again = a->http.status >= 500;
  result->end = a->again ? PL_AWS_UNREACHABLE : PL_AWS_REFUSED;
  for (size_t i = 0; i < PL_COUNT_OF(meanings); i++) {
    for (size_t k = 0; k < PL_COUNT_OF(meanings[i].codes) && meanings[i].codes[k] != NULL; k++) {
      if (strcmp(meanings[i].codes[k], result->code) == 0) {
        result->end = meanings[i].end;
        a->again = meanings[i].again;
      }
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
  /* HTML of a proxy, an empty body, or an incomplete answer: its text is not shown. */
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
  case PL_TRANSFER_CERTIFICATE:
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

static void make_attempt(pl_aws_service *service, const pl_aws_keys *keys, const char *body,
                         const pl_aws_reading *reading, const pl_aws_context *context, attempt *a,
                         pl_aws_result *result) {
  *a = (attempt){.xml = reading->start(reading->user)};
  if (a->xml == NULL) {
    *result = (pl_aws_result){.end = PL_AWS_LOCAL};
    set_message(result, "out of memory");
    return;
  }
  send_once(service, keys, body, context, a);
  a->document = pl_xml_finish(a->xml);
  judge_attempt(a, result);
  reading->stop(reading->user, result->end == PL_AWS_OK);
}

/* ---- another attempt ------------------------------------------------------------------------- */

/* Whether a wrong clock of this host explains the refusal. If so, later signatures use AWS's time.
 */
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

/* Waits for a random part of 1 s, 2 s and so on. False: there is no time for another attempt. */
static bool back_off(const pl_aws_context *context, unsigned attempts) {
  pl_nsec longest = PL_SEC << (attempts - 1);
  pl_nsec pause = (pl_nsec)(pl_aws_random() * (double)longest);
  return pause < pl_aws_time_left(context) && pl_aws_sleep(context, pause);
}

void pl_aws_call(pl_aws_service *service, const pl_aws_signer *signer, const char *body,
                 const pl_aws_reading *reading, const pl_aws_context *context,
                 pl_aws_result *ret_result) {
  pl_buf form;
  pl_buf_init(&form, PL_LIMIT_AWS_FORM);
  pl_buf_add(&form, body);
  pl_aws_form_add(&form, "Version", service->version);
  pl_aws_result result = {.end = PL_AWS_LOCAL};
  if (pl_buf_status(&form) != PL_OK)
    set_message(&result, "the request is too long");
  bool clock_tried = false, keys_tried = false;
  for (unsigned attempts = 1; pl_buf_status(&form) == PL_OK; attempts++) {
    const pl_aws_keys *keys = NULL;
    pl_error error;
    if (signer != NULL && signer->get(signer->user, context, &keys, &error) != PL_OK) {
      result = (pl_aws_result){.end = pl_aws_time_left(context) == 0 ? PL_AWS_CUT
                                                                     : PL_AWS_NO_CREDENTIALS};
      set_message(&result, error.text);
      break;
    }
    attempt a;
    make_attempt(service, keys, pl_buf_text(&form), reading, context, &a, &result);
    bool identity = result.end == PL_AWS_BAD_CREDENTIALS;
    if (identity && !clock_tried && learn_skew(service, context, &a)) {
      clock_tried = true;
      continue;
    }
    if (identity && !keys_tried && signer != NULL) {
      keys_tried = true;
      signer->drop(signer->user);
      continue;
    }
    if (!a.again || attempts >= ATTEMPTS || !back_off(context, attempts))
      break;
  }
  pl_buf_free(&form);
  *ret_result = result;
}
