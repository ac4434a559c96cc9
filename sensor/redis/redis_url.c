/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/redis/redis_url.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/url_part.h"

#define PORT_DEFAULT      6379
#define SENTINEL_PORT     26379
#define DB_MAX            65535
#define PASSWORD_VARIABLE "NSMX_REDIS_PASSWORD"
#define NUMBER(member)    OPTION_NUMBER, offsetof(struct redis_url, member), sizeof(unsigned)
#define TEXT(member)                                                                               \
	OPTION_TEXT, offsetof(struct redis_url, member), sizeof(((struct redis_url *)0)->member)

static const struct {
	const char *prefix;
	enum redis_url_scheme scheme;
	enum redis_url_layout layout;
} schemes[] = {
	{ "redis://", REDIS_URL_TCP, REDIS_URL_SINGLE },
	{ "rediss://", REDIS_URL_TLS, REDIS_URL_SINGLE },
	{ "redis+unix://", REDIS_URL_UNIX, REDIS_URL_SINGLE },
	{ "redis+sentinel://", REDIS_URL_TCP, REDIS_URL_SENTINEL },
	{ "rediss+sentinel://", REDIS_URL_TLS, REDIS_URL_SENTINEL },
	{ "redis+cluster://", REDIS_URL_TCP, REDIS_URL_CLUSTER },
	{ "rediss+cluster://", REDIS_URL_TLS, REDIS_URL_CLUSTER },
};

static const char *const forms[] = {
	[REDIS_URL_STREAM] = "stream",
	[REDIS_URL_LIST] = "list",
	[REDIS_URL_LPUSH] = "lpush",
	[REDIS_URL_CHANNEL] = "channel",
};

enum option_kind { OPTION_FORM, OPTION_NUMBER, OPTION_LARGE, OPTION_TEXT, OPTION_NETWORKS };

static const struct option {
	const char *name;
	enum option_kind kind;
	size_t offset;
	size_t size;
	uint64_t min;
	uint64_t max;
	bool tls; /* The option needs TLS. */
} options[] = {
	{ "as", OPTION_FORM, 0, 0, 0, 0, false },
	{ "key", TEXT(key), 0, 0, false },
	{ "field", TEXT(field), 0, 0, false },
	{ "rows", TEXT(rows_key), 0, 0, false },
	{ "incidents", TEXT(incidents_key), 0, 0, false },
	{ "maxlen", OPTION_LARGE, offsetof(struct redis_url, maxlen), 8, 0, INT64_MAX, false },
	{ "batch", NUMBER(batch), 1, REDIS_URL_BATCH_MAX, false },
	{ "flush", NUMBER(flush_ms), 0, REDIS_URL_FLUSH_MAX, false },
	{ "wait", NUMBER(wait), 0, REDIS_URL_WAIT_MAX, false },
	{ "db", NUMBER(db), 0, DB_MAX, false },
	{ "ca", TEXT(ca), 0, 0, true },
	{ "cert", TEXT(cert), 0, 0, true },
	{ "tls-key", TEXT(tls_key), 0, 0, true },
	{ "sni", TEXT(sni), 0, 0, true },
	{ "redirect", OPTION_NETWORKS, 0, 0, 0, 0, false },
};

struct parser {
	struct redis_url *url;
	struct url_error error;
};

static int parse_userinfo(struct parser *p, struct url_part user)
{
	struct url_part password;
	bool has_password = url_cut(&user, ':', false, &password);
	int ret = url_decode(&p->error, user, "user", p->url->user, sizeof(p->url->user));
	if (ret == 0 && has_password) {
		ret = url_decode(&p->error, password, "password", p->url->password,
		                 sizeof(p->url->password));
	}
	return ret;
}

static int parse_socket(struct parser *p, struct url_part place)
{
	const char *slash = memchr(place.text, '/', place.size);
	if (slash == NULL || slash + 1 == place.text + place.size) {
		return url_wrong(&p->error, "the socket is missing: write redis+unix:///PATH");
	}
	struct url_part user = { place.text, (size_t)(slash - place.text) };
	struct url_part path = { slash, place.size - user.size };
	if (user.size > 0) {
		if (user.text[user.size - 1] != '@') {
			return url_wrong(&p->error,
			                 "the socket's path must be absolute: redis+unix:///PATH");
		}
		user.size--;
		int ret = parse_userinfo(p, user);
		if (ret != 0) {
			return ret;
		}
	}
	return url_decode(&p->error, path, "socket", p->url->path, sizeof(p->url->path));
}

static int parse_db(struct parser *p, struct url_part db)
{
	uint64_t number = 0;
	if (db.size == 0) {
		return 0;
	}
	int ret = url_number(&p->error, db, "database", 0, DB_MAX, &number);
	p->url->db = (unsigned)number;
	return ret;
}

