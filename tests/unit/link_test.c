// link_test.c -- each message once and in order, however bad the network is.
//
// With a seed as its argument it runs the storm of that seed alone.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/link.h"
#include "support/cmocka_all.h"
#include "unit/dice.h"
#include "unit/promise.h"

#define WORD_OF(text) ((word_t){text, sizeof text - 1})

static const sending_t *
take (link_t *link, uint64_t n)
{
    char text[32];
    snprintf (text, sizeof text, "text %" PRIu64, n);
    return link_take (link, 1000 + n, n, WORD_OF ("id"), (word_t){text, strlen (text)});
}

static void
test_messages_are_numbered_from_1_and_copied (void **state)
{
    (void) state;
    link_t *link = link_new ();
    char text[] = "hello";
    const sending_t *first = link_take (link, 5, 7, WORD_OF ("name"), WORD_OF (text));
    memset (text, 'x', sizeof text);
    assert_int_equal (first->number, 1);
    assert_int_equal (first->at_ms, 5);
    assert_int_equal (first->ack, 7);
    assert_int_equal (first->id.bytes, 4);
    assert_memory_equal (first->id.text, "name", 4);
    assert_int_equal (first->text.bytes, 5);
    assert_memory_equal (first->text.text, "hello", 5);
    assert_int_equal (take (link, 2)->number, 2);
    assert_int_equal (link_taken (link), 2);
    assert_int_equal (link_unconfirmed (link), 2);
    link_destroy (&link);
    assert_null (link);
    link_destroy (&link);
}

static void
test_a_message_may_have_no_name (void **state)
{
    (void) state;
    link_t *link = link_new ();
    const sending_t *sending = link_take (link, 1, 1, (word_t){NULL, 0}, WORD_OF ("a"));
    assert_int_equal (sending->id.bytes, 0);
    assert_memory_equal (sending->text.text, "a", 1);
    link_destroy (&link);
}

static void
test_the_window_holds_64_and_opens_with_each_receipt (void **state)
{
    (void) state;
    link_t *link = link_new ();
    for (uint64_t n = 1; n <= LINK_WINDOW; n++) {
        assert_int_equal (take (link, n)->number, n);
    }
    assert_null (take (link, 65));
    assert_int_equal (link_taken (link), LINK_WINDOW);
    assert_int_equal (link_confirm (link, 3), 3);
    link_release (link, 3);
    for (uint64_t n = 65; n <= 67; n++) {
        assert_int_equal (take (link, n)->number, n);
    }
    assert_null (take (link, 68));
    for (size_t place = 0; place < LINK_WINDOW; place++) {
        assert_int_equal (link_sending (link, place)->number, 4 + place);
        assert_int_equal (link_sending (link, place)->ack, 4 + place);
    }
    link_destroy (&link);
}

static void
test_a_receipt_covers_all_up_to_its_number (void **state)
{
    (void) state;
    link_t *link = link_new ();
    for (uint64_t n = 1; n <= 5; n++) {
        take (link, n);
    }
    assert_int_equal (link_confirm (link, 0), 0);
    assert_int_equal (link_confirm (link, 2), 2);
    assert_int_equal (link_unconfirmed (link), 5); // They stay until they are released.
    link_release (link, 2);
    assert_int_equal (link_unconfirmed (link), 3);
    assert_int_equal (link_sending (link, 0)->number, 3);
    link_destroy (&link);
}

static void
test_receipts_that_are_old_or_ahead_confirm_nothing (void **state)
{
    (void) state;
    link_t *link = link_new ();
    assert_int_equal (link_confirm (link, 1), 0); // Nothing was sent yet.
    take (link, 1);
    take (link, 2);
    assert_int_equal (link_confirm (link, 3), 0);
    assert_int_equal (link_confirm (link, UINT32_MAX), 0);
    assert_int_equal (link_confirm (link, UINT64_MAX), 0);
    link_release (link, link_confirm (link, 2));
    assert_int_equal (link_confirm (link, 2), 0);
    assert_int_equal (link_confirm (link, 1), 0);
    assert_int_equal (link_unconfirmed (link), 0);
    link_destroy (&link);
}

static void
test_only_the_next_number_is_taken_in (void **state)
{
    (void) state;
    link_t *link = link_new ();
    assert_int_equal (link_arrive (link, 2), LINK_AHEAD);
    assert_int_equal (link_arrived (link), 0);
    assert_int_equal (link_arrive (link, 1), LINK_NEXT);
    assert_int_equal (link_arrive (link, 1), LINK_DOUBLE);
    assert_int_equal (link_arrive (link, 0), LINK_DOUBLE);
    assert_int_equal (link_arrive (link, 3), LINK_AHEAD);
    assert_int_equal (link_arrive (link, UINT64_MAX), LINK_AHEAD);
    assert_int_equal (link_arrive (link, 2), LINK_NEXT);
    assert_int_equal (link_arrived (link), 2);
    assert_int_equal (link_taken (link), 0); // The other direction is another matter.
    link_destroy (&link);
}

