/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/redis/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

struct tls {
	SSL_CTX *ctx;
	SSL *ssl;
	char name[256]; /* The name that the certificate must have. */
	bool demanded;  /* The server requested a certificate, and got none. */
	bool heard;     /* A record followed the handshake. */
	char *why;
};

__attribute__((format(printf, 2, 3))) static int reject(struct tls *tls, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(tls->why, TLS_WHY_MAX, fmt, args);
	va_end(args);
	ERR_clear_error();
	return -EKEYREJECTED;
}

static const char *last_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	return reason != NULL ? reason : "no reason given";
}

/* Called when the server requests a certificate and none is configured. */
static int note_demand(SSL *ssl, X509 **certificate, EVP_PKEY **key)
{
	struct tls *tls = SSL_get_app_data(ssl);
	(void)certificate;
	(void)key;
	tls->demanded = true;
	return 0;
}

static int load_authorities(struct tls *tls, const struct redis_url *url)
{
	struct stat info;
	if (url->ca[0] == '\0') {
		return SSL_CTX_set_default_verify_paths(tls->ctx) == 1
		               ? 0
		               : reject(tls, "cannot load the system's CA certificates: %s",
		                        last_reason());
	}
	if (stat(url->ca, &info) != 0) {
		return reject(tls, "ca=%.100s: %s", url->ca, strerror(errno));
	}
	int good = S_ISDIR(info.st_mode) ? SSL_CTX_load_verify_dir(tls->ctx, url->ca)
	                                 : SSL_CTX_load_verify_file(tls->ctx, url->ca);
	return good == 1 ? 0 : reject(tls, "ca=%.100s: %s", url->ca, last_reason());
}

static int load_certificate(struct tls *tls, const struct redis_url *url)
{
	if (url->cert[0] == '\0') {
		SSL_CTX_set_client_cert_cb(tls->ctx, note_demand);
		return 0;
	}
	if (SSL_CTX_use_certificate_chain_file(tls->ctx, url->cert) != 1) {
		return reject(tls, "cert=%.100s: %s", url->cert, last_reason());
	}
	if (SSL_CTX_use_PrivateKey_file(tls->ctx, url->tls_key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(tls->ctx) != 1) {
		return reject(tls, "tls-key=%.100s: %s", url->tls_key, last_reason());
	}
	return 0;
}

/* An address is compared with the IP addresses in the certificate, and not sent as SNI (RFC 6066,
 * 3). */
static int expect_name(struct tls *tls)
{
	unsigned char address[sizeof(struct in6_addr)];
	int good;
	if (inet_pton(AF_INET, tls->name, address) == 1 ||
	    inet_pton(AF_INET6, tls->name, address) == 1) {
		good = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls->ssl), tls->name);
	} else {
		SSL_set_hostflags(tls->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
		good = SSL_set1_host(tls->ssl, tls->name) == 1 &&
		       SSL_set_tlsext_host_name(tls->ssl, tls->name) == 1;
	}
	return good == 1 ? 0 : reject(tls, "%.100s: %s", tls->name, last_reason());
}

