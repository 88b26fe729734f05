-- All tables of clipsaver. Names are unqualified: they land in the schema that `database.schema`
-- names. Snowflakes are bigint and sort by time; times are timestamptz; text columns with a fixed
-- set of values are held to it by a CHECK, so that readers may rely on it.

create table guilds (
    guild_id      bigint primary key,
    name          text,
    first_seen_at timestamptz not null default now(),
    updated_at    timestamptz not null default now()
);
comment on table guilds is 'Discord servers of which at least one channel is known.';
comment on column guilds.guild_id is 'Snowflake of the guild.';
comment on column guilds.name is 'Its name when it was last asked for; null = not asked for yet.';
comment on column guilds.first_seen_at is 'When this row was made.';
comment on column guilds.updated_at is 'When this row was last changed.';

create table channels (
    channel_id      bigint primary key,
    guild_id        bigint not null references guilds,
    parent_id       bigint,
    type            smallint not null,
    name            text,
    nsfw            boolean not null default false,
    last_message_id bigint,
    epoch           bigint not null default 0,
    access          text not null default 'unknown'
        check (access in ('unknown', 'readable', 'denied', 'gone')),
    access_error    text,
    checked_at      timestamptz not null default now(),
    first_seen_at   timestamptz not null default now(),
    updated_at      timestamptz not null default now()
);
create index channels_guild on channels (guild_id);
comment on table channels is 'Channels and threads that were asked for at least once.';
comment on column channels.channel_id is 'Snowflake of the channel or thread.';
comment on column channels.guild_id is 'The guild it is in, as Discord says (never as a job says).';
comment on column channels.parent_id is
    'A thread''s channel, or a channel''s category; null = none. May name a channel without a row.';
comment on column channels.type is 'Discord''s channel type, such as 0 text, 5 news, 11 public thread.';
comment on column channels.name is 'Its name when it was last asked for.';
comment on column channels.nsfw is 'Marked as age-restricted.';
comment on column channels.last_message_id is
    'Newest message that Discord named when it was last asked; may be deleted; null = none ever.';
comment on column channels.epoch is
    'Raised by each purge: pages that were read under an older epoch are not committed.';
comment on column channels.access is
    'What reading its history ended with: unknown (not tried), readable, denied (403), gone (404).';
comment on column channels.access_error is
    'Name of the error behind denied or gone, such as missing_read_message_history.';
comment on column channels.checked_at is 'When Discord was last asked for this channel.';
comment on column channels.first_seen_at is 'When this row was made.';
comment on column channels.updated_at is 'When this row was last changed.';

create table authors (
    author_id     bigint primary key,
    username      text not null,
    global_name   text,
    avatar        text,
    is_bot        boolean not null,
    first_seen_at timestamptz not null default now(),
    updated_at    timestamptz not null default now()
);
comment on table authors is 'Who posted the clips: users, bots and webhooks.';
comment on column authors.author_id is 'Snowflake of the user or webhook.';
comment on column authors.username is 'Unique name as of the message read last.';
comment on column authors.global_name is 'Display name; null = none set.';
comment on column authors.avatar is 'Hash of the avatar, for its URL; null = none set.';
comment on column authors.is_bot is 'Posted by an application or a webhook.';
comment on column authors.first_seen_at is 'When this row was made.';
comment on column authors.updated_at is 'When this row was last changed.';

create table messages (
    message_id    bigint primary key,
    channel_id    bigint not null references channels,
    author_id     bigint not null references authors,
    type          smallint not null,
    content       text,
    posted_at     timestamptz not null,
    edited_at     timestamptz,
    first_seen_at timestamptz not null default now(),
    updated_at    timestamptz not null default now()
);
create index messages_author on messages (author_id);
comment on table messages is 'The messages that hold clips; other messages are not kept.';
comment on column messages.message_id is 'Snowflake of the message.';
comment on column messages.channel_id is 'The channel or thread it was posted in.';
comment on column messages.author_id is 'Who posted it.';
comment on column messages.type is 'Discord''s message type, such as 0 default, 19 reply.';
comment on column messages.content is
    'Its text as last read, without NUL characters; null = storing text is switched off.';
comment on column messages.posted_at is 'When it was posted.';
comment on column messages.edited_at is 'When its author last edited it; null = never.';
comment on column messages.first_seen_at is 'When this row was made.';
comment on column messages.updated_at is 'When this row was last changed.';

