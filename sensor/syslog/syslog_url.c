/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/syslog/syslog_url.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <xxhash.h>

#include "base/url_part.h"

#define PORT         514
#define TLS_PORT     6514
#define LOCAL0       16
#define FACILITY_MAX 23

static const struct scheme {
	const char *prefix;
	bool udp, tls;
	uint16_t port;
} SCHEMES[] = {
	{ "syslog://", false, false, PORT },
	{ "syslogs://", false, true, TLS_PORT },
	{ "syslog+udp://", true, false, PORT },
};

static const char *const FORMS[] = { [SYSLOG_CEF] = "cef", [SYSLOG_JSON] = "json" };

struct parser {
	struct syslog_url *url;
	struct url_error error;
};

static const struct scheme *find_scheme(const char *target)
{
	for (size_t i = 0; i < sizeof(SCHEMES) / sizeof(SCHEMES[0]); i++) {
		if (strncasecmp(target, SCHEMES[i].prefix, strlen(SCHEMES[i].prefix)) == 0) {
			return &SCHEMES[i];
		}
	}
	return NULL;
}

bool syslog_url_is(const char *target)
{
	return find_scheme(target) != NULL;
}

static int parse_host(struct parser *p, struct url_part host, uint16_t usual_port)
{
	struct redis_place *place = &p->url->server.places[0];
	struct url_part port;
	bool has_port;
	uint64_t number = usual_port;
	int ret = url_split_host(&p->error, &host, &port, &has_port);
	if (ret == 0 && has_port) {
		ret = url_number(&p->error, port, "port", 1, UINT16_MAX, &number);
	}
	if (ret == 0) {
		ret = url_decode(&p->error, host, "host", place->host, sizeof(place->host));
	}
	place->port = (uint16_t)number;
	p->url->server.place_count = 1;
	if (ret == 0 && (place->host[0] == '\0' || strpbrk(place->host, " /,@") != NULL)) {
		return url_wrong(&p->error,
		                 "the host is missing or invalid: write syslog://HOST[:PORT]");
	}
	return ret;
}

static int parse_word(struct parser *p, struct url_part name, struct url_part value)
{
	struct syslog_url *url = p->url;
	if (url_part_is(name, "as")) {
		if (!url_part_is(value, "cef") && !url_part_is(value, "json")) {
			return url_wrong(&p->error, "as: must be cef or json");
		}
		url->form = url_part_is(value, "cef") ? SYSLOG_CEF : SYSLOG_JSON;
		return 0;
	}
	if (url->udp) {
		return url_wrong(&p->error, "framing: a datagram of UDP has none");
	}
	if (!url_part_is(value, "octets") && !url_part_is(value, "lines")) {
		return url_wrong(&p->error, "framing: must be octets or lines");
	}
	url->framing = url_part_is(value, "octets") ? SYSLOG_OCTETS : SYSLOG_LINES;
	return 0;
}

/* Reads an option of TLS: the path of a file, or a name. */
static int parse_tls(struct parser *p, struct url_part name, struct url_part value)
{
	struct redis_url *server = &p->url->server;
	const struct {
		const char *name;
		char *to;
		size_t size;
	} options[] = { { "ca", server->ca, sizeof(server->ca) },
		        { "cert", server->cert, sizeof(server->cert) },
		        { "tls-key", server->tls_key, sizeof(server->tls_key) },
		        { "sni", server->sni, sizeof(server->sni) } };
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!url_part_is(name, options[i].name)) {
			continue;
		}
		if (server->scheme != REDIS_URL_TLS) {
			return url_wrong(&p->error, "%s: needs TLS: write syslogs://",
			                 options[i].name);
		}
		int ret = url_decode(&p->error, value, options[i].name, options[i].to,
		                     options[i].size);
		return ret == 0 && options[i].to[0] == '\0'
		               ? url_wrong(&p->error, "%s: is empty", options[i].name)
		               : ret;
	}
	return url_wrong(&p->error,
	                 "unknown option '%.*s': expected as=, framing=, facility=, ca=, cert=, "
	                 "tls-key= or sni=",
	                 name.size < 40 ? (int)name.size : 40, name.text);
}

static int parse_option(struct parser *p, struct url_part name)
{
	struct url_part value;
	uint64_t number;
	if (!url_cut(&name, '=', false, &value)) {
		return url_wrong(&p->error, "options are written NAME=VALUE, with & between them");
	}
	if (url_part_is(name, "as") || url_part_is(name, "framing")) {
		return parse_word(p, name, value);
	}
	if (!url_part_is(name, "facility")) {
		return parse_tls(p, name, value);
	}
	int ret = url_number(&p->error, value, "facility", 0, FACILITY_MAX, &number);
	p->url->facility = ret == 0 ? (unsigned)number : 0;
	return ret;
}

static int parse_options(struct parser *p, struct url_part rest)
{
	while (rest.size > 0) {
		struct url_part option = rest;
		rest = (struct url_part){ NULL, 0 };
		(void)url_cut(&option, '&', false, &rest);
		int ret = parse_option(p, option);
		if (ret != 0) {
			return ret;
		}
	}
	if ((p->url->server.cert[0] == '\0') != (p->url->server.tls_key[0] == '\0')) {
		return url_wrong(&p->error, "cert= and tls-key= must be given together");
	}
	return 0;
}

/* The framing does not change the set of delivered events, so it is not a part. */
static void set_name(struct syslog_url *url, const struct scheme *scheme)
{
	const struct redis_place *place = &url->server.places[0];
	bool v6 = strchr(place->host, ':') != NULL;
	(void)snprintf(url->name, sizeof(url->name), "%s%s%s%s:%u?as=%s", scheme->prefix,
	               v6 ? "[" : "", place->host, v6 ? "]" : "", place->port, FORMS[url->form]);
	url->hash = XXH64(url->name, strlen(url->name), 0);
}

int syslog_url_parse(struct syslog_url *url, const char *target, char *error, size_t error_size)
{
	struct parser p = { url, { error, error_size } };
	const struct scheme *scheme = find_scheme(target);
	*url = (struct syslog_url){ .facility = LOCAL0 };
	if (scheme == NULL) {
		return url_wrong(&p.error,
		                 "the URL must begin with syslog://, syslogs:// or syslog+udp://");
	}
	url->udp = scheme->udp;
	url->server.scheme = scheme->tls ? REDIS_URL_TLS : REDIS_URL_TCP;
	struct url_part host = { target + strlen(scheme->prefix), 0 }, options = { NULL, 0 };
	host.size = strlen(host.text);
	(void)url_cut(&host, '?', false, &options);
	int ret = parse_options(&p, options);
	ret = ret == 0 ? parse_host(&p, host, scheme->port) : ret;
	if (ret == 0) {
		set_name(url, scheme);
	}
	return ret;
}
