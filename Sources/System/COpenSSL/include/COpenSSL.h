#ifndef PRECACHE_COPENSSL_H
#define PRECACHE_COPENSSL_H

// libssl and libcrypto; macros of theirs that Swift cannot see get a function here.

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#endif
