/*
 * jail_root.c - the file system of a run: a small tmpfs as "/", read-only binds
 * of the host's /usr and what belongs to it, an own /dev and /proc, and /box.
 *
 * Runs in the fork, as root of fresh namespaces or as the real one, so a
 * mistake here is a hole; nothing that is mounted is seen outside.  Paths are
 * relative to the stage until pivot() makes it "/".
 */
#define _GNU_SOURCE
#include "jail/jail_root_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "jail/syscalls.h"

#include "base/banned.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

/* Of the work folder's parent in the end: a run writes below it, not in it.
 * Who owns it may change the mode; Landlock holds then (jail_walls.c). */
#define BOX_MODE 0555

/* Where the new root is put together, before it becomes "/". */
#define STAGE "/tmp"

/* What a language needs of the host, and no more: no /etc as a whole, no
 * /home, no /var.  Parents come before their children. */
static const char *const bind_paths[JAIL_N_BINDS] = {
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/ssl/openssl.cnf",
    "/etc/java-17-openjdk",
    "/etc/python3",
};

/* Of the host, and the name inside.  "zero" can be mapped, and is then memory
 * that no limit counts; "full" reads as zeros as well, and cannot. */
static const struct {
    const char *host, *name;
} devices[] = { { "null", "null" },
                { "full", "zero" },
                { "full", "full" },
                { "random", "random" },
                { "urandom", "urandom" } };

/* Once per jail, in the caller: what of the table this host has.  A link is
 * made again as a link (/bin -> usr/bin), since its target is bound already. */
void tw_jail_binds_probe(struct tw_jail *jail)
{
    for (size_t i = 0; i < JAIL_N_BINDS; i++) {
        struct jail_bind *b = &jail->binds[i];
        struct stat st;

        b->path = bind_paths[i];
        if (lstat(b->path, &st))
            continue;
        b->present = true;
        b->folder = S_ISDIR(st.st_mode);
        if (!S_ISLNK(st.st_mode))
            continue;
        ssize_t n = readlink(b->path, b->link, sizeof(b->link) - 1);
        b->present = n > 0 && (size_t)n < sizeof(b->link) - 1;
        if (n < 0)
            n = 0;
        b->link[n] = '\0';
    }
}

/* For files of /proc, which take a text by one write or not at all. */
static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text, strlen(text));
    int keep = errno;
    close(fd);
    errno = keep;
    if (n != (ssize_t)strlen(text))
        return -1;
    return 0;
}

/* snprintf() in a fork could wait for a lock of libc that nobody will open. */
static char *put_number(char *at, unsigned long v)
{
    char digits[24];
    size_t n = 0;

    do
        digits[n++] = (char)('0' + v % 10);
    while (v /= 10);
    while (n)
        *at++ = digits[--n];
    *at = '\0';
    return at;
}

/* "1000 OUTER 1" */
static int write_map(const char *path, unsigned long inner, unsigned long outer)
{
    char line[64];
    char *at = put_number(line, inner);

    *at++ = ' ';
    at = put_number(at, outer);
    memcpy(at, " 1\n", 4);
    return write_text(path, line);
}

/* The second row has nothing of the first: who knows the jail by any of these
 * does not know it there. */
const struct jail_marks *tw_jail_marks(bool elsewhere)
{
    static const struct jail_marks marks[] = {
        { "/box", "job", "jail", JAIL_UID_INSIDE, "TZ=UTC", "PYTHONHASHSEED=0",
          "PATH=/usr/local/bin:/usr/bin:/bin" },
        { "/srv", "maria", "station", JAIL_UID_INSIDE + 3, "TZ=NPT-5:45",
          "PYTHONHASHSEED=4097", "PATH=/usr/bin:/bin:/usr/games" },
    };

    return &marks[elsewhere];
}

/* The kernel lets an ordinary user write gid_map only after setgroups is
 * denied: else one could drop a group that takes rights away.  Kernels
 * before 3.19 lack the file. */
static int map_ids(const struct jail_plan *p)
{
    if (write_text("/proc/self/setgroups", "deny") && errno != ENOENT)
        return -1;
    unsigned inner = tw_jail_marks(p->spec->elsewhere)->id;
    if (write_map("/proc/self/gid_map", inner, p->gid))
        return -1;
    return write_map("/proc/self/uid_map", inner, p->uid);
}

/* Read-only, no devices, no set-uid; the flags are added, so that what the
 * host has locked stays. */
static int bind_tree(const char *from, const char *to, uint64_t attr)
{
    struct mount_attr a = { .attr_set = attr };

    if (mount(from, to, NULL, MS_BIND | MS_REC, NULL))
        return -1;
    return (int)syscall(SYS_mount_setattr, AT_FDCWD, to, AT_RECURSIVE, &a,
                        sizeof(a));
}

