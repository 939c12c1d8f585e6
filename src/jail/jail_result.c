/* jail_result.c - what a run may have by default, and its result before it is.
 */
#include "jail/jail.h"

#include "base/banned.h"

struct tw_jail_limits tw_jail_limits_default(void)
{
    return (struct tw_jail_limits){
        .wall_s = 10,
        .cpu_s = 10,
        .mem_bytes = (size_t)512 << 20,
        .disk_bytes = (size_t)32 << 20,
        .out_bytes = (size_t)1 << 20,
        .n_procs = 16,
        .n_files = 64,
    };
}

void tw_jail_result_init(struct tw_jail_result *r)
{
    *r = (struct tw_jail_result){ .end = TW_END_HARNESS, .exit_code = -1 };
    tw_buf_init(&r->out, 0);
    tw_buf_init(&r->err, 0);
    tw_buf_init(&r->record, 0);
}

void tw_jail_result_release(struct tw_jail_result *r)
{
    tw_buf_release(&r->out);
    tw_buf_release(&r->err);
    tw_buf_release(&r->record);
    tw_jail_result_init(r);
}
