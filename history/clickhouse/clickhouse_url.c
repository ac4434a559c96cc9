/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/clickhouse/clickhouse_url.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"

#define PLAIN             "clickhouse://"
#define TLS               "clickhouses://"
#define PORT              8123
#define TLS_PORT          8443
#define PASSWORD_VARIABLE "NSMX_CLICKHOUSE_PASSWORD"

/* A part of the URL; there is no final NUL. */
struct part {
	const char *text;
	size_t size;
};

struct parser {
	struct clickhouse_url *url;
	char *error;
};

__attribute__((format(printf, 2, 3))) static bool wrong(struct parser *p, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)vsnprintf(p->error, CLICKHOUSE_ERROR_MAX, format, args);
	va_end(args);
	return false;
}

static const char *after_scheme(const char *text, bool *tls)
{
	*tls = strncasecmp(text, TLS, sizeof(TLS) - 1) == 0;
	if (*tls) {
		return text + sizeof(TLS) - 1;
	}
	return strncasecmp(text, PLAIN, sizeof(PLAIN) - 1) == 0 ? text + sizeof(PLAIN) - 1 : NULL;
}

bool clickhouse_url_is(const char *text)
{
	bool tls;
	return after_scheme(text, &tls) != NULL;
}

/* Cuts a part at the first `c`; the text after it becomes `tail`. */
static bool cut(struct part *part, char c, struct part *tail)
{
	const char *at = part->size > 0 ? memchr(part->text, c, part->size) : NULL;
	if (at == NULL) {
		*tail = (struct part){ part->text + part->size, 0 };
		return false;
	}
	size_t head = (size_t)(at - part->text);
	*tail = (struct part){ at + 1, part->size - head - 1 };
	part->size = head;
	return true;
}

/* Copies a part, and decodes %XX (RFC 3986, 2.1). */
static bool decode(struct parser *p, struct part part, const char *name, char *to, size_t room)
{
	size_t used = 0;
	for (size_t at = 0; at < part.size; at++) {
		int octet = (unsigned char)part.text[at];
		if (octet == '%') {
			int high = at + 2 < part.size ? ascii_hex_value(part.text[at + 1]) : -1;
			int low = high >= 0 ? ascii_hex_value(part.text[at + 2]) : -1;
			octet = low >= 0 ? high << 4 | low : 0;
			at += 2;
		}
		if (octet < ' ') {
			return wrong(p, "%s: write %%25 for %%, and no control characters", name);
		}
		if (used + 1 >= room) {
			return wrong(p, "%s: longer than %zu characters", name, room - 1);
		}
		to[used++] = (char)octet;
	}
	to[used] = '\0';
	return true;
}

static bool take_user(struct parser *p, struct part user)
{
	struct part password;
	(void)cut(&user, ':', &password);
	return decode(p, user, "user", p->url->user, sizeof(p->url->user)) &&
	       decode(p, password, "password", p->url->password, sizeof(p->url->password));
}

static bool is_host_character(char c)
{
	return ascii_is_alphanumeric(c) || strchr("-._:[]", c) != NULL;
}

/* HOST, HOST:PORT, [IPV6] or [IPV6]:PORT */
static bool take_shard(struct parser *p, struct part host)
{
	struct clickhouse_url *url = p->url;
	size_t bracket = host.size > 0 && host.text[0] == '[' ? 1 : 0;
	for (size_t i = 0; i < host.size; i++) {
		if (!is_host_character(host.text[i])) {
			return wrong(p, "a host must be a name, or an address");
		}
	}
	if (url->shards_count == CLICKHOUSE_SHARDS_MAX) {
		return wrong(p, "more than %d hosts", CLICKHOUSE_SHARDS_MAX);
	}
	const char *end = bracket > 0 ? memchr(host.text, ']', host.size) : host.text;
	if (host.size == 0 || host.size > 280 || end == NULL) {
		return wrong(p, "a host is missing: write clickhouse://HOST[:PORT]/DB");
	}
	bool has_port = memchr(end, ':', host.size - (size_t)(end - host.text)) != NULL;
	(void)snprintf(url->shards[url->shards_count++], sizeof(url->shards[0]),
	               has_port ? "%.*s" : "%.*s:%u", (int)host.size, host.text,
	               url->tls ? TLS_PORT : PORT);
	return true;
}

static bool take_shards(struct parser *p, struct part hosts)
{
	bool more = true;
	while (more) {
		struct part host = hosts;
		more = cut(&host, ',', &hosts);
		if (!take_shard(p, host)) {
			return false;
		}
	}
	return true;
}

/* Only some characters are allowed, because the name becomes a part of statements. */
static bool take_database(struct parser *p, struct part database)
{
	char *to = p->url->database;
	if (!decode(p, database, "database", to, sizeof(p->url->database))) {
		return false;
	}
	for (const char *at = to; *at != '\0'; at++) {
		if (!ascii_is_alphanumeric(*at) && *at != '_') {
			return wrong(p, "database: only letters, digits and _ are possible");
		}
	}
	return to[0] != '\0' ||
	       wrong(p, "the database is missing: write clickhouse://HOST[:PORT]/DB");
}

