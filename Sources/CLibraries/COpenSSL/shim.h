#pragma once
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>
#include <openssl/bio.h>
#include <openssl/tls1.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// Macros that Swift cannot see, by their own names with a prefix.
static inline int shim_CTX_set_min_tls12(SSL_CTX *context) {
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}
static inline uint64_t shim_OP_NO_RENEGOTIATION(void) { return SSL_OP_NO_RENEGOTIATION; }
static inline uint64_t shim_OP_NO_COMPRESSION(void) { return SSL_OP_NO_COMPRESSION; }
static inline uint64_t shim_OP_NO_TICKET(void) { return SSL_OP_NO_TICKET; }
static inline void shim_CTX_set_mode(SSL_CTX *context, long mode) {
  (void)SSL_CTX_set_mode(context, mode);
}
static inline void shim_CTX_no_session_cache(SSL_CTX *context) {
  (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}
static inline long shim_set_tlsext_host_name(SSL *ssl, const char *name) {
  return SSL_set_tlsext_host_name(ssl, name);
}
static inline int shim_num_names(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }
// The URI of a subject's alternative name, or null when it is of another kind.
static inline const ASN1_IA5STRING *shim_uri_at(const GENERAL_NAMES *names, int index) {
  const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
  return name->type == GEN_URI ? name->d.uniformResourceIdentifier : NULL;
}
static inline void shim_BIO_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void shim_BIO_clear_retry_flags(BIO *bio) { BIO_clear_retry_flags(bio); }