-- A clip refers to its message, which refers to channel (and so guild) and author. The copies of
-- their ids are for the indexes: three more foreign keys would double what the checks cost a page.
create table clips (
    clip_id                text collate "C" primary key,
    message_id             bigint not null references messages,
    channel_id             bigint not null,
    guild_id               bigint not null,
    author_id              bigint not null,
    source                 text not null
        check (source in ('attachment', 'forward', 'component', 'embed')),
    attachment_id          bigint,
    filename               text not null,
    title                  text,
    content_type           text not null,
    size_bytes             bigint,
    width                  integer,
    height                 integer,
    duration_seconds       double precision,
    codec                  text,
    url                    text not null,
    url_expires_at         timestamptz,
    placeholder            text,
    spoiler                boolean not null,
    discord_clip           boolean not null,
    posted_at              timestamptz not null,
    settings_hash          text not null,
    thumbnail_state        text not null default 'pending'
        check (thumbnail_state in ('pending', 'ready', 'failed', 'unavailable', 'skipped')),
    thumbnail_attempts     integer not null default 0,
    thumbnail_error        text,
    thumbnail_due_at       timestamptz,
    thumbnail_lease_until  timestamptz,
    thumbnail_token        bigint,
    first_seen_at          timestamptz not null default now(),
    updated_at             timestamptz not null default now(),
    deleted_at             timestamptz,
    deleted_reason         text
        check (deleted_reason in ('message', 'attachment', 'settings', 'purge')),
    check ((deleted_at is null) = (deleted_reason is null))
) with (fillfactor = 90);
-- Ids sort by time, so the newest clips are the highest ids, and (message_id, clip_id) is the key
-- to page by. Each of these answers one question: newest of all (and the clips of a message),
-- newest of a guild, of an author, of a channel (and what a stretch of it should still hold).
create index clips_message on clips (message_id, clip_id);
create index clips_guild on clips (guild_id, message_id, clip_id);
create index clips_author on clips (author_id, message_id, clip_id);
create index clips_channel on clips (channel_id, message_id, clip_id);
-- Thumbnails to make: those never tried, newest first, and those to try again, by when.
create index clips_thumbnail_new on clips (message_id)
    where thumbnail_state = 'pending' and thumbnail_due_at is null and deleted_at is null;
create index clips_thumbnail_due on clips (thumbnail_due_at)
    where thumbnail_state = 'pending' and thumbnail_due_at is not null and deleted_at is null;
comment on table clips is 'Every video clip that was found; deleted ones stay, with deleted_at set.';
comment on column clips.clip_id is
    '<message_id>-<attachment_id>, or <message_id>-<source>-<8 hex digits over the URL without its signature>.';
comment on column clips.message_id is 'The message that holds it.';
comment on column clips.channel_id is 'The channel or thread of that message.';
comment on column clips.guild_id is 'The guild of that channel.';
comment on column clips.author_id is 'Who posted the message (of a forward: who forwarded it).';
comment on column clips.source is 'Where in the message: attachment, forward, component or embed.';
comment on column clips.attachment_id is 'Snowflake of the attachment; null = media without one.';
comment on column clips.filename is 'Name of the file, as uploaded. A stranger''s text.';
comment on column clips.title is 'Its title, where Discord keeps one apart from the filename.';
comment on column clips.content_type is 'MIME type without parameters, such as video/mp4.';
comment on column clips.size_bytes is 'Size of the file in bytes; null = not known.';
comment on column clips.width is 'Width in pixels as displayed; null = not known.';
comment on column clips.height is 'Height in pixels as displayed; null = not known.';
comment on column clips.duration_seconds is 'Length in seconds; null = not known.';
comment on column clips.codec is
    'Video codec such as h264. Set once the file itself was looked into: from then on content_type, width, height and duration_seconds are the file''s, not the message''s. Null = not yet.';
comment on column clips.url is 'Link to the file, signed where Discord signs it.';
comment on column clips.url_expires_at is 'When the link''s signature ends; null = it does not.';
comment on column clips.placeholder is 'Discord''s thumbhash in base64: a blurred preview; null = none.';
comment on column clips.spoiler is 'Hidden behind a spoiler warning.';
comment on column clips.discord_clip is 'Made with Discord''s Clips feature.';
comment on column clips.posted_at is 'When its message was posted.';
comment on column clips.settings_hash is 'The scan settings (types, pattern, sources) it was last read under.';
comment on column clips.thumbnail_state is
    'pending, ready, failed (attempts used up), unavailable (cannot be made), skipped (not wanted).';
comment on column clips.thumbnail_attempts is 'Failed attempts so far.';
comment on column clips.thumbnail_error is 'Why the last attempt failed; null = none did.';
comment on column clips.thumbnail_due_at is 'When to try again; null = not tried yet: at once.';
comment on column clips.thumbnail_lease_until is 'Until when a worker is making it; null = nobody is.';
comment on column clips.thumbnail_token is 'Names that worker''s claim: only its holder may record a result.';
comment on column clips.first_seen_at is 'When it was first recorded.';
comment on column clips.updated_at is 'When what is known of it last changed.';
comment on column clips.deleted_at is 'When it was found to be gone; null = it is there.';
comment on column clips.deleted_reason is
    'Why: message (deleted at Discord), attachment (removed from it), settings (no longer wanted), purge.';

