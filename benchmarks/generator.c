/* A load generator for HTTP/1.1 and for Valkey's protocol: one thread, one epoll.
 *
 *   generator PORT CONNECTIONS SECONDS RATE RESP-GREETING SCRIPT SIDE-PORT ONCE
 *
 * SCRIPT is a file of requests, each a line
 *   <connection> <kind> <expected> <paced> <length> <aftermath length>
 * and then the bytes of the request and of its aftermath. A connection sends its own requests one
 * after the other, again and again until SECONDS are over, or with ONCE (1) each of them once. An
 * answer that begins with <expected> (hexadecimal) is good, any other is bad. RATE is how many
 * paced requests are to be sent in a second by all connections together; 0: as fast as they are
 * answered. RESP-GREETING (hexadecimal, "-" for none) is sent first on each connection to Valkey,
 * in its protocol, and has one answer.
 *
 * The aftermath of a good answer goes to Valkey at SIDE-PORT (0: to nobody) over a connection of
 * its own, in Valkey's protocol, and nobody waits for it. So what an HTTP request has taken is
 * given back without another HTTP request.
 *
 * A paced request has its moment whether or not the server is ready for it: its time is counted
 * from that moment, so a server that stalls cannot hide the requests that it kept waiting.
 * When the time is over, the requests that are not paced are still sent, and not counted: what a
 * paced one has begun they end.
 *
 * Prints JSON: per kind good, bad, and the times of the good ones in microseconds; how often a
 * connection was closed by the server; and the processor time that the generator itself has used,
 * to show that it was not the bottleneck.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { KINDS = 8, MOST_CONNECTIONS = 4096, PREFIX = 64, BUFFER = 1 << 18 };
/* Times up to half an hour in steps of 1/64 of their size: at most 1.6 % wrong, whatever they are. */
enum { STEPS = 64, SLOTS = 26 * STEPS };

struct request {
    char *bytes;
    size_t length, aftermath_length, expected_length;
    unsigned char expected[PREFIX];
    int kind, paced;
};

struct connection {
    int fd, waits, done;
    struct request *requests;
    size_t count, next, sent, received;
    int64_t due, started;
    char *buffer;
};

struct tally {
    uint64_t good, bad, slots[SLOTS];
    int64_t longest;
    char first_bad[240];
};

static struct tally tallies[KINDS];
static struct connection connections[MOST_CONNECTIONS];
static int connection_count, epoll, is_http, is_over, once, port, resets, done_count;
static int64_t pause_ns;
static unsigned char greeting[1024];
static size_t greeting_length;

static struct {
    int fd;
    uint64_t sent, answered, errors;
    size_t received;
    char buffer[BUFFER];
} side = {.fd = -1};

static int64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void give_up(const char *why) {
    fprintf(stderr, "generator: %s (%s)\n", why, strerror(errno));
    exit(1);
}

static size_t from_hex(const char *text, unsigned char *out, size_t most) {
    size_t length = 0;
    unsigned byte;
    while (length < most && sscanf(text + 2 * length, "%2x", &byte) == 1) out[length++] = byte;
    return length;
}

/* --- times --------------------------------------------------------------------------------- */

static int slot_of(int64_t us) {
    if (us < STEPS) return us < 0 ? 0 : (int)us;
    int power = 63 - __builtin_clzll((uint64_t)us) - 6;
    int slot = (power + 1) * STEPS + (int)((us >> power) - STEPS);
    return slot < SLOTS ? slot : SLOTS - 1;
}

static int64_t time_of(int slot) {
    if (slot < STEPS) return slot;
    int power = slot / STEPS - 1;
    return ((int64_t)(slot % STEPS + STEPS) << power) + ((INT64_C(1) << power) >> 1);
}

static int64_t percentile(const struct tally *tally, double share) {
    uint64_t wanted = (uint64_t)(share * (double)tally->good), seen = 0;
    for (int slot = 0; slot < SLOTS; slot++) {
        seen += tally->slots[slot];
        if (seen > wanted) return time_of(slot);
    }
    return tally->longest;
}

/* --- where an answer ends ------------------------------------------------------------------- */

/* The length of the RESP2 value at `at`, 0 while it is not whole. */
static size_t resp_length(const char *text, size_t length) {
    const char *end = memmem(text, length, "\r\n", 2);
    if (!end) return 0;
    size_t used = (size_t)(end - text) + 2;
    long number = strtol(text + 1, NULL, 10);
    if (*text == '$' && number >= 0) {
        used += (size_t)number + 2;
        return used <= length ? used : 0;
    }
    for (long part = 0; *text == '*' && part < number; part++) {
        size_t more = used < length ? resp_length(text + used, length - used) : 0;
        if (!more) return 0;
        used += more;
    }
    return used;
}

static const char *header(const char *text, const char *end, const char *name) {
    size_t length = strlen(name);
    for (const char *line = text; line && line + length < end;) {
        if (!strncasecmp(line, name, length)) return line + length;
        line = memmem(line, (size_t)(end - line), "\r\n", 2);
        if (line) line += 2;
    }
    return NULL;
}

