/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "base/writer.h"
#include "sensor/fetch/sources/source.h"

#define TYPE        "application/taxii+json"
#define ACCEPT      TYPE ";version=2.1"
#define COLLECTIONS "/collections/"
#define NAMES_SHOWN 200

/* The pages of a collection. */
struct pages {
	struct source *source;
	const char *base; /* the URL of its objects */
	char after[HTTP_TAG_MAX];
	json_t *seen; /* values of `next` that were followed */
	size_t fresh; /* objects that were not known */
};

static json_t *get(struct source *source, const char *url, struct http_answer **answer)
{
	const struct http_request request = { .url = url, .accept = ACCEPT };
	return source_get_json(source, &request, TYPE, answer);
}

/* Appends to a URL that has a slash at its end, or gets one. \return False if there is no room. */
static bool append(char url[URL_MAX], const char *text)
{
	size_t size = strlen(url);
	const char *slash = size > 0 && url[size - 1] == '/' ? "" : "/";
	int more = snprintf(url + size, URL_MAX - size, "%s%s", slash, text);
	return more >= 0 && size + (size_t)more < URL_MAX;
}

/* Finds the URL to which a text leads that is in the document at `url` (RFC 3986, 5). */
static bool resolve(const char *url, const char *text, char target[URL_MAX])
{
	char *resolved = NULL;
	CURLU *parsed = curl_url();
	bool good = parsed != NULL && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
	            curl_url_set(parsed, CURLUPART_URL, text, 0) == CURLUE_OK &&
	            curl_url_get(parsed, CURLUPART_URL, &resolved, 0) == CURLUE_OK &&
	            strlen(resolved) < URL_MAX;
	if (good) {
		(void)strcpy(target, resolved);
	}
	curl_free(resolved);
	curl_url_cleanup(parsed);
	return good;
}

/* The discovery page names API roots (4.1); an API root does not. */
static bool follow_discovery(struct source *source, const json_t *page, char url[URL_MAX])
{
	char target[URL_MAX];
	const json_t *roots = json_object_get(page, "api_roots");
	const char *root = json_string_value(json_object_get(page, "default"));
	root = root != NULL ? root : json_string_value(json_array_get(roots, 0));
	if (root == NULL) {
		return true;
	}
	if (!resolve(url, root, target) || !url_is_same_origin(url, target)) {
		(void)source_fail(source,
		                  "its API root is on another server, which does not get the "
		                  "token: if that is right, write its URL in feeds.conf");
		return false;
	}
	(void)strcpy(url, target);
	return true;
}

static bool is_named(const json_t *collection, const char *name)
{
	static const char *const members[] = { "id", "alias", "title" };
	bool is = false;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const char *text = json_string_value(json_object_get(collection, members[i]));
		is |= text != NULL && strcmp(text, name) == 0;
	}
	return is;
}

static bool is_readable(const json_t *collection)
{
	const json_t *readable = json_object_get(collection, "can_read");
	return json_string_value(json_object_get(collection, "id")) != NULL &&
	       !json_is_false(readable);
}

static void list_names(const json_t *collections, char names[NAMES_SHOWN])
{
	struct writer w;
	size_t i;
	json_t *collection;
	writer_init(&w, names, NAMES_SHOWN - 1);
	json_array_foreach(collections, i, collection)
	{
		size_t before = writer_size(&w);
		const char *title = json_string_value(json_object_get(collection, "title"));
		if (is_readable(collection) && title != NULL) {
			writer_string(&w, before > 0 ? ", " : "");
			writer_string(&w, title);
			writer_recover(&w, w.failed ? before : writer_size(&w));
		}
	}
	names[writer_size(&w)] = '\0';
}

/* \return The id of the collection; NULL if it is not clear which one is meant. */
static const char *choose(struct source *source, const json_t *collections)
{
	size_t i;
	json_t *collection;
	const char *id = NULL;
	char names[NAMES_SHOWN];
	size_t count = 0;
	json_array_foreach(collections, i, collection)
	{
		if (is_readable(collection) &&
		    (source->collection == NULL || is_named(collection, source->collection))) {
			id = json_string_value(json_object_get(collection, "id"));
			count++;
		}
	}
	if (count == 1) {
		return id;
	}
	list_names(collections, names);
	if (names[0] == '\0') {
		(void)source_fail(source, "the server has no collection that may be read: check "
		                          "url and token-file");
	} else {
		(void)source_fail(source, "%zu collections fit: set collection to one of: %s",
		                  count, names);
	}
	return NULL;
}

