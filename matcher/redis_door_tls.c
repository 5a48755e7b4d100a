// redis_door_tls.c -- TLS below hiredis: checks the certificate and its name (RFC 9525), which hiredis does not.

#include "matcher/redis_door_tls.h"

#include <stddef.h>

#ifdef REDIS_TLS

#include <hiredis/hiredis.h>
#include <hiredis/hiredis_ssl.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

bool
redis_tls_is_there (void)
{
    return true;
}

static SSL *
new_session (const char *host)
{
    SSL_CTX *trust = SSL_CTX_new (TLS_client_method ());
    if (trust == NULL) {
        return NULL;
    }
    SSL_CTX_set_min_proto_version (trust, TLS1_2_VERSION);
    SSL_CTX_set_default_verify_paths (trust);
    SSL_CTX_set_verify (trust, SSL_VERIFY_PEER, NULL);
    SSL *session = SSL_new (trust);
    SSL_CTX_free (trust); // The session holds it.
    if (session != NULL && X509_VERIFY_PARAM_set1_ip_asc (SSL_get0_param (session), host) != 1
        && (SSL_set1_host (session, host) != 1 || SSL_set_tlsext_host_name (session, host) != 1)) {
        SSL_free (session);
        return NULL;
    }
    return session;
}

const char *
redis_tls_wrong (const tls_t *tls)
{
    long result = SSL_get_verify_result (tls);
    return result == X509_V_OK ? NULL : X509_verify_cert_error_string (result);
}

tls_t *
redis_tls_begin (struct redisContext *context, const char *host, const char **why)
{
    SSL *session = new_session (host);
    if (session != NULL && redisInitiateSSL (context, session) == REDIS_OK) {
        return session; // Which is the connection's from here on.
    }
    const char *wrong = session != NULL ? redis_tls_wrong (session) : NULL;
    *why = wrong != NULL ? wrong : "TLS failed";
    SSL_free (session);
    return NULL;
}

#else

bool
redis_tls_is_there (void)
{
    return false;
}

tls_t *
redis_tls_begin (struct redisContext *context, const char *host, const char **why)
{
    (void) context;
    (void) host;
    *why = "there is no TLS here";
    return NULL;
}

const char *
redis_tls_wrong (const tls_t *tls)
{
    (void) tls;
    return NULL;
}

#endif
