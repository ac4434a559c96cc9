/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fetch/fetcher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "sensor/fetch/fetch_files.h"
#include "sensor/fetch/sources/source.h"
#include "sensor/system/landlock.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

__attribute__((format(printf, 2, 3))) static bool fail(struct fetcher *fetcher, const char *format,
                                                       ...)
{
	va_list args;
	va_start(args, format);
	(void)vsnprintf(fetcher->report->why, sizeof(fetcher->report->why), format, args);
	va_end(args);
	return false;
}

/* Control characters in a token would become fields of the request. */
static bool is_token(const char *token)
{
	for (const char *at = token; *at != '\0'; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f) {
			return false;
		}
	}
	return token[0] != '\0';
}

static void warn_if_public(const struct fetcher *fetcher, FILE *file, const char *path)
{
	struct stat info;
	if (fstat(fileno(file), &info) == 0 && (info.st_mode & S_IROTH) != 0) {
		log_warn("%s: token-file %s: every user can read it: chmod o= %s",
		         fetcher->feed->name, path, path);
	}
}

static bool read_token(struct fetcher *fetcher, const char *path)
{
	FILE *file = fopen(path, "re");
	if (file == NULL) {
		return fail(fetcher, "token-file %s: %s", path, strerror(errno));
	}
	warn_if_public(fetcher, file, path);
	bool got = fgets(fetcher->token, sizeof(fetcher->token), file) != NULL;
	(void)fclose(file);
	fetcher->token[got ? strcspn(fetcher->token, "\r\n") : 0] = '\0';
	if (!is_token(fetcher->token)) {
		return fail(fetcher, "token-file %s: its first line is not a token", path);
	}
	return true;
}

bool fetcher_prepare(void *ctx)
{
	struct fetcher *fetcher = ctx;
	const struct options_feed *source = &fetcher->feed->options.source_feed;
	return source->token_file == NULL || read_token(fetcher, source->token_file);
}

/* Certificates, the configuration of the resolver, libraries and modules. A path that does not
 * exist is left out. */
bool fetcher_confine(void *ctx)
{
	static const char *const needed[] = {
		"/usr",
		"/lib",
		"/lib64",
		"/etc/ssl",
		"/etc/pki",
		"/etc/hosts",
		"/etc/resolv.conf",
		"/etc/nsswitch.conf",
		"/etc/host.conf",
		"/etc/gai.conf",
		"/etc/services",
		"/etc/protocols",
		"/etc/ca-certificates",
		"/etc/crypto-policies",
		"/etc/localtime",
		"/etc/ld.so.cache",
		"/run/systemd/resolve",
		"/dev/urandom",
	};
	const struct fetcher *fetcher = ctx;
	const char *ca = fetcher->feed->options.source_feed.ca;
	int paths[COUNT(needed) + 1];
	for (size_t i = 0; i < COUNT(needed); i++) {
		paths[i] = open(needed[i], O_PATH | O_CLOEXEC);
	}
	paths[COUNT(needed)] = ca != NULL ? open(ca, O_PATH | O_CLOEXEC) : -1;
	return landlock_limit_reading(paths, COUNT(paths));
}

static bool take_file(struct fetcher *fetcher, const struct http_answer *answer)
{
	struct fetch_report *report = fetcher->report;
	memcpy(report->etag, answer->etag, sizeof(report->etag));
	memcpy(report->modified, answer->modified, sizeof(report->modified));
	if (!fetch_files_write(fetcher->to, answer->body.start, writer_size(&answer->body))) {
		return fail(fetcher, "out of memory");
	}
	report->got = FETCH_GOT;
	return true;
}

static bool fetch_file(struct fetcher *fetcher, struct http *http, const char *url)
{
	const struct http_request request = {
		.url = url,
		.etag = fetcher->last != NULL ? fetcher->last->etag : NULL,
		.modified = fetcher->last != NULL ? fetcher->last->modified : NULL,
	};
	struct http_answer *answer;
	switch (http_get(http, &request, &answer)) {
	case HTTP_GOT:
		return take_file(fetcher, answer);
	case HTTP_UNCHANGED:
		fetcher->report->got = FETCH_UNCHANGED;
		return true;
	default:
		return fail(fetcher, "%s", answer->why);
	}
}

