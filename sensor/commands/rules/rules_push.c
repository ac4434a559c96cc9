/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "rules/ruleset/bundle.h"
#include "sensor/commands/command.h"
#include "sensor/commands/rules/push_answers.h"
#include "sensor/fleet/fleet_redis.h"
#include "sensor/process/rules_source.h"

#define ERROR_MAX 1280
/* For each step: to connect, and to store the set. */
#define PATIENCE_NS (10 * NS_PER_S)

const struct command_help rules_push_help = {
	.text = "All sensors with rules = redis://... have the rules within 5 s. They replace all "
	        "rules that were pushed before. FILE is a rule file, or a folder of *.rules. The "
	        "rules are checked first; if there is an error, nothing is sent.\n\n"
	        "Each sensor checks the rules, too, and keeps its former rules if it cannot use "
	        "the new ones. Its answer is one line: took, refused with the reason, or silent "
	        "after --wait. A silent sensor takes the rules when it is connected again. The "
	        "exit status is 0 if all sensors took them; 1 if one refused them or is silent, or "
	        "Redis cannot be reached; 2 if nothing was sent because of a mistake.\n\n"
	        "URLs are those of --output. ?key=NAME sends to the sensors whose URL has the same "
	        "key; the default is nsmx:rules. A sensor that was silent for 7 days is no longer "
	        "listed.",
	.examples = { { "nsmx rules push redis://hub /etc/nsmx/rules",
	                "all *.rules of a folder, to all sensors" },
	              { "nsmx rules push 'redis://hub?key=nsmx:rules:test' new.rules",
	                "to the sensors of one group" } },
};

/* The files, each of which was read once, so that what is sent is what was checked. */
struct push {
	int bundle;
	struct ruleset *set;
	struct writer files;
	size_t count;
	size_t rules;
};

static bool has_compiled(const struct options_operands *operands)
{
	for (size_t i = 1; i < operands->count; i++) {
		int fd = ruleset_open_compiled(operands->items[i]);
		if (fd >= 0) {
			(void)close(fd);
			log_error("%s has compiled rules: push the files that it was made from",
			          operands->items[i]);
			return true;
		}
	}
	return false;
}

static bool read_files(struct push *push, const struct options_operands *operands)
{
	if (has_compiled(operands)) {
		return false;
	}
	push->bundle = memfd_create("nsmx-rules", MFD_CLOEXEC);
	if (push->bundle < 0 || bundle_write(push->bundle, (const char *const *)operands->items + 1,
	                                     operands->count - 1) != 0) {
		log_error("cannot read the rules: %s", strerror(errno));
		return false;
	}
	return true;
}

static bool check_rules(struct push *push)
{
	struct ruleset_stats stats;
	push->set = ruleset_load_bundle(push->bundle, NULL, rules_source_complain,
	                                rules_source_warn, NULL, &stats);
	if (push->set == NULL) {
		log_error("%zu %s; nothing was sent", stats.errors,
		          stats.errors == 1 ? "error" : "errors");
		return false;
	}
	push->rules = stats.rules;
	return true;
}

static const char *name_of(const struct bundle_file *file)
{
	const char *slash = strrchr(file->path, '/');
	return slash != NULL ? slash + 1 : file->path;
}

/* Sensors name a file without its folder. */
static bool is_unique(struct push *push, const struct bundle_file *file)
{
	struct bundle bundle = { .fd = push->bundle };
	struct bundle_file other;
	for (size_t i = 0; i < push->count && bundle_next(&bundle, &other); i++) {
		if (strcmp(name_of(&other), name_of(file)) == 0) {
			log_error("%s and %s: sensors show only the name of a file, so two files "
			          "must not have the same",
			          other.path, file->path);
			return false;
		}
	}
	return true;
}

static bool add_file(struct push *push, const struct bundle_file *file)
{
	const char *name = name_of(file);
	if (!fleet_name_is_valid(name, strlen(name))) {
		log_error("%s: the name of a file must be at most %d letters, digits and signs of "
		          "ASCII",
		          file->path, FLEET_NAME_MAX);
		return false;
	}
	if (!is_unique(push, file)) {
		return false;
	}
	void *text = file->size > 0 ? mmap(NULL, file->at + file->size, PROT_READ, MAP_PRIVATE,
	                                   push->bundle, 0)
	                            : NULL;
	if (text == MAP_FAILED) {
		log_error("%s: %s", file->path, strerror(errno));
		return false;
	}
	fleet_set_add(&push->files, name, text != NULL ? (const char *)text + file->at : "",
	              file->size);
	if (text != NULL) {
		(void)munmap(text, file->at + file->size);
	}
	push->count++;
	return true;
}

static bool make_set(struct push *push)
{
	struct bundle bundle = { .fd = push->bundle };
	struct bundle_file file;
	writer_init_growing(&push->files, FLEET_SET_MAX - FLEET_HEAD_MAX);
	while (bundle_next(&bundle, &file)) {
		if (push->count == FLEET_FILES_MAX) {
			log_error("there are more than %d files; join some of them",
			          FLEET_FILES_MAX);
			return false;
		}
		if (!add_file(push, &file)) {
			return false;
		}
	}
	if (push->files.failed) {
		log_error("the rules are larger than 7 MiB, which is the most that can be sent; "
		          "give large lists to the sensors as files");
		return false;
	}
	if (push->count == 0) {
		log_error("there is no file *.rules, so nothing was sent");
		return false;
	}
	return true;
}

