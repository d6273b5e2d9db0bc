/*
 * Records which files of one directory a process looks at: preloaded into `nix eval`, so that Flurry knows what a host's
 * evaluation depends on. Nothing the process does is changed.
 *
 * FLURRY_RECORD_PREFIX  the directory
 * FLURRY_RECORD_FILE    where to write; it begins with "ok\n", which becomes "no\n" should a record be lost
 *
 * After that: entries of one letter and a path, each ended by a NUL byte (a path may hold a line break):
 *   P  a process with this number records
 *   o  opened for its content: of a file, or of a directory its names
 *   s  asked for what it is (type, executable, there or not), links followed
 *   l  the same, the link itself
 *   r  resolved to the path that it really is
 * That something is not there is as much of an answer as what it is, so failed calls are recorded too.
 *
 * The functions here may run between fork and exec, in signal handlers and in many threads at once: they take no lock,
 * allocate nothing, write each entry with one call, and leave errno alone.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static char log_file[PATH_MAX];
/* The directory as it was named, and as it really is where the two differ. */
static char prefix[PATH_MAX], real_prefix[PATH_MAX];
static size_t prefix_length, real_prefix_length;
static int log_fd = -1;
static pid_t own_pid;

/* The function behind ours. Finding it twice at once does no harm. */
#define NEXT(name, type) \
  static __typeof__(type) next; \
  if (!__atomic_load_n(&next, __ATOMIC_ACQUIRE)) \
    __atomic_store_n(&next, (__typeof__(type))dlsym(RTLD_NEXT, name), __ATOMIC_RELEASE)

typedef int (*open_fn)(const char *, int, ...);
typedef int (*openat_fn)(int, const char *, int, ...);
typedef char *(*realpath_fn)(const char *, char *);
typedef ssize_t (*readlink_fn)(const char *, char *, size_t);

static int next_open(const char *path, int flags) {
  NEXT("open", open_fn);
  return next(path, flags);
}

static ssize_t next_readlink(const char *path, char *buffer, size_t size) {
  NEXT("readlink", readlink_fn);
  return next(path, buffer, size);
}

static char *next_realpath(const char *path, char *resolved) {
  NEXT("realpath", realpath_fn);
  return next(path, resolved);
}

