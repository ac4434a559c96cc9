/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "sensor/system/notify.h"

#define USEC "WATCHDOG_USEC"

/* A service manager that listens at an address of this size; @ begins an abstract one. */
static int listen_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t size = strlen(name);
	assert_in_range(size, 1, sizeof(address.sun_path));
	memcpy(address.sun_path, name, size);
	if (name[0] == '@') {
		address.sun_path[0] = '\0';
	}
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, length), 0);
	return fd;
}

/* An abstract name that no other test has, padded to a size. */
static const char *padded(size_t size)
{
	static char name[160];
	int used = snprintf(name, sizeof(name), "@nsmx-%d-", (int)getpid());
	memset(name + used, 'x', sizeof(name) - (size_t)used);
	name[size] = '\0';
	return name;
}

static void expect_text(int manager, const char *text)
{
	char got[64] = "";
	ssize_t size = recv(manager, got, sizeof(got) - 1, MSG_DONTWAIT);
	assert_int_equal(size, text != NULL ? (ssize_t)strlen(text) : -1);
	assert_string_equal(got, text != NULL ? text : "");
}

static void check(const char *name, bool good)
{
	int before = unit_count_descriptors();
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	notify_open();
	assert_int_equal(unit_count_descriptors(), before + good);
	notify_send("READY=1");
	assert_int_equal(notify_watchdog_ns(), good ? 30000000000 : 0);
	notify_close();
	assert_int_equal(unit_count_descriptors(), before);
	notify_send("STOPPING=1");
	assert_int_equal(notify_watchdog_ns(), 0);
}

static void addresses(void **state)
{
	static const struct {
		size_t size; /* of an abstract name */
		bool good;
	} rows[] = { { 1, false }, { 2, true }, { 20, true }, { 107, true }, { 108, false } };
	(void)state;
	assert_int_equal(setenv(USEC, "30000000", 1), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = padded(rows[i].size);
		int manager = listen_at(name);
		check(name, rows[i].good);
		expect_text(manager, rows[i].good ? "READY=1" : NULL);
		expect_text(manager, NULL);
		(void)close(manager);
	}
}

static void paths(void **state)
{
	char folder[64], path[80];
	(void)state;
	assert_int_equal(setenv(USEC, "30000000", 1), 0);
	(void)snprintf(folder, sizeof(folder), "/tmp/nsmx-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/socket", folder);
	check(path, false);
	int manager = listen_at(path);
	check(path, true);
	expect_text(manager, "READY=1");
	/* Not with another first character, though there is such a socket. */
	assert_int_equal(chdir(folder), 0);
	check("socket", false);
	expect_text(manager, NULL);
	(void)close(manager);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	notify_open();
	assert_int_equal(notify_watchdog_ns(), 0);
}

static void watchdog(void **state)
{
	char self[16];
	const char *name = padded(20);
	(void)state;
	(void)snprintf(self, sizeof(self), "%d", (int)getpid());
	int manager = listen_at(name);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	notify_open();
	assert_int_equal(unsetenv(USEC), 0);
	assert_int_equal(notify_watchdog_ns(), 0);
	assert_int_equal(setenv(USEC, "1500", 1), 0);
	assert_int_equal(notify_watchdog_ns(), 1500000);
	assert_int_equal(setenv("WATCHDOG_PID", "1", 1), 0);
	assert_int_equal(notify_watchdog_ns(), 0);
	assert_int_equal(setenv("WATCHDOG_PID", self, 1), 0);
	assert_int_equal(notify_watchdog_ns(), 1500000);
	notify_close();
	(void)close(manager);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(paths),
		cmocka_unit_test(watchdog),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
