-- What only Discord's refusals teach outlives Redis, where it is kept for use.

create table learnt_limits (
    token            text not null,
    route            text not null,
    requests         integer not null check (requests > 0),
    window_seconds   double precision not null check (window_seconds > 0),
    patience_seconds double precision not null check (patience_seconds > 0),
    learnt_at        timestamptz not null default now(),
    primary key (token, route)
);
comment on table learnt_limits is
    'Limits of Discord''s that its headers do not tell, only its refusals; for the workers.';
comment on column learnt_limits.token is 'A hash of the bot''s token.';
comment on column learnt_limits.route is 'Method and path, such as GET /channels/{channel}/messages.';
comment on column learnt_limits.requests is 'So many requests to one channel or guild …';
comment on column learnt_limits.window_seconds is '… in so many seconds.';
comment on column learnt_limits.patience_seconds is
    'After so long without a lesson one request tries whether Discord allows more now.';
comment on column learnt_limits.learnt_at is 'When it was last learnt otherwise than it stood here.';
