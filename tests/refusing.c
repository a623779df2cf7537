/* A folder whose file system refuses things, for LD_PRELOAD: under REFUSING, flock, byte-range locks,
   shared mappings, chmod and hard links end with the errno that NO_FLOCK, NO_FCNTL, NO_SHARED, NO_CHMOD
   and NO_LINK name; HANG_FCNTL waits for ever for a lock. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIND(name) if (!real) real = dlsym(RTLD_NEXT, name)

static int inside(const char *path) {
    const char *folder = getenv("REFUSING");
    return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int refused(const char *name, const char *path) {
    const char *number = getenv(name);
    if (!number || !inside(path)) return 0;
    errno = atoi(number);
    return 1;
}

static int refused_handle(const char *name, int handle) {
    char link[64], path[4096];
    if (!getenv(name)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return refused(name, path);
}

int flock(int handle, int how) {
    static int (*real)(int, int);
    if (refused_handle("NO_FLOCK", handle)) return -1;
    FIND("flock");
    return real(handle, how);
}

static int control(int handle, int command, void *argument) {
    static int (*real)(int, int, ...);
    if (command == F_SETLK || command == F_SETLKW || command == F_GETLK) {
        while (refused_handle("HANG_FCNTL", handle)) pause();
        if (refused_handle("NO_FCNTL", handle)) return -1;
    }
    FIND("fcntl");
    return real(handle, command, argument);
}

int fcntl(int handle, int command, ...) {
    va_list more;
    va_start(more, command);
    void *argument = va_arg(more, void *);
    va_end(more);
    return control(handle, command, argument);
}

int fcntl64(int handle, int command, ...) {
    va_list more;
    va_start(more, command);
    void *argument = va_arg(more, void *);
    va_end(more);
    return control(handle, command, argument);
}

void *mmap(void *at, size_t size, int rights, int flags, int handle, off_t start) {
    static void *(*real)(void *, size_t, int, int, int, off_t);
    if ((flags & MAP_SHARED) && handle >= 0 && refused_handle("NO_SHARED", handle)) return MAP_FAILED;
    FIND("mmap");
    return real(at, size, rights, flags, handle, start);
}

void *mmap64(void *at, size_t size, int rights, int flags, int handle, off_t start) {
    return mmap(at, size, rights, flags, handle, start);
}

int chmod(const char *path, mode_t mode) {
    static int (*real)(const char *, mode_t);
    if (refused("NO_CHMOD", path)) return -1;
    FIND("chmod");
    return real(path, mode);
}

int fchmodat(int folder, const char *path, mode_t mode, int flags) {
    static int (*real)(int, const char *, mode_t, int);
    if (refused("NO_CHMOD", path)) return -1;
    FIND("fchmodat");
    return real(folder, path, mode, flags);
}

int fchmod(int handle, mode_t mode) {
    static int (*real)(int, mode_t);
    if (refused_handle("NO_CHMOD", handle)) return -1;
    FIND("fchmod");
    return real(handle, mode);
}

int link(const char *from, const char *to) {
    static int (*real)(const char *, const char *);
    if (refused("NO_LINK", to)) return -1;
    FIND("link");
    return real(from, to);
}

int linkat(int a, const char *from, int b, const char *to, int flags) {
    static int (*real)(int, const char *, int, const char *, int);
    if (refused("NO_LINK", to)) return -1;
    FIND("linkat");
    return real(a, from, b, to, flags);
}
