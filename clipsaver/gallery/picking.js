// What is shown and in which order. Knows no document, so that it runs anywhere.

const SPOILER = 1;
const DELETED = 2;

/** The clips of all blocks, newest first, with their channel and author. */
function unpacked(blocks) {
  const guilds = [];
  const channels = [];
  const authors = [];
  const clips = [];
  for (const block of blocks) {
    for (const [id, name] of block.guilds) guilds.push({ id, name });
    for (const [id, guild, name, nsfw] of block.channels) {
      channels.push({ id, guild: guilds[guild], name, isNsfw: nsfw === 1 });
    }
    for (const [name, username] of block.authors) authors.push({ name, username });
    for (const row of block.clips) {
      const [message, channel, author, posted, filename, title, size, duration] = row;
      const [marks, picture, colour, content] = row.slice(8);
      clips.push({
        message, channel: channels[channel], author: authors[author], posted, filename, title,
        size, duration, isSpoiler: (marks & SPOILER) > 0, isDeleted: (marks & DELETED) > 0,
        picture, colour, content, name: title ?? filename, words: null, isRevealed: false,
      });
    }
  }
  return { guilds, channels, authors, clips };
}

/** Without case, accents and the forms that one letter has in Unicode. */
function folded(text) {
  const plain = text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
  return plain.toUpperCase().toLowerCase(); // both ways, for ß is SS and Σ has two small forms
}

/** All that a clip can be found by; made once. */
function wordsOf(clip) {
  clip.words ??= folded(
    [clip.filename, clip.title, clip.author.name, clip.author.username, clip.channel.name,
      clip.content].filter((text) => text !== null).join("\n"),
  );
  return clip.words;
}

/** Those that have every word of the text, in any place; null = any channel, any author. */
function picked(clips, text, channel, author) {
  const words = folded(text).split(/\s+/).filter((word) => word !== "");
  return clips.filter(
    (clip) =>
      (channel === null || clip.channel === channel) &&
      (author === null || clip.author === author) &&
      words.every((word) => wordsOf(clip).includes(word)),
  );
}

/** What is not known comes last. */
const downwards = (a, b) => (b ?? -1) - (a ?? -1);

/** The clips in an order; equal ones stay newest first. */
function ordered(clips, order) {
  if (order === "oldest") return clips.toReversed();
  if (order === "longest") return clips.toSorted((a, b) => downwards(a.duration, b.duration));
  if (order === "largest") return clips.toSorted((a, b) => downwards(a.size, b.size));
  if (order === "name") {
    const { compare } = new Intl.Collator(undefined, { numeric: true });
    return clips.toSorted((a, b) => compare(a.name, b.name));
  }
  return clips;
}

/** Of ids alone: nothing that a stranger wrote is in it. */
function messageLink(clip) {
  const { guild, id } = clip.channel;
  return `https://discord.com/channels/${guild.id}/${id}/${clip.message}`;
}

/** `1:02:03`, or `2:03`. */
function clock(seconds) {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** As the other parts of clipsaver say it. */
function sizeText(bytes) {
  const kib = bytes / 1024;
  const [number, unit, digits] = kib < 1024 ? [kib, "KiB", 0] : [kib / 1024, "MiB", 1];
  return `${number.toLocaleString(undefined, { maximumFractionDigits: digits })} ${unit}`;
}

/** How many are shown, of how many. */
function countText(count, total) {
  const all = `${total.toLocaleString()} ${total === 1 ? "clip" : "clips"}`;
  return count === total ? all : `${count.toLocaleString()} of ${all}`;
}
