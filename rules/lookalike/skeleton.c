/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "rules/lookalike/shape.h"

#define HYPHEN '-'

/*! \brief Letters of Latin Extended with their marks taken off, from U+00C0; a dot for none. */
#define LATIN_FIRST 0x00c0
static const char LATIN[] = "aaaaaa.ceeeeiiiidnooooo.ouuuuypbaaaaaa.ceeeeiiiidnooooo.ouuuuypy"
                            "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkkklllllll"
                            "lllnnnnnnn..oooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzf"
                            "bbbb...ccdddd....ffg...ikkl..nnooo..pp.....ttttuu.vyyzz........."
                            "l..i.........aaiioouuuuuuuuuu.aaaa..ggggkkoooo..j...gg..nnaa...."
                            "aaaaeeeeiiiioooorrrruuuusstt..hhnd..zzaaeeooooooooyylntj..acclts"
                            "z..bu.eejj..rryy";

/*! \brief The same of Latin Extended Additional, from U+1E00. */
#define ADDITIONAL_FIRST 0x1e00
static const char ADDITIONAL[] = "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
                                 "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
                                 "wwwwwwwwwwxxxxyyzzzzzzhtwya.ffb.aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
                                 "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy....yy";

/*! \brief Letters and digits of other scripts, by what a reader takes them for. */
static const struct confusable {
	uint16_t from;
	char to;
} CONFUSABLES[] = {
	/* clang-format off */
	{ 0x00b7, '-' }, { 0x0250, 'a' }, { 0x0251, 'a' }, { 0x0253, 'b' }, { 0x0254, 'c' },
	{ 0x0255, 'c' }, { 0x0256, 'd' }, { 0x0257, 'd' }, { 0x0260, 'g' }, { 0x0261, 'g' },
	{ 0x0262, 'g' }, { 0x0265, 'u' }, { 0x0266, 'h' }, { 0x0267, 'h' }, { 0x0268, 'i' },
	{ 0x0269, 'i' }, { 0x026a, 'i' }, { 0x026b, 'l' }, { 0x026c, 'l' }, { 0x026d, 'l' },
	{ 0x0271, 'm' }, { 0x0272, 'n' }, { 0x0273, 'n' }, { 0x0274, 'n' }, { 0x0275, 'o' },
	{ 0x027c, 'r' }, { 0x027d, 'r' }, { 0x027e, 'r' }, { 0x0280, 'r' }, { 0x0282, 's' },
	{ 0x0288, 't' }, { 0x0289, 'u' }, { 0x028b, 'v' }, { 0x028f, 'y' }, { 0x0290, 'z' },
	{ 0x0291, 'z' }, { 0x0299, 'b' }, { 0x029c, 'h' }, { 0x029d, 'j' }, { 0x029f, 'l' },
	{ 0x02a0, 'q' }, { 0x02b9, '-' }, { 0x02bc, '-' }, { 0x0390, 'i' }, { 0x0391, 'a' },
	{ 0x0392, 'b' }, { 0x0395, 'e' }, { 0x0396, 'z' }, { 0x0397, 'h' }, { 0x0399, 'i' },
	{ 0x039a, 'k' }, { 0x039c, 'm' }, { 0x039d, 'n' }, { 0x039f, 'o' }, { 0x03a1, 'p' },
	{ 0x03a4, 't' }, { 0x03a5, 'y' }, { 0x03a7, 'x' }, { 0x03ac, 'a' }, { 0x03ad, 'e' },
	{ 0x03ae, 'n' }, { 0x03af, 'i' }, { 0x03b0, 'u' }, { 0x03b1, 'a' }, { 0x03b2, 'b' },
	{ 0x03b3, 'y' }, { 0x03b5, 'e' }, { 0x03b6, 'z' }, { 0x03b7, 'n' }, { 0x03b9, 'i' },
	{ 0x03ba, 'k' }, { 0x03bc, 'u' }, { 0x03bd, 'v' }, { 0x03bf, 'o' }, { 0x03c1, 'p' },
	{ 0x03c3, 'o' }, { 0x03c4, 't' }, { 0x03c5, 'u' }, { 0x03c7, 'x' }, { 0x03c9, 'w' },
	{ 0x03ca, 'i' }, { 0x03cb, 'u' }, { 0x03cc, 'o' }, { 0x03cd, 'u' }, { 0x03ce, 'w' },
	{ 0x03d1, 'v' }, { 0x03d2, 'y' }, { 0x03ed, 'o' }, { 0x03f1, 'p' }, { 0x03f2, 'c' },
	{ 0x03f3, 'j' }, { 0x03f5, 'e' }, { 0x03f9, 'c' }, { 0x0430, 'a' }, { 0x0432, 'b' },
	{ 0x0433, 'r' }, { 0x0435, 'e' }, { 0x043a, 'k' },
	{ 0x043c, 'm' }, { 0x043d, 'h' }, { 0x043e, 'o' }, { 0x043f, 'n' }, { 0x0440, 'p' },
	{ 0x0441, 'c' }, { 0x0442, 't' }, { 0x0443, 'y' }, { 0x0445, 'x' }, { 0x0448, 'w' },
	{ 0x0449, 'w' }, { 0x044c, 'b' }, { 0x0450, 'e' }, { 0x0451, 'e' }, { 0x0455, 's' },
	{ 0x0456, 'i' }, { 0x0457, 'i' }, { 0x0458, 'j' }, { 0x045b, 'h' }, { 0x045c, 'k' },
	{ 0x045d, 'u' }, { 0x045e, 'y' }, { 0x0461, 'w' }, { 0x0475, 'v' }, { 0x0491, 'r' },
	{ 0x0493, 'f' }, { 0x049b, 'k' }, { 0x049d, 'k' }, { 0x049f, 'k' }, { 0x04a3, 'h' },
	{ 0x04ab, 'c' }, { 0x04ad, 't' }, { 0x04af, 'y' }, { 0x04b1, 'y' }, { 0x04b3, 'x' },
	{ 0x04bb, 'h' }, { 0x04bd, 'e' }, { 0x04bf, 'e' }, { 0x04c0, 'l' }, { 0x04cf, 'l' },
	{ 0x04d1, 'a' }, { 0x04d3, 'a' }, { 0x04d7, 'e' }, { 0x04e5, 'u' },
	{ 0x04e7, 'o' }, { 0x04e9, 'o' }, { 0x04eb, 'o' }, { 0x04ef, 'y' }, { 0x04f1, 'y' },
	{ 0x04f3, 'y' }, { 0x0501, 'd' }, { 0x051b, 'q' }, { 0x051d, 'w' }, { 0x0561, 'w' },
	{ 0x0563, 'q' }, { 0x0566, 'q' }, { 0x056c, 'l' }, { 0x0570, 'h' }, { 0x0572, 'n' },
	{ 0x0575, 'j' }, { 0x0578, 'n' }, { 0x057a, 'u' }, { 0x057d, 'u' }, { 0x0581, 'g' },
	{ 0x0582, 'i' }, { 0x0584, 'f' }, { 0x0585, 'o' }, { 0x05d5, 'l' }, { 0x05df, 'l' },
	{ 0x05e1, 'o' }, { 0x0627, 'l' }, { 0x0647, 'o' }, { 0x0661, 'l' }, { 0x0665, 'o' },
	{ 0x06f1, 'l' }, { 0x06f5, 'o' }, { 0x0966, 'o' }, { 0x0ae6, 'o' }, { 0x0be6, 'o' },
	{ 0x0c66, 'o' }, { 0x0ce6, 'o' }, { 0x0d20, 'o' }, { 0x0d66, 'o' }, { 0x0e50, 'o' },
	{ 0x0ed0, 'o' }, { 0x101d, 'o' }, { 0x1040, 'o' }, { 0x12d0, 'o' }, { 0x13a0, 'd' },
	{ 0x13a1, 'r' }, { 0x13a2, 't' }, { 0x13a5, 'i' }, { 0x13a9, 'y' }, { 0x13aa, 'a' },
	{ 0x13ab, 'j' }, { 0x13ac, 'e' }, { 0x13b3, 'w' }, { 0x13b7, 'm' }, { 0x13bb, 'h' },
	{ 0x13bd, 'y' }, { 0x13c0, 'g' }, { 0x13c2, 'h' }, { 0x13c3, 'z' }, { 0x13cf, 'b' },
	{ 0x13d2, 'r' }, { 0x13d4, 'w' }, { 0x13d5, 's' }, { 0x13d9, 'v' }, { 0x13da, 's' },
	{ 0x13de, 'l' }, { 0x13df, 'c' }, { 0x13e2, 'p' }, { 0x13e6, 'k' }, { 0x13e7, 'd' },
	{ 0x13ee, '6' }, { 0x13f3, 'g' }, { 0x13f4, 'b' }, { 0x1d00, 'a' }, { 0x1d03, 'b' },
	{ 0x1d04, 'c' }, { 0x1d05, 'd' }, { 0x1d07, 'e' }, { 0x1d0a, 'j' }, { 0x1d0b, 'k' },
	{ 0x1d0c, 'l' }, { 0x1d0d, 'm' }, { 0x1d0f, 'o' }, { 0x1d11, 'o' }, { 0x1d18, 'p' },
	{ 0x1d1b, 't' }, { 0x1d1c, 'u' }, { 0x1d20, 'v' }, { 0x1d21, 'w' }, { 0x1d22, 'z' },
	{ 0x1d26, 'r' }, { 0x1d6c, 'b' }, { 0x1d6d, 'd' }, { 0x1d6e, 'f' }, { 0x1d6f, 'm' },
	{ 0x1d70, 'n' }, { 0x1d71, 'p' }, { 0x1d72, 'r' }, { 0x1d73, 'r' }, { 0x1d74, 's' },
	{ 0x1d75, 't' }, { 0x1d76, 'z' }, { 0x1d7b, 'i' }, { 0x1d7d, 'p' }, { 0x1d80, 'b' },
	{ 0x1d81, 'd' }, { 0x1d82, 'f' }, { 0x1d83, 'g' }, { 0x1d84, 'k' }, { 0x1d85, 'l' },
	{ 0x1d86, 'm' }, { 0x1d87, 'n' }, { 0x1d88, 'p' }, { 0x1d89, 'r' }, { 0x1d8a, 's' },
	{ 0x1d8c, 'v' }, { 0x1d8d, 'x' }, { 0x1d8e, 'z' }, { 0x1d8f, 'a' }, { 0x1d91, 'd' },
	{ 0x1d92, 'e' }, { 0x1d96, 'i' }, { 0x1d99, 'u' }, { 0x1f00, 'a' }, { 0x1f01, 'a' },
	{ 0x1f10, 'e' }, { 0x1f11, 'e' }, { 0x1f20, 'n' }, { 0x1f21, 'n' }, { 0x1f30, 'i' },
	{ 0x1f31, 'i' }, { 0x1f40, 'o' }, { 0x1f41, 'o' }, { 0x1f50, 'u' }, { 0x1f51, 'u' },
	{ 0x1f60, 'w' }, { 0x1f61, 'w' }, { 0x1f70, 'a' }, { 0x1f72, 'e' }, { 0x1f74, 'n' },
	{ 0x1f76, 'i' }, { 0x1f78, 'o' }, { 0x1f7a, 'u' }, { 0x1f7c, 'w' }, { 0x1fbe, 'i' },
	{ 0x2010, '-' }, { 0x2011, '-' }, { 0x2012, '-' }, { 0x2013, '-' }, { 0x2212, '-' },
	{ 0x2c61, 'l' }, { 0x2c65, 'a' }, { 0x2c66, 't' }, { 0x2c68, 'h' }, { 0x2c6a, 'k' },
	{ 0x2c6c, 'z' }, { 0x2c73, 'w' }, { 0x2c9f, 'o' }, { 0x2ca3, 'p' }, { 0x2ca5, 'c' },
	{ 0x30fc, '-' }, { 0xa731, 's' }, { 0xa793, 'c' }, { 0xa794, 'c' }, { 0xa7a1, 'g' },
	{ 0xa7a3, 'k' }, { 0xa7a5, 'n' }, { 0xa7a7, 'r' }, { 0xa7a9, 's' }, { 0xab32, 'e' },
	{ 0xab35, 'f' }, { 0xab36, 'g' }, { 0xab3d, 'o' }, { 0xab47, 'r' }, { 0xab48, 'r' },
	{ 0xab4e, 'u' }, { 0xab52, 'u' }, { 0xab5a, 'y' }, { 0xab75, 'i' }, { 0xab81, 'r' },
	{ 0xab83, 'w' }, { 0xab93, 'z' }, { 0xaba9, 'v' }, { 0xabaa, 's' }, { 0xabaf, 'c' },
	{ 0xfe63, '-' }, { 0xff0d, '-' }
	/* clang-format on */
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static int compare(const void *key, const void *item)
{
	uint32_t c = *(const uint32_t *)key;
	uint32_t from = ((const struct confusable *)item)->from;
	return c < from ? -1 : c > from;
}

static uint32_t of_table(uint32_t c, uint32_t first, const char *table, size_t size)
{
	if (c < first || c >= first + size || table[c - first] == '.') {
		return c;
	}
	return (uint32_t)table[c - first];
}

/*! \brief The ASCII character that a character is taken for, or itself. */
static uint32_t to_ascii(uint32_t c)
{
	if (c < 0x80) {
		return c;
	}
	/* Fullwidth forms, U+FF01 to U+FF5E, and marks that stand on the letter before. */
	if (c >= 0xff01 && c <= 0xff5e) {
		c -= 0xff01 - '!';
		return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
	}
	if (c >= 0x0300 && c <= 0x036f) {
		return HYPHEN;
	}
	c = of_table(c, LATIN_FIRST, LATIN, sizeof(LATIN) - 1);
	c = of_table(c, ADDITIONAL_FIRST, ADDITIONAL, sizeof(ADDITIONAL) - 1);
	const struct confusable *found =
	        bsearch(&c, CONFUSABLES, COUNT(CONFUSABLES), sizeof(CONFUSABLES[0]), compare);
	return found != NULL ? (uint32_t)found->to : c;
}

/*! \brief Of characters that look the same, the one that stands for all. */
static uint32_t to_class(uint32_t c)
{
	switch (c) {
	case 'o':
		return '0';
	case 'i':
	case 'l':
		return '1';
	default:
		return c;
	}
}

void shape_skeleton(struct shape *skeleton, const struct shape *shape)
{
	uint32_t last = 0; /* the character before, hyphens not left out */
	skeleton->count = 0;
	for (size_t i = 0; i < shape->count; i++) {
		uint32_t c = to_ascii(shape->at[i]);
		if ((last == 'r' && c == 'n') || (last == 'v' && c == 'v')) {
			c = c == 'n' ? 'm' : 'w';
			skeleton->at[skeleton->count - 1] = c;
		} else if (c != HYPHEN) {
			skeleton->at[skeleton->count++] = to_class(c);
		}
		last = c;
	}
}
