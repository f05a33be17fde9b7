/* Records what a program does to the files below SHIM_ROOT, in order, into SHIM_LOG; fails its writes with ENOSPC while the
 * file SHIM_FULL exists. Preloaded; see disk.py for the format and for what a power cut makes of it. */
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
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct head { uint32_t op, first, second, size; uint64_t inode, at; };
enum { MADE = 1, WROTE, CUT, SYNCED, RENAMED, LINKED, UNLINKED, FOLDER };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int out = -1;
static const char *root, *full;
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    root = getenv("SHIM_ROOT");
    full = getenv("SHIM_FULL");
    const char *log = getenv("SHIM_LOG");
    if (root && log) out = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static void put(uint32_t op, const char *first, const char *second, uint64_t inode, uint64_t at, const void *bytes, size_t size) {
    struct head head = {op, first ? strlen(first) : 0, second ? strlen(second) : 0, size, inode, at};
    struct iovec parts[4] = {{&head, sizeof head}, {(void *)first, head.first}, {(void *)second, head.second}, {(void *)bytes, size}};
    if (syscall(SYS_writev, out, parts, 4) < 0) abort();
}

static int ours(const char *path) { return out >= 0 && root && path && !strncmp(path, root, strlen(root)); }

/* The absolute path of `path` seen from the folder `at`; NULL where it is not below the root. */
static const char *whole(int at, const char *path, char *room) {
    if (out < 0 || !path) return NULL;
    if (path[0] == '/') return ours(path) ? path : NULL;
    char link[64];
    if (at == AT_FDCWD) { if (!getcwd(room, PATH_MAX)) return NULL; }
    else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        ssize_t size = readlink(link, room, PATH_MAX - 1);
        if (size < 0) return NULL;
        room[size] = 0;
    }
    strncat(room, "/", PATH_MAX - strlen(room) - 1);
    strncat(room, path, PATH_MAX - strlen(room) - 1);
    return ours(room) ? room : NULL;
}

/* The open file is one of the root's. */
static int followed(int file, struct stat *found) {
    char link[64], room[PATH_MAX];
    if (out < 0 || file == out || fstat(file, found) || !(S_ISREG(found->st_mode) || S_ISDIR(found->st_mode))) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, room, PATH_MAX - 1);
    if (size < 0) return 0;
    room[size] = 0;
    return ours(room);
}

static int opened(int at, const char *path, int flags, mode_t mode) {
    char room[PATH_MAX];
    const char *name = whole(at, path, room);
    int (*real)(int, const char *, int, ...) = dlsym(RTLD_NEXT, "openat");
    if (!name || !(flags & (O_CREAT | O_TRUNC))) return real(at, path, flags, mode);
    struct stat found;
    pthread_mutex_lock(&lock);
    int fresh = lstat(name, &found) != 0;
    int file = real(at, path, flags, mode);
    int fault = errno;
    if (file >= 0 && !fstat(file, &found)) {
        if (fresh) put(MADE, name, NULL, found.st_ino, 0, NULL, 0);
        else if (flags & O_TRUNC) put(CUT, NULL, NULL, found.st_ino, 0, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    errno = fault;
    return file;
}

#define MODE mode_t mode = 0; if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }
int open(const char *path, int flags, ...) { MODE return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return opened(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE return opened(at, path, flags, mode); }

static ssize_t wrote(int file, const void *bytes, size_t size, off_t at, int placed) {
    struct stat found;
    if (!followed(file, &found))
        return placed ? syscall(SYS_pwrite64, file, bytes, size, at) : syscall(SYS_write, file, bytes, size);
    if (full && !access(full, F_OK)) { errno = ENOSPC; return -1; }
    pthread_mutex_lock(&lock);
    if (!placed) at = (fcntl(file, F_GETFL) & O_APPEND) ? found.st_size : lseek(file, 0, SEEK_CUR);
    ssize_t done = placed ? syscall(SYS_pwrite64, file, bytes, size, at) : syscall(SYS_write, file, bytes, size);
    int fault = errno;
    if (done > 0) put(WROTE, NULL, NULL, found.st_ino, at, bytes, done);
    pthread_mutex_unlock(&lock);
    errno = fault;
    return done;
}
ssize_t write(int file, const void *bytes, size_t size) { return wrote(file, bytes, size, 0, 0); }
ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) { return wrote(file, bytes, size, at, 1); }
ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t at) { return wrote(file, bytes, size, at, 1); }

static int cut(int file, off_t size) {
    struct stat found;
    if (!followed(file, &found)) return syscall(SYS_ftruncate, file, size);
    pthread_mutex_lock(&lock);
    int done = syscall(SYS_ftruncate, file, size);
    if (!done) put(CUT, NULL, NULL, found.st_ino, size, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
int ftruncate(int file, off_t size) { return cut(file, size); }
int ftruncate64(int file, off64_t size) { return cut(file, size); }

static int synced(int file, int call) {
    struct stat found;
    int done = syscall(call, file);
    if (!done && followed(file, &found)) {
        char link[64], name[PATH_MAX] = "";
        snprintf(link, sizeof link, "/proc/self/fd/%d", file);
        ssize_t size = readlink(link, name, PATH_MAX - 1);
        if (size > 0) name[size] = 0;
        pthread_mutex_lock(&lock);
        put(SYNCED, S_ISDIR(found.st_mode) ? name : NULL, NULL, found.st_ino, 0, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return done;
}
int fsync(int file) { return synced(file, SYS_fsync); }
int fdatasync(int file) { return synced(file, SYS_fdatasync); }

static int named(uint32_t op, int from_at, const char *from, int to_at, const char *to, int flags) {
    char first[PATH_MAX], second[PATH_MAX];
    const char *a = whole(from_at, from, first), *b = to ? whole(to_at, to, second) : NULL;
    struct stat found = {0};
    pthread_mutex_lock(&lock);
    if (a) lstat(a, &found);
    int done = op == RENAMED ? syscall(SYS_renameat2, from_at, from, to_at, to, flags)
             : op == LINKED ? syscall(SYS_linkat, from_at, from, to_at, to, flags)
             : op == UNLINKED ? syscall(SYS_unlinkat, from_at, from, flags)
             : syscall(SYS_mkdirat, from_at, from, flags);
    int fault = errno;
    if (!done && a) put(op, a, b, found.st_ino, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = fault;
    return done;
}
int rename(const char *from, const char *to) { return named(RENAMED, AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char *from, int b, const char *to) { return named(RENAMED, a, from, b, to, 0); }
int link(const char *from, const char *to) { return named(LINKED, AT_FDCWD, from, AT_FDCWD, to, 0); }
int linkat(int a, const char *from, int b, const char *to, int flags) { return named(LINKED, a, from, b, to, flags); }
int unlink(const char *path) { return named(UNLINKED, AT_FDCWD, path, 0, NULL, 0); }
int unlinkat(int at, const char *path, int flags) { return named(UNLINKED, at, path, 0, NULL, flags); }
int mkdir(const char *path, mode_t mode) { return named(FOLDER, AT_FDCWD, path, 0, NULL, mode); }
int mkdirat(int at, const char *path, mode_t mode) { return named(FOLDER, at, path, 0, NULL, mode); }