static bool take_option(struct parser *p, struct part name)
{
	struct clickhouse_url *url = p->url;
	const struct {
		const char *name;
		char *to;
		size_t room;
	} options[] = { { "ca", url->ca, sizeof(url->ca) },
		        { "cert", url->cert, sizeof(url->cert) },
		        { "tls-key", url->tls_key, sizeof(url->tls_key) },
		        { "sni", url->sni, sizeof(url->sni) } };
	struct part value;
	(void)cut(&name, '=', &value);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strlen(options[i].name) != name.size ||
		    memcmp(options[i].name, name.text, name.size) != 0) {
			continue;
		}
		if (!url->tls) {
			return wrong(p, "%s: needs TLS: write " TLS " in place of " PLAIN,
			             options[i].name);
		}
		return decode(p, value, options[i].name, options[i].to, options[i].room);
	}
	return wrong(p, "unknown option '%.*s': the options are ca, cert, tls-key and sni",
	             (int)(name.size < 40 ? name.size : 40), name.text);
}

static bool take_options(struct parser *p, struct part options)
{
	/* A password with '?' in it would be printed as an unknown option. */
	if (options.size > 0 && memchr(options.text, '@', options.size) != NULL) {
		return wrong(p, "'@' must not follow '?': write %%40 for @ and %%3F for ? in a "
		                "password");
	}
	while (options.size > 0) {
		struct part option = options;
		(void)cut(&option, '&', &options);
		if (!take_option(p, option)) {
			return false;
		}
	}
	if ((p->url->cert[0] == '\0') != (p->url->tls_key[0] == '\0')) {
		return wrong(p, "cert= and tls-key= must be given together");
	}
	return true;
}

static void set_name(struct clickhouse_url *url)
{
	size_t used =
	        (size_t)snprintf(url->name, sizeof(url->name), "%s%s%s", url->tls ? TLS : PLAIN,
	                         url->user, url->user[0] != '\0' ? "@" : "");
	for (size_t i = 0; i < url->shards_count && used < sizeof(url->name); i++) {
		used += (size_t)snprintf(url->name + used, sizeof(url->name) - used, "%s%s",
		                         i > 0 ? "," : "", url->shards[i]);
	}
	if (used < sizeof(url->name)) {
		(void)snprintf(url->name + used, sizeof(url->name) - used, "/%s", url->database);
	}
}

static bool take_environment(struct parser *p)
{
	const char *password = getenv(PASSWORD_VARIABLE);
	struct clickhouse_url *url = p->url;
	if (password == NULL || url->password[0] != '\0') {
		return true;
	}
	if (strlen(password) >= sizeof(url->password)) {
		return wrong(p, PASSWORD_VARIABLE ": longer than %zu characters",
		             sizeof(url->password) - 1);
	}
	(void)strcpy(url->password, password);
	return true;
}

/* Returns the last `@` before the hosts; NULL: there is no user. */
static const char *find_at(const char *text)
{
	return memrchr(text, '@', strcspn(text, "?"));
}

bool clickhouse_url_parse(struct clickhouse_url *url, const char *text,
                          char error[CLICKHOUSE_ERROR_MAX])
{
	struct parser p = { url, error };
	struct part database, options;
	*url = (struct clickhouse_url){ .tls = false };
	const char *rest = after_scheme(text, &url->tls);
	if (rest == NULL) {
		return wrong(&p, "the URL must begin with " PLAIN " or " TLS);
	}
	const char *at = find_at(rest);
	if (at != NULL && !take_user(&p, (struct part){ rest, (size_t)(at - rest) })) {
		return false;
	}
	rest = at != NULL ? at + 1 : rest;
	struct part hosts = { rest, strlen(rest) };
	(void)cut(&hosts, '?', &options);
	(void)cut(&hosts, '/', &database);
	if (!take_options(&p, options) || !take_shards(&p, hosts) || !take_database(&p, database) ||
	    !take_environment(&p)) {
		return false;
	}
	set_name(url);
	return true;
}

void clickhouse_url_conceal(char *text)
{
	bool tls;
	const char *rest = after_scheme(text, &tls);
	const char *at = rest != NULL ? find_at(rest) : NULL;
	char *colon = at != NULL ? memchr(rest, ':', (size_t)(at - rest)) : NULL;
	if (colon != NULL) {
		memset(colon + 1, 'x', (size_t)(at - colon - 1));
	}
}

bool clickhouse_url_take_password(char *text, char error[CLICKHOUSE_ERROR_MAX])
{
	struct clickhouse_url url = { .tls = false };
	bool tls;
	if (!clickhouse_url_parse(&url, text, error)) {
		return false;
	}
	const char *rest = after_scheme(text, &tls);
	const char *at = find_at(rest);
	char *colon = at != NULL ? memchr(rest, ':', (size_t)(at - rest)) : NULL;
	bool good = url.password[0] == '\0' || setenv(PASSWORD_VARIABLE, url.password, 1) == 0;
	if (good && colon != NULL) {
		memmove(colon, at, strlen(at) + 1);
	}
	explicit_bzero(url.password, sizeof(url.password));
	return good;
}
