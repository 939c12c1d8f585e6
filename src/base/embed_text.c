/*
 * embed_text.c - build-time tool: files, one after the other, as one C array
 * with a NUL behind it.  Usage: embed_text NAME INPUT... OUTPUT
 */
#include <stdio.h>

#include "base/banned.h"

enum { PER_LINE = 16 };

static int embed(FILE *out, const char *path, size_t *n)
{
    FILE *in = fopen(path, "rb");

    if (!in) {
        fprintf(stderr, "cannot open '%s'\n", path);
        return 1;
    }
    for (int c; (c = fgetc(in)) != EOF; (*n)++) {
        if (*n % PER_LINE == 0)
            fputs("\n   ", out);
        fprintf(out, " '\\%o',", (unsigned)c);
    }
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
    fprintf(out,
            "#include <stddef.h>\n"
            "extern const char %s[];\nextern const size_t %s_size;\n"
            "const char %s[] = {",
            argv[1], argv[1], argv[1]);
    size_t n = 0;
    int failed = 0;
    for (int i = 2; i < argc - 1; i++)
        failed |= embed(out, argv[i], &n);
    fprintf(out, "\n    0\n};\nconst size_t %s_size = %zu;\n", argv[1], n);
    if (fclose(out) != 0)
        failed = 1;
    return failed;
}
