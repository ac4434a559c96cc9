/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/console/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time_ns.h"
#include "sensor/console/page.h"

#define TOKEN_ROOM (ACCESS_TOKEN_MAX + 1)

static const char *const TYPES[CONSOLE_TYPES] = {
	[CONSOLE_TEXT] = "text/plain; charset=utf-8",
	[CONSOLE_HTML] = "text/html; charset=utf-8",
	[CONSOLE_JSON] = "application/json",
	[CONSOLE_NDJSON] = "application/x-ndjson",
};

struct exchange *exchange_new(struct MHD_Connection *connection, const char *target)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));
	if (exchange != NULL) {
		exchange->connection = connection;
		/* One octet more than allowed remains, so that the target is refused. */
		(void)snprintf(exchange->target, sizeof(exchange->target), "%s", target);
		writer_init_growing(&exchange->answer.body, CONSOLE_ANSWER_MAX);
	}
	return exchange;
}

void exchange_free(struct exchange *exchange)
{
	writer_free(&exchange->answer.body);
	explicit_bzero(exchange->body, sizeof(exchange->body));
	free(exchange);
}

bool exchange_take(struct exchange *exchange, const char *octets, size_t size)
{
	if (size > EXCHANGE_BODY_MAX - exchange->body_size) {
		return false;
	}
	memcpy(exchange->body + exchange->body_size, octets, size);
	exchange->body_size += size;
	return true;
}

void exchange_say(struct exchange *exchange, unsigned status, const char *sentence)
{
	struct console_answer *answer = &exchange->answer;
	answer->status = status;
	answer->type = CONSOLE_TEXT;
	writer_restart(&answer->body);
	writer_string(&answer->body, sentence);
	writer_char(&answer->body, '\n');
}

