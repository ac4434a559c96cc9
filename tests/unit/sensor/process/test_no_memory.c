/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Captures are replayed while one allocation fails, each in its turn: no event is missing that
 * is not counted or reported, and no memory and no descriptor is left.
 */
#include "tests/unit/no_memory.h"

#include <hiredis/hiredis.h>
#include <jansson.h>
#include <lz4frame.h>
#include <lzma.h>
#include <nids.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include "base/writer.h"
#include "sensor/correlate/correlator.h"
#include "sensor/intake/decompressor.h"
#include "sensor/journal/journal.h"
#include "sensor/outputs/line_lock.h"
#include "sensor/process/interfaces.h"
#include "sensor/process/losses.h"
#include "sensor/process/replay/replay.h"
#include "sensor/redis/redis.h"
#include "sensor/redis/redis_stream.h"
#include "sensor/redis/tls.h"
#include "sensor/system/exit_status.h"
#include "tests/unit/captured.h"

#define COUNTERS_MAX 256

/* What libraries allocate */
NO_MEMORY(redisReader *, redisReaderCreate, NULL, (void), )
NO_MEMORY(SSL_CTX *, SSL_CTX_new, NULL, (const SSL_METHOD *method), method)
NO_MEMORY(SSL *, SSL_new, NULL, (SSL_CTX * context), context)
NO_MEMORY(int, inflateInit2_, Z_MEM_ERROR,
          (z_streamp stream, int bits, const char *version, int size), stream, bits, version, size)
NO_MEMORY(ZSTD_DStream *, ZSTD_createDStream, NULL, (void), )
NO_MEMORY(lzma_ret, lzma_stream_decoder, LZMA_MEM_ERROR,
          (lzma_stream * stream, uint64_t limit, uint32_t flags), stream, limit, flags)
NO_MEMORY(size_t, LZ4F_createDecompressionContext, (size_t)-1,
          (LZ4F_dctx * *context, unsigned version), context, version)

/* libnids writes to the memory of all streams when it starts, which takes longer than all else of a
 * run if there is room for as many as a sensor has. The captures have three. */
int nids_init(void)
{
	static int (*real)(void);
	*(void **)&real = dlsym(RTLD_NEXT, "nids_init");
	nids_params.n_tcp_streams = 64;
	return real();
}

static const char RULES[] = "alert ns .awsdns-061.org\n"
                            "alert ip 45.77.24.250 sev=critical\n"
                            "alert rcpt @coincheck.com server=45.77.24.250\n"
                            "protect awsdns-[00-63].org\n"
                            "pin coincheck.com ns .awsdns-61.org\n"
                            "learn * all after=0 min=1\n";

struct run {
	int status;
	size_t events;
	char *losses[COUNTERS_MAX]; /* the counters that are not 0 */
	size_t losses_count;
};

struct place {
	char from[256], top[64];
	const char *words;
	struct captured output;
	struct run whole;
	char counters[1024]; /* of that run */
	char wrong[1024];    /* the first mistake */
};

static size_t lines_of(const char *path)
{
	size_t lines = 0;
	FILE *file = fopen(path, "r");
	for (int c = file != NULL ? fgetc(file) : EOF; c != EOF; c = fgetc(file)) {
		lines += c == '\n';
	}
	if (file != NULL) {
		(void)fclose(file);
	}
	return lines;
}

static void read_summary(struct run *run)
{
	const char *name;
	json_t *value, *summary = json_load_file("summary", 0, NULL);
	json_object_foreach(summary, name, value)
	{
		if (json_integer_value(value) != 0 && run->losses_count < COUNTERS_MAX) {
			run->losses[run->losses_count++] = strdup(name);
		}
	}
	json_decref(summary);
}

/* The counters that are not 0; those of the history have tests of their own. */
static void counters_text(char *text, size_t room)
{
	const char *name;
	json_t *value, *summary = json_load_file("summary", 0, NULL);
	struct writer out;
	writer_init(&out, text, room);
	json_object_foreach(summary, name, value)
	{
		if (json_integer_value(value) != 0 && strncmp(name, "history_", 8) != 0) {
			writer_string(&out, name);
			writer_char(&out, ' ');
			writer_number(&out, (uint64_t)json_integer_value(value));
			writer_char(&out, ' ');
		}
	}
	assert_non_null(writer_text(&out));
	json_decref(summary);
}

