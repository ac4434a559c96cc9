/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fetch/sources/http.h"

#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/time_ns.h"
#include "sensor/fetch/sources/url.h"

#define CONNECT_MS   20000L
#define SLOW_OCTETS  100L /* fewer octets a second than this ... */
#define SLOW_SECONDS 30L  /* ... for so long: the server is given up */
#define FIELDS_MAX   ((size_t)256 << 10)

struct http {
	struct http_access access;
	_Atomic uint64_t *progress;
	CURL *curl;
	char curl_why[CURL_ERROR_SIZE];
	uint64_t octets; /* of all answers so far */
	int64_t begin_ns;
	size_t fields; /* octets of header fields of this request */
	bool too_large;
	struct http_answer answer;
};

/* Texts of the server become a part of requests and files, so they are printable ASCII. */
static void keep_field(const char *text, size_t size, char to[HTTP_TAG_MAX])
{
	while (size > 0 && (ascii_is_blank(*text))) {
		text++;
		size--;
	}
	while (size > 0 && (unsigned char)text[size - 1] <= ' ') {
		size--;
	}
	bool good = size < HTTP_TAG_MAX;
	for (size_t i = 0; good && i < size; i++) {
		good = text[i] >= ' ' && text[i] < 0x7f;
	}
	(void)snprintf(to, HTTP_TAG_MAX, "%.*s", good ? (int)size : 0, text);
}

static size_t take_field(char *line, size_t one, size_t size, void *ctx)
{
	struct http *http = ctx;
	struct http_answer *answer = &http->answer;
	const struct {
		const char *name;
		char *to;
	} fields[] = { { "etag:", answer->etag },
		       { "last-modified:", answer->modified },
		       { "content-type:", answer->type },
		       { "x-taxii-date-added-last:", answer->added } };
	(void)one;
	http->fields += size;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		size_t name = strlen(fields[i].name);
		if (size > name && strncasecmp(line, fields[i].name, name) == 0) {
			keep_field(line + name, size - name, fields[i].to);
		}
	}
	return http->fields <= FIELDS_MAX ? size : 0;
}

/* libcurl's own bound takes effect only after megabytes. */
static void slow_down(const struct http *http)
{
	int64_t due_ns = (int64_t)((double)http->octets / (double)http->access.rate * NS_PER_S);
	int64_t ahead_ns = due_ns - (monotonic_ns() - http->begin_ns);
	if (ahead_ns > 0) {
		ahead_ns = ahead_ns < NS_PER_S ? ahead_ns : NS_PER_S;
		const struct timespec pause = { .tv_sec = ahead_ns / NS_PER_S,
			                        .tv_nsec = ahead_ns % NS_PER_S };
		(void)nanosleep(&pause, NULL);
	}
}

static size_t take_octets(char *octets, size_t one, size_t size, void *ctx)
{
	struct http *http = ctx;
	(void)one;
	http->octets += size;
	http->too_large = http->octets > http->access.octets;
	if (http->progress != NULL) {
		*http->progress = http->octets;
	}
	if (http->too_large) {
		return 0;
	}
	writer_put(&http->answer.body, octets, size);
	slow_down(http);
	return http->answer.body.failed ? 0 : size;
}

struct http *http_open(const struct http_access *access, _Atomic uint64_t *progress)
{
	struct http *http = calloc(1, sizeof(*http));
	if (http == NULL) {
		return NULL;
	}
	http->access = *access;
	http->progress = progress;
	http->begin_ns = monotonic_ns();
	writer_init_growing(&http->answer.body, (size_t)access->octets + 1);
	http->curl = curl_easy_init();
	if (http->curl == NULL) {
		http_close(http);
		return NULL;
	}
	return http;
}

void http_close(struct http *http)
{
	if (http != NULL) {
		curl_easy_cleanup(http->curl);
		writer_free(&http->answer.body);
		free(http);
	}
}