static const char *header(const struct exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

static bool has_bearer(const struct exchange *exchange, const struct access *access)
{
	static const char scheme[] = "Bearer ";
	const char *value = header(exchange, "Authorization");
	return value != NULL && strncasecmp(value, scheme, sizeof(scheme) - 1) == 0 &&
	       access_has_token(access, value + sizeof(scheme) - 1);
}

/* Any user with the token as the password. */
static bool has_password(const struct exchange *exchange, const struct access *access)
{
	char *password = NULL;
	char *user = MHD_basic_auth_get_username_password(exchange->connection, &password);
	bool good = user != NULL && password != NULL && access_has_token(access, password);
	MHD_free(user);
	MHD_free(password);
	return good;
}

static bool has_cookie(const struct exchange *exchange, const struct access *access)
{
	const char *cookie =
	        MHD_lookup_connection_value(exchange->connection, MHD_COOKIE_KIND, ACCESS_COOKIE);
	return access->has_token && cookie != NULL &&
	       access_has_cookie(access, (uint64_t)(realtime_ns() / NS_PER_S), cookie);
}

static bool is_known(struct exchange *exchange, const struct access *access)
{
	const char *key = header(exchange, "X-API-Key");
	bool cookie = has_cookie(exchange, access);
	exchange->request.logged_in = cookie;
	return !access->has_token || cookie || (key != NULL && access_has_token(access, key)) ||
	       has_bearer(exchange, access) || has_password(exchange, access);
}

static bool is_api(enum console_page page)
{
	return page >= CONSOLE_CIRCL;
}

static void refuse_stranger(struct exchange *exchange)
{
	if (is_api(exchange->request.page)) {
		/* DNSDB answers 403; the clients of CIRCL have a user and a password. */
		exchange->asks_basic = exchange->request.page == CONSOLE_CIRCL;
		exchange_say(exchange,
		             exchange->asks_basic ? MHD_HTTP_UNAUTHORIZED : MHD_HTTP_FORBIDDEN,
		             "the token is missing or wrong");
	} else {
		exchange->location = "/login";
		exchange_say(exchange, MHD_HTTP_SEE_OTHER, "log in");
	}
}

static void say_json(struct exchange *exchange, const char *text)
{
	exchange_say(exchange, MHD_HTTP_OK, text);
	exchange->answer.type = CONSOLE_JSON;
}

static void answer_rate(struct exchange *exchange)
{
	char text[256];
	(void)snprintf(text, sizeof(text),
	               "{\"rate\":{\"reset\":\"n/a\",\"limit\":\"unlimited\",\"remaining\":\"n/a\","
	               "\"results_max\":%d,\"offset_max\":%d}}",
	               CONSOLE_LIMIT_MAX, CONSOLE_OFFSET_MAX);
	say_json(exchange, text);
}

/* What comes from a page of others must have no effect, and a name that was made to point here must
 * give no answer. */
static bool is_from_here(struct exchange *exchange, const struct access *access)
{
	const char *host = header(exchange, "Host");
	if (!access_has_host(access, host)) {
		exchange_say(exchange, MHD_HTTP_MISDIRECTED_REQUEST,
		             "the Host header is not an address of this console; with --token any "
		             "name is accepted");
		return false;
	}
	if (!access_has_origin(header(exchange, "Origin"), host)) {
		exchange_say(exchange, MHD_HTTP_FORBIDDEN, "the request is from a page of others");
		return false;
	}
	return true;
}

static bool has_method(struct exchange *exchange, const char *method)
{
	enum console_page page = exchange->request.page;
	bool form = page == CONSOLE_LOGIN || page == CONSOLE_LOGOUT;
	if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0 ||
	    (form && strcmp(method, MHD_HTTP_METHOD_POST) == 0)) {
		return true;
	}
	exchange_say(exchange, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD are supported");
	return false;
}

static bool read_target(struct exchange *exchange)
{
	const char *reason;
	unsigned status = console_request_read(&exchange->request, exchange->target,
	                                       (uint64_t)(realtime_ns() / NS_PER_S), &reason);
	if (status != MHD_HTTP_OK) {
		exchange_say(exchange, status, reason);
	}
	return status == MHD_HTTP_OK;
}

static void set_cookie(struct exchange *exchange, const char *value, unsigned age_s)
{
	const char *scheme = header(exchange, "X-Forwarded-Proto");
	bool secure = scheme != NULL && strcasecmp(scheme, "https") == 0;
	(void)snprintf(exchange->cookie, sizeof(exchange->cookie),
	               ACCESS_COOKIE "=%s; Path=/; Max-Age=%u; HttpOnly; SameSite=Strict%s", value,
	               age_s, secure ? "; Secure" : "");
}

static void go_to(struct exchange *exchange, const char *location)
{
	exchange->location = location;
	exchange_say(exchange, MHD_HTTP_SEE_OTHER, "see the other page");
}

static void answer_login(struct exchange *exchange, const struct access *access, bool posted)
{
	char token[TOKEN_ROOM], cookie[ACCESS_COOKIE_MAX];
	bool login = exchange->request.page == CONSOLE_LOGIN;
	if (!access->has_token || (!login && !posted)) {
		go_to(exchange, "/");
	} else if (!login) {
		set_cookie(exchange, "", 0);
		go_to(exchange, "/login");
	} else if (posted && console_parameter(exchange->body, "token", token, sizeof(token)) &&
	           access_has_token(access, token)) {
		access_write_cookie(access, (uint64_t)(realtime_ns() / NS_PER_S), cookie);
		set_cookie(exchange, cookie, ACCESS_COOKIE_S);
		go_to(exchange, "/");
	} else {
		page_login(&exchange->answer, posted);
	}
	explicit_bzero(token, sizeof(token));
}

bool exchange_decide(struct exchange *exchange, const struct access *access, const char *method)
{
	if (!is_from_here(exchange, access) || !read_target(exchange) ||
	    !has_method(exchange, method)) {
		return false;
	}
	if (exchange->request.page == CONSOLE_LOGIN || exchange->request.page == CONSOLE_LOGOUT) {
		answer_login(exchange, access, strcmp(method, MHD_HTTP_METHOD_POST) == 0);
		return false;
	}
	if (!is_known(exchange, access)) {
		refuse_stranger(exchange);
		return false;
	}
	switch (exchange->request.page) {
	case CONSOLE_DNSDB_PING:
		say_json(exchange, "{\"ping\":\"ok\"}");
		return false;
	case CONSOLE_DNSDB_RATE:
		answer_rate(exchange);
		return false;
	default:
		return true;
	}
}

static void add_headers(const struct exchange *exchange, struct MHD_Response *response)
{
	static const char *const fixed[][2] = {
		{ "Cache-Control", "no-store" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
		{ "Referrer-Policy", "same-origin" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "X-Frame-Options", "DENY" },
	};
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		(void)MHD_add_response_header(response, fixed[i][0], fixed[i][1]);
	}
	bool page = exchange->answer.type == CONSOLE_HTML;
	(void)MHD_add_response_header(response, "Content-Security-Policy",
	                              page ? page_policy()
	                                   : "default-src 'none'; frame-ancestors 'none'");
	(void)MHD_add_response_header(response, "Content-Type", TYPES[exchange->answer.type]);
	if (exchange->cookie[0] != '\0') {
		(void)MHD_add_response_header(response, "Set-Cookie", exchange->cookie);
	}
	if (exchange->location != NULL) {
		(void)MHD_add_response_header(response, "Location", exchange->location);
	}
	if (exchange->asks_basic) {
		(void)MHD_add_response_header(response, "WWW-Authenticate",
		                              "Basic realm=\"nsmx\", charset=\"UTF-8\"");
	}
	if (exchange->answer.status == MHD_HTTP_SERVICE_UNAVAILABLE) {
		(void)MHD_add_response_header(response, "Retry-After", "5");
	}
}

bool exchange_reply(struct exchange *exchange)
{
	struct console_answer *answer = &exchange->answer;
	struct MHD_Response *response = MHD_create_response_from_buffer(
	        writer_size(&answer->body), answer->body.start, MHD_RESPMEM_PERSISTENT);
	if (response == NULL) {
		return false;
	}
	add_headers(exchange, response);
	enum MHD_Result queued = MHD_queue_response(exchange->connection, answer->status, response);
	MHD_destroy_response(response);
	return queued == MHD_YES;
}