static int parse_place(struct parser *p, struct url_part host, uint16_t usual_port)
{
	struct redis_url *url = p->url;
	struct url_part port;
	bool has_port;
	uint64_t number = usual_port;
	if (url->place_count == REDIS_URL_PLACES_MAX) {
		return url_wrong(&p->error, "more than %d hosts", REDIS_URL_PLACES_MAX);
	}
	struct redis_place *place = &url->places[url->place_count++];
	int ret = url_split_host(&p->error, &host, &port, &has_port);
	if (ret == 0 && has_port) {
		ret = url_number(&p->error, port, "port", 1, UINT16_MAX, &number);
	}
	if (ret == 0) {
		ret = url_decode(&p->error, host, "host", place->host, sizeof(place->host));
	}
	place->port = (uint16_t)number;
	if (ret == 0 && (place->host[0] == '\0' || strpbrk(place->host, " /,") != NULL)) {
		return url_wrong(&p->error,
		                 url->layout == REDIS_URL_SINGLE
		                         ? "the host is missing: write redis://HOST[:PORT][/DB], "
		                           "or, for several hosts, redis+cluster://"
		                         : "the host is missing: write HOST[:PORT],HOST[:PORT]...");
	}
	return ret;
}

static int parse_places(struct parser *p, struct url_part hosts)
{
	bool sentinel = p->url->layout == REDIS_URL_SENTINEL;
	bool more = true;
	while (more) {
		struct url_part host = hosts;
		more = p->url->layout != REDIS_URL_SINGLE && url_cut(&host, ',', false, &hosts);
		int ret = parse_place(p, host, sentinel ? SENTINEL_PORT : PORT_DEFAULT);
		if (ret != 0) {
			return ret;
		}
	}
	return 0;
}

/* The master's name is at the place of a single server's database. */
static int parse_master(struct parser *p, struct url_part *db)
{
	struct url_part master = *db;
	*db = (struct url_part){ 0 };
	(void)url_cut(&master, '/', false, db);
	if (master.size == 0) {
		return url_wrong(
		        &p->error,
		        "the master is missing: write redis+sentinel://HOST,HOST/MASTER[/DB]");
	}
	return url_decode(&p->error, master, "master", p->url->master, sizeof(p->url->master));
}

static int parse_host(struct parser *p, struct url_part place)
{
	struct url_part hosts = place, db = { 0 };
	int ret = 0;
	if (url_cut(&place, '@', true, &hosts)) {
		ret = parse_userinfo(p, place);
	}
	(void)url_cut(&hosts, '/', false, &db);
	if (ret == 0) {
		ret = parse_places(p, hosts);
	}
	if (ret == 0 && p->url->layout == REDIS_URL_SENTINEL) {
		ret = parse_master(p, &db);
	}
	if (ret == 0) {
		ret = parse_db(p, db);
	}
	if (ret == 0 && p->url->layout == REDIS_URL_CLUSTER && p->url->db != 0) {
		return url_wrong(&p->error, "database: a cluster has only database 0");
	}
	return ret;
}

static int parse_form(struct parser *p, struct url_part value)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (url_part_is(value, forms[i])) {
			p->url->form = (enum redis_url_form)i;
			return 0;
		}
	}
	return url_wrong(&p->error, "as: must be stream, list, lpush or channel");
}

static int parse_networks(struct parser *p, struct url_part value)
{
	char text[REDIS_NETWORKS_TEXT_MAX];
	if (p->url->layout == REDIS_URL_SINGLE) {
		return url_wrong(
		        &p->error,
		        "redirect: only redis+sentinel:// and redis+cluster:// take this option");
	}
	int ret = url_decode(&p->error, value, "redirect", text, sizeof(text));
	if (ret == 0 && !redis_networks_add(&p->url->redirect, text)) {
		return url_wrong(&p->error,
		                 "redirect: expected at most %d networks, such as "
		                 "192.0.2.0/24,2001:db8::/32",
		                 REDIS_NETWORKS_MAX);
	}
	return ret;
}

static int set_option(struct parser *p, const struct option *option, struct url_part value)
{
	char *member = (char *)p->url + option->offset;
	uint64_t number = 0;
	int ret;
	if (option->tls && p->url->scheme != REDIS_URL_TLS) {
		return url_wrong(&p->error, "%s: needs TLS: write rediss:// in place of redis://",
		                 option->name);
	}
	if (option->kind == OPTION_FORM) {
		return parse_form(p, value);
	}
	if (option->kind == OPTION_NETWORKS) {
		return parse_networks(p, value);
	}
	if (option->kind == OPTION_TEXT) {
		ret = url_decode(&p->error, value, option->name, member, option->size);
		return ret == 0 && member[0] == '\0'
		               ? url_wrong(&p->error, "%s: is empty", option->name)
		               : ret;
	}
	ret = url_number(&p->error, value, option->name, option->min, option->max, &number);
	if (option->kind == OPTION_LARGE) {
		memcpy(member, &number, sizeof(number));
	} else {
		unsigned small = (unsigned)number;
		memcpy(member, &small, sizeof(small));
	}
	return ret;
}

