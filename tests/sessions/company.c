// company.c -- one gateway's users, and what is known of their chats.

#include "sessions/company.h"

#include <stdlib.h>
#include <time.h>

#include "base/book.h"
#include "base/clock.h"
#include "sessions/gate.h"
#include "support/cmocka_all.h"
#include "support/service.h"

#define USERS 8192
#define CHAT_MS 100 // How long a chat lasts at least.
#define AGAIN_MS                                                                           \
    1000           // What is not answered after so long is sent again, to another matcher.
#define BUSY_MS 50 // The same after a REFUSED.
#define TICK_MS 20
#define SENT_MOST 256                 // Users who begin to search in one step.
#define WAITS_MOST ((size_t) 1 << 17) // The older are overwritten.

typedef enum { IDLE, SEARCHING, CHATTING, LEAVING } user_state_t;

typedef struct user {
    ident_t id;
    user_state_t state;
    uint64_t turn;     // Of its last request.
    uint64_t asked_us; // When that was sent first.
    uint64_t due_ms;   // When it is to be sent again.
    unsigned attempts;
    bool waited;       // It stood in line.
    chat_t *chat;      // While it chats or leaves. Not owned.
    struct user *next; // Among the idle.
} user_t;

struct company {
    gate_t *gate;        // Owned.
    user_t *users;       // Owned.
    book_t *users_by_id; // Owned; the users are not.
    user_t *idle;
    chats_t *chats;    // Owned.
    size_t most;       // Of chats.
    size_t told_count; // Of which both were told.
    size_t over_count;
    size_t begun;    // Chats that are to be searched for,
    size_t searches; // and users who have searched.
    uint64_t tick_at_ms;
    uint64_t lease_at_ms;
    uint64_t repeats;
    uint32_t *waits_us; // A ring. Owned.
    size_t wait_count;  // Put into it since the count began.
};

static uint64_t
now_us (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000;
}

// --- Life cycle ---

static void
add_users (company_t *company)
{
    company->users = calloc (USERS, sizeof *company->users);
    company->users_by_id = book_new ();
    assert_non_null (company->users);
    for (size_t i = 0; i < USERS; i++) {
        user_t *user = &company->users[i];
        user->id = ident_random ();
        user->next = company->idle;
        company->idle = user;
        book_put (company->users_by_id, &user->id, user);
    }
}

company_t *
company_new (const uint16_t ports[], size_t count, size_t most)
{
    company_t *company = calloc (1, sizeof *company);
    assert_non_null (company);
    company->gate = gate_new (ports, count);
    company->most = most;
    company->chats = chats_new (most);
    company->waits_us = calloc (WAITS_MOST, sizeof *company->waits_us);
    assert_non_null (company->waits_us);
    add_users (company);
    return company;
}

void
company_destroy (company_t **company)
{
    if (*company != NULL) {
        gate_destroy (&(*company)->gate);
        book_destroy (&(*company)->users_by_id);
        chats_destroy (&(*company)->chats);
        free ((*company)->users);
        free ((*company)->waits_us);
        free (*company);
        *company = NULL;
    }
}

// --- Saying ---

static side_t
side_of (const user_t *user)
{
    const wire_matched_t *match = &user->chat->match;
    bool is_told = ident_equal (&match->user, &user->id);
    return is_told == (match->side == SIDE_A) ? SIDE_A : SIDE_B;
}

static void
send_search (company_t *company, const user_t *user)
{
    // All share the first, every second user has the other, too.
    static const char interests[] = "00000000000000c100000000000000d2";
    size_t bytes =
        (user - company->users) % 2 == 0 ? sizeof interests - 1 : INTEREST_DIGITS;
    wire_t wire = {
        .kind = WIRE_SEARCH,
        .as.search = {.user = user->id,
                      .turn = user->turn,
                      .interests = {interests, bytes}},
    };
    gate_send (company->gate, &user->id, user->attempts, &wire);
}

static void
send_leave (company_t *company, const user_t *user)
{
    const wire_matched_t *match = &user->chat->match;
    bool is_told = ident_equal (&match->user, &user->id);
    side_t side = side_of (user);
    wire_t wire = {
        .kind = WIRE_LEAVE,
        .as.leave = {.user = user->id,
                     .turn = user->turn,
                     .reason = chat_reason (user->chat),
                     .chat = match->chat,
                     .partner = is_told ? match->partner : match->user,
                     .partner_gateway = *gate_instance (company->gate),
                     .sent = chat_messages (user->chat, side),
                     .received =
                         chat_messages (user->chat, side == SIDE_A ? SIDE_B : SIDE_A),
                     .side = side,
                     .started_ms = match->started_ms,
                     .waited_a_ms = match->waited_a_ms,
                     .waited_b_ms = match->waited_b_ms},
    };
    gate_send (company->gate, &user->id, user->attempts, &wire);
}

static void
send_request (company_t *company, user_t *user)
{
    user->due_ms = now_ms () + AGAIN_MS;
    if (user->state == SEARCHING) {
        send_search (company, user);
    }
    else {
        send_leave (company, user);
    }
}

