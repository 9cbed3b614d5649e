#include "blake2b.h"

#include <string.h>

enum { BLOCK_BYTES = 128, ROUNDS = 12 };

/* RFC 7693 §2.6. */
static const uint64_t initial[8] = {
    0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
    0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
};

/* RFC 7693 §2.7. */
static const uint8_t order[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

static uint64_t rotated(uint64_t word, unsigned bits) { return word >> bits | word << (64 - bits); }

/* RFC 7693 §3.1. */
static void mix(uint64_t *v, unsigned a, unsigned b, unsigned c, unsigned d, uint64_t x, uint64_t y) {
  v[a] += v[b] + x;
  v[d] = rotated(v[d] ^ v[a], 32);
  v[c] += v[d];
  v[b] = rotated(v[b] ^ v[c], 24);
  v[a] += v[b] + y;
  v[d] = rotated(v[d] ^ v[a], 16);
  v[c] += v[d];
  v[b] = rotated(v[b] ^ v[c], 63);
}

/* RFC 7693 §3.2; messages here are shorter than 2^64 bytes. */
static void compress(uint64_t state[8], const uint8_t *block, uint64_t hashed, int is_last) {
  uint64_t words[16], v[16];
  memcpy(words, block, sizeof words); /* little-endian machines only, like this program */
  memcpy(v, state, 64);
  memcpy(v + 8, initial, 64);
  v[12] ^= hashed;
  if (is_last) v[14] = ~v[14];
  for (int round = 0; round < ROUNDS; round++) {
    const uint8_t *s = order[round % 10];
    mix(v, 0, 4, 8, 12, words[s[0]], words[s[1]]);
    mix(v, 1, 5, 9, 13, words[s[2]], words[s[3]]);
    mix(v, 2, 6, 10, 14, words[s[4]], words[s[5]]);
    mix(v, 3, 7, 11, 15, words[s[6]], words[s[7]]);
    mix(v, 0, 5, 10, 15, words[s[8]], words[s[9]]);
    mix(v, 1, 6, 11, 12, words[s[10]], words[s[11]]);
    mix(v, 2, 7, 8, 13, words[s[12]], words[s[13]]);
    mix(v, 3, 4, 9, 14, words[s[14]], words[s[15]]);
  }
  for (int index = 0; index < 8; index++) state[index] ^= v[index] ^ v[index + 8];
}

void blake2b_256(uint8_t digest[32], const uint8_t *message, size_t length) {
  uint64_t state[8];
  uint8_t last[BLOCK_BYTES] = {0};
  size_t at = 0;
  memcpy(state, initial, sizeof state);
  state[0] ^= 0x01010000 ^ 32;
  for (; length - at > BLOCK_BYTES; at += BLOCK_BYTES)
    compress(state, message + at, at + BLOCK_BYTES, 0);
  memcpy(last, message + at, length - at);
  compress(state, last, length, 1);
  memcpy(digest, state, 32);
}
