"""How a worker is watched from within: jobs that stand still, a loop that does, and what each task
waits for.

    stalls      which jobs stand still without a reason (decides only)
    watchdog    reports them
    loop_watch  says when the event loop stood still, and which function held it
    task_tree   the tree of the tasks as lines, for a line of the log or for who asks
"""
