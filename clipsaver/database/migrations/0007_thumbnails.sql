-- What making thumbnails needs: words for a person, and what may be deleted again.

alter table clips add column thumbnail_error_message text;
comment on column clips.thumbnail_error is
    'Name of what ended the last attempt, such as no_video; null = nothing did.';
comment on column clips.thumbnail_error_message is 'That error in words.';
comment on column clips.thumbnail_state is
    'pending, ready, failed (attempts used up), unavailable (cannot be made), skipped (not wanted). A clip that is made anew is pending and keeps its pictures until there are others.';
comment on column clips.thumbnail_due_at is
    'When to try again, or since when it is asked for anew; null = not tried yet: at once.';

comment on table file_outbox is
    'Stored files to delete: written with the change that orphans them, or before they are stored; removed when they are gone, or belong to a clip.';
comment on column file_outbox.attempts is
    'Attempts to delete it so far; a file with one never comes to belong to a clip.';

-- What could not be made, by why. Partial: a page's clips are pending, so that it costs a page nothing.
create index clips_thumbnail_failed on clips (thumbnail_error, message_id)
    where thumbnail_state in ('failed', 'unavailable') and deleted_at is null;
-- Clips that are gone and may have pictures. They leave it when their files are given up.
create index clips_thumbnail_gone on clips (deleted_reason, deleted_at)
    where deleted_at is not null and (thumbnail_state = 'ready' or thumbnail_due_at is not null);