/* What is known of the last fetch. */
static void recall(const struct fetcher *fetcher, struct source *source)
{
	const struct fetch_state *last = fetcher->last;
	if (last != NULL) {
		memcpy(source->etag, last->etag, sizeof(source->etag));
		memcpy(source->modified, last->modified, sizeof(source->modified));
		memcpy(source->added, last->added, sizeof(source->added));
	}
}

static bool take_objects(struct fetcher *fetcher, const struct source *source)
{
	struct fetch_report *report = fetcher->report;
	if (!objects_write(source->objects, fetcher->to)) {
		return fail(fetcher, "its objects have more than %llu octets: see max-size",
		            (unsigned long long)fetcher->feed->options.source_feed.max_size);
	}
	memcpy(report->deferred, source->deferred, sizeof(report->deferred));
	memcpy(report->etag, source->etag, sizeof(report->etag));
	memcpy(report->modified, source->modified, sizeof(report->modified));
	memcpy(report->added, source->added, sizeof(report->added));
	report->got = FETCH_GOT;
	return true;
}

static bool read_source(struct fetcher *fetcher, struct source *source)
{
	bool taxii = fetcher->feed->options.source_feed.source == OPTIONS_FEED_TAXII;
	if (source->objects == NULL ||
	    (fetcher->objects >= 0 && !objects_load(source->objects, fetcher->objects))) {
		return fail(fetcher, "the objects that the last fetch stored cannot be read");
	}
	switch (taxii ? taxii_read(source) : misp_read_manifest(source)) {
	case SOURCE_GOT:
		return take_objects(fetcher, source);
	case SOURCE_UNCHANGED:
		/* A new source that is empty has rules, too: none. */
		fetcher->report->got = FETCH_UNCHANGED;
		return (!fetcher->anew && fetcher->last != NULL) || take_objects(fetcher, source);
	default:
		return fail(fetcher, "%s", source->why);
	}
}

/* Reads a source that has parts. */
static bool fetch_parts(struct fetcher *fetcher, struct http *http, const char *url)
{
	const struct options_feed *feed = &fetcher->feed->options.source_feed;
	bool taxii = feed->source == OPTIONS_FEED_TAXII;
	struct source source = {
		.http = http,
		.url = url,
		.collection = feed->collection,
		.plain = feed->plain,
		.objects = objects_new(taxii ? "id" : "uuid", taxii ? "modified" : "timestamp",
		                       feed->max_size),
	};
	recall(fetcher, &source);
	bool good = read_source(fetcher, &source);
	objects_free(source.objects);
	return good;
}

static bool fetch(struct fetcher *fetcher, struct http *http)
{
	const struct options_feed *source = &fetcher->feed->options.source_feed;
	char url[URL_MAX];
	bool in_header = strstr(source->url, FEED_TOKEN) == NULL;
	if (!url_expand(source->url, in_header ? NULL : fetcher->token, url)) {
		return fail(fetcher, "the URL has more than %d characters", URL_MAX);
	}
	return source->source == OPTIONS_FEED_FILE ? fetch_file(fetcher, http, url)
	                                           : fetch_parts(fetcher, http, url);
}

bool fetcher_work(void *ctx)
{
	struct fetcher *fetcher = ctx;
	const struct options_feed *source = &fetcher->feed->options.source_feed;
	bool in_header = strstr(source->url, FEED_TOKEN) == NULL;
	const struct http_access access = {
		.user = source->user,
		.token = in_header && fetcher->token[0] != '\0' ? fetcher->token : NULL,
		.header = source->header,
		.ca = source->ca,
		.plain = source->plain,
		.octets = source->max_size,
		.rate = source->max_rate,
		.until_ns = monotonic_ns() + source->timeout_s * NS_PER_S,
	};
	struct http *http = http_open(&access, &fetcher->report->octets);
	bool good = http != NULL ? fetch(fetcher, http) : fail(fetcher, "out of memory");
	http_close(http);
	return good;
}