static size_t http_length(const char *text, size_t length) {
    const char *end = memmem(text, length, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t used = (size_t)(end - text) + 4;
    const char *size = header(text, end + 2, "content-length:");
    if (size) used += strtoul(size, NULL, 10);
    else if (header(text, end + 2, "transfer-encoding: chunked")) {
        for (;;) {
            const char *line = memmem(text + used, length - used, "\r\n", 2);
            if (!line) return 0;
            size_t chunk = strtoul(text + used, NULL, 16);
            used = (size_t)(line - text) + 2 + chunk + 2;
            if (used > length) return 0;
            if (!chunk) return used;
        }
    }
    return used <= length ? used : 0;
}

/* --- connections ---------------------------------------------------------------------------- */

static int connect_to(int to, int greets, void *owner) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)to)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) give_up("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (greets && greeting_length) {
        char answer[4096];
        if (write(fd, greeting, greeting_length) < 0 || read(fd, answer, sizeof answer) <= 0)
            give_up("greeting");
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = owner};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) give_up("epoll");
    return fd;
}

static void open_connection(struct connection *c) { c->fd = connect_to(port, !is_http, c); }

static void reopen(struct connection *c) {
    close(c->fd);
    open_connection(c);
}

/* Requests are small beside a socket's buffer, so a write takes them whole. */
static void send_next(struct connection *c) {
    struct request *r = &c->requests[c->next];
    c->started = r->paced && pause_ns ? c->due : now_ns();
    if (r->paced && pause_ns) c->due += pause_ns;
    c->received = 0;
    c->waits = 1;
    if (send(c->fd, r->bytes, r->length, MSG_NOSIGNAL) != (ssize_t)r->length) {
        resets++;
        reopen(c);
        if (send(c->fd, r->bytes, r->length, MSG_NOSIGNAL) != (ssize_t)r->length) give_up("send");
    }
}

static void send_if_due(struct connection *c, int64_t now) {
    int is_paced = c->requests[c->next].paced;
    if (c->waits || c->done || (is_over && is_paced)) return;
    if (!pause_ns || !is_paced || c->due <= now) send_next(c);
}

static void send_aftermath(const struct request *r) {
    const char *bytes = r->bytes + r->length;
    if (send(side.fd, bytes, r->aftermath_length, MSG_NOSIGNAL) != (ssize_t)r->aftermath_length)
        give_up("aftermath");
    side.sent++;
}

static void receive_aside(void) {
    ssize_t got = recv(side.fd, side.buffer + side.received, BUFFER - side.received, MSG_DONTWAIT);
    if (got <= 0) give_up("the side connection was closed");
    side.received += (size_t)got;
    size_t used = 0, length;
    while ((length = resp_length(side.buffer + used, side.received - used))) {
        side.answered++;
        side.errors += side.buffer[used] == '-';
        used += length;
    }
    side.received -= used;
    memmove(side.buffer, side.buffer + used, side.received);
}

static void note(struct connection *c, size_t length) {
    struct request *r = &c->requests[c->next];
    struct tally *tally = &tallies[r->kind];
    int64_t took = (now_ns() - c->started) / 1000;
    int is_good = length >= r->expected_length &&
                  !memcmp(c->buffer, r->expected, r->expected_length);
    c->waits = 0;
    c->next = (c->next + 1) % c->count;
    if (once && !c->next) {
        c->done = 1;
        done_count++;
    }
    if (is_good && r->aftermath_length) send_aftermath(r);
    if (is_over) return;
    if (is_good) {
        tally->good++;
        tally->slots[slot_of(took)]++;
        if (took > tally->longest) tally->longest = took;
    } else if (!tally->bad++) {
        size_t kept = length < sizeof tally->first_bad - 1 ? length : sizeof tally->first_bad - 1;
        memcpy(tally->first_bad, c->buffer, kept);
    }
}

static void receive(struct connection *c) {
    ssize_t got = recv(c->fd, c->buffer + c->received, BUFFER - c->received, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) { /* closed between two answers, or in one: asked again */
        resets++;
        reopen(c);
        if (c->waits) c->waits = 0;
        return;
    }
    c->received += (size_t)got;
    if (!c->waits) return;
    size_t length = (is_http ? http_length : resp_length)(c->buffer, c->received);
    if (length) {
        int closes = is_http && header(c->buffer, c->buffer + length, "connection: close");
        note(c, length);
        if (closes) reopen(c);
    } else if (c->received == BUFFER) {
        give_up("an answer is longer than the buffer");
    }
}

/* --- the script, the run, the print ---------------------------------------------------------- */

