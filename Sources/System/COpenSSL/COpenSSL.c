#include "COpenSSL.h"

#include <string.h>

// An encrypted key gets no passphrase: libcrypto would ask on the terminal.
static int no_passphrase(char *buffer, int size, int writing, void *state) {
    (void)buffer, (void)size, (void)writing, (void)state;
    return 0;
}

static int select_protocol(SSL *session, const unsigned char **chosen, unsigned char *chosen_length,
                           const unsigned char *offered, unsigned int offered_length, void *state) {
    static const unsigned char ours[] = "\x08http/1.1";
    (void)session, (void)state;
    unsigned char *found = NULL;
    if (SSL_select_next_proto(&found, chosen_length, ours, sizeof ours - 1, offered, offered_length) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

void copenssl_prepare_server(SSL_CTX *context) {
    static const unsigned char name[] = "precache";
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    // A peer that closes without close_notify is an end like any other: HTTP delimits its messages itself.
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_session_id_context(context, name, sizeof name - 1);
    SSL_CTX_set_timeout(context, 3600);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    SSL_CTX_set_alpn_select_cb(context, select_protocol, NULL);
}

int copenssl_require_clients(SSL_CTX *context, const char *authorities, int required) {
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(authorities);
    if (names == NULL) return 0;
    SSL_CTX_set_client_CA_list(context, names);
    if (SSL_CTX_load_verify_locations(context, authorities, NULL) != 1) return 0;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
    return 1;
}

void copenssl_visit_dns_names(X509 *certificate, void *state, void (*visit)(void *, const char *, size_t)) {
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    if (names == NULL) return;
    for (int index = 0; index < sk_GENERAL_NAME_num(names); index++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
        if (name->type != GEN_DNS) continue;
        const char *text = (const char *)ASN1_STRING_get0_data(name->d.dNSName);
        size_t length = (size_t)ASN1_STRING_length(name->d.dNSName);
        if (memchr(text, 0, length) == NULL) visit(state, text, length);
    }
    GENERAL_NAMES_free(names);
}

unsigned char *copenssl_common_name(X509 *certificate) {
    X509_NAME *subject = X509_get_subject_name(certificate);
    int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (index < 0) return NULL;
    unsigned char *text = NULL;
    int length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
    if (length < 0) return NULL;
    if (memchr(text, 0, (size_t)length) != NULL) {
        OPENSSL_free(text);
        return NULL;
    }
    return text;
}

void copenssl_free(void *pointer) {
    OPENSSL_free(pointer);
}