static void
test_a_message_is_known_by_its_name_and_text (void **state)
{
    (void) state;
    link_t *link = link_new ();
    sending_t known;
    assert_int_equal (link_find (link, WORD_OF ("a"), WORD_OF ("text"), 1, &known), LINK_NEW);
    link_take (link, 500, 1, WORD_OF ("a"), WORD_OF ("text"));
    link_take (link, 501, 2, (word_t){NULL, 0}, WORD_OF ("text"));
    assert_int_equal (link_find (link, WORD_OF ("b"), WORD_OF ("text"), 3, &known), LINK_NEW);
    assert_int_equal (link_find (link, WORD_OF ("a"), WORD_OF ("other"), 3, &known), LINK_NEW);
    assert_int_equal (link_find (link, (word_t){NULL, 0}, WORD_OF ("text"), 3, &known), LINK_NEW);
    assert_int_equal (link_find (link, WORD_OF ("a"), WORD_OF ("text"), 4, &known), LINK_SENDING);
    assert_int_equal (link_sending (link, 0)->ack, 4);
    link_release (link, 2);
    assert_int_equal (link_find (link, WORD_OF ("a"), WORD_OF ("text"), 5, &known), LINK_CONFIRMED);
    assert_int_equal (known.number, 1);
    assert_int_equal (known.at_ms, 500);
    assert_int_equal (known.ack, 5);
    assert_memory_equal (known.id.text, "a", 1);
    link_destroy (&link);
}

static void
test_names_of_the_last_64_are_known (void **state)
{
    (void) state;
    link_t *link = link_new ();
    sending_t known;
    for (uint64_t n = 1; n <= 200; n++) {
        char id[32];
        snprintf (id, sizeof id, "id %" PRIu64, n);
        link_take (link, n, n, (word_t){id, strlen (id)}, WORD_OF ("text"));
        link_release (link, n % 3 == 0 ? link_unconfirmed (link) : 0);
        for (uint64_t old = 1; old <= n; old++) {
            snprintf (id, sizeof id, "id %" PRIu64, old);
            link_memory_t memory = link_find (link, (word_t){id, strlen (id)}, WORD_OF ("text"), old, &known);
            assert_int_equal (memory != LINK_NEW, old + LINK_WINDOW > n);
            assert_true (memory != LINK_CONFIRMED || (known.number == old && known.at_ms == old));
        }
    }
    link_destroy (&link);
}

static void
release_too_many (void)
{
    link_t *link = link_new ();
    take (link, 1);
    link_release (link, 2);
}

static void
test_releasing_what_was_not_sent_breaks_a_promise (void **state)
{
    (void) state;
    assert_true (breaks_a_promise (release_too_many));
}

// --- The storm: two links, and a network that loses, doubles, delays and reorders ---

#define SEEDS 10000
#define PACKETS_MOST 4096
#define RESEND_EVERY 16
#define STEPS_MOST 20000 // By then a storm has long ended, or is stuck.

typedef struct {
    uint64_t due; // At which step it arrives.
    unsigned to;  // Which of the two.
    uint64_t message; // Number of a message, or 0: a receipt.
    uint64_t receipt; // What the receipt says.
    uint64_t content; // What the message carries.
} packet_t;

typedef struct {
    dice_t dice;
    uint64_t step;
    uint64_t loss;    // Of 100 packets.
    uint64_t doubles; // Of 100 packets.
    uint64_t delay;   // Steps at most.
    uint64_t wanted;  // Messages that each of the two will write.
    link_t *links[2];
    uint64_t read[2]; // Messages that have come out at each.
    packet_t packets[PACKETS_MOST];
    size_t count;
    const char *wrong; // What went wrong, or NULL.
} storm_t;

static storm_t storm;

static void
post (packet_t packet)
{
    uint64_t copies = dice_throw (&storm.dice, 100) < storm.doubles ? 2 : 1;
    for (uint64_t i = 0; i < copies; i++) {
        packet.due = storm.step + 1 + dice_throw (&storm.dice, storm.delay);
        if (dice_throw (&storm.dice, 100) >= storm.loss && storm.count < PACKETS_MOST) {
            storm.packets[storm.count++] = packet;
        }
    }
}

