-- Deleting for good: what is being purged, who is not to be stored, and what was purged when.

-- First what takes longest, some seconds for a million rows: it holds up who writes, and what comes
-- after it also who reads channels.

-- Texts that are kept too long are found without reading those that are gone already.
create index messages_with_content on messages (message_id) where content is not null;

-- What was found to be deleted at Discord is removed some time later.
create index clips_gone on clips (deleted_at, clip_id)
    where deleted_reason in ('message', 'attachment');

create table purges (
    purge_id       bigint generated always as identity primary key,
    scope          text not null check (scope in ('guild', 'channel', 'author', 'messages')),
    guild_id       bigint,
    channel_id     bigint,
    author_id      bigint,
    message_ids    bigint[],
    asked_by       text not null,
    run_id         text collate "C",
    asked_at       timestamptz not null default now(),
    stage          text not null default 'fence'
        check (stage in ('fence', 'count', 'rows', 'files', 'done')),
    place          text,
    clips_found    bigint,
    messages_found bigint,
    pictures_found bigint,
    clips_left     bigint,
    messages_left  bigint,
    pictures_left  bigint,
    clips          bigint not null default 0,
    messages       bigint not null default 0,
    pictures       bigint not null default 0,
    authors        bigint not null default 0,
    files          bigint not null default 0,
    files_given_up bigint not null default 0,
    error          text,
    driven_by      text,
    driven_until   timestamptz,
    updated_at     timestamptz not null default now(),
    ended_at       timestamptz,
    check ((ended_at is null) = (stage <> 'done'))
);
create index purges_open on purges (purge_id) where ended_at is null;
create index purges_ended on purges (ended_at) where ended_at is not null;
create index purges_run on purges (run_id) where run_id is not null;
comment on table purges is
    'What was or is being deleted for good. Each row is carried out in small steps by whoever can.';
comment on column purges.purge_id is 'Number of this purge.';
comment on column purges.scope is
    'guild, channel (with its threads), author (in one guild, or all) or messages.';
comment on column purges.guild_id is 'The guild; null = an author in all guilds.';
comment on column purges.channel_id is 'The channel or thread, of the scopes channel and messages.';
comment on column purges.author_id is 'The person, while it lasts; null afterwards: not kept.';
comment on column purges.message_ids is 'The messages, while it lasts; null afterwards: not kept.';
comment on column purges.asked_by is 'What asked for it: command, job, left_guild, message_deletion.';
comment on column purges.run_id is 'The run of the job that asked for it; null = no job did.';
comment on column purges.asked_at is 'What was asked for before then is not stored any more.';
comment on column purges.stage is
    'How far it is: fence, count, rows, files, done. Jobs wait for the first three.';
comment on column purges.place is 'Where its stage goes on, for who carries it out.';
comment on column purges.clips_found is 'Clips counted before any was deleted; null = not yet.';
comment on column purges.messages_found is 'Messages counted before.';
comment on column purges.pictures_found is 'Rows of thumbnails counted before.';
comment on column purges.clips_left is
    'Clips counted after all were deleted: 0, or it goes on; null = not yet.';
comment on column purges.messages_left is 'Messages counted afterwards.';
comment on column purges.pictures_left is 'Rows of thumbnails counted afterwards.';
comment on column purges.clips is 'Clips deleted so far.';
comment on column purges.messages is 'Messages deleted so far.';
comment on column purges.pictures is 'Rows of thumbnails deleted so far.';
comment on column purges.authors is 'Authors deleted so far, who have no message left.';
comment on column purges.files is 'Stored files deleted so far.';
comment on column purges.files_given_up is
    'Stored files to delete, those included of pictures that were being made.';
comment on column purges.error is 'What keeps it from getting on, in words; null = nothing does.';
comment on column purges.driven_by is 'Who carries it out; null = nobody does.';
comment on column purges.driven_until is 'Until then the others leave it to that one.';
comment on column purges.updated_at is 'When this row was last changed.';
comment on column purges.ended_at is 'When nothing was left; null = it is not over.';

alter table channels add column purged_at timestamptz, add column wanted_at timestamptz;
comment on column channels.purged_at is
    'When it was purged last; jobs that were asked for before then store nothing. Null = never.';
comment on column channels.wanted_at is
    'When somebody asked, after a purge, for it to be read again. What nobody wants is passed over by who goes through a guild.';
comment on column channels.name is
    'Its name when it was last asked for; null = not told, or it was purged.';

-- Channels of a guild, and threads of a channel, a stretch at a time.
drop index channels_guild;
create index channels_guild on channels (guild_id, channel_id);
create index channels_parent on channels (parent_id, channel_id) where parent_id is not null;

alter table guilds add column purged_at timestamptz, add column wanted_at timestamptz,
    add column left_at timestamptz;
comment on column guilds.purged_at is
    'When it was purged last; jobs that were asked for before then store nothing. Null = never.';
comment on column guilds.wanted_at is
    'When somebody asked, after a purge, for it to be scanned again. One that nobody wants is not watched.';
comment on column guilds.left_at is
    'Since when the bot is not in it any more; null = it is, as far as is known.';

-- Pictures of a purge are counted until they are gone, and found by their keys.
alter table file_outbox
    add column purge_id bigint,
    add column stored   boolean not null default false;
create index file_outbox_purge on file_outbox (purge_id, file_id) where purge_id is not null;
create index file_outbox_key on file_outbox (storage_key collate "C");
comment on column file_outbox.purge_id is 'The purge that gave it up; null = something else did.';
comment on column file_outbox.stored is
    'It is in the storage, or never comes; false = it may arrive until it is due.';

create table opt_outs (
    mark  text collate "C" primary key,
    since timestamptz not null default now()
);
comment on table opt_outs is 'Who is not stored: no ids, but keyed hashes of them.';
comment on column opt_outs.mark is
    'HMAC-SHA-256, in hex, of the author''s id, or of the guild''s and the author''s.';
comment on column opt_outs.since is 'Since when.';

create table opt_out_key (
    only_one    boolean primary key default true check (only_one),
    key         bytea,
    fingerprint text not null,
    created_at  timestamptz not null default now()
);
comment on table opt_out_key is 'The key of opt_outs.mark. Not for readers: see docs/security.md.';
comment on column opt_out_key.only_one is 'There is one row at most.';
comment on column opt_out_key.key is 'The key; null = it is privacy.key of the configuration.';
comment on column opt_out_key.fingerprint is
    'A hash of the key, so that a worker with another one does not begin.';
comment on column opt_out_key.created_at is 'When it was first needed.';

create table chores (
    name   text collate "C" primary key,
    due_at timestamptz not null default now(),
    place  text
);
comment on table chores is 'What one of all workers does now and then.';
comment on column chores.name is 'Which.';
comment on column chores.due_at is 'When it is to be done next.';
comment on column chores.place is 'Where it goes on, for who does it.';

comment on table clips is
    'Every video clip that was found; deleted ones stay for privacy.deleted_days, with deleted_at set.';
comment on column messages.content is
    'Its text as last read, without NUL characters; null = storing text is switched off, or it was removed for its age.';

comment on column runs.job is
    'The job as it was on the stream, defaults left out; of one that deleted for good, once that is done, without the person and the messages.';
comment on column runs.clips_deleted is
    'Clips that this run marked deleted (clips.deleted_reason says why), or deleted for good.';
