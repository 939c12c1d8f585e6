/*
 * embed_text.c - build-time tool: text files, one after the other, as one C
 * array.  Usage: embed_text NAME INPUT... OUTPUT
 */
#include <stdio.h>

#include "base/banned.h"

static int embed(FILE *out, const char *path, size_t *n)
{
    FILE *in = fopen(path, "rb");

    if (!in) {
        fprintf(stderr, "cannot open '%s'\n", path);
        return 1;
    }
    for (int c; (c = fgetc(in)) != EOF; (*n)++)
        fprintf(out, "%s%d,", *n % 16 ? " " : "\n    ", c);
    (void)fclose(in); /* only read */
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    FILE *out = fopen(argv[argc - 1], "wb");
    if (!out) {
        fprintf(stderr, "cannot open '%s'\n", argv[argc - 1]);
        return 1;
    }
    fprintf(out, "extern const char %s[];\nconst char %s[] = {", argv[1],
            argv[1]);
    size_t n = 0;
    int failed = 0;
    for (int i = 2; i < argc - 1; i++)
        failed |= embed(out, argv[i], &n);
    fprintf(out, "\n    0\n};\n");
    return fclose(out) || failed ? 1 : 0;
}
