/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/no_memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time_ns.h"
#include "sensor/evidence/evidence.h"

#define MAX   ((uint64_t)1 << 20)
#define START (INT64_C(1590883512) * NS_PER_S)

struct fixture {
	char path[64];
	struct evidence_folder folder;
	struct counters *counters;
	struct evidence *evidence;
	int64_t time_ns;
};

static int create(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	strcpy(f->path, "/tmp/nsmx-evidence-XXXXXX");
	*state = f;
	f->time_ns = START;
	f->counters = counters_new(1);
	if (f->counters == NULL || mkdtemp(f->path) == NULL ||
	    !evidence_folder_init(&f->folder, MAX) ||
	    evidence_folder_open(&f->folder, f->path) != 0) {
		return 1;
	}
	const struct evidence_config config = { .folder = &f->folder,
		                                .counters = f->counters,
		                                .may_remove = true };
	f->evidence = evidence_new(&config);
	return f->evidence == NULL;
}

static int destroy(void **state)
{
	struct fixture *f = *state;
	char command[128];
	evidence_free(f->evidence);
	evidence_folder_close(&f->folder);
	counters_free(f->counters, 1);
	(void)snprintf(command, sizeof(command), "rm -r %s", f->path);
	int status = system(command);
	free(f);
	return status;
}

static struct flow_key key_of(uint16_t port)
{
	return (struct flow_key){
		.src = IN6ADDR_LOOPBACK_INIT, .sport = port, .dport = 25, .protocol = IPPROTO_TCP
	};
}

static struct packet next_packet(struct fixture *f, const char *octets)
{
	f->time_ns += NS_PER_S;
	return (struct packet){ .bytes = (const uint8_t *)octets,
		                .captured = (uint32_t)strlen(octets),
		                .length = (uint32_t)strlen(octets),
		                .time_ns = f->time_ns,
		                .link = 1 };
}

static void take(struct fixture *f, uint16_t port, const char *octets)
{
	const struct flow_key key = key_of(port);
	const struct packet packet = next_packet(f, octets);
	evidence_take(f->evidence, &packet, &key);
}

static void hit(struct fixture *f, uint16_t port, enum evidence_extent extent, const char *comment)
{
	const struct flow_key key = key_of(port);
	assert_non_null(evidence_choose(f->evidence, &key, extent, f->time_ns));
	evidence_comment(f->evidence, &key, extent, f->time_ns, comment, strlen(comment));
}

static void end(struct fixture *f, uint16_t port)
{
	const struct flow_key key = key_of(port);
	evidence_end(f->evidence, &key);
	evidence_settle(f->evidence);
}

/* Opens the only file. */
static int open_file(const struct fixture *f)
{
	const struct dirent *entry;
	DIR *dir = opendir(f->path);
	assert_non_null(dir);
	do {
		entry = readdir(dir);
		assert_non_null(entry);
	} while (entry->d_name[0] == '.');
	int fd = openat(f->folder.fd, entry->d_name, O_RDONLY);
	(void)closedir(dir);
	return fd;
}

/* What is in the only file: the octets of packets, each with its comments in brackets. */
static const char *contents(struct fixture *f)
{
	static char text[400000];
	static uint8_t file[400000];
	char *to = text;
	int fd = open_file(f);
	assert_true(fd >= 0);
	ssize_t size = read(fd, file, sizeof(file));
	(void)close(fd);
	for (ssize_t at = 0; at < size;) {
		uint32_t head[2], packet[5];
		memcpy(head, file + at, sizeof(head));
		assert_true(head[1] % 4 == 0 && at + head[1] <= size);
		memcpy(packet, file + at + 8, sizeof(packet));
		if (head[0] == 6) {
			ssize_t option = at + 28 + (packet[3] + 3) / 4 * 4;
			to += sprintf(to, "%.*s", (int)packet[3], file + at + 28);
			while (option < at + head[1] - 4) {
				uint16_t code[2];
				memcpy(code, file + option, sizeof(code));
				option += 4;
				to += code[0] == 1 ? sprintf(to, "[%.*s]", code[1], file + option)
				                   : 0;
				option += (code[1] + 3) / 4 * 4;
			}
			*to++ = ' ';
		}
		at += head[1];
	}
	*to = '\0';
	return text;
}

