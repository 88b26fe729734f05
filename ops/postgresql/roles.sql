-- Roles for clipsaver in a PostgreSQL of your own, each with no more than its work takes. Run it in
-- the database of `database.url`, as a superuser, or as that database's owner with CREATEROLE:
--
--     psql -f roles.sql postgresql://postgres@host/clips
--
-- Then `clipsaver db migrate` as clipsaver_owner, and this file once more: what it says of single
-- tables needs these to be there. It may be repeated at any time. The roles are the whole server's
-- and have no password yet: \password clipsaver_worker. For another `database.schema`: sed.
--
-- clipsaver_owner     has the schema and all tables: `clipsaver db migrate`, and nothing that stays
-- clipsaver_worker    reads and writes rows: `clipsaver run` with `database.migrate = false`,
--                     `clipsaver doctor` and `clipsaver scan`
-- clipsaver_operator  looks, ends runs, and has thumbnails made again: all other commands
-- clipsaver_privacy   looks, deletes for good, and knows who opted out: `clipsaver purge` and
--                     `clipsaver privacy`
--
-- Who only reads, such as a gallery, or a terminal UI with --read-only: "A role that only reads" in
-- docs/database.md, which clipsaver_owner runs.

do $$
declare
    wanted text;
begin
    foreach wanted in array array['clipsaver_owner', 'clipsaver_worker', 'clipsaver_operator',
                                  'clipsaver_privacy'] loop
        if to_regrole(wanted) is null then
            execute format('create role %I login', wanted);
        end if;
        execute format('grant connect on database %I to %I', current_database(), wanted);
    end loop;
    -- It lets readers in.
    execute format('grant connect on database %I to clipsaver_owner with grant option',
                   current_database());
    -- Who is no superuser may only act for a role that he could become.
    if not (select rolsuper from pg_roles where rolname = current_user) then
        execute format('grant clipsaver_owner to %I', current_user);
    end if;
    -- What a role may that was granted nothing. The second is so since PostgreSQL 15.
    execute format('revoke temporary on database %I from public', current_database());
    if has_schema_privilege(to_regnamespace('public'), 'create with grant option') then
        revoke create on schema public from public;
    end if;
end
$$;

create schema if not exists clipsaver authorization clipsaver_owner;

-- Rows, and no tables: to make, alter, empty or drop these takes their owner.
grant usage on schema clipsaver to clipsaver_worker, clipsaver_operator, clipsaver_privacy;
grant select, insert, update, delete on all tables in schema clipsaver to clipsaver_worker;
grant select on all tables in schema clipsaver to clipsaver_operator, clipsaver_privacy;

-- The same for the tables that later versions add.
alter default privileges for role clipsaver_owner in schema clipsaver
    grant select, insert, update, delete on tables to clipsaver_worker;
alter default privileges for role clipsaver_owner in schema clipsaver
    grant select on tables to clipsaver_operator, clipsaver_privacy;

do $$
begin
    if to_regclass('clipsaver.schema_migrations') is null then
        raise notice 'there are no tables yet: run this once more after clipsaver db migrate';
        return;
    end if;
    -- Which migrations were applied is told by who applies them.
    revoke insert, update, delete on clipsaver.schema_migrations from clipsaver_worker;
    -- To cancel, drop and bury jobs, also those that never began.
    grant insert, update (state, error, error_message, updated_at, ended_at)
        on clipsaver.runs to clipsaver_operator;
    -- `clipsaver thumbnails retry`.
    grant update (thumbnail_state, thumbnail_attempts, thumbnail_due_at, updated_at)
        on clipsaver.clips to clipsaver_operator;
    -- With the key, who can look could try all ids to see who opted out.
    revoke select on clipsaver.opt_out_key from clipsaver_operator;
    grant insert, update on clipsaver.opt_out_key to clipsaver_privacy;
    grant insert, delete on clipsaver.opt_outs to clipsaver_privacy;
    -- Of guilds and channels bare rows stay. An update of one column is what it takes to lock a row.
    grant insert, update on clipsaver.purges, clipsaver.guilds, clipsaver.channels
        to clipsaver_privacy;
    grant delete, update (updated_at) on clipsaver.clips, clipsaver.messages, clipsaver.authors
        to clipsaver_privacy;
    grant delete on clipsaver.thumbnails, clipsaver.scan_coverage, clipsaver.denials
        to clipsaver_privacy;
    grant insert, update, delete on clipsaver.file_outbox to clipsaver_privacy;
end
$$;
