#include "aws/transport.h"
#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define SLICE_MS 50 /* how soon a cancellation is noticed */

/* ---- libcurl, opened late ------------------------------------------------------------------- */

static const char *const sonames[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};

typedef struct curl_api {
  __typeof__(curl_global_init) *global_init;
  __typeof__(curl_easy_init) *easy_init;
  __typeof__(curl_easy_cleanup) *easy_cleanup;
  __typeof__(curl_easy_reset) *easy_reset;
  __typeof__(curl_easy_setopt) *easy_setopt;
  __typeof__(curl_easy_getinfo) *easy_getinfo;
  __typeof__(curl_multi_init) *multi_init;
  __typeof__(curl_multi_cleanup) *multi_cleanup;
  __typeof__(curl_multi_add_handle) *multi_add_handle;
  __typeof__(curl_multi_remove_handle) *multi_remove_handle;
  __typeof__(curl_multi_perform) *multi_perform;
  __typeof__(curl_multi_poll) *multi_poll;
  __typeof__(curl_multi_info_read) *multi_info_read;
  __typeof__(curl_easy_strerror) *easy_strerror;
  __typeof__(curl_slist_append) *slist_append;
  __typeof__(curl_slist_free_all) *slist_free_all;
  __typeof__(curl_getdate) *getdate;
} curl_api;

static bool load_symbol(void *library, const char *name, void *ret_function) {
  void *symbol = dlsym(library, name);
  /* dlsym(3): POSIX says that a void * holds a function; ISO C does not. */
  memcpy(ret_function, &symbol, sizeof(symbol));
  return symbol != NULL;
}

static bool load_symbols(void *library, curl_api *api) {
  return load_symbol(library, "curl_global_init", &api->global_init) &&
         load_symbol(library, "curl_easy_init", &api->easy_init) &&
         load_symbol(library, "curl_easy_cleanup", &api->easy_cleanup) &&
         load_symbol(library, "curl_easy_reset", &api->easy_reset) &&
         load_symbol(library, "curl_easy_setopt", &api->easy_setopt) &&
         load_symbol(library, "curl_easy_getinfo", &api->easy_getinfo) &&
         load_symbol(library, "curl_multi_init", &api->multi_init) &&
         load_symbol(library, "curl_multi_cleanup", &api->multi_cleanup) &&
         load_symbol(library, "curl_multi_add_handle", &api->multi_add_handle) &&
         load_symbol(library, "curl_multi_remove_handle", &api->multi_remove_handle) &&
         load_symbol(library, "curl_multi_perform", &api->multi_perform) &&
         load_symbol(library, "curl_multi_poll", &api->multi_poll) &&
         load_symbol(library, "curl_multi_info_read", &api->multi_info_read) &&
         load_symbol(library, "curl_easy_strerror", &api->easy_strerror) &&
         load_symbol(library, "curl_slist_append", &api->slist_append) &&
         load_symbol(library, "curl_slist_free_all", &api->slist_free_all) &&
         load_symbol(library, "curl_getdate", &api->getdate);
}

/* The one thing in the library that lives as long as the process: a loaded library and its global
 * state can't be given back safely while threads may use it. */
static curl_api api;
static bool api_usable;
static pthread_once_t api_once = PTHREAD_ONCE_INIT;