static void a_message(void **state)
{
	struct fixture *f = *state;
	take(f, 1, "a");
	evidence_settle(f->evidence);
	take(f, 1, "b");
	hit(f, 1, EVIDENCE_DATAGRAM, "one");
	hit(f, 1, EVIDENCE_DATAGRAM, "another");
	evidence_settle(f->evidence);
	take(f, 1, "c");
	evidence_settle(f->evidence);
	assert_string_equal(contents(f), "b[one][another] ");
	assert_int_equal(counter_get(&f->counters->evidence_packets), 1);
}

/* Hits of two messages that are reported at the same time. */
static void two_messages(void **state)
{
	struct fixture *f = *state;
	take(f, 1, "a");
	hit(f, 1, EVIDENCE_DATAGRAM, "one");
	take(f, 1, "b");
	hit(f, 1, EVIDENCE_DATAGRAM, "two");
	evidence_settle(f->evidence);
	assert_string_equal(contents(f), "a[one] b[two] ");
}

/* The hit is reported later, when other packets of the ports have come. */
static void an_earlier_message(void **state)
{
	struct fixture *f = *state;
	take(f, 1, "a");
	evidence_settle(f->evidence);
	int64_t then_ns = f->time_ns;
	take(f, 1, "b");
	evidence_settle(f->evidence);
	f->time_ns = then_ns;
	hit(f, 1, EVIDENCE_DATAGRAM, "late");
	evidence_settle(f->evidence);
	assert_string_equal(contents(f), "a[late] ");
}

static void a_connection_up_to_now(void **state)
{
	struct fixture *f = *state;
	take(f, 1, "a");
	take(f, 2, "other");
	take(f, 1, "b");
	hit(f, 1, EVIDENCE_STREAM, "one");
	evidence_settle(f->evidence);
	take(f, 1, "c");
	evidence_settle(f->evidence);
	assert_string_equal(contents(f), "a b[one] ");
	take(f, 1, "d");
	hit(f, 1, EVIDENCE_STREAM, "two");
	evidence_settle(f->evidence);
	assert_string_equal(contents(f), "a b[one] c d[two] ");
}

static void a_session_to_its_end(void **state)
{
	struct fixture *f = *state;
	take(f, 1, "a");
	take(f, 1, "b");
	hit(f, 1, EVIDENCE_SESSION, "one");
	evidence_settle(f->evidence);
	assert_string_equal(contents(f), "a ");
	take(f, 1, "c");
	evidence_settle(f->evidence);
	assert_string_equal(contents(f), "a b[one] ");
	/* A hit at the end belongs to the latest packet, whenever it came. */
	hit(f, 1, EVIDENCE_SESSION, "end");
	end(f, 1);
	assert_string_equal(contents(f), "a b[one] c[end] ");
	take(f, 1, "d");
	evidence_settle(f->evidence);
	assert_string_equal(contents(f), "a b[one] c[end] ");
}

static void a_hit_that_is_not_reported(void **state)
{
	struct fixture *f = *state;
	const struct flow_key key = key_of(1);
	take(f, 1, "a");
	assert_non_null(evidence_choose(f->evidence, &key, EVIDENCE_STREAM, f->time_ns));
	evidence_settle(f->evidence);
	assert_string_equal(contents(f), "");
}

static void a_fragmented_message(void **state)
{
	struct fixture *f = *state;
	const struct flow_key key = key_of(1);
	struct packet packet = next_packet(f, "a");
	evidence_take_fragment(f->evidence, &packet, &key, 7);
	packet = next_packet(f, "x");
	evidence_take_fragment(f->evidence, &packet, &key, 8);
	packet = next_packet(f, "b");
	evidence_take_fragment(f->evidence, &packet, &key, 7);
	evidence_take_datagram(f->evidence, &key, 7, &key);
	hit(f, 1, EVIDENCE_DATAGRAM, "one");
	evidence_settle(f->evidence);
	assert_string_equal(contents(f), "a b[one] ");
}

/* A message follows before the hit is reported. */
static void an_earlier_fragmented_message(void **state)
{
	struct fixture *f = *state;
	const struct flow_key key = key_of(1);
	struct packet packet = next_packet(f, "a");
	take(f, 1, "before");
	evidence_take_fragment(f->evidence, &packet, &key, 7);
	packet = next_packet(f, "b");
	evidence_take_fragment(f->evidence, &packet, &key, 7);
	evidence_take_datagram(f->evidence, &key, 7, &key);
	int64_t then_ns = f->time_ns;
	take(f, 1, "c");
	f->time_ns = then_ns;
	hit(f, 1, EVIDENCE_DATAGRAM, "one");
	evidence_settle(f->evidence);
	assert_string_equal(contents(f), "a b[one] ");
}

