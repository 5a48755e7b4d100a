// print_protocol.c -- prints PROTOCOL.md from the table of wire messages, for the build.

#include <inttypes.h>
#include <stdio.h>

#include "wire/wire.h"

static void
print_kind (const field_t *field)
{
    switch (field->kind) {
        case FIELD_NUMBER:
            printf ("unsigned, %" PRIu64 " to %" PRIu64, field->least, field->most);
            break;
        case FIELD_IDENT:
            printf ("bin, 16 bytes");
            break;
        case FIELD_WORD:
            printf ("str, up to %" PRIu64 " bytes", field->most);
            break;
    }
}

int
main (void)
{
    printf ("# The wire protocol, version %d\n\n"
            "What the processes say to each other over ZeroMQ. This page is printed from `wire.def`;\n"
            "change that and run the build.\n\n"
            "A wire message is a MessagePack array of the message's number and then its fields in this\n"
            "order. Fields behind those a reader knows are passed over. An id of sixteen zero bytes is\n"
            "nobody.\n\n"
            "A ZeroMQ message is one frame of at most %d bytes with one or more wire messages, one\n"
            "behind the other: all that is said to somebody in one turn of the loop. They are taken in\n"
            "their order, each as if it had come alone. If one cannot be read so far that it can be\n"
            "seen where it ends, it is refused together with what follows it in that frame.\n\n"
            "Version %d differs only in that each frame has one wire message. Whoever says HELLO with it\n"
            "is answered with it and spoken to so; whoever is refused as of a wrong version says it.\n",
            WIRE_VERSION, WIRE_BYTES_MOST, WIRE_VERSION_LEAST);
    const shape_t *shape;
    for (size_t i = 0; (shape = wire_shape_at (i)) != NULL; i++) {
        printf ("\n## %d %s\n\n%s\n\n| field | kind | meaning |\n| --- | --- | --- |\n",
                (int) shape->kind, shape->name, shape->sentence);
        for (size_t j = 0; j < shape->field_count; j++) {
            printf ("| %s | ", shape->fields[j].name);
            print_kind (&shape->fields[j]);
            printf ("%s", shape->fields[j].added ? "; older senders do not say it" : "");
            printf (" | %s |\n", shape->fields[j].sentence);
        }
    }
    printf ("\n## Reasons\n\nWhy a chat ended (`reason_t`):");
    for (int reason = REASON_NONE; reason <= REASON_ORPHANED; reason++) {
        printf ("%s %d %s", reason > 0 ? "," : "", reason, wire_reason_name ((reason_t) reason));
    }
    printf (".\n\n## Refusals\n\n| number | code | sentence |\n| --- | --- | --- |\n");
#define REFUSAL(NAME, number, code, sentence) printf ("| %d | %s | %s |\n", number, code, sentence);
#include "wire/refusals.def"
#undef REFUSAL
    return 0;
}
