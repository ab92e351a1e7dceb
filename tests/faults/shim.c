/* Preloaded into a program under test: watches, slows and breaks what it does to the files below one folder.

   FAULTS_FOLDER  absolute folder; nothing outside it is touched
   FAULTS_LOG     every change, flush and mark is appended to this file (see struct event)
   FAULTS_DELAY   microseconds that every flush takes longer
   FAULTS_FAIL    kind:pattern:n:errno:mode. The n-th call (from 1) of that kind on a path that contains the pattern
                  fails. kind: write flush truncate open rename unlink mkdir, or change for any of them. mode: once, or
                  always (that one and all later ones), or short (a write that only half succeeds, then always)
   FAULTS_WHEN    path of a file: delays and failures happen, and count, only while it exists

   Does not follow dup; a file is known by its inode number. The log holds calls in the order in which they took
   effect: one lock spans a call and its event. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { OPEN = 1, WRITE, TRUNCATE, FLUSH, RENAME, UNLINK, MKDIR, MARK, FAILED };
enum flag { CREATED = 1, FOLDER = 2 };
enum mode { ONCE, ALWAYS, SHORT };

/* Little-endian; followed by `name` bytes of name and `data` bytes of data. */
struct event {
    uint8_t kind, flag;
    uint16_t name;
    uint32_t data;
    uint64_t inode, offset;
} __attribute__((packed));

#define FILES 65536
static struct file { uint64_t inode; int sync; char *path; } files[FILES];

static char folder[PATH_MAX], pattern[256], when[PATH_MAX];
static size_t folder_size;
static int log_fd = -1, fail_kind, fail_errno, fail_any;
static enum mode fail_mode;
static long delay_us, fail_at, seen;
static pid_t owner;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name, type, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int real_open(const char *path, int flags, mode_t mode) {
    REAL("openat64", int, int, const char *, int, ...);
    return real(AT_FDCWD, path, flags, mode);
}

static void forked(void) { owner = getpid(); }

static void read_failure(const char *spec) {
    static const char *names[] = {"", "open", "write", "truncate", "flush", "rename", "unlink", "mkdir"};
    char kind[16] = "", mode[16] = "";
    if (sscanf(spec, "%15[^:]:%255[^:]:%ld:%d:%15s", kind, pattern, &fail_at, &fail_errno, mode) != 5) {
        fprintf(stderr, "FAULTS_FAIL is not kind:pattern:n:errno:mode\n");
        abort();
    }
    fail_any = !strcmp(kind, "change");
    for (int i = 1; i <= MKDIR; i++)
        if (!strcmp(kind, names[i])) fail_kind = i;
    fail_mode = !strcmp(mode, "once") ? ONCE : !strcmp(mode, "short") ? SHORT : ALWAYS;
}

__attribute__((constructor)) static void begin(void) {
    const char *value = getenv("FAULTS_FOLDER");
    forked();
    pthread_atfork(NULL, NULL, forked);
    if (!value) return;
    snprintf(folder, sizeof folder, "%s", value);
    folder_size = strlen(folder);
    if ((value = getenv("FAULTS_DELAY"))) delay_us = atol(value);
    if ((value = getenv("FAULTS_WHEN"))) snprintf(when, sizeof when, "%s", value);
    if ((value = getenv("FAULTS_FAIL"))) read_failure(value);
    if ((value = getenv("FAULTS_LOG"))) {
        log_fd = real_open(value, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (log_fd < 0) abort();
    }
}

static void append(int kind, int flag, uint64_t inode, uint64_t offset, const char *name, const void *data, size_t size) {
    if (log_fd < 0) return;
    REAL("writev", ssize_t, int, const struct iovec *, int);
    size_t named = name ? strlen(name) : 0;
    struct event head = {kind, flag, named, size, inode, offset};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)name, named}, {(void *)data, size}};
    if (real(log_fd, parts, 3) != (ssize_t)(sizeof head + named + size)) abort();
}

static void enter(void) { if (log_fd >= 0) pthread_mutex_lock(&lock); }

static void leave(void) {
    int kept = errno;
    if (log_fd >= 0) pthread_mutex_unlock(&lock);
    errno = kept;
}

static int below(const char *path) {
    return folder_size && !strncmp(path, folder, folder_size) && (path[folder_size] == '/' || !path[folder_size]);
}