/* More sessions than are followed at a time: the one without packets for the longest time ends. */
static void many_sessions(void **state)
{
	struct fixture *f = *state;
	for (uint16_t i = 1; i <= EVIDENCE_SESSIONS_MAX + 3; i++) {
		take(f, (uint16_t)(1000 + i), i == 1 ? "first" : i == 2 ? "second" : "a");
		hit(f, (uint16_t)(1000 + i), EVIDENCE_SESSION, "hit");
		evidence_settle(f->evidence);
	}
	assert_string_equal(contents(f), "first[hit] second[hit] a[hit] ");
}

/* A session that has continued is not the one that ends. */
static void a_session_that_continues(void **state)
{
	struct fixture *f = *state;
	for (uint16_t i = 1; i <= EVIDENCE_SESSIONS_MAX; i++) {
		take(f, (uint16_t)(1000 + i), i == 1 ? "first" : i == 2 ? "second" : "a");
		hit(f, (uint16_t)(1000 + i), EVIDENCE_SESSION, "hit");
		evidence_settle(f->evidence);
	}
	assert_string_equal(contents(f), "");
	take(f, 1001, "more");
	evidence_settle(f->evidence);
	assert_string_equal(contents(f), "first[hit] ");
	take(f, 1000, "b");
	hit(f, 1000, EVIDENCE_SESSION, "hit");
	evidence_settle(f->evidence);
	assert_string_equal(contents(f), "first[hit] second[hit] ");
}

/* The memory of the packet that a session holds is needed. */
static void a_silent_session(void **state)
{
	struct fixture *f = *state;
	static char large[200001];
	memset(large, 'x', sizeof(large) - 1);
	take(f, 1, "a");
	hit(f, 1, EVIDENCE_SESSION, "hit");
	evidence_settle(f->evidence);
	assert_string_equal(contents(f), "");
	for (size_t i = 0; i < EVIDENCE_MEMORY / sizeof(large) + 2; i++) {
		take(f, 2, large);
		evidence_settle(f->evidence);
	}
	assert_string_equal(contents(f), "a[hit] ");
	end(f, 1);
	assert_string_equal(contents(f), "a[hit] ");
	assert_int_equal(counter_get(&f->counters->evidence_packets), 1);
	assert_int_equal(counter_get(&f->counters->evidence_dropped), 0);
}

static size_t count_files(const struct fixture *f)
{
	size_t count = 0;
	DIR *dir = opendir(f->path);
	assert_non_null(dir);
	while (readdir(dir) != NULL) {
		count++;
	}
	(void)closedir(dir);
	return count - 2;
}

/* The oldest files go, and the folder is never larger than its limit. */
static void a_full_folder(void **state)
{
	struct fixture *f = *state;
	static char octets[5001];
	memset(octets, 'x', sizeof(octets) - 1);
	for (int i = 0; i < 2000; i++) {
		take(f, 1, octets);
		hit(f, 1, EVIDENCE_DATAGRAM, "hit");
		evidence_settle(f->evidence);
		assert_true(*f->folder.octets <= MAX);
	}
	assert_int_equal(counter_get(&f->counters->evidence_packets), 2000);
	assert_int_equal(counter_get(&f->counters->evidence_dropped), 0);
	assert_in_range(count_files(f), 10, 17);
}

/* A worker may not remove files. What another process has not made room for is counted. */
static void a_full_folder_of_another_process(void **state)
{
	struct fixture *f = *state;
	atomic_store(f->folder.octets, MAX - 100);
	const struct evidence_config config = { .folder = &f->folder, .counters = f->counters };
	evidence_free(f->evidence);
	f->evidence = evidence_new(&config);
	assert_non_null(f->evidence);
	take(f, 1, "a");
	hit(f, 1, EVIDENCE_DATAGRAM, "hit");
	evidence_settle(f->evidence);
	assert_string_equal(contents(f), "");
	assert_int_equal(counter_get(&f->counters->evidence_dropped), 1);
}

static void a_folder_that_was_removed(void **state)
{
	struct fixture *f = *state;
	const struct flow_key key = key_of(1);
	assert_return_code(rmdir(f->path), errno);
	take(f, 1, "a");
	assert_null(evidence_choose(f->evidence, &key, EVIDENCE_DATAGRAM, f->time_ns));
	assert_int_equal(counter_get(&f->counters->evidence_dropped), 1);
	assert_return_code(mkdir(f->path, 0700), errno);
}