static void load_api(void) {
  for (size_t i = 0; i < PL_COUNT_OF(sonames) && !api_usable; i++) {
    void *library = dlopen(sonames[i], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
      continue;
    api_usable = load_symbols(library, &api) && api.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    if (!api_usable)
      dlclose(library);
  }
}

/* ---- one exchange --------------------------------------------------------------------------- */

typedef struct run {
  const pl_http_exchange *exchange;
  const pl_aws_context *context;
  CURL *handle;
  struct curl_slist *headers;
  size_t received;
  bool too_large, stopped;
  int64_t date;
  char error[CURL_ERROR_SIZE];
} run;

static size_t on_write(char *bytes, size_t size, size_t count, void *user) {
  run *r = user;
  size_t length = size * count;
  if (length > r->exchange->max_bytes - r->received) {
    r->too_large = true;
    return 0;
  }
  r->received += length;
  if (r->exchange->on_body != NULL && !r->exchange->on_body(r->exchange->user, bytes, length))
    r->stopped = true;
  /* They lie in a buffer of libcurl, which frees it as it is. */
  if (r->exchange->secret)
    explicit_bzero(bytes, length);
  return r->stopped ? 0 : length;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *user) {
  static const char name[] = "date:";
  run *r = user;
  size_t length = size * count, skip = sizeof(name) - 1;
  char value[64];
  if (length > skip && length - skip < sizeof(value) && strncasecmp(bytes, name, skip) == 0) {
    memcpy(value, bytes + skip, length - skip);
    value[length - skip] = '\0';
    time_t date = api.getdate(value, NULL);
    if (date > 0)
      r->date = (int64_t)date;
  }
  return length;
}

static bool set_text(run *r, CURLoption option, const char *value) {
  return api.easy_setopt(r->handle, option, value) == CURLE_OK;
}

static bool set_number(run *r, CURLoption option, long value) {
  return api.easy_setopt(r->handle, option, value) == CURLE_OK;
}

static bool set_pointer(run *r, CURLoption option, void *value) {
  return api.easy_setopt(r->handle, option, value) == CURLE_OK;
}

static bool set_callbacks(run *r) {
  return api.easy_setopt(r->handle, CURLOPT_WRITEFUNCTION, on_write) == CURLE_OK &&
         api.easy_setopt(r->handle, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
         set_pointer(r, CURLOPT_WRITEDATA, r) && set_pointer(r, CURLOPT_HEADERDATA, r) &&
         set_pointer(r, CURLOPT_ERRORBUFFER, r->error);
}

/* Behind a redirect the signature means nothing, and a metadata service sends none. */
static bool set_policy(run *r) {
#if LIBCURL_VERSION_NUM >= 0x075500
  bool schemes = set_text(r, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  bool schemes = set_number(r, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
  /* A name that resolves slowly must not hold up the end. Older ones wait. */
  (void)set_number(r, CURLOPT_QUICK_EXIT, 1);
#endif
  return schemes && set_number(r, CURLOPT_FOLLOWLOCATION, 0) &&
         set_number(r, CURLOPT_NOSIGNAL, 1) && set_number(r, CURLOPT_SSL_VERIFYPEER, 1) &&
         set_number(r, CURLOPT_SSL_VERIFYHOST, 2) &&
         set_number(r, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) &&
         set_number(r, CURLOPT_NETRC, CURL_NETRC_IGNORED) && set_number(r, CURLOPT_TCP_NODELAY, 1);
}

static bool set_headers(run *r) {
  for (size_t i = 0; i < PL_HTTP_HEADERS_MAX && r->exchange->headers[i] != NULL; i++) {
    struct curl_slist *longer = api.slist_append(r->headers, r->exchange->headers[i]);
    if (longer == NULL)
      return false;
    r->headers = longer;
  }
  struct curl_slist *longer = api.slist_append(r->headers, "Expect:");
  if (longer == NULL)
    return false;
  r->headers = longer;
  return set_pointer(r, CURLOPT_HTTPHEADER, r->headers);
}

static bool set_request(run *r) {
  const pl_http_exchange *e = r->exchange;
  pl_nsec left = pl_aws_time_left(r->context);
  pl_nsec timeout = e->timeout < left ? e->timeout : left;
  pl_nsec connect = e->connect_timeout < timeout ? e->connect_timeout : timeout;
  bool ok = set_text(r, CURLOPT_URL, e->url) &&
            /* Zero would mean no timeout at all. */
            set_number(r, CURLOPT_TIMEOUT_MS, (long)(timeout / PL_MSEC) + 1) &&
            set_number(r, CURLOPT_CONNECTTIMEOUT_MS, (long)(connect / PL_MSEC) + 1) &&
            set_text(r, CURLOPT_USERAGENT, "privatelink-monitor/" PL_VERSION) &&
            set_text(r, CURLOPT_ACCEPT_ENCODING, e->secret ? NULL : "");
  if (ok && e->direct)
    ok = set_text(r, CURLOPT_PROXY, "") && set_text(r, CURLOPT_NOPROXY, "*");
  if (ok && e->ca_bundle != NULL)
    ok = set_text(r, CURLOPT_CAINFO, e->ca_bundle) && set_text(r, CURLOPT_CAPATH, NULL);
  if (ok && e->body != NULL)
    ok = set_number(r, CURLOPT_POSTFIELDSIZE, (long)e->body_length) &&
         set_text(r, CURLOPT_POSTFIELDS, e->body);
  if (ok && strcmp(e->method, "GET") != 0)
    ok = set_text(r, CURLOPT_CUSTOMREQUEST, e->method);
  return ok;
}

/* libcurl counts whole milliseconds on a clock of its own: cut to the deadline, it may be a little
 * ahead of it. */
static bool deadline_reached(const run *r) { return pl_aws_time_left(r->context) <= 2 * PL_MSEC; }

/* A pl_transfer_end for what libcurl says, `problem` in words. */
static void read_end(const run *r, CURLcode code, pl_http_result *result) {
  if (code == CURLE_OK) {
    result->end = PL_TRANSFER_ANSWER;
    return;
  }
  const char *text = r->error[0] == '\0' ? api.easy_strerror(code) : r->error;
  result->end = PL_TRANSFER_NETWORK;
  if (r->too_large) {
    result->end = PL_TRANSFER_TOO_LARGE;
    text = "the answer is too large";
  } else if (r->stopped) {
    result->end = PL_TRANSFER_STOPPED;
    text = "the answer can't be read";
  } else if (deadline_reached(r)) {
    result->end = PL_TRANSFER_DEADLINE;
    text = "cut by the deadline";
  } else if (code == CURLE_OPERATION_TIMEDOUT) {
    result->end = PL_TRANSFER_TIMEOUT;
    text = "no answer in time";
  } else if (code == CURLE_OUT_OF_MEMORY || code == CURLE_URL_MALFORMAT ||
             code == CURLE_SSL_CACERT_BADFILE || code == CURLE_UNSUPPORTED_PROTOCOL) {
    result->end = PL_TRANSFER_LOCAL;
  }
  pl_text_set_foreign(result->problem, sizeof(result->problem), text, strlen(text));
}

/* OpenSSL writes to sockets without MSG_NOSIGNAL, and a library must not let a peer that closed
 * early end the process; nor may it ignore the signal for everybody. */
typedef struct sigpipe_guard {
  sigset_t pipe, before;
  bool pending; /* somebody else's, from before */
} sigpipe_guard;

static void guard_sigpipe(sigpipe_guard *guard) {
  sigset_t pending;
  sigemptyset(&guard->pipe);
  sigaddset(&guard->pipe, SIGPIPE);
  sigpending(&pending);
  guard->pending = sigismember(&pending, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &guard->pipe, &guard->before);
}

static void release_sigpipe(const sigpipe_guard *guard) {
  if (!guard->pending)
    sigtimedwait(&guard->pipe, NULL, &(struct timespec){0});
  pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}

/* A connection outlives an exchange inside the multi handle. */
typedef struct curl_session {
  CURLM *multi;
  CURL *easy;
} curl_session;

static void close_session(curl_session *session) {
  if (session == NULL)
    return;
  if (session->easy != NULL)
    api.easy_cleanup(session->easy);
  if (session->multi != NULL)
    api.multi_cleanup(session->multi);
  free(session);
}

void pl_http_session_close(void **session) {
  close_session(*session);
  *session = NULL;
}

/* The exchange's session, as new but for its connections, or one for this exchange alone. */
static curl_session *open_session(const pl_http_exchange *exchange) {
  curl_session *session = exchange->session == NULL ? NULL : *exchange->session;
  if (session != NULL) {
    api.easy_reset(session->easy);
    return session;
  }
  session = calloc(1, sizeof(*session));
  if (session == NULL)
    return NULL;
  session->multi = api.multi_init();
  session->easy = api.easy_init();
  if (session->multi == NULL || session->easy == NULL) {
    close_session(session);
    return NULL;
  }
  if (exchange->session != NULL)
    *exchange->session = session;
  return session;
}

/* curl_easy_perform notices a cancellation after a second at worst, which is too late for a daemon
 * that shuts down: so its loop is ours. */
static CURLcode transfer(const run *r, CURLM *multi) {
  CURLcode code = CURLE_ABORTED_BY_CALLBACK;
  int running = 1;
  while (running > 0 && pl_aws_time_left(r->context) > 0) {
    if (api.multi_perform(multi, &running) != CURLM_OK)
      return CURLE_FAILED_INIT;
    if (running > 0 && api.multi_poll(multi, NULL, 0, SLICE_MS, NULL) != CURLM_OK)
      return CURLE_FAILED_INIT;
  }
  int left = 0;
  for (CURLMsg *message; (message = api.multi_info_read(multi, &left)) != NULL;) {
    if (message->msg == CURLMSG_DONE)
      code = message->data.result;
  }
  return code;
}

static void perform(run *r, CURLM *multi, pl_http_result *result) {
  sigpipe_guard guard;
  guard_sigpipe(&guard);
  if (api.multi_add_handle(multi, r->handle) == CURLM_OK) {
    CURLcode code = transfer(r, multi);
    long status = 0;
    api.easy_getinfo(r->handle, CURLINFO_RESPONSE_CODE, &status);
    result->status = (unsigned)status;
    result->date = r->date;
    read_end(r, code, result);
    api.multi_remove_handle(multi, r->handle);
  }
  release_sigpipe(&guard);
}

static void set_problem(pl_http_result *result, pl_transfer_end end, const char *text) {
  result->end = end;
  pl_text_set_foreign(result->problem, sizeof(result->problem), text, strlen(text));
}

/* Signatures and tokens are among them. */
static void free_headers(struct curl_slist *headers) {
  for (struct curl_slist *item = headers; item != NULL; item = item->next)
    explicit_bzero(item->data, strlen(item->data));
  if (headers != NULL)
    api.slist_free_all(headers);
}

void pl_http_perform(const pl_http_exchange *exchange, const pl_aws_context *context,
                     pl_http_result *ret_result) {
  pl_http_result result = {.end = PL_TRANSFER_LOCAL};
  pthread_once(&api_once, load_api);
  run r = {.exchange = exchange, .context = context};
  curl_session *session = api_usable ? open_session(exchange) : NULL;
  r.handle = session == NULL ? NULL : session->easy;
  if (!api_usable)
    set_problem(&result, PL_TRANSFER_LOCAL, "libcurl can't be loaded");
  else if (pl_aws_time_left(context) == 0)
    set_problem(&result, PL_TRANSFER_DEADLINE, "cut by the deadline");
  else if (session == NULL || !set_callbacks(&r) || !set_policy(&r) || !set_headers(&r) ||
           !set_request(&r))
    set_problem(&result, PL_TRANSFER_LOCAL, "libcurl can't be set up");
  else
    perform(&r, session->multi, &result);
  if (exchange->session == NULL)
    close_session(session);
  /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): *exchange->session keeps it otherwise */
  free_headers(r.headers);
  *ret_result = result;
}

/* ---- URLs ----------------------------------------------------------------------------------- */

typedef struct url_parts {
  const char *host; /* with brackets where it is IPv6 */
  size_t host_length;
  const char *port; /* digits; NULL for none */
  size_t port_length;
  const char *default_port;
  const char *path; /* what is behind, from '/' on or "" */
} url_parts;

static bool url_split(const char *url, url_parts *parts) {
  static const struct {
    const char *prefix, *port;
  } schemes[] = {{"https://", "443"}, {"http://", "80"}};
  *parts = (url_parts){0};
  for (size_t i = 0; i < PL_COUNT_OF(schemes); i++) {
    size_t length = strlen(schemes[i].prefix);
    if (strncasecmp(url, schemes[i].prefix, length) == 0) {
      parts->host = url + length;
      parts->default_port = schemes[i].port;
    }
  }
  if (parts->host == NULL)
    return false;
  if (*parts->host == '[') {
    parts->host_length = strcspn(parts->host, "]");
    if (parts->host[parts->host_length] != ']')
      return false;
    parts->host_length++;
    if (strspn(parts->host + 1, "0123456789abcdefABCDEF:.") != parts->host_length - 2)
      return false;
  } else {
    parts->host_length =
        strspn(parts->host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
  }
  const char *rest = parts->host + parts->host_length;
  if (*rest == ':') {
    parts->port = rest + 1;
    parts->port_length = strspn(parts->port, "0123456789");
    if (parts->port_length == 0 || parts->port_length > 5)
      return false;
    rest = parts->port + parts->port_length;
  }
  parts->path = rest;
  return parts->host_length > 0 && (*rest == '\0' || *rest == '/') &&
         strpbrk(rest, "?# \t\r\n") == NULL;
}

pl_status pl_url_host(const char *url, bool path_ok, char *ret_host, size_t size) {
  url_parts parts;
  if (!url_split(url, &parts))
    return PL_ERR_INVALID;
  if (!path_ok && *parts.path != '\0' && strcmp(parts.path, "/") != 0)
    return PL_ERR_INVALID;
  pl_buf buf;
  pl_buf_fixed(&buf, ret_host, size);
  pl_buf_add_bytes(&buf, parts.host, parts.host_length);
  if (parts.port != NULL && (parts.port_length != strlen(parts.default_port) ||
                             strncmp(parts.port, parts.default_port, parts.port_length) != 0)) {
    pl_buf_add_char(&buf, ':');
    pl_buf_add_bytes(&buf, parts.port, parts.port_length);
  }
  return pl_buf_status(&buf);
}

pl_status pl_url_hostname(const char *url, char *ret_name, size_t size) {
  url_parts parts;
  if (!url_split(url, &parts))
    return PL_ERR_INVALID;
  bool brackets = *parts.host == '[';
  pl_buf buf;
  pl_buf_fixed(&buf, ret_name, size);
  pl_buf_add_bytes(&buf, parts.host + (brackets ? 1 : 0), parts.host_length - (brackets ? 2 : 0));
  return pl_buf_status(&buf);
}
