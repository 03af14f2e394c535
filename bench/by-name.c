/*
 * by-name FOLDER SIZE < NAMES: opens, reads and closes the files of those names (a line each), all
 * of SIZE bytes, and prints how many nanoseconds that took. It lists nothing.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FILES = 100000 };

static char *paths[MAX_FILES];
static char buffer[1 << 20];

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static int read_names(const char *folder) {
  char name[256];
  int count = 0;
  while (count < MAX_FILES && fgets(name, sizeof name, stdin) != NULL) {
    name[strcspn(name, "\n")] = 0;
    size_t room = strlen(folder) + strlen(name) + 2;
    paths[count] = malloc(room);
    snprintf(paths[count], room, "%s/%s", folder, name);
    count++;
  }
  return count;
}

int main(int words, char **word) {
  if (words != 3) {
    fprintf(stderr, "usage: by-name FOLDER SIZE < NAMES\n");
    return 2;
  }
  ssize_t size = atol(word[2]);
  int count = read_names(word[1]);
  uint64_t started = now();
  for (int i = 0; i < count; i++) {
    int file = open(paths[i], O_RDONLY);
    if (file < 0 || read(file, buffer, sizeof buffer) != size) {
      perror(paths[i]);
      return 1;
    }
    close(file);
  }
  printf("%llu\n", (unsigned long long)(now() - started));
  return 0;
}