/* The absolute path as the caller means it, links not followed; empty when it cannot be told. */
static void absolute(int at, const char *path, char *out) {
    char base[PATH_MAX] = "", link[64];
    if (path && path[0] != '/') {
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        ssize_t size = at == AT_FDCWD ? -1 : readlink(link, base, sizeof base - 1);
        if (size >= 0) base[size] = 0;
        else if (!getcwd(base, sizeof base)) base[0] = 0;
    }
    size_t used = strlen(base), more = path ? strlen(path) : PATH_MAX;
    out[0] = 0;
    if (used + more + 2 > PATH_MAX) return;
    if (used) { memcpy(out, base, used); out[used++] = '/'; }
    memcpy(out + used, path, more + 1);
}

static int armed(void) {
    int kept = errno, yes = !when[0] || !access(when, F_OK);
    errno = kept;
    return yes;
}

/* 0: go on; 1: errno is set, refuse; 2: do half of it. */
static int failing(int kind, const char *path) {
    if (!fail_at || (!fail_any && kind != fail_kind) || !strstr(path, pattern) || !armed()) return 0;
    long now = __atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST);
    if (now < fail_at || (fail_mode == ONCE && now > fail_at)) return 0;
    if (fail_mode == SHORT && now == fail_at && kind == WRITE) return 2;
    append(FAILED, 0, kind, now, path, NULL, 0);
    errno = fail_errno;
    return 1;
}

static void slow(void) {
    if (!delay_us || !armed()) return;
    struct timespec left = {delay_us / 1000000, delay_us % 1000000 * 1000};
    while (nanosleep(&left, &left) && errno == EINTR) {}
}

static struct file *watched(int fd) { return fd >= 0 && fd < FILES && files[fd].path ? &files[fd] : NULL; }

/* A child of vfork shares this table with its parent and must not change it. */
static void forget(int fd) {
    if (watched(fd) && getpid() == owner) {
        free(files[fd].path);
        files[fd].path = NULL;
    }
}

