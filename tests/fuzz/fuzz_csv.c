/* Any bytes give records or an error; what is read can be written and reads
 * back the same, but for the mark in front of formulas. */
#include "base/csv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void write_and_read(const struct tw_csv_field *f, char delim)
{
    struct tw_buf b;
    struct tw_csv c;
    bool more;

    tw_buf_init(&b, 1u << 24);
    tw_csv_add(&b, f->text, delim);
    tw_csv_init(&c, tw_buf_text(&b), b.len, delim);
    if (tw_csv_next(&c, &more, NULL) != TW_OK || more != (f->len > 0))
        abort();
    if (more) {
        size_t mark = c.fields[0].len - f->len;
        if (c.n_fields != 1 || mark > 1 ||
            memcmp(c.fields[0].text + mark, f->text, f->len + 1) != 0)
            abort();
    }
    tw_csv_release(&c);
    tw_buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tw_csv c;
    bool more = true;

    tw_csv_init(&c, (const char *)bytes, n, 0);
    while (tw_csv_next(&c, &more, NULL) == TW_OK && more) {
        for (size_t i = 0; i < c.n_fields; i++) {
            if (strlen(c.fields[i].text) != c.fields[i].len)
                abort();
            if (i < 4)
                write_and_read(&c.fields[i], c.delim);
        }
    }
    tw_csv_release(&c);
    return 0;
}
