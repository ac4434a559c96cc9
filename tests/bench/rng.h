/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Random numbers for the benchmark's captures, the same on every machine.
 *
 * splitmix64 (Steele, Lea, Flood 2014): one word of state, no bad seeds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

/*! \brief A value that looks random and depends on `value` alone. */
static inline uint64_t rng_mix(uint64_t value)
{
	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
	value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
	return value ^ (value >> 31);
}

static inline uint64_t rng_next(struct rng *rng)
{
	rng->state += 0x9e3779b97f4a7c15U;
	return rng_mix(rng->state);
}

/*! \brief 0 to limit - 1; `limit` at least 1. */
static inline uint32_t rng_below(struct rng *rng, uint32_t limit)
{
	return (uint32_t)(((rng_next(rng) >> 32) * limit) >> 32);
}

/*! \brief True `percent` times in a hundred. */
static inline bool rng_chance(struct rng *rng, uint32_t percent)
{
	return rng_below(rng, 100) < percent;
}

/*! \brief 0 to limit - 1, the low ones far more often, as names are asked for. */
static inline uint32_t rng_skewed(struct rng *rng, uint32_t limit)
{
	uint64_t value = rng_next(rng) >> 43; /* 21 bits: its cube fits */
	return (uint32_t)((((value * value * value) >> 42) * limit) >> 21);
}