static bool add_line(struct curl_slist **fields, const char *name, const char *value)
{
	char *line = NULL;
	struct curl_slist *more = NULL;
	if (asprintf(&line, "%s: %s", name, value) >= 0) {
		more = curl_slist_append(*fields, line);
		explicit_bzero(line, strlen(line)); /* it may have the token */
		free(line);
	}
	*fields = more != NULL ? more : *fields;
	return more != NULL;
}

static bool add_token(const struct http *http, struct curl_slist **fields)
{
	const struct http_access *access = &http->access;
	char bearer[4200];
	if (access->token == NULL || access->user != NULL) {
		return true;
	}
	if (access->header != NULL) {
		return add_line(fields, access->header, access->token);
	}
	(void)snprintf(bearer, sizeof(bearer), "Bearer %s", access->token);
	return add_line(fields, "Authorization", bearer);
}

/* \param trusted  The server is that of the feed, and may have the secret. */
static struct curl_slist *make_fields(const struct http *http, const struct http_request *request,
                                      bool trusted)
{
	struct curl_slist *fields = NULL;
	bool made = add_line(&fields, "Accept", request->accept != NULL ? request->accept : "*/*");
	if (request->etag != NULL && request->etag[0] != '\0') {
		made = made && add_line(&fields, "If-None-Match", request->etag);
	}
	if (request->modified != NULL && request->modified[0] != '\0') {
		made = made && add_line(&fields, "If-Modified-Since", request->modified);
	}
	if (made && (!trusted || add_token(http, &fields))) {
		return fields;
	}
	curl_slist_free_all(fields);
	return NULL;
}

static void set_bounds(struct http *http)
{
	CURL *curl = http->curl;
	int64_t left_ms = (http->access.until_ns - monotonic_ns()) / NS_PER_MS;
	long time_ms = left_ms > 1 ? (long)left_ms : 1;
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, time_ms);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
	                       time_ms < CONNECT_MS ? time_ms : CONNECT_MS);
	(void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, SLOW_OCTETS);
	(void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, SLOW_SECONDS);
	(void)curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)http->access.octets);
	/* Redirections are followed here, because libcurl sends fields such as X-OTX-API-KEY to
	 * other servers, too. */
	(void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR,
	                       http->access.plain ? "https,http" : "https");
}

static void set_access(struct http *http, bool trusted)
{
	CURL *curl = http->curl;
	(void)curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	if (http->access.ca != NULL) {
		(void)curl_easy_setopt(curl, CURLOPT_CAINFO, http->access.ca);
		(void)curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	if (trusted && http->access.user != NULL) {
		(void)curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		(void)curl_easy_setopt(curl, CURLOPT_USERNAME, http->access.user);
		(void)curl_easy_setopt(curl, CURLOPT_PASSWORD, http->access.token);
	}
}

static void set_transfer(struct http *http, const char *url, struct curl_slist *fields)
{
	CURL *curl = http->curl;
	(void)curl_easy_setopt(curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
	(void)curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
	(void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "nsmx/" NSMX_VERSION);
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->curl_why);
	(void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_field);
	(void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, http);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_octets);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, http);
}

static void begin_answer(struct http *http)
{
	struct http_answer *answer = &http->answer;
	answer->etag[0] = answer->modified[0] = answer->type[0] = answer->added[0] = '\0';
	answer->why[0] = '\0';
	http->curl_why[0] = '\0';
	http->fields = 0;
	writer_restart(&answer->body);
}

__attribute__((format(printf, 2, 3))) static enum http_outcome fail(struct http *http,
                                                                    const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)vsnprintf(http->answer.why, HTTP_WHY_MAX, format, args);
	va_end(args);
	return HTTP_FAILED;
}

