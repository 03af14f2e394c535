/*
 * raw-server [-n] FOLDER MOUNTPOINT: shows a folder, read-only, by the kernel's FUSE protocol and
 * nothing else, until it is told to end. It is the least that a server of two threads can cost.
 *
 * -n answers OPEN and OPENDIR with ENOSYS: the kernel then opens and closes without asking.
 *
 * The folder must not change meanwhile: nodes and listings are kept for good.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
  THREADS = 2,
  SECONDS_VALID = 3600,
  BLOCK_BYTES = 4096,
  MAX_PAGES_A_READ = 256,
  MAX_READ = MAX_PAGES_A_READ * 4096,
  REQUEST_BYTES = 128 * 1024,
  BUCKETS = 1 << 17,
  NO_FILE = -1
};

struct name {
  char *text;
  uint32_t length;
  uint8_t type;
};

/* What a folder holds, read once. */
struct listing {
  struct name *names;
  size_t count;
};

/* A node's id is its address: the kernel gives it back as it was told. */
struct node {
  struct node *parent;
  struct node *next;
  char *name;
  /* Of a folder: what its children are found by. */
  int folder;
  struct listing *listing;
};

static struct node root;
static struct node *buckets[BUCKETS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool without_open;
static int device;
static const char *mountpoint;

/* The file that a thread read last: without opens there is no handle to find it by. */
struct reader {
  struct node *node;
  int file;
};

static struct node *node_of(uint64_t id) {
  if (id == FUSE_ROOT_ID)
    return &root;
  return (struct node *)(uintptr_t)id;
}

static uint64_t id_of(struct node *node) {
  if (node == &root)
    return FUSE_ROOT_ID;
  return (uint64_t)(uintptr_t)node;
}

static uint32_t bucket_of(struct node *parent, const char *name) {
  uint64_t hash = (uint64_t)(uintptr_t)parent;
  for (const char *at = name; *at != 0; at++)
    hash = (hash ^ (uint8_t)*at) * 0x100000001b3ull;
  hash ^= hash >> 32;
  return hash & (BUCKETS - 1);
}

static struct node *child_of(struct node *parent, const char *name) {
  uint32_t bucket = bucket_of(parent, name);
  pthread_mutex_lock(&lock);
  struct node *node = buckets[bucket];
  while (node != NULL && (node->parent != parent || strcmp(node->name, name) != 0))
    node = node->next;
  if (node == NULL) {
    node = calloc(1, sizeof *node);
    node->parent = parent;
    node->name = strdup(name);
    node->folder = NO_FILE;
    node->next = buckets[bucket];
    buckets[bucket] = node;
  }
  pthread_mutex_unlock(&lock);
  return node;
}

/* The descriptor of a folder, opened when it is needed for the first time. */
static int folder_of(struct node *node) {
  int known = __atomic_load_n(&node->folder, __ATOMIC_ACQUIRE);
  if (known != NO_FILE)
    return known;
  int parent = folder_of(node->parent);
  pthread_mutex_lock(&lock);
  if (node->folder == NO_FILE) {
    int opened = openat(parent, node->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    __atomic_store_n(&node->folder, opened, __ATOMIC_RELEASE);
  }
  known = node->folder;
  pthread_mutex_unlock(&lock);
  return known;
}

static int stat_of(struct node *node, struct stat *stat) {
  int failed;
  if (node == &root)
    failed = fstat(root.folder, stat);
  else
    failed = fstatat(folder_of(node->parent), node->name, stat, AT_SYMLINK_NOFOLLOW);
  return failed ? errno : 0;
}

static int open_file(struct node *node) {
  return openat(folder_of(node->parent), node->name, O_RDONLY | O_CLOEXEC);
}

static void fill_attr(struct fuse_attr *attr, const struct stat *stat) {
  memset(attr, 0, sizeof *attr);
  attr->ino = stat->st_ino;
  attr->size = stat->st_size;
  attr->blocks = stat->st_blocks;
  attr->atime = stat->st_atim.tv_sec;
  attr->atimensec = stat->st_atim.tv_nsec;
  attr->mtime = stat->st_mtim.tv_sec;
  attr->mtimensec = stat->st_mtim.tv_nsec;
  attr->ctime = stat->st_ctim.tv_sec;
  attr->ctimensec = stat->st_ctim.tv_nsec;
  attr->mode = stat->st_mode;
  attr->nlink = stat->st_nlink;
  attr->uid = stat->st_uid;
  attr->gid = stat->st_gid;
  attr->blksize = BLOCK_BYTES;
}

static int fill_entry(struct fuse_entry_out *entry, struct node *parent, const char *name) {
  struct stat stat;
  if (fstatat(folder_of(parent), name, &stat, AT_SYMLINK_NOFOLLOW) != 0)
    return errno;
  memset(entry, 0, sizeof *entry);
  entry->nodeid = id_of(child_of(parent, name));
  entry->entry_valid = SECONDS_VALID;
  entry->attr_valid = SECONDS_VALID;
  fill_attr(&entry->attr, &stat);
  return 0;
}

static void answer(uint64_t unique, int error, const void *payload, size_t length) {
  struct fuse_out_header header = {
    .len = sizeof header + length,
    .error = -error,
    .unique = unique
  };
  struct iovec parts[2] = {
    {.iov_base = &header, .iov_len = sizeof header},
    {.iov_base = (void *)payload, .iov_len = length}
  };
  /* ENOENT: whoever asked was interrupted. */
  if (writev(device, parts, length > 0 ? 2 : 1) < 0 && errno != ENOENT)
    perror("an answer was refused");
}

static void init(uint64_t unique, const struct fuse_init_in *offered) {
  uint32_t wanted = FUSE_ASYNC_READ | FUSE_PARALLEL_DIROPS | FUSE_MAX_PAGES;
  wanted |= FUSE_CACHE_SYMLINKS | FUSE_DO_READDIRPLUS;
  struct fuse_init_out out = {
    .major = FUSE_KERNEL_VERSION,
    .minor = FUSE_KERNEL_MINOR_VERSION,
    .max_readahead = MAX_READ,
    .flags = offered->flags & wanted,
    .max_background = 64,
    .congestion_threshold = 48,
    .max_write = 64 * 1024,
    .time_gran = 1,
    .max_pages = MAX_PAGES_A_READ
  };
  answer(unique, 0, &out, sizeof out);
}

static void lookup(uint64_t unique, struct node *parent, const char *name) {
  struct fuse_entry_out entry;
  int error = fill_entry(&entry, parent, name);
  answer(unique, error, &entry, error ? 0 : sizeof entry);
}

static void getattr(uint64_t unique, struct node *node) {
  struct stat stat;
  int error = stat_of(node, &stat);
  struct fuse_attr_out out = {.attr_valid = SECONDS_VALID};
  if (error == 0)
    fill_attr(&out.attr, &stat);
  answer(unique, error, &out, error ? 0 : sizeof out);
}

static void readlink_of(uint64_t unique, struct node *node) {
  char target[4096];
  ssize_t length = readlinkat(folder_of(node->parent), node->name, target, sizeof target);
  if (length < 0)
    answer(unique, errno, NULL, 0);
  else
    answer(unique, 0, target, length);
}

static void open_of(uint64_t unique, struct node *node) {
  if (without_open) {
    answer(unique, ENOSYS, NULL, 0);
    return;
  }
  int file = open_file(node);
  if (file < 0) {
    answer(unique, errno, NULL, 0);
    return;
  }
  struct fuse_open_out out = {.fh = file, .open_flags = FOPEN_KEEP_CACHE};
  answer(unique, 0, &out, sizeof out);
}

static void opendir_of(uint64_t unique) {
  if (without_open) {
    answer(unique, ENOSYS, NULL, 0);
    return;
  }
  struct fuse_open_out out = {.open_flags = FOPEN_KEEP_CACHE | FOPEN_CACHE_DIR};
  answer(unique, 0, &out, sizeof out);
}

static int file_to_read(struct reader *reader, struct node *node, const struct fuse_read_in *in) {
  if (!without_open)
    return in->fh;
  if (reader->node == node)
    return reader->file;
  if (reader->node != NULL)
    close(reader->file);
  reader->file = open_file(node);
  reader->node = reader->file < 0 ? NULL : node;
  return reader->file;
}

static void read_of(uint64_t unique, int file, const struct fuse_read_in *in, char *buffer) {
  ssize_t length = pread(file, buffer, in->size, in->offset);
  if (length < 0)
    answer(unique, errno, NULL, 0);
  else
    answer(unique, 0, buffer, length);
}

static void release(uint64_t unique, const struct fuse_release_in *in) {
  close(in->fh);
  answer(unique, 0, NULL, 0);
}

static struct listing *read_listing(struct node *node) {
  struct listing *listing = calloc(1, sizeof *listing);
  size_t room = 0;
  DIR *folder = fdopendir(openat(folder_of(node), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder == NULL)
    return listing;
  struct dirent *entry;
  while ((entry = readdir(folder)) != NULL) {
    if (listing->count == room) {
      room = room == 0 ? 64 : 2 * room;
      listing->names = realloc(listing->names, room * sizeof *listing->names);
    }
    struct name *name = &listing->names[listing->count];
    name->text = strdup(entry->d_name);
    name->length = strlen(entry->d_name);
    name->type = entry->d_type;
    listing->count++;
  }
  closedir(folder);
  return listing;
}

static struct listing *listing_of(struct node *node) {
  struct listing *known = __atomic_load_n(&node->listing, __ATOMIC_ACQUIRE);
  if (known != NULL)
    return known;
  /* Two threads may read it at once: the later one is kept, and both are right. */
  known = read_listing(node);
  __atomic_store_n(&node->listing, known, __ATOMIC_RELEASE);
  return known;
}

static bool is_dots(const char *name) {
  return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void readdir_of(
  uint64_t unique,
  struct node *node,
  const struct fuse_read_in *in,
  char *buffer,
  bool plus
) {
  struct listing *listing = listing_of(node);
  size_t head = plus ? FUSE_NAME_OFFSET_DIRENTPLUS : FUSE_NAME_OFFSET;
  size_t length = 0;
  for (size_t i = in->offset; i < listing->count; i++) {
    struct name *name = &listing->names[i];
    size_t size = FUSE_DIRENT_ALIGN(head + name->length);
    if (length + size > in->size)
      break;
    char *at = buffer + length;
    memset(at, 0, size);
    if (plus && !is_dots(name->text))
      fill_entry((struct fuse_entry_out *)at, node, name->text);
    struct fuse_dirent *entry = (struct fuse_dirent *)(at + head - FUSE_NAME_OFFSET);
    entry->ino = plus ? ((struct fuse_entry_out *)at)->attr.ino : 1;
    /* 0 would be a name without a file, which the kernel passes over. */
    if (entry->ino == 0)
      entry->ino = 1;
    entry->off = i + 1;
    entry->namelen = name->length;
    entry->type = name->type;
    memcpy(entry->name, name->text, name->length);
    length += size;
  }
  answer(unique, 0, buffer, length);
}

static void statfs_of(uint64_t unique) {
  struct fuse_statfs_out out = {.st = {.bsize = 4096, .frsize = 4096, .namelen = 255}};
  answer(unique, 0, &out, sizeof out);
}

static void handle(const struct fuse_in_header *request, char *buffer, struct reader *reader) {
  const void *body = request + 1;
  uint64_t unique = request->unique;
  struct node *node = node_of(request->nodeid);
  switch (request->opcode) {
  case FUSE_INIT:
    init(unique, body);
    break;
  case FUSE_LOOKUP:
    lookup(unique, node, body);
    break;
  case FUSE_GETATTR:
    getattr(unique, node);
    break;
  case FUSE_READLINK:
    readlink_of(unique, node);
    break;
  case FUSE_OPEN:
    open_of(unique, node);
    break;
  case FUSE_OPENDIR:
    opendir_of(unique);
    break;
  case FUSE_READ:
    read_of(unique, file_to_read(reader, node, body), body, buffer);
    break;
  case FUSE_READDIR:
    readdir_of(unique, node, body, buffer, false);
    break;
  case FUSE_READDIRPLUS:
    readdir_of(unique, node, body, buffer, true);
    break;
  case FUSE_RELEASE:
    release(unique, body);
    break;
  case FUSE_STATFS:
    statfs_of(unique);
    break;
  case FUSE_GETXATTR:
    /* So that ls -l asks once and not for every file. */
    answer(unique, EOPNOTSUPP, NULL, 0);
    break;
  case FUSE_RELEASEDIR:
  case FUSE_DESTROY:
    answer(unique, 0, NULL, 0);
    break;
  case FUSE_FORGET:
  case FUSE_BATCH_FORGET:
  case FUSE_INTERRUPT:
    /* Nobody waits for an answer. */
    break;
  default:
    /* FLUSH among them: the kernel does not ask a second time. */
    answer(unique, ENOSYS, NULL, 0);
  }
}

static void *serve(void *nothing) {
  char *request = malloc(REQUEST_BYTES);
  char *buffer = aligned_alloc(4096, MAX_READ);
  struct reader reader = {.node = NULL, .file = NO_FILE};
  for (;;) {
    ssize_t length = read(device, request, REQUEST_BYTES);
    if (length >= 0)
      handle((struct fuse_in_header *)request, buffer, &reader);
    else if (errno != EINTR && errno != EAGAIN && errno != ENOENT)
      return nothing;
  }
}

static void end(int signal) {
  (void)signal;
  umount2(mountpoint, MNT_DETACH);
}

static void attach(void) {
  device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  char options[200];
  const char *shape = "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions,max_read=%d";
  snprintf(options, sizeof options, shape, device, MAX_READ);
  unsigned long flags = MS_NOSUID | MS_NODEV | MS_RDONLY;
  if (mount("raw-server", mountpoint, "fuse.raw-server", flags, options) != 0) {
    perror(mountpoint);
    exit(1);
  }
}

int main(int count, char **words) {
  without_open = count == 4 && strcmp(words[1], "-n") == 0;
  if (count != (without_open ? 4 : 3)) {
    fprintf(stderr, "usage: raw-server [-n] FOLDER MOUNTPOINT\n");
    return 2;
  }
  mountpoint = words[count - 1];
  root.folder = open(words[count - 2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root.folder < 0) {
    perror(words[count - 2]);
    return 1;
  }
  attach();
  signal(SIGTERM, end);
  signal(SIGINT, end);
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    pthread_create(&threads[i], NULL, serve, NULL);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  return 0;
}
