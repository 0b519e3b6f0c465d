/* Performs HTTP exchanges with libcurl, and splits URLs. */
#include "aws/transport.h"
#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define SLICE_MS 50 /* a cancellation is noticed after this time at most */

/* ---- loading libcurl ------------------------------------------------------------------------ */

static const char *const sonames[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};

/* The functions that are used: PL_CURL(name without "curl_"). */
#define PL_CURL_FUNCTIONS(PL_CURL)                                                                 \
  PL_CURL(global_init)                                                                             \
  PL_CURL(easy_init)                                                                               \
  PL_CURL(easy_cleanup)                                                                            \
  PL_CURL(easy_reset)                                                                              \
  PL_CURL(easy_setopt)                                                                             \
  PL_CURL(easy_getinfo)                                                                            \
  PL_CURL(easy_strerror)                                                                           \
  PL_CURL(multi_init)                                                                              \
  PL_CURL(multi_cleanup)                                                                           \
  PL_CURL(multi_add_handle)                                                                        \
  PL_CURL(multi_remove_handle)                                                                     \
  PL_CURL(multi_perform)                                                                           \
  PL_CURL(multi_poll)                                                                              \
  PL_CURL(multi_info_read)                                                                         \
  PL_CURL(slist_append)                                                                            \
  PL_CURL(slist_free_all)                                                                          \
  PL_CURL(getdate)

typedef struct curl_api {
#define PL_CURL_FIELD(name) __typeof__(curl_##name) *name;
  PL_CURL_FUNCTIONS(PL_CURL_FIELD)
#undef PL_CURL_FIELD
} curl_api;

static bool load_symbol(void *library, const char *name, void *ret_function) {
  void *symbol = dlsym(library, name);
  /* A void * holds a function in POSIX (dlsym(3)), but not in ISO C. */
  memcpy(ret_function, &symbol, sizeof(symbol));
  return symbol != NULL;
}

static bool load_symbols(void *library, curl_api *api) {
  bool all = true;
#define PL_CURL_LOAD(name) all = all && load_symbol(library, "curl_" #name, &api->name);
  PL_CURL_FUNCTIONS(PL_CURL_LOAD)
#undef PL_CURL_LOAD
  return all;
}

/* The only globals of the library. They live as long as the process, because libcurl cannot be
 * closed safely while a thread may use it. */
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

#define SET(r, option, value) (api.easy_setopt((r)->handle, (option), (value)) == CURLE_OK)

static bool set_callbacks(run *r) {
  return SET(r, CURLOPT_WRITEFUNCTION, on_write) && SET(r, CURLOPT_HEADERFUNCTION, on_header) &&
         SET(r, CURLOPT_WRITEDATA, r) && SET(r, CURLOPT_HEADERDATA, r) &&
         SET(r, CURLOPT_ERRORBUFFER, r->error);
}

