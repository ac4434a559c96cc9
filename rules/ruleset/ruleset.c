/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ruleset/ruleset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rules/language/files.h"
#include "rules/language/language.h"
#include "rules/ruleset/blinding.h"
#include "rules/ruleset/bundle.h"
#include "rules/ruleset/canonical.h"
#include "rules/ruleset/finalize.h"
#include "rules/ruleset/image.h"
#include "rules/ruleset/store.h"
#include "rules/ruleset/store_add.h"
#include "rules/ruleset/vetting.h"

/*! \brief The state of loading a set. */
struct loading {
	struct ruleset *set;
	struct ruleset_stats *stats;
	rule_complain_t complain;
	rule_complain_t warn;
	void *ctx;
	uint32_t file; /*!< Base name of the file being read, in `texts`. */
};

static int add_rule(void *ctx, const struct language_rule *rule)
{
	struct loading *loading = ctx;
	if (store_add_rule(loading->set, loading->file, rule) != 0) {
		return -1;
	}
	loading->stats->rules++;
	loading->stats->indicators += rule->count;
	return 0;
}

static void forward(void *ctx, const char *file, size_t line, size_t column, const char *message)
{
	struct loading *loading = ctx;
	loading->complain(loading->ctx, file, line, column, message);
}

static void cannot_read(struct loading *loading, const char *path)
{
	loading->complain(loading->ctx, path, 0, 0, strerror(errno));
	loading->stats->errors++;
}

/*! \brief Reads a file and closes it. `in` is NULL if the file could not be opened. */
static void load_stream(struct loading *loading, FILE *in, const char *path)
{
	struct language_sink sink = { .rule = add_rule, .complain = forward, .ctx = loading };
	size_t bad = 0;
	if (in == NULL) {
		cannot_read(loading, path);
		return;
	}
	loading->stats->files++;
	if (store_add_source(loading->set, path, &loading->file) != 0) {
		errno = ENOMEM;
		cannot_read(loading, path);
	} else {
		language_read(in, path, &sink, &bad);
	}
	loading->stats->errors += bad;
	fclose(in);
}

int ruleset_open_compiled(const char *path)
{
	struct stat status;
	/* To open a FIFO and to close it again would end its writer. */
	if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
		return -1;
	}
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && !image_is(fd)) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

static void load_file(void *ctx, const char *path)
{
	load_stream(ctx, fopen(path, "re"), path);
}

/*! \brief Warns about a line, with the name of its file. */
static void warn_of_line(void *ctx, const struct line *line, const char *message)
{
	struct loading *loading = ctx;
	const struct ruleset *set = loading->set;
	uint32_t number = (uint32_t)(line - set->lines);
	uint32_t low = 0;
	uint32_t high = set->sources_count;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		bool after = set->sources[middle].first_line <= number;
		low = after ? middle : low;
		high = after ? high : middle;
	}
	loading->warn(loading->ctx, store_text(set, set->sources[low].path), line->number, 0,
	              message);
}

static void refuse(void *ctx, const struct rule *rule, const char *why)
{
	struct loading *loading = ctx;
	char message[INDICATOR_TEXT_SIZE + 256];
	char text[INDICATOR_TEXT_SIZE];
	const struct ruleset *set = loading->set;
	store_indicator_text(set, rule, text);
	snprintf(message, sizeof(message), "`%s` is left out: %s", text, why);
	warn_of_line(ctx, &set->lines[rule->line], message);
	loading->stats->refused++;
}

/*!
 * \brief Returns false for a name that only `protect` rules have, because these rules are found by
 *        the names that imitate it.
 */
static bool is_searched(const void *ctx, uint32_t name)
{
	const struct ruleset *set = ctx;
	uint32_t at = set->heads[FORM_NAME][name];
	while (at != RULE_NONE && set->rules[at].kinds == ROLE_PROTECTED) {
		at = set->rules[at].next;
	}
	return at != RULE_NONE || set->heads[FORM_NAME][name] == RULE_NONE;
}

