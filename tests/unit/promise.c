// promise.c -- lets something go wrong where it harms nobody.

#include "unit/promise.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/must.h"

static _Noreturn void
act_alone (void (*act) (void))
{
    setrlimit (RLIMIT_CORE, &(struct rlimit){0, 0});
    signal (SIGABRT, SIG_DFL); // The test framework catches it otherwise.
    int nowhere = open ("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2 (nowhere, STDERR_FILENO);
    act ();
    _exit (0);
}

bool
breaks_a_promise (void (*act) (void))
{
    int status;
    pid_t child = fork ();
    must (child >= 0);
    if (child == 0) {
        act_alone (act);
    }
    must (waitpid (child, &status, 0) == child);
    return WIFSIGNALED (status) && WTERMSIG (status) == SIGABRT;
}
