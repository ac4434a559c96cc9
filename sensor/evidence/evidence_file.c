/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/evidence/evidence_file.h"

#include <errno.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"

/* The share of the folder that a file may have. */
#define FILE_SHARE 16
#define FILE_LEAST ((uint64_t)16 << 10)
#define FILE_MOST  ((uint64_t)32 << 20)

#define BLOCK_MAX    ((size_t)1 << 20)
#define COMPLAINT_NS (60 * NS_PER_S)

void evidence_writer_init(struct evidence_writer *writer, const struct evidence_config *config)
{
	writer->config = config;
	writer_init_growing(&writer->block, BLOCK_MAX);
}

void evidence_writer_end(struct evidence_writer *writer)
{
	writer_free(&writer->block);
}

/* A new file begins when the current one is larger. */
static uint64_t size_most(const struct evidence_writer *writer)
{
	uint64_t share = writer->config->folder->octets_max / FILE_SHARE;
	return MIN(MAX(share, FILE_LEAST), FILE_MOST);
}

static void complain(struct evidence_writer *writer, const char *name, int error)
{
	int64_t now_ns = monotonic_ns();
	if (writer->complained_ns == 0 || now_ns - writer->complained_ns >= COMPLAINT_NS) {
		writer->complained_ns = now_ns;
		log_warn("evidence: cannot write %s: %s; see the counter evidence_dropped", name,
		         strerror(error));
	}
}

void evidence_file_close(struct evidence_file *file)
{
	if (file->fd >= 0) {
		(void)close(file->fd);
	}
	file->fd = -1;
}

/* Whether the folder has room. Old files are removed if this process may do so. */
static bool has_room(struct evidence_writer *writer, size_t size)
{
	struct evidence_folder *folder = writer->config->folder;
	uint64_t used = atomic_load_explicit(folder->octets, memory_order_relaxed);
	if (used + size > folder->octets_max && writer->config->may_remove) {
		evidence_folder_trim(folder);
		used = atomic_load_explicit(folder->octets, memory_order_relaxed);
	}
	return used + size <= folder->octets_max;
}

/* Writes the block. A part that was written is removed, so that the file stays valid. */
static bool write_block(struct evidence_writer *writer, struct evidence_file *file)
{
	size_t size = writer_size(&writer->block);
	if (writer->block.failed || file->fd < 0 || !has_room(writer, size)) {
		return false;
	}
	ssize_t written = write(file->fd, writer->block.start, size);
	if (written != (ssize_t)size) {
		complain(writer, file->name, written < 0 ? errno : ENOSPC);
		if (ftruncate(file->fd, (off_t)file->octets) != 0) {
			evidence_file_close(file);
		}
		return false;
	}
	file->octets += size;
	atomic_fetch_add_explicit(writer->config->folder->octets, size, memory_order_relaxed);
	return true;
}

static int create_file(struct evidence_writer *writer, struct evidence_file *file, int64_t time_ns)
{
	int fd = -EEXIST;
	/* An earlier run may have left files with the same names. */
	while (fd == -EEXIST) {
		file->number = ++writer->created;
		evidence_folder_name(file->name, time_ns, writer->config->worker, file->number);
		fd = evidence_folder_create(writer->config->folder, file->name);
	}
	return fd;
}

bool evidence_file_begin(struct evidence_file *file, struct evidence_writer *writer,
                         int64_t time_ns)
{
	file->octets = 0;
	file->output.count = 0;
	file->fd = create_file(writer, file, time_ns);
	if (file->fd < 0) {
		complain(writer, file->name, -file->fd);
		file->fd = -1;
		return false;
	}
	writer_restart(&writer->block);
	pcapng_put_start(&writer->block, "nsmx " NSMX_VERSION);
	return write_block(writer, file);
}

bool evidence_file_is_full(const struct evidence_file *file, const struct evidence_writer *writer)
{
	return file->fd < 0 || file->octets >= size_most(writer);
}

bool evidence_file_add(struct evidence_file *file, struct evidence_writer *writer,
                       const struct packet *packet, const char *options, size_t options_size)
{
	writer_restart(&writer->block);
	return file->octets < 2 * size_most(writer) &&
	       pcapng_put_packet(&file->output, &writer->block, packet, options, options_size) &&
	       write_block(writer, file);
}
