/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "sensor/fetch/sources/source.h"

#define MANIFEST "manifest.json"

struct manifest {
	struct source *source;
	const char *base;       /* the URL of the folder, with a slash at its end */
	size_t fresh;           /* events that were read */
	size_t failed;          /* events that could not be read */
	size_t left;            /* events for which there is no time or room */
	size_t strange;         /* entries whose names are not UUIDs */
	char why[HTTP_WHY_MAX]; /* of the first failure */
};

/* RFC 9562, section 4. The name becomes a part of a URL. */
static bool is_uuid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	for (size_t i = 0; i < sizeof(form) - 1; i++) {
		bool fits = form[i] == '-' ? text[i] == '-' : ascii_hex_value(text[i]) >= 0;
		if (!fits) {
			return false;
		}
	}
	return text[sizeof(form) - 1] == '\0';
}

/* Times are texts in some manifests, and numbers in others. As versions they have equal lengths. */
static void read_version(const json_t *entry, char version[32])
{
	const json_t *time = json_object_get(entry, "timestamp");
	const char *text = json_string_value(time);
	long long seconds = json_integer_value(time);
	if (text != NULL && sscanf(text, "%lld", &seconds) != 1) {
		seconds = 0;
	}
	(void)snprintf(version, 32, "%012lld", seconds >= 0 ? seconds : 0);
}

/* Events have parts that are much larger than their indicators. */
static void strip(json_t *event)
{
	static const char *const parts[] = { "Galaxy",          "RelatedEvent", "EventReport",
		                             "ShadowAttribute", "Org",          "Orgc" };
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		(void)json_object_del(event, parts[i]);
	}
}

static bool keep_event(struct manifest *manifest, const char *uuid, const char *version,
                       json_t *event)
{
	strip(event);
	json_t *object =
	        json_pack("{s:s, s:s, s:O}", "uuid", uuid, "timestamp", version, "Event", event);
	enum objects_put put =
	        object != NULL ? objects_put(manifest->source->objects, object) : OBJECTS_FULL;
	json_decref(object);
	return put == OBJECTS_NEW;
}

static void note_failure(struct manifest *manifest, const char *uuid, const char *why)
{
	if (manifest->failed++ == 0) {
		(void)snprintf(manifest->why, sizeof(manifest->why), "%s: %.300s", uuid, why);
	}
}

/* \return False if no further event can be read. */
static bool read_event(struct manifest *manifest, const char *uuid, const char *version)
{
	char url[URL_MAX];
	struct http_answer *answer;
	struct source *source = manifest->source;
	(void)snprintf(url, sizeof(url), "%.*s%s.json", URL_MAX - 64, manifest->base, uuid);
	const struct http_request request = { .url = url };
	json_t *page = source_get_json(source, &request, NULL, &answer);
	json_t *event = json_object_get(page, "Event");
	bool over = page == NULL && answer->is_over;
	if (event != NULL && keep_event(manifest, uuid, version, event)) {
		manifest->fresh++;
	} else if (!over) {
		note_failure(manifest, uuid, page == NULL ? source->why : "it has no event");
	}
	json_decref(page);
	return !over;
}

/* Reads the events whose versions are not known. */
static void read_events(struct manifest *manifest, const json_t *entries)
{
	const char *uuid;
	json_t *entry;
	bool goes_on = true;
	json_object_foreach((json_t *)entries, uuid, entry)
	{
		char version[32];
		read_version(entry, version);
		const char *known = objects_version(manifest->source->objects, uuid);
		if (!is_uuid(uuid)) {
			manifest->strange++;
			continue;
		}
		if (known != NULL && strcmp(version, known) <= 0) {
			continue;
		}
		goes_on = goes_on && read_event(manifest, uuid, version);
		manifest->left += !goes_on;
	}
}

static enum source_outcome judge(struct manifest *manifest, size_t removed)
{
	struct source *source = manifest->source;
	if (manifest->failed > 0 && manifest->fresh == 0 && removed == 0) {
		return source_fail(source, "%zu events cannot be read: %.300s", manifest->failed,
		                   manifest->why);
	}
	if (manifest->left > 0) {
		(void)snprintf(source->deferred, sizeof(source->deferred),
		               "%zu events are left for the next fetch: see timeout and max-size",
		               manifest->left);
	} else if (manifest->failed > 0) {
		(void)snprintf(source->deferred, sizeof(source->deferred),
		               "%zu events cannot be read: %.300s", manifest->failed,
		               manifest->why);
	} else if (manifest->strange > 0) {
		(void)snprintf(source->deferred, sizeof(source->deferred),
		               "%zu entries of the manifest are not UUIDs, and left out",
		               manifest->strange);
	}
	if (manifest->left + manifest->failed > 0) {
		source->etag[0] = source->modified[0] = '\0'; /* the next fetch reads it again */
	}
	if (manifest->fresh == 0 && removed == 0) {
		return manifest->left > 0 ? source_fail(source, "%s", source->deferred)
		                          : SOURCE_UNCHANGED;
	}
	return SOURCE_GOT;
}

static enum source_outcome read_entries(struct manifest *manifest, const json_t *entries)
{
	struct source *source = manifest->source;
	if (!json_is_object(entries) || json_object_size(entries) > SOURCE_EVENTS_MAX) {
		return source_fail(source, "the manifest is not an object of at most %d events",
		                   SOURCE_EVENTS_MAX);
	}
	read_events(manifest, entries);
	return judge(manifest, objects_keep_only(source->objects, entries));
}

/* \return False if the URL is too long. */
static bool find_folder(const char *url, char base[URL_MAX])
{
	size_t size = strlen(url);
	size_t name = strlen(MANIFEST);
	if (size > name && strcmp(url + size - name, MANIFEST) == 0 &&
	    url[size - name - 1] == '/') {
		size -= name;
	}
	const char *slash = url[size - 1] == '/' ? "" : "/";
	return snprintf(base, URL_MAX, "%.*s%s", (int)size, url, slash) < URL_MAX - 64;
}

static enum source_outcome get_manifest(struct manifest *manifest)
{
	char url[URL_MAX];
	struct http_answer *answer;
	struct source *source = manifest->source;
	(void)snprintf(url, sizeof(url), "%.*s%s", URL_MAX - 64, manifest->base, MANIFEST);
	const struct http_request request = { .url = url,
		                              .etag = source->etag,
		                              .modified = source->modified };
	json_t *entries = NULL;
	switch (http_get(source->http, &request, &answer)) {
	case HTTP_UNCHANGED:
		return SOURCE_UNCHANGED;
	case HTTP_GOT:
		(void)strcpy(source->etag, answer->etag);
		(void)strcpy(source->modified, answer->modified);
		entries = json_loadb(answer->body.start, writer_size(&answer->body), 0, NULL);
		break;
	default:
		return source_fail(source, "%s", answer->why);
	}
	enum source_outcome outcome = read_entries(manifest, entries);
	json_decref(entries);
	return outcome;
}

enum source_outcome misp_read_manifest(struct source *source)
{
	char base[URL_MAX];
	struct manifest manifest = { .source = source, .base = base };
	if (strchr(source->url, '?') != NULL || !find_folder(source->url, base)) {
		return source_fail(source, "the URL of a MISP feed is a folder, without ?...");
	}
	return get_manifest(&manifest);
}
