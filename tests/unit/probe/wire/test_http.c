// Tests the HTTP reader and the request that it writes.
#include "alloc_fail.h"
#include "probe/wire/http.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- answers -------------------------------------------------------------------------------- */

#define TEXT(literal) (literal), sizeof(literal) - 1

typedef struct answer_case {
  const char *name;
  const char *bytes;
  size_t length;
  pl_http_state state;  /* once all is fed */
  pl_http_state at_end; /* once the connection has ended */
  unsigned status;
  const char *body;
} answer_case;

#define OK "HTTP/1.1 200 OK\r\n"
#define SIZED(n) OK "Content-Length: " n "\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"

static const answer_case answers[] = {
    /* status lines */
    {"no bytes", TEXT(""), PL_HTTP_MORE, PL_HTTP_GARBAGE, 0, ""},
    {"half a status line", TEXT("HTTP/1.1 20"), PL_HTTP_MORE, PL_HTTP_GARBAGE, 0, ""},
    {"a status line alone", TEXT("HTTP/1.1 200 OK\r\n"), PL_HTTP_MORE, PL_HTTP_GARBAGE, 0, ""},
    {"the smallest answer", TEXT("HTTP/1.0 200\r\n\r\n"), PL_HTTP_MORE, PL_HTTP_DONE, 200, ""},
    {"an empty reason", TEXT("HTTP/1.1 403 \r\n\r\n"), PL_HTTP_MORE, PL_HTTP_DONE, 403, ""},
    {"a reason in another alphabet", TEXT("HTTP/1.1 403 \xd0\x9d\r\n\r\n"), PL_HTTP_MORE,
     PL_HTTP_DONE, 403, ""},
    {"line feeds alone", TEXT("HTTP/1.1 200 OK\nContent-Length: 1\n\nx"), PL_HTTP_DONE,
     PL_HTTP_DONE, 200, "x"},
    {"HTTP/2", TEXT("HTTP/2 200\r\n\r\n"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE, 0, ""},
    {"HTTP/1.10", TEXT("HTTP/1.10 200\r\n\r\n"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE, 0, ""},
    {"small letters", TEXT("http/1.1 200 OK\r\n\r\n"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE, 0, ""},
    {"an empty line first", TEXT("\r\nHTTP/1.1 200 OK\r\n\r\n"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE,
     0, ""},
    {"two spaces", TEXT("HTTP/1.1  200 OK\r\n\r\n"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE, 0, ""},
    {"two digits", TEXT("HTTP/1.1 20 OK\r\n\r\n"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE, 0, ""},
    {"four digits", TEXT("HTTP/1.1 2000 OK\r\n\r\n"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE, 0, ""},
    {"a sign", TEXT("HTTP/1.1 +20 OK\r\n\r\n"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE, 0, ""},
    {"status 099", TEXT("HTTP/1.1 099 OK\r\n\r\n"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE, 0, ""},
    {"status 600", TEXT("HTTP/1.1 600 OK\r\n\r\n"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE, 0, ""},
    {"HTTP/0.9", TEXT("<html>"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE, 0, ""},
    {"another protocol without a line end", TEXT("\x00\x01"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE, 0,
     ""},

    /* header sections */
    {"NUL in a header", TEXT(OK "A: b\0c\r\n\r\n"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE, 0, ""},
    {"CR in a header", TEXT(OK "A: b\rc\r\n\r\n"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE, 0, ""},
    {"CR CR LF", TEXT(OK "A: b\r\r\n\r\n"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE, 0, ""},
    {"escape in a header", TEXT(OK "A: \x1b[1m\r\n\r\n"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE, 0, ""},
    {"no colon", TEXT(OK "nonsense\r\n\r\n"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE, 0, ""},
    {"no name", TEXT(OK ": b\r\n\r\n"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE, 0, ""},
    {"space before the colon", TEXT(OK "Content-Length : 0\r\n\r\n"), PL_HTTP_GARBAGE,
     PL_HTTP_GARBAGE, 0, ""},
    {"a folded header", TEXT(OK "A: b\r\n  c\r\n\td\r\nContent-Length:\r\n 2\r\n\r\nxyz"),
     PL_HTTP_DONE, PL_HTTP_DONE, 200, "xy"},
    {"folding before the first header", TEXT(OK " A: b\r\n\r\n"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE,
     0, ""},
    {"an empty value", TEXT(OK "A:\r\nContent-Length:0\r\n\r\n"), PL_HTTP_DONE, PL_HTTP_DONE, 200,
     ""},
    {"an odd name", TEXT(OK "X-1!#$%&'*+.^_`|~z: b\r\nContent-Length: 0\r\n\r\n"), PL_HTTP_DONE,
     PL_HTTP_DONE, 200, ""},

    /* interim answers */
    {"100 first", TEXT("HTTP/1.1 100 Continue\r\n\r\n" SIZED("1") "\r\nx"), PL_HTTP_DONE,
     PL_HTTP_DONE, 200, "x"},
    {"103 with a length of its own",
     TEXT("HTTP/1.1 103 Early\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n"
          "HTTP/1.1 403 No\r\n\r\nno"),
     PL_HTTP_MORE, PL_HTTP_DONE, 403, "no"},
    {"100 alone", TEXT("HTTP/1.1 100 Continue\r\n\r\n"), PL_HTTP_MORE, PL_HTTP_GARBAGE, 0, ""},
    {"101", TEXT("HTTP/1.1 101 Switching\r\n\r\n"), PL_HTTP_GARBAGE, PL_HTTP_GARBAGE, 0, ""},

    /* bodies without a body */
    {"204", TEXT("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"), PL_HTTP_DONE,
     PL_HTTP_DONE, 204, ""},
    {"304", TEXT("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n"), PL_HTTP_DONE,
     PL_HTTP_DONE, 304, ""},

    /* Content-Length */
    {"a length", TEXT(SIZED("5") "\r\nhello"), PL_HTTP_DONE, PL_HTTP_DONE, 200, "hello"},
    {"more than the length", TEXT(SIZED("2") "\r\nhello"), PL_HTTP_DONE, PL_HTTP_DONE, 200, "he"},
    {"less than the length", TEXT(SIZED("9") "\r\nhello"), PL_HTTP_MORE, PL_HTTP_DONE, 200,
     "hello"},
    {"a length of 99 digits",
     TEXT(SIZED("999999999999999999999999999999999999999999999999999999999999999999999999999999999"
                "999999999999999999") "\r\nhello"),
     PL_HTTP_MORE, PL_HTTP_DONE, 200, "hello"},
    {"the same length twice", TEXT(SIZED("2") "CONTENT-LENGTH:\t2 , 2\r\n\r\nhello"), PL_HTTP_DONE,
     PL_HTTP_DONE, 200, "he"},
    {"two lengths", TEXT(SIZED("2") "Content-Length: 3\r\n\r\nhello"), PL_HTTP_MORE, PL_HTTP_DONE,
     200, "hello"},
    {"two lengths in a list", TEXT(SIZED("2, 3") "\r\nhello"), PL_HTTP_MORE, PL_HTTP_DONE, 200,
     "hello"},
    {"no number", TEXT(SIZED("two") "\r\nhello"), PL_HTTP_MORE, PL_HTTP_DONE, 200, "hello"},
    {"a negative length", TEXT(SIZED("-2") "\r\nhello"), PL_HTTP_MORE, PL_HTTP_DONE, 200, "hello"},
    {"no length at all", TEXT(SIZED("") "\r\nhello"), PL_HTTP_MORE, PL_HTTP_DONE, 200, "hello"},

    /* Transfer-Encoding */
    {"chunks", TEXT(CHUNKED "3\r\nabc\r\n02;a=b\r\nde\r\n0\r\n\r\n"), PL_HTTP_DONE, PL_HTTP_DONE,
     200, "abcde"},
    {"chunked wins over a length",
     TEXT(SIZED("1") "Transfer-Encoding: Chunked\r\n\r\n"
                     "A\r\n0123456789\r\n0\r\n\r\n"),
     PL_HTTP_DONE, PL_HTTP_DONE, 200, "0123456789"},
    {"chunked comes last", TEXT(OK "Transfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"),
     PL_HTTP_DONE, PL_HTTP_DONE, 200, "a"},
    {"chunked does not come last",
     TEXT(SIZED("1") "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n1\r\na\r\n"),
     PL_HTTP_MORE, PL_HTTP_DONE, 200, "1\r\na\r\n"},
    {"a cut chunk", TEXT(CHUNKED "5\r\nab"), PL_HTTP_MORE, PL_HTTP_DONE, 200, "ab"},
    {"no size", TEXT(CHUNKED "1\r\na\r\nxyz\r\n"), PL_HTTP_DONE, PL_HTTP_DONE, 200, "a"},
    {"an empty size", TEXT(CHUNKED "\r\nabc"), PL_HTTP_DONE, PL_HTTP_DONE, 200, ""},
    {"nonsense after a size", TEXT(CHUNKED "1 z\r\na"), PL_HTTP_DONE, PL_HTTP_DONE, 200, ""},
    {"a size that does not fit", TEXT(CHUNKED "fffffffffffffffff\r\na"), PL_HTTP_DONE, PL_HTTP_DONE,
     200, ""},
    {"a line feed alone after a size", TEXT(CHUNKED "1\na"), PL_HTTP_DONE, PL_HTTP_DONE, 200, ""},
    {"a CR in a size", TEXT(CHUNKED "1\r\ra"), PL_HTTP_DONE, PL_HTTP_DONE, 200, ""},
    {"a chunk longer than its size", TEXT(CHUNKED "1\r\nab\r\n0\r\n\r\n"), PL_HTTP_DONE,
     PL_HTTP_DONE, 200, "a"},
};

static pl_http *make_reader(void) {
  pl_http *http;
  assert_int_equal(pl_http_create(&http), PL_OK);
  return http;
}

static void check_answer(pl_http *http, const answer_case *test) {
  size_t length;
  assert_int_equal(pl_http_status(http), test->status);
  assert_int_equal(pl_http_headers_done(http), test->status != 0);
  const char *body = pl_http_body(http, &length);
  assert_int_equal(length, strlen(test->body));
  assert_memory_equal(body, test->body, length);
}

/* Whole, cut in two at every byte, and byte by byte. */
static void answers_are_read_however_they_are_cut(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(answers); i++) {
    const answer_case *test = &answers[i];
    print_message("  %s\n", test->name);
    for (size_t cut = 0; cut <= test->length; cut++) {
      pl_http *http = make_reader();
      (void)pl_http_feed(http, test->bytes, cut);
      assert_int_equal(pl_http_feed(http, test->bytes + cut, test->length - cut), test->state);
      check_answer(http, test);
      assert_int_equal(pl_http_close(http), test->at_end);
      check_answer(http, test);
      pl_http_free(http);
    }
    pl_http *http = make_reader();
    for (size_t at = 0; at < test->length; at++)
      (void)pl_http_feed(http, test->bytes + at, 1);
    assert_int_equal(pl_http_feed(http, "", 0), test->state);
    check_answer(http, test);
    pl_http_free(http);
  }
  pl_http_free(NULL);
}

static void nothing_changes_after_the_end(void **state) {
  (void)state;
  size_t length;
  pl_http *http = make_reader();
  assert_int_equal(pl_http_feed(http, TEXT(SIZED("2") "\r\nab")), PL_HTTP_DONE);
  assert_int_equal(pl_http_feed(http, TEXT("HTTP/1.1 500 X\r\n\r\n")), PL_HTTP_DONE);
  assert_int_equal(pl_http_close(http), PL_HTTP_DONE);
  assert_int_equal(pl_http_status(http), 200);
  (void)pl_http_body(http, &length);
  assert_int_equal(length, 2);
  pl_http_free(http);
}

/* ---- what the body is ------------------------------------------------------------------------ */

typedef struct body_case {
  const char *name, *text;
  pl_body open, closed, cut; /* while the connection is open, after its close, after a break */
  bool marked;
} body_case;

#define WHOLE PL_BODY_WHOLE, PL_BODY_WHOLE, PL_BODY_WHOLE
#define CUT PL_BODY_CUT, PL_BODY_CUT, PL_BODY_CUT
#define ENCODED PL_BODY_ENCODED, PL_BODY_ENCODED, PL_BODY_ENCODED
#define UNTIL_CLOSE PL_BODY_CUT, PL_BODY_WHOLE, PL_BODY_CUT
#define NONE PL_BODY_NONE, PL_BODY_NONE, PL_BODY_NONE

static const body_case bodies[] = {
    {"no headers", OK "A: b\r\n", NONE, false},
    {"garbage", OK "A\r\n\r\n", NONE, false},
    {"204", "HTTP/1.1 204 X\r\n\r\n", WHOLE, false},
    {"an empty body", SIZED("0") "\r\n", WHOLE, false},
    {"a length", SIZED("3") "\r\nabc", WHOLE, false},
    {"less than its length", SIZED("4") "\r\nabc", CUT, false},
    {"until close", OK "\r\nabc", UNTIL_CLOSE, false},
    {"lengths that differ", SIZED("1, 2") "\r\nabc", UNTIL_CLOSE, false},
    {"chunks", CHUNKED "1\r\na\r\n0\r\n\r\n", WHOLE, false},
    {"chunks without an end", CHUNKED "1\r\na\r\n", CUT, false},
    {"a bad chunk", CHUNKED "1\r\na\r\nx\r\n", CUT, false},
    {"a bad end of a chunk", CHUNKED "1\r\nab\r\n", CUT, false},
    {"gzip", SIZED("3") "Content-Encoding: gzip\r\n\r\nabc", ENCODED, false},
    {"gzip, empty", SIZED("0") "Content-Encoding: gzip\r\n\r\n", WHOLE, false},
    {"gzip, cut", SIZED("9") "Content-Encoding: gzip\r\n\r\nabc", ENCODED, false},
    {"identity", SIZED("3") "Content-Encoding: IDENTITY\r\n\r\nabc", WHOLE, false},
    {"no coding", SIZED("3") "Content-Encoding: , \r\n\r\nabc", WHOLE, false},
    {"a list", SIZED("3") "Content-Encoding: identity, br\r\n\r\nabc", ENCODED, false},
    {"a folded one", SIZED("3") "Content-Encoding:\r\n br\r\n\r\nabc", ENCODED, false},
    {"gzip and chunks", OK "Transfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", ENCODED,
     false},
    {"identity and chunks",
     OK "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
     WHOLE, false},
    {"chunks of chunks", OK "Transfer-Encoding: chunked, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
     ENCODED, false},
    {"gzip until close", OK "Transfer-Encoding: gzip\r\n\r\nabc", ENCODED, false},
    {"gzip in an interim answer",
     "HTTP/1.1 103 X\r\nContent-Encoding: gzip\r\nCF-Mitigated: a\r\n\r\n" SIZED("1") "\r\na",
     WHOLE, false},
    {"a challenge", SIZED("1") "CF-Mitigated: challenge\r\n\r\na", WHOLE, true},
    {"a captcha", SIZED("1") "x-amzn-waf-action: captcha\r\n\r\na", WHOLE, true},
    {"a name that is longer", SIZED("1") "x-cf-mitigated: a\r\n\r\na", WHOLE, false},
    {"a name that is shorter", SIZED("1") "x-amzn-waf: a\r\n\r\na", WHOLE, false},
};

static void it_is_known_how_much_of_the_body_was_read(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(bodies); i++) {
    const body_case *test = &bodies[i];
    print_message("  %s\n", test->name);
    for (unsigned broken = 0; broken < 2; broken++) {
      pl_http *http = make_reader();
      (void)pl_http_feed(http, test->text, strlen(test->text));
      assert_int_equal(pl_http_body_kind(http), test->open);
      (void)(broken ? pl_http_cut(http) : pl_http_close(http));
      assert_int_equal(pl_http_body_kind(http), broken ? test->cut : test->closed);
      assert_int_equal(pl_http_is_marked(http), test->marked);
      pl_http_free(http);
    }
  }
}

/* ---- bounds --------------------------------------------------------------------------------- */

static pl_http_state feed_often(pl_http *http, const char *text, size_t bytes) {
  pl_http_state state = PL_HTTP_MORE;
  for (size_t fed = 0; fed < bytes && state == PL_HTTP_MORE; fed += strlen(text))
    state = pl_http_feed(http, text, strlen(text));
  return state;
}

typedef struct endless_case {
  const char *name, *start, *again;
  pl_http_state state;
  unsigned status;
} endless_case;

static const endless_case endless[] = {
    {"a status line", "HTTP/1.1 200 ", "OK", PL_HTTP_GARBAGE, 0},
    {"one header", OK "A: ", "bbbbbbbb", PL_HTTP_GARBAGE, 0},
    {"a header's name", OK, "bbbbbbbb", PL_HTTP_GARBAGE, 0},
    {"headers", OK, "A: b\r\n", PL_HTTP_GARBAGE, 0},
    {"a folded header", OK "A: b\r\n", " c\r\n", PL_HTTP_GARBAGE, 0},
    {"interim answers", "", "HTTP/1.1 100 Continue\r\n\r\n", PL_HTTP_GARBAGE, 0},
    {"a body", OK "\r\n", "body", PL_HTTP_DONE, 200},
    {"a chunk", CHUNKED "ffffffffff\r\n", "body", PL_HTTP_DONE, 200},
    {"a chunk extension", CHUNKED "1;", "xxxxxxxx", PL_HTTP_DONE, 200},
    {"zeros before a chunk's size", CHUNKED, "00000000", PL_HTTP_DONE, 200},
};

static void nothing_is_read_without_end(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(endless); i++) {
    print_message("  %s\n", endless[i].name);
    pl_http *http = make_reader();
    (void)pl_http_feed(http, endless[i].start, strlen(endless[i].start));
    assert_int_equal(feed_often(http, endless[i].again, 2 * PL_LIMIT_HTTP_HEADERS),
                     endless[i].state);
    assert_int_equal(pl_http_status(http), endless[i].status);
    pl_http_free(http);
  }
}

/* What follows a response is left to the next reader. */
static void the_end_of_a_response_is_known(void **state) {
  static const struct {
    const char *first, *rest;
  } cases[] = {
      {SIZED("5") "\r\nhello", "HTTP/1.1 200 OK\r\n"},
      {SIZED("0") "\r\n", "HTTP/1.1"},
      {"HTTP/1.1 204 No Content\r\n\r\n", "H"},
      {CHUNKED "2\r\nab\r\n0\r\n", "\r\nHTTP/1.1"},
      {SIZED("5") "\r\nhello", ""},
  };
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    char bytes[256];
    snprintf(bytes, sizeof(bytes), "%s%s", cases[i].first, cases[i].rest);
    for (size_t cut = 0; cut < strlen(cases[i].first); cut++) {
      pl_http *http;
      assert_int_equal(pl_http_create(&http), PL_OK);
      assert_int_equal(pl_http_feed(http, bytes, cut), PL_HTTP_MORE);
      assert_int_equal(pl_http_used(http), cut);
      assert_int_equal(pl_http_feed(http, bytes + cut, strlen(bytes) - cut), PL_HTTP_DONE);
      assert_int_equal(cut + pl_http_used(http), strlen(cases[i].first));
      assert_int_equal(pl_http_feed(http, "x", 1), PL_HTTP_DONE);
      assert_int_equal(pl_http_used(http), 0);
      pl_http_free(http);
    }
  }
}

static void headers_are_read_up_to_their_limit(void **state) {
  (void)state;
  for (size_t over = 0; over < 2; over++) {
    pl_http *http = make_reader();
    size_t fill = PL_LIMIT_HTTP_HEADERS - strlen(OK "A: \r\n\r\n") + over;
    assert_int_equal(pl_http_feed(http, TEXT(OK "A: ")), PL_HTTP_MORE);
    assert_int_equal(feed_often(http, "b", fill), PL_HTTP_MORE);
    assert_int_equal(pl_http_feed(http, TEXT("\r\n\r\n")), over ? PL_HTTP_GARBAGE : PL_HTTP_MORE);
    assert_int_equal(pl_http_headers_done(http), over == 0);
    pl_http_free(http);
  }
}

static void a_long_line_says_nothing_but_is_no_garbage(void **state) {
  (void)state;
  static const char *const lines[] = {"Content-Length: ", "Transfer-Encoding: chunked, ",
                                      "Set-Cookie: "};
  for (size_t i = 0; i < PL_COUNT_OF(lines); i++) {
    size_t length;
    pl_http *http = make_reader();
    (void)pl_http_feed(http, TEXT(OK));
    (void)pl_http_feed(http, lines[i], strlen(lines[i]));
    assert_int_equal(feed_often(http, "1", 2000), PL_HTTP_MORE);
    assert_int_equal(pl_http_feed(http, TEXT("\r\n\r\n1\r\nabc")), PL_HTTP_MORE);
    assert_int_equal(pl_http_status(http), 200);
    assert_memory_equal(pl_http_body(http, &length), "1\r\nabc", 6);
    pl_http_free(http);
  }
}

/* Only what is kept of a line is a header, but the rest must not make it one that is none. */
static void a_name_may_end_after_what_is_kept(void **state) {
  (void)state;
  static const struct {
    const char *name, *end;
    bool garbage;
  } cases[] = {{"a colon", ": b", false},
               {"no colon", "", true},
               {"a space first", " :b", true},
               {"another character", "\"b:", true}};
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    print_message("  %s\n", cases[i].name);
    pl_http *http = make_reader();
    (void)pl_http_feed(http, TEXT("HTTP/1.1 403 Forbidden\r\n"));
    assert_int_equal(feed_often(http, "x", 600), PL_HTTP_MORE);
    (void)pl_http_feed(http, cases[i].end, strlen(cases[i].end));
    pl_http_state end = pl_http_feed(http, TEXT("\r\nContent-Length: 0\r\n\r\n"));
    assert_int_equal(end, cases[i].garbage ? PL_HTTP_GARBAGE : PL_HTTP_DONE);
    assert_int_equal(pl_http_status(http), cases[i].garbage ? 0 : 403);
    pl_http_free(http);
  }
}

/* A body of exactly the limit is whole. One byte more is too much. */
static void the_body_is_kept_up_to_its_limit(void **state) {
  (void)state;
  static const struct {
    const char *name, *headers, *end;
    pl_http_state full; /* with as much as the limit, and `end` */
    pl_body kind;       /* then, after a close */
  } cases[] = {
      {"until close", OK "\r\n", "", PL_HTTP_MORE, PL_BODY_WHOLE},
      {"of the limit", SIZED("4096") "\r\n", "", PL_HTTP_DONE, PL_BODY_WHOLE},
      {"longer", SIZED("4097") "\r\n", "", PL_HTTP_MORE, PL_BODY_CUT},
      {"chunks", CHUNKED "1000\r\n", "\r\n0\r\n", PL_HTTP_DONE, PL_BODY_WHOLE},
      {"a longer chunk", CHUNKED "1001\r\n", "", PL_HTTP_MORE, PL_BODY_CUT},
      {"one more chunk", CHUNKED "1000\r\n", "\r\n1\r\n", PL_HTTP_MORE, PL_BODY_CUT},
  };
  char block[PL_LIMIT_HTTP_BODY];
  memset(block, 'x', sizeof(block));
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    print_message("  %s\n", cases[i].name);
    size_t length;
    for (unsigned more = 0; more < 2; more++) {
      pl_http *http = make_reader();
      (void)pl_http_feed(http, cases[i].headers, strlen(cases[i].headers));
      assert_int_equal(pl_http_feed(http, block, sizeof(block) - 1), PL_HTTP_MORE);
      (void)pl_http_feed(http, block, 1);
      assert_int_equal(pl_http_feed(http, cases[i].end, strlen(cases[i].end)), cases[i].full);
      if (more)
        assert_int_equal(pl_http_feed(http, block, 1), PL_HTTP_DONE);
      (void)pl_http_close(http);
      bool is_long = more && cases[i].full == PL_HTTP_MORE;
      assert_int_equal(pl_http_body_kind(http), is_long ? PL_BODY_LONG : cases[i].kind);
      (void)pl_http_body(http, &length);
      assert_int_equal(length, PL_LIMIT_HTTP_BODY);
      pl_http_free(http);
    }
  }
}

/* ---- requests ------------------------------------------------------------------------------- */

typedef struct request_case {
  const char *name, *host;
  uint16_t port;
  const char *path, *scheme, *secret, *user_agent;
  const char *line, *host_header, *authorization; /* NULL: none */
} request_case;

static const request_case requests[] = {
    {"plain", "api.example.com", 443, "/", NULL, NULL, NULL, "GET / HTTP/1.1", "api.example.com",
     NULL},
    {"port and query", "api.example.com", 8443, "/v1?a=b", NULL, NULL, NULL, "GET /v1?a=b HTTP/1.1",
     "api.example.com:8443", NULL},
    {"IPv4", "192.0.2.1", 443, "/", NULL, NULL, NULL, "GET / HTTP/1.1", "192.0.2.1", NULL},
    {"IPv6", "2001:db8::1", 443, "/", NULL, NULL, NULL, "GET / HTTP/1.1", "[2001:db8::1]", NULL},
    {"IPv6 and port", "2001:db8::1", 80, "/", NULL, NULL, NULL, "GET / HTTP/1.1",
     "[2001:db8::1]:80", NULL},
    {"absolute name", "api.example.com.", 443, "/", NULL, NULL, NULL, "GET / HTTP/1.1",
     "api.example.com", NULL},
    {"with a key", "api.example.com", 443, "/", "ApiKey", "s3cr=t", NULL, "GET / HTTP/1.1",
     "api.example.com", "ApiKey s3cr=t"},
    {"with a bare key", "api.example.com", 443, "/", NULL, "two words", NULL, "GET / HTTP/1.1",
     "api.example.com", "two words"},
    {"a client's name", "a.example", 443, "/", NULL, NULL, "client/1 (x; y)", "GET / HTTP/1.1",
     "a.example", NULL},
    {"a scheme alone", "api.example.com", 443, "/", "Bearer", NULL, NULL, "GET / HTTP/1.1",
     "api.example.com", NULL},
};

static void requests_are_what_rfc_9112_has(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(requests); i++) {
    const request_case *test = &requests[i];
    print_message("  %s\n", test->name);
    char *request, expected[1024];
    size_t length;
    const pl_http_get wanted = {.host = test->host,
                                .port = test->port,
                                .path = test->path,
                                .user_agent = test->user_agent,
                                .scheme = test->scheme,
                                .secret = test->secret};
    assert_int_equal(pl_http_request(&wanted, &request, &length), PL_OK);
    const char *agent =
        test->user_agent != NULL ? test->user_agent : "privatelink-monitor/" PL_VERSION;
    int expected_length = snprintf(expected, sizeof(expected),
                                   "%s\r\nHost: %s\r\nUser-Agent: %s"
                                   "\r\nAccept: */*\r\nConnection: close\r\n%s%s%s\r\n",
                                   test->line, test->host_header, agent,
                                   test->authorization != NULL ? "Authorization: " : "",
                                   test->authorization != NULL ? test->authorization : "",
                                   test->authorization != NULL ? "\r\n" : "");
    assert_int_equal(length, expected_length);
    assert_memory_equal(request, expected, length);
    pl_http_request_free(request, length);
  }
  pl_http_request_free(NULL, 0);
}

static void nothing_can_end_a_line_of_the_request(void **state) {
  (void)state;
  static const struct {
    const char *host, *path, *scheme, *secret, *user_agent;
  } bad[] = {
      {"a", "/", NULL, NULL, "x\r\nX: y"},   {"a", "/", NULL, NULL, "\xc3\xa4"},
      {"a\r\nb", "/", NULL, NULL, NULL},     {"a b", "/", NULL, NULL, NULL},
      {"a", "/ HTTP/1.0", NULL, NULL, NULL}, {"a", "/\n", NULL, NULL, NULL},
      {"a", "", NULL, NULL, NULL},           {"a", "x", NULL, NULL, NULL},
      {"a", "/", "Bearer\r\nX:", "s", NULL}, {"a", "/", "Bearer", "s\r\nX: y", NULL},
      {"a", "/\xc3\xa4", NULL, NULL, NULL},
  };
  for (size_t i = 0; i < PL_COUNT_OF(bad); i++) {
    char *request = NULL;
    size_t length = 77;
    const pl_http_get wanted = {.host = bad[i].host,
                                .port = 443,
                                .path = bad[i].path,
                                .user_agent = bad[i].user_agent,
                                .scheme = bad[i].scheme,
                                .secret = bad[i].secret};
    assert_int_equal(pl_http_request(&wanted, &request, &length), PL_ERR_INVALID);
    assert_null(request);
    assert_int_equal(length, 77);
  }
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  pl_http *http = NULL;
  char *request = NULL;
  size_t length;
  alloc_fail_arm(1);
  assert_int_equal(pl_http_create(&http), PL_ERR_MEMORY);
  assert_true(alloc_fail_disarm());
  alloc_fail_arm(1);
  assert_int_equal(
      pl_http_request(&(pl_http_get){.host = "a", .port = 443, .path = "/"}, &request, &length),
      PL_ERR_MEMORY);
  assert_true(alloc_fail_disarm());
  assert_null(http);
  assert_null(request);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(answers_are_read_however_they_are_cut),
      cmocka_unit_test(nothing_changes_after_the_end),
      cmocka_unit_test(nothing_is_read_without_end),
      cmocka_unit_test(the_end_of_a_response_is_known),
      cmocka_unit_test(headers_are_read_up_to_their_limit),
      cmocka_unit_test(a_long_line_says_nothing_but_is_no_garbage),
      cmocka_unit_test(a_name_may_end_after_what_is_kept),
      cmocka_unit_test(the_body_is_kept_up_to_its_limit),
      cmocka_unit_test(it_is_known_how_much_of_the_body_was_read),
      cmocka_unit_test(requests_are_what_rfc_9112_has),
      cmocka_unit_test(nothing_can_end_a_line_of_the_request),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