static int parse_option(struct parser *p, struct url_part name)
{
	struct url_part value;
	if (!url_cut(&name, '=', false, &value)) {
		return url_wrong(&p->error, "options are written NAME=VALUE, with & between them");
	}
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (url_part_is(name, options[i].name)) {
			return set_option(p, &options[i], value);
		}
	}
	return url_wrong(
	        &p->error,
	        "unknown option '%.*s': expected as=, key=, field=, rows=, maxlen=, batch=, "
	        "flush=, wait=, db=, ca=, cert=, tls-key=, sni= or redirect=",
	        (int)name.size, name.text);
}

static int parse_options(struct parser *p, struct url_part rest)
{
	/* If a password contains an unescaped '?', its rest would be parsed as options and printed
	 * in an error. */
	if (memchr(rest.text, '@', rest.size) != NULL) {
		return url_wrong(&p->error,
		                 "'@' must not follow '?': write %%40 for @ and %%3F for ? in a "
		                 "password or value");
	}
	while (rest.size > 0) {
		struct url_part option = rest;
		rest = (struct url_part){ 0 };
		(void)url_cut(&option, '&', false, &rest);
		int ret = parse_option(p, option);
		if (ret != 0) {
			return ret;
		}
	}
	return 0;
}

__attribute__((format(printf, 2, 3))) static void append(struct redis_url *url, const char *fmt,
                                                         ...)
{
	size_t used = strlen(url->name);
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(url->name + used, sizeof(url->name) - used, fmt, args);
	va_end(args);
}

static const char *prefix_of(const struct redis_url *url)
{
	size_t i = 0;
	while (schemes[i].scheme != url->scheme || schemes[i].layout != url->layout) {
		i++;
	}
	return schemes[i].prefix;
}

/* Options that identify the output come last, and only if they are not the default. */
static void set_name(struct redis_url *url)
{
	char sign = '?';
	append(url, "%s", prefix_of(url));
	if (url->user[0] != '\0') {
		append(url, "%s@", url->user);
	}
	append(url, "%s", url->path);
	for (size_t i = 0; i < url->place_count; i++) {
		const struct redis_place *place = &url->places[i];
		bool v6 = strchr(place->host, ':') != NULL;
		append(url, "%s%s%s%s:%u", i > 0 ? "," : "", v6 ? "[" : "", place->host,
		       v6 ? "]" : "", place->port);
	}
	if (url->layout == REDIS_URL_SENTINEL) {
		append(url, "/%s", url->master);
	}
	if (url->db != 0 && url->scheme == REDIS_URL_UNIX) {
		append(url, "?db=%u", url->db);
		sign = '&';
	} else if (url->db != 0) {
		append(url, "/%u", url->db);
	}
	if (url->form != REDIS_URL_STREAM) {
		append(url, "%cas=%s", sign, forms[url->form]);
		sign = '&';
	}
	if (strcmp(url->key, REDIS_URL_KEY_HITS) != 0) {
		append(url, "%ckey=%s", sign, url->key);
	}
}

/*
 * The user is not hashed, because it does not change the set of delivered events. With
 * sentinels the master's name is hashed, not the list of sentinels.
 */
static uint64_t hash_output(const struct redis_url *url)
{
	char text[sizeof(url->path) + sizeof(url->places[0].host) + sizeof(url->key) + 64];
	bool sentinel = url->layout == REDIS_URL_SENTINEL;
	const char *host = sentinel ? url->master : url->places[0].host;
	unsigned port = sentinel ? 0 : url->places[0].port;
	int size = snprintf(text, sizeof(text), "%s|%s|%u|%u|%s|%s", url->path, host, port, url->db,
	                    forms[url->form], url->key);
	return XXH64(text, (size_t)size, (uint64_t)url->layout);
}

static void add_tag(char *key, size_t room, const char *tag)
{
	size_t used = strlen(key);
	(void)snprintf(key + used, room - used, "%s", tag);
}

