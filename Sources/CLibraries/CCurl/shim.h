#pragma once
#include <curl/curl.h>

// curl's setters and getters are variadic, which Swift cannot call: one typed door for each kind
// of value.

static inline CURLcode topup_curl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode topup_curl_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode topup_curl_set_pointer(CURL *handle, CURLoption option, const void *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode topup_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode topup_curl_set_list(CURL *handle, CURLoption option,
                                           struct curl_slist *value) {
  return curl_easy_setopt(handle, option, value);
}
typedef size_t (*topup_curl_write_callback)(char *bytes, size_t size, size_t count, void *context);
static inline CURLcode topup_curl_set_write_callback(CURL *handle, CURLoption option,
                                                     topup_curl_write_callback callback) {
  return curl_easy_setopt(handle, option, callback);
}
// CURLOPT_PREREQFUNCTION: called once a connection stands, before a byte of the request is sent.
typedef int (*topup_curl_request_callback)(void *context, char *peer, char *local, int peer_port,
                                           int local_port);
static inline CURLcode topup_curl_set_request_callback(CURL *handle,
                                                       topup_curl_request_callback callback) {
  return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, callback);
}
static inline CURLcode topup_curl_get_long(CURL *handle, CURLINFO info, long *value) {
  return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode topup_curl_get_pointer(CURL *handle, CURLINFO info, void **value) {
  return curl_easy_getinfo(handle, info, value);
}
static inline CURLMcode topup_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}
static inline CURLcode topup_curl_global_init(void) {
  return curl_global_init(CURL_GLOBAL_DEFAULT);
}
