/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/clickhouse/clickhouse_url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/url_part.h"

#define PLAIN             "clickhouse://"
#define TLS               "clickhouses://"
#define PORT              8123
#define TLS_PORT          8443
#define PASSWORD_VARIABLE "NSMX_CLICKHOUSE_PASSWORD"

struct parser {
	struct clickhouse_url *url;
	struct url_error error;
};

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

/* Cuts a part at the first `c`. Without `c` the tail is empty. */
static bool cut(struct url_part *part, char c, struct url_part *tail)
{
	*tail = (struct url_part){ part->text + part->size, 0 };
	return url_cut(part, c, false, tail);
}

static int take_user(struct parser *p, struct url_part user)
{
	struct url_part password;
	(void)cut(&user, ':', &password);
	int ret = url_decode(&p->error, user, "user", p->url->user, sizeof(p->url->user));
	return ret != 0 ? ret
	                : url_decode(&p->error, password, "password", p->url->password,
	                             sizeof(p->url->password));
}

static bool is_host_character(char c)
{
	return ascii_is_alphanumeric(c) || strchr("-._:[]", c) != NULL;
}

/* HOST, HOST:PORT, [IPV6] or [IPV6]:PORT */
static int take_shard(struct parser *p, struct url_part host)
{
	struct clickhouse_url *url = p->url;
	size_t bracket = host.size > 0 && host.text[0] == '[' ? 1 : 0;
	for (size_t i = 0; i < host.size; i++) {
		if (!is_host_character(host.text[i])) {
			return url_wrong(&p->error, "a host must be a name, or an address");
		}
	}
	if (url->shards_count == CLICKHOUSE_SHARDS_MAX) {
		return url_wrong(&p->error, "more than %d hosts", CLICKHOUSE_SHARDS_MAX);
	}
	const char *end = bracket > 0 ? memchr(host.text, ']', host.size) : host.text;
	if (host.size == 0 || host.size > 280 || end == NULL) {
		return url_wrong(&p->error, "a host is missing: write clickhouse://HOST[:PORT]/DB");
	}
	bool has_port = memchr(end, ':', host.size - (size_t)(end - host.text)) != NULL;
	(void)snprintf(url->shards[url->shards_count++], sizeof(url->shards[0]),
	               has_port ? "%.*s" : "%.*s:%u", (int)host.size, host.text,
	               url->tls ? TLS_PORT : PORT);
	return 0;
}

static int take_shards(struct parser *p, struct url_part hosts)
{
	bool more = true;
	while (more) {
		struct url_part host = hosts;
		more = cut(&host, ',', &hosts);
		int ret = take_shard(p, host);
		if (ret != 0) {
			return ret;
		}
	}
	return 0;
}

/* Only some characters are allowed, because the name becomes a part of statements. */
static int take_database(struct parser *p, struct url_part database)
{
	char *to = p->url->database;
	int ret = url_decode(&p->error, database, "database", to, sizeof(p->url->database));
	if (ret != 0) {
		return ret;
	}
	for (const char *at = to; *at != '\0'; at++) {
		if (!ascii_is_alphanumeric(*at) && *at != '_') {
			return url_wrong(&p->error,
			                 "database: only letters, digits and _ are possible");
		}
	}
	return to[0] != '\0'
	               ? 0
	               : url_wrong(&p->error,
	                           "the database is missing: write clickhouse://HOST[:PORT]/DB");
}

static int take_option(struct parser *p, struct url_part name)
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
	struct url_part value;
	(void)cut(&name, '=', &value);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!url_part_is(name, options[i].name)) {
			continue;
		}
		if (!url->tls) {
			return url_wrong(&p->error,
			                 "%s: needs TLS: write " TLS " in place of " PLAIN,
			                 options[i].name);
		}
		return url_decode(&p->error, value, options[i].name, options[i].to,
		                  options[i].room);
	}
	return url_wrong(&p->error,
	                 "unknown option '%.*s': the options are ca, cert, tls-key and sni",
	                 (int)(name.size < 40 ? name.size : 40), name.text);
}

static int take_options(struct parser *p, struct url_part options)
{
	/* A password with '?' in it would be printed as an unknown option. */
	if (options.size > 0 && memchr(options.text, '@', options.size) != NULL) {
		return url_wrong(&p->error,
		                 "'@' must not follow '?': write %%40 for @ and %%3F for ? in a "
		                 "password");
	}
	while (options.size > 0) {
		struct url_part option = options;
		(void)cut(&option, '&', &options);
		int ret = take_option(p, option);
		if (ret != 0) {
			return ret;
		}
	}
	if ((p->url->cert[0] == '\0') != (p->url->tls_key[0] == '\0')) {
		return url_wrong(&p->error, "cert= and tls-key= must be given together");
	}
	return 0;
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

static int take_environment(struct parser *p)
{
	const char *password = getenv(PASSWORD_VARIABLE);
	struct clickhouse_url *url = p->url;
	if (password == NULL || url->password[0] != '\0') {
		return 0;
	}
	if (strlen(password) >= sizeof(url->password)) {
		return url_wrong(&p->error, PASSWORD_VARIABLE ": longer than %zu characters",
		                 sizeof(url->password) - 1);
	}
	(void)strcpy(url->password, password);
	return 0;
}

/* Returns the last `@` before the hosts; NULL: there is no user. */
static const char *find_at(const char *text)
{
	return memrchr(text, '@', strcspn(text, "?"));
}

bool clickhouse_url_parse(struct clickhouse_url *url, const char *text,
                          char error[CLICKHOUSE_ERROR_MAX])
{
	struct parser p = { url, { error, CLICKHOUSE_ERROR_MAX } };
	struct url_part database, options;
	*url = (struct clickhouse_url){ .tls = false };
	const char *rest = after_scheme(text, &url->tls);
	if (rest == NULL) {
		(void)url_wrong(&p.error, "the URL must begin with " PLAIN " or " TLS);
		return false;
	}
	const char *at = find_at(rest);
	if (at != NULL && take_user(&p, (struct url_part){ rest, (size_t)(at - rest) }) != 0) {
		return false;
	}
	rest = at != NULL ? at + 1 : rest;
	struct url_part hosts = { rest, strlen(rest) };
	(void)cut(&hosts, '?', &options);
	(void)cut(&hosts, '/', &database);
	if (take_options(&p, options) != 0 || take_shards(&p, hosts) != 0 ||
	    take_database(&p, database) != 0 || take_environment(&p) != 0) {
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
