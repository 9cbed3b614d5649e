#pragma once
// What the toolchain's Glibc module leaves out. `_GNU_SOURCE` must stay undefined: with it the same
// structs would have other shapes here than in Glibc, and the importer refuses that.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <pthread.h>
#include <spawn.h>

// GNU extensions by their prototypes (accept4(2), pthread_setname_np(3),
// posix_spawn_file_actions_addclosefrom_np(3)).
extern int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags);
extern int pthread_setname_np(pthread_t thread, const char *name);
extern int posix_spawn_file_actions_addclosefrom_np(
    posix_spawn_file_actions_t *actions, int from);
