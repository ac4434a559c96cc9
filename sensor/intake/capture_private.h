/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Declarations for the files that implement capture.h.
 */
#pragma once

#include <pcap/pcap.h>

#include "parsers/link/pcap.h"
#include "parsers/link/pcapng.h"
#include "sensor/intake/capture.h"
#include "sensor/intake/link_filters.h"
#include "sensor/intake/source.h"

#define CAPTURE_SNAPLEN 262144

/*! \brief A capture file that is being read. */
struct capture_file {
	struct source *source;
	bool pcapng;
	uint64_t number;  /*!< Number of the packet read last, from 1. */
	uint64_t damaged; /*!< Number of damaged parts after the first one. */
	/*! Number of the packet at which the first damage was reported; 0: none was reported
	 * yet. */
	uint64_t reported;
	union {
		struct pcap_reader pcap;
		struct pcapng_reader pcapng;
	} reader;
};

/*! \brief Closes and frees everything that has been opened so far of an interface, or of a file. */
typedef void capture_closer(struct capture *capture);

struct capture {
	capture_closer *close;
	char *name;   /*!< Name of the interface or file, for messages. */
	pcap_t *pcap; /*!< The live capture; NULL for a file. */
	struct link_filters filters;
	/*!
	 * For live captures: the number of packets that must still be skipped because other workers
	 * read them.
	 */
	uint64_t foreign;
	/*! For live captures: the number of packets that were read and ignored. */
	_Atomic uint64_t *passed;
	struct capture_file *file; /*!< The file; NULL for an interface. */
};

/*!
 * \brief Creates a capture that has opened nothing yet. `filter` is as for capture_open_file().
 *
 * \return NULL, and `error` set, when out of memory.
 */
struct capture *capture_new(capture_closer *close, const char *name, const char *filter,
                            char error[CAPTURE_ERROR_MAX]);

void capture_set_error(char error[CAPTURE_ERROR_MAX], const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));

/*!
 * \brief Compiles a filter for a link type. Free it with pcap_freecode().
 *
 * \param optimise  Makes the program faster, but fails for a filter that no packet can pass.
 */
bool capture_compile(struct bpf_program *program, int link, bool optimise, const char *filter,
                     char error[CAPTURE_ERROR_MAX]);

/*! \brief Returns the name of a link type; "unknown" if libpcap has no name for it. */
const char *capture_link_name(int link);

/*!
 * \brief Detects the format of the next bytes in the file, and reads the header if they are in pcap
 *        format.
 *
 * \return 0, or -errno and `error` set: -ENODATA for a file that is empty or not a capture.
 */
int capture_file_start(struct capture_file *file, const char *name, char error[CAPTURE_ERROR_MAX]);
