-- What a run changed, beside what it found: a rescan under new settings adds, brings back and deletes.

alter table runs
    add column clips_added    bigint not null default 0,
    add column clips_restored bigint not null default 0,
    add column clips_deleted  bigint not null default 0;
comment on column runs.clips_added is 'Of the clips found, those that were not known before.';
comment on column runs.clips_restored is 'Of the clips found, those that had been marked deleted.';
comment on column runs.clips_deleted is 'Clips that this run marked deleted; clips.deleted_reason says why.';