static int prepare(struct tls *tls, int fd, const struct redis_url *url)
{
	tls->ctx = SSL_CTX_new(TLS_client_method());
	if (tls->ctx == NULL || SSL_CTX_set_min_proto_version(tls->ctx, TLS1_2_VERSION) != 1) {
		return -ENOMEM;
	}
	SSL_CTX_set_verify(tls->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(tls->ctx,
	                 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	int ret = load_authorities(tls, url);
	if (ret == 0) {
		ret = load_certificate(tls, url);
	}
	if (ret != 0) {
		return ret;
	}
	tls->ssl = SSL_new(tls->ctx);
	if (tls->ssl == NULL || SSL_set_fd(tls->ssl, fd) != 1) {
		return -ENOMEM;
	}
	SSL_set_app_data(tls->ssl, tls);
	return expect_name(tls);
}

int tls_open(struct tls **out, int fd, const struct redis_url *url, const char *host, char *why)
{
	struct tls *tls = calloc(1, sizeof(*tls));
	if (tls == NULL) {
		return -ENOMEM;
	}
	tls->why = why;
	why[0] = '\0';
	(void)snprintf(tls->name, sizeof(tls->name), "%s", url->sni[0] != '\0' ? url->sni : host);
	int ret = prepare(tls, fd, url);
	if (ret != 0) {
		tls_close(tls);
		return ret;
	}
	*out = tls;
	return 0;
}

void tls_close(struct tls *tls)
{
	if (tls == NULL) {
		return;
	}
	if (tls->ssl != NULL && SSL_is_init_finished(tls->ssl)) {
		(void)SSL_shutdown(tls->ssl);
	}
	SSL_free(tls->ssl);
	SSL_CTX_free(tls->ctx);
	ERR_clear_error();
	free(tls);
}

/* The reason for which the server's certificate is rejected. */
static int reject_server(struct tls *tls, long verdict)
{
	switch (verdict) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return reject(tls,
		              "TLS: the server's certificate is not for %.100s (set another name "
		              "with sni=)",
		              tls->name);
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return reject(tls, "TLS: the server's certificate has expired");
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return reject(tls, "TLS: the server's certificate is from an unknown authority "
		                   "(set the file of the authority's certificate with ca=)");
	default:
		return reject(tls, "TLS: the server's certificate is not valid: %s",
		              X509_verify_cert_error_string(verdict));
	}
}

/* Whether an alert is about certificates (RFC 8446, 6.2) and not about a broken exchange. */
static bool is_about_certificates(int reason)
{
	switch (reason) {
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
	case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
		return true;
	default:
		return false;
	}
}

/*
 * A server that requires a certificate may close before its alert could be read: with
 * TLS 1.3 the client completes the handshake before the server sees the missing
 * certificate.
 */
static int fail(struct tls *tls, int code, int saved_errno)
{
	unsigned long error = ERR_peek_last_error();
	int reason = ERR_GET_REASON(error);
	long verdict = SSL_get_verify_result(tls->ssl);
	if (verdict != X509_V_OK) {
		return reject_server(tls, verdict);
	}
	if (tls->demanded && !tls->heard) {
		return reject(tls, "TLS: the server demands a client certificate (set cert= and "
		                   "tls-key=)");
	}
	if (code == SSL_ERROR_SSL && is_about_certificates(reason)) {
		return reject(tls, "TLS: the server does not accept the certificate of cert=: %s",
		              last_reason());
	}
	if (code == SSL_ERROR_SSL && reason == SSL_R_WRONG_VERSION_NUMBER) {
		(void)reject(tls, "the server does not speak TLS on this port");
		return -EPROTO;
	}
	if (code == SSL_ERROR_SSL && reason != SSL_R_UNEXPECTED_EOF_WHILE_READING) {
		(void)reject(tls, "TLS: %s", last_reason());
		return -EPROTO;
	}
	ERR_clear_error();
	return code == SSL_ERROR_SYSCALL && saved_errno != 0 ? -saved_errno : -ECONNRESET;
}

/* Classifies the failure of an operation. */
static int judge(struct tls *tls, int ret, short *events)
{
	int saved_errno = errno;
	int code = SSL_get_error(tls->ssl, ret);
	if (code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE) {
		*events = code == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
		return -EAGAIN;
	}
	return fail(tls, code, saved_errno);
}

int tls_handshake(struct tls *tls, short *events)
{
	ERR_clear_error();
	errno = 0;
	int ret = SSL_connect(tls->ssl);
	return ret == 1 ? 0 : judge(tls, ret, events);
}

bool tls_verdict_is_pending(const struct tls *tls)
{
	return SSL_version(tls->ssl) >= TLS1_3_VERSION && SSL_get_certificate(tls->ssl) != NULL;
}

int tls_verdict(struct tls *tls)
{
	char octet;
	short events;
	ERR_clear_error();
	errno = 0;
	int ret = SSL_peek(tls->ssl, &octet, 1);
	ret = ret > 0 ? 0 : judge(tls, ret, &events);
	return ret == -EAGAIN ? 0 : ret;
}

static int whole(size_t size)
{
	return size < INT_MAX ? (int)size : INT_MAX;
}

ssize_t tls_read(struct tls *tls, char *bytes, size_t size, short *events)
{
	ERR_clear_error();
	errno = 0;
	int ret = SSL_read(tls->ssl, bytes, whole(size));
	if (ret <= 0) {
		return judge(tls, ret, events);
	}
	tls->heard = true;
	return ret;
}

ssize_t tls_write(struct tls *tls, const char *bytes, size_t size, short *events)
{
	ERR_clear_error();
	errno = 0;
	int ret = SSL_write(tls->ssl, bytes, whole(size));
	return ret > 0 ? ret : judge(tls, ret, events);
}