static void
post_sending (unsigned from, const sending_t *sending)
{
    char text[32] = "";
    memcpy (text, sending->text.text, sending->text.bytes);
    post ((packet_t){.to = 1 - from, .message = sending->number,
                     .content = strtoull (text + strlen ("text "), NULL, 10)});
}

static void
write_some (unsigned who)
{
    link_t *link = storm.links[who];
    if (link_taken (link) < storm.wanted && dice_throw (&storm.dice, 3) == 0) {
        const sending_t *sending = take (link, link_taken (link) + 1);
        if (sending != NULL) {
            post_sending (who, sending);
        }
        else if (link_unconfirmed (link) != LINK_WINDOW) {
            storm.wrong = "refused although the window is open";
        }
    }
}

static void
send_again (unsigned who)
{
    for (size_t i = 0; i < link_unconfirmed (storm.links[who]); i++) {
        post_sending (who, link_sending (storm.links[who], i));
    }
}

static void
hear (unsigned who, const packet_t *packet)
{
    link_t *link = storm.links[who];
    if (link_arrive (link, packet->message) == LINK_NEXT
        && packet->content != ++storm.read[who]) {
        storm.wrong = "out of order, lost or doubled";
    }
    post ((packet_t){.to = 1 - who, .receipt = link_arrived (link)});
}

static void
deliver (const packet_t *packet)
{
    link_t *link = storm.links[packet->to];
    if (packet->message > 0) {
        hear (packet->to, packet);
        return;
    }
    size_t count = link_confirm (link, packet->receipt);
    link_release (link, count);
    if (link_taken (link) - link_unconfirmed (link) > storm.read[1 - packet->to]) {
        storm.wrong = "confirmed what has not arrived";
    }
}

static void
deliver_due (void)
{
    for (size_t i = 0; i < storm.count;) {
        if (storm.packets[i].due <= storm.step) {
            packet_t packet = storm.packets[i];
            storm.packets[i] = storm.packets[--storm.count];
            deliver (&packet);
        }
        else {
            i++;
        }
    }
}

static bool
is_over (void)
{
    return storm.read[0] == storm.wanted && storm.read[1] == storm.wanted
        && link_unconfirmed (storm.links[0]) == 0 && link_unconfirmed (storm.links[1]) == 0;
}

// What went wrong in the storm of that seed, or NULL.
static const char *
rage (uint64_t seed)
{
    storm = (storm_t){.dice = dice_from (seed), .links = {link_new (), link_new ()}};
    storm.loss = dice_throw (&storm.dice, 60);
    storm.doubles = dice_throw (&storm.dice, 50);
    storm.delay = 1 + dice_throw (&storm.dice, 30);
    storm.wanted = dice_throw (&storm.dice, seed % 50 == 0 ? 200 : 12);
    while (storm.wrong == NULL && !is_over ()) {
        if (++storm.step > STEPS_MOST) {
            storm.wrong = "stuck";
        }
        for (unsigned who = 0; who < 2; who++) {
            write_some (who);
            if (storm.step % RESEND_EVERY == 0) {
                send_again (who);
            }
        }
        deliver_due ();
    }
    link_destroy (&storm.links[0]);
    link_destroy (&storm.links[1]);
    return storm.wrong;
}

static uint64_t first_seed = 1;
static uint64_t last_seed = SEEDS;

static void
test_in_every_storm_all_arrive_once_and_in_order (void **state)
{
    (void) state;
    for (uint64_t seed = first_seed; seed <= last_seed; seed++) {
        const char *wrong = rage (seed);
        if (wrong != NULL) {
            fail_msg ("seed %" PRIu64 ", step %" PRIu64 ": %s", seed, storm.step, wrong);
        }
    }
}

int
main (int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_messages_are_numbered_from_1_and_copied),
        cmocka_unit_test (test_a_message_may_have_no_name),
        cmocka_unit_test (test_the_window_holds_64_and_opens_with_each_receipt),
        cmocka_unit_test (test_a_receipt_covers_all_up_to_its_number),
        cmocka_unit_test (test_receipts_that_are_old_or_ahead_confirm_nothing),
        cmocka_unit_test (test_only_the_next_number_is_taken_in),
        cmocka_unit_test (test_a_message_is_known_by_its_name_and_text),
        cmocka_unit_test (test_names_of_the_last_64_are_known),
        cmocka_unit_test (test_releasing_what_was_not_sent_breaks_a_promise),
        cmocka_unit_test (test_in_every_storm_all_arrive_once_and_in_order),
    };
    if (argc > 1) {
        first_seed = last_seed = strtoull (argv[1], NULL, 10);
    }
    return cmocka_run_group_tests (tests, NULL, NULL);
}
