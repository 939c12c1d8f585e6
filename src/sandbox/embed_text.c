/*
 * embed_text.c - build-time tool: a file as a C array.
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
    fprintf(out,
            "#include <stddef.h>\n"
            "extern const char %s[];\nextern const size_t %s_size;\n"
            "const char %s[] = {",
            argv[1], argv[1], argv[1]);
    size_t n = 0;
    for (int c; (c = fgetc(in)) != EOF; n++)
        fprintf(out, "%s'\\%o',", n % 16 ? " " : "\n    ", (unsigned)c);
    fprintf(out, "\n    0\n};\nconst size_t %s_size = %zu;\n", argv[1], n);
    (void)fclose(in); /* only read */
    return fclose(out) ? 1 : 0;
}