/* A place for a bind: a file is mounted on a file. */
static int touch(const char *path)
{
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

/* "/etc" is no bind of its own but a folder of ours, so most of the host's
 * settings, and its users, stay unseen; openssl.cnf lies one folder deeper. */
static int bind_host(const struct jail_bind *b)
{
    const uint64_t attr =
        MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
    const char *to = b->path + 1; /* relative to the new root */

    if (b->link[0])
        return symlink(b->link, to);
    if (strcmp(b->path, "/etc/ssl/openssl.cnf") == 0 && mkdir("etc/ssl", 0755))
        return -1;
    if (b->folder ? mkdir(to, 0755) : touch(to))
        return -1;
    return bind_tree(b->path, to, attr);
}

/* The host's devices by bind: a user namespace may not make any. */
static int make_dev(const struct jail_plan *p)
{
    char from[32] = "/dev/", to[32] = "dev/";

    if (mkdir("dev", 0755))
        return -1;
    for (size_t i = 0; i < TW_ARRAY_LEN(devices); i++) {
        memcpy(from + 5, devices[i].host, strlen(devices[i].host) + 1);
        memcpy(to + 4, devices[i].name, strlen(devices[i].name) + 1);
        if (touch(to) ||
            bind_tree(from, to, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC))
            return -1;
    }
    if (symlink("/proc/self/fd", "dev/fd") ||
        symlink("/proc/self/fd/0", "dev/stdin") ||
        symlink("/proc/self/fd/1", "dev/stdout") ||
        symlink("/proc/self/fd/2", "dev/stderr"))
        return -1;
    char shm[sizeof(p->box) + 8];
    snprintf(shm, sizeof(shm), "%s/shm", p->box);
    return symlink(shm, "dev/shm");
}

/* Who am I: enough for libraries that look the user up. */
static int make_etc(const struct jail_plan *p)
{
    const struct jail_marks *m = tw_jail_marks(p->spec->elsewhere);
    char passwd[160], group[64];

    snprintf(passwd, sizeof(passwd), "%s:x:%u:%u:%s:%s/work:/bin/sh\n", m->user,
             m->id, m->id, m->user, p->box);
    snprintf(group, sizeof(group), "%s:x:%u:\n", m->user, m->id);

    if (touch("etc/passwd") || write_text("etc/passwd", passwd))
        return -1;
    if (touch("etc/group") || write_text("etc/group", group))
        return -1;
    return 0;
}

/* All that a run can write is in this tmpfs, whose size is the limit of
 * disk.  Without a user namespace the host's root has mounted it, so it is
 * handed to the run's uid. */
static int make_box(const struct jail_plan *p)
{
    const char *box = p->box + 1; /* relative to the new root */

    if (mount(box, box, "tmpfs", MS_NOSUID | MS_NODEV, p->box_options) ||
        chdir(box))
        return -1;
    if (mkdir("work", 0755) || mkdir("tmp", 0755) || mkdir("shm", 0755))
        return -1;
    if (!p->jail->userns &&
        (chown(".", p->uid, p->gid) || chown("work", p->uid, p->gid) ||
         chown("tmp", p->uid, p->gid) || chown("shm", p->uid, p->gid)))
        return -1;
    return chdir("..");
}

/* The name is checked by the caller of the jail; "a/b" makes a folder.
 * O_EXCL: a file that is there already means that the spec names it twice,
 * which is the caller's fault and must not win silently. */
static int write_file(int work, const struct tw_jail_file *f)
{
    char path[256];
    size_t len = strlen(f->name);
    const char *bytes = f->bytes;

    memcpy(path, f->name, len + 1);
    for (size_t i = 0; i < len; i++)
        if (path[i] == '/') {
            path[i] = '\0';
            if (mkdirat(work, path, 0755) && errno != EEXIST)
                return -1;
            path[i] = '/';
        }
    int fd = openat(work, path,
                    O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0755);
    if (fd < 0)
        return -1;
    for (size_t done = 0; done < f->n;) {
        ssize_t n = write(fd, bytes + done, f->n - done);
        if (n < 0) {
            close(fd);
            return -1;
        }
        done += (size_t)n;
    }
    return close(fd);
}

int tw_jail_files_write(const struct jail_plan *p, const char *work)
{
    const struct tw_jail_spec *s = p->spec;
    int dir = open(work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -1;
    int rc = 0;
    for (size_t i = 0; i < s->n_files && rc == 0; i++)
        rc = write_file(dir, &s->files[i]);
    if (rc == 0 && s->stdin_bytes) {
        const struct tw_jail_file in = { "../stdin", s->stdin_bytes,
                                         s->n_stdin };
        rc = write_file(dir, &in);
    }
    close(dir);
    return rc;
}

/* The work folder, relative to the root that is being made. */
static int box_files_write(const struct jail_plan *p)
{
    char work[sizeof(p->box) + 8];

    snprintf(work, sizeof(work), "%s/work", p->box + 1);
    return tw_jail_files_write(p, work);
}

/* The library folder as a mount that is nowhere yet, taken before the stage
 * hides what it is on; -1 with errno.  It stays locked as the host has it. */
static int lib_open(const struct jail_plan *p)
{
    struct mount_attr a = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
                                        MOUNT_ATTR_NODEV };

    int fd = (int)syscall(SYS_open_tree, AT_FDCWD, p->spec->lib_folder,
                          OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    if (fd < 0)
        return -1;
    if (syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &a,
                sizeof(a)) == 0)
        return fd;
    close(fd);
    return -1;
}

static int lib_attach(const struct jail_plan *p, int fd)
{
    char to[sizeof(p->box) + 8];

    snprintf(to, sizeof(to), "%s/lib", p->box + 1);
    if (mkdir(to, 0755) ||
        syscall(SYS_move_mount, fd, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH))
        return -1;
    return close(fd);
}

/* The old root goes: what is left is what was bound. */
static int pivot(void)
{
    struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };

    if (syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) ||
        chdir("/"))
        return -1;
    return (int)syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &ro, sizeof(ro));
}

