/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Gives a number to each network that `--separate` keeps apart, so that a flow key can
 *        contain this number in place of the network's tags and tunnels.
 *
 * The numbers differ between processes. Data that processes share, and event.id, therefore use
 * struct network_id.
 *
 * Limits: NETWORKS_MAX networks, in 1.8 MiB. All further networks get the same number, as if they
 * were one network; their packets are counted.
 */
#pragma once

#include <stdint.h>

#include "base/network_id.h"

#define NETWORKS_MAX 65534

struct network_numbers;

/*!
 * \brief Creates an object without networks.
 *
 * \param kinds  The kinds of labels that separate networks: bits of enum network_kinds.
 *
 * \return NULL when out of memory.
 */
struct network_numbers *network_numbers_new(unsigned kinds);
void network_numbers_free(struct network_numbers *numbers);

/*! \brief Returns the number of a network; 0 if the packet has no label that separates networks. */
uint16_t network_numbers_find(struct network_numbers *numbers, const struct network_id *id);

/*!
 * \brief Returns the labels that separate the network with this number from others, a view that
 *        lives as long as `numbers`.
 *
 * \param numbers  May be NULL.
 *
 * \return NULL for number 0, or if `numbers` is NULL.
 */
const struct network_id *network_numbers_get(const struct network_numbers *numbers,
                                             uint16_t number);

/*!
 * \brief Returns how many times network_numbers_find() was called for a network beyond the limit.
 */
uint64_t network_numbers_merged(const struct network_numbers *numbers);