/* The set that is in Redis now */

static void ignore(void *ctx, const char *file, size_t line, size_t column, const char *message)
{
	(void)ctx;
	(void)file;
	(void)line;
	(void)column;
	(void)message;
}

/* Returns the path of the file that replaces one, so that both have the same name. */
static const char *path_of(const struct push *push, const char *name, struct bundle_file *file)
{
	struct bundle bundle = { .fd = push->bundle };
	while (bundle_next(&bundle, file)) {
		if (strcmp(name_of(file), name) == 0) {
			return file->path;
		}
	}
	return name;
}

/* Loads the rules of a set; NULL if they have errors. */
static struct ruleset *load_set(const struct push *push, const struct fleet_set *set)
{
	struct ruleset_stats stats;
	struct fleet_file file;
	struct bundle_file other;
	struct ruleset *loaded = NULL;
	struct cursor files = fleet_set_files(set);
	int bundle = memfd_create("nsmx-rules", MFD_CLOEXEC);
	bool good = bundle >= 0;
	while (good && fleet_set_next(&files, &file)) {
		good = bundle_add(bundle, path_of(push, file.name, &other), file.text, file.size) ==
		       0;
	}
	if (good) {
		loaded = ruleset_load_bundle(bundle, push->set, ignore, ignore, NULL, &stats);
	}
	if (bundle >= 0) {
		(void)close(bundle);
	}
	return loaded;
}

struct comparison {
	double min_ratio;
	bool shrunk;
};

static void compare(void *ctx, const char *file, size_t before, size_t after)
{
	struct comparison *comparison = ctx;
	if (after == 0 && before > 0) {
		log_warn("%s was pushed before, and its %zu indicators are not among the new rules",
		         file, before);
	} else if ((double)after < comparison->min_ratio * (double)before) {
		log_error("%s: the file has %zu indicators, and had %zu when it was pushed before: "
		          "too few for --min-ratio %g; --min-ratio 0 accepts them",
		          file, after, before, comparison->min_ratio);
		comparison->shrunk = true;
	}
}

static int fetch(const struct fleet_link *link, void *ctx)
{
	redisReply **reply = ctx;
	return fleet_fetch(link, reply);
}

/* Compares with the set that is replaced, if it can be read. */
static int compare_with_last(const struct push *push, const struct fleet_link *link,
                             double min_ratio)
{
	struct comparison comparison = { .min_ratio = min_ratio };
	struct fleet_set set;
	redisReply *reply;
	if (fleet_do(link, fetch, &reply) != 0) {
		log_error("%s: %s; the rules were not sent", link->place->url.name,
		          redis_error(link->redis));
		return EXIT_FAILED;
	}
	struct ruleset *last =
	        fleet_set_read(reply->str, reply->len, &set) == NULL ? load_set(push, &set) : NULL;
	freeReplyObject(reply);
	if (last != NULL) {
		ruleset_compare(last, push->set, compare, &comparison);
		ruleset_free(last);
	}
	if (comparison.shrunk) {
		log_error("nothing was sent");
	}
	return comparison.shrunk ? EXIT_USAGE : EXIT_DONE;
}

static int send_set(const struct push *push, const struct fleet_link *link,
                    const struct options *options)
{
	struct fleet_head head = { .version = 0 };
	const char *name = link->place->url.name;
	redis_set_deadline(link->redis, monotonic_ns() + PATIENCE_NS);
	int ret = compare_with_last(push, link, options->min_ratio);
	if (ret != EXIT_DONE) {
		return ret;
	}
	if (fleet_push(link, &push->files, &head) != 0) {
		log_error("%s: %s; the rules were not sent", name, redis_error(link->redis));
		return EXIT_FAILED;
	}
	log_info("version %" PRIu64 " of the rules (%zu rules in %zu files) is in %s", head.version,
	         push->rules, push->count, name);
	return push_answers_await(link, &head, options->wait_s) ? EXIT_DONE : EXIT_FAILED;
}

static int connect_and_send(const struct push *push, const struct fleet_place *place,
                            const struct options *options)
{
	const struct fleet_link link = { place, redis_new(&place->url) };
	if (link.redis == NULL) {
		log_error("out of memory");
		return EXIT_FAILED;
	}
	int ret = send_set(push, &link, options);
	redis_free(link.redis);
	return ret;
}

static bool parse(struct fleet_place *place, const struct options_operands *operands)
{
	char error[ERROR_MAX];
	if (operands->count < 2) {
		log_error("expected nsmx rules push redis://... FILE...; see nsmx help rules push");
		return false;
	}
	bool good = fleet_place_parse(place, operands->items[0], error, sizeof(error));
	redis_url_conceal(operands->items[0]);
	redis_url_forget_environment();
	if (!good) {
		log_error("rules push: %s", error);
	}
	return good;
}

int cmd_rules_push(struct options *options)
{
	struct fleet_place place;
	struct push push = { .bundle = -1 };
	if (!parse(&place, &options->operands)) {
		return EXIT_USAGE;
	}
	int ret = EXIT_USAGE;
	if (read_files(&push, &options->operands) && check_rules(&push) && make_set(&push)) {
		ret = connect_and_send(&push, &place, options);
	}
	writer_free(&push.files);
	ruleset_free(push.set);
	redis_url_forget(&place.url);
	if (push.bundle >= 0) {
		(void)close(push.bundle);
	}
	return ret;
}