static void forget(struct run *run)
{
	while (run->losses_count > 0) {
		free(run->losses[--run->losses_count]);
	}
}

static bool has(const struct run *run, const char *loss)
{
	for (size_t i = 0; i < run->losses_count; i++) {
		if (strcmp(run->losses[i], loss) == 0) {
			return true;
		}
	}
	return false;
}

static bool counts_more(const struct run *run, const struct run *whole)
{
	for (size_t i = 0; i < run->losses_count; i++) {
		if (!has(whole, run->losses[i])) {
			return true;
		}
	}
	return false;
}

static struct run replay(const char *words)
{
	size_t planned = no_memory_countdown;
	char error[OPTIONS_ERROR_MAX], line[640], *argv[32], *rest = line;
	struct run run = { .losses_count = 0 };
	struct options options;
	int argc = 0;
	no_memory_countdown = 0;
	assert_int_equal(system("rm -rf events history summary evidence"), 0);
	(void)snprintf(line, sizeof(line), "%s", words);
	for (char *word = strtok_r(rest, " ", &rest); word != NULL;
	     word = strtok_r(rest, " ", &rest)) {
		argv[argc++] = word;
	}
	no_memory_countdown = planned;
	run.status = EXIT_USAGE;
	if (options_parse(&options, COMMAND_REPLAY, argc, argv, error)) {
		run.status = replay_run(&options);
	} else {
		(void)fprintf(stderr, "%s\n", error);
	}
	options_free(&options);
	no_memory_countdown = 0;
	run.events = lines_of("events");
	read_summary(&run);
	return run;
}

/* Nothing fails before standard error is as it was. */
static void check_run(void *ctx, size_t number)
{
	struct place *place = ctx;
	int before = unit_count_descriptors();
	struct run run = replay(place->words);
	const char *wrong = NULL;
	if (run.status == EXIT_DONE && run.events < place->whole.events &&
	    !counts_more(&run, &place->whole)) {
		wrong = "an event is missing, and no loss is counted";
	}
	if (unit_count_descriptors() != before) {
		wrong = "a descriptor is left open";
	}
	const char *messages = captured_take(&place->output);
	if (run.status != EXIT_DONE && messages[0] == '\0') {
		wrong = "a failure without a message";
	}
	if (wrong != NULL && place->wrong[0] == '\0') {
		(void)snprintf(place->wrong, sizeof(place->wrong),
		               "allocation %zu at %#zx, status %d, %zu events: %s\n%.500s", number,
		               no_memory_place, run.status, run.events, wrong, messages);
	}
	forget(&run);
}

static int set_up(void **state)
{
	static struct place place;
	char command[1024];
	place = (struct place){ .top = "/tmp/nsmx-XXXXXX" };
	assert_non_null(getcwd(place.from, sizeof(place.from)));
	assert_non_null(mkdtemp(place.top));
	(void)snprintf(command, sizeof(command),
	               "cp tests/pcaps/hijack-mta.pcap tests/pcaps/investigation.pcap '%s' && "
	               "gzip -c tests/pcaps/starttls-resolver.pcap >'%s/resolver.gz'",
	               place.top, place.top);
	assert_int_equal(system(command), 0);
	assert_int_equal(chdir(place.top), 0);
	FILE *file = fopen("r.rules", "w");
	(void)fputs(RULES, file);
	(void)fclose(file);
	*state = &place;
	return 0;
}

static int tear_down(void **state)
{
	const struct place *place = *state;
	char command[96];
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", place->top);
	return chdir(place->from) != 0 || system(command) != 0;
}

static void check(struct place *place, const char *words)
{
	place->words = words;
	captured_begin(&place->output);
	place->whole = replay(words);
	counters_text(place->counters, sizeof(place->counters));
	size_t allocations = no_memory_each(check_run, place);
	captured_end(&place->output);
	assert_int_equal(place->whole.status, EXIT_DONE);
	assert_int_equal(place->whole.events, 164);
	assert_string_equal(
	        place->counters,
	        "packets 116 bytes 15026 dns_responses 39 dns_tcp_messages 2 "
	        "smtp_sessions 2 smtp_recipients 3 tcp_streams 3 "
	        "hits 117 incidents 3 evidence_packets 51 events_delivered 164 rules 6 ");
	assert_true(allocations > 100);
	assert_string_equal(place->wrong, "");
	forget(&place->whole);
}

