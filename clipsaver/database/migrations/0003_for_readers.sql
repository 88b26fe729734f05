-- What two of the queries in docs/database.md need at a million clips.

-- What was deleted lately in a guild, for those who keep copies. Partial: a clip that is there is
-- not in it, so that it costs a page nothing. A purge gives many clips one time, hence clip_id.
create index clips_deleted on clips (guild_id, deleted_at, clip_id) where deleted_at is not null;

-- A channel is in one guild and most authors are too. Without being told, PostgreSQL multiplies the
-- shares, expects a handful of an author's clips in a guild, and reads and sorts all of them.
create statistics clips_places (dependencies) on guild_id, channel_id, author_id from clips;
