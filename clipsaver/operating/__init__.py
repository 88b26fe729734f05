"""What operators do that needs both the stream and the database, for the command line and the
terminal UI alike.

Plain `async def` over a `Link` and whatever gives connections, on Trio or asyncio; what needs the
stream alone is in `queue/operating`. Each action is two steps: one looks for what is meant and
changes nothing (a dry run ends there), the other acts on just that and leaves audit events.

    to do it                      first look for what is meant
    cancelling.cancel, drop, bury queue.operating.find.named or pending.each
    repairing.repair              repairing.damage_of
    thumbnails.ask_for_clips      database.thumbnails.looking.fates_of_named
    thumbnails.ask_for_chosen     database.thumbnails.states.count_chosen, looking.clips_chosen
    queue.operating:
    dead_letters.dead_actions:
    retry, drop                   dead_letters.dead.select_named or select
    undo_retry                    retries_of
    control.order                 control.workers_meant
    release.release               find.named or pending.each

An action is given an `Act`: who, what in words, and why.
"""
