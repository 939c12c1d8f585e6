#include "kern/backend.h"

#include "base/fault.h"

#include "test.h"

#include <stdint.h>

TEST(backend_has_scratch_for_every_thread)
{
    struct tw_backend *be;
    struct tw_err err = { 0 };

    enum tw_status st = tw_backend_new(&be, "ref", 3, &err);
    CHECK(st == TW_OK);
    if (st != TW_OK)
        return;
    CHECK(be->level == TW_KERN_REF);
    CHECK(tw_pool_threads(be->pool) == 3);
    CHECK((uintptr_t)be->scratch % 64 == 0);
    for (size_t i = 0; i < 3 * be->scratch_floats; i++)
        be->scratch[i] = 1.0f;
    tw_backend_free(be);
    tw_backend_free(NULL);
}

#ifdef TW_FAULTS
TEST(every_failure_while_making_a_backend_is_reported)
{
    unsigned n = 1;

    for (;; n++) {
        struct tw_backend *be;
        struct tw_err err = { 0 };
        tw_fault_arm(n, false);
        enum tw_status st = tw_backend_new(&be, NULL, 2, &err);
        if (!tw_fault_disarm()) {
            CHECK(st == TW_OK);
            tw_backend_free(be);
            break;
        }
        CHECK(st == TW_ENOMEM || st == TW_EIO);
        CHECK(be == NULL && err.msg[0] != '\0');
    }
    CHECK(n > 3); /* the struct, the pool, a thread, the scratch */
}
#else
TEST(every_failure_while_making_a_backend_is_reported)
{
    printf("# built without faults\n");
}
#endif

TEST_MAIN(RUN(backend_has_scratch_for_every_thread);
          RUN(every_failure_while_making_a_backend_is_reported);)
