/* Loaded before the C library by the fault tests.
 *
 * HMS_TEST_CLOCK names a file with a number of seconds: the wall clock is shifted by it. The monotonic clock is not, as
 * when somebody sets the clock of a machine.
 * HMS_TEST_FULL names a file: while it exists, no file of a database (…/base/…) gets longer, as on a full disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static long shift(void) {
    const char *name = getenv("HMS_TEST_CLOCK");
    char text[32] = "";
    int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return 0;
    if (read(file, text, sizeof text - 1) < 0) text[0] = 0;
    close(file);
    return atol(text);
}

int clock_gettime(clockid_t clock, struct timespec *out) {
    static int (*real)(clockid_t, struct timespec *);
    int saved = errno;
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, out);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) out->tv_sec += shift();
    if (result == 0) errno = saved;
    return result;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
    struct timespec now;
    (void)zone;
    int result = clock_gettime(CLOCK_REALTIME, &now);
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return result;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}

static int refused(int file, off_t end) {
    const char *name = getenv("HMS_TEST_FULL");
    char link[64], path[4096];
    struct stat is;
    int saved = errno;
    int full = name && access(name, F_OK) == 0;
    errno = saved;
    if (!full || fstat(file, &is) != 0 || !S_ISREG(is.st_mode) || end <= is.st_size) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, "/base/") != NULL;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
    if (refused(file, at + (off_t)count)) return errno = ENOSPC, -1;
    return REAL(pwrite)(file, bytes, count, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    if (refused(file, at + (off_t)count)) return errno = ENOSPC, -1;
    return REAL(pwrite64)(file, bytes, count, at);
}

static off_t length(const struct iovec *parts, int count) {
    off_t sum = 0;
    for (int n = 0; n < count; n++) sum += (off_t)parts[n].iov_len;
    return sum;
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at) {
    if (refused(file, at + length(parts, count))) return errno = ENOSPC, -1;
    return REAL(pwritev)(file, parts, count, at);
}

ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t at) {
    if (refused(file, at + length(parts, count))) return errno = ENOSPC, -1;
    return REAL(pwritev64)(file, parts, count, at);
}

int posix_fallocate(int file, off_t at, off_t count) {
    return refused(file, at + count) ? ENOSPC : REAL(posix_fallocate)(file, at, count);
}

int posix_fallocate64(int file, off64_t at, off64_t count) {
    return refused(file, at + count) ? ENOSPC : REAL(posix_fallocate64)(file, at, count);
}