/* The bytes are there already, so that this works on a full disk too. */
static void lose(void) {
  int fd = next_open(log_file, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (pwrite(fd, "no\n", 3, 0) != 3) unlink(log_file);
  close(fd);
}

static int is_within(const char *path, const char *directory, size_t length) {
  return length > 0 && strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static void write_entry(char kind, const char *rest) {
  char entry[1 + 2 * PATH_MAX];
  size_t length = strlen(rest);
  if (1 + prefix_length + length + 1 > sizeof entry) {
    lose();
    return;
  }
  entry[0] = kind;
  memcpy(entry + 1, prefix, prefix_length);
  memcpy(entry + 1 + prefix_length, rest, length + 1);
  ssize_t size = (ssize_t)(1 + prefix_length + length + 1);
  if (write(log_fd, entry, (size_t)size) != size) lose();
}

static void record_absolute(char kind, const char *path) {
  size_t length;
  if (is_within(path, prefix, prefix_length))
    length = prefix_length;
  else if (is_within(path, real_prefix, real_prefix_length))
    length = real_prefix_length;
  else
    return;
  /* A child that was forked and has not yet become another program closes descriptors as it likes. */
  if (getpid() == own_pid) write_entry(kind, path + length);
}

static void record_relative(char kind, int directory, const char *path) {
  char full[2 * PATH_MAX];
  if (directory == AT_FDCWD) {
    if (!getcwd(full, PATH_MAX)) return;
  } else {
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
    ssize_t length = next_readlink(link, full, PATH_MAX - 1);
    if (length < 0) return;
    full[length] = 0;
  }
  size_t length = strlen(full);
  if (length + 1 + strlen(path) + 1 > sizeof full) {
    lose();
    return;
  }
  full[length] = '/';
  strcpy(full + length + 1, path);
  record_absolute(kind, full);
}

static void record(char kind, int directory, const char *path) {
  /* An empty path speaks of the descriptor, and that was opened before. */
  if (log_fd < 0 || !path || !*path) return;
  int saved = errno;
  if (*path == '/')
    record_absolute(kind, path);
  else
    record_relative(kind, directory, path);
  errno = saved;
}

static void record_open(int directory, const char *path, int flags) {
  if (flags & O_NOFOLLOW) record('l', directory, path);
  if (!(flags & O_PATH))
    record('o', directory, path);
  else if (!(flags & O_NOFOLLOW))
    record('s', directory, path);
  /* What is opened relative to it is recorded where it really is: a link on the way there must not get lost. */
  if (flags & (O_DIRECTORY | O_PATH)) record('r', directory, path);
}

static void record_stat(int directory, const char *path, int flags) {
  record(flags & AT_SYMLINK_NOFOLLOW ? 'l' : 's', directory, path);
}

__attribute__((constructor)) static void begin(void) {
  const char *file = getenv("FLURRY_RECORD_FILE");
  const char *directory = getenv("FLURRY_RECORD_PREFIX");
  if (!file || !directory || *directory != '/' || strlen(file) >= PATH_MAX || strlen(directory) >= PATH_MAX) return;
  strcpy(log_file, file);
  int fd = next_open(file, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0) return;
  /* Out of the way of programs that expect the numbers of their descriptors to be small. */
  int high = fcntl(fd, F_DUPFD_CLOEXEC, 500);
  if (high >= 0) {
    close(fd);
    fd = high;
  }
  own_pid = getpid();
  char entry[32];
  int size = snprintf(entry, sizeof entry, "P%d", (int)own_pid) + 1;
  if (write(fd, entry, (size_t)size) != size) {
    lose();
    close(fd);
    return;
  }
  strcpy(prefix, directory);
  if (next_realpath(directory, real_prefix) && strcmp(real_prefix, prefix) != 0) real_prefix_length = strlen(real_prefix);
  prefix_length = strlen(prefix);
  log_fd = fd;
}

/* The mode is only there when a file may be made. */
#define MODE(last) \
  int mode = 0; \
  if (flags & (O_CREAT | O_TMPFILE)) { \
    va_list more; \
    va_start(more, last); \
    mode = va_arg(more, int); \
    va_end(more); \
  }

#define OPEN(name) \
  EXPORT int name(const char *path, int flags, ...) { \
    MODE(flags) \
    NEXT(#name, open_fn); \
    int result = next(path, flags, mode); \
    record_open(AT_FDCWD, path, flags); \
    return result; \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
  EXPORT int name(int directory, const char *path, int flags, ...) { \
    MODE(flags) \
    NEXT(#name, openat_fn); \
    int result = next(directory, path, flags, mode); \
    record_open(directory, path, flags); \
    return result; \
  }
OPENAT(openat)
OPENAT(openat64)

/* What open is compiled to with _FORTIFY_SOURCE. */
EXPORT int __open_2(const char *path, int flags) { return open(path, flags); }
EXPORT int __open64_2(const char *path, int flags) { return open64(path, flags); }
EXPORT int __openat_2(int directory, const char *path, int flags) { return openat(directory, path, flags); }
EXPORT int __openat64_2(int directory, const char *path, int flags) { return openat64(directory, path, flags); }

#define STAT(name, type, kind) \
  EXPORT int name(const char *restrict path, struct type *restrict result) { \
    NEXT(#name, int (*)(const char *, struct type *)); \
    int status = next(path, result); \
    record(kind, AT_FDCWD, path); \
    return status; \
  }
STAT(stat, stat, 's')
STAT(lstat, stat, 'l')
STAT(stat64, stat64, 's')
STAT(lstat64, stat64, 'l')

/* What stat is compiled to before glibc 2.33. */
#define XSTAT(name, type, kind) \
  EXPORT int name(int version, const char *path, struct type *result) { \
    NEXT(#name, int (*)(int, const char *, struct type *)); \
    int status = next(version, path, result); \
    record(kind, AT_FDCWD, path); \
    return status; \
  }
XSTAT(__xstat, stat, 's')
XSTAT(__lxstat, stat, 'l')
XSTAT(__xstat64, stat64, 's')
XSTAT(__lxstat64, stat64, 'l')

#define FSTATAT(name, type) \
  EXPORT int name(int directory, const char *restrict path, struct type *restrict result, int flags) { \
    NEXT(#name, int (*)(int, const char *, struct type *, int)); \
    int status = next(directory, path, result, flags); \
    record_stat(directory, path, flags); \
    return status; \
  }
FSTATAT(fstatat, stat)
FSTATAT(fstatat64, stat64)

#define FXSTATAT(name, type) \
  EXPORT int name(int version, int directory, const char *path, struct type *result, int flags) { \
    NEXT(#name, int (*)(int, int, const char *, struct type *, int)); \
    int status = next(version, directory, path, result, flags); \
    record_stat(directory, path, flags); \
    return status; \
  }
FXSTATAT(__fxstatat, stat)
FXSTATAT(__fxstatat64, stat64)

EXPORT int statx(int directory, const char *restrict path, int flags, unsigned mask, struct statx *restrict result) {
  NEXT("statx", int (*)(int, const char *, int, unsigned, struct statx *));
  int status = next(directory, path, flags, mask, result);
  record_stat(directory, path, flags);
  return status;
}

EXPORT ssize_t readlink(const char *restrict path, char *restrict buffer, size_t size) {
  ssize_t length = next_readlink(path, buffer, size);
  record('l', AT_FDCWD, path);
  return length;
}

EXPORT ssize_t readlinkat(int directory, const char *restrict path, char *restrict buffer, size_t size) {
  NEXT("readlinkat", ssize_t (*)(int, const char *, char *, size_t));
  ssize_t length = next(directory, path, buffer, size);
  record('l', directory, path);
  return length;
}

EXPORT ssize_t __readlink_chk(const char *restrict path, char *restrict buffer, size_t size, size_t room) {
  (void)room;
  return readlink(path, buffer, size);
}

EXPORT ssize_t __readlinkat_chk(int directory, const char *restrict path, char *restrict buffer, size_t size, size_t room) {
  (void)room;
  return readlinkat(directory, path, buffer, size);
}

#define ACCESS(name) \
  EXPORT int name(const char *path, int mode) { \
    NEXT(#name, int (*)(const char *, int)); \
    int status = next(path, mode); \
    record('s', AT_FDCWD, path); \
    return status; \
  }
ACCESS(access)
ACCESS(eaccess)
ACCESS(euidaccess)

EXPORT int faccessat(int directory, const char *path, int mode, int flags) {
  NEXT("faccessat", int (*)(int, const char *, int, int));
  int status = next(directory, path, mode, flags);
  record_stat(directory, path, flags);
  return status;
}

EXPORT DIR *opendir(const char *path) {
  NEXT("opendir", DIR *(*)(const char *));
  DIR *result = next(path);
  record_open(AT_FDCWD, path, O_DIRECTORY);
  return result;
}

#define FOPEN(name) \
  EXPORT FILE *name(const char *restrict path, const char *restrict mode) { \
    NEXT(#name, FILE *(*)(const char *, const char *)); \
    FILE *result = next(path, mode); \
    record('o', AT_FDCWD, path); \
    return result; \
  }
FOPEN(fopen)
FOPEN(fopen64)

EXPORT char *realpath(const char *restrict path, char *restrict resolved) {
  char *result = next_realpath(path, resolved);
  record('r', AT_FDCWD, path);
  return result;
}

EXPORT char *__realpath_chk(const char *restrict path, char *restrict resolved, size_t room) {
  (void)room;
  return realpath(path, resolved);
}

EXPORT char *canonicalize_file_name(const char *path) { return realpath(path, NULL); }

/* openat2 has no function of its own in most C libraries. */
EXPORT long syscall(long number, ...) {
  va_list more;
  va_start(more, number);
  long a = va_arg(more, long), b = va_arg(more, long), c = va_arg(more, long);
  long d = va_arg(more, long), e = va_arg(more, long), f = va_arg(more, long);
  va_end(more);
  NEXT("syscall", long (*)(long, ...));
  long result = next(number, a, b, c, d, e, f);
#ifdef SYS_openat2
  /* The flags are the first field of its third argument. */
  if (number == SYS_openat2 && c != 0) record_open((int)a, (const char *)b, (int)*(const unsigned long long *)c);
#endif
  if (number == SYS_openat) record_open((int)a, (const char *)b, (int)c);
#ifdef SYS_statx
  if (number == SYS_statx) record_stat((int)a, (const char *)b, (int)c);
#endif
  if (number == SYS_newfstatat) record_stat((int)a, (const char *)b, (int)d);
  if (number == SYS_readlinkat) record('l', (int)a, (const char *)b);
  return result;
}