/*! \brief Makes the indexes, after vetting has removed the indicators that must not be in them. */
static int finish(struct loading *loading)
{
	struct ruleset *set = loading->set;
	struct vetting vetting = { .set = set, .refuse = refuse, .ctx = loading };
	if (finalize_chains(set) != 0 || vetting_apply(&vetting) != 0 ||
	    blinding_find(set, warn_of_line, loading) != 0) {
		return -1;
	}
	loading->stats->merged = vetting.merged;
	if (vetting.left_out > 0) {
		finalize_compact(set);
		if (finalize_chains(set) != 0) {
			return -1;
		}
	}
	if (names_close(&set->names, is_searched, set) != 0 ||
	    networks_close(&set->networks) != 0) {
		return -1;
	}
	loading->stats->rules = set->lines_count;
	loading->stats->indicators = set->rules_count;
	return 0;
}

static void trim(struct ruleset *set)
{
	struct intern *const tables[STORE_TABLES] = STORE_TABLES_OF(set);
	for (size_t i = 0; i < STORE_TABLES; i++) {
		intern_trim(tables[i]);
	}
	if (set->rules_count > 0) {
		void *rules = realloc(set->rules, set->rules_count * sizeof(*set->rules));
		void *lines = realloc(set->lines, set->lines_count * sizeof(*set->lines));
		set->rules = rules != NULL ? rules : set->rules;
		set->lines = lines != NULL ? lines : set->lines;
	}
}

static void take_psl(struct ruleset *set, const struct ruleset *base)
{
	set->borrows_psl = base != NULL;
	set->psl = base != NULL ? base->psl : psl_latest(NULL);
}

/*! \param base The set whose Public Suffix List is used; NULL: the latest list is loaded. */
static struct ruleset *make_set(const struct ruleset *base)
{
	struct ruleset *set = calloc(1, sizeof(*set));
	uint32_t none;
	if (set != NULL) {
		take_psl(set, base);
	}
	if (set != NULL && store_add_text(set, "", &none) != 0) {
		ruleset_free(set);
		return NULL;
	}
	return set;
}

static void load_paths(struct loading *loading, const char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t files = loading->stats->files + loading->stats->errors;
		if (files_each(paths[i], load_file, loading) != 0) {
			cannot_read(loading, paths[i]);
		} else if (loading->stats->files + loading->stats->errors == files) {
			loading->warn(
			        loading->ctx, paths[i], 0, 0,
			        "the folder has no file *.rules, so no rules are read from it");
		}
	}
}

static void load_bundle(struct loading *loading, int fd)
{
	struct bundle bundle = { .fd = fd };
	struct bundle_file file;
	while (bundle_next(&bundle, &file)) {
		load_stream(loading, bundle_stream(&bundle, &file), file.path);
	}
}

static bool begin(struct loading *loading, const struct ruleset *base)
{
	*loading->stats = (struct ruleset_stats){ 0 };
	loading->set = make_set(base);
	errno = ENOMEM;
	if (loading->set == NULL) {
		cannot_read(loading, "rules");
	}
	return loading->set != NULL;
}

/*! \brief Ends the loading. Returns the finished set, or NULL after an error. */
static struct ruleset *end(struct loading *loading)
{
	if (loading->stats->errors == 0 && finish(loading) != 0) {
		errno = ENOMEM;
		cannot_read(loading, "rules");
	}
	if (loading->stats->errors > 0) {
		ruleset_free(loading->set);
		return NULL;
	}
	trim(loading->set);
	return loading->set;
}

static struct ruleset *map_image(int fd, bool copy, const struct ruleset *base,
                                 struct ruleset_stats *stats, const char **why)
{
	struct ruleset *set = calloc(1, sizeof(*set));
	*stats = (struct ruleset_stats){ 0 };
	*why = "there is not enough memory";
	if (set == NULL) {
		return NULL;
	}
	take_psl(set, base);
	*why = image_map(set, fd, copy);
	if (*why != NULL) {
		stats->errors = 1;
		ruleset_free(set);
		return NULL;
	}
	stats->files = set->sources_count;
	stats->rules = set->lines_count;
	stats->indicators = set->rules_count;
	return set;
}

struct ruleset *ruleset_map(int fd, const struct ruleset *base, struct ruleset_stats *stats,
                            const char **why)
{
	return map_image(fd, false, base, stats, why);
}

/*! \brief Maps or copies a file, unless another user may write to it. */
static struct ruleset *open_trusted(struct loading *loading, int fd, bool copy, const char *path,
                                    const struct ruleset *base)
{
	const char *why = "others may write to this file of compiled rules: only its owner, who is "
	                  "root or the user of this process, may have the right to";
	struct ruleset *set = NULL;
	*loading->stats = (struct ruleset_stats){ .errors = 1 };
	if (image_is_trusted(fd)) {
		set = map_image(fd, copy, base, loading->stats, &why);
	}
	if (set == NULL) {
		loading->complain(loading->ctx, path, 0, 0, why);
	}
	return set;
}

