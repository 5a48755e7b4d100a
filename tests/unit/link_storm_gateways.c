// link_storm_gateways.c -- the gateways in a storm around two links, and the network between them.
//
// They say to each other what chat.c says.

#include "unit/link_storm.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

#define RESEND_EVERY 16
#define PROBE_EVERY 128

link_storm_t storm;

bool
storm_one_in (uint64_t sides)
{
    return dice_throw (&storm.dice, sides) == 0;
}

unsigned
end_index (const end_t *end)
{
    return end != storm.ends;
}

end_t *
end_partner (const end_t *end)
{
    return &storm.ends[1 - end_index (end)];
}

// --- The network ---

static void
post (const end_t *from, packet_t packet)
{
    packet.to = 1 - end_index (from);
    packet.to_gateway = from->partner_gateway;
    packet.from_gateway = from->gateway;
    uint64_t copies = dice_throw (&storm.dice, 100) < storm.doubles ? 2 : 1;
    for (uint64_t i = 0; i < copies; i++) {
        packet.due = storm.step + 1 + dice_throw (&storm.dice, storm.delay);
        if (dice_throw (&storm.dice, 100) >= storm.loss && storm.count < PACKETS_MOST) {
            storm.packets[storm.count++] = packet;
        }
    }
}

void
end_send (const end_t *from, const sending_t *sending)
{
    char text[32] = "";
    memcpy (text, sending->text.text, sending->text.bytes);
    post (from, (packet_t){.kind = MESSAGE, .number = sending->number,
                           .content = strtoull (text + strlen ("text "), NULL, 10)});
}

static void
confirm (const end_t *end)
{
    post (end, (packet_t){.kind = RECEIPT, .number = end->out, .seen = end->seen});
}

static void
send_again (const end_t *end)
{
    for (size_t i = 0; link_is_agreed (end->link) && i < link_unconfirmed (end->link); i++) {
        end_send (end, link_sending (end->link, i));
    }
}

// What is not written yet is not heard: it may be lost with this gateway.
static void
post_heard (const end_t *end, packet_t packet)
{
    size_t count = link_fingerprints (end->link, packet.heard, LINK_WINDOW);
    size_t unwritten = (size_t) (link_arrived (end->link) - end->out);
    packet.heard_count = count > unwritten ? count - unwritten : 0;
    memmove (packet.heard, packet.heard + count - packet.heard_count,
             packet.heard_count * sizeof *packet.heard);
    post (end, packet);
}

void
end_tell_moved (const end_t *end)
{
    post_heard (end, (packet_t){.kind = MOVED, .number = link_arrived (end->link),
                                .turn = end->gateway});
}

// --- The gateway ---

static void
emit (end_t *end, int kind, uint64_t content)
{
    must (end->piped < PIPE_MOST);
    item_t *item = &end->pipe[end->piped++];
    *item = (item_t){.kind = kind, .content = content, .number = link_arrived (end->link)};
    item->print_count = link_fingerprints (end->link, item->prints, OFFSET_FINGERPRINTS);
}

static void
hear_message (end_t *end, const packet_t *packet)
{
    char text[32];
    int bytes = snprintf (text, sizeof text, "text %" PRIu64, packet->content);
    switch (link_arrive (end->link, packet->number, (word_t){"id", 2},
                         (word_t){text, (size_t) bytes})) {
        case LINK_NEXT:
            emit (end, TEXT, packet->content);
            end->arrived_at[packet->content] = storm.step;
            end->arrived_to[packet->content] = end->gateway;
            break;
        case LINK_KNOWN:
            if (end->out + 1 == packet->number) {
                end->out = packet->number;
            }
            confirm (end);
            break;
        case LINK_DOUBLE:
        case LINK_AHEAD:
            confirm (end);
            break;
    }
}

void
end_answer (end_t *end, uint64_t content, bool kept)
{
    if (content > end_partner (end)->out_content) {
        storm.wrong = "confirmed what was not brought";
    }
    if (end->answered_at[content] == 0) {
        end->answered_at[content] = storm.step;
        end->answered_by[content] = end->partner_gateway;
        end->unkept[content] = !kept;
    }
    emit (end, ANSWER, content);
}

// The oldest `count` on their way have arrived.
static void
deliver (end_t *end, size_t count, bool kept)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t content = link_sending (end->link, i)->ack;
        if (content != LINK_NO_ACK) {
            end_answer (end, content, kept);
        }
    }
    link_pass (end->link, count);
}

static void
agree (end_t *end, const packet_t *packet)
{
    deliver (end, link_confirm (end->link, packet->number), true);
    if (!link_is_agreed (end->link)) {
        deliver (end, link_heard_there (end->link, packet->number, packet->heard,
                                        packet->heard_count), false);
    }
    link_agree (end->link, packet->number);
}

static void
hear_moved (end_t *end, const packet_t *packet)
{
    if (packet->turn < end->partner_turn) {
        return;
    }
    bool again = packet->turn == end->partner_turn;
    end->partner_turn = packet->turn;
    end->partner_gateway = packet->from_gateway;
    if (!again || !link_is_agreed (end->link)) {
        agree (end, packet);
    }
    post_heard (end, (packet_t){.kind = STANDS, .number = link_arrived (end->link),
                                .first = link_first (end->link)});
    send_again (end);
}

static void
hear_stands (end_t *end, const packet_t *packet)
{
    if (!link_is_agreed (end->link)) {
        agree (end, packet);
        link_skip (end->link, packet->first);
        send_again (end);
    }
}

// What is for a gateway that has died, or from one where the partner is no more, is passed over.
static void
hear (const packet_t *packet)
{
    end_t *end = &storm.ends[packet->to];
    bool from_partner = packet->from_gateway == end->partner_gateway;
    if (end->link == NULL || end->gateway != packet->to_gateway) {
        return;
    }
    if (packet->kind == MOVED) {
        hear_moved (end, packet);
    }
    else if (packet->kind == MESSAGE && from_partner) {
        hear_message (end, packet);
    }
    else if (packet->kind == STANDS && from_partner) {
        hear_stands (end, packet);
    }
    else if (from_partner) {
        deliver (end, link_confirm (end->link, packet->number), true);
        link_forget (end->link, packet->seen);
    }
}

void
storm_bring_due (void)
{
    for (size_t i = 0; i < storm.count;) {
        if (storm.packets[i].due <= storm.step) {
            packet_t packet = storm.packets[i];
            storm.packets[i] = storm.packets[--storm.count];
            hear (&packet);
        }
        else {
            i++;
        }
    }
}

// All that the browser was sent is out.
static void
note_written (end_t *end)
{
    for (; end->pipe_out < end->piped; end->pipe_out++) {
        const item_t *item = &end->pipe[end->pipe_out];
        if (item->kind == TEXT && item->content > end->out_content) {
            end->out_content = item->content;
        }
    }
    if (end->out < link_arrived (end->link)) {
        end->out = link_arrived (end->link);
        confirm (end);
    }
}

void
end_tend (end_t *end)
{
    if (storm_one_in (4)) {
        note_written (end);
    }
    if (storm_one_in (30)) {
        end->seen = end->last.number; // A pong, late.
    }
    if (storm_one_in (40)) {
        emit (end, NOTICE, 0);
    }
    if (storm.step % RESEND_EVERY == 0) {
        link_is_agreed (end->link) ? send_again (end) : end_tell_moved (end);
    }
    if (storm.step % PROBE_EVERY == 0) {
        confirm (end);
    }
}
