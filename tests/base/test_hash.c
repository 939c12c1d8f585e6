/*
 * test_hash.c - the known answers of FIPS 180-4 and of FNV-1a, and pieces of
 * every length.
 */
#include "base/hash.h"
#include "test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool hashes_to(const char *text, const char *expected)
{
    char hex[TW_HASH_HEX_SIZE];

    tw_hash_bytes_hex(text, strlen(text), hex);
    return strcmp(hex, expected) == 0;
}

TEST(sha256_gives_the_digests_of_fips_180)
{
    CHECK(hashes_to("abc", "ba7816bf8f01cfea414140de5dae2223"
                           "b00361a396177a9cb410ff61f20015ad"));
    CHECK(hashes_to("", "e3b0c44298fc1c149afbf4c8996fb924"
                        "27ae41e4649b934ca495991b7852b855"));
    CHECK(hashes_to("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                    "248d6a61d20638b8e5c026930c3e6039"
                    "a33ce45964ff2167f6ecedd419db06c1"));
    CHECK(hashes_to("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                    "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                    "cf5b16a778af8380036ce59e7b049237"
                    "0b249b11e8f07a51afac45037afee9d1"));
}

TEST(sha256_of_a_million_letters_in_odd_pieces)
{
    enum { N = 1000000 };
    char *text = malloc(N);
    char hex[TW_HASH_HEX_SIZE];
    struct tw_hash h;

    if (!text)
        return;
    memset(text, 'a', N);
    tw_hash_init(&h);
    for (size_t at = 0, n = 1; at < N; at += n, n = n % 200 + 1)
        tw_hash_add(&h, text + at, N - at < n ? N - at : n);
    tw_hash_hex(&h, hex);
    CHECK(strcmp(hex, "cdc76e5c9914fb9281a1c7e284d73e67"
                      "f1809a48a497200e046d39ccc7112cd0") == 0);
    free(text);
}

TEST(sha256_of_every_length_around_a_block_is_the_same_in_pieces)
{
    char text[200], whole[TW_HASH_HEX_SIZE], parts[TW_HASH_HEX_SIZE];

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)(i * 7);
    for (size_t n = 0; n <= sizeof(text); n++) {
        struct tw_hash h;
        tw_hash_bytes_hex(text, n, whole);
        tw_hash_init(&h);
        tw_hash_add(&h, text, n / 3);
        tw_hash_add(&h, text + n / 3, n - n / 3);
        tw_hash_hex(&h, parts);
        CHECK(strcmp(whole, parts) == 0);
    }
}

static void of_two(const char *a, const char *b, char hex[TW_HASH_HEX_SIZE])
{
    struct tw_hash h;

    tw_hash_init(&h);
    tw_hash_adds(&h, a);
    tw_hash_adds(&h, b);
    tw_hash_hex(&h, hex);
}

TEST(texts_are_kept_apart)
{
    char x[TW_HASH_HEX_SIZE], y[TW_HASH_HEX_SIZE];

    of_two("ab", "c", x);
    of_two("a", "bc", y);
    CHECK(strcmp(x, y) != 0);
    of_two("ab", NULL, x);
    of_two("ab", "", y);
    CHECK(strcmp(x, y) == 0);
}

TEST(numbers_change_the_digest)
{
    char x[TW_HASH_HEX_SIZE], y[TW_HASH_HEX_SIZE];
    struct tw_hash h, g;

    tw_hash_init(&h);
    tw_hash_init(&g);
    tw_hash_add_f64(&h, 1.0);
    tw_hash_add_u64(&g, 0x3ff0000000000000u);
    tw_hash_hex(&h, x);
    tw_hash_hex(&g, y);
    CHECK(strcmp(x, y) == 0);
    tw_hash_init(&g);
    tw_hash_add_f64(&g, nextafter(1.0, 2.0));
    tw_hash_hex(&g, y);
    CHECK(strcmp(x, y) != 0);
}

TEST(fnv_gives_its_published_values)
{
    CHECK(tw_hash_fnv64("", 0) == 0xcbf29ce484222325u);
    CHECK(tw_hash_fnv64("a", 1) == 0xaf63dc4c8601ec8cu);
    CHECK(tw_hash_fnv64("foobar", 6) == 0x85944171f73967e8u);
}

TEST_MAIN(RUN(sha256_gives_the_digests_of_fips_180);
          RUN(sha256_of_a_million_letters_in_odd_pieces);
          RUN(sha256_of_every_length_around_a_block_is_the_same_in_pieces);
          RUN(texts_are_kept_apart); RUN(numbers_change_the_digest);
          RUN(fnv_gives_its_published_values);)
