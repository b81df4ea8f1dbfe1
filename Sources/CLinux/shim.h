// What Swift's Glibc module leaves out because it is built without _GNU_SOURCE.
#include <fcntl.h>

extern int fallocate(int descriptor, int mode, long offset, long length);

// Takes a write lock on the whole file that belongs to the open file, not to the process; -1 and errno when it is held.
static inline int gnomon_lock(int descriptor) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = 0, .l_start = 0, .l_len = 0, .l_pid = 0};
  return fcntl(descriptor, 37 /* F_OFD_SETLK */, &lock);
}

// Whether another open file holds that lock: 1 or 0; -1 and errno when it cannot be told.
static inline int gnomon_is_locked(int descriptor) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = 0, .l_start = 0, .l_len = 0, .l_pid = 0};
  return fcntl(descriptor, 36 /* F_OFD_GETLK */, &lock) == 0 ? lock.l_type != F_UNLCK : -1;
}

// Takes disk space for a range of a file without changing the file's length.
static inline int gnomon_reserve(int descriptor, long offset, long length) {
  return fallocate(descriptor, 1 /* FALLOC_FL_KEEP_SIZE */, offset, length);
}

#include <malloc.h>

// Keeps freed memory in the process up to `bytes` instead of giving it back to the system at once; what is larger than 32 MiB,
// the most that the library allows, always goes back.
static inline void gnomon_keep_freed_memory(int bytes) {
  const int largest = 32 << 20;
  mallopt(M_TRIM_THRESHOLD, bytes);
  mallopt(M_MMAP_THRESHOLD, bytes < largest ? bytes : largest);
}

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

// Ends this process, by SIGTERM, when the thread that made it ends.
static inline void gnomon_end_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGTERM); }

int memfd_create(const char *name, unsigned int flags);

// A file in memory that children inherit.
static inline int gnomon_memory_file(void) { return memfd_create("gnomon", 0); }

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

// Takes the code of the program and of its libraries out of the memory of this process. What is used again comes back by
// itself, a few pages at a time, from the system's cache of files.
static inline void gnomon_release_code_pages(void) {
  FILE *maps = fopen("/proc/self/maps", "re");
  if (maps == NULL) return;
  char line[4352], access[8];
  unsigned long start, end;
  while (fgets(line, sizeof line, maps) != NULL) {
    if (sscanf(line, "%lx-%lx %7s", &start, &end, access) == 3 && strcmp(access, "r-xp") == 0 && strchr(line, '/') != NULL)
      madvise((void *)start, end - start, MADV_DONTNEED);
  }
  fclose(maps);
}