static void read_script(const char *path) {
    FILE *file = fopen(path, "rb");
    int number, kind, paced;
    size_t length, after;
    char expected[2 * PREFIX + 1];
    if (!file) give_up(path);
    while (fscanf(file, "%d %d %128s %d %zu %zu", &number, &kind, expected, &paced, &length,
                  &after) == 6) {
        if (number < 0 || number >= connection_count || kind < 0 || kind >= KINDS)
            give_up("a number in the script is out of range");
        struct connection *c = &connections[number];
        if (!(c->count & (c->count - 1)))
            c->requests = realloc(c->requests, (c->count ? 2 * c->count : 1) * sizeof *c->requests);
        struct request *r = &c->requests[c->count++];
        *r = (struct request){
            .length = length, .aftermath_length = after, .kind = kind, .paced = paced};
        r->expected_length = from_hex(expected, r->expected, PREFIX);
        r->bytes = malloc(length + after + 1);
        fgetc(file);
        if (fread(r->bytes, 1, length + after, file) != length + after)
            give_up("the script ends early");
        is_http = strncmp(r->bytes, "*", 1) != 0;
    }
    fclose(file);
}

/* Send what is due, wait for the next moment or answer, read what came. */
static void turn(int timer, int64_t end) {
    struct epoll_event events[256];
    int64_t now = now_ns(), earliest = end;
    for (int i = 0; i < connection_count; i++) {
        struct connection *c = &connections[i];
        send_if_due(c, now);
        if (!c->waits && !c->done && c->due < earliest) earliest = c->due;
    }
    int64_t pause = earliest > now ? earliest - now : 1;
    struct itimerspec next = {.it_value = {pause / 1000000000, pause % 1000000000}};
    timerfd_settime(timer, 0, &next, NULL);
    int count = epoll_wait(epoll, events, 256, 1000);
    for (int i = 0; i < count; i++) {
        struct connection *c = events[i].data.ptr;
        if ((void *)c == &side) receive_aside();
        if (!c || (void *)c == &side) continue;
        receive(c);
        if (!pause_ns) send_if_due(c, now);
    }
}

static int is_anything_open(void) {
    if (side.answered < side.sent) return 1;
    for (int i = 0; i < connection_count; i++) {
        struct connection *c = &connections[i];
        if (c->waits || (!c->done && !c->requests[c->next].paced)) return 1;
    }
    return 0;
}

static int64_t run(double seconds, int timer) {
    int64_t begin = now_ns(), end = begin + (int64_t)(seconds * 1e9);
    for (int i = 0; i < connection_count; i++)
        connections[i].due = begin + pause_ns * i / connection_count;
    while (now_ns() < end && done_count < connection_count) turn(timer, end);
    int64_t took = now_ns() - begin;
    is_over = 1;
    for (int i = 0; i < connection_count; i++) connections[i].due = INT64_MAX;
    end = now_ns() + 5 * INT64_C(1000000000);
    while (is_anything_open() && now_ns() < end) turn(timer, end);
    return took;
}

static void print_text(const char *text) {
    for (; *text; text++)
        if (*text == '"' || *text == '\\' || (unsigned char)*text < 32 || *text & 0x80)
            printf("\\u%04x", (unsigned char)*text);
        else putchar(*text);
}

static double processor_s(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void print_tallies(double seconds, double cpu) {
    printf("{\"seconds\": %.3f, \"processor_s\": %.3f, \"resets\": %d, \"side_errors\": %lu, ",
           seconds, cpu, resets, (unsigned long)side.errors);
    printf("\"kinds\": {");
    const char *comma = "";
    for (int kind = 0; kind < KINDS; kind++) {
        struct tally *t = &tallies[kind];
        if (!t->good && !t->bad) continue;
        printf("%s\"%d\": {\"good\": %lu, \"bad\": %lu, \"p50_us\": %ld, \"p95_us\": %ld, "
               "\"p99_us\": %ld, \"longest_us\": %ld, \"first_bad\": \"",
               comma, kind, (unsigned long)t->good, (unsigned long)t->bad,
               (long)percentile(t, 0.50), (long)percentile(t, 0.95), (long)percentile(t, 0.99),
               (long)t->longest);
        print_text(t->first_bad);
        printf("\"}");
        comma = ", ";
    }
    printf("}}\n");
}

int main(int argc, char **argv) {
    if (argc != 9) give_up("eight arguments are needed");
    port = atoi(argv[1]);
    connection_count = atoi(argv[2]);
    double seconds = atof(argv[3]), rate = atof(argv[4]);
    if (connection_count < 1 || connection_count > MOST_CONNECTIONS) give_up("connections");
    if (rate > 0) pause_ns = (int64_t)(1e9 * connection_count / rate);
    if (strcmp(argv[5], "-")) greeting_length = from_hex(argv[5], greeting, sizeof greeting);
    read_script(argv[6]);
    epoll = epoll_create1(0);
    int side_port = atoi(argv[7]);
    once = atoi(argv[8]);
    if (side_port) side.fd = connect_to(side_port, 1, &side);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = NULL};
    epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event);
    for (int i = 0; i < connection_count; i++) {
        if (!connections[i].count) give_up("a connection has nothing to send");
        connections[i].buffer = malloc(BUFFER);
        open_connection(&connections[i]);
    }
    double used = processor_s();
    int64_t took = run(seconds, timer);
    print_tallies((double)took / 1e9, processor_s() - used);
    return 0;
}
