/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/intake/fanout.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#define PPP_IPV4 0x0021
#define PPP_IPV6 0x0057

/* Scratch memory of the program, for values of X and A. */
enum { CELL_OFFSET, CELL_SUM };

struct assembler {
	struct sock_filter *program;
	size_t size;
};

static void put(struct assembler *out, uint16_t code, uint32_t k)
{
	out->program[out->size++] = (struct sock_filter)BPF_STMT(code, k);
}

static void put_jump(struct assembler *out, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	out->program[out->size++] = (struct sock_filter)BPF_JUMP(code, k, yes, no);
}

/* Moves the start of the network header, which X holds. */
static void put_advance(struct assembler *out, uint32_t octets)
{
	put(out, BPF_MISC | BPF_TXA, 0);
	put(out, BPF_ALU | BPF_ADD | BPF_K, octets);
	put(out, BPF_MISC | BPF_TAX, 0);
}

static void put_load(struct assembler *out, uint16_t size, uint32_t at)
{
	put(out, (uint16_t)(BPF_LD | BPF_IND | size), (uint32_t)SKF_NET_OFF + at);
}

/* A holds the EtherType. In a VLAN tag the inner EtherType is at offset 2, and the payload
 * at offset 4. */
static void put_tag(struct assembler *out)
{
	put_jump(out, BPF_JMP | BPF_JEQ | BPF_K, ETH_P_8021Q, 1, 0);
	put_jump(out, BPF_JMP | BPF_JEQ | BPF_K, ETH_P_8021AD, 0, 6);
	put_load(out, BPF_H, 2);
	put(out, BPF_ST, CELL_SUM);
	put_advance(out, 4);
	put(out, BPF_LD | BPF_MEM, CELL_SUM);
}

/* RFC 2516: a header of 6 octets, then the PPP protocol, which is mapped to an EtherType. */
static void put_pppoe(struct assembler *out)
{
	put_jump(out, BPF_JMP | BPF_JEQ | BPF_K, ETH_P_PPP_SES, 0, 10);
	put_load(out, BPF_H, 6);
	put(out, BPF_ST, CELL_SUM);
	put_advance(out, 8);
	put(out, BPF_LD | BPF_MEM, CELL_SUM);
	put_jump(out, BPF_JMP | BPF_JEQ | BPF_K, PPP_IPV4, 0, 1);
	put(out, BPF_LD | BPF_IMM, ETH_P_IP);
	put_jump(out, BPF_JMP | BPF_JEQ | BPF_K, PPP_IPV6, 0, 1);
	put(out, BPF_LD | BPF_IMM, ETH_P_IPV6);
}

/* Sets A to the sum of the words of both addresses, which does not depend on the order of the
 * addresses. */
static void put_sum(struct assembler *out, uint32_t at, uint32_t words)
{
	put_load(out, BPF_W, at);
	put(out, BPF_ST, CELL_SUM);
	put(out, BPF_STX, CELL_OFFSET);
	for (uint32_t i = 1; i < words; i++) {
		put(out, BPF_LDX | BPF_MEM, CELL_OFFSET);
		put_load(out, BPF_W, at + 4 * i);
		put(out, BPF_LDX | BPF_MEM, CELL_SUM);
		put(out, BPF_ALU | BPF_ADD | BPF_X, 0);
		put(out, BPF_ST, CELL_SUM);
	}
	/* The kernel uses A modulo the size of the group, so the low bits must depend on all
	 * bits. */
	put(out, BPF_ALU | BPF_MUL | BPF_K, 0x9e3779b1);
	put(out, BPF_ALU | BPF_RSH | BPF_K, 16);
	put(out, BPF_RET | BPF_A, 0);
}

size_t fanout_program(struct sock_filter program[FANOUT_PROGRAM_MAX])
{
	const uint8_t ipv4 = 11, ipv6 = 41; /* the lengths of the program's parts, for the jumps */
	struct assembler out = { .program = program };
	put(&out, BPF_LD | BPF_H | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL));
	put(&out, BPF_LDX | BPF_IMM, 0);
	/* The kernel has removed the first tag. */
	for (int i = 1; i < FANOUT_TAGS; i++) {
		put_tag(&out);
	}
	put_pppoe(&out);
	put_jump(&out, BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, ipv4);
	put_sum(&out, 12, 2);
	put_jump(&out, BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, ipv6);
	put_sum(&out, 8, 8);
	put(&out, BPF_RET | BPF_K, 0);
	return out.size;
}

int fanout_join(int fd, uint16_t group)
{
	struct sock_filter filter[FANOUT_PROGRAM_MAX];
	const struct sock_fprog program = { .len = (unsigned short)fanout_program(filter),
		                            .filter = filter };
	int option = group | PACKET_FANOUT_CBPF << 16;
	if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &option, sizeof(option)) != 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof(program)) != 0) {
		return -errno;
	}
	return 0;
}
