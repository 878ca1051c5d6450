/* The trace buffer that Linux shows as /sys/kernel/debug/remoteproc/remoteproc0/trace0.
 * Always NUL-terminated whole lines; a line that no longer fits starts the buffer anew. */
#ifndef CM4_LOG_H
#define CM4_LOG_H

enum { CM4_LOG_SIZE = 0x800 };

extern char cm4_log_buffer[CM4_LOG_SIZE];

/* Append one line. `format` knows %s, %u and %x (unsigned), and nothing else. */
void cm4_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
