/*
 * embed_text.c - build-time tool: a text file as a C array.
 * Usage: embed_text NAME INPUT OUTPUT
 */
#include <stdio.h>

#include "base/banned.h"

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    FILE *in = fopen(argv[2], "rb");
    FILE *out = fopen(argv[3], "wb");
    if (!in || !out) {
        fprintf(stderr, "cannot open '%s' or '%s'\n", argv[2], argv[3]);
        return 1;
    }
    fprintf(out, "extern const char %s[];\nconst char %s[] = {", argv[1],
            argv[1]);
    size_t n = 0;
    for (int c; (c = fgetc(in)) != EOF; n++)
        fprintf(out, "%s%d,", n % 16 ? " " : "\n    ", c);
    fprintf(out, "\n    0\n};\n");
    (void)fclose(in); /* only read */
    return fclose(out) ? 1 : 0;
}
