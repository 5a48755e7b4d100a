// ports_test.c -- suites that run beside each other take ports, and no two get the same.

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/cmocka_all.h"
#include "support/service.h"

enum { SUITES = 4, PORTS = 200 };

typedef struct {
    pid_t pid;
    int says; // Its ports, a line each.
} suite_t;

static int hold[2]; // All suites end when it is closed.

static void
take_ports (void)
{
    for (int i = 0; i < PORTS; i++) {
        printf ("%u\n", free_port ());
    }
    fflush (stdout);
    _exit (read (STDIN_FILENO, (char[1]){0}, 1) == 0 ? 0 : 1);
}

// Half of them are in C, half are Node.
static suite_t
start_suite (bool node)
{
    int says[2];
    assert_int_equal (pipe (says), 0);
    pid_t pid = fork ();
    assert_true (pid >= 0);
    if (pid == 0) {
        dup2 (hold[0], STDIN_FILENO);
        dup2 (says[1], STDOUT_FILENO);
        close (hold[1]);
        if (!node) {
            take_ports ();
        }
        execlp (NODE_BINARY, "node", "--input-type=module", "-e",
                "import { freePorts } from '" PROCESS_MJS "';"
                "for (let i = 0; i < Number(process.argv[1]); i++) console.log(await freePorts());"
                "process.stdin.resume();",
                number_text (PORTS), (char *) NULL);
        _exit (127);
    }
    close (says[1]);
    return (suite_t){pid, says[0]};
}

static void
test_no_two_suites_get_the_same_port (void **state)
{
    (void) state;
    static bool taken[65536];
    suite_t suites[SUITES];
    assert_int_equal (pipe (hold), 0);
    for (int i = 0; i < SUITES; i++) {
        suites[i] = start_suite (i % 2 == 1);
    }
    for (int i = 0; i < SUITES; i++) {
        FILE *says = fdopen (suites[i].says, "r");
        assert_non_null (says);
        for (int told = 0; told < PORTS; told++) {
            unsigned port;
            assert_int_equal (fscanf (says, "%u", &port), 1);
            assert_in_range (port, 10240, 19999);
            assert_false (taken[port]);
            taken[port] = true;
        }
        fclose (says);
    }
    // They have held theirs until now.
    close (hold[1]);
    for (int i = 0; i < SUITES; i++) {
        int status;
        assert_int_equal (waitpid (suites[i].pid, &status, 0), suites[i].pid);
        assert_int_equal (status, 0);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_no_two_suites_get_the_same_port),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
