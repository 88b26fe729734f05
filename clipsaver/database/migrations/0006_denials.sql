-- Channels that Discord denies, so that they are asked for once and not once per job. A table of its
-- own, since a channel that was never seen has no row in `channels`: its guild is not known.

create table denials (
    channel_id   bigint primary key,
    error        text not null,
    words        text not null,
    route        text not null,
    status       smallint,
    code         integer,
    times        integer not null default 1,
    denied_at    timestamptz not null default now(),
    asked_at     timestamptz not null default now(),
    ask_again_at timestamptz not null,
    asked_by     text,
    asking_until timestamptz
);
comment on table denials is
    'Channels that Discord denies or does not know; jobs end there without a request until they are due.';
comment on column denials.channel_id is 'Snowflake of the channel or thread; it may be unknown.';
comment on column denials.error is
    'Name of the error, such as access_denied; channel_gone where a known channel was deleted.';
comment on column denials.words is 'What a person is told of it.';
comment on column denials.route is 'The request that was denied.';
comment on column denials.status is 'HTTP status of the answer; null = it was deduced.';
comment on column denials.code is 'Discord''s own code in it; null = none.';
comment on column denials.times is 'How often it was asked for and denied; each time the pause doubles.';
comment on column denials.denied_at is 'When it was denied first.';
comment on column denials.asked_at is 'When it was asked for last.';
comment on column denials.ask_again_at is 'From then on the next job asks Discord again.';
comment on column denials.asked_by is 'The run that is asking again now; null = none.';
comment on column denials.asking_until is 'Until then the other jobs leave it to that run.';
