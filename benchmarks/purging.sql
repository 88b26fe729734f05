-- A guild of :clips clips with both pictures of each, and a neighbour of a tenth of that, as scans
-- of some years leave them; their channels are not those of the simulated guilds, so that no scan
-- misses their messages. Two of three authors of the guild post in no other.

create function pg_temp.id_of(at timestamptz) returns bigint language sql immutable as
    'select ((extract(epoch from at) * 1000)::bigint - 1420070400000) << 22';

insert into guilds (guild_id, name) values (:guild, 'to go'), (:neighbour, 'to stay');

-- Of each three channels, one is a thread of the one before.
insert into channels (channel_id, guild_id, parent_id, type, name, access, last_message_id)
select pg_temp.id_of('2020-02-01Z') + c, case when c <= 60 then :guild else :neighbour end,
       case when c % 3 = 0 then pg_temp.id_of('2020-02-01Z') + c - 1 end,
       case when c % 3 = 0 then 11 else 0 end, 'channel ' || c, 'readable',
       pg_temp.id_of('2026-11-24T12:00Z') + c
from generate_series(1, 66) c;

create temporary table post as
select m, is_near, pg_temp.id_of(at) + m % 4194304 as message_id, at,
       pg_temp.id_of('2020-02-01Z') + case when is_near then 61 + m % 6 else 1 + m % 60 end
           as channel_id,
       pg_temp.id_of('2018-02-01Z') + 1 + case when is_near then m % 1000 else m % 3000 end
           as author_id
from (
    select m, m > :clips as is_near,
           timestamptz '2021-01-01Z' + m % 1000003 * interval '3 minutes 7.11 seconds' as at
    from generate_series(1, :clips + :clips / 10) m
    where m % 10 > 0
) p
order by channel_id, message_id desc;

insert into authors (author_id, username, global_name, is_bot)
select author_id, 'user' || author_id % 4194304, 'A user', false
from (select distinct author_id from post) one;

insert into messages (message_id, channel_id, author_id, type, content, posted_at)
select message_id, channel_id, author_id, 0, left(repeat('look at this ', 12), (m % 120)::int), at
from post;

-- Each ninth message holds two clips; 3 of 100 clips are gone at Discord.
insert into clips (clip_id, message_id, channel_id, guild_id, author_id, source, attachment_id,
    filename, content_type, size_bytes, width, height, duration_seconds, codec, url, url_expires_at,
    placeholder, spoiler, discord_clip, posted_at, settings_hash, thumbnail_state, deleted_at,
    deleted_reason)
select message_id || '-' || message_id + n, message_id, channel_id,
       case when is_near then :neighbour else :guild end, author_id, 'attachment', message_id + n,
       'clip_' || m || '.mp4', 'video/mp4', 100000 + m * 37 % 50000000, 1920, 1080, 5 + m % 300,
       'h264', 'https://cdn.discordapp.com/attachments/' || channel_id || '/' || message_id + n
           || '/clip_' || m || '.mp4?ex=6926c1b0&is=69257030&hm=' || md5(m::text) || md5(at::text),
       timestamptz '2026-11-26Z', left(md5(m::text), 28), false, false, at, '0123456789abcdef',
       'ready', case when m % 100 < 3 then now() end, case when m % 100 < 3 then 'message' end
from post cross join generate_series(1, case when m % 10 = 9 then 2 else 1 end) n;

-- Keys as thumbnails.storage.keys makes them.
insert into thumbnails (clip_id, size, storage_key, width, height, size_bytes, content_type, source)
select clip_id, size,
       left(encode(sha256(convert_to(clip_id, 'UTF8')), 'hex'), 2) || '/' || clip_id || '-' || size
           || '-' || to_hex(message_id % 1000003) || '.webp',
       made.width, made.height, made.bytes, 'image/webp', 'decode'
from clips
cross join (values ('small', 320, 180, 1000), ('large', 1280, 720, 4000))
    as made (size, width, height, bytes)
where guild_id in (:guild, :neighbour);

insert into scan_coverage (channel_id, settings_hash, covered)
select channel_id, hash, int8multirange(int8range(0, pg_temp.id_of('2026-11-24Z')))
from channels cross join (values ('0123456789abcdef'), ('fedcba9876543210')) as way (hash)
where guild_id in (:guild, :neighbour);

drop table post;
drop function pg_temp.id_of;