static int opening(int at, const char *path, int flags, mode_t mode) {
    REAL("openat64", int, int, const char *, int, ...);
    char full[PATH_MAX];
    absolute(at, path, full);
    if (!below(full)) {
        int fd = real(at, path, flags, mode);
        forget(fd);
        return fd;
    }
    enter();
    int writes = (flags & O_ACCMODE) != O_RDONLY, created = (flags & O_CREAT) && access(full, F_OK);
    int fd = writes && failing(OPEN, full) ? -1 : real(at, path, flags, mode);
    forget(fd);
    struct stat is;
    if (fd >= 0 && fd < FILES && !fstat(fd, &is)) {
        files[fd] = (struct file){is.st_ino, (flags & (O_DSYNC | O_SYNC)) != 0, strdup(full)};
        append(OPEN, (created ? CREATED : 0) | (S_ISDIR(is.st_mode) ? FOLDER : 0), is.st_ino, 0, full, NULL, 0);
        if ((flags & O_TRUNC) && !created) append(TRUNCATE, 0, is.st_ino, 0, NULL, NULL, 0);
    }
    leave();
    return fd;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

int open(const char *path, int flags, ...) { MODE(flags) return opening(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opening(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return opening(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return opening(at, path, flags, mode); }
int __open_2(const char *path, int flags) { return opening(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return opening(AT_FDCWD, path, flags, 0); }
int __openat_2(int at, const char *path, int flags) { return opening(at, path, flags, 0); }
int __openat64_2(int at, const char *path, int flags) { return opening(at, path, flags, 0); }
int creat(const char *path, mode_t mode) { return opening(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return opening(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int close(int fd) {
    REAL("close", int, int);
    forget(fd);
    return real(fd);
}

/* `at` < 0: at the file's own place. */
static ssize_t writing(int fd, const void *data, size_t size, off64_t at) {
    REAL("pwrite64", ssize_t, int, const void *, size_t, off64_t);
    static ssize_t (*plain)(int, const void *, size_t);
    if (!plain) plain = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    struct file *file = watched(fd);
    if (!file) return at < 0 ? plain(fd, data, size) : real(fd, data, size, at);
    enter();
    int fails = failing(WRITE, file->path);
    if (fails == 2) size = (size + 1) / 2;
    ssize_t done = fails == 1 ? -1 : at < 0 ? plain(fd, data, size) : real(fd, data, size, at);
    if (done > 0) {
        append(WRITE, 0, file->inode, at < 0 ? lseek64(fd, 0, SEEK_CUR) - done : at, NULL, data, done);
        if (file->sync) append(FLUSH, 0, file->inode, 0, NULL, NULL, 0);
    }
    leave();
    return done;
}

/* Several parts are written as one, so that one event tells what happened. */
static ssize_t gathering(int fd, const struct iovec *parts, int count, off64_t at) {
    size_t size = 0, used = 0;
    for (int i = 0; i < count; i++) size += parts[i].iov_len;
    char *all = malloc(size ? size : 1);
    if (!all) { errno = ENOMEM; return -1; }
    for (int i = 0; i < count; used += parts[i++].iov_len) memcpy(all + used, parts[i].iov_base, parts[i].iov_len);
    ssize_t done = writing(fd, all, size, at);
    int kept = errno;
    free(all);
    errno = kept;
    return done;
}

ssize_t write(int fd, const void *data, size_t size) { return writing(fd, data, size, -1); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return writing(fd, data, size, at); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) { return writing(fd, data, size, at); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL("writev", ssize_t, int, const struct iovec *, int);
    return watched(fd) ? gathering(fd, parts, count, -1) : real(fd, parts, count);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    REAL("pwritev64", ssize_t, int, const struct iovec *, int, off64_t);
    return watched(fd) ? gathering(fd, parts, count, at) : real(fd, parts, count, at);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) { return pwritev(fd, parts, count, at); }

int ftruncate64(int fd, off64_t size) {
    REAL("ftruncate64", int, int, off64_t);
    struct file *file = watched(fd);
    if (!file) return real(fd, size);
    enter();
    int done = failing(TRUNCATE, file->path) ? -1 : real(fd, size);
    if (!done) append(TRUNCATE, 0, file->inode, size, NULL, NULL, 0);
    leave();
    return done;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int flushing(int fd, int (*real)(int)) {
    struct file *file = watched(fd);
    if (!file) return real(fd);
    slow();
    enter();
    int done = failing(FLUSH, file->path) ? -1 : real(fd);
    if (!done) append(FLUSH, 0, file->inode, 0, NULL, NULL, 0);
    leave();
    return done;
}

int fsync(int fd) {
    REAL("fsync", int, int);
    return flushing(fd, real);
}

int fdatasync(int fd) {
    REAL("fdatasync", int, int);
    return flushing(fd, real);
}

static int renaming(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
    REAL("renameat2", int, int, const char *, int, const char *, unsigned);
    char old[PATH_MAX], new[PATH_MAX];
    absolute(from_at, from, old);
    absolute(to_at, to, new);
    if (!below(old) && !below(new)) return real(from_at, from, to_at, to, flags);
    enter();
    int done = failing(RENAME, new) ? -1 : real(from_at, from, to_at, to, flags);
    if (!done) append(RENAME, 0, 0, 0, old, new, strlen(new));
    leave();
    return done;
}

int rename(const char *from, const char *to) { return renaming(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int from_at, const char *from, int to_at, const char *to) { return renaming(from_at, from, to_at, to, 0); }
int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
    return renaming(from_at, from, to_at, to, flags);
}

int unlinkat(int at, const char *path, int flags) {
    REAL("unlinkat", int, int, const char *, int);
    char full[PATH_MAX];
    absolute(at, path, full);
    if (!below(full)) return real(at, path, flags);
    enter();
    int done = failing(UNLINK, full) ? -1 : real(at, path, flags);
    if (!done) append(UNLINK, 0, 0, 0, full, NULL, 0);
    leave();
    return done;
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int at, const char *path, mode_t mode) {
    REAL("mkdirat", int, int, const char *, mode_t);
    char full[PATH_MAX];
    absolute(at, path, full);
    if (!below(full)) return real(at, path, mode);
    enter();
    int done = failing(MKDIR, full) ? -1 : real(at, path, mode);
    if (!done) append(MKDIR, 0, 0, 0, full, NULL, 0);
    leave();
    return done;
}

int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

/* For the program under test: what fails from now on, as in FAULTS_FAIL; nothing if it is empty. */
void faults_fail(const char *spec) {
    fail_at = seen = fail_kind = 0;
    if (spec[0]) read_failure(spec);
}

/* For the program under test: puts its own words between the calls it made. */
void faults_mark(const char *data, size_t size) {
    enter();
    append(MARK, 0, 0, 0, NULL, data, size);
    leave();
}
