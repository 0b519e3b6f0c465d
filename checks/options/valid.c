/* What the values of options may hold. */
#include "options/parse_internal.h"
#include <string.h>

bool pl_option_host_port(const char *text, char host[PL_LIMIT_HOST + 1], uint16_t *ret_port) {
  pl_sockaddr numeric;
  if (pl_sockaddr_parse(text, 0, &numeric) == PL_OK) {
    char address[PL_ADDR_TEXT];
    pl_addr_format(&numeric.address, address);
    memcpy(host, address, sizeof(address));
    *ret_port = numeric.port;
    return true;
  }
  const char *colon = strrchr(text, ':');
  size_t length = colon != NULL ? (size_t)(colon - text) : strlen(text);
  double port = 0;
  if (length > PL_LIMIT_HOST || (colon != NULL && (!pl_option_decimal(colon + 1, false, &port) ||
                                                   port < 1 || port > UINT16_MAX)))
    return false;
  memcpy(host, text, length);
  host[length] = '\0';
  if (!pl_host_valid(host))
    return false;
  if (host[length - 1] == '.')
    host[length - 1] = '\0';
  *ret_port = (uint16_t)port;
  return true;
}

bool pl_option_http_status(const char *text, size_t length, uint16_t *ret_status) {
  if (length != 3 || strspn(text, "0123456789") < 3 || text[0] < '1' || text[0] > '5')
    return false;
  *ret_status = (uint16_t)((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0'));
  return true;
}

static bool only(const char *text, const char *allowed, size_t min, size_t max) {
  size_t length = strlen(text);
  return length >= min && length <= max && strspn(text, allowed) == length;
}

static bool visible(const char *text, size_t max) {
  size_t length = strlen(text);
  for (size_t i = 0; i < length; i++) {
    if (text[i] <= ' ' || text[i] > '~')
      return false;
  }
  return length > 0 && length <= max;
}

bool pl_valid_name(const char *text) {
  return only(text, PL_LOWER PL_UPPER PL_DIGITS "_.-", 1, PL_LIMIT_NAME);
}

bool pl_valid_path(const char *text) {
  return text[0] == '/' && visible(text, PL_LIMIT_PATH) && strchr(text, '#') == NULL;
}

bool pl_valid_file(const char *text) {
  for (const char *c = text; *c != '\0'; c++) {
    if ((unsigned char)*c < ' ')
      return false;
  }
  return text[0] != '\0';
}

bool pl_valid_scheme(const char *text) {
  return only(text, PL_LOWER PL_UPPER PL_DIGITS "!#$%&'*+-.^_`|~", 1, PL_LIMIT_NAME);
}

bool pl_valid_endpoint_id(const char *text) {
  return strncmp(text, "vpce-", 5) == 0 && only(text + 5, PL_LOWER PL_DIGITS, 8, 32);
}

bool pl_valid_region(const char *text) {
  size_t length = strlen(text);
  if (!only(text, PL_LOWER PL_DIGITS "-", 9, 32) || strspn(text, PL_LOWER) < 2)
    return false;
  const char *last = strrchr(text, '-');
  return strchr(text, '-') != last && only(last + 1, PL_DIGITS, 1, 2) && text[length - 1] != '-' &&
         strstr(text, "--") == NULL;
}

bool pl_valid_service_name(const char *text) {
  return pl_host_valid(text) && strchr(text, '.') != NULL && text[strlen(text) - 1] != '.';
}

bool pl_valid_profile(const char *text) {
  return pl_valid_file(text) && strpbrk(text, "[]") == NULL && strlen(text) <= PL_LIMIT_HOST;
}

bool pl_valid_role_arn(const char *text) {
  return strncmp(text, "arn:aws", 7) == 0 && strstr(text, ":iam::") != NULL &&
         strstr(text, ":role/") != NULL && visible(text, 2048);
}

bool pl_valid_external_id(const char *text) {
  return only(text, PL_LOWER PL_UPPER PL_DIGITS "_+=,.@:/-", 2, 1224);
}

bool pl_valid_url(const char *text) {
  size_t scheme = strncmp(text, "https://", 8) == 0 ? 8 : strncmp(text, "http://", 7) == 0 ? 7 : 0;
  if (scheme == 0 || !visible(text, PL_LIMIT_PATH) || strpbrk(text, "?#@") != NULL)
    return false;
  char authority[PL_LIMIT_HOST + sizeof(":65535")], host[PL_LIMIT_HOST + 1];
  size_t length = strcspn(text + scheme, "/");
  if (length >= sizeof(authority))
    return false;
  memcpy(authority, text + scheme, length);
  authority[length] = '\0';
  uint16_t port;
  return pl_option_host_port(authority, host, &port);
}
