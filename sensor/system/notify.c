/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/system/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int socket_fd = -1;

void notify_open(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t size = path != NULL ? strlen(path) : 0;
	if (size < 2 || size >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@')) {
		return;
	}
	memcpy(address.sun_path, path, size);
	if (path[0] == '@') {
		address.sun_path[0] = '\0'; /* unix(7), abstract */
	}
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
	socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (socket_fd >= 0 && connect(socket_fd, (struct sockaddr *)&address, length) != 0) {
		(void)close(socket_fd);
		socket_fd = -1;
	}
}

void notify_close(void)
{
	if (socket_fd >= 0) {
		(void)close(socket_fd);
		socket_fd = -1;
	}
}

void notify_send(const char *text)
{
	if (socket_fd >= 0) {
		(void)send(socket_fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
	}
}

int64_t notify_watchdog_ns(void)
{
	const char *microseconds = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	if (socket_fd < 0 || microseconds == NULL || (pid != NULL && atol(pid) != getpid())) {
		return 0;
	}
	return strtoll(microseconds, NULL, 10) * 1000;
}