static void
begin_request (company_t *company, user_t *user, user_state_t state)
{
    user->state = state;
    user->turn++;
    user->attempts = 0;
    user->waited = false;
    user->asked_us = now_us ();
    send_request (company, user);
}

static size_t
send_searches (company_t *company)
{
    size_t sent = 0;
    user_t *user;
    while (sent < SENT_MOST && company->searches < 2 * company->begun
           && (user = company->idle) != NULL) {
        company->idle = user->next;
        company->searches++;
        sent++;
        begin_request (company, user, SEARCHING);
    }
    return sent;
}

// --- Hearing ---

static void
rest (company_t *company, const ident_t *id)
{
    user_t *user = book_find (company->users_by_id, id);
    assert_non_null (user);
    user->state = IDLE;
    user->chat = NULL;
    user->next = company->idle;
    company->idle = user;
}

static void
on_matched (company_t *company, const wire_matched_t *match)
{
    user_t *user = book_find (company->users_by_id, &match->user);
    assert_non_null (user);
    if (user->state != SEARCHING || match->turn != user->turn) {
        return; // Told again.
    }
    if (!user->waited && user->attempts == 0) {
        company->waits_us[company->wait_count++ % WAITS_MOST] =
            (uint32_t) (now_us () - user->asked_us);
    }
    user->state = CHATTING;
    user->chat = chats_note (company->chats, match);
    if (user->chat->told == 2) {
        company->told_count++;
        user->chat->leave_at_ms = now_ms () + CHAT_MS;
    }
}

static void
on_left (company_t *company, const wire_left_t *left)
{
    user_t *user = book_find (company->users_by_id, &left->user);
    assert_non_null (user);
    if (user->state == LEAVING && left->turn == user->turn) {
        chat_t *chat = user->chat;
        chat->left_by_ms = clock_wall_ms ();
        company->over_count++;
        rest (company, &chat->match.user);
        rest (company, &chat->match.partner);
    }
}

static void
on_waiting (company_t *company, const wire_waiting_t *waiting)
{
    user_t *user = book_find (company->users_by_id, &waiting->user);
    assert_non_null (user);
    if (user->state == SEARCHING && waiting->turn == user->turn) {
        user->waited = true;
        user->due_ms = now_ms () + waiting->again_ms;
    }
}

// That there is too much to do, or that it is a late repeat.
static void
on_refused (company_t *company, const wire_refused_t *refused)
{
    user_t *user = book_find (company->users_by_id, &refused->user);
    assert_true (refused->reason == REFUSAL_BUSY || refused->reason == REFUSAL_STALE);
    if (user != NULL && refused->reason == REFUSAL_BUSY) {
        user->due_ms = now_ms () + BUSY_MS;
    }
}

static bool
hear (company_t *company)
{
    const wire_t *wire = gate_receive (company->gate);
    if (wire == NULL) {
        return false;
    }
    if (wire->kind == WIRE_MATCHED) {
        on_matched (company, &wire->as.matched);
    }
    else if (wire->kind == WIRE_LEFT) {
        on_left (company, &wire->as.left);
    }
    else if (wire->kind == WIRE_WAITING) {
        on_waiting (company, &wire->as.waiting);
    }
    else if (wire->kind == WIRE_REFUSED) {
        on_refused (company, &wire->as.refused);
    }
    return true;
}

// --- Time ---

static void
look_after (company_t *company, user_t *user)
{
    uint64_t now = now_ms ();
    bool leaves = user->state == CHATTING && user->chat->told == 2
                  && side_of (user) == chat_leaver (user->chat);
    if (leaves && now >= user->chat->leave_at_ms) {
        user->chat->left_from_ms = clock_wall_ms ();
        begin_request (company, user, LEAVING);
    }
    else if ((user->state == SEARCHING || user->state == LEAVING) && now >= user->due_ms) {
        user->attempts++;
        company->repeats += !user->waited;
        send_request (company, user);
    }
}

void
company_step (company_t *company)
{
    if (now_ms () >= company->tick_at_ms) {
        company->tick_at_ms = now_ms () + TICK_MS;
        gate_tick (company->gate);
        for (size_t i = 0; i < USERS; i++) {
            look_after (company, &company->users[i]);
        }
    }
    size_t done = send_searches (company);
    while (hear (company)) {
        done++;
    }
    if (done == 0) {
        gate_wait (company->gate);
    }
}

// --- Questions ---

bool
company_is_ready (const company_t *company)
{
    return gate_is_ready (company->gate);
}

void
company_begin (company_t *company, size_t chats)
{
    company->begun = chats < company->most ? chats : company->most;
}

size_t
company_chats (const company_t *company)
{
    return company->told_count;
}

size_t
company_late (const company_t *company)
{
    return company->begun - company->over_count;
}

bool
company_is_home (const company_t *company)
{
    return company->over_count == company->begun;
}

uint64_t
company_repeats (const company_t *company)
{
    return company->repeats;
}

void
company_count (company_t *company)
{
    company->wait_count = 0;
}

uint32_t *
company_waits (company_t *company, size_t *count)
{
    *count = company->wait_count < WAITS_MOST ? company->wait_count : WAITS_MOST;
    return company->waits_us;
}

void
company_check (company_t *company, const char *rows)
{
    chats_check (company->chats, rows);
}
