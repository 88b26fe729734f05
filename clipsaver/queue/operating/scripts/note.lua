-- note: what is about to be done elsewhere, such as in the database, is put on record.
--
-- KEYS  1 audit
-- ARGV  1-5 of the audit (see there), 6 how many things are meant, 7... ids of them, if they are few
-- Returns nothing.
put_on_record(KEYS[1], rest_of(ARGV, 7), ARGV[6])