/* Only folders, links and places for binds are in it: 256 KiB are plenty,
 * and it becomes read-only. */
static int make_root(void)
{
    const unsigned long flags = MS_NOSUID | MS_NODEV;

    if (mount("root", STAGE, "tmpfs", flags,
              "size=256k,nr_inodes=128,mode=755"))
        return -1;
    if (chdir(STAGE) || mkdir("etc", 0755))
        return -1;
    return 0;
}

/* hidepid=2: a process sees those of its own uid only. */
static int mount_proc(const char *at)
{
    return mount("proc", at, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
                 "hidepid=2");
}

/* What is the same in every run, but for the marks. */
static enum jail_step root_fill(const struct jail_plan *p)
{
    const struct tw_jail *jail = p->jail;

    if (make_root())
        return JAIL_STEP_ROOT;
    for (size_t i = 0; i < JAIL_N_BINDS; i++)
        if (jail->binds[i].present && bind_host(&jail->binds[i]))
            return JAIL_STEP_BIND;
    if (make_etc(p))
        return JAIL_STEP_ROOT;
    if (make_dev(p))
        return JAIL_STEP_DEV;
    if (mkdir("proc", 0555) || (jail->proc && mount_proc("proc")))
        return JAIL_STEP_PROC;
    return JAIL_STEP_NONE;
}

enum jail_step tw_jail_root_renew(const struct jail_plan *p)
{
    umask(022);
    if (map_ids(p))
        return JAIL_STEP_IDMAP;
    /* What the zygote sees stays below. */
    if (chdir("/") || (p->jail->proc && mount_proc("proc")))
        return JAIL_STEP_PROC;
    if (make_box(p))
        return JAIL_STEP_BOX;
    if (box_files_write(p) || chmod(p->box + 1, BOX_MODE))
        return JAIL_STEP_FILES;
    return JAIL_STEP_NONE;
}

/* The steps need each other in this order: ids before anything that checks
 * rights, private mounts before any mount, the library before the stage
 * hides where it is, /box before files. */
enum jail_step tw_jail_root_build(const struct jail_plan *p)
{
    umask(022);
    if (p->jail->userns && map_ids(p))
        return JAIL_STEP_IDMAP;
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
        return JAIL_STEP_PRIVATE;
    int lib = p->spec->lib_folder ? lib_open(p) : -1;
    if (p->spec->lib_folder && lib < 0)
        return JAIL_STEP_LIB;
    enum jail_step step = root_fill(p);
    if (step != JAIL_STEP_NONE)
        return step;
    char tmp[sizeof(p->box) + 8];
    snprintf(tmp, sizeof(tmp), "%s/tmp", p->box + 1);
    if (mkdir(p->box + 1, 0755) || make_box(p) || symlink(tmp, "tmp"))
        return JAIL_STEP_BOX;
    if (lib >= 0 && lib_attach(p, lib))
        return JAIL_STEP_LIB;
    if (box_files_write(p) || chmod(p->box + 1, BOX_MODE))
        return JAIL_STEP_FILES;
    if (pivot())
        return JAIL_STEP_PIVOT;
    return JAIL_STEP_NONE;
}