/* The id becomes a part of the URL, so it has no slash and no dot. */
static bool is_id(const char *id)
{
	return id[0] != '\0' && strlen(id) <= 100 &&
	       id[strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")] ==
	               '\0';
}

static bool append_collection(struct source *source, const json_t *page, char url[URL_MAX])
{
	char path[160];
	const char *id = choose(source, json_object_get(page, "collections"));
	if (id == NULL) {
		return false;
	}
	(void)snprintf(path, sizeof(path), "%.100s/", id);
	return (is_id(id) && append(url, path)) ||
	       source_fail(source, "the id of the collection is not valid") != SOURCE_FAILED;
}

/* Finds the URL of the collection below an API root. */
static bool find_collection(struct source *source, char url[URL_MAX])
{
	struct http_answer *answer;
	json_t *page = get(source, url, &answer);
	bool found = page != NULL && follow_discovery(source, page, url);
	json_decref(page);
	if (!found || !append(url, COLLECTIONS + 1)) {
		return false;
	}
	page = get(source, url, &answer);
	found = page != NULL && append_collection(source, page, url);
	json_decref(page);
	return found;
}

/* \return False on failure; `url` is that of the objects. */
static bool find_objects(struct source *source, char url[URL_MAX])
{
	(void)snprintf(url, URL_MAX, "%s", source->url);
	const char *collection = strstr(url, COLLECTIONS);
	bool known = collection != NULL && collection[strlen(COLLECTIONS)] != '\0';
	if (strchr(url, '?') != NULL) {
		(void)source_fail(source, "the URL of a TAXII server has no ?...");
		return false;
	}
	return (known || find_collection(source, url)) && append(url, "objects/");
}

static bool add_parameter(struct writer *w, const char *name, const char *value)
{
	char *encoded = curl_easy_escape(NULL, value, 0);
	if (encoded != NULL) {
		writer_string(w, name);
		writer_string(w, encoded);
	}
	curl_free(encoded);
	return encoded != NULL;
}

/* \param next  NULL: the first page. */
static bool make_url(const struct pages *pages, const char *next, char url[URL_MAX])
{
	struct writer w;
	writer_init(&w, url, URL_MAX);
	writer_string(&w, pages->base);
	writer_string(&w, "?limit=1000&match%5Btype%5D=indicator");
	bool made = pages->after[0] == '\0' || add_parameter(&w, "&added_after=", pages->after);
	made = made && (next == NULL || add_parameter(&w, "&next=", next));
	return made && writer_text(&w) != NULL;
}

static bool add_objects(struct pages *pages, const json_t *page)
{
	size_t i;
	json_t *object;
	json_array_foreach(json_object_get(page, "objects"), i, object)
	{
		/* A server may ignore match[type]. */
		const char *type = json_string_value(json_object_get(object, "type"));
		if (type == NULL || strcmp(type, "indicator") != 0) {
			continue;
		}
		switch (objects_put(pages->source->objects, object)) {
		case OBJECTS_NEW:
			pages->fresh++;
			break;
		case OBJECTS_FULL:
			(void)source_fail(pages->source, "it has more than %d objects",
			                  OBJECTS_MAX);
			return false;
		default:
			break;
		}
	}
	return true;
}

/*
 * Finds out how the next page is got (3.5, 5.4): by `next`; or, if the server does not give it, as
 * what was added after this page. Each of them must be new, or the pages would never end.
 */
static bool find_next(struct pages *pages, const json_t *page, const struct http_answer *answer,
                      const char **next)
{
	*next = json_string_value(json_object_get(page, "next"));
	if (*next != NULL) {
		bool again = json_object_get(pages->seen, *next) != NULL;
		return !again && json_object_set_new(pages->seen, *next, json_true()) == 0;
	}
	bool goes_on = strcmp(answer->added, pages->after) > 0;
	(void)snprintf(pages->after, sizeof(pages->after), "%s", answer->added);
	return goes_on;
}

/* \return The page, which the caller frees; NULL on failure. */
static json_t *read_page(struct pages *pages, const char *next, struct http_answer **answer)
{
	char url[URL_MAX];
	if (!make_url(pages, next, url)) {
		(void)source_fail(pages->source, "the URL of a page is too long");
		return NULL;
	}
	json_t *page = get(pages->source, url, answer);
	if (page != NULL && !add_objects(pages, page)) {
		json_decref(page);
		page = NULL;
	}
	if (page != NULL && strcmp((*answer)->added, pages->source->added) > 0) {
		(void)strcpy(pages->source->added, (*answer)->added);
	}
	return page;
}

static enum source_outcome read_pages(struct pages *pages)
{
	struct source *source = pages->source;
	const char *next = NULL;
	json_t *last = NULL; /* the page that has `next` */
	bool more = true;
	for (size_t i = 0; more; i++) {
		struct http_answer *answer;
		json_t *page = i < SOURCE_PAGES_MAX ? read_page(pages, next, &answer) : NULL;
		json_decref(last);
		last = page;
		if (i == SOURCE_PAGES_MAX) {
			(void)source_fail(source, "it has more than %d pages", SOURCE_PAGES_MAX);
		}
		if (page == NULL) {
			return SOURCE_FAILED;
		}
		more = json_is_true(json_object_get(page, "more"));
		if (more && !find_next(pages, page, answer, &next)) {
			json_decref(last);
			return source_fail(source, "the server repeats a page, so its pages never "
			                           "end: report that to its operator");
		}
	}
	json_decref(last);
	return pages->fresh > 0 ? SOURCE_GOT : SOURCE_UNCHANGED;
}

enum source_outcome taxii_read(struct source *source)
{
	char url[URL_MAX];
	struct pages pages = { .source = source, .base = url, .seen = json_object() };
	(void)snprintf(pages.after, sizeof(pages.after), "%s", source->added);
	enum source_outcome outcome = pages.seen == NULL ? source_fail(source, "out of memory")
	                              : !find_objects(source, url) ? SOURCE_FAILED
	                                                           : read_pages(&pages);
	if (outcome == SOURCE_FAILED && source->why[0] == '\0') {
		(void)source_fail(source, "the URL is too long");
	}
	json_decref(pages.seen);
	return outcome;
}
