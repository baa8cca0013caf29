#ifndef PRECACHE_COPENSSL_H
#define PRECACHE_COPENSSL_H

// libssl and libcrypto; macros of theirs that Swift cannot see get a function here.

// As CLinux does: libc's types must look the same in both modules.
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/// Sets up a server's context: TLS 1.2 and later, no compression, no renegotiation, buffers given back while
/// idle, one stateless session ticket, ALPN `http/1.1`.
void copenssl_prepare_server(SSL_CTX *context);

/// Asks clients for certificates that come from the authorities in a PEM file; `required` makes the handshake fail
/// without one. Returns 1, or 0 with the error queued.
int copenssl_require_clients(SSL_CTX *context, const char *authorities, int required);

/// Calls `visit` for each DNS name among a certificate's alternative names; names with a NUL inside are left out.
void copenssl_visit_dns_names(X509 *certificate, void *state, void (*visit)(void *state, const char *name, size_t length));

/// The subject's common name as UTF-8 that the caller frees with `copenssl_free`; NULL when there is none or it has
/// a NUL inside.
unsigned char *copenssl_common_name(X509 *certificate);

void copenssl_free(void *pointer);

#endif
