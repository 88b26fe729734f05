-- What a guild job found in its guild, and what it did about it.

alter table runs
    add column channels            bigint not null default 0,
    add column channels_unreadable bigint not null default 0,
    add column jobs_added          bigint not null default 0;
comment on column runs.channels is
    'Guild jobs: channels and threads found that can hold messages.';
comment on column runs.channels_unreadable is
    'Guild jobs: channels and threads that the bot may not read; error_message says why.';
comment on column runs.jobs_added is
    'Guild jobs: batch jobs added, one for each channel or thread that had something new.';

comment on table channels is
    'Channels and threads that were asked for, or listed with their guild, at least once.';
comment on column channels.type is
    'Discord''s channel type, such as 0 text, 4 category, 5 news, 11 public thread, 15 forum.';
comment on column channels.access is
    'Whether its history may be read: unknown (not tried), readable, denied (403, or a permission is missing), gone (404).';