create table thumbnails (
    clip_id      text collate "C" not null references clips,
    size         text not null check (size in ('small', 'large')),
    storage_key  text not null,
    width        integer not null,
    height       integer not null,
    size_bytes   bigint not null,
    content_type text not null,
    source       text not null check (source in ('decode', 'discord')),
    created_at   timestamptz not null default now(),
    primary key (clip_id, size)
);
comment on table thumbnails is 'The stored pictures of clips.';
comment on column thumbnails.clip_id is 'The clip.';
comment on column thumbnails.size is 'small (in lists) or large (in previews).';
comment on column thumbnails.storage_key is 'Where it is, relative to the storage''s root.';
comment on column thumbnails.width is 'Real width in pixels.';
comment on column thumbnails.height is 'Real height in pixels.';
comment on column thumbnails.size_bytes is 'Size of the picture in bytes.';
comment on column thumbnails.content_type is 'MIME type, such as image/webp.';
comment on column thumbnails.source is
    'decode (a frame of the file) or discord (the media proxy''s still).';
comment on column thumbnails.created_at is 'When it was stored.';

create table scan_coverage (
    channel_id    bigint not null references channels,
    settings_hash text collate "C" not null,
    covered       int8multirange not null,
    updated_at    timestamptz not null default now(),
    primary key (channel_id, settings_hash)
) with (fillfactor = 70);
comment on table scan_coverage is 'Which stretches of a channel were read, per way of reading.';
comment on column scan_coverage.channel_id is 'The channel or thread.';
comment on column scan_coverage.settings_hash is
    'The way of reading: allowed types, pattern and sources.';
comment on column scan_coverage.covered is
    'Message ids that were read; what lies between the ranges is a gap.';
comment on column scan_coverage.updated_at is 'When it last grew.';

create table runs (
    run_id        text collate "C" primary key,
    job_id        text collate "C",
    job           jsonb not null,
    type          text not null,
    guild_id      bigint not null,
    channel_id    bigint,
    state         text not null
        check (state in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    fence         bigint not null,
    attempts      integer not null default 0,
    deliveries    integer not null default 1,
    remaining     int8multirange,
    pages         bigint not null default 0,
    messages      bigint not null default 0,
    clips         bigint not null default 0,
    requests      bigint not null default 0,
    error         text,
    error_message text,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),
    ended_at      timestamptz,
    check ((ended_at is null) = (state in ('QUEUED', 'RUNNING')))
) with (fillfactor = 70);
-- No index holds a column that a page changes: a page's update of its run stays on its heap page.
create unique index runs_unfinished_job on runs (job_id) where state in ('QUEUED', 'RUNNING');
create index runs_job on runs (job_id, created_at) where job_id is not null;
create index runs_state on runs (state, created_at);
create index runs_ended on runs (ended_at) where ended_at is not null;
comment on table runs is
    'One row for each job that was begun: its life over all its deliveries to workers.';
comment on column runs.run_id is '<stream>/<id of the job''s first entry>.';
comment on column runs.job_id is
    'The producer''s name for the job; null = none. At most one unfinished run has it.';
comment on column runs.job is 'The job as it was on the stream, defaults left out.';
comment on column runs.type is 'The job''s type, such as batch.';
comment on column runs.guild_id is 'The guild that the job names (not proven).';
comment on column runs.channel_id is 'The channel that the job names; null = it is not about one.';
comment on column runs.state is
    'QUEUED (begun before, waiting for its next delivery), RUNNING, SUCCEEDED, FAILED, CANCELLED.';
comment on column runs.fence is
    'Token of the delivery that may change this row; only a greater one replaces it.';
comment on column runs.attempts is 'Failed attempts before the current delivery.';
comment on column runs.deliveries is 'How often it was begun by a worker.';
comment on column runs.remaining is
    'Message ids still to be read; null = not planned yet, or a job that reads no stretch.';
comment on column runs.pages is 'Pages committed.';
comment on column runs.messages is 'Messages read on them.';
comment on column runs.clips is 'Clips found on them.';
comment on column runs.requests is 'Requests to Discord made for them, retries included.';
comment on column runs.error is 'Name of the last error, such as access_denied; null = none.';
comment on column runs.error_message is 'That error in words.';
comment on column runs.created_at is 'When its first delivery began.';
comment on column runs.updated_at is 'When this row was last changed.';
comment on column runs.ended_at is 'When it ended; null = it has not.';

create table file_outbox (
    file_id     bigint generated always as identity primary key,
    storage_key text not null,
    attempts    integer not null default 0,
    error       text,
    due_at      timestamptz not null default now(),
    created_at  timestamptz not null default now()
);
create index file_outbox_due on file_outbox (due_at);
comment on table file_outbox is
    'Stored files to delete: written with the change that orphans them, removed when they are gone.';
comment on column file_outbox.file_id is 'Number of this entry.';
comment on column file_outbox.storage_key is 'The file, relative to the storage''s root.';
comment on column file_outbox.attempts is 'Failed attempts to delete it.';
comment on column file_outbox.error is 'Why the last attempt failed; null = none did.';
comment on column file_outbox.due_at is 'When to try (again).';
comment on column file_outbox.created_at is 'When the file was given up.';
