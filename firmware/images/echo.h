/* The echo service that both RPMsg images run: three endpoints, every payload back to its sender unchanged.
 * How the thread that runs it sleeps and is woken is up to the image: the last three functions. */
#ifndef ECHO_H
#define ECHO_H

#include <stdint.h>

enum echo_event {
    EVENT_SIGNAL = 1 << 0,   /* Linux has posted on a channel of one of the vrings */
    EVENT_FREE = 1 << 1,     /* a channel of ours is free again */
    EVENT_SHUTDOWN = 1 << 2, /* Linux is about to stop this core */
    EVENT_DETACH = 1 << 3,   /* Linux goes away, this core stays */
};

/* Serve for ever. `image` is the name for the log. */
void echo_run(const char *image);

/* From an interrupt handler: wake the thread. */
void echo_raise(uint32_t events);

/* Sleep until at least one event has been raised since the last call; returns those and forgets them. */
uint32_t echo_wait(void);

/* A short break in polling memory that Linux writes without a signal. */
void echo_breathe(void);

#endif