/* The hash tag as Redis defines it: from the first '{' to the first '}' after it. */
static int set_keys(struct parser *p)
{
	struct redis_url *url = p->url;
	if (url->layout == REDIS_URL_CLUSTER) {
		const char *open = strchr(url->key, '{');
		const char *close = open != NULL ? strchr(open, '}') : strchr(url->key, '}');
		if (open == NULL && close == NULL) {
			(void)snprintf(url->tag, sizeof(url->tag), "{%s}", url->key);
		} else if (open != NULL && close > open + 1) {
			(void)snprintf(url->tag, sizeof(url->tag), "%.*s", (int)(close - open + 1),
			               open);
		} else {
			return url_wrong(
			        &p->error,
			        "key: braces may only enclose a hash tag, as in {tag}hits");
		}
	}
	(void)snprintf(url->log_key, sizeof(url->log_key), REDIS_URL_KEY_LOG "%s", url->tag);
	if (url->rows_key[0] != '\0') {
		add_tag(url->rows_key, sizeof(url->rows_key), url->tag);
	}
	url->incidents_form = url->form;
	if (url->incidents_key[0] == '\0') {
		(void)snprintf(url->incidents_key, sizeof(url->incidents_key), "%s",
		               REDIS_URL_KEY_INCIDENTS);
		/* Several outputs may have this key, which can have one type only. */
		url->incidents_form =
		        url->form == REDIS_URL_CHANNEL ? REDIS_URL_CHANNEL : REDIS_URL_STREAM;
	}
	add_tag(url->incidents_key, sizeof(url->incidents_key), url->tag);
	return 0;
}

/* Returns the index of a target's scheme, or -1. */
static int find_scheme(const char *target, const char **rest)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t size = strlen(schemes[i].prefix);
		if (strncasecmp(target, schemes[i].prefix, size) == 0) {
			*rest = target + size;
			return (int)i;
		}
	}
	return -1;
}

bool redis_url_is(const char *target)
{
	const char *rest;
	return find_scheme(target, &rest) >= 0;
}

static void set_defaults(struct redis_url *url)
{
	*url = (struct redis_url){ .maxlen = 1000000, .batch = 100, .flush_ms = 200 };
	(void)snprintf(url->key, sizeof(url->key), REDIS_URL_KEY_HITS);
	(void)snprintf(url->field, sizeof(url->field), "event");
}

static int password_from_environment(struct parser *p)
{
	const char *text = getenv(PASSWORD_VARIABLE);
	if (text == NULL || p->url->password[0] != '\0') {
		return 0;
	}
	if (strlen(text) >= sizeof(p->url->password)) {
		return url_wrong(&p->error, PASSWORD_VARIABLE ": longer than %zu characters",
		                 sizeof(p->url->password) - 1);
	}
	strcpy(p->url->password, text);
	return 0;
}

int redis_url_parse(struct redis_url *url, const char *target, char *error, size_t error_size)
{
	struct parser p = { .url = url, .error = { error, error_size } };
	struct url_part place, rest;
	set_defaults(url);
	int scheme = find_scheme(target, &place.text);
	if (scheme < 0) {
		return url_wrong(&p.error,
		                 "the URL must start with redis://, rediss://, redis+unix://, "
		                 "redis+sentinel:// or redis+cluster://");
	}
	url->scheme = schemes[scheme].scheme;
	url->layout = schemes[scheme].layout;
	place.size = strlen(place.text);
	bool has_options = url_cut(&place, '?', false, &rest);
	int ret = has_options ? parse_options(&p, rest) : 0;
	if (ret == 0) {
		ret = url->scheme == REDIS_URL_UNIX ? parse_socket(&p, place)
		                                    : parse_host(&p, place);
	}
	if (ret == 0) {
		ret = password_from_environment(&p);
	}
	if (ret == 0) {
		ret = set_keys(&p);
	}
	if (ret == 0 && (url->cert[0] == '\0') != (url->tls_key[0] == '\0')) {
		return url_wrong(&p.error, "cert= and tls-key= must be given together");
	}
	if (ret != 0) {
		return ret;
	}
	set_name(url);
	url->hash = hash_output(url);
	return 0;
}

void redis_url_conceal(char *target)
{
	const char *rest;
	if (find_scheme(target, &rest) < 0) {
		return;
	}
	char *end = strrchr(target, '@');
	char *colon = end != NULL ? memchr(rest, ':', (size_t)(end - rest)) : NULL;
	if (colon != NULL) {
		memset(colon + 1, 'x', (size_t)(end - colon - 1));
	}
}

void redis_url_forget(struct redis_url *url)
{
	explicit_bzero(url->user, sizeof(url->user));
	explicit_bzero(url->password, sizeof(url->password));
}

void redis_url_forget_environment(void)
{
	char *text = getenv(PASSWORD_VARIABLE);
	if (text != NULL) {
		explicit_bzero(text, strlen(text));
		(void)unsetenv(PASSWORD_VARIABLE);
	}
}
