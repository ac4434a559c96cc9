/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief What is written to standard error while a test runs. */
#pragma once

#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

struct captured {
	int fd;    /* a file without a name */
	int saved; /* standard error as it was */
	char text[8192];
};

static inline void captured_begin(struct captured *captured)
{
	char path[] = "/tmp/nsmx-XXXXXX";
	captured->fd = mkstemp(path);
	assert_true(captured->fd >= 0);
	(void)unlink(path);
	(void)fcntl(captured->fd, F_SETFL, O_APPEND);
	captured->saved = dup(STDERR_FILENO);
	(void)dup2(captured->fd, STDERR_FILENO);
}

static inline void captured_end(struct captured *captured)
{
	(void)fflush(stderr);
	(void)dup2(captured->saved, STDERR_FILENO);
	(void)close(captured->saved);
	(void)close(captured->fd);
}

/*! \brief The text since the last call. */
static inline const char *captured_take(struct captured *captured)
{
	(void)fflush(stderr);
	ssize_t size = pread(captured->fd, captured->text, sizeof(captured->text) - 1, 0);
	captured->text[size > 0 ? size : 0] = '\0';
	assert_int_equal(ftruncate(captured->fd, 0), 0);
	return captured->text;
}

/*! \brief Demands that the text since the last call has a part, once. */
static inline void captured_expect(struct captured *captured, const char *part)
{
	const char *text = captured_take(captured);
	const char *found = strstr(text, part);
	if (found == NULL || strstr(found + 1, part) != NULL) {
		fail_msg("written: %s\nnot once: %s", text, part);
	}
}
