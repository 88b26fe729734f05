// The document. Strangers' text comes in as text of a node or as a property, never as markup.

const AHEAD_ROWS = 3; // above and below what is seen; Tab needs one of them
const PER_TURN = 1000; // clips that are made ready for the search before others get a turn

const byId = (id) => document.getElementById(id);
const grid = byId("clips");
const blocks = [...document.querySelectorAll("script.block")];
const all = unpacked(blocks.map((block) => JSON.parse(block.textContent)));
for (const block of blocks) block.remove(); // the text is not needed twice
const orders = new Map();
const dates = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const cards = new Map(); // by their place in the list: those near what is seen, and no others
let list = [];
let isPaintDue = false;

function inOrder(order) {
  if (!orders.has(order)) orders.set(order, ordered(all.clips, order));
  return orders.get(order);
}

function mark(card, text) {
  const badge = document.createElement("span");
  badge.textContent = text;
  card.querySelector(".marks").append(badge);
}

function fillStill(card, clip) {
  const still = card.querySelector(".still");
  const image = card.querySelector("img");
  const none = card.querySelector(".none");
  if (clip.colour !== null) still.style.backgroundColor = `#${clip.colour}`;
  const withoutPicture = () => {
    image.remove();
    none.hidden = false;
  };
  if (clip.picture === null) return withoutPicture();
  image.addEventListener("error", withoutPicture);
  image.src = `thumbnails/${clip.picture}`;
  if (clip.isSpoiler && !clip.isRevealed) hide(still, clip);
}

function hide(still, clip) {
  const reveal = document.createElement("button");
  reveal.type = "button";
  reveal.className = "reveal";
  reveal.textContent = "Spoiler: show";
  still.classList.add("spoiler");
  reveal.addEventListener("click", () => {
    clip.isRevealed = true; // also when its card comes back
    still.classList.remove("spoiler");
    reveal.remove();
    still.closest("li").querySelector("a").focus();
  });
  still.append(reveal);
}

function cardOf(place) {
  const clip = list[place];
  const card = byId("card").content.firstElementChild.cloneNode(true);
  card.ariaPosInSet = String(place + 1);
  card.ariaSetSize = String(list.length);
  fillStill(card, clip);
  if (clip.isDeleted) mark(card, "deleted");
  if (clip.channel.isNsfw) mark(card, "NSFW");
  if (clip.duration !== null) {
    const duration = card.querySelector(".duration");
    duration.textContent = clock(clip.duration);
    duration.hidden = false;
  }
  const link = card.querySelector("a");
  link.textContent = clip.name;
  link.title = clip.content === null ? clip.filename : `${clip.filename}\n${clip.content}`;
  link.href = messageLink(clip);
  card.querySelector(".author").textContent = clip.author.name;
  card.querySelector(".channel").textContent = clip.channel.name;
  const posted = new Date(clip.posted * 1000);
  const time = card.querySelector("time");
  time.textContent = dates.format(posted);
  time.dateTime = posted.toISOString();
  if (clip.size !== null) card.querySelector(".size").textContent = sizeText(clip.size);
  return card;
}

/** Has the cards of these places in the document, in their order, and no others. */
function mount(from, to) {
  for (const [place, card] of cards) {
    if (place >= from && place < to) continue;
    card.remove();
    cards.delete(place);
  }
  let next = grid.firstElementChild;
  for (let place = from; place < to; place += 1) {
    const card = cards.get(place);
    if (card !== undefined) {
      next = card.nextElementSibling;
      continue;
    }
    cards.set(place, cardOf(place));
    grid.insertBefore(cards.get(place), next);
  }
}

/** Mounts what is seen and a little more. Every card is as high as every other, so that the rest
 * is a distance. */
function paint() {
  isPaintDue = false;
  if (cards.size === 0) mount(0, Math.min(1, list.length)); // to measure
  const [first] = cards.values();
  if (first === undefined) return space(0, 0);
  const style = getComputedStyle(grid);
  const columns = style.gridTemplateColumns.split(" ").length;
  const height = first.getBoundingClientRect().height + parseFloat(style.rowGap);
  const rows = Math.ceil(list.length / columns);
  const seen = -grid.getBoundingClientRect().top;
  const inside = (row) => Math.max(0, Math.min(rows, row));
  const from = inside(Math.floor(seen / height) - AHEAD_ROWS);
  const to = inside(Math.ceil((seen + window.innerHeight) / height) + AHEAD_ROWS);
  mount(from * columns, Math.min(list.length, to * columns));
  space(from * height, (rows - to) * height);
}

function space(above, below) {
  grid.style.paddingTop = `${above}px`;
  grid.style.paddingBottom = `${below}px`;
}

function paintSoon() {
  if (isPaintDue) return;
  isPaintDue = true;
  requestAnimationFrame(paint);
}

function chosen(id, from) {
  const { value } = byId(id);
  return value === "" ? null : from[Number(value)];
}

function update() {
  const channel = chosen("channel", all.channels);
  const author = chosen("author", all.authors);
  list = picked(inOrder(byId("sort").value), byId("search").value, channel, author);
  mount(0, 0);
  byId("count").textContent = countText(list.length, all.clips.length);
  byId("nothing").textContent = all.clips.length > 0
    ? "No clip is like that. Search for less, or choose all channels and all authors."
    : "There is no clip here yet.";
  byId("nothing").hidden = list.length > 0;
  const top = document.querySelector("header").offsetHeight;
  if (window.scrollY > top) window.scrollTo(0, top); // to the first of the new list
  paint();
}

/** A choice among what strangers named; `label` says how one is shown. */
function offer(id, from, label, groupOf) {
  const labels = from.map((one, index) => ({ index, text: label(one), group: groupOf(one) }));
  const { compare } = new Intl.Collator(undefined, { numeric: true });
  labels.sort((a, b) => compare(a.text, b.text));
  const groups = new Map([[null, byId(id)]]);
  for (const { index, text, group } of labels) {
    if (!groups.has(group)) {
      const element = document.createElement("optgroup");
      element.label = group.name;
      byId(id).append(element);
      groups.set(group, element);
    }
    groups.get(group).append(new Option(text, String(index)));
  }
}

/** So that the first search is as fast as others, and nothing waits for that. */
function makeReady(from) {
  for (const clip of all.clips.slice(from, from + PER_TURN)) wordsOf(clip);
  if (from < all.clips.length) setTimeout(makeReady, 0, from + PER_TURN);
}

function shortcuts(event) {
  const isTyping = event.target instanceof Element && event.target.matches("input, select");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    byId("search").focus();
  } else if (event.key === "Escape" && event.target === byId("search")) {
    byId("search").value = "";
    update();
  }
}

const areMany = all.guilds.length > 1;
offer("channel", all.channels, (one) => one.name, (one) => (areMany ? one.guild : null));
offer("author", all.authors, (one) =>
  one.name === one.username ? one.name : `${one.name} (${one.username})`, () => null);
byId("controls").addEventListener("submit", (event) => event.preventDefault());
byId("search").addEventListener("input", update);
for (const id of ["sort", "channel", "author"]) byId(id).addEventListener("change", update);
document.addEventListener("keydown", shortcuts);
grid.addEventListener("focusin", paint); // the next Tab may come before the next frame
window.addEventListener("scroll", paintSoon, { passive: true });
new ResizeObserver(paintSoon).observe(document.documentElement);
byId("controls").hidden = false;
update();
makeReady(0);
