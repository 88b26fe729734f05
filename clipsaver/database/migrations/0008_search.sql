-- What Discord's search found, and where it goes on.

alter table runs
    add column search_left    text,
    add column clips_by_search bigint not null default 0;
comment on column runs.search_left is
    'Jobs that search: where the search goes on, for the worker; null = not begun, or no search.';
comment on column runs.clips_by_search is
    'Of clips_added, those that search showed first; the others came with history.';