struct ruleset *ruleset_load_compiled(int fd, const char *path, const struct ruleset *base,
                                      rule_complain_t complain, void *ctx,
                                      struct ruleset_stats *stats)
{
	struct loading loading = { .stats = stats, .complain = complain, .ctx = ctx };
	return open_trusted(&loading, fd, true, path, base);
}

/*! \brief Maps the file if it is the only path. */
static struct ruleset *load_compiled(struct loading *loading, int fd, const char *path,
                                     size_t count)
{
	if (count == 1) {
		return open_trusted(loading, fd, false, path, NULL);
	}
	*loading->stats = (struct ruleset_stats){ .errors = 1 };
	loading->complain(loading->ctx, path, 0, 0,
	                  "compiled rules cannot be combined with other rules: compile all of them "
	                  "into one file");
	return NULL;
}

struct ruleset *ruleset_load(const char *const *paths, size_t count, rule_complain_t complain,
                             rule_complain_t warn, void *ctx, struct ruleset_stats *stats)
{
	struct loading loading = { .stats = stats, .complain = complain, .warn = warn, .ctx = ctx };
	for (size_t i = 0; i < count; i++) {
		int compiled = ruleset_open_compiled(paths[i]);
		if (compiled >= 0) {
			struct ruleset *set = load_compiled(&loading, compiled, paths[i], count);
			(void)close(compiled);
			return set;
		}
	}
	if (!begin(&loading, NULL)) {
		return NULL;
	}
	load_paths(&loading, paths, count);
	return end(&loading);
}

struct ruleset *ruleset_load_bundle(int fd, const struct ruleset *base, rule_complain_t complain,
                                    rule_complain_t warn, void *ctx, struct ruleset_stats *stats)
{
	struct loading loading = { .stats = stats, .complain = complain, .warn = warn, .ctx = ctx };
	if (!begin(&loading, base)) {
		return NULL;
	}
	load_bundle(&loading, fd);
	return end(&loading);
}

int ruleset_write(const struct ruleset *set, int fd)
{
	return image_write(set, fd);
}

static void free_arrays(struct ruleset *set)
{
	names_free(&set->names);
	networks_free(&set->networks);
	intern_free(&set->mailboxes.keys);
	intern_free(&set->texts);
	intern_free(&set->attrs);
	intern_free(&set->servers);
	for (int form = 0; form < FORM_COUNT; form++) {
		free(set->heads[form]);
	}
	free(set->rules);
	free(set->lines);
	free(set->sources);
}

void ruleset_free(struct ruleset *set)
{
	if (set == NULL) {
		return;
	}
	if (set->image == NULL) {
		free_arrays(set);
	}
	image_release(set);
	lookalike_index_free(set->lookalikes);
	if (!set->borrows_psl) {
		psl_free(set->psl);
	}
	free(set);
}

/*! \brief Returns the number of indicators of a file. A path that was given twice counts once. */
static size_t indicators_of(const struct ruleset *set, const char *path)
{
	for (uint32_t i = 0; i < set->sources_count; i++) {
		if (strcmp(store_text(set, set->sources[i].path), path) == 0) {
			return set->sources[i].indicators;
		}
	}
	return 0;
}

void ruleset_compare(const struct ruleset *before, const struct ruleset *after,
                     ruleset_compare_t each, void *ctx)
{
	for (uint32_t i = 0; i < before->sources_count; i++) {
		const char *path = store_text(before, before->sources[i].path);
		each(ctx, path, before->sources[i].indicators, indicators_of(after, path));
	}
}

uint32_t ruleset_rule_number(const struct rule *rule)
{
	return rule->line;
}

uint64_t ruleset_indicator_number(const struct rule *rule)
{
	return (uintptr_t)rule / sizeof(*rule);
}

int ruleset_list(const struct ruleset *set, FILE *out)
{
	for (uint32_t i = 0; i < set->lines_count; i++) {
		canonical_list(set, &set->lines[i], out);
	}
	return ferror(out) || fflush(out) != 0 ? -1 : 0;
}
