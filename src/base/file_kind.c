/*
 * file_kind.c - files known by their first bytes.
 */
#include "base/file_kind.h"

#include "base/utf8.h"

#include <string.h>

#include "base/banned.h"

/* Magic numbers as file(1) has them; the formats of weights from their own
 * documents (ggml: docs/gguf.md, "Historical State of Affairs"). */
static const struct {
    const char *head;
    size_t n;
    const char *what;
} KINDS[] = {
    { "version https://git-lfs", 23,
      "a Git LFS pointer, not the file: run 'git lfs pull'" },
    { "GGUF", 4, "a GGUF model" },
    { "lmgg", 4, "a model of the old GGML format: convert it to GGUF" },
    { "tjgg", 4, "a model of the old GGML format: convert it to GGUF" },
    { "fmgg", 4, "a model of the old GGML format: convert it to GGUF" },
    { "algg", 4, "an adapter of the old GGML format, not a model" },
    { "PK\3\4", 4, "a ZIP archive (or PyTorch weights, or a table of Excel)" },
    { "\x1f\x8b", 2, "compressed by gzip: unpack it first" },
    { "\x28\xb5\x2f\xfd", 4, "compressed by zstd: unpack it first" },
    { "\xfd"
      "7zXZ",
      5, "compressed by xz: unpack it first" },
    { "BZh", 3, "compressed by bzip2: unpack it first" },
    { "\x93NUMPY", 6, "an array of NumPy" },
    { "PAR1", 4, "a Parquet table" },
    { "SQLite format 3", 15, "an SQLite database" },
    { "%PDF-", 5, "a PDF document" },
    { "\x7f"
      "ELF",
      4, "a program (ELF)" },
    { "\xff\xfe", 2, "text in UTF-16: save it as UTF-8" },
    { "\xfe\xff", 2, "text in UTF-16: save it as UTF-8" },
    { "<!DOCTYPE", 9, "a page of HTML: the download failed" },
    { "<!doctype", 9, "a page of HTML: the download failed" },
    { "<html", 5, "a page of HTML: the download failed" },
    { "<HTML", 5, "a page of HTML: the download failed" },
    { "<?xml", 5, "an XML document" },
};

/* Eight bytes of length, the header in JSON behind them. */
static int is_safetensors(const unsigned char *s, size_t n)
{
    return n >= 10 && s[8] == '{' && s[9] == '"' && s[5] == 0 && s[6] == 0 &&
           s[7] == 0;
}

const char *tw_file_kind(const void *bytes, size_t n)
{
    const char *s = bytes;
    size_t bom = tw_utf8_bom_len(s, n);

    if (is_safetensors(bytes, n))
        return "weights in the safetensors format: convert them to GGUF";
    s += bom;
    n -= bom;
    while (n && (*s == '\n' || *s == '\r' || *s == ' ')) { /* pages begin so */
        s++;
        n--;
    }
    for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
        if (n >= KINDS[i].n && memcmp(s, KINDS[i].head, KINDS[i].n) == 0)
            return KINDS[i].what;
    return NULL;
}