/* The ring has no packet before it, and none after it. */
static void the_first_message(void **state)
{
	struct fixture *f = *state;
	take(f, 1, "a");
	hit(f, 1, EVIDENCE_DATAGRAM, "one");
	evidence_settle(f->evidence);
	assert_string_equal(contents(f), "a[one] ");
	assert_int_equal(counter_get(&f->counters->evidence_packets), 1);
}

static void a_message_that_was_replaced(void **state)
{
	struct fixture *f = *state;
	take(f, 1, "a");
	evidence_settle(f->evidence);
	f->time_ns++;
	hit(f, 1, EVIDENCE_DATAGRAM, "one");
	evidence_settle(f->evidence);
	assert_string_equal(contents(f), "");
	assert_int_equal(counter_get(&f->counters->evidence_dropped), 1);
}

/* The end of an earlier connection is not yet settled. */
static void ports_that_are_used_again(void **state)
{
	struct fixture *f = *state;
	const struct flow_key key = key_of(1);
	take(f, 9, "other");
	hit(f, 9, EVIDENCE_STREAM, "other");
	evidence_end(f->evidence, &key);
	take(f, 1, "a");
	hit(f, 1, EVIDENCE_STREAM, "one");
	evidence_settle(f->evidence);
	assert_string_equal(contents(f), "other[other] a[one] ");
}

/* More than are kept until the next call of evidence_settle(). */
static void many_hits_at_once(void **state)
{
	struct fixture *f = *state;
	for (uint16_t port = 1; port <= 200; port++) {
		take(f, port, "a");
		hit(f, port, EVIDENCE_DATAGRAM, "hit");
	}
	evidence_settle(f->evidence);
	assert_int_equal(counter_get(&f->counters->evidence_packets), 200);
	assert_int_equal(strlen(contents(f)), 200 * strlen("a[hit] "));
}

static size_t count_comments(const char *text)
{
	size_t count = 0;
	for (; *text != '\0'; text++) {
		count += *text == '[';
	}
	return count;
}

/* A comment that has no room is left out. Those before it and after it are kept. */
static void comments_without_room(void **state)
{
	struct fixture *f = *state;
	const struct flow_key key = key_of(1);
	static char large[60001];
	memset(large, 'x', sizeof(large) - 1);
	take(f, 1, "a");
	evidence_comment(f->evidence, &key, EVIDENCE_DATAGRAM, f->time_ns, "early", 5);
	for (int i = 0; i < 5; i++) {
		hit(f, 1, EVIDENCE_DATAGRAM, large);
	}
	hit(f, 1, EVIDENCE_DATAGRAM, "small");
	evidence_settle(f->evidence);
	assert_int_equal(count_comments(contents(f)), 5);
	assert_non_null(strstr(contents(f), "x][small] "));
}

/* The same for the packet that a session holds. */
static void comments_of_a_session_without_room(void **state)
{
	struct fixture *f = *state;
	static char large[40001];
	memset(large, 'x', sizeof(large) - 1);
	take(f, 1, "a");
	for (int i = 0; i < 2; i++) {
		hit(f, 1, EVIDENCE_SESSION, large);
		evidence_settle(f->evidence);
	}
	hit(f, 1, EVIDENCE_SESSION, "small");
	end(f, 1);
	assert_int_equal(count_comments(contents(f)), 2);
	assert_non_null(strstr(contents(f), "x][small] "));
}

/* Fills the current file. */
static void fill(struct fixture *f)
{
	static char large[40001];
	memset(large, 'x', sizeof(large) - 1);
	for (int i = 0; i < 2; i++) {
		take(f, 1, large);
		hit(f, 1, EVIDENCE_DATAGRAM, "hit");
		evidence_settle(f->evidence);
	}
}

static void assert_written(const struct fixture *f, uint64_t packets)
{
	assert_int_equal(counter_get(&f->counters->evidence_packets), packets);
}

