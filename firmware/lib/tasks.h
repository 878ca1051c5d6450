/* A small preemptive switcher: tasks with priorities, sleeping and event flags. No heap, no queues, no mutexes.
 * SVC asks it for something, PendSV changes the task, SysTick counts and shares the core among equals. */
#ifndef TASKS_H
#define TASKS_H

#include <stdint.h>

enum { TASK_STACK_WORDS = 384 };

struct task {
    uint32_t *sp; /* first: the context switch finds it there */
    void (*run)(void);
    unsigned priority;          /* a larger number goes first */
    volatile uint32_t events;   /* raised and not yet taken */
    volatile uint32_t wanted;   /* waits for one of these; 0 if it does not wait for events */
    volatile uint32_t sleeping; /* ticks left to sleep */
    uint32_t stack[TASK_STACK_WORDS] __attribute__((aligned(8)));
};

/* Hand the core to the tasks; one of them, of the lowest priority, must never wait. Does not return. */
void tasks_start(struct task *const tasks[], unsigned count, uint32_t core_hz) __attribute__((noreturn));

/* From a task: wait for at least one of `events`; returns those that were raised, and forgets them. */
uint32_t task_wait(uint32_t events);

/* From a task: sleep for `ticks` milliseconds. */
void task_sleep(uint32_t ticks);

/* From a task or an interrupt handler: wake `task`. */
void task_raise(struct task *task, uint32_t events);

#endif
