/*
 * attack_host.h - what an attack could find on the host, all of it open to
 * every user: files, listeners, a process, shared memory, a secret in all the
 * places where a caller may have one.
 */
#ifndef TW_TESTS_ATTACK_HOST_H
#define TW_TESTS_ATTACK_HOST_H

#include "attack_file.h"
#include "test_dir.h"

#include <sys/types.h>

#define ATTACK_SECRET "tw-secret-1234"

struct attack_host {
    char dir[TEST_DIR_MAX], name[32];
    int tcp, udp, stream, datagram, abstract, abstract_d, queue, shm_file;
    int tcp_port, udp_port;
    int shm_id;
    pid_t process; /* of an ordinary user, waits and can be traced */
};

bool attack_host_open(struct attack_host *h);
/* What was touched, one word each, "" for nothing: shows in "escapes". */
void attack_host_check(struct attack_host *h, char *what, size_t size);
void attack_host_close(struct attack_host *h);
/* The text with @DIR@, @TCP@ ... filled in, appended. */
void attack_host_fill(const struct attack_host *h, struct tw_buf *b,
                      const char *text);

#endif /* TW_TESTS_ATTACK_HOST_H */