/* A session stays in its file, until four later ones were begun. */
static void sessions_in_old_files(void **state)
{
	struct fixture *f = *state;
	char names[2][EVIDENCE_NAME_MAX];
	const struct flow_key key = key_of(11), other = key_of(12);
	for (uint16_t i = 0; i < 4; i++) {
		take(f, (uint16_t)(10 + i), "a");
		hit(f, (uint16_t)(10 + i), EVIDENCE_SESSION, "hit");
		evidence_settle(f->evidence);
		fill(f);
	}
	assert_written(f, 8);
	fill(f); /* in the fifth file: the session in the first one ends */
	assert_written(f, 8 + 2 + 1);
	take(f, 10, "b");
	evidence_settle(f->evidence);
	assert_written(f, 8 + 2 + 1);
	take(f, 11, "b");
	evidence_settle(f->evidence);
	assert_written(f, 8 + 2 + 2);
	(void)snprintf(names[0], sizeof(names[0]), "%s",
	               evidence_choose(f->evidence, &key, EVIDENCE_SESSION, f->time_ns));
	take(f, 12, "b");
	(void)snprintf(names[1], sizeof(names[1]), "%s",
	               evidence_choose(f->evidence, &other, EVIDENCE_SESSION, f->time_ns));
	assert_string_not_equal(names[0], names[1]);
	assert_string_not_equal(evidence_choose(f->evidence, &key, EVIDENCE_STREAM, f->time_ns + 1),
	                        names[0]);
}

/* All descriptors are closed, and no other one. */
static void descriptors(void **state)
{
	struct fixture *f = *state;
	const struct evidence_config config = { .folder = &f->folder, .counters = f->counters };
	int free_fd = dup(STDOUT_FILENO), input = dup(STDIN_FILENO);
	(void)close(free_fd);
	evidence_free(f->evidence);
	assert_int_equal(fcntl(STDIN_FILENO, F_GETFD) < 0, input < 0);
	f->evidence = evidence_new(&config);
	assert_non_null(f->evidence);
	for (int i = 0; i < 6; i++) {
		fill(f);
	}
	evidence_free(f->evidence);
	f->evidence = NULL;
	int next = dup(STDOUT_FILENO);
	assert_int_equal(next, free_fd);
	(void)close(next);
	(void)close(input);
}

static void begin_without_memory(void *ctx, size_t number)
{
	struct fixture *f = ctx;
	const struct evidence_config config = { .folder = &f->folder, .counters = f->counters };
	(void)number;
	struct evidence *evidence = evidence_new(&config);
	assert_true((evidence == NULL) == (no_memory_failures > 0));
	evidence_free(evidence);
}

static void no_memory(void **state)
{
	struct fixture *f = *state;
	if (ADDRESS_SANITIZED) {
		skip();
	}
	assert_true(no_memory_each(begin_without_memory, f) >= 4);
	take(f, 1, "a");
	hit(f, 1, EVIDENCE_SESSION, "one");
	no_memory_countdown = 1;
	no_memory_failures = 0;
	evidence_settle(f->evidence);
	assert_int_equal(no_memory_failures, 1);
	take(f, 1, "b");
	hit(f, 1, EVIDENCE_SESSION, "two");
	end(f, 1);
	assert_string_equal(contents(f), "a b[two] ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_message, create, destroy),
		cmocka_unit_test_setup_teardown(two_messages, create, destroy),
		cmocka_unit_test_setup_teardown(an_earlier_message, create, destroy),
		cmocka_unit_test_setup_teardown(a_connection_up_to_now, create, destroy),
		cmocka_unit_test_setup_teardown(a_session_to_its_end, create, destroy),
		cmocka_unit_test_setup_teardown(a_hit_that_is_not_reported, create, destroy),
		cmocka_unit_test_setup_teardown(a_fragmented_message, create, destroy),
		cmocka_unit_test_setup_teardown(an_earlier_fragmented_message, create, destroy),
		cmocka_unit_test_setup_teardown(many_sessions, create, destroy),
		cmocka_unit_test_setup_teardown(a_session_that_continues, create, destroy),
		cmocka_unit_test_setup_teardown(a_silent_session, create, destroy),
		cmocka_unit_test_setup_teardown(a_full_folder, create, destroy),
		cmocka_unit_test_setup_teardown(a_full_folder_of_another_process, create, destroy),
		cmocka_unit_test_setup_teardown(a_folder_that_was_removed, create, destroy),
		cmocka_unit_test_setup_teardown(the_first_message, create, destroy),
		cmocka_unit_test_setup_teardown(a_message_that_was_replaced, create, destroy),
		cmocka_unit_test_setup_teardown(ports_that_are_used_again, create, destroy),
		cmocka_unit_test_setup_teardown(many_hits_at_once, create, destroy),
		cmocka_unit_test_setup_teardown(comments_without_room, create, destroy),
		cmocka_unit_test_setup_teardown(comments_of_a_session_without_room, create,
		                                destroy),
		cmocka_unit_test_setup_teardown(sessions_in_old_files, create, destroy),
		cmocka_unit_test_setup_teardown(descriptors, create, destroy),
		cmocka_unit_test_setup_teardown(no_memory, create, destroy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
