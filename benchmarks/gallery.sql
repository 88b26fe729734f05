-- :clips clips as a few years of eight guilds leave them, the same ones each time. Guilds, channels
-- and authors are skewed; they lie on disk by channel and newest first, as scans store them.

select setseed(0.5);

create function pg_temp.id_of(at timestamptz) returns bigint language sql immutable as
    'select ((extract(epoch from at) * 1000)::bigint - 1420070400000) << 22';

insert into guilds (guild_id, name)
select pg_temp.id_of('2019-01-01Z') + g, 'guild ' || g from generate_series(1, 8) g;

-- The first guild has a third of the channels, the last one a fifteenth.
insert into channels (channel_id, guild_id, type, name, access, last_message_id)
select pg_temp.id_of('2020-01-01Z') + c,
       pg_temp.id_of('2019-01-01Z') + 1 + floor(8 * power((c - 1) / 400.0, 2))::int,
       0, 'channel ' || c, 'readable', pg_temp.id_of('2026-11-24T12:00Z') + c
from generate_series(1, 400) c;

-- Twenty bots that post everywhere, then one part for each guild.
insert into authors (author_id, username, global_name, is_bot)
select pg_temp.id_of('2018-01-01Z') + a, 'user' || a, case when a % 3 > 0 then 'User ' || a end,
       a <= 20
from generate_series(1, 20 + greatest(8, :clips / 50)) a;

create temporary table post as
select m, channel_id, guild_id, at,
       pg_temp.id_of(at) + m % 4194304 as message_id,
       pg_temp.id_of('2018-01-01Z') + case
           when is_bot then 1 + floor(20 * who)::bigint
           else 21 + floor((guild_id % 4194304 - 1 + power(who, 3)) * (:clips / 400))::bigint
       end as author_id
from (
    select m, random() < 0.05 as is_bot, random() as who,
           pg_temp.id_of('2020-01-01Z') + 1 + floor(400 * power(random(), 2))::bigint as channel_id,
           date_trunc('milliseconds', timestamptz '2021-01-01Z' + random() * interval '2150 days')
               as at
    from generate_series(1, :clips) m
    where m % 10 > 0
    offset 0
) p
join channels using (channel_id)
order by channel_id, message_id desc;

insert into messages (message_id, channel_id, author_id, type, content, posted_at)
select message_id, channel_id, author_id, 0, left(repeat('look at this ', 12), m % 120), at
from post;

-- Each ninth message holds two clips; 3 of 100 clips are gone again.
insert into clips (clip_id, message_id, channel_id, guild_id, author_id, source, attachment_id,
    filename, content_type, size_bytes, width, height, duration_seconds, codec, url, url_expires_at,
    placeholder, spoiler, discord_clip, posted_at, settings_hash, thumbnail_state, deleted_at,
    deleted_reason)
select message_id || '-' || message_id + n, message_id, channel_id, guild_id, author_id,
       case when m % 17 = 0 then 'forward' else 'attachment' end, message_id + n,
       'clip_' || m || '.mp4', 'video/mp4', 100000 + m * 37 % 50000000, 1920, 1080, 5 + m % 300,
       'h264', 'https://cdn.discordapp.com/attachments/' || channel_id || '/' || message_id + n
           || '/clip_' || m || '.mp4?ex=6926c1b0&is=69257030&hm=' || md5(m::text) || md5(at::text),
       timestamptz '2026-11-26Z', left(md5(m::text), 28), m % 50 = 0, m % 40 = 0, at,
       '0123456789abcdef',
       case when m % 100 < 90 then 'ready' when m % 100 < 95 then 'unavailable'
            when m % 100 < 97 then 'failed' when m % 100 < 98 then 'skipped' else 'pending' end,
       case when m % 100 < 3 then timestamptz '2026-11-20Z' - m % 300000 * interval '1 minute' end,
       case m % 100 when 0 then 'message' when 1 then 'attachment' when 2 then 'settings' end
from post cross join generate_series(1, case when m % 10 = 9 then 2 else 1 end) n;

insert into thumbnails (clip_id, size, storage_key, width, height, size_bytes, content_type, source)
select clip_id, size, left(md5(clip_id), 2) || '/' || clip_id || '-' || size || '.webp',
       made.width, made.height, made.width * 30, 'image/webp', 'decode'
from clips
cross join (values ('small', 320, 180), ('large', 1280, 720)) as made (size, width, height)
where thumbnail_state = 'ready';

-- Everything but up to forty gaps of some days; and another way of reading that began in 2024.
insert into scan_coverage (channel_id, settings_hash, covered)
select channel_id, '0123456789abcdef',
       int8multirange(int8range(0, pg_temp.id_of('2026-11-24Z'))) - range_agg(int8range(
           pg_temp.id_of(begun), pg_temp.id_of(begun + interval '1 day' * (1 + channel_id % 20))))
from channels
cross join lateral (
    select timestamptz '2020-06-01Z' + (g * 50 + channel_id % 13) * interval '1 day' as begun
    from generate_series(1, 1 + channel_id % 40) g
) gap
group by channel_id
union all
select channel_id, 'fedcba9876543210',
       int8multirange(int8range(pg_temp.id_of('2024-01-01Z'), pg_temp.id_of('2026-11-24Z')))
from channels where channel_id % 2 = 0;

insert into runs (run_id, job, type, guild_id, channel_id, state, fence, pages, messages, clips,
    requests, error, error_message, created_at, ended_at)
select 'discord_clip_jobs/' || 1760000000000 + r || '-0', '{"type": "batch", "limit": null}',
       'batch', guild_id, channel_id, state, r, 100, 10000, 50, 101,
       case when state = 'FAILED' then 'access_denied' end,
       case when state = 'FAILED' then 'Discord refused the channel' end, begun,
       case when state in ('SUCCEEDED', 'FAILED') then begun + interval '40 seconds' end
from (
    select r, timestamptz '2026-11-25Z' - (20000 - r) * interval '5 minutes' as begun,
           case when r > 19990 then 'RUNNING' when r > 19950 then 'QUEUED'
                when r % 40 = 0 then 'FAILED' else 'SUCCEEDED' end as state,
           pg_temp.id_of('2020-01-01Z') + 1 + r % 400 as channel_id
    from generate_series(1, 20000) r
) run
join channels using (channel_id);

drop table post;
drop function pg_temp.id_of;