static enum http_outcome fail_transfer(struct http *http, CURLcode code)
{
	const char *why = http->curl_why[0] != '\0' ? http->curl_why : curl_easy_strerror(code);
	if (http->too_large || code == CURLE_FILESIZE_EXCEEDED) {
		http->answer.is_over = true;
		return fail(http, "the feed has more than %llu octets: see max-size",
		            (unsigned long long)http->access.octets);
	}
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		http->answer.is_over = monotonic_ns() >= http->access.until_ns;
		return fail(http, "the server is too slow: %.200s: see timeout", why);
	case CURLE_PEER_FAILED_VERIFICATION:
		return fail(http, "the certificate is not valid: %.200s; `ca = FILE` trusts others",
		            why);
	case CURLE_SSL_CACERT_BADFILE:
		return fail(http,
		            "the certificates to trust cannot be read: %.200s: see ca, and the "
		            "package ca-certificates",
		            why);
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
		return fail(http, "%.200s: check url, DNS and firewall", why);
	case CURLE_PARTIAL_FILE:
		return fail(http, "the answer was cut: %.200s", why);
	default:
		return fail(http, "%.200s", why);
	}
}

static enum http_outcome judge_status(struct http *http, const struct http_request *request,
                                      long status)
{
	bool asked = (request->etag != NULL && request->etag[0] != '\0') ||
	             (request->modified != NULL && request->modified[0] != '\0');
	switch (status) {
	case 200:
		return HTTP_GOT;
	case 304:
		return asked ? HTTP_UNCHANGED
		             : fail(http, "status 304, although nothing was known of the feed");
	case 401:
	case 403:
	case 407:
		return fail(http,
		            "status %ld: the server refuses access: see token-file, user and "
		            "header",
		            status);
	case 404:
	case 410:
		(void)fail(http, "status %ld: the feed is not there: check url", status);
		return HTTP_MISSING;
	case 429:
		return fail(http, "status 429: too many requests: fetch less often");
	default:
		return fail(http, "status %ld in place of 200", status);
	}
}

/* Copies the target of a redirection. \return False if the answer is not one. */
static bool find_target(struct http *http, char url[URL_MAX])
{
	long status = 0;
	char *target = NULL;
	(void)curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(http->curl, CURLINFO_REDIRECT_URL, &target);
	bool is = status >= 300 && status < 400 && status != 304 && target != NULL;
	if (is) {
		(void)snprintf(url, URL_MAX, "%s", strlen(target) < URL_MAX ? target : "");
	}
	return is;
}

static CURLcode transfer(struct http *http, const struct http_request *request, const char *url,
                         bool trusted)
{
	begin_answer(http);
	curl_easy_reset(http->curl); /* the connection stays open */
	struct curl_slist *fields = make_fields(http, request, trusted);
	if (fields == NULL) {
		return CURLE_OUT_OF_MEMORY;
	}
	set_bounds(http);
	set_access(http, trusted);
	set_transfer(http, url, fields);
	CURLcode code = curl_easy_perform(http->curl);
	(void)curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(fields);
	return code;
}

static enum http_outcome judge(struct http *http, const struct http_request *request)
{
	long status = 0;
	(void)curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status);
	return judge_status(http, request, status);
}

enum http_outcome http_get(struct http *http, const struct http_request *request,
                           struct http_answer **answer)
{
	char url[URL_MAX];
	bool trusted = true;
	*answer = &http->answer;
	(void)snprintf(url, sizeof(url), "%s", request->url);
	for (int i = 0; i <= HTTP_REDIRECTIONS_MAX; i++) {
		CURLcode code = transfer(http, request, url, trusted);
		if (code != CURLE_OK) {
			return fail_transfer(http, code);
		}
		if (!find_target(http, url)) {
			return judge(http, request);
		}
		if (!url_is_allowed(url, http->access.plain)) {
			return fail(http, "the server redirects to %.*s:, which is not HTTPS%s",
			            (int)strcspn(url, ":"), url,
			            http->access.plain ? " or HTTP" : "");
		}
		trusted = trusted && url_is_same_origin(url, request->url);
	}
	return fail(http, "the server redirects more than %d times", HTTP_REDIRECTIONS_MAX);
}