static void replays(void **state)
{
	if (ADDRESS_SANITIZED) {
		skip();
	}
	check(*state, "-r r.rules --log all --dedup 10 --separate vlan "
	              "--history history --evidence evidence -o file:events --summary summary "
	              "hijack-mta.pcap investigation.pcap resolver.gz");
}

/* Objects that such a replay has not */

static bool make_watermarks(void)
{
	struct correlator_shared *shared = correlator_shared_new(2, 1);
	bool made = shared != NULL && correlator_shared_add_watermarks(shared);
	struct correlator *correlator = made ? correlator_new(shared, 1, NULL) : NULL;
	made = correlator != NULL;
	correlator_free(correlator);
	correlator_shared_free(shared);
	return made;
}

static bool make_line_lock(void)
{
	struct line_lock *locks = line_lock_new(2);
	line_lock_free(locks, 2);
	return locks != NULL;
}

static bool make_redis(void)
{
	static const struct redis_url url = { .place_count = 1 };
	struct redis *redis = redis_new(&url);
	redis_free(redis);
	return redis != NULL;
}

static bool make_redis_stream(void)
{
	static const struct redis_url url = { .place_count = 1 };
	static const struct redis_stream_config config = { .url = &url };
	struct redis_stream *stream = redis_stream_new(&config);
	redis_stream_free(stream);
	return stream != NULL;
}

static bool make_losses(void)
{
	static const struct options options = { .workers = 2 };
	static struct counters counters[2];
	static const _Atomic uint64_t passed[2];
	struct losses *losses = losses_new(&options, counters, passed);
	losses_free(losses);
	return losses != NULL;
}

static bool make_interfaces_state(void)
{
	struct interfaces_state *state = interfaces_state_new();
	interfaces_state_free(state);
	return state != NULL;
}

static bool make_journal(void)
{
	struct journal *journal = NULL;
	struct journal_reader *reader = NULL;
	(void)mkdir("journal", 0700);
	int made = journal_open(&journal, "journal", JOURNAL_BYTES_MIN);
	int read = made == 0 ? journal_reader_open(&reader, "journal", 0) : made;
	if (read == 0) {
		journal_reader_close(reader);
	}
	if (made == 0) {
		journal_close(journal);
	}
	return read == 0;
}

static bool make_decompressors(void)
{
	static const enum compression formats[] = { COMPRESSION_GZIP, COMPRESSION_ZSTD,
		                                    COMPRESSION_XZ, COMPRESSION_LZ4 };
	bool made = true;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct decompressor *decompressor = decompressor_new(formats[i]);
		made = made && decompressor != NULL;
		decompressor_free(decompressor);
	}
	return made;
}

static bool make_tls(void)
{
	static const struct redis_url url = { .scheme = REDIS_URL_TLS };
	char why[TLS_WHY_MAX];
	struct tls *tls = NULL;
	int fd = open("/dev/null", O_RDWR);
	int ret = tls_open(&tls, fd, &url, "redis.test", why);
	assert_true(ret == 0 || ret == -ENOMEM);
	tls_close(tls);
	(void)close(fd);
	return ret == 0;
}

static void check_make(void *ctx, size_t number)
{
	bool (*const *make)(void) = ctx;
	int before = unit_count_descriptors();
	if ((*make)() != (no_memory_failures == 0)) {
		fail_msg("allocation %zu at %#zx", number, no_memory_place);
	}
	assert_int_equal(unit_count_descriptors(), before);
}

static void objects(void **state)
{
	static bool (*const MAKE[])(void) = {
		make_watermarks,   make_line_lock,     make_redis,
		make_redis_stream, make_losses,        make_interfaces_state,
		make_journal,      make_decompressors, make_tls,
	};
	(void)state;
	if (ADDRESS_SANITIZED) {
		skip();
	}
	for (size_t i = 0; i < sizeof(MAKE) / sizeof(MAKE[0]); i++) {
		assert_true(no_memory_each(check_make, (void *)(uintptr_t)&MAKE[i]) > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(replays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(objects, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