/* Redirects are not followed: the signature is for one host, and metadata services send none. */
static bool set_policy(run *r) {
#if LIBCURL_VERSION_NUM >= 0x075500
  bool schemes = SET(r, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  bool schemes = SET(r, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
  /* The end of an exchange must not wait for a slow resolver. Older versions wait. */
  (void)SET(r, CURLOPT_QUICK_EXIT, 1L);
#endif
  return schemes && SET(r, CURLOPT_FOLLOWLOCATION, 0L) && SET(r, CURLOPT_NOSIGNAL, 1L) &&
         SET(r, CURLOPT_SSL_VERIFYPEER, 1L) && SET(r, CURLOPT_SSL_VERIFYHOST, 2L) &&
         SET(r, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
         SET(r, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) && SET(r, CURLOPT_TCP_NODELAY, 1L);
}

static bool add_header(run *r, const char *header) {
  struct curl_slist *longer = api.slist_append(r->headers, header);
  if (longer != NULL)
    r->headers = longer;
  return longer != NULL;
}

static bool set_headers(run *r) {
  bool ok = add_header(r, "Expect:");
  for (size_t i = 0; i < PL_HTTP_HEADERS_MAX && r->exchange->headers[i] != NULL && ok; i++)
    ok = add_header(r, r->exchange->headers[i]);
  return ok && SET(r, CURLOPT_HTTPHEADER, r->headers);
}

static bool set_request(run *r) {
  const pl_http_exchange *e = r->exchange;
  pl_nsec left = pl_aws_time_left(r->context);
  pl_nsec timeout = e->timeout < left ? e->timeout : left;
  pl_nsec connect = e->connect_timeout < timeout ? e->connect_timeout : timeout;
  bool ok = SET(r, CURLOPT_URL, e->url) &&
            /* Zero would mean no timeout at all. */
            SET(r, CURLOPT_TIMEOUT_MS, (long)(timeout / PL_MSEC) + 1) &&
            SET(r, CURLOPT_CONNECTTIMEOUT_MS, (long)(connect / PL_MSEC) + 1) &&
            SET(r, CURLOPT_USERAGENT, "privatelink-monitor/" PL_VERSION) &&
            SET(r, CURLOPT_ACCEPT_ENCODING, e->compressed ? "" : NULL);
  if (ok && e->direct)
    ok = SET(r, CURLOPT_PROXY, "") && SET(r, CURLOPT_NOPROXY, "*");
  if (ok && e->ca_bundle != NULL)
    ok = SET(r, CURLOPT_CAINFO, e->ca_bundle) && SET(r, CURLOPT_CAPATH, NULL);
  if (ok && e->body != NULL)
    ok = SET(r, CURLOPT_POSTFIELDSIZE, (long)e->body_length) && SET(r, CURLOPT_POSTFIELDS, e->body);
  if (ok && strcmp(e->method, "GET") != 0)
    ok = SET(r, CURLOPT_CUSTOMREQUEST, e->method);
  return ok;
}

/* libcurl counts whole milliseconds on its own clock. So a timeout that was set to the deadline may
 * end a little before it. */
static bool deadline_reached(const run *r) { return pl_aws_time_left(r->context) <= 2 * PL_MSEC; }

/* libcurl says to what it could not connect, but not why. */
static const char *name_cause(const run *r, const char *text, char storage[CURL_ERROR_SIZE]) {
  char cause[128];
  long failure = 0;
  const char *end = strstr(text, ": Could");
  if (end == NULL || api.easy_getinfo(r->handle, CURLINFO_OS_ERRNO, &failure) != CURLE_OK ||
      failure == 0)
    return text;
  pl_text_setf(storage, CURL_ERROR_SIZE, "%.*s: %s", (int)(end - text), text,
               strerror_r((int)failure, cause, sizeof(cause)));
  return storage;
}

/* Stores libcurl's result as a pl_transfer_end and a text. */
static void read_end(const run *r, CURLcode code, pl_http_result *result) {
  if (code == CURLE_OK) {
    result->end = PL_TRANSFER_ANSWER;
    return;
  }
  char storage[CURL_ERROR_SIZE];
  const char *text = r->error[0] == '\0' ? api.easy_strerror(code) : r->error;
  result->end = PL_TRANSFER_NETWORK;
  /* libcurl quotes the URL of the proxy, which may hold a password. */
  if (strncmp(text, "Unsupported proxy", strlen("Unsupported proxy")) == 0 ||
      strchr(text, '@') != NULL) {
    result->end = PL_TRANSFER_LOCAL;
    text = "the URL of the proxy cannot be used: https_proxy, http_proxy or all_proxy";
  } else if (r->too_large) {
    result->end = PL_TRANSFER_TOO_LARGE;
    text = "the answer is too large";
  } else if (r->stopped) {
    result->end = PL_TRANSFER_STOPPED;
    text = "the answer cannot be read";
  } else if (deadline_reached(r)) {
    result->end = PL_TRANSFER_DEADLINE;
    text = "cut by the deadline";
  } else if (code == CURLE_OPERATION_TIMEDOUT) {
    result->end = PL_TRANSFER_TIMEOUT;
    text = "no answer in time";
  } else if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_ISSUER_ERROR ||
             code == CURLE_SSL_INVALIDCERTSTATUS) {
    result->end = PL_TRANSFER_CERTIFICATE;
  } else if (code == CURLE_COULDNT_CONNECT) {
    text = name_cause(r, text, storage);
  } else if (code == CURLE_OUT_OF_MEMORY || code == CURLE_URL_MALFORMAT ||
             code == CURLE_SSL_CACERT_BADFILE || code == CURLE_UNSUPPORTED_PROTOCOL) {
    result->end = PL_TRANSFER_LOCAL;
  }
  pl_text_set_foreign(result->problem, sizeof(result->problem), text, strlen(text));
}

/* OpenSSL writes to sockets without MSG_NOSIGNAL, so a peer that closes early would end the process
 * with SIGPIPE. The thread blocks the signal, because a library must not ignore it for all threads.
 */
typedef struct sigpipe_guard {
  sigset_t pipe, before;
  bool pending; /* the thread had one before */
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

/* The multi handle keeps connections between exchanges. */
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

/* The session of the exchange, with its connections and without its options; or a new session. */
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

/* The loop of curl_easy_perform, but with shorter waits. curl_easy_perform may notice a
 * cancellation after a second, which is too late for a daemon that shuts down. */
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
  if (r.headers != NULL)
    api.slist_free_all(r.headers);
  *ret_result = result;
}

/* ---- URLs ----------------------------------------------------------------------------------- */

typedef struct url_parts {
  const char *host; /* IPv6 with its brackets */
  size_t host_length;
  const char *port; /* digits; NULL: none */
  size_t port_length;
  const char *default_port;
  const char *path; /* the rest: begins with '/', or is "" */
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
         strpbrk(rest, "# \t\r\n") == NULL;
}

pl_status pl_url_host(const char *url, bool path_ok, char *ret_host, size_t size) {
  url_parts parts;
  if (!url_split(url, &parts) || strchr(parts.path, '?') != NULL)
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
