/* lookup.c - the longest and latest earlier place that ends as the text does.
 */
#include "llm/lookup.h"

#include "base/status.h"

#include <string.h>

#include "base/banned.h"

/* A match of one token says little; more than so many say nothing more. */
enum { MATCH_MIN = 2, MATCH_MAX = 8 };

/* How many tokens before `at` are the same as those at the end, up to
 * MATCH_MAX. */
static size_t match_back(const int32_t *text, size_t n, size_t at)
{
    size_t len = 0;

    TW_ASSERT(at < n);
    while (len < MATCH_MAX && len < at &&
           text[at - 1 - len] == text[n - 1 - len])
        len++;
    return len;
}

/* From the end backwards: the same text is mostly repeated from its last
 * version.  A few thousand comparisons, nothing beside a step of a model. */
size_t tw_lookup_draft(const int32_t *text, size_t n, int32_t *draft,
                       size_t max)
{
    size_t best = MATCH_MIN - 1, from = 0;

    for (size_t at = n; at-- > MATCH_MIN && best < MATCH_MAX;) {
        size_t len = match_back(text, n, at);

        if (len > best) {
            best = len;
            from = at;
        }
    }
    if (!from)
        return 0;
    if (max > n - from)
        max = n - from;
    memcpy(draft, text + from, max * sizeof(*draft));
    return max;
}
